"""Sums by period, for a chart over time: unknown is a gap, never 0."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from operator import attrgetter

from reports.analytics.periods import DAY, Period, day_start, days_touched
from reports.analytics.quarters import QuarterSums

_START = attrgetter("start_at")


@dataclass(frozen=True)
class PeriodSums:
    """What the sessions that started in a period add up to. Every figure is None in a gap."""

    first_on: date
    last_on: date  # included
    is_partial: bool  # the range holds only a part of this week or month
    is_complete: bool  # it is over, and every UTC day that it touches was wholly fetched
    is_provisional: bool  # its figures may still change
    sessions: int | None = None
    unknown_sessions: int | None = None  # not whole yet: in none of the sums
    guessed_sessions: int | None = None  # start unknown: it may belong to a neighbouring day
    attendances: int | None = None  # None, with those below, also when every session is unknown
    guests: int | None = None
    view_seconds: int | None = None
    engaged_seconds: int | None = None

    @property
    def is_gap(self) -> bool:
        """True when nothing can be said about the period."""
        return self.sessions is None

    @property
    def engagement(self) -> float | None:
        """Engaged time / time in session of everybody, 0 to 1; None without any time."""
        if self.engaged_seconds is None or not self.view_seconds:
            return None
        return self.engaged_seconds / self.view_seconds


def trend(
    quarters: Iterable[QuarterSums],
    zone: tzinfo,
    periods: Sequence[Period],
    *,
    uncovered: Collection[date] = (),
    provisional_from: datetime | None = None,
    now: datetime | None = None,
) -> list[PeriodSums]:
    """Return the sums of each period, whose days are the zone's. Quarters of no period are left out.

    `uncovered` are the UTC days that were not wholly fetched; figures may still change from
    `provisional_from` on; `now` is where the future begins. A period without sessions is a gap when
    it has not begun or when something of it wasn't fetched: that there were none isn't known then.
    """
    starts = [day_start(period.first_on, zone) for period in periods]
    ends = [day_start(period.last_on + DAY, zone) for period in periods]
    ordered = sorted(quarters, key=_START)
    found = [
        ordered[bisect_left(ordered, start, key=_START) : bisect_left(ordered, end, key=_START)]
        for start, end in zip(starts, ends, strict=True)
    ]
    lacking = frozenset(uncovered)
    sums = []
    for period, inside, start, end in zip(periods, found, starts, ends, strict=True):
        is_fetched = all(day not in lacking for day in days_touched(start, end))
        has_begun = now is None or start < now
        figures = _sums(inside) if inside or (is_fetched and has_begun) else {}
        sums.append(
            PeriodSums(
                first_on=period.first_on,
                last_on=period.last_on,
                is_partial=period.is_partial,
                is_complete=is_fetched and (now is None or end <= now),
                is_provisional=provisional_from is not None and end > provisional_from,
                **figures,
            )
        )
    return sums


def _sums(quarters: Sequence[QuarterSums]) -> dict[str, int | None]:
    sessions, known = _total(quarters, "sessions"), _total(quarters, "known_sessions")
    sums: dict[str, int | None] = {
        "sessions": sessions,
        "unknown_sessions": sessions - known,
        "guessed_sessions": _total(quarters, "guessed_sessions"),
    }
    for name in ("attendances", "guests", "view_seconds", "engaged_seconds"):
        is_unknown = sessions > 0 and not known
        sums[name] = None if is_unknown else _total(quarters, name)
    return sums


def _total(quarters: Iterable[QuarterSums], name: str) -> int:
    return sum(map(attrgetter(name), quarters))
