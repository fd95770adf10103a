"""Sessions by the quarter-hour of their start: one query, however long the range.

Databases are slow at converting time zones, so they group by UTC quarters, and `reports.analytics`
makes days, weeks and hours of any zone out of these.
"""

from datetime import UTC, datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Count, Func, Q, Sum
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler

from reports.analytics.quarters import QUARTER, QuarterSums
from reports.models.session import RoomSessionQuerySet

_SECONDS = int(QUARTER.total_seconds())


class QuarterNumber(Func):
    """Quarter-hours from 1970 to a time, whole ones."""

    arity = 1
    output_field = BigIntegerField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> Any:
        # A text in UTC, without the fraction of the second: SQLite would round that up.
        second = "strftime('%%%%s', substr(%(expressions)s, 1, 19))"
        template = f"(CAST({second} AS INTEGER) / {_SECONDS})"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> Any:
        template = f"FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / {_SECONDS})::bigint"
        return self.as_sql(compiler, connection, template=template, **context)


def quarter_sums(sessions: RoomSessionQuerySet) -> list[QuarterSums]:
    """Return the sums of these sessions by quarter-hour, those without any left out. One query.

    A session without facts stands where it may have started at the earliest: the start of the UTC
    day that it was found in.
    """
    rows = (
        sessions.order_by()
        .values(number=QuarterNumber("started_at"))
        .annotate(
            all=Count("pk"),
            known=Count("view_seconds"),
            guessed=Count("pk", filter=Q(facts_asked_at__isnull=True)),
            attended=Coalesce(Sum("attendee_count"), 0),
            guests=Coalesce(Sum("guest_count"), 0),
            view=Coalesce(Sum("view_seconds"), 0),
            engaged=Coalesce(Sum("engaged_seconds"), 0),
        )
        .order_by("number")
        .values_list("number", "all", "known", "guessed", "attended", "guests", "view", "engaged")
    )
    return [
        QuarterSums(datetime.fromtimestamp(number * _SECONDS, UTC), *sums)
        for number, *sums in rows.iterator(chunk_size=5000)
    ]
