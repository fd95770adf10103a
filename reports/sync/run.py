"""Does what was claimed of a run, and a whole run for somebody who waits for it.

Any number of processes may do the same run; a tile is done by whoever holds its lease.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from reports.models import Run, Tile, TileState
from reports.sync.asking import NotWanted, WatchfulClient, ask_tile
from reports.sync.closing import Closer
from reports.sync.lease import Claim, Closing, claim_closing, claim_tile, give_back
from reports.sync.merge import LeaseLost
from reports.sync.outcome import finish_run
from reports.sync.reading import ReportClient

WAIT_SECONDS = 0.2  # for other workers, before the next look
MOST_REMEMBERED = 100  # runs


@dataclass(frozen=True)
class Progress:
    """Told after every tile."""

    run: Run
    tile: Tile
    done: int
    wanted: int
    error: str = ""


def _never() -> bool:
    return False


class Doer:
    """Does claims, one after the other or several at once from threads."""

    def __init__(self, is_stopped: Callable[[], bool] = _never) -> None:
        self.is_stopped = is_stopped
        self.closers: dict[int, Closer] = {}

    def do(self, claim: Claim | Closing, client: ReportClient) -> str | None:
        """Ask for the tile, or close the run; return what went wrong with the tile, or "".

        None when nothing came of it: somebody else has the claim by now, or nobody wants it.
        """
        run = Run.objects.get(pk=claim.run_id)
        watchful = WatchfulClient(client, run.pk, self.is_stopped)
        try:
            if isinstance(claim, Closing):
                return self._close(claim, watchful)
            error, hopeless = ask_tile(run, claim, watchful)
        except (LeaseLost, NotWanted):
            give_back(claim)
            return None
        except BaseException:
            give_back(claim)
            raise
        if hopeless:
            finish_run(run, hopeless, "")
        return error

    def _close(self, closing: Closing, client: ReportClient) -> str:
        if len(self.closers) > MOST_REMEMBERED:  # of runs that others have closed
            self.closers.clear()
        closer = self.closers.setdefault(closing.run_id, Closer(closing.run_id))
        if closer.close(closing, client) is not None:
            self.closers.pop(closing.run_id, None)
        return ""


def do_run(
    run: Run, client: ReportClient, *, on_progress: Callable[[Progress], None] | None = None
) -> Run:
    """Work on the run until it is finished, here or by others, and return it."""
    doer = Doer()
    while not _is_finished(run):
        claim = claim_tile(run) or claim_closing(run)
        if claim is None:
            time.sleep(WAIT_SECONDS)
            continue
        error = doer.do(claim, client)
        if on_progress and isinstance(claim, Claim) and error is not None:
            wanted = run.run_tiles.count()
            left = run.run_tiles.filter(state=TileState.WAITING).count()
            on_progress(Progress(run, claim.tile, wanted - left, wanted, error))
    return run


def _is_finished(run: Run) -> bool:
    run.refresh_from_db()
    return run.is_finished
