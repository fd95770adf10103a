"""Accounts, for administrators: the list, one account, and connecting one."""

from datetime import UTC

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reports.access import Viewer, record
from reports.forms.accounts import ConnectForm, CredentialsForm, SyncForm
from reports.kaltura import KalturaError, KsInfo
from reports.models import Account, SignInMethod
from reports.queries.freshness import freshness
from reports.queries.runs import latest_run_of_each, latest_runs
from reports.sync.connection import (
    ConnectionRefused,
    Credentials,
    check_account,
    connect_account,
)
from reports.tables.figures import moment_text
from reports.views.guard import for_administrators
from reports.views.schedule import schedule_context
from reports.views.zone import reader_zone

SHOWN_RUNS = 10


@require_safe
@for_administrators
def accounts(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the list of accounts with what is known of their data."""
    accounts = list(viewer.accounts())
    newest = latest_run_of_each(accounts)
    rows = [
        {
            "account": account,
            "freshness": freshness([account]),
            "progress": newest.get(account.pk),
        }
        for account in accounts
    ]
    zone = reader_zone(request)
    context = {
        "section": "accounts",
        "rows": rows,
        "leaving": list(viewer.accounts_leaving()),
        "zone": zone,
    }
    return render(request, "reports/accounts.html", context)


@require_safe
@for_administrators
def account(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return one account's page."""
    return account_page(request, get_object_or_404(viewer.accounts(), pk=pk))


def account_page(
    request: HttpRequest, account: Account, sync_form: SyncForm | None = None
) -> HttpResponse:
    """Return the account's page; with a refused sync form, that form and its messages, as 400."""
    context = {
        "section": "accounts",
        "account": account,
        "endpoint_url": settings.KALTURA_ENDPOINTS.get(account.endpoint),
        "freshness": freshness([account]),
        "runs": latest_runs(account, SHOWN_RUNS),
        "uploads": account.uploads.kept(timezone.now()).defer("summary")[:SHOWN_RUNS],
        "sync_form": sync_form or SyncForm.proposed(timezone.now().astimezone(UTC).date()),
        "zone": reader_zone(request),
        "utc": UTC,
    } | schedule_context(request, account)
    return render(request, "reports/account.html", context, status=400 if sync_form else 200)


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def connect(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the form for a new account; a POST checks it with Kaltura and stores it."""
    form = ConnectForm(request.POST or None)
    if form.is_valid():
        name = form.cleaned_data["name"]
        connected = _connected(request, form, name, form.typed_credentials())
        if connected is not None:
            return redirect("reports:account", connected.pk)
    context = {"section": "accounts", "form": form}
    return render(request, "reports/connect.html", context, status=_status(request))


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def credentials(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return the form for an account's new credentials; a POST checks and stores them."""
    account = get_object_or_404(viewer.accounts(), pk=pk)
    known = {"app_token_id": account.app_token_id}
    if account.has_api:
        known["sign_in"] = account.sign_in
    form = CredentialsForm(request.POST or None, initial=known | {"hash_type": account.hash_type})
    if form.is_valid():
        typed = form.credentials(account.endpoint, account.partner_id)
        if _connected(request, form, account.name, typed) is not None:
            return redirect("reports:account", account.pk)
    context = {"section": "accounts", "form": form, "account": account}
    return render(request, "reports/credentials.html", context, status=_status(request))


def _status(request: HttpRequest) -> int:
    """Return 400 for a form that is shown again."""
    return 400 if request.method == "POST" else 200


@sensitive_variables("typed")
def _connected(request: HttpRequest, form: Form, name: str, typed: Credentials) -> Account | None:
    """Return the stored account; None when it was refused, the reason then stands in the form."""
    try:
        account, info = connect_account(name, typed)
    except (KalturaError, ConnectionRefused) as error:
        form.add_error(None, str(error))
        form.add_error("secret", _("Enter it once more: secrets are never shown again."))
        return None
    record(request, "connected", f"account {account.name}", partner_id=account.partner_id)
    messages.success(request, _connected_text(request, account, info))
    return account


def _connected_text(request: HttpRequest, account: Account, info: KsInfo) -> str:
    """Return what Kaltura said about the sign-in, in sentences."""
    text = _("Kaltura accepts this sign-in: partner %(partner)d, administrator session") % {
        "partner": info.partner_id
    }
    text += _(" of the user %(user)s.") % {"user": info.user_id} if info.user_id else "."
    if account.sign_in != SignInMethod.KS:
        return text + " " + _("It is renewed without you.")
    if info.expires_at is None:
        return text + " " + _("The KS has no end.")
    ends = moment_text(info.expires_at, zone := reader_zone(request))
    return (
        text
        + " "
        + _("The KS ends %(ends)s (%(zone)s); give new credentials before that.")
        % {"ends": ends, "zone": zone.key}
    )


@require_POST
@for_administrators
def check(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Ask Kaltura whether the stored credentials still work, and say so on the account's page."""
    account = get_object_or_404(viewer.accounts(), pk=pk)
    try:
        info = check_account(account)
    except (KalturaError, ConnectionRefused) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _connected_text(request, account, info))
    return redirect("reports:account", account.pk)
