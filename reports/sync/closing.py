"""What is left of a run when no tile of it waits: where its sessions reach to, and how it ended.

One worker at a time closes a run, under a lease on it. Either it puts more tiles into the queue, and
the run is closed again after those, or it writes down the end.
"""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from reports.kaltura import KalturaError
from reports.models import Account, RoomSession, Run, RunTile, Tile, TileState
from reports.sync.lease import Closing, kept_alive, release
from reports.sync.merge.sums import rewrite_sums
from reports.sync.merge.uploads import sessions_that_gave_way
from reports.sync.outcome import finish_run
from reports.sync.outside import Outside, OutsideUnknown
from reports.sync.plan import ask_again, neighbour_days, sessions_of_run, want_tiles
from reports.sync.reading import ReportClient
from reports.sync.spans import DAY, as_unix, day_of, day_start, days_between
from reports.sync.statistics import refresh_statistics


class Closer:
    """Closes one run, as often as it takes; remembers what it asked outside of the run's tiles."""

    def __init__(self, run_id: int) -> None:
        self.run_id = run_id
        self.outside_asked: set[str] | None = None  # sessions whose outside is known by now
        self.unchecked = ""  # why it is not known whether sessions reach outside

    def close(self, closing: Closing, client: ReportClient) -> Run | None:
        """Return the run as it ended; None when more tiles are in the queue now.

        Raises: NotWanted.
        """
        run = closing.run
        self.unchecked = ""
        with kept_alive(closing):
            wants_more = self._want_more(run, client)
        if wants_more or run.run_tiles.filter(state=TileState.WAITING).exists():
            release(closing)
            return None
        refresh_statistics()
        return finish_run(run, "", self.unchecked, fence=closing.fence)

    def _want_more(self, run: Run, client: ReportClient) -> bool:
        """Return whether sessions of the run need more tiles, which are in the queue then."""
        sessions = sessions_of_run(run)
        known = {session.pk for session in sessions}
        sessions += [s for s in sessions_that_gave_way(run) if s.pk not in known]
        days = neighbour_days(run, sessions)
        if want_tiles(run, days, RunTile.Reason.NEIGHBOUR):
            return True
        if run.entry_ids and not run.breakouts_asked_again:
            Run.objects.filter(pk=run.pk).update(breakouts_asked_again=True)
            if ask_again(run, days):
                return True
        if not run.asks_attendees:
            return False
        cues = {session.cue_point_id for session in sessions}
        # Again when the days that were found outside have told of more sessions of the range.
        if self.outside_asked is None or cues - self.outside_asked:
            try:
                outside = _days_outside(run, client, cues, cues - (self.outside_asked or set()))
            except (KalturaError, OutsideUnknown) as error:
                self.unchecked = str(error)
                return False
            self.outside_asked = cues
            spans = [day for start in sorted(outside) for day in days_between(start, start + 1)]
            if want_tiles(run, spans, RunTile.Reason.NEIGHBOUR):
                return True
        if not run.run_tiles.exclude(state=TileState.DONE).exists():
            _note_outside_checked(run, sessions)
        return False


def _days_outside(run: Run, client: ReportClient, cues: set[str], new: set[str]) -> set[int]:
    tiles = run.run_tiles.filter(state=TileState.DONE).values_list("tile__start_at")
    known = {as_unix(start) for (start,) in tiles}
    if not run.is_filtered:
        covered = Tile.objects.covered().filter(account_id=run.account_id, is_cut=False)
        known |= {as_unix(start) for (start,) in covered.values_list("start_at")}
    now = as_unix(timezone.now())
    first = day_start(as_unix(run.from_at))
    last = first + DAY
    while last in known:
        last += DAY
    outside = Outside(client, known, settings.KALTURA_ROW_CAP)
    days = outside.days(sorted(new), first, last, now)
    day_after = day_of(as_unix(run.to_at) + DAY - 1)
    if day_after.start <= now and outside.starts_unseen_until(
        day_after, as_unix(run.from_at), as_unix(run.to_at), cues
    ):
        days.add(day_after.start)
    return days


def _note_outside_checked(run: Run, sessions: list[RoomSession]) -> None:
    ids = [session.pk for session in sessions]
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=run.account_id)
        for start in range(0, len(ids), 500):
            RoomSession.objects.filter(pk__in=ids[start : start + 500]).update(
                outside_checked_at=timezone.now()
            )
        rewrite_sums(account, [s.pk for s in sessions if s.view_seconds is None])
        account.data_version += 1
        account.save(update_fields=["data_version"])
