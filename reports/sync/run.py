"""Does a run: tile after tile until every session of its range is whole, or the gaps are known.

Any number of processes may do the same run; a tile is done by whoever holds its lease.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from reports.kaltura import (
    AccessRefused,
    ConnectionFailed,
    CredentialsError,
    KalturaError,
    KsRejected,
    ReportNotFound,
    SignInFailed,
)
from reports.models import (
    Account,
    Room,
    RoomSession,
    Run,
    RunState,
    RunTile,
    Tile,
    TileState,
    VirtualEvent,
)
from reports.sync.fetch import ALL_REPORTS, Scope, TileFetch
from reports.sync.lease import Claim, claim_tile, kept_alive, next_lease_end, release
from reports.sync.merge import LeaseLost, merge_tile
from reports.sync.merge.sums import rewrite_sums
from reports.sync.outcome import finish_run
from reports.sync.outside import Outside, OutsideUnknown
from reports.sync.plan import ask_again, neighbour_days, sessions_of_run, want_tiles
from reports.sync.reading import ReportClient
from reports.sync.spans import DAY, Span, as_unix, day_of, day_start, days_between

HOPELESS = (
    SignInFailed,
    KsRejected,
    AccessRefused,
    CredentialsError,
    ReportNotFound,
)  # for every other tile too
FAILURES_IN_A_ROW = 3  # of the connection: then the rest would only wait in vain
MOST_TRIES = 5  # claims of one tile by a run: more means that workers die of it


@dataclass(frozen=True)
class Progress:
    """Told after every tile."""

    run: Run
    tile: Tile
    done: int
    wanted: int
    error: str = ""


def do_run(
    run: Run, client: ReportClient, *, on_progress: Callable[[Progress], None] | None = None
) -> Run:
    """Work on the run until nothing of it is left to do, and return it finished."""
    started = timezone.now()
    Run.objects.filter(pk=run.pk, started_at__isnull=True).update(started_at=started)
    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING, heartbeat_at=started)
    run.refresh_from_db()
    worker = RunWorker(run, client, on_progress or (lambda progress: None))
    hopeless = worker.work()
    return finish_run(run, hopeless, worker.unchecked)


class RunWorker:
    """One process's share of a run."""

    def __init__(
        self, run: Run, client: ReportClient, on_progress: Callable[[Progress], None]
    ) -> None:
        self.run = run
        self.client = client
        self.on_progress = on_progress
        self.failures_in_a_row = 0
        self.unchecked = ""  # why it is not known whether sessions reach outside
        self.outside_asked: set[str] | None = None  # sessions whose outside is known by now
        self.asked_again = False

    def work(self) -> str:
        """Do tiles while there are any; return why it is hopeless to go on, or ""."""
        while True:
            Run.objects.filter(pk=self.run.pk).update(heartbeat_at=timezone.now())
            claim = claim_tile(self.run)
            if claim is not None:
                hopeless = self._do(claim)
                if hopeless:
                    return hopeless
            elif (until := next_lease_end(self.run)) is not None:
                time.sleep(min(1.0, max(0.02, (until - timezone.now()).total_seconds())))
            elif not self._is_waited_for() and not self._want_more() and not self._is_waited_for():
                return ""  # the last look is for what another worker put into the queue meanwhile

    def _is_waited_for(self) -> bool:
        return self.run.run_tiles.filter(state=TileState.WAITING).exists()

    def _do(self, claim: Claim) -> str:
        """Fetch and merge one tile; return why nothing else can succeed either, or ""."""
        hopeless = error = ""
        try:
            if claim.run_tile.tries >= MOST_TRIES:
                raise WorkersDied(f"{MOST_TRIES} tries at this day ended without a word.")
            self._fetch_and_merge(claim)
            self.failures_in_a_row = 0
        except LeaseLost:
            return ""
        except (KalturaError, WorkersDied) as failure:
            error = str(failure)
            self._note_failure(claim, failure)
            self.failures_in_a_row += isinstance(failure, ConnectionFailed)
            if isinstance(failure, HOPELESS) or self.failures_in_a_row >= FAILURES_IN_A_ROW:
                hopeless = error
        except BaseException:
            release(claim)
            raise
        wanted = self.run.run_tiles.count()
        left = self.run.run_tiles.filter(state=TileState.WAITING).count()
        self.on_progress(Progress(self.run, claim.tile, wanted - left, wanted, error))
        return hopeless

    def _fetch_and_merge(self, claim: Claim) -> None:
        span = Span(as_unix(claim.tile.start_at), as_unix(claim.tile.end_at))
        fetch = TileFetch(
            self.client,
            self._scope(),
            row_cap=settings.KALTURA_ROW_CAP,
            known_entry_ids=self._known_entry_ids,
            now=timezone.now,
        )
        with kept_alive(claim):
            data = fetch.fetch(span)
        with transaction.atomic():
            merge_tile(claim.tile, claim.fence, data, run=self.run, filtered=self.run.is_filtered)
            release(claim)
            RunTile.objects.filter(pk=claim.run_tile.pk).update(
                state=TileState.DONE,
                finished_at=timezone.now(),
                error="; ".join(data.missing_reports.values()),
            )

    def _scope(self) -> Scope:
        events = VirtualEvent.objects.filter(account_id=self.run.account_id)
        configured = tuple(events.order_by("event_id").values_list("event_id", flat=True))
        asked = tuple(self.run.virtual_event_ids)
        return Scope(
            reports=tuple({ALL_REPORTS[0], *self.run.reports}) if self.run.reports else ALL_REPORTS,
            entry_ids=tuple(self.run.entry_ids),
            breakout_entry_ids=self._known_breakouts(),
            virtual_event_ids=asked,
            tag_event_ids=asked if self.run.is_filtered else configured,
        )

    def _known_breakouts(self) -> tuple[str, ...]:
        """Return the breakout rooms of the rooms asked for, as far as they are known by now."""
        rooms = Room.objects.filter(
            account_id=self.run.account_id, parent__entry_id__in=self.run.entry_ids
        )
        return tuple(rooms.order_by("entry_id").values_list("entry_id", flat=True))

    def _known_entry_ids(self) -> list[str]:
        rooms = Room.objects.filter(account_id=self.run.account_id)
        return list(rooms.order_by("entry_id").values_list("entry_id", flat=True))

    def _note_failure(self, claim: Claim, failure: Exception) -> None:
        """Write the failure down, unless another worker has the tile; its data stays as it was."""
        now = timezone.now()
        code = getattr(failure, "code", "") or type(failure).__name__
        is_ours = Tile.objects.filter(pk=claim.tile.pk, fence=claim.fence).update(
            failed_at=now,
            error_code=code[:80],
            error=str(failure),
            lease_owner="",
            lease_until=None,
        )
        if is_ours:
            RunTile.objects.filter(pk=claim.run_tile.pk).update(
                state=TileState.FAILED, finished_at=now, error_code=code[:80], error=str(failure)
            )

    # Sessions that reach outside -------------------------------------------------------------

    def _want_more(self) -> bool:
        """Return whether sessions of the run need more tiles, which are in the queue then."""
        sessions = sessions_of_run(self.run)
        days = neighbour_days(self.run, sessions)
        if want_tiles(self.run, days, RunTile.Reason.NEIGHBOUR):
            return True
        if self.run.entry_ids and not self.asked_again:
            self.asked_again = True
            if ask_again(self.run, days):
                return True
        if not self.run.asks_attendees:
            return False
        cues = {session.cue_point_id for session in sessions}
        # Again when the days that were found outside have told of more sessions of the range.
        if self.outside_asked is None or cues - self.outside_asked:
            try:
                outside = self._days_outside(cues, cues - (self.outside_asked or set()))
            except (KalturaError, OutsideUnknown) as error:
                self.unchecked = str(error)
                return False
            self.outside_asked = cues
            spans = [day for start in sorted(outside) for day in days_between(start, start + 1)]
            if want_tiles(self.run, spans, RunTile.Reason.NEIGHBOUR):
                return True
        if not self.unchecked and not self.run.run_tiles.exclude(state=TileState.DONE).exists():
            self._note_outside_checked(sessions)
        return False

    def _days_outside(self, cues: set[str], new: set[str]) -> set[int]:
        tiles = self.run.run_tiles.filter(state=TileState.DONE).values_list("tile__start_at")
        known = {as_unix(start) for (start,) in tiles}
        if not self.run.is_filtered:
            covered = Tile.objects.covered().filter(account_id=self.run.account_id, is_cut=False)
            known |= {as_unix(start) for (start,) in covered.values_list("start_at")}
        now = as_unix(timezone.now())
        first = day_start(as_unix(self.run.from_at))
        last = first + DAY
        while last in known:
            last += DAY
        outside = Outside(self.client, known, settings.KALTURA_ROW_CAP)
        days = outside.days(sorted(new), first, last, now)
        day_after = day_of(as_unix(self.run.to_at) + DAY - 1)
        if day_after.start <= now and outside.starts_unseen_until(
            day_after, as_unix(self.run.from_at), as_unix(self.run.to_at), cues
        ):
            days.add(day_after.start)
        return days

    def _note_outside_checked(self, sessions: list[RoomSession]) -> None:
        ids = [session.pk for session in sessions]
        with transaction.atomic():
            account = Account.objects.select_for_update().get(pk=self.run.account_id)
            for start in range(0, len(ids), 500):
                RoomSession.objects.filter(pk__in=ids[start : start + 500]).update(
                    outside_checked_at=timezone.now()
                )
            rewrite_sums(account, [s.pk for s in sessions if s.view_seconds is None])
            account.data_version += 1
            account.save(update_fields=["data_version"])


class WorkersDied(Exception):
    """A tile was claimed again and again, and nobody came back with it."""

    code = "WORKERS_DIED"
