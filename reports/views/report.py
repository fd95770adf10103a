"""Asking Kaltura for one report: the form, what was asked lately, and an example of each report."""

from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from reports.access import Viewer, record
from reports.forms.report import (
    ReportAddressForm,
    ReportForm,
    proposed,
    report_label,
    same_again,
)
from reports.kaltura import REPORTS
from reports.models import Snapshot
from reports.models.encrypted import SecretUnreadable
from reports.queries.report_examples import example_of
from reports.queries.snapshots import latest_snapshots
from reports.sync.snapshot import SnapshotOrder, ask_in_background, open_snapshot
from reports.tables.report_columns import REPORT_SENTENCES
from reports.views.guard import for_administrators
from reports.views.snapshot import answer_context, moment_of
from reports.views.zone import reader_zone

MOST_UNDER_WAY = 5  # of one person


@sensitive_post_parameters("ks")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_administrators
def report(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the form; a POST asks Kaltura and leads to what comes of it."""
    address = ReportAddressForm(request.GET)
    if not address.is_valid():
        return render(request, "400.html", {"errors": address.errors}, status=400)
    zone = reader_zone(request, address.cleaned_data["tz"])
    accounts = viewer.accounts()
    if request.method == "POST":
        return _asked(request, viewer, ReportForm(accounts, zone, request.POST))
    again = address.cleaned_data["again"]
    if again:
        before = get_object_or_404(viewer.snapshots().without_content(), pk=again)
        initial = same_again(before)
    else:
        today = timezone.now().astimezone(zone).date()
        initial = proposed(today, zone, has_accounts=accounts.exists())
    return _page(request, viewer, ReportForm(accounts, zone, initial=initial), zone)


@require_safe
@for_administrators
def report_example(request: HttpRequest, viewer: Viewer, report_id: int) -> HttpResponse:
    """Return invented rows of a report, shown as an answer is."""
    if report_id not in REPORTS:
        raise Http404
    address = ReportAddressForm(request.GET)
    if not address.is_valid():
        return render(request, "400.html", {"errors": address.errors}, status=400)
    zone = reader_zone(request, address.cleaned_data["tz"])
    view = example_of(report_id, zone)
    context = {
        "section": "report",
        "title": report_label(report_id),
        "sentence": REPORT_SENTENCES[report_id],
        "zone": zone,
        "query": urlencode({"tz": zone.key}),
        "examples": [(number, report_label(number)) for number in REPORTS],
        **answer_context(view, zone, page_number=None),
    }
    return render(request, "reports/report_example.html", context)


@sensitive_variables("form", "order")
def _asked(request: HttpRequest, viewer: Viewer, form: ReportForm) -> HttpResponse:
    if not form.is_valid():
        return _page(request, viewer, form, form.zone, status=400)
    own = Snapshot.objects.filter(requested_by=viewer.user)
    if own.under_way(timezone.now()).count() >= MOST_UNDER_WAY:
        form.add_error(None, _("You have asked for several reports that have not come yet. Wait."))
        return _page(request, viewer, form, form.zone, status=400)
    try:
        order = form.order()
    except SecretUnreadable as unreadable:
        form.add_error("source", str(unreadable))
        return _page(request, viewer, form, form.zone, status=400)
    with transaction.atomic():
        snapshot = open_snapshot(order, viewer.user)
        record(request, "asked", f"report {order.report_id}", **_detail(order, snapshot))
    ask_in_background(snapshot, order.sign_in)
    return redirect("reports:snapshot", snapshot.pk)


def _detail(order: SnapshotOrder, snapshot: Snapshot) -> dict[str, Any]:
    """Return what the access log keeps: how much was asked for, but nobody's id."""
    return {
        "snapshot": snapshot.pk,
        "account": order.account.name if order.account else None,
        "from": order.filters.from_date,
        "to": order.filters.to_date,
        "filters": {name: len(ids) for name, ids in snapshot.filters.items()},
        "excluded": list(order.excluded),
    }


def _line(snapshot: Snapshot) -> dict[str, Any]:
    """Return what the list shows of a snapshot."""
    return {
        "snapshot": snapshot,
        "title": report_label(snapshot.report_id),
        "from_at": moment_of(snapshot.from_unix),
        "to_at": moment_of(snapshot.to_unix),
        "is_stopped": snapshot.is_stopped(timezone.now()),
    }


def _page(
    request: HttpRequest, viewer: Viewer, form: ReportForm, zone: ZoneInfo, status: int = 200
) -> HttpResponse:
    if form.is_bound and form.errors and form.data.get("ks") and "ks" not in form.errors:
        form.add_error("ks", _("Paste it once more: a KS is never shown again."))
    context = {
        "section": "report",
        "form": form,
        "zone": zone,
        "lines": [_line(one) for one in latest_snapshots(viewer)],
        "examples": [(number, report_label(number)) for number in REPORTS],
    }
    return render(request, "reports/report.html", context, status=status)
