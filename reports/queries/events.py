"""The virtual events that administrators named, with the sessions that Kaltura puts into them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min

from reports.models import Account, VirtualEvent


@dataclass(frozen=True)
class EventLine:
    """An event and its tagged sessions."""

    event: VirtualEvent  # with its account
    session_count: int
    first_at: datetime | None  # start of its first session; None without any
    latest_at: datetime | None


def event_lines(accounts: Iterable[Account]) -> list[EventLine]:
    """Return the events of the accounts, by account and then by name. One query."""
    events = (
        VirtualEvent.objects.filter(account__in=accounts)
        .select_related("account")
        .annotate(
            session_count=Count("session_tags"),
            first_at=Min("session_tags__session__started_at"),
            latest_at=Max("session_tags__session__started_at"),
        )
        .order_by("account__name", "name", "event_id")
    )
    return [
        EventLine(event, event.session_count, event.first_at, event.latest_at) for event in events
    ]
