"""The access log: who viewed, exported or changed what. Source of truth: `AccessLogEntry`."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from reports.models import AccessLogEntry

ORDERS: dict[str, str] = {
    "at": "at",
    "who": "user_label",
    "action": "action",
    "target": "target",
}


@dataclass(frozen=True)
class LogFilter:
    """Which lines are wanted, of a half-open range."""

    from_at: datetime
    to_at: datetime
    search: str = ""  # every word stands in the name of who acted, the action or the target
    who: str = ""  # a part of the name of who acted
    action: str = ""
    order: str = "-at"  # a key of ORDERS, "-" before it for the other way round


def log_lines(wanted: LogFilter) -> QuerySet[AccessLogEntry]:
    """Return the wanted lines in order, each with its user; equal ones by time, the newest first."""
    lines = AccessLogEntry.objects.filter(at__gte=wanted.from_at, at__lt=wanted.to_at)
    for word in wanted.search.split():
        lines = lines.filter(
            Q(user_label__icontains=word) | Q(action__icontains=word) | Q(target__icontains=word)
        )
    if wanted.who:
        lines = lines.filter(user_label__icontains=wanted.who)
    if wanted.action:
        lines = lines.filter(action=wanted.action)
    sign = "-" if wanted.order.startswith("-") else ""
    column = ORDERS[wanted.order.removeprefix("-")]
    ties = (f"{sign}pk",) if column == "at" else ("-at", "-pk")
    return lines.select_related("user").order_by(f"{sign}{column}", *ties)
