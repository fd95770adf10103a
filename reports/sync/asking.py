"""Asks Kaltura for one claimed tile and merges the answer.

What becomes of the run then is decided in `reports.sync.run`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from reports.kaltura import (
    AccessRefused,
    ConnectionFailed,
    CredentialsError,
    KalturaError,
    KsRejected,
    ReportAnswer,
    ReportFilters,
    ReportNotFound,
    SignInFailed,
)
from reports.models import Room, Run, RunTile, TileState, VirtualEvent
from reports.sync.answers import TileData
from reports.sync.fetch import ALL_REPORTS, Scope, TileFetch
from reports.sync.lease import Claim, kept_alive, release
from reports.sync.merge import merge_tile
from reports.sync.reading import ReportClient
from reports.sync.spans import Span, as_unix

HOPELESS = (
    SignInFailed,
    KsRejected,
    AccessRefused,
    CredentialsError,
    ReportNotFound,
)  # for every other tile too
FAILURES_IN_A_ROW = 3  # of the connection: then the rest would only wait in vain
MOST_TRIES = 5  # claims of one tile by a run: more means that workers die of it


class WorkersDied(Exception):
    """A tile was claimed again and again, and nobody came back with it."""

    code = "WORKERS_DIED"


class NotWanted(Exception):
    """The run was cancelled or has failed meanwhile, or this worker is to stop: nothing was lost."""


class WatchfulClient:
    """A client that looks, before each question, whether the answer is still wanted."""

    def __init__(self, client: ReportClient, run_id: int, is_stopped: Callable[[], bool]) -> None:
        self.client = client
        self.run_id = run_id
        self.is_stopped = is_stopped

    @contextmanager
    def open_report(
        self, report_id: int, filters: ReportFilters, *, excluded_fields: Sequence[str] = ()
    ) -> Iterator[ReportAnswer]:
        """Give the answer. Raises: NotWanted; otherwise as the client."""
        if self.is_stopped() or not Run.objects.unfinished().filter(pk=self.run_id).exists():
            raise NotWanted
        with self.client.open_report(report_id, filters, excluded_fields=excluded_fields) as answer:
            yield answer


def ask_tile(run: Run, claim: Claim, client: ReportClient) -> tuple[str, str]:
    """Fetch and merge one tile; return what went wrong with it, and why the rest is hopeless too.

    Both are "" when all went well. Raises: NotWanted, LeaseLost; the tile then waits as before.
    """
    try:
        if claim.run_tile.tries >= MOST_TRIES:
            raise WorkersDied(f"{MOST_TRIES} tries at this day ended without a word.")
        with kept_alive(claim):
            data = _fetch(run, claim, client)
        _merge(run, claim, data)
    except (KalturaError, WorkersDied) as failure:
        _note_failure(claim, failure)
        is_lasting = isinstance(failure, ConnectionFailed) and _fails_again(run)
        is_hopeless = is_lasting or isinstance(failure, HOPELESS)
        return str(failure), str(failure) if is_hopeless else ""
    Run.objects.filter(pk=run.pk, failures_in_a_row__gt=0).update(failures_in_a_row=0)
    return "", ""


def _fetch(run: Run, claim: Claim, client: ReportClient) -> TileData:
    fetch = TileFetch(
        client,
        _scope(run),
        row_cap=settings.KALTURA_ROW_CAP,
        known_entry_ids=lambda: _known_entry_ids(run),
        now=timezone.now,
    )
    return fetch.fetch(Span(as_unix(claim.tile.start_at), as_unix(claim.tile.end_at)))


def _merge(run: Run, claim: Claim, data: TileData) -> None:
    def note_done() -> None:
        release(claim)
        RunTile.objects.filter(pk=claim.run_tile.pk).update(
            state=TileState.DONE,
            finished_at=timezone.now(),
            row_count=sum(answer.row_count for answer in data.answers.values()),
            error="; ".join(data.missing_reports.values()),
        )

    merge_tile(claim.tile, claim.fence, data, run=run, filtered=run.is_filtered, then=note_done)


def _scope(run: Run) -> Scope:
    events = VirtualEvent.objects.filter(account_id=run.account_id)
    configured = tuple(events.order_by("event_id").values_list("event_id", flat=True))
    asked = tuple(run.virtual_event_ids)
    return Scope(
        reports=tuple({ALL_REPORTS[0], *run.reports}) if run.reports else ALL_REPORTS,
        entry_ids=tuple(run.entry_ids),
        breakout_entry_ids=_known_breakouts(run),
        virtual_event_ids=asked,
        tag_event_ids=asked if run.is_filtered else configured,
    )


def _known_breakouts(run: Run) -> tuple[str, ...]:
    """Return the breakout rooms of the rooms asked for, as far as they are known by now."""
    rooms = Room.objects.filter(account_id=run.account_id, parent__entry_id__in=run.entry_ids)
    return tuple(rooms.order_by("entry_id").values_list("entry_id", flat=True))


def _known_entry_ids(run: Run) -> list[str]:
    rooms = Room.objects.filter(account_id=run.account_id)
    return list(rooms.order_by("entry_id").values_list("entry_id", flat=True))


def _note_failure(claim: Claim, failure: Exception) -> None:
    """Write the failure down, unless another worker has the tile; its data stays as it was."""
    now = timezone.now()
    code = (getattr(failure, "code", "") or type(failure).__name__)[:80]
    with transaction.atomic():
        is_ours = claim.leased().update(
            failed_at=now,
            error_code=code,
            error=str(failure),
            lease_owner="",
            lease_until=None,
        )
        if is_ours:
            RunTile.objects.filter(pk=claim.run_tile.pk).update(
                state=TileState.FAILED, finished_at=now, error_code=code, error=str(failure)
            )


def _fails_again(run: Run) -> bool:
    """Count one more failure of the connection, and return whether there were too many in a row."""
    Run.objects.filter(pk=run.pk).update(failures_in_a_row=F("failures_in_a_row") + 1)
    run.refresh_from_db(fields=["failures_in_a_row"])
    return run.failures_in_a_row >= FAILURES_IN_A_ROW
