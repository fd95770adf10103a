"""Which tiles a run wants: those of its range, provisional ones, and where its sessions reach to.

Also what becomes of a run from outside: it is resumed, asked anew, cancelled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from reports.models import (
    Account,
    Priority,
    RoomSession,
    Run,
    RunKind,
    RunState,
    RunTile,
    Schedule,
    SessionPart,
    Tile,
    TileState,
    User,
)
from reports.models.retention import kept_from
from reports.models.run import UNFINISHED
from reports.sync.merge.sums import asked_days, needed_days
from reports.sync.spans import Span, as_datetime, as_unix, days_between

LONGEST_ID = 64  # what the columns of Kaltura's ids hold
RESUMED_WITHIN = timedelta(days=1)  # an older unfinished run is begun anew: its tiles have aged
PRIORITIES = {
    RunKind.ASKED: Priority.ASKED,
    RunKind.HOURLY: Priority.SCHEDULED,
    RunKind.NIGHTLY: Priority.SCHEDULED,
    RunKind.BACKFILL: Priority.BACKFILL,
}


@dataclass(frozen=True)
class Order:
    """What somebody asked to be synced. The range holds the sessions that start in it."""

    from_at: datetime
    to_at: datetime
    reports: tuple[int, ...] = ()  # () = all three
    entry_ids: tuple[str, ...] = ()
    virtual_event_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.to_at <= self.from_at:
            raise ValueError("The range ends before it starts.")
        if any(len(it) > LONGEST_ID for it in (*self.entry_ids, *self.virtual_event_ids)):
            raise ValueError(f"An id has at most {LONGEST_ID} characters.")


def plan_run(
    account: Account,
    order: Order,
    *,
    user: User | None = None,
    kind: RunKind = RunKind.ASKED,
    days: Iterable[Span] | None = None,
    anew: bool = False,
) -> tuple[Run, bool]:
    """Return a run for the order and whether it resumes one that was interrupted.

    Its tiles are in the queue when this returns. `days` are those to ask for where that is not the
    whole range; with `anew` only a run that still goes on is taken up, none that has failed.
    Raises: Account.DoesNotExist for one that is being deleted.
    """
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk, removal_asked_at__isnull=True)
        run = _unfinished(account, order, UNFINISHED if anew else (*UNFINISHED, RunState.FAILED))
        if run is not None:
            Run.objects.filter(pk=run.pk, priority__lt=PRIORITIES[kind]).update(
                priority=PRIORITIES[kind]
            )
            resume_run(run)
            return run, True
        run = Run.objects.create(
            account=account,
            from_at=order.from_at,
            to_at=order.to_at,
            reports=sorted(order.reports),
            entry_ids=sorted(order.entry_ids),
            virtual_event_ids=sorted(order.virtual_event_ids),
            kind=kind,
            priority=PRIORITIES[kind],
            requested_by=user,
        )
        want_tiles(run, _days_of(order) if days is None else days, RunTile.Reason.RANGE)
        # Of older days nothing hangs on these, and the runs of each night ask for them anyway.
        if not run.is_filtered and not run.reports and kind != RunKind.BACKFILL:
            _want_provisional(run)
        return run, False


def _days_of(order: Order) -> list[Span]:
    """Return the days of the order's range that have begun."""
    until = min(order.to_at, timezone.now())
    if until <= order.from_at:
        return []
    return list(days_between(as_unix(order.from_at), as_unix(until)))


def _unfinished(account: Account, order: Order, states: Iterable[str]) -> Run | None:
    """Return the interrupted or failed run of the same order, if it is not too old to go on with."""
    same = Run.objects.filter(
        account=account,
        from_at=order.from_at,
        to_at=order.to_at,
        requested_at__gt=timezone.now() - RESUMED_WITHIN,
        state__in=states,
    ).order_by("-requested_at")
    for run in same:
        wanted = (run.reports, run.entry_ids, run.virtual_event_ids)
        asked = (sorted(order.reports), sorted(order.entry_ids), sorted(order.virtual_event_ids))
        if wanted == asked and run.run_tiles.exists():
            return run
    return None


def ask_anew(run: Run, user: User | None = None) -> tuple[Run, bool]:
    """Return a new run of the same order, for all its days, and whether one goes on already."""
    order = Order(
        run.from_at,
        run.to_at,
        tuple(run.reports),
        tuple(run.entry_ids),
        tuple(run.virtual_event_ids),
    )
    return plan_run(run.account, order, user=user, anew=True)


def resume_run(run: Run) -> bool:
    """Put the tiles that failed back into the queue; those that are done stay done.

    Returns whether anything of the run is to be done now. A run that is complete stays as it is.
    """
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=run.account_id)
        run.refresh_from_db()
        left = run.run_tiles.filter(state__in=[TileState.FAILED, TileState.WAITING])
        if run.state == RunState.DONE or (run.state == RunState.GAPS and not left.exists()):
            return False
        left.filter(state=TileState.FAILED).update(
            state=TileState.WAITING, error="", error_code="", tries=0, finished_at=None
        )
        if run.is_finished:
            run.state, run.error, run.gaps, run.finished_at = RunState.WAITING, "", [], None
            run.cancelled_by, run.failures_in_a_row = None, 0
            run.breakouts_asked_again = False
            run.save()
    return True


def cancel_run(run: Run, user: User | None = None) -> bool:
    """Let nothing more of the run be done; return whether that was still to be said.

    The answer that a worker waits for at this moment is thrown away or merged, whole either way. The
    rest of a backfill is not planned any more.
    """
    goes_on = Run.objects.unfinished().filter(pk=run.pk)
    # Before the run: who plans the next part looks at the schedule last, and finds it ended. In no
    # transaction with it: locks of both at once could wait for each other.
    if run.kind == RunKind.BACKFILL and goes_on.exists():
        Schedule.objects.filter(account=run.account_id).update(backfill_from_on=None)
    return bool(
        goes_on.update(state=RunState.CANCELLED, cancelled_by=user, finished_at=timezone.now())
    )


def want_tiles(run: Run, days: Iterable[Span], reason: str) -> int:
    """Put these days into the run's queue and return how many were new to it."""
    spans = {as_datetime(day.start): as_datetime(day.end) for day in days}
    kept = kept_from(run.account_id)
    if kept is not None:  # retention would take older days away again
        spans = {start: end for start, end in spans.items() if start >= kept}
    Tile.objects.bulk_create(
        [Tile(account_id=run.account_id, start_at=start, end_at=spans[start]) for start in spans],
        ignore_conflicts=True,
        batch_size=500,
    )
    tiles = Tile.objects.filter(account_id=run.account_id, start_at__in=list(spans))
    wanted = set(run.run_tiles.values_list("tile_id", flat=True))
    new = [tile.pk for tile in tiles if tile.pk not in wanted]
    RunTile.objects.bulk_create(
        [RunTile(run=run, tile_id=pk, reason=reason) for pk in new],
        ignore_conflicts=True,
        batch_size=500,
    )
    return len(new)


def _want_provisional(run: Run) -> None:
    """Also ask again for tiles that were asked too early, however long ago that was."""
    tiles = Tile.objects.provisional().filter(account_id=run.account_id)
    kept = kept_from(run.account_id)
    if kept is not None:
        tiles = tiles.filter(start_at__gte=kept)
    wanted = set(run.run_tiles.values_list("tile_id", flat=True))
    RunTile.objects.bulk_create(
        [
            RunTile(run=run, tile=tile, reason=RunTile.Reason.PROVISIONAL)
            for tile in tiles
            if tile.pk not in wanted
        ],
        batch_size=500,
    )


def sessions_of_run(run: Run) -> list[RoomSession]:
    """Return the sessions that the run is about: they start in its range, and pass its filters."""
    sessions = RoomSession.objects.filter(account_id=run.account_id).between(run.from_at, run.to_at)
    if run.is_filtered:
        touched = SessionPart.objects.filter(
            tile__in=run.run_tiles.values("tile"), asked_at__gte=run.started_at or run.requested_at
        )
        sessions = sessions.filter(pk__in=touched.values("session"))
    return list(sessions.select_related("room"))


def neighbour_days(run: Run, sessions: list[RoomSession]) -> list[Span]:
    """Return the days that sessions of the run reach into and that were not asked for yet."""
    asked = asked_days(run.account, sessions)
    have: dict[int, set[int]] = {}
    parts = SessionPart.objects.filter(
        session__in=[s.pk for s in sessions if s.view_seconds is None],
        attendees_asked_at__isnull=False,
        tile__upload__isnull=True,
    )
    for session_id, start in parts.values_list("session_id", "tile__start_at"):
        have.setdefault(session_id, set()).add(as_unix(start))
    now = timezone.now()
    missing = {
        start
        for session in sessions
        if session.view_seconds is None
        for start in needed_days(session, now) - asked - have.get(session.pk, set())
    }
    return [day for start in sorted(missing) for day in days_between(start, start + 1)]


def ask_again(run: Run, days: Iterable[Span]) -> int:
    """Put these days of the run back into its queue if they are done, and return how many were.

    A run filtered by rooms learns of their breakout rooms as it goes: days that it asked before have
    to be asked for those too.
    """
    starts = [as_datetime(day.start) for day in days]
    done = run.run_tiles.filter(state=TileState.DONE, tile__start_at__in=starts)
    return done.update(state=TileState.WAITING)
