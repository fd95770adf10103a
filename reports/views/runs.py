"""Asking Kaltura from a page: the order, and the run that answers it. The work is a worker's."""

from datetime import UTC, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from reports.access import Viewer, record
from reports.forms.accounts import SyncForm
from reports.models import Run, RunState
from reports.queries.runs import run_progress
from reports.sync.plan import plan_run
from reports.views.accounts import account_page
from reports.views.guard import for_administrators
from reports.views.zone import reader_zone

UNATTENDED_SECONDS = 20  # a worker looks for work far more often than that


@require_POST
@for_administrators
def sync(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Put a run for the days into the queue and lead to its page; the same order, the same run."""
    account = get_object_or_404(viewer.accounts(), pk=pk)
    form = SyncForm(request.POST)
    if not form.is_valid():
        return account_page(request, account, form)
    run, is_resumed = plan_run(account, form.order(), user=viewer.user)
    if is_resumed:
        messages.info(request, _("These days were asked for already: this is how far it is."))
    else:
        days = {key: str(form.cleaned_data[key]) for key in ("from_on", "to_on")}
        record(request, "synced", f"account {account.name}", run=run.pk, **days)
    return redirect("reports:run", run.pk)


@require_safe
@never_cache
@for_administrators
def run(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return the run's page."""
    return render(request, "reports/run.html", _context(request, viewer, pk))


@require_safe
@never_cache
@for_administrators
def run_results(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return the part of the run's page that changes, for the script that keeps it fresh."""
    return render(request, "reports/_run.html", _context(request, viewer, pk))


def _context(request: HttpRequest, viewer: Viewer, pk: int) -> dict[str, object]:
    runs = Run.objects.filter(account__in=viewer.accounts()).select_related(
        "account", "requested_by"
    )
    run = get_object_or_404(runs, pk=pk)
    waited = (timezone.now() - run.requested_at).total_seconds()
    return {
        "section": "accounts",
        "run": run,
        "account": run.account,
        "progress": run_progress(run),
        "is_unattended": run.state == RunState.WAITING and waited > UNATTENDED_SECONDS,
        "first_on": run.from_at.astimezone(UTC).date().isoformat(),
        "last_on": (run.to_at - timedelta(seconds=1)).astimezone(UTC).date().isoformat(),
        "utc": UTC,
        "zone": reader_zone(request),
    }
