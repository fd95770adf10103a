"""The hours of the week: when sessions start, and what is usual on such a day.

A cell's sums are of every session found; its averages only of days that are over and were wholly
fetched, so that a day which is missing doesn't count as one without sessions.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from operator import attrgetter

from reports.analytics.periods import DAY, day_start, days_touched
from reports.analytics.quarters import QuarterSums

WEEKDAYS, HOURS = range(1, 8), range(24)


@dataclass(frozen=True)
class HeatCell:
    """Sessions that start on a weekday in an hour of the zone."""

    weekday: int  # 1 (Monday) to 7
    hour: int  # 0 to 23
    sessions: int
    unknown_sessions: int  # not whole yet: their attendances are in no sum
    attendances: int | None  # None when there are sessions and none of them is known
    average_sessions: float | None  # a day of this weekday; None when no such day is known
    average_attendances: float | None  # None also when sessions are there and none is known


@dataclass(frozen=True)
class Heatmap:
    """The week, 7 × 24 cells."""

    rows: tuple[tuple[HeatCell, ...], ...]  # from Monday, each from midnight
    days: tuple[int, ...]  # of each weekday, those that the averages are of
    guessed_sessions: int  # left out: their hour isn't known

    def cell(self, weekday: int, hour: int) -> HeatCell:
        return self.rows[weekday - 1][hour]

    @property
    def most_sessions(self) -> int:
        return max(cell.sessions for row in self.rows for cell in row)

    @property
    def most_attendances(self) -> int:
        return max(cell.attendances or 0 for row in self.rows for cell in row)

    @property
    def is_empty(self) -> bool:
        return self.most_sessions == 0


class _Sums:
    """What some quarters add up to."""

    def __init__(self, quarters: Sequence[QuarterSums]) -> None:
        self.guessed = _total(quarters, "guessed_sessions")
        self.sessions = _total(quarters, "sessions") - self.guessed
        self.known = _total(quarters, "known_sessions")
        self.attendances = _total(quarters, "attendances")

    @property
    def known_attendances(self) -> int | None:
        return None if self.sessions and not self.known else self.attendances


@dataclass
class _Cell:
    everything: list[QuarterSums] = field(default_factory=list)
    counted: list[QuarterSums] = field(default_factory=list)  # on days that the averages are of


def heatmap(
    quarters: Iterable[QuarterSums],
    zone: tzinfo,
    from_on: date,
    to_on: date,
    *,
    uncovered: Collection[date] = (),
    now: datetime | None = None,
) -> Heatmap:
    """Return the hours of the week over the range, whose days are the zone's.

    `uncovered` are the UTC days that were not wholly fetched; `now` is where the future begins.
    """
    counted = _counted_days(zone, from_on, to_on, frozenset(uncovered), now)
    cells: defaultdict[tuple[int, int], _Cell] = defaultdict(_Cell)
    for quarter in quarters:
        local = quarter.start_at.astimezone(zone)
        day = local.date()
        if not from_on <= day <= to_on:
            continue
        cell = cells[day.isoweekday(), local.hour]
        cell.everything.append(quarter)
        if day in counted:
            cell.counted.append(quarter)
    days = tuple(sum(day.isoweekday() == weekday for day in counted) for weekday in WEEKDAYS)
    return Heatmap(
        rows=tuple(
            tuple(_cell(weekday, hour, cells, days[weekday - 1]) for hour in HOURS)
            for weekday in WEEKDAYS
        ),
        days=days,
        guessed_sessions=sum(_Sums(cell.everything).guessed for cell in cells.values()),
    )


def _counted_days(
    zone: tzinfo, from_on: date, to_on: date, uncovered: Collection[date], now: datetime | None
) -> frozenset[date]:
    """Return the days that are over and were wholly fetched."""
    counted = []
    start, day = day_start(from_on, zone), from_on
    while day <= to_on:
        end = day_start(day + DAY, zone)
        if now is not None and end > now:
            break
        if not any(touched in uncovered for touched in days_touched(start, end)):
            counted.append(day)
        start, day = end, day + DAY
    return frozenset(counted)


def _cell(weekday: int, hour: int, cells: dict[tuple[int, int], _Cell], days: int) -> HeatCell:
    cell = cells.get((weekday, hour), _Cell())
    all_sums, counted = _Sums(cell.everything), _Sums(cell.counted)
    attendances = counted.known_attendances
    return HeatCell(
        weekday=weekday,
        hour=hour,
        sessions=all_sums.sessions,
        unknown_sessions=all_sums.sessions - all_sums.known,
        attendances=all_sums.known_attendances,
        average_sessions=counted.sessions / days if days else None,
        average_attendances=None if attendances is None or not days else attendances / days,
    )


def _total(quarters: Iterable[QuarterSums], name: str) -> int:
    return sum(map(attrgetter(name), quarters))
