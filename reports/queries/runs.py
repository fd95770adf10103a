"""Runs with how far they are, and one run in detail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from reports.models import Account, Finding, Run, RunKind, RunState, TileState, Worker
from reports.models.run import UNFINISHED

GOING_ON = "going-on"  # waiting or running, as one choice
SHOWN_FAILED = 30  # failed days named on a run's page


@dataclass(frozen=True)
class RunProgress:
    """A run and its tiles. More may become wanted while it goes on."""

    run: Run
    wanted: int  # tiles
    done: int
    failed: int
    row_count: int | None = None  # lines of Kaltura's answers so far; None: no answer yet

    @property
    def waiting(self) -> int:
        return self.wanted - self.done - self.failed

    @property
    def share_done(self) -> float | None:
        """Tiles that are done or failed / wanted, 0 to 1; None before any is wanted."""
        return (self.done + self.failed) / self.wanted if self.wanted else None


@dataclass(frozen=True)
class InHand:
    """A day of a run that somebody asks for at this moment."""

    start_at: datetime
    worker: str  # host and process id


@dataclass(frozen=True)
class FailedDay:
    """A day of a run that could not be asked."""

    start_at: datetime
    error: str
    tries: int


@dataclass(frozen=True)
class RunDetail:
    """What a run's page shows beside its progress."""

    progress: RunProgress
    finding_count: int  # rows, in the days that are done
    in_hand: tuple[InHand, ...]  # the newest day first
    closed_by: str  # who looks where its sessions reach to, ""
    failed_days: tuple[FailedDay, ...]  # the newest first, at most SHOWN_FAILED
    is_worker_alive: bool


def run_progress(run: Run) -> RunProgress:
    """Return how far this run is. One query."""
    return next(iter(_with_progress(Run.objects.filter(pk=run.pk))))


def run_detail(run: Run) -> RunDetail:
    """Return what is known of one run. Four queries, or five while it goes on."""
    now = timezone.now()
    done = run.run_tiles.filter(state=TileState.DONE)
    findings = Finding.objects.filter(tile__in=done.values("tile"))
    failed = run.run_tiles.filter(state=TileState.FAILED).order_by("-tile__start_at")
    return RunDetail(
        progress=run_progress(run),
        finding_count=findings.aggregate(rows=Sum("row_count"))["rows"] or 0,
        in_hand=tuple(_in_hand(run, now)) if run.state == RunState.RUNNING else (),
        closed_by=_name(run.lease_owner) if run.lease_until and run.lease_until > now else "",
        failed_days=tuple(
            FailedDay(*row)
            for row in failed.values_list("tile__start_at", "error", "tries")[:SHOWN_FAILED]
        ),
        is_worker_alive=run.is_finished or Worker.objects.alive(now).exists(),
    )


def _in_hand(run: Run, now: datetime) -> Iterable[InHand]:
    # Another run may want the day too, and be the one that asks for it.
    held = run.run_tiles.filter(state=TileState.WAITING, tries__gt=0, tile__lease_until__gt=now)
    rows = held.order_by("-tile__start_at").values_list("tile__start_at", "tile__lease_owner")
    return (InHand(start_at, _name(owner)) for start_at, owner in rows)


def _name(owner: str) -> str:
    """Return host and process id out of the name that stands in a lease."""
    return owner.rpartition(":")[0] or owner


def latest_runs(account: Account, limit: int = 10) -> list[RunProgress]:
    """Return the account's latest runs, the newest first. One query."""
    return list(_with_progress(_newest_first(Run.objects.filter(account=account))[:limit]))


def latest_run_of_each(accounts: Iterable[Account]) -> dict[int, RunProgress]:
    """Return the newest run of each account by account id; one that never had any is left out."""
    newest = _newest_first(Run.objects.filter(account=OuterRef("pk"))).values("pk")[:1]
    ids = Account.objects.filter(pk__in=[account.pk for account in accounts]).annotate(
        newest_run=Subquery(newest)
    )
    found = _with_progress(Run.objects.filter(pk__in=ids.order_by().values("newest_run")))
    return {progress.run.account_id: progress for progress in found}


def matching_runs(accounts: Iterable[Account], state: str = "") -> QuerySet[Run]:
    """Return the accounts' runs of a state; "" is every state, GOING_ON waiting and running."""
    runs = Run.objects.filter(account__in=[account.pk for account in accounts])
    if state == GOING_ON:
        return runs.filter(state__in=UNFINISHED)
    return runs.filter(state=state) if state else runs


def page_of_runs(runs: QuerySet[Run], first: int, limit: int) -> list[RunProgress]:
    """Return these runs from `first` (from 0) on, the newest first. One query."""
    return list(_with_progress(_newest_first(runs)[first : first + limit]))


def _newest_first(runs: QuerySet[Run]) -> QuerySet[Run]:
    return runs.order_by("-requested_at", "-pk")


def _with_progress(runs: QuerySet[Run]) -> Iterable[RunProgress]:
    # Tiles are counted for the runs of the page only, hence the subquery.
    wanted: QuerySet[Run] = Run.objects.filter(pk__in=runs.values("pk"))
    counted = wanted.select_related("account", "requested_by", "cancelled_by").annotate(
        wanted_tiles=Count("run_tiles"),
        done_tiles=Count("run_tiles", filter=Q(run_tiles__state=TileState.DONE)),
        failed_tiles=Count("run_tiles", filter=Q(run_tiles__state=TileState.FAILED)),
        row_sum=Sum("run_tiles__row_count"),
    )
    for run in counted.order_by("-requested_at", "-pk"):
        yield RunProgress(run, run.wanted_tiles, run.done_tiles, run.failed_tiles, run.row_sum)


def latest_backfill(account: Account) -> Run | None:
    """Return the run of the account's backfill that was planned last."""
    return _newest_first(Run.objects.filter(account=account, kind=RunKind.BACKFILL)).first()
