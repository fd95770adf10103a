"""The list of sessions: page and file of the same address hold the same rows."""

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from reports.access import Viewer, record
from reports.exports.export import file_name, open_export
from reports.forms.sessions import DEFAULT_DAYS, SessionsForm
from reports.models import Account, Room, VirtualEvent
from reports.queries.freshness import freshness
from reports.queries.session_lines import session_lines
from reports.queries.sessions import session_list, session_totals
from reports.tables.sessions import SessionTable
from reports.views.files import csv_response
from reports.views.guard import for_viewers
from reports.views.zone import reader_zone

ROWS_A_PAGE = 50
PRESETS = (7, 30, 90)  # days up to today


@require_safe
@for_viewers
def sessions(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the sessions that the address names; 400 with the form where it can't be read."""
    form = SessionsForm(request.GET, reader_zone(request))
    accounts = list(viewer.accounts_seen())
    context: dict[str, Any] = {"section": "sessions", "form": form, "accounts": accounts}
    if not form.is_valid():
        context |= {"zone": form.zone, "freshness": freshness(accounts)}
        return render(request, "reports/sessions.html", context, status=400)
    account, room, event = chosen(viewer, form)
    context |= {"zone": form.zone, "account": account, "room": room, "event": event}
    context |= {"presets": presets(form)}
    context |= _listed(viewer, form)
    about = [room.account] if room else [account] if account else accounts
    context |= {
        "freshness": freshness(about),
        "in_range": freshness(about, form.from_at, form.to_at),
    }
    if not context["totals"].sessions:
        context |= _why_empty(viewer, form)
    return render(request, "reports/sessions.html", context)


@require_safe
@for_viewers
def sessions_csv(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Return all the sessions of the address as CSV, whatever the page; 400 with the form."""
    form = SessionsForm(request.GET, reader_zone(request))
    if not form.is_valid():
        return sessions(request)
    chosen(viewer, form)
    export = open_export("sessions", form.shape_wanted, viewer.sessions(), form.wanted(), form.zone)
    detail = {key: request.GET[key] for key in sorted(request.GET) if key != "page"}
    record(request, "exported", "sessions", **detail)
    return csv_response(export, file_name(export.table, "csv", form.from_at, form.to_at))


def chosen(
    viewer: Viewer, form: SessionsForm
) -> tuple[Account | None, Room | None, VirtualEvent | None]:
    """Return the account, room and event that the address names. Raises: Http404 if not theirs."""
    account = room = event = None
    if form.cleaned_data["account"]:
        account = get_object_or_404(viewer.accounts_seen(), pk=form.cleaned_data["account"])
    if form.cleaned_data["room"]:
        rooms = viewer.rooms().select_related("account", "parent")
        room = get_object_or_404(rooms, pk=form.cleaned_data["room"])
    if form.cleaned_data["event"]:
        event = get_object_or_404(viewer.events(), pk=form.cleaned_data["event"])
    return account, room, event


def presets(form: SessionsForm) -> list[dict[str, Any]]:
    """Return the ranges that are one click away."""
    today = timezone.now().astimezone(form.zone).date()
    shown = (form.cleaned_data["from_on"], form.cleaned_data["to_on"])
    ranges = [(days, today - timedelta(days=days - 1)) for days in PRESETS]
    return [
        {
            "days": days,
            "query": form.query(**{"from": first, "to": today}),
            "is_current": shown == (first, today),
        }
        for days, first in ranges
    ]


def _listed(viewer: Viewer, form: SessionsForm) -> dict[str, Any]:
    """Return the wanted sessions: one page of them, and what all of them add up to."""
    found = session_list(viewer.sessions(), form.wanted())
    totals = session_totals(found)
    places = Paginator(range(totals.sessions), ROWS_A_PAGE)  # the sessions are counted already
    page = places.get_page(form.cleaned_data["page"] or 1)
    first = max(page.start_index() - 1, 0)  # without any session it is -1
    lines = session_lines(found[first : page.end_index()])
    table = SessionTable(lines, form=form, order=form.sort_wanted, zone=form.zone)
    return {"totals": totals, "page": page, "table": table}


def _why_empty(viewer: Viewer, form: SessionsForm) -> dict[str, Any]:
    """Return the latest session that there is, and the address of the days before it."""
    latest = viewer.sessions().order_by("-started_at").values_list("started_at", flat=True).first()
    if latest is None:
        return {"latest": None}
    last = latest.astimezone(form.zone).date()
    first = last - timedelta(days=DEFAULT_DAYS - 1)
    changes = {"from": first, "to": last, "room": None, "account": None, "search": None}
    return {"latest": latest, "latest_query": form.query(**changes)}
