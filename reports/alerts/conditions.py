"""Which alerts hold at a moment: read from the database, nothing written.

What was noticed stays until it is really over: a run that is tried again, or days that are waited
for again, end no alert before they have come.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Max, Min

from reports.alerts.workers import schedules_on, waits_for_worker
from reports.kaltura import AccessRefused, CredentialsError, KalturaError, KsRejected, SignInFailed
from reports.models import (
    Account,
    Alert,
    AlertKind,
    Run,
    RunState,
    RunTile,
    SignInMethod,
    Tile,
    TileState,
)

ENDING_WITHIN = timedelta(hours=48)
LATEST_DAYS = timedelta(days=2)  # that every run of a schedule asks for
OF_RUNS = (AlertKind.RUN_FAILED, AlertKind.CREDENTIALS_REFUSED)


class Condition(NamedTuple):
    """Something that an administrator should see to."""

    kind: AlertKind
    account_id: int | None  # None: about Rollcall itself
    detail: dict[str, Any]


class _Failure(NamedTuple):
    run_id: int
    finished_at: datetime
    code: str  # the first error code of its days, ""
    is_refused: bool  # by Kaltura, because of the sign-in


def holding(now: datetime) -> list[Condition]:
    """Return what holds now, at most one of a kind for an account."""
    still_open = list(Alert.objects.open())
    good = _latest_good_runs()
    failures = {
        account_id: failure
        for account_id, failure in _latest_failures().items()
        if account_id not in good or good[account_id] <= failure.finished_at
    }
    of_runs = list(_runs([it for it in still_open if it.kind in OF_RUNS], good, failures))
    days_open = {it.account_id for it in still_open if it.kind == AlertKind.DAYS_FAILED}
    has_failed = {*failures, *(it.account_id for it in of_runs)}
    found = [*of_runs, *_ending(now), *_days(days_open, has_failed), *_stale(now)]
    if waits_for_worker(now):
        found.append(Condition(AlertKind.WORKER_GONE, None, {}))
    once = {(it.kind, it.account_id): it for it in reversed(found)}  # what is read now goes first
    return list(once.values())


def _runs(
    still_open: list[Alert],
    good: dict[int | None, datetime],
    failures: dict[int, _Failure],
) -> Iterator[Condition]:
    """Yield runs that failed after the last one that went well.

    An alert goes on while the failed run is being tried again: only a run of everything that went
    well ends it, or a sign-in that Kaltura accepts.
    """
    checked: dict[int | None, datetime | None] = dict(
        Account.objects.values_list("pk", "checked_at")
    )
    for account_id, failure in failures.items():
        accepted = checked.get(account_id)
        if failure.is_refused and accepted is not None and accepted > failure.finished_at:
            continue  # Kaltura has accepted the sign-in since
        kind = AlertKind.CREDENTIALS_REFUSED if failure.is_refused else AlertKind.RUN_FAILED
        yield Condition(kind, account_id, {"run": failure.run_id, "code": failure.code})
    for alert in still_open:
        ended = good.get(alert.account_id)
        if ended is not None and ended > alert.opened_at:
            continue
        accepted = checked.get(alert.account_id)
        is_refusal = alert.kind == AlertKind.CREDENTIALS_REFUSED
        if not (is_refusal and accepted is not None and accepted > alert.opened_at):
            yield Condition(AlertKind(alert.kind), alert.account_id, alert.detail)


def _latest_good_runs() -> dict[int | None, datetime]:
    """Return when a run of everything last went well, by account."""
    good = Run.objects.filter(
        state__in=[RunState.DONE, RunState.GAPS],
        reports=[],
        entry_ids=[],
        virtual_event_ids=[],
    )
    found = good.values("account").annotate(at=Max("finished_at"))
    return dict(found.values_list("account", "at"))


def _latest_failures() -> dict[int, _Failure]:
    """Return the run of each account that failed last."""
    failed = Run.objects.filter(state=RunState.FAILED, finished_at__isnull=False)
    newest = {
        account_id: (pk, finished_at)
        for account_id, pk, finished_at in failed.order_by("finished_at", "pk").values_list(
            "account_id", "pk", "finished_at"
        )
        if finished_at is not None
    }
    tiles = RunTile.objects.filter(
        run__in=[pk for pk, _ in newest.values()], state=TileState.FAILED
    ).exclude(error_code="")
    first = dict(tiles.values("run").annotate(code=Min("error_code")).values_list("run", "code"))
    refused = dict(
        tiles.filter(error_code__in=sign_in_codes())
        .values("run")
        .annotate(code=Min("error_code"))
        .values_list("run", "code")
    )
    return {
        account_id: _Failure(pk, at, refused.get(pk) or first.get(pk, ""), pk in refused)
        for account_id, (pk, at) in newest.items()
    }


def sign_in_codes() -> frozenset[str]:
    """Return the error codes that say: this sign-in can't do it, and trying again won't help."""
    found: set[str] = set()
    classes: list[type[KalturaError]] = [SignInFailed, KsRejected, AccessRefused, CredentialsError]
    while classes:
        error = classes.pop()
        found.add(error.code)
        classes += error.__subclasses__()
    return frozenset(found - {KalturaError.code})


def _ending(now: datetime) -> Iterator[Condition]:
    """Yield accounts with a pasted KS that ends soon or has ended: nothing can renew it."""
    ending = Account.objects.filter(
        sign_in=SignInMethod.KS, ks_expires_at__lte=now + ENDING_WITHIN
    ).values_list("pk", "ks_expires_at")
    for account_id, ends_at in ending:
        if ends_at is not None:
            detail = {"at": ends_at.isoformat()}
            yield Condition(AlertKind.CREDENTIALS_ENDING, account_id, detail)


def _days(days_open: set[int | None], failed: set[int | None]) -> Iterator[Condition]:
    """Yield accounts with days whose latest try failed, once no run is at them any more.

    A run that failed altogether has an alert already, and its days get none of their own.
    """
    tiles = Tile.objects.filter(failed_at__isnull=False, removed_at__isnull=True)
    every = _counted(tiles)
    tried = RunTile.objects.filter(run__state__in=[RunState.WAITING, RunState.RUNNING])
    left = _counted(tiles.exclude(pk__in=tried.values("tile")))
    for account_id, count in every.items():
        if account_id in days_open or (account_id in left and account_id not in failed):
            yield Condition(AlertKind.DAYS_FAILED, account_id, {"days": count})


def _counted(tiles: Any) -> dict[int, int]:
    found = tiles.order_by().values("account").annotate(days=Count("pk"))
    return dict(found.values_list("account", "days"))


def _stale(now: datetime) -> Iterator[Condition]:
    """Yield accounts of which a schedule should have asked for the latest days by now.

    Older days don't count: a backfill may be at them while tonight's are left out.
    """
    schedules = schedules_on()
    latest = Tile.objects.filter(
        account__in=[it.account_id for it in schedules], end_at__gt=now - LATEST_DAYS
    ).order_by()
    merged = dict(
        latest.values("account").annotate(at=Max("merged_at")).values_list("account", "at")
    )
    for schedule in schedules:
        at = merged.get(schedule.account_id)
        if max(at or schedule.changed_at, schedule.changed_at) < now - schedule.patience:
            detail = {"at": at.isoformat() if at else None}
            yield Condition(AlertKind.DATA_STALE, schedule.account_id, detail)
