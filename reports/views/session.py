"""One session: its facts, who was there, its breakouts, where its figures come from."""

from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reports.access import Viewer, record_view
from reports.analytics.distribution import distribution
from reports.charts.figure import ChartFigure
from reports.charts.minutes import minutes_chart
from reports.charts.timeline import timeline_chart
from reports.definitions import STATUS_SENTENCES
from reports.forms.attendees import AttendeesForm
from reports.models import RoomSession
from reports.queries.attendees import AttendeeLine, attendees_of
from reports.queries.breakouts import (
    breakout_lines,
    breakout_people,
    breakouts_of,
    unplaced_breakouts,
)
from reports.queries.class_remarks import remarks_on
from reports.queries.freshness import freshness
from reports.queries.provenance import MOST_DAYS, asked_between, restatements_of, session_days
from reports.queries.room_sessions import seen_parent
from reports.queries.session_attendees import attendee_list
from reports.queries.session_lines import SessionLine, session_lines
from reports.queries.sessions import SessionFilter, session_list
from reports.tables.attendees import AttendeeTable
from reports.tables.breakouts import BreakoutTable, visitor_grid, without_id_texts
from reports.tables.classes import classes_url, remark_sentence
from reports.tables.provenance import RestatementTable, SourceTable
from reports.tables.sessions import held_text, status_mark
from reports.views.guard import for_viewers
from reports.views.ranges import check_in_course, course_of
from reports.views.zone import reader_zone

ATTENDEES_A_PAGE = 100  # a class stands on one page; a lecture with a thousand doesn't


@require_safe
@for_viewers
def session(
    request: HttpRequest, viewer: Viewer, account_pk: int, cue_point_id: str
) -> HttpResponse:
    """Return the session's page."""
    form = AttendeesForm(request.GET, reader_zone(request))
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    session = session_of(viewer, account_pk, cue_point_id)
    course = course_of(viewer, form)
    check_in_course(course, session.room)
    attendees = attendees_of(session)
    record_view(request, f"session {session.cue_point_id}", account=account_pk)
    line = line_of(viewer, session)
    chart = _chart(line, attendees, form.zone)
    parent = seen_parent(viewer, session.room)
    context: dict[str, Any] = {
        "section": "sessions",
        "session": session,
        "parent": parent,
        "main_session": session.main_session if parent else None,  # it is in that room
        "line": line,
        "status": status_mark(line.status),
        "zone": form.zone,
        "course": course,
        "query": form.query(search=None, sort=None),
        "freshness": freshness([session.account]),
        "chart": chart,
    }
    if viewer.has_courses:
        context["class_remarks"] = _class_remarks(viewer, line, form.zone)
    context |= _attendees(form, attendees) | _source(viewer, session, line, form.zone)
    if not line.is_breakout:
        context |= _breakouts(viewer, session, line, attendees, form)
    return render(request, "reports/session.html", context)


def session_of(viewer: Viewer, account_pk: int, cue_point_id: str) -> RoomSession:
    """Return the session with room and account. Raises: Http404 for one that isn't theirs."""
    sessions = viewer.sessions().select_related("account", "room__parent", "main_session__room")
    return get_object_or_404(sessions, account_id=account_pk, cue_point_id=cue_point_id)


def line_of(viewer: Viewer, session: RoomSession) -> SessionLine:
    """Return the session as tables and files show it. Raises: Http404 when it is gone by now."""
    found = session_list(viewer.sessions().filter(pk=session.pk), SessionFilter())
    line = next(session_lines(found), None)
    if line is None:  # withdrawn between two queries
        raise Http404
    return line


def _class_remarks(viewer: Viewer, line: SessionLine, zone: ZoneInfo) -> list[tuple[str, str]]:
    """Return how courses of the viewer's count the session, each with where that is decided."""
    found = remarks_on(viewer.courses().values("pk"), viewer.sessions(), line)
    return [(remark_sentence(it, zone), classes_url(it.course, line, zone)) for it in found]


def _attendees(form: AttendeesForm, attendees: list[AttendeeLine]) -> dict[str, Any]:
    """Return the attendees that the address names: a page of them, sorted."""
    found = attendee_list(attendees, form.wanted())
    page = Paginator(found, ATTENDEES_A_PAGE).get_page(form.cleaned_data["page"] or 1)
    return {
        "form": form,
        "attendee_count": len(attendees),
        "found_count": len(found),
        "page": page,
        "attendees": AttendeeTable(page.object_list, form=form) if found else None,
    }


def _breakouts(
    viewer: Viewer,
    session: RoomSession,
    line: SessionLine,
    attendees: list[AttendeeLine],
    form: AttendeesForm,
) -> dict[str, Any]:
    """Return the session's breakouts, who was in which, and those that may be of this session."""
    own = breakout_lines(breakouts_of(viewer.sessions(), session))
    unplaced = breakout_lines(unplaced_breakouts(viewer.sessions(), session))
    zone, course_pk = form.zone, form.course_pk
    context: dict[str, Any] = {
        "unplaced": BreakoutTable(unplaced, zone, "unplaced", course_pk) if unplaced else None
    }
    if not own:
        return context
    people = breakout_people(own, attendees, is_main_whole=line.is_whole)
    return context | {
        "breakouts": BreakoutTable(own, zone, course_pk=course_pk),
        "timeline": timeline_chart(line, own, zone, course_pk),
        "people": people,
        "visitors": visitor_grid(people, zone, course_pk) if people.visitors else None,
        "without_id": without_id_texts(people),
    }


def _source(
    viewer: Viewer, session: RoomSession, line: SessionLine, zone: ZoneInfo
) -> dict[str, Any]:
    """Return when Kaltura was asked for the session, and what changed later.

    How that went day by day is for administrators.
    """
    days = session_days(session)
    restatements = restatements_of(session)
    return {
        "source": SourceTable(days, zone) if days and viewer.is_administrator else None,
        "has_all_days": len(days) < MOST_DAYS,
        "removed": sum(day.is_removed and day.has_part for day in days),
        "lacking": sum(day.is_removed if line.is_whole else day.is_lacking for day in days),
        "asked": asked_between(days, uploads=False),
        "uploaded": asked_between(days, uploads=True),
        "settles_at": max((day.settles_at for day in days if day.is_provisional), default=None),
        "status_sentence": STATUS_SENTENCES[line.status],
        "restatements": RestatementTable(restatements, zone) if restatements else None,
    }


def _chart(line: SessionLine, attendees: list[AttendeeLine], zone: ZoneInfo) -> ChartFigure:
    """Return the histogram with its numbers; without one it says why."""
    seconds = [attendee.view_seconds for attendee in attendees] if line.is_whole else []
    if not line.is_whole:
        why_none = _("There is no chart yet: not all attendance of this session has been fetched.")
    elif line.is_open:
        why_none = _(
            "There is no chart: the session is still open or was never closed, so its length isn't"
            " known."
        )
    else:
        why_none = _("There is no chart: nobody was connected.")
    found = distribution(seconds, line.length_seconds)
    return minutes_chart(found, held_text(line, zone), why_none=why_none)
