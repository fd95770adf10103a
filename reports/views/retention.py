"""How long an account's data is kept: limits, what would go, and doing it now."""

from dataclasses import asdict

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from reports.access import Viewer, record
from reports.forms.retention import LIMITS, RetentionForm, UnderstoodForm
from reports.models import Account, RetentionPolicy
from reports.sync.allowance import Allowance
from reports.sync.retention import Counts, apply, due
from reports.views.guard import for_administrators
from reports.views.zone import reader_zone

TEMPLATE = "reports/retention.html"
REQUEST_SECONDS = 2.0  # of removing, while somebody waits; a worker does the rest
FIELDS = (*LIMITS, "attendances_action")


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def retention(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return the limits and what they would remove; a POST stores other ones.

    Limits that reach anything are stored only with the tick below what they reach.
    """
    account = _account(viewer, pk)
    stored = RetentionPolicy.objects.filter(account=account).first()
    if request.method != "POST":
        policy = stored or RetentionPolicy(account=account)
        form = RetentionForm(initial={name: getattr(policy, name) for name in FIELDS})
        return _page(request, account, form, policy, due(policy))
    form = RetentionForm(request.POST)
    if not form.is_valid():
        return _page(request, account, form, stored or RetentionPolicy(account=account), None)
    policy = form.policy(account)
    reached = due(policy)
    understood = UnderstoodForm(request.POST)
    if reached and not understood.is_valid():
        seen = understood if "shown" in request.POST else None
        return _page(request, account, form, policy, reached, typed=True, understood=seen)
    with transaction.atomic():
        policy.applied_on = None  # a worker takes it up at once
        policy.save()
        limits = {name: getattr(policy, name) for name in FIELDS}
        record(request, "changed retention", f"account {account.name}", **limits)
    messages.success(request, _("The limits are stored. A worker removes daily what is over them."))
    return redirect("reports:account-retention", account.pk)


@require_POST
@for_administrators
def retention_apply(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Remove now what is over the stored limits; only with the tick.

    What takes longer than somebody should wait is left to a worker, and the page says so.
    """
    account = _account(viewer, pk)
    policy = get_object_or_404(RetentionPolicy, account=account)
    understood = UnderstoodForm(request.POST)
    if not understood.is_valid():
        form = RetentionForm(initial={name: getattr(policy, name) for name in FIELDS})
        return _page(request, account, form, policy, due(policy), understood=understood)
    allowance = Allowance(REQUEST_SECONDS)
    done = apply(policy, allowance=allowance)
    is_part = allowance.is_used_up()
    if is_part:
        RetentionPolicy.objects.filter(pk=policy.pk).update(applied_on=None)  # at once
    counts = {name: count for name, count in asdict(done).items() if count}
    record(request, "applied retention", f"account {account.name}", **counts)
    if is_part:
        messages.info(
            request, _("A part has been removed. A worker removes the rest, as shown below.")
        )
    else:
        messages.success(request, _("What was over the limits has been removed."))
    return redirect("reports:account-retention", account.pk)


def _account(viewer: Viewer, pk: int) -> Account:
    account: Account = get_object_or_404(viewer.accounts(), pk=pk)
    return account


def _page(
    request: HttpRequest,
    account: Account,
    form: RetentionForm,
    policy: RetentionPolicy,
    reached: Counts | None,
    *,
    typed: bool = False,
    understood: UnderstoodForm | None = None,
) -> HttpResponse:
    """Return the page; as 400 where something typed was refused. `typed`: not stored yet."""
    context = {
        "section": "accounts",
        "account": account,
        "form": form,
        "policy": policy,
        "kept_from": policy.kept_from(timezone.now()),
        "reached": reached,
        "is_typed": typed,
        "understood": understood or UnderstoodForm(),
        "zone": reader_zone(request),
    }
    is_refused = bool(form.errors) or (understood is not None and bool(understood.errors))
    return render(request, TEMPLATE, context, status=400 if is_refused else 200)
