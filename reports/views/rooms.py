"""The list of rooms: what the sessions of a range add up to in each of them."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.access import Viewer
from reports.exports.export import Export, open_export
from reports.exports.rooms import open_rooms_export
from reports.forms.rooms import RoomsForm
from reports.models.session import RoomSessionQuerySet
from reports.queries.people_counts import people_count
from reports.queries.room_sessions import sessions_of_rooms
from reports.queries.rooms import RoomLine, room_lines, room_totals, with_people
from reports.queries.sessions import session_list
from reports.tables.rooms import RoomTable
from reports.views.files import Extension, export_response
from reports.views.guard import for_viewers
from reports.views.lists import first_of, page_of
from reports.views.ranges import form_for, range_context, refused, scope_of, why_empty

TEMPLATE = "reports/rooms.html"


@require_safe
@for_viewers
def rooms(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the rooms that the address names; 400 with the form where it can't be read."""
    form = form_for(viewer, request, RoomsForm)
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, "rooms")
    scope = scope_of(viewer, form)
    context = range_context(viewer, form, scope) | _listed(viewer, form)
    context["double_counted"] = [account for account in scope.about if not account.breakouts_add]
    if not context["totals"].rooms:
        context |= why_empty(viewer, form)
    return render(request, TEMPLATE, context | {"section": "rooms"})


@require_safe
@for_viewers
def rooms_file(request: HttpRequest, viewer: Viewer, extension: Extension) -> HttpResponseBase:
    """Return all the rooms of the address as CSV or workbook; in Kaltura's columns their sessions."""
    form = form_for(viewer, request, RoomsForm)
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, "rooms")
    scope_of(viewer, form)
    export = _export(viewer, form)
    return export_response(request, export, extension, form.from_at, form.to_at, query=form.query())


def _listed(viewer: Viewer, form: RoomsForm) -> dict[str, Any]:
    """Return the wanted rooms: one page of them, and what all of them add up to."""
    sessions = session_list(viewer.sessions(), form.wanted())
    lines = room_lines(viewer, sessions, form.rooms_wanted())
    page = page_of(len(lines), form.cleaned_data["page"])
    shown = lines[first_of(page) : page.end_index()]
    totals = room_totals(lines)
    return {
        "totals": totals,
        "people": _people(viewer, form, sessions, lines)
        if totals.attendances
        else totals.attendances,
        "page": page,
        "table": RoomTable(
            with_people(viewer, sessions, shown),
            form=form,
            order=form.sort_wanted,
            zone=form.zone,
            exclude=() if "account" in form.more_fields else ("account",),
        ),
    }


def _people(
    viewer: Viewer, form: RoomsForm, sessions: RoomSessionQuerySet, lines: Sequence[RoomLine]
) -> int:
    """Return how many different people were in the rooms of the list."""
    if form.cleaned_data["search"]:
        sessions = sessions_of_rooms(sessions, lines)
    return people_count(viewer, sessions)


def _export(viewer: Viewer, form: RoomsForm) -> Export:
    """Return the rows of the page; Kaltura has no report of rooms, so there their sessions."""
    sessions = session_list(viewer.sessions(), form.wanted())
    if form.shape_wanted == "full":
        lines = room_lines(viewer, sessions, form.rooms_wanted())
        return open_rooms_export(with_people(viewer, sessions, lines), form.zone)
    found = viewer.sessions()
    if form.cleaned_data["search"]:
        found = sessions_of_rooms(found, room_lines(viewer, sessions, form.rooms_wanted()))
    return open_export("sessions", "kaltura", found, form.wanted(), form.zone)
