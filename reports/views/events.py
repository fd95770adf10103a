"""Virtual events, for administrators: which event ids Kaltura is asked about."""

from dataclasses import dataclass
from datetime import UTC
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reports.access import Viewer, record
from reports.forms.events import EventForm, EventNameForm, EventSyncForm
from reports.forms.retention import refuse_removed_days
from reports.models import Account, TileState, VirtualEvent
from reports.queries.events import EventLine, event_lines
from reports.sync.plan import ask_again, plan_run
from reports.sync.spans import as_unix, days_between
from reports.views.guard import for_administrators
from reports.views.zone import reader_zone


@dataclass(frozen=True)
class EventRow:
    """An event as the page shows it."""

    line: EventLine
    sessions_url: str  # of exactly its sessions


@require_safe
@for_administrators
def events(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the list of events with the forms to name one and to tag older sessions."""
    return _events_page(request, viewer)


@require_POST
@for_administrators
def event_add(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Name an event; from now on every sync asks for it."""
    form = EventForm(viewer.accounts(), request.POST)
    if not form.is_valid():
        return _events_page(request, viewer, add_form=form)
    with transaction.atomic():
        event = VirtualEvent.objects.create(**form.cleaned_data)
        record(request, "named", _target(event), name=event.name)
    messages.success(
        request,
        _("Every sync asks for “%(event)s” from now on. For sessions from before, ask again below.")
        % {"event": event},
    )
    return redirect("reports:events")


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def event_name(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return the form for an event's name; a POST stores it."""
    event = _event(viewer, pk)
    form = EventNameForm(request.POST or None, initial={"name": event.name})
    if request.method == "POST":
        form = EventNameForm(request.POST)
        if form.is_valid():
            with transaction.atomic():
                event.name = form.cleaned_data["name"]
                event.save(update_fields=["name"])
                record(request, "renamed", _target(event), name=event.name)
            messages.success(request, _("The name is stored."))
            return redirect("reports:events")
    context = {"section": "events", "event": event, "form": form}
    return render(request, "reports/event_name.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def event_remove(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return what would go with the event; a POST removes it and its tags."""
    event = _event(viewer, pk)
    if request.method == "POST":
        with transaction.atomic():
            record(request, "removed", _target(event), tags=event.session_tags.count())
            event.delete()
        messages.success(
            request, _("“%(event)s” was removed. Its sessions stay.") % {"event": event}
        )
        return redirect("reports:events")
    context = {"section": "events", "event": event, "tags": event.session_tags.count()}
    return render(request, "reports/event_remove.html", context)


@require_POST
@for_administrators
def event_sync(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Sync days once more, so that their sessions get the tags of events named since."""
    form = EventSyncForm(viewer.accounts(), request.POST)
    if not form.is_valid():
        return _events_page(request, viewer, sync_form=form)
    account: Account = form.cleaned_data["account"]
    order = form.order()
    if refuse_removed_days(form, account, order):
        return _events_page(request, viewer, sync_form=form)
    run, is_resumed = plan_run(account, order, user=viewer.user)
    if is_resumed:
        newest = account.virtual_events.order_by("-created_at").first()
        done = run.run_tiles.filter(state=TileState.DONE)
        if newest and done.filter(finished_at__lt=newest.created_at).exists():
            # The run before had not heard of the newest event on these days.
            ask_again(run, days_between(as_unix(order.from_at), as_unix(order.to_at)))
        messages.info(request, _("These days were asked for already: this is how far it is."))
    else:
        days = {key: str(form.cleaned_data[key]) for key in ("from_on", "to_on")}
        record(request, "synced", f"account {account.name}", run=run.pk, **days)
    return redirect("reports:run", run.pk)


def _events_page(
    request: HttpRequest,
    viewer: Viewer,
    *,
    add_form: EventForm | None = None,
    sync_form: EventSyncForm | None = None,
) -> HttpResponse:
    """Return the page; with a refused form, that form and its messages, as 400."""
    accounts = viewer.accounts()
    zone = reader_zone(request)
    today = timezone.now().astimezone(UTC).date()
    lines = event_lines(accounts)
    context = {
        "section": "events",
        "has_accounts": accounts.exists(),
        "rows": [EventRow(line, _sessions_url(line, zone)) for line in lines],
        "add_form": add_form or EventForm(accounts),
        "sync_form": sync_form or EventSyncForm(accounts, initial=EventSyncForm.last_days(today)),
        "zone": zone,
    }
    status = 400 if add_form or sync_form else 200
    return render(request, "reports/events.html", context, status=status)


def _sessions_url(line: EventLine, zone: ZoneInfo) -> str:
    query = {"event": str(line.event.pk), "tz": zone.key}
    if line.first_at and line.latest_at:
        query["from"] = line.first_at.astimezone(zone).date().isoformat()
        query["to"] = line.latest_at.astimezone(zone).date().isoformat()
    return f"{reverse('reports:sessions')}?{urlencode(query)}"


def _event(viewer: Viewer, pk: int) -> VirtualEvent:
    events = VirtualEvent.objects.filter(account__in=viewer.accounts()).select_related("account")
    return get_object_or_404(events, pk=pk)


def _target(event: VirtualEvent) -> str:
    return f"event {event.event_id} of account {event.account.name}"
