"""Who works on what: a lease that ends by itself, and a fence that a commit checks.

What is leased is a tile of a run, or the closing of a run without tiles left. A killed worker's lease
ends; a slow worker that wakes up after that finds the fence changed and writes nothing. While Kaltura
is waited for a thread renews the lease. Each lease is one call at Kaltura at a time, so that claims,
which take the account's lock, also keep to the number of calls that the account takes at once.
"""

import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import Error as DatabaseTrouble, close_old_connections, connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from reports.models import Account, Run, RunState, RunTile, Tile, TileState
from reports.models.schedule import parallel_calls

logger = structlog.get_logger(__name__)
HOST = socket.gethostname()[:40]


def new_owner() -> str:
    """Return a name for a process that claims work; no two are equal."""
    return f"{HOST}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


OWNER = new_owner()  # of this process, where it has no other name


@dataclass(frozen=True)
class Claim:
    """A tile of a run that is ours till the lease ends."""

    run_tile: RunTile
    tile: Tile
    fence: int

    @property
    def run_id(self) -> int:
        return self.run_tile.run_id

    def leased(self) -> QuerySet[Tile]:
        """Return the tile, as long as it is ours."""
        tiles: QuerySet[Tile] = Tile.objects.filter(pk=self.tile.pk, fence=self.fence)
        return tiles


@dataclass(frozen=True)
class Closing:
    """A run without tiles left, that is ours to close till the lease ends."""

    run: Run
    fence: int

    @property
    def run_id(self) -> int:
        return self.run.pk

    def leased(self) -> QuerySet[Run]:
        """Return the run, as long as it is ours."""
        return Run.objects.filter(pk=self.run.pk, fence=self.fence)


def lease_time() -> timedelta:
    return timedelta(seconds=settings.SYNC_LEASE_SECONDS)


def calls_under_way(account_id: int, now: datetime) -> int:
    """Return how many leases of the account's tiles and runs are running."""
    tiles = Tile.objects.filter(account=account_id, lease_until__gt=now)
    runs = Run.objects.filter(account=account_id, lease_until__gt=now)
    return int(tiles.count()) + runs.count()


def has_free_call(account_id: int) -> bool:
    """Return whether one more call may be made. Sure only under the account's lock."""
    return calls_under_way(account_id, timezone.now()) < parallel_calls(account_id)


def claim_tile(run: Run, owner: str = OWNER) -> Claim | None:
    """Claim the newest waiting tile of the run that nobody works on; None when there is none.

    Also None when the run is over, or the account has as many calls as it takes at once.
    """
    if not run.run_tiles.filter(state=TileState.WAITING).exists():
        return None
    with transaction.atomic():
        if not _may_claim(run):
            return None
        now = timezone.now()
        _leave_out_what_came_meanwhile(run, now)
        free = Q(tile__lease_until__isnull=True) | Q(tile__lease_until__lte=now)
        waiting = run.run_tiles.filter(free, state=TileState.WAITING).select_related("tile")
        run_tile = waiting.order_by("-tile__start_at").first()
        if run_tile is None or not _note_claim(run, now):
            return None
        claim = Claim(run_tile, run_tile.tile, run_tile.tile.fence + 1)
        Tile.objects.filter(pk=claim.tile.pk).update(
            fence=claim.fence, lease_owner=owner, lease_until=now + lease_time()
        )
        RunTile.objects.filter(pk=run_tile.pk).update(tries=F("tries") + 1)
        return claim


def claim_closing(run: Run, owner: str = OWNER) -> Closing | None:
    """Claim the closing of a run of which no tile waits; None when one does, or somebody is at it."""
    if run.run_tiles.filter(state=TileState.WAITING).exists():
        return None
    with transaction.atomic():
        if not _may_claim(run) or run.run_tiles.filter(state=TileState.WAITING).exists():
            return None
        now = timezone.now()
        unleased = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
        if not Run.objects.filter(unleased, pk=run.pk).exists() or not _note_claim(run, now):
            return None
        Run.objects.filter(pk=run.pk).update(
            fence=F("fence") + 1, lease_owner=owner, lease_until=now + lease_time()
        )
        claimed = Run.objects.get(pk=run.pk)
        return Closing(claimed, claimed.fence)


def _may_claim(run: Run) -> bool:
    """Take the account's lock, and return whether the run goes on and one more call may be made."""
    Account.objects.select_for_update().only("pk").get(pk=run.account_id)
    return Run.objects.unfinished().filter(pk=run.pk).exists() and has_free_call(run.account_id)


def _note_claim(run: Run, now: datetime) -> bool:
    """Note that the run is worked on; return False for one that was cancelled a moment ago.

    The run is locked then, so that it can't be cancelled before the claim stands.
    """
    goes_on = Run.objects.unfinished().filter(pk=run.pk)
    return bool(
        goes_on.update(
            state=RunState.RUNNING,
            started_at=Coalesce("started_at", now),
            heartbeat_at=now,
            claimed_at=now,
        )
    )


def _leave_out_what_came_meanwhile(run: Run, now: datetime) -> None:
    """Count tiles as done that another run has wholly asked since this one was asked for."""
    if run.is_filtered or run.reports:
        return
    came = run.run_tiles.filter(
        state=TileState.WAITING,
        tile__asked_at__gt=run.requested_at,
        tile__removed_at__isnull=True,
        tile__failed_at__isnull=True,
    )
    keys = list(came.values_list("pk", flat=True))
    if keys:
        RunTile.objects.filter(pk__in=keys).update(state=TileState.DONE, finished_at=now)


def next_lease_end(run: Run) -> datetime | None:
    """Return when the first tile that others hold becomes free; None when none is held."""
    held = run.run_tiles.filter(state=TileState.WAITING, tile__lease_until__gt=timezone.now())
    return held.order_by("tile__lease_until").values_list("tile__lease_until", flat=True).first()


def release(claim: Claim | Closing) -> None:
    """Free what was claimed if it is still ours."""
    claim.leased().update(lease_owner="", lease_until=None)


def give_back(claim: Claim | Closing) -> None:
    """Free what was claimed and not done, so that nothing of it can be written any more."""
    is_ours = claim.leased().update(lease_owner="", lease_until=None, fence=F("fence") + 1)
    if is_ours and isinstance(claim, Claim):
        # Tries are counted to notice days that workers die of; this one has come back.
        waiting = RunTile.objects.filter(pk=claim.run_tile.pk, state=TileState.WAITING)
        waiting.filter(tries__gt=0).update(tries=F("tries") - 1)


@contextmanager
def kept_alive(claim: Claim | Closing) -> Iterator[None]:
    """Renew the lease and the run's heartbeat while the body runs."""
    stop = threading.Event()
    beat = threading.Thread(target=_renew, args=(claim, stop), daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()


def _renew(claim: Claim | Closing, stop: threading.Event) -> None:
    try:
        while not stop.wait(lease_time().total_seconds() / 4):
            try:
                now = timezone.now()
                if not claim.leased().update(lease_until=now + lease_time()):
                    return
                Run.objects.filter(pk=claim.run_id).update(heartbeat_at=now)
            except DatabaseTrouble as error:  # busy, or gone for a moment: the next beat is in time
                logger.warning("lease_not_renewed", run=claim.run_id, error=str(error))
            close_old_connections()
    finally:
        connection.close()
