"""One room: its sessions over time and each of them in a table, its breakout rooms, who sees it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reports.access import Viewer
from reports.analytics.changes import change, points_change
from reports.analytics.periods import bucket_of, day_start, periods, previous
from reports.analytics.trends import trend
from reports.charts.room import MOST_MARKS, RoomTrend, period_marks, room_charts, session_marks
from reports.exports.export import open_export
from reports.forms.ranges import DEFAULT_DAYS
from reports.forms.rooms import RoomForm, SectionLinks
from reports.models import Course, Room
from reports.queries.class_remarks import remarks_of
from reports.queries.freshness import Freshness, freshness
from reports.queries.quarters import quarter_sums
from reports.queries.room_sessions import (
    RoomFigures,
    each_room,
    grants_of,
    in_order,
    latest_start,
    room_figures,
    seen_parent,
)
from reports.queries.rooms import RoomLine
from reports.queries.session_lines import session_lines
from reports.queries.sessions import session_list
from reports.tables.changes import as_far_as_known, change_text, not_compared_text, points_text
from reports.tables.figures import day_text
from reports.tables.rooms import BreakoutRoomTable, room_url
from reports.tables.sessions import RoomSessionTable
from reports.views.files import Extension, export_response
from reports.views.guard import for_viewers
from reports.views.lists import ROWS_A_PAGE, first_of, page_of
from reports.views.ranges import check_in_course, range_context, refused, scope_of
from reports.views.zone import reader_zone

TEMPLATE = "reports/room.html"


@require_safe
@for_viewers
def room(request: HttpRequest, viewer: Viewer, account_pk: int, entry_id: str) -> HttpResponse:
    """Return the room's page over the days that the address names."""
    room = room_of(viewer, account_pk, entry_id)
    form = RoomForm(request.GET, reader_zone(request), room)
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, "rooms", room=room)
    scope = replace(scope_of(viewer, form), room=room)
    check_in_course(scope.course, room)
    context = range_context(viewer, form, scope)
    sessions = session_list(viewer.sessions(), form.wanted())
    lines = each_room(sessions)
    figures = room_figures(viewer, sessions, room, lines)
    context |= {"section": "rooms", "room": room, "totals": figures}
    context["room_query"] = form.range_query(room=room.pk)  # of other pages, about this room
    context |= _room_facts(viewer, room)
    if figures.all_sessions:
        context |= _changes(viewer, form, figures)
        context |= _trend(viewer, form, figures, context["in_range"])
        context |= _tables(viewer, form, figures, lines, scope.course)
    else:
        context |= _why_empty(viewer, form)
    return render(request, TEMPLATE, context)


@require_safe
@for_viewers
def sessions_file(
    request: HttpRequest, viewer: Viewer, account_pk: int, entry_id: str, extension: Extension
) -> HttpResponseBase:
    """Return the sessions in the room itself as CSV or workbook, as the page's table has them."""
    room = room_of(viewer, account_pk, entry_id)
    form = RoomForm(request.GET, reader_zone(request), room)
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, "rooms", room=room)
    check_in_course(scope_of(viewer, form).course, room)
    wanted = form.wanted_itself(form.sort_wanted)
    export = open_export("sessions", form.shape_wanted, viewer.sessions(), wanted, form.zone)
    return export_response(
        request,
        export,
        extension,
        form.from_at,
        form.to_at,
        target=f"sessions of room {room.entry_id}",
        account=room.account_id,
        query=form.query(),
    )


def room_of(viewer: Viewer, account_pk: int, entry_id: str) -> Room:
    """Return the room with account and parent. Raises: Http404 for one that isn't theirs."""
    rooms = viewer.rooms().select_related("account", "parent")
    return get_object_or_404(rooms, account_id=account_pk, entry_id=entry_id)


def _room_facts(viewer: Viewer, room: Room) -> dict[str, Any]:
    """Return the room it belongs to, if the viewer sees that, its breakout rooms, who sees it."""
    return {
        "parent": seen_parent(viewer, room),
        "breakout_room_count": 0 if room.is_breakout else room.breakout_rooms.count(),
        "grants": grants_of(room) if viewer.is_administrator else [],
    }


def _changes(viewer: Viewer, form: RoomForm, now: RoomFigures) -> dict[str, Any]:
    """Return how each figure stands against as many days before, or why that isn't known."""
    days = form.day_count
    first_on, _last = previous(form.cleaned_data["from_on"], form.cleaned_data["to_on"])
    from_at = day_start(first_on, form.zone)
    if not freshness([form.of_room.account], from_at, form.from_at).is_complete:
        return {"not_compared": not_compared_text(days)}
    wanted = replace(form.wanted(), from_at=from_at, to_at=form.from_at)
    sessions = session_list(viewer.sessions(), wanted)
    before = room_figures(viewer, sessions, form.of_room, each_room(sessions))
    is_rough = bool(now.unknown_sessions or before.unknown_sessions)
    changes = {"sessions": change_text(change(now.sessions, before.sessions), days)}
    for name in ("people", "mean_attendees", "view_seconds"):
        found = change(getattr(now, name), getattr(before, name))
        words = change_text(found, days)
        is_known = found.difference is not None
        changes[name] = as_far_as_known(words) if is_rough and is_known else words
    points = points_change(now.engagement, before.engagement)
    words = points_text(points, days)
    is_known = points is not None
    changes["engagement"] = as_far_as_known(words) if is_rough and is_known else words
    return {"changes": changes}


def _trend(
    viewer: Viewer, form: RoomForm, figures: RoomFigures, in_range: Freshness
) -> dict[str, Any]:
    """Return the charts of the sessions in the room itself: one by one, or by periods."""
    found = session_list(viewer.sessions(), form.wanted_itself("start"))
    first_on, last_on = form.cleaned_data["from_on"], form.cleaned_data["to_on"]
    bucket = None if figures.sessions <= MOST_MARKS else bucket_of(form.day_count)
    if bucket is None:
        lines = session_lines(found) if figures.sessions else []
        marks = session_marks(lines, form.zone, form.course_pk)
    else:
        sums = trend(
            quarter_sums(found),
            form.zone,
            periods(first_on, last_on, bucket),
            uncovered=in_range.uncovered,
            provisional_from=in_range.provisional_from,
            now=timezone.now(),
        )
        marks = period_marks(sums, bucket, form.zone, lambda *days: _days_url(form, *days))
    charts = room_charts(
        RoomTrend(
            marks=marks,
            bucket=bucket,
            period=_period_text(form),
            empty="" if marks else _("There is no chart: only breakouts took place."),
        )
    )
    return {"charts": charts}


def _tables(
    viewer: Viewer,
    form: RoomForm,
    figures: RoomFigures,
    lines: list[RoomLine],
    course: Course | None,
) -> dict[str, Any]:
    """Return a page of the sessions in the room itself, and the breakout rooms with theirs."""
    page = page_of(figures.sessions, form.cleaned_data["page"])
    found = session_list(viewer.sessions(), form.wanted_itself(form.sort_wanted))
    shown = list(session_lines(found[first_of(page) : page.end_index()]))
    table = RoomSessionTable(
        shown,
        form=SectionLinks(form, "sessions", "sort"),
        order=form.sort_wanted,
        zone=form.zone,
        remarks=remarks_of(course, viewer.sessions(), shown) if course else None,
    )
    breakouts = [line for line in lines if line.room_id != form.of_room.pk]
    order = form.rooms_sort_wanted
    breakout_rooms = BreakoutRoomTable(
        in_order(breakouts, order)[:ROWS_A_PAGE],
        form=SectionLinks(form, "breakout-rooms", "rooms"),
        order=order,
        zone=form.zone,
    )
    return {
        "page": page,
        "table": table if figures.sessions else None,
        "breakout_rooms": breakout_rooms if breakouts else None,
        "breakout_rooms_used": len(breakouts),
    }


def _why_empty(viewer: Viewer, form: RoomForm) -> dict[str, Any]:
    """Return when the room's latest session was, and the address of the days up to it."""
    latest = latest_start(viewer, form.of_room)
    if latest is None:
        return {"latest": None}
    last_on = latest.astimezone(form.zone).date()
    first_on = last_on - timedelta(days=DEFAULT_DAYS - 1)
    query = form.query(**{"from": first_on, "to": last_on, "event": None, "page": None})
    return {"latest": latest, "latest_query": query}


def _days_url(form: RoomForm, first_on: date, last_on: date) -> str:
    """Return the address of the same page over these days."""
    query = form.query(**{"from": first_on, "to": last_on, "page": None})
    return room_url(form.of_room.account_id, form.of_room.entry_id, query)


def _period_text(form: RoomForm) -> str:
    """Return the range as `Mon 12 Jan – Tue 10 Feb`."""
    first = day_text(form.from_at, form.zone)
    last = day_text(form.to_at - timedelta(seconds=1), form.zone)
    return first if first == last else f"{first} – {last}"
