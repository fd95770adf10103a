"""How fresh and how complete the data of accounts is, out of the ledger of tiles.

Source of truth: `Tile`, one for each UTC day of an account that was ever asked for, and one for
each upload; an upload covers its range when its files hold everything of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db.models import CharField, Max, Q
from django.db.models.functions import Cast
from django.utils import timezone

from reports.models import Account, Tile
from reports.models.tile import settling_time

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Freshness:
    """Of several accounts the worst: a day counts as uncovered when one of them lacks it."""

    synced_at: datetime | None  # when anything was last merged, uploads included; None: never
    is_by_upload: bool  # nothing was ever synced: all of it is out of uploaded files
    complete_to: (
        datetime | None
    )  # nothing is missing before it, in the range or since the first day
    uncovered: tuple[date, ...]  # UTC days of the range, up to now, that were not wholly asked
    uploaded: tuple[date, ...]  # days that no sync covers, but an upload does: not in `uncovered`
    removed: tuple[date, ...]  # days of the range removed by retention; also in `uncovered`
    provisional_from: datetime | None  # from here on figures may still change
    failed_count: int  # tiles of the range of which the latest try failed
    cut_count: int  # tiles of the range of which Kaltura has more than it gave

    @property
    def missing(self) -> tuple[date, ...]:
        """Days of the range that were never wholly asked: not those removed by retention."""
        removed = set(self.removed)
        return tuple(day for day in self.uncovered if day not in removed)

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
    upload_id: int | None

    def covered_to(self) -> datetime | None:
        """Until when this tile's data is here: its end, or when it was asked before that."""
        if self.asked_at is None or self.removed_at is not None or self.asked_at <= self.start_at:
            return None
        return min(self.end_at, self.asked_at)

    def provisional_from(self) -> datetime | None:
        """From when on its figures may still change; None: they have settled, or aren't here."""
        if not self.covered_to() or not self.asked_at:
            return None
        if self.asked_at >= self.end_at + settling_time():
            return None
        if self.upload_id is None:
            return self.start_at
        return max(self.start_at, self.asked_at - settling_time())


class _Merged(NamedTuple):
    at: datetime | None  # the latest merge, uploads included; None: never
    synced_at: datetime | None  # the same of days alone


@dataclass
class _Ledger:
    """The tiles of one account."""

    days: dict[datetime, _TileFacts] = field(default_factory=dict)
    uploads: list[_TileFacts] = field(default_factory=list)

    def since(self, from_at: datetime | None) -> datetime | None:
        """Return from when on everything should be here: the given moment, else the first covered."""
        tiles = [*self.days.values(), *self.uploads]
        return from_at or min((it.start_at for it in tiles if it.covered_to()), default=None)

    def is_uploaded(self, day: datetime, since: datetime, until: datetime) -> bool:
        """Return whether uploads that follow each other hold what of the day is asked about.

        A range of days elsewhere begins and ends within days of UTC.
        """
        return self._reached(day, since, until, [it for it in self.uploads if it.covered_to()])

    def was_uploaded(self, day: datetime, since: datetime, until: datetime) -> bool:
        """Return the same of uploads of which some were removed by retention."""
        return self._reached(day, since, until, [it for it in self.uploads if it.asked_at])

    def _reached(
        self, day: datetime, since: datetime, until: datetime, uploads: list[_TileFacts]
    ) -> bool:
        reached = max(day, since)
        for upload in uploads:  # sorted by start
            if not upload.is_cut and upload.start_at <= reached:
                reached = max(reached, upload.end_at)
        return reached >= min(day + DAY, until)


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
    return _freshness(_tiles(ids, from_at, to_at), _merged(ids), ids, from_at, to_at)


def freshness_of_page(
    accounts: Iterable[Account], from_at: datetime, to_at: datetime
) -> tuple[Freshness, Freshness]:
    """Return how fresh the accounts' data is altogether, and in the range. Two queries for both."""
    ids = [account.pk for account in accounts]
    tiles, merged = _tiles(ids), _merged(ids)
    inside = [it for it in tiles if it.end_at > from_at and it.start_at < to_at]
    return (
        _freshness(tiles, merged, ids),
        _freshness(inside, merged, ids, from_at, to_at),
    )


def _freshness(
    tiles: list[_TileFacts],
    merged: _Merged,
    ids: list[int],
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> Freshness:
    """Return what the tiles, which are all that overlap the range, say about it."""
    now = timezone.now()
    ledgers = _ledgers(ids, tiles)
    until = min(to_at, now) if to_at else now
    ends: list[datetime | None] = []
    lacking: set[datetime] = set()
    uploaded: set[datetime] = set()
    flat = [tile for ledger in ledgers.values() for tile in ledger.days.values()]
    removed = {tile.start_at for tile in flat if tile.removed_at}
    for ledger in ledgers.values():
        since = ledger.since(from_at)
        if since is None:
            ends.append(None)
            continue
        days = list(_days(since, until))
        ends.append(_complete_to(ledger, days, since, until))
        of = {day for day in days if _lacks(ledger.days.get(day), until, now)}
        by_upload = {day for day in of if ledger.is_uploaded(day, since, until)}
        lacking, uploaded = lacking | (of - by_upload), uploaded | by_upload
        removed |= {day for day in of - by_upload if ledger.was_uploaded(day, since, until)}
    uploads = [tile for ledger in ledgers.values() for tile in ledger.uploads]
    provisional = [at for tile in flat + uploads if (at := tile.provisional_from())]
    return Freshness(
        synced_at=merged.at,
        is_by_upload=merged.synced_at is None and merged.at is not None,
        complete_to=None if None in ends or not ends else min(end for end in ends if end),
        uncovered=tuple(sorted(day.date() for day in lacking)),
        uploaded=tuple(sorted(day.date() for day in uploaded - lacking)),
        removed=tuple(sorted(day.date() for day in removed)),
        provisional_from=min(provisional, default=None),
        failed_count=sum(tile.failed_at is not None for tile in flat),
        cut_count=sum(tile.is_cut for tile in flat),
    )


def _merged(ids: list[int]) -> _Merged:
    sums = Tile.every.filter(account__in=ids).aggregate(
        at=Max("merged_at"), synced_at=Max("merged_at", filter=Q(upload__isnull=True))
    )
    return _Merged(**sums)


def _tiles(
    ids: list[int], from_at: datetime | None = None, to_at: datetime | None = None
) -> list[_TileFacts]:
    """Return the tiles of the accounts that overlap the range, by start.

    The days of years are thousands of rows: their times come as texts, which take Python a fraction
    of what Django's fields take.
    """
    found = Tile.every.filter(account__in=ids)
    if from_at is not None:
        found = found.filter(end_at__gt=from_at)
    if to_at is not None:
        found = found.filter(start_at__lt=to_at)
    times = {name: Cast(name, CharField()) for name in ("start_at", "end_at", "asked_at")}
    fields = [times.get(name, name) for name in _TileFacts._fields]
    return [
        _TileFacts(account_id, _moment(start), _moment(end), asked and _moment(asked), *rest)
        for account_id, start, end, asked, *rest in found.order_by("start_at").values_list(*fields)
    ]


def _moment(text: str) -> datetime:
    """Return the time: in SQLite's text there is no zone, and it is UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _ledgers(ids: list[int], tiles: Iterable[_TileFacts]) -> dict[int, _Ledger]:
    by_account = {pk: _Ledger() for pk in ids}
    for tile in tiles:
        ledger = by_account[tile.account_id]
        if tile.upload_id is None:
            ledger.days[tile.start_at] = tile
        else:
            ledger.uploads.append(tile)
    return by_account


def _days(since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the UTC midnights of the days that should be covered."""
    day = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
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


def _complete_to(
    ledger: _Ledger, days: list[datetime], since: datetime, until: datetime
) -> datetime | None:
    """Return the end of the last day without a hole before it; None when the first is a hole."""
    reached = None
    for day in days:
        tile = ledger.days.get(day)
        covered_to = tile.covered_to() if tile and not tile.is_cut else None
        if covered_to is None or covered_to < day + DAY:
            if ledger.is_uploaded(day, since, until):
                reached = min(day + DAY, until)
                continue
            return covered_to or reached
        reached = covered_to
    return reached
