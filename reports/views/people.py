"""The list of attendees: page and files of the same address hold the same people."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.access import Viewer, record
from reports.exports.people import open_attendances, open_people
from reports.forms.people import PeopleForm
from reports.models.session import RoomSessionQuerySet
from reports.queries.people import person_lines, person_totals
from reports.queries.sessions import session_list
from reports.tables.people import PeopleTable
from reports.views.files import Extension, export_response
from reports.views.guard import for_viewers
from reports.views.lists import first_of, page_of
from reports.views.ranges import form_for, range_context, refused, scope_of, why_empty

TEMPLATE = "reports/people.html"
OF_PEOPLE = ("search", "user_type", "least")  # parts of the address about who, not which sessions


@require_safe
@for_viewers
def people(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the people that the address names; 400 with the form where it can't be read."""
    form = form_for(viewer, request, PeopleForm)
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, "people")
    scope = scope_of(viewer, form)
    record(request, "viewed", "attendees", query=form.query())
    context = range_context(viewer, form, scope) | {"section": "people"}
    sessions = session_list(viewer.sessions(), form.wanted())
    totals = person_totals(viewer, sessions, form.people_wanted())
    if totals.people:
        with_account = len(scope.accounts) > 1
        context |= _listed(viewer, form, sessions, totals.people, with_account=with_account)
    else:
        context |= _nobody(viewer, form, sessions)
    return render(request, TEMPLATE, context | {"totals": totals})


@require_safe
@for_viewers
def people_file(request: HttpRequest, viewer: Viewer, extension: Extension) -> HttpResponseBase:
    """Return all the people of the address, one row each; in Kaltura's columns, all they attended."""
    return _file(request, viewer, extension, every_attendance=False)


@require_safe
@for_viewers
def attendances_file(
    request: HttpRequest, viewer: Viewer, extension: Extension
) -> HttpResponseBase:
    """Return every attendance of the people of the address: a row for each person and session."""
    return _file(request, viewer, extension, every_attendance=True)


def _file(
    request: HttpRequest, viewer: Viewer, extension: Extension, *, every_attendance: bool
) -> HttpResponseBase:
    form = form_for(viewer, request, PeopleForm)
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, "people")
    scope_of(viewer, form)
    sessions = session_list(viewer.sessions(), form.wanted())
    wanted = form.people_wanted()
    # Kaltura has no report of one row a person: in its columns there are attendances alone.
    if every_attendance or form.shape_wanted == "kaltura":
        export = open_attendances(sessions, wanted, form.shape_wanted, form.zone)
    else:
        export = open_people(sessions, wanted, form.zone)
    return export_response(request, export, extension, form.from_at, form.to_at, query=form.query())


def _listed(
    viewer: Viewer,
    form: PeopleForm,
    sessions: RoomSessionQuerySet,
    count: int,
    *,
    with_account: bool,
) -> dict[str, Any]:
    """Return one page of the people."""
    page = page_of(count, form.cleaned_data["page"])
    lines = person_lines(viewer, sessions, form.people_wanted(), first_of(page), page.end_index())
    table = PeopleTable(lines, form=form, zone=form.zone, with_account=with_account)
    return {"page": page, "table": table}


def _nobody(viewer: Viewer, form: PeopleForm, sessions: RoomSessionQuerySet) -> dict[str, Any]:
    """Return why there is nobody: no such session, or nobody of those who were in them."""
    if not sessions.exists():
        return why_empty(viewer, form)
    everybody = form.query(**dict.fromkeys(OF_PEOPLE), page=None)
    return {"has_sessions": True, "everybody_query": everybody}
