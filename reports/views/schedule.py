"""When an account is asked by itself: what is set, and changing it."""

from datetime import UTC

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reports.access import Viewer, record
from reports.forms.schedule import ScheduleForm, proposed
from reports.models import Account, Schedule
from reports.models.retention import kept_from
from reports.models.schedule import schedule_of
from reports.queries.runs import latest_backfill
from reports.sync.schedule import change_schedule, next_due
from reports.views.guard import for_administrators
from reports.views.zone import reader_zone


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def schedule(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return the account's schedule as a form; a POST stores it, and what is due begins at once."""
    account = get_object_or_404(viewer.accounts(), pk=pk)
    if not account.has_api:
        raise Http404
    stored = schedule_of(account)
    if request.method != "POST":
        form = ScheduleForm.of(stored) if stored.pk else _proposal(request, stored)
        return _page(request, account, form)
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        return _page(request, account, form, status=400)
    wish = form.wish()
    runs = change_schedule(account, wish)
    record(
        request,
        "scheduled",
        f"account {account.name}",
        kind=wish.kind,
        at=f"{wish.at:%H:%M}",
        zone=wish.zone,
        parallel_calls=wish.parallel_calls,
        backfill_from_on=str(wish.backfill_from_on or ""),
    )
    text = _("The schedule was stored.")
    if runs:
        text += " " + _("Kaltura is being asked already.")
    messages.success(request, text)
    return redirect("reports:account", account.pk)


def _page(
    request: HttpRequest, account: Account, form: ScheduleForm, status: int = 200
) -> HttpResponse:
    context = {
        "section": "accounts",
        "account": account,
        "form": form,
        "kept_from": kept_from(account.pk),
        "utc": UTC,
    }
    return render(request, "reports/schedule.html", context, status=status)


def _proposal(request: HttpRequest, stored: Schedule) -> ScheduleForm:
    today = timezone.now().astimezone(UTC).date()
    return proposed(stored, reader_zone(request).key, today)


def schedule_context(request: HttpRequest, account: Account) -> dict[str, object]:
    """Return what the account's page says of its schedule, or proposes. At most two queries."""
    stored = schedule_of(account)
    is_asked = stored.is_on or stored.backfill_from_on is not None
    return {
        "schedule": stored,
        "next_due": next_due(stored, timezone.now()),
        "backfill": latest_backfill(account) if stored.backfill_from_on else None,
        "proposal": None if is_asked else _proposal(request, stored),
    }
