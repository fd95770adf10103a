"""Sessions by the quarter-hour of their start: one query, however long the range.

Databases are slow at converting time zones, so they group by UTC quarters, and `reports.analytics`
makes days, weeks and hours of any zone out of these.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Count, Q, Sum
from django.db.models.functions import Cast, Coalesce

from reports.access import Viewer
from reports.analytics.quarters import QUARTER, QuarterSums
from reports.models.session import RoomSessionQuerySet
from reports.queries.kept import kept
from reports.queries.plain_rows import plain_rows
from reports.queries.seconds import UnixSeconds


def quarter_sums(
    sessions: RoomSessionQuerySet, step: timedelta = QUARTER, viewer: Viewer | None = None
) -> list[QuarterSums]:
    """Return the sums of these sessions by quarter-hour, those without any left out. One query.

    `step` is an hour where the zone's hours are UTC's: see `analytics.quarters.step_of`. With the
    viewer whose sessions they are, they are kept: years of them take longer than the rest of a page.

    A session without facts stands where it may have started at the earliest: the start of the UTC
    day that it was found in.
    """
    seconds = int(step.total_seconds())
    rows = (
        sessions.order_by()
        .values(number=UnixSeconds("started_at") / seconds)
        .annotate(
            all=Count("pk"),
            known=Count("view_seconds"),
            guessed=Count("pk", filter=Q(facts_asked_at__isnull=True)),
            attended=Coalesce(Sum("attendee_count"), 0),
            guests=Coalesce(Sum("guest_count"), 0),
            view=_seconds("view_seconds"),
            engaged=_seconds("engaged_seconds"),
        )
        .order_by("number")
        .values_list("number", "all", "known", "guessed", "attended", "guests", "view", "engaged")
    )

    def read() -> list[tuple[Any, ...]]:
        return [tuple(row) for row in plain_rows(rows)]

    found = read() if viewer is None else kept(viewer, rows, "quarters", read)
    return [
        QuarterSums(datetime.fromtimestamp(number * seconds, UTC), *sums) for number, *sums in found
    ]


def _seconds(field: str) -> Cast:
    """Return the sum as a number that Python takes as it is; PostgreSQL would make it a decimal."""
    return Cast(Coalesce(Sum(field), 0), BigIntegerField())
