"""Who works on a tile: a lease that ends by itself, and a fence that a commit checks.

A killed worker's tile is free again when its lease ends; a slow worker that wakes up after that finds
the fence changed and writes nothing. The lease is renewed by a thread while Kaltura is waited for.
"""

import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import close_old_connections, connection
from django.db.models import F, Q
from django.utils import timezone

from reports.models import Run, RunTile, Tile, TileState

OWNER = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"

CANDIDATES = 8  # so that several workers that look at once each find one


@dataclass(frozen=True)
class Claim:
    """A tile of a run that is ours till the lease ends."""

    run_tile: RunTile
    tile: Tile
    fence: int


def lease_time() -> timedelta:
    return timedelta(seconds=settings.SYNC_LEASE_SECONDS)


def claim_tile(run: Run, owner: str = OWNER) -> Claim | None:
    """Claim the newest waiting tile of the run that nobody works on; None when there is none."""
    now = timezone.now()
    free = Q(tile__lease_until__isnull=True) | Q(tile__lease_until__lte=now)
    waiting = run.run_tiles.filter(free, state=TileState.WAITING).select_related("tile")
    for run_tile in waiting.order_by("-tile__start_at")[:CANDIDATES]:
        tile = run_tile.tile
        claimed = (
            Tile.objects.unleased(now)
            .filter(pk=tile.pk, fence=tile.fence)
            .update(fence=F("fence") + 1, lease_owner=owner, lease_until=now + lease_time())
        )
        if claimed:
            RunTile.objects.filter(pk=run_tile.pk).update(tries=F("tries") + 1)
            return Claim(run_tile, tile, tile.fence + 1)
    return None


def next_lease_end(run: Run) -> datetime | None:
    """Return when the first tile that others hold becomes free; None when none is held."""
    held = run.run_tiles.filter(state=TileState.WAITING, tile__lease_until__gt=timezone.now())
    return held.order_by("tile__lease_until").values_list("tile__lease_until", flat=True).first()


def release(claim: Claim) -> None:
    """Free the tile if it is still ours."""
    Tile.objects.filter(pk=claim.tile.pk, fence=claim.fence).update(
        lease_owner="", lease_until=None
    )


@contextmanager
def kept_alive(claim: Claim) -> Iterator[None]:
    """Renew the lease and the run's heartbeat while the body runs."""
    stop = threading.Event()
    beat = threading.Thread(target=_renew, args=(claim, stop), daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()


def _renew(claim: Claim, stop: threading.Event) -> None:
    try:
        while not stop.wait(lease_time().total_seconds() / 4):
            now = timezone.now()
            ours = Tile.objects.filter(pk=claim.tile.pk, fence=claim.fence)
            if not ours.update(lease_until=now + lease_time()):
                return
            Run.objects.filter(pk=claim.run_tile.run_id).update(heartbeat_at=now)
            close_old_connections()
    finally:
        connection.close()
