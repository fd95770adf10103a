"""The list of breakouts: page and files of the same address hold the same rows."""

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.access import Viewer, record
from reports.exports.export import open_export
from reports.forms.breakouts import BreakoutsForm
from reports.models import Account
from reports.queries.breakouts import breakout_list, breakout_totals, main_starts
from reports.queries.session_lines import session_lines
from reports.tables.breakouts import BreakoutListTable
from reports.views.files import Extension, export_response
from reports.views.guard import for_viewers
from reports.views.lists import first_of, page_of
from reports.views.ranges import form_for, range_context, refused, scope_of, why_empty

TEMPLATE = "reports/breakouts.html"


@require_safe
@for_viewers
def breakouts(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the breakouts that the address names; 400 with the form where it can't be read."""
    form = form_for(viewer, request, BreakoutsForm)
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, "breakouts")
    every = viewer.sessions().breakouts()
    scope = scope_of(viewer, form)
    record(request, "viewed", "breakouts", query=form.query())
    context = range_context(viewer, form, scope, every) | _listed(viewer, form)
    context |= {"section": "breakouts", "adding": _adding(scope.about)}
    if not context["totals"].sessions:
        context |= why_empty(viewer, form, every)
    return render(request, TEMPLATE, context)


@require_safe
@for_viewers
def breakouts_file(request: HttpRequest, viewer: Viewer, extension: Extension) -> HttpResponseBase:
    """Return all the breakouts of the address as CSV or workbook, whatever the page."""
    form = form_for(viewer, request, BreakoutsForm)
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, "breakouts")
    scope_of(viewer, form)
    wanted = form.wanted()
    export = open_export("breakouts", form.shape_wanted, viewer.sessions(), wanted, form.zone)
    return export_response(request, export, extension, form.from_at, form.to_at, query=form.query())


def _listed(viewer: Viewer, form: BreakoutsForm) -> dict[str, Any]:
    """Return the wanted breakouts: one page of them, and what all of them add up to."""
    found = breakout_list(viewer.sessions(), form.wanted())
    of_all = breakout_totals(found)
    page = page_of(of_all.sums.sessions, form.cleaned_data["page"])
    lines = list(session_lines(found[first_of(page) : page.end_index()]))
    starts = main_starts(viewer, lines)
    table = BreakoutListTable(lines, form=form, zone=form.zone, starts=starts)
    return {"totals": of_all.sums, "of_all": of_all, "page": page, "table": table}


def _adding(accounts: list[Account]) -> Literal["all", "none", "some"]:
    """Return in which of the accounts breakout minutes come on top of the main session's."""
    settings = {account.breakouts_add for account in accounts}
    if len(settings) > 1:
        return "some"
    return "none" if settings == {False} else "all"
