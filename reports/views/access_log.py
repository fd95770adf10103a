"""The access log: page and files of the same address hold the same lines. Nothing changes it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.access import Viewer
from reports.exports.access_log import open_access_log
from reports.forms.access_log import AccessLogForm
from reports.models import AccessLogEntry
from reports.queries.access_log import log_lines
from reports.tables.access_log import AccessLogTable
from reports.views.files import Extension, export_response
from reports.views.guard import for_administrators
from reports.views.lists import first_of, page_of
from reports.views.ranges import Scope, chips, presets
from reports.views.zone import reader_zone

TEMPLATE = "reports/access_log.html"
# `accounts`: the page needs none of them, but shows its filters where there are any.
COMMON: dict[str, Any] = {"section": "access-log", "accounts": True}


@require_safe
@for_administrators
def access_log(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the lines of the address; 400 with the form where it can't be read."""
    form = AccessLogForm(request.GET, reader_zone(request))
    if not form.is_valid():
        return _refused(request, form)
    lines = log_lines(form.log_wanted())
    page = page_of(lines.count(), form.cleaned_data["page"])
    shown = lines[first_of(page) : page.end_index()]
    context = COMMON | {
        "form": form,
        "zone": form.zone,
        "presets": list(presets(viewer, form)),
        "chips": list(chips(form, Scope(None, None, None, []))),
        "page": page,
        "table": AccessLogTable(shown, form=form, zone=form.zone),
        "is_any": bool(page.paginator.count) or AccessLogEntry.objects.exists(),
        "everything": form.query(search=None, who=None, action=None, page=None),
    }
    return render(request, TEMPLATE, context)


@require_safe
@for_administrators
def access_log_file(request: HttpRequest, viewer: Viewer, extension: Extension) -> HttpResponseBase:
    """Return all the lines of the address as CSV or workbook; this one is the next."""
    form = AccessLogForm(request.GET, reader_zone(request))
    if not form.is_valid():
        return _refused(request, form)
    export = open_access_log(log_lines(form.log_wanted()), form.zone)
    return export_response(request, export, extension, form.from_at, form.to_at, query=form.query())


def _refused(request: HttpRequest, form: AccessLogForm) -> HttpResponse:
    return render(request, TEMPLATE, COMMON | {"form": form, "zone": form.zone}, status=400)
