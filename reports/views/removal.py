"""Deleting an account with all its data: first what would go, then the name, then it goes."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reports.access import Viewer, record
from reports.forms.accounts import DeleteForm
from reports.models import Account, Attendance, RoomGrant
from reports.sync.allowance import Allowance
from reports.sync.removal import begin_removal, remove
from reports.views.guard import for_administrators

REQUEST_SECONDS = 2.0  # of removing, while somebody waits; a worker does the rest


@dataclass(frozen=True)
class Holdings:
    """What is stored of an account, in rows."""

    rooms: int
    sessions: int
    people: int
    attendances: int
    grants: int  # rooms given to teachers
    days: int  # that were asked for


def holdings_of(account: Account) -> Holdings:
    """Return what would go with the account."""
    return Holdings(
        rooms=account.rooms.count(),
        sessions=account.sessions.count(),
        people=account.people.count(),
        attendances=Attendance.objects.filter(session__account=account).count(),
        grants=RoomGrant.objects.filter(room__account=account).count(),
        days=account.tiles.filter(asked_at__isnull=False).count(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def delete(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return what would be deleted and ask for the name; a POST with the name deletes.

    What can't be deleted while somebody waits is left to a worker, and the page says so.
    """
    account = get_object_or_404(viewer.accounts(), pk=pk)
    form = DeleteForm(account, request.POST or None)
    if form.is_valid():
        name = account.name
        with transaction.atomic():
            record(request, "deleted", f"account {name}", **vars(holdings_of(account)))
            begin_removal(account)
        if remove(account.pk, Allowance(REQUEST_SECONDS)):
            messages.success(request, _("“%(name)s” and its data were deleted.") % {"name": name})
        else:
            messages.info(
                request,
                _(
                    "“%(name)s” is being deleted. A worker does the rest; here you see how far it is."
                )
                % {"name": name},
            )
        return redirect("reports:accounts")
    context = {
        "section": "accounts",
        "account": account,
        "form": form,
        "holdings": holdings_of(account),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "reports/account_delete.html", context, status=status)
