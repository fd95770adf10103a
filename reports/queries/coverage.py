"""Which UTC days of an account are here, and how: the ledger of tiles as a line of days.

Source of truth: `Tile`. The days that count as missing are those of `queries.freshness`.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from reports.models import Account, FindingKind, Tile
from reports.models.tile import settling_time

DAY = timedelta(days=1)


class DayState(StrEnum):
    """What is known of a UTC day; the first that applies."""

    REMOVED = "removed"  # it was here, and was removed by retention
    FAILED = "failed"  # the latest try failed; what was there before stays
    CUT = "cut"  # Kaltura has more than it gave
    MISSING = "missing"  # never asked, or not for everything
    PARTLY = "partly"  # asked before it was over, and not since; or only some hours were uploaded
    UPLOADED = "uploaded"  # asked for by nobody, but wholly in uploaded files
    PROVISIONAL = "provisional"  # asked before its figures had settled
    SETTLED = "settled"


NOT_HERE = frozenset({DayState.MISSING, DayState.PARTLY})


class DayRange(NamedTuple):
    """Days in a row, the last one included."""

    first_on: date
    last_on: date

    @property
    def days(self) -> int:
        return (self.last_on - self.first_on).days + 1


@dataclass(frozen=True)
class Coverage:
    """Every day of an account from the first one that was tried up to today, in order."""

    account: Account
    days: dict[date, DayState]

    @property
    def counts(self) -> Counter[DayState]:
        return Counter(self.days.values())

    def of(self, *states: DayState) -> list[date]:
        """Return the days in one of these states."""
        return [day for day, state in self.days.items() if state in states]

    def spans(self, from_on: date, to_on: date) -> list[tuple[DayRange, DayState]]:
        """Return the days from the first to the last one, those in a row with one state together."""
        found: list[tuple[DayRange, DayState]] = []
        for day, state in self.days.items():
            if not from_on <= day <= to_on:
                continue
            if found and found[-1][1] == state:
                found[-1] = (DayRange(found[-1][0].first_on, day), state)
            else:
                found.append((DayRange(day, day), state))
        return found


class _Asked(NamedTuple):
    account_id: int
    start_at: datetime
    end_at: datetime
    asked_at: datetime | None
    removed_at: datetime | None
    is_cut: bool
    failed_at: datetime | None
    upload_id: int | None


def coverages(accounts: Iterable[Account], now: datetime) -> list[Coverage]:
    """Return the days of each account, in the order of the accounts. One query."""
    accounts = list(accounts)
    tiles: dict[int, list[_Asked]] = {account.pk: [] for account in accounts}
    found = Tile.every.filter(account__in=list(tiles), start_at__lte=now).order_by("start_at")
    for row in found.values_list(*_Asked._fields):
        tile = _Asked(*row)
        tiles[tile.account_id].append(tile)
    return [Coverage(account, _days(tiles[account.pk], now)) for account in accounts]


def _days(tiles: list[_Asked], now: datetime) -> dict[date, DayState]:
    by_day = {tile.start_at: tile for tile in tiles if tile.upload_id is None}
    uploads = [tile for tile in tiles if tile.upload_id is not None]
    counted = [tile for tile in uploads if tile.asked_at or tile.is_cut]
    tried = [tile for tile in by_day.values() if tile.asked_at or tile.failed_at]
    first = min((tile.start_at for tile in [*tried, *counted]), default=None)
    if first is None:
        return {}
    midnight = first.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    found = {}
    while midnight <= now:
        state = _state(by_day.get(midnight), now)
        if state in NOT_HERE:
            hours = (max(midnight, first), min(midnight + DAY, now))
            state = _uploaded_state(hours, counted) or state
        found[midnight.date()] = state
        midnight += DAY
    return found


def _uploaded_state(hours: tuple[datetime, datetime], uploads: list[_Asked]) -> DayState | None:
    """Return what uploads make of these hours, a day that no sync covers; None: nothing."""
    here = [it for it in uploads if it.removed_at is None and not it.is_cut]
    if _hold(hours, here):
        return DayState.UPLOADED
    near = [it for it in uploads if it.start_at < hours[1] and hours[0] < it.end_at]
    if any(it.is_cut and it.removed_at is None for it in near):
        return DayState.CUT
    if _hold(hours, [it for it in uploads if not it.is_cut]):
        return DayState.REMOVED
    return DayState.PARTLY if any(it in here for it in near) else None


def _hold(hours: tuple[datetime, datetime], uploads: list[_Asked]) -> bool:
    """Return whether uploads that follow each other hold all of the hours."""
    reached, end = hours
    for upload in uploads:  # sorted by start
        if upload.start_at <= reached:
            reached = max(reached, upload.end_at)
    return reached >= end


def _state(tile: _Asked | None, now: datetime) -> DayState:
    if tile is None:
        return DayState.MISSING
    if tile.removed_at is not None:
        return DayState.REMOVED
    if tile.failed_at is not None:
        return DayState.FAILED
    if tile.asked_at is None or tile.asked_at <= tile.start_at:
        return DayState.MISSING
    if tile.is_cut:
        return DayState.CUT
    if tile.asked_at < tile.end_at <= now:
        return DayState.PARTLY
    is_settled = tile.asked_at >= tile.end_at + settling_time()
    return DayState.SETTLED if is_settled else DayState.PROVISIONAL


def days_with(account: Account, kind: FindingKind) -> list[date]:
    """Return the UTC days in which this was noticed, in order; uploads have no days. One query."""
    tiles = Tile.objects.filter(account=account, removed_at__isnull=True, findings__kind=kind)
    starts = tiles.order_by("start_at").values_list("start_at", flat=True).distinct()
    return [start.astimezone(UTC).date() for start in starts]


def ranges(days: Iterable[date]) -> list[DayRange]:
    """Return the days as ranges of days in a row, in order."""
    found: list[DayRange] = []
    for day in sorted(set(days)):
        if found and found[-1].last_on + DAY == day:
            found[-1] = DayRange(found[-1].first_on, day)
        else:
            found.append(DayRange(day, day))
    return found
