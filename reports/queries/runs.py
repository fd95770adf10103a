"""Runs with how far they are."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from reports.models import Account, Run, TileState


@dataclass(frozen=True)
class RunProgress:
    """A run and its tiles. More may become wanted while it goes on."""

    run: Run
    wanted: int  # tiles
    done: int
    failed: int

    @property
    def waiting(self) -> int:
        return self.wanted - self.done - self.failed

    @property
    def share_done(self) -> float | None:
        """Tiles that are done or failed / wanted, 0 to 1; None before any is wanted."""
        return (self.done + self.failed) / self.wanted if self.wanted else None


def run_progress(run: Run) -> RunProgress:
    """Return how far this run is. One query."""
    return next(iter(_with_progress(Run.objects.filter(pk=run.pk))))


def latest_runs(account: Account, limit: int = 10) -> list[RunProgress]:
    """Return the account's latest runs, the newest first. One query."""
    return list(_with_progress(Run.objects.filter(account=account), limit))


def latest_run_of_each(accounts: Iterable[Account]) -> dict[int, RunProgress]:
    """Return the newest run of each account by account id; one that never had any is left out."""
    runs = Run.objects.filter(account__in=list(accounts)).order_by("requested_at", "pk")
    newest = dict(runs.values_list("account_id", "pk"))  # a later row replaces an earlier one
    found = _with_progress(Run.objects.filter(pk__in=newest.values()))
    return {progress.run.account_id: progress for progress in found}


def _with_progress(runs: QuerySet[Run], limit: int | None = None) -> Iterable[RunProgress]:
    counted = runs.select_related("account", "requested_by").annotate(
        wanted_tiles=Count("run_tiles"),
        done_tiles=Count("run_tiles", filter=Q(run_tiles__state=TileState.DONE)),
        failed_tiles=Count("run_tiles", filter=Q(run_tiles__state=TileState.FAILED)),
    )
    for run in counted.order_by("-requested_at", "-pk")[:limit]:
        yield RunProgress(run, run.wanted_tiles, run.done_tiles, run.failed_tiles)
