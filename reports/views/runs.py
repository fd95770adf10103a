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
from reports.forms.retention import refuse_removed_days
from reports.forms.schedule import RunsForm
from reports.models import Run, RunKind, RunState
from reports.queries.runs import matching_runs, page_of_runs, run_detail
from reports.sync.plan import ask_anew, cancel_run, plan_run, resume_run
from reports.views.accounts import account_page
from reports.views.guard import for_administrators
from reports.views.lists import ROWS_A_PAGE, first_of, page_of
from reports.views.zone import reader_zone

UNATTENDED_SECONDS = 20  # a worker looks for work far more often than that


@require_POST
@for_administrators
def sync(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Put a run for the days into the queue and lead to its page; the same order, the same run."""
    account = get_object_or_404(viewer.accounts(), pk=pk)
    if not account.has_api:
        messages.error(request, _("This account has no API access: its data comes from files."))
        return redirect("reports:account", account.pk)
    form = SyncForm(request.POST)
    if not form.is_valid() or refuse_removed_days(form, account, form.order()):
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
def runs(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the list of all syncs, the newest first."""
    form = RunsForm(request.GET)
    context: dict[str, object] = {"section": "accounts", "form": form}
    if not form.is_valid():
        return render(request, "reports/runs.html", context, status=400)
    accounts = list(viewer.accounts())
    account = None
    if form.cleaned_data["account"]:
        account = get_object_or_404(viewer.accounts(), pk=form.cleaned_data["account"])
    found = matching_runs([account] if account else accounts, form.cleaned_data["state"])
    page = page_of(found.count(), form.cleaned_data["page"])
    context |= {
        "account": account,
        "has_accounts": bool(accounts),
        "page": page,
        "rows": page_of_runs(found, first_of(page), ROWS_A_PAGE),
        "zone": reader_zone(request),
        "utc": UTC,
    }
    return render(request, "reports/runs.html", context)


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


@require_POST
@for_administrators
def run_cancel(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Let nothing more of the run be done."""
    run = _run(viewer, pk)
    if cancel_run(run, viewer.user):
        record(request, "cancelled", f"run {run.pk}", account=run.account.name)
        text = _("Cancelled. What is here by now stays.")
        if run.kind == RunKind.BACKFILL:
            text += " " + _("Older days will not be asked for either, until the schedule says so.")
        messages.success(request, text)
    else:
        messages.info(request, _("It had ended already."))
    return redirect("reports:run", run.pk)


@require_POST
@for_administrators
def run_resume(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Put into the queue what is left of a run that failed or was cancelled."""
    run = _run(viewer, pk)
    was_finished = run.is_finished
    if not resume_run(run):
        messages.info(request, _("Nothing of it is left to be asked."))
    elif was_finished:
        record(request, "resumed", f"run {run.pk}", account=run.account.name)
        messages.success(request, _("It goes on with the days that are left."))
    else:
        messages.info(request, _("It goes on already."))
    return redirect("reports:run", run.pk)


@require_POST
@for_administrators
def run_again(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Ask for all days of a run anew, by a run of its own; one that goes on leads to itself."""
    run = _run(viewer, pk)
    again, goes_on = ask_anew(run, viewer.user)
    if goes_on:
        messages.info(request, _("These days are being asked for already: this is how far it is."))
    else:
        record(request, "asked again", f"run {run.pk}", account=run.account.name, run=again.pk)
        messages.success(request, _("All its days are asked for anew."))
    return redirect("reports:run", again.pk)


def _run(viewer: Viewer, pk: int) -> Run:
    """Return the run. Raises: Http404."""
    runs = Run.objects.filter(account__in=viewer.accounts())
    found: Run = get_object_or_404(
        runs.select_related("account", "requested_by", "cancelled_by"), pk=pk
    )
    return found


def _context(request: HttpRequest, viewer: Viewer, pk: int) -> dict[str, object]:
    run = _run(viewer, pk)
    detail = run_detail(run)
    waited = (timezone.now() - run.requested_at).total_seconds()
    return {
        "section": "accounts",
        "run": run,
        "account": run.account,
        "detail": detail,
        "progress": detail.progress,
        "is_unattended": not detail.is_worker_alive and waited > UNATTENDED_SECONDS,
        "can_resume": run.state in (RunState.FAILED, RunState.CANCELLED)
        or (run.state == RunState.GAPS and bool(detail.failed_days)),
        "more_failed": detail.progress.failed - len(detail.failed_days),
        "first_on": run.from_at.astimezone(UTC).date().isoformat(),
        "last_on": (run.to_at - timedelta(seconds=1)).astimezone(UTC).date().isoformat(),
        "utc": UTC,
        "zone": reader_zone(request),
    }
