"""How fresh and how complete the data of accounts is, out of the ledger of tiles.

Source of truth: `Tile`, one for each UTC day of an account that was ever asked for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Max
from django.utils import timezone

from reports.models import Account, Tile
from reports.models.tile import settling_time

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Freshness:
    """Of several accounts the worst: a day counts as uncovered when one of them lacks it."""

    synced_at: datetime | None  # when anything was last merged; None: never
    complete_to: (
        datetime | None
    )  # nothing is missing before it, in the range or since the first day
    uncovered: tuple[date, ...]  # UTC days of the range, up to now, that were not wholly asked
    removed: tuple[date, ...]  # days of the range removed by retention; also in `uncovered`
    provisional_from: datetime | None  # from here on figures may still change
    failed_count: int  # tiles of the range of which the latest try failed
    cut_count: int  # tiles of the range of which Kaltura has more than it gave

    @property
    def is_complete(self) -> bool:
        """True when everything of the range up to now was asked, and nothing was cut."""
        return not self.uncovered and not self.cut_count


class _TileFacts(NamedTuple):
    account_id: int
    start_at: datetime
    end_at: datetime
    asked_at: datetime | None
    removed_at: datetime | None
    is_cut: bool
    failed_at: datetime | None

    def covered_to(self) -> datetime | None:
        """Until when this tile's data is here: its end, or when it was asked before that."""
        if self.asked_at is None or self.removed_at is not None or self.asked_at <= self.start_at:
            return None
        return min(self.end_at, self.asked_at)


def freshness(
    accounts: Iterable[Account],
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> Freshness:
    """Return how fresh and complete the accounts' data is, in the half-open range or altogether.

    Without a start the range begins with each account's first covered day; it never goes on after
    now. Two queries.
    """
    ids = [account.pk for account in accounts]
    now = timezone.now()
    tiles = _tiles(ids, from_at, to_at)
    until = min(to_at, now) if to_at else now
    days = {pk: list(_days(tiles[pk], from_at, until)) for pk in ids}
    ends = [_complete_to(tiles[pk], days[pk]) for pk in ids]
    flat = [tile for of in tiles.values() for tile in of.values()]
    lacking = {day for pk in ids for day in days[pk] if _lacks(tiles[pk].get(day), until, now)}
    merged = Tile.objects.filter(account__in=ids).aggregate(at=Max("merged_at"))
    provisional = [
        tile.start_at
        for tile in flat
        if tile.covered_to() and tile.asked_at and tile.asked_at < tile.end_at + settling_time()
    ]
    return Freshness(
        synced_at=merged["at"],
        complete_to=None if None in ends or not ends else min(end for end in ends if end),
        uncovered=tuple(sorted(day.date() for day in lacking)),
        removed=tuple(sorted({tile.start_at.date() for tile in flat if tile.removed_at})),
        provisional_from=min(provisional, default=None),
        failed_count=sum(tile.failed_at is not None for tile in flat),
        cut_count=sum(tile.is_cut for tile in flat),
    )


def _tiles(
    ids: list[int], from_at: datetime | None, to_at: datetime | None
) -> dict[int, dict[datetime, _TileFacts]]:
    found = Tile.objects.filter(account__in=ids)
    if from_at is not None:
        found = found.filter(end_at__gt=from_at)
    if to_at is not None:
        found = found.filter(start_at__lt=to_at)
    by_account: dict[int, dict[datetime, _TileFacts]] = {pk: {} for pk in ids}
    for row in found.order_by("start_at").values_list(*_TileFacts._fields):
        tile = _TileFacts(*row)
        by_account[tile.account_id][tile.start_at] = tile
    return by_account


def _days(
    tiles: dict[datetime, _TileFacts], from_at: datetime | None, until: datetime
) -> Iterator[datetime]:
    """Yield the UTC midnights of the days that should be covered."""
    first = from_at or next((at for at, tile in tiles.items() if tile.covered_to()), None)
    if first is None:
        return
    day = first.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while day < until:
        yield day
        day += DAY


def _lacks(tile: _TileFacts | None, until: datetime, now: datetime) -> bool:
    """Return whether something of the day is missing; today's is not over and lacks nothing."""
    covered_to = tile.covered_to() if tile else None
    if tile is None or covered_to is None:
        return True
    is_today = tile.start_at <= now < tile.end_at
    return covered_to < min(tile.end_at, until) and not is_today


def _complete_to(tiles: dict[datetime, _TileFacts], days: list[datetime]) -> datetime | None:
    """Return the end of the last day without a hole before it; None when the first is a hole."""
    reached = None
    for day in days:
        tile = tiles.get(day)
        covered_to = tile.covered_to() if tile and not tile.is_cut else None
        if tile is None or covered_to is None:
            break
        reached = covered_to
        if covered_to < tile.end_at:
            break
    return reached
