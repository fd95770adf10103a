"""Data health, for administrators: what is here, what is missing, what was noticed, alerts."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST, require_safe

from reports.access import Viewer, record
from reports.alerts.mail import administrators_with_mail
from reports.alerts.watch import current_alerts
from reports.alerts.words import words_of
from reports.charts.coverage import coverage_strip, days_count_text
from reports.definitions import FINDINGS
from reports.exports.health import open_findings, open_lines
from reports.forms.health import AskForm, FindingsForm, HealthForm
from reports.models import Account, Alert, Finding, FindingKind, SetAsideLine
from reports.models.retention import kept_from
from reports.queries.coverage import NOT_HERE, Coverage, DayState, coverages, days_with, ranges
from reports.queries.freshness import freshness
from reports.queries.health import (
    estimate_checks,
    finding_lines,
    findings,
    kind_counts,
    restatements,
    set_aside_lines,
)
from reports.sync.again import ask_days_again
from reports.tables.health import EstimateTable, FindingTable, HealthRestatementTable, LineTable
from reports.views.files import Extension, export_response
from reports.views.guard import for_administrators
from reports.views.lists import first_of, page_of
from reports.views.zone import reader_zone

TEMPLATE = "reports/health.html"
FINDINGS_TEMPLATE = "reports/health_findings.html"
RESTATEMENTS_SHOWN = 25
ALERTS_SHOWN = 20  # of those that are over
# What was noticed in these comes again however often it is asked for.
NOT_ASKED_AGAIN = frozenset({FindingKind.PLACEHOLDER})


@require_safe
@for_administrators
def health(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the page; 400 with the form where the address can't be read."""
    form = HealthForm(request.GET, viewer.accounts(), reader_zone(request))
    context: dict[str, Any] = {"section": "health", "form": form, "zone": form.zone}
    if not form.is_valid():
        return render(request, TEMPLATE, context, status=400)
    now = timezone.now()
    restated, restated_count = restatements(form.about, RESTATEMENTS_SHOWN)
    estimates = estimate_checks(form.about)
    context |= {
        "zone": form.zone,
        "utc": UTC,
        "accounts": form.accounts,
        "parts": _parts(form, now),
        "kinds": [
            {"of": of, "means": FINDINGS[of.kind], "can_ask": of.kind not in NOT_ASKED_AGAIN}
            for of in kind_counts(form.about)
        ],
        "restatements": HealthRestatementTable(restated, form.zone) if restated else None,
        "restated_count": restated_count,
        "estimates": EstimateTable(estimates) if estimates else None,
        "is_anybody_mailed": bool(administrators_with_mail()),
    }
    return render(request, TEMPLATE, context | _alerts(form, now))


def _parts(form: HealthForm, now: datetime) -> list[dict[str, Any]]:
    """Return freshness and days of each account, of the year wanted or the last twelve months."""
    today = now.astimezone(UTC).date()
    from_on, to_on = _shown_days(form.cleaned_data["year"], today)
    parts = []
    for coverage in coverages(form.about, now):
        strip = coverage_strip(coverage, from_on, to_on)
        first = next(iter(coverage.days), today)
        parts.append(
            {
                "account": coverage.account,
                "freshness": freshness([coverage.account]),
                "strip": strip,
                "years": range(today.year, first.year - 1, -1),
                "asks": _asks(coverage),
            }
        )
    return parts


def _shown_days(year: int | None, today: date) -> tuple[date, date]:
    if year:
        return date(year, 1, 1), min(date(year, 12, 31), today)
    first = today.replace(day=1) - timedelta(days=335)  # in the month eleven months ago
    return first.replace(day=1), today


STATES = {
    "missing": NOT_HERE,
    "failed": frozenset({DayState.FAILED}),
    "cut": frozenset({DayState.CUT}),
}


def _asks(coverage: Coverage) -> list[tuple[str, str]]:
    """Return the buttons: what is sent, and its words."""
    words = {
        "missing": _("Ask for what is missing: %(days)s"),
        "failed": _("Ask again for what failed: %(days)s"),
        "cut": _("Ask again for what was cut: %(days)s"),
    }
    every = {state for states in STATES.values() for state in states}
    kept = set(_kept(coverage.account, coverage.of(*every)))
    found = {what: len(kept.intersection(coverage.of(*of))) for what, of in STATES.items()}
    return [
        (what, words[what] % {"days": days_count_text(days)})
        for what, days in found.items()
        if days
    ]


def _kept(account: Account, days: list[date]) -> list[date]:
    """Return the days without those that retention would remove at once."""
    first = kept_from(account.pk) if days else None
    return [day for day in days if first is None or day >= first.date()]


def _alerts(form: HealthForm, now: datetime) -> dict[str, Any]:
    """Return the alerts that are on, and the latest that are over."""
    over = Alert.objects.filter(closed_at__isnull=False).select_related("account")
    return {
        "alerts": [(alert, words_of(alert, form.zone)) for alert in current_alerts(now)],
        "past_alerts": [
            (alert, words_of(alert, form.zone))
            for alert in over.order_by("-closed_at")[:ALERTS_SHOWN]
        ],
    }


@require_safe
@for_administrators
def health_findings(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the findings, or the lines set aside, that the address names."""
    form = FindingsForm(request.GET, viewer.accounts(), reader_zone(request))
    context: dict[str, Any] = {"section": "health", "form": form, "zone": form.zone}
    if not form.is_valid():
        return render(request, FINDINGS_TEMPLATE, context, status=400)
    kind = form.cleaned_data["kind"]
    page, table = _listed(form)
    context |= _files(form) | {
        "zone": form.zone,
        "page": page,
        "table": table,
        "kind": FindingKind(kind) if kind else None,
        "means": FINDINGS[kind] if kind else "",
        "asks": _askable(form, kind),
    }
    if page.paginator.count:
        record(
            request,
            "viewed",
            f"findings {kind or 'of every kind'}",
            account=form.state()["account"],
        )
    return render(request, FINDINGS_TEMPLATE, context)


def _listed(form: FindingsForm) -> tuple[Page[Any], LineTable | FindingTable]:
    """Return the page of the list that is wanted, and its rows as a table."""
    number = form.cleaned_data["page"]
    sorted_by: dict[str, Any] = {"form": form, "order": form.sort_wanted}
    if form.is_about_lines:
        lines = _lines(form)
        page = page_of(lines.count(), number)
        rows = lines[first_of(page) : page.end_index()]
        return page, LineTable(rows, zone=form.zone, **sorted_by)
    found = _findings(form)
    page = page_of(found.count(), number)
    noticed = finding_lines(found[first_of(page) : page.end_index()])
    return page, FindingTable(noticed, zone=form.zone, **sorted_by)


def _files(form: FindingsForm) -> dict[str, str]:
    """Return the addresses of the list's files."""
    name = "reports:health-lines" if form.is_about_lines else "reports:health-findings"
    return {extension: reverse(f"{name}-{extension}") for extension in ("csv", "xlsx")} | {
        "file_query": form.query()
    }


def _askable(form: FindingsForm, kind: str) -> list[Account]:
    """Return the accounts whose days of this kind can be asked for again."""
    if not kind or kind in NOT_ASKED_AGAIN:
        return []
    return [it for it in form.about if it.has_api and days_with(it, FindingKind(kind))]


def _findings(form: FindingsForm) -> QuerySet[Finding]:
    return findings(form.account_wanted, form.cleaned_data["kind"], form.sort_wanted)


def _lines(form: FindingsForm) -> QuerySet[SetAsideLine]:
    return set_aside_lines(form.account_wanted, form.sort_wanted)


@require_safe
@for_administrators
def findings_file(request: HttpRequest, viewer: Viewer, extension: Extension) -> HttpResponseBase:
    """Return all findings of the address as CSV or workbook, whatever the page."""
    return _file(
        request, FindingsForm(request.GET, viewer.accounts(), reader_zone(request)), extension
    )


@require_safe
@for_administrators
def lines_file(request: HttpRequest, viewer: Viewer, extension: Extension) -> HttpResponseBase:
    """Return the lines that could not be read as CSV or workbook."""
    data = request.GET.copy()
    data["kind"] = FindingKind.SET_ASIDE
    return _file(request, FindingsForm(data, viewer.accounts(), reader_zone(request)), extension)


def _file(request: HttpRequest, form: FindingsForm, extension: Extension) -> HttpResponseBase:
    """Return what the page of the address lists."""
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    if form.is_about_lines:
        export = open_lines(_lines(form), form.zone)
    else:
        export = open_findings(_findings(form), form.zone)
    return export_response(request, export, extension, query=form.query())


@require_POST
@for_administrators
def health_ask(request: HttpRequest, viewer: Viewer, account_pk: int) -> HttpResponse:
    """Put the days into the queue, a run for each range of days in a row; lead to what they do."""
    account = get_object_or_404(viewer.accounts(), pk=account_pk)
    form = AskForm(request.POST)
    if not form.is_valid() or not account.has_api:
        return render(request, "400.html", {"errors": form.errors}, status=400)
    what = form.cleaned_data["what"]
    wanted = ranges(_days_of(account, what))
    runs = ask_days_again(account, wanted, user=viewer.user)
    if not runs:
        messages.info(request, _("There is no such day any more: nothing was asked."))
        return redirect("reports:health")
    asked = sum(days.days for days in sorted(wanted, reverse=True)[: len(runs)])
    record(
        request,
        "synced",
        f"account {account.name}",
        what=what,
        days=asked,
        runs=[r.pk for r in runs],
    )
    if len(runs) == 1:
        return redirect("reports:run", runs[0].pk)
    text = ngettext(
        "Kaltura is asked for %(n)s day, in %(runs)s syncs.",
        "Kaltura is asked for %(n)s days, in %(runs)s syncs.",
        asked,
    )
    messages.success(request, text % {"n": asked, "runs": len(runs)})
    if len(wanted) > len(runs):
        messages.info(request, _("The others can be asked for when these have come."))
    return redirect(reverse("reports:account", args=[account.pk]))


def _days_of(account: Account, what: str) -> list[date]:
    """Return the UTC days that the button is about."""
    if what in STATES:  # a finding is called "cut" too: the ledger knows its days
        [coverage] = coverages([account], timezone.now())
        return _kept(account, coverage.of(*STATES[what]))
    return _kept(account, days_with(account, FindingKind(what)))
