"""Merges one fetched tile in one transaction: all of it, or nothing.

What takes long and locks nothing comes before it: see `reports.sync.merge.stage`.

The rows of an unfiltered tile replace its previous rows as a set: who vanished from Kaltura's answer
vanishes here. A filtered answer only adds and updates. An answer asked for earlier than the stored
one changes nothing. Merges of an account are serialised on its row, because a session's sums reach
over tiles.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from reports.kaltura import ATTENDEES
from reports.models import Account, Run, Tile
from reports.models.retention import kept_from
from reports.sync.answers import TileData
from reports.sync.merge.attendances import write_attendances
from reports.sync.merge.erased import hide_erased
from reports.sync.merge.events import write_event_tags
from reports.sync.merge.main_sessions import link_main_sessions
from reports.sync.merge.parts import write_parts
from reports.sync.merge.people import write_people
from reports.sync.merge.quality import write_quality
from reports.sync.merge.rooms import write_rooms
from reports.sync.merge.sessions import write_sessions
from reports.sync.merge.stage import Stage, staged
from reports.sync.merge.sums import rewrite_sums, sessions_waiting_for
from reports.sync.merge.uploads import uploads_give_way


class LeaseLost(Exception):
    """Somebody else holds the tile by now: what was fetched under the old lease is dropped."""


@dataclass(frozen=True)
class Merge:
    """What every step of a merge needs to know."""

    account: Account
    tile: Tile
    data: TileData
    stage: Stage  # the attendances of `data`, in the database
    run: Run | None
    is_filtered: bool
    settled_before: bool  # the stored figures had settled: a change now is a restatement

    @property
    def replaces_attendances(self) -> bool:
        """True when 6001 was asked for everything and gave everything."""
        return not self.is_filtered and self.data.answered(ATTENDEES) and not self.data.is_cut

    @property
    def replaces_sessions(self) -> bool:
        return not self.is_filtered and self.data.is_whole and not self.data.is_cut


def merge_tile(
    tile: Tile,
    fence: int,
    data: TileData,
    *,
    run: Run | None,
    filtered: bool,
    then: Callable[[], None] | None = None,
) -> bool:
    """Write what was fetched; return False when the stored answer is newer.

    `then` belongs to the same transaction; it is called in both cases.
    Raises: LeaseLost when `fence` is no longer the tile's.
    """
    with staged(data) as stage:
        account = Account.objects.select_for_update().get(pk=tile.account_id)
        locked = Tile.objects.select_for_update().filter(pk=tile.pk, fence=fence).first()
        if locked is None:
            raise LeaseLost(f"tile {tile} was taken over")
        is_wanted = _is_wanted(locked, data)
        if is_wanted:
            settled = locked.asked_at is not None and not locked.is_provisional
            _merge(Merge(account, locked, data, stage, run, filtered, settled), timezone.now())
        if then:
            then()
    return is_wanted


def _is_wanted(tile: Tile, data: TileData) -> bool:
    """Return whether the answer is no older than the stored one, and retention would let it stay."""
    if tile.asked_at is not None and tile.asked_at > data.asked_at:
        return False
    kept = kept_from(tile.account_id)
    return kept is None or tile.start_at >= kept


def _merge(merge: Merge, now: datetime) -> None:
    hide_erased(merge)  # first: nothing below may see who was erased
    rooms = write_rooms(merge)
    sessions = write_sessions(merge, rooms)
    write_people(merge)
    write_attendances(merge, sessions)
    touched = write_parts(merge, sessions) | uploads_give_way(merge)
    write_event_tags(merge, sessions)
    link_main_sessions(touched)
    finding_count = write_quality(merge)  # before the sums: they depend on what was asked
    if merge.replaces_attendances and merge.tile.removed_at is not None:
        merge.tile.removed_at = None  # the limit was lifted: what was removed is here again
        merge.tile.save(update_fields=["removed_at"])
    rewrite_sums(merge.account, touched | sessions_waiting_for(merge.tile))
    _close_tile(merge, finding_count, now)
    Account.objects.filter(pk=merge.account.pk).update(data_version=F("data_version") + 1)


def _close_tile(merge: Merge, finding_count: int, now: datetime) -> None:
    tile = merge.tile
    if not merge.is_filtered:
        tile.finding_count = finding_count
        tile.is_cut = tile.answers.filter(is_cut=True).exists()  # of earlier answers too
        if merge.data.is_whole:
            tile.asked_at = merge.data.asked_at
            tile.removed_at = None
    tile.merged_at = now
    tile.failed_at = None
    tile.error_code = tile.error = ""
    tile.lease_owner, tile.lease_until = "", None
    tile.save()
