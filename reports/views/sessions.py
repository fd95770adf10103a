"""The list of sessions: page and files of the same address hold the same rows."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.access import Viewer
from reports.exports.export import open_export
from reports.forms.sessions import SessionsForm
from reports.models import Course
from reports.queries.class_remarks import remarks_of
from reports.queries.session_lines import session_lines
from reports.queries.sessions import session_list, session_totals
from reports.tables.sessions import SessionTable
from reports.views.files import Extension, export_response
from reports.views.guard import for_viewers
from reports.views.lists import first_of, page_of
from reports.views.ranges import form_for, range_context, refused, scope_of, why_empty

TEMPLATE = "reports/sessions.html"


@require_safe
@for_viewers
def sessions(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the sessions that the address names; 400 with the form where it can't be read."""
    form = form_for(viewer, request, SessionsForm)
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, "sessions")
    scope = scope_of(viewer, form)
    context = range_context(viewer, form, scope) | _listed(viewer, form, scope.course)
    if not context["totals"].sessions:
        context |= why_empty(viewer, form)
    return render(request, TEMPLATE, context | {"section": "sessions"})


@require_safe
@for_viewers
def sessions_file(request: HttpRequest, viewer: Viewer, extension: Extension) -> HttpResponseBase:
    """Return all the sessions of the address as CSV or workbook, whatever the page."""
    form = form_for(viewer, request, SessionsForm)
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, "sessions")
    scope_of(viewer, form)
    export = open_export("sessions", form.shape_wanted, viewer.sessions(), form.wanted(), form.zone)
    return export_response(request, export, extension, form.from_at, form.to_at, query=form.query())


def _listed(viewer: Viewer, form: SessionsForm, course: Course | None) -> dict[str, Any]:
    """Return the wanted sessions: one page of them, and what all of them add up to."""
    found = session_list(viewer.sessions(), form.wanted())
    totals = session_totals(found)
    page = page_of(totals.sessions, form.cleaned_data["page"])
    lines = list(session_lines(found[first_of(page) : page.end_index()]))
    remarks = remarks_of(course, viewer.sessions(), lines) if course else None
    table = SessionTable(lines, form=form, order=form.sort_wanted, zone=form.zone, remarks=remarks)
    return {"totals": totals, "page": page, "table": table}
