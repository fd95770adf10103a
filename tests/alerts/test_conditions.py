"""What is worth an alert, when it opens, and what ends it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from reports.alerts.conditions import Condition, holding, sign_in_codes
from reports.alerts.watch import current_alerts, look, notices
from reports.alerts.words import words_of
from reports.models import (
    Account,
    Alert,
    AlertKind,
    Run,
    RunState,
    RunTile,
    Schedule,
    SignInMethod,
    TileState,
    Worker,
)
from tests import factories as make

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 2, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def now() -> Iterator[object]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def account() -> Account:
    return make.account()


def kinds(at: datetime = NOW) -> set[str]:
    return {str(condition.kind) for condition in holding(at)}


def open_kinds(at: datetime = NOW) -> set[str]:
    """Return what is open after a look."""
    look(at)
    return set(Alert.objects.open().values_list("kind", flat=True))


def failed(of: Account, code: str = "TIMED_OUT", at: datetime = NOW, **values: Any) -> Run:
    run = make.run(of, state=RunState.FAILED, finished_at=at, **values)
    tile = make.tile(of, at - DAY)
    RunTile.objects.create(run=run, tile=tile, state=TileState.FAILED, error_code=code)
    return run


def went_well(of: Account, at: datetime, **values: Any) -> Run:
    return make.run(of, **{"state": RunState.DONE} | values, finished_at=at)


def test_nothing_holds_where_nothing_is(account: Account) -> None:
    assert holding(NOW) == []


def test_a_failed_run_holds_until_one_of_everything_goes_well(account: Account) -> None:
    run = failed(account)
    [condition] = holding(NOW)
    assert condition == Condition(
        AlertKind.RUN_FAILED, account.pk, {"run": run.pk, "code": "TIMED_OUT"}
    )
    went_well(account, NOW + HOUR, entry_ids=["1_room0001"])
    assert kinds() == {"run_failed"}  # one room came; the days did not
    went_well(account, NOW - HOUR)
    assert kinds() == {"run_failed"}
    went_well(account, NOW + HOUR, state=RunState.GAPS)
    assert kinds() == set()


def test_a_failed_run_of_one_account_is_not_ended_by_anothers(account: Account) -> None:
    failed(account)
    went_well(make.account("other"), NOW + HOUR)
    assert kinds() == {"run_failed"}


def test_a_run_that_is_tried_again_keeps_its_alert(account: Account) -> None:
    run = failed(account)
    assert open_kinds() == {"run_failed"}
    Run.objects.filter(pk=run.pk).update(state=RunState.WAITING, finished_at=None)
    assert open_kinds(NOW + MINUTE) == {"run_failed"}
    Run.objects.filter(pk=run.pk).update(state=RunState.DONE, finished_at=NOW + HOUR)
    assert open_kinds(NOW + HOUR) == set()


def test_a_refused_sign_in_is_told_from_other_failures(account: Account) -> None:
    failed(account, "START_SESSION_ERROR")
    assert kinds() == {"credentials_refused"}
    assert {"INVALID_KS", "APP_TOKEN_EXPIRED", "SERVICE_FORBIDDEN"} <= sign_in_codes()
    assert not {"TIMED_OUT", "KALTURA_ERROR", "ACTION_BLOCKED"} & sign_in_codes()


def test_a_refusal_is_over_when_kaltura_accepts_new_credentials(account: Account) -> None:
    failed(account, "START_SESSION_ERROR")
    assert open_kinds() == {"credentials_refused"}
    Account.objects.update(checked_at=NOW - HOUR)
    assert open_kinds() == {"credentials_refused"}
    Account.objects.update(checked_at=NOW + HOUR)
    assert open_kinds(NOW + HOUR) == set()


@pytest.mark.parametrize(
    ("left", "holds"), [(49 * HOUR, False), (47 * HOUR, True), (-5 * DAY, True)]
)
def test_a_pasted_ks_is_told_of_before_it_ends(
    account: Account, left: timedelta, holds: bool
) -> None:
    Account.objects.update(sign_in=SignInMethod.KS, ks_expires_at=NOW + left)
    assert (kinds() == {"credentials_ending"}) is holds


def test_what_renews_itself_never_ends(account: Account) -> None:
    Account.objects.update(ks_expires_at=NOW)
    assert kinds() == set()
    Account.objects.update(sign_in=SignInMethod.KS, ks_expires_at=None)
    assert kinds() == set()


def test_days_that_failed_in_a_run_that_went_on_have_their_alert(account: Account) -> None:
    run = make.run(account, state=RunState.RUNNING, heartbeat_at=NOW)
    for day in (1, 2):
        tile = make.tile(account, NOW - day * DAY, failed_at=NOW)
        RunTile.objects.create(run=run, tile=tile, state=TileState.FAILED)
    assert kinds() == set()  # the run is at them still
    Run.objects.update(state=RunState.GAPS, finished_at=NOW)
    assert [it.detail for it in holding(NOW)] == [{"days": 2}]
    assert open_kinds() == {"days_failed"}
    Run.objects.update(state=RunState.WAITING)
    assert open_kinds() == {"days_failed"}  # asked again, and not here yet
    account.tiles.update(failed_at=None)
    assert open_kinds() == set()


def test_the_days_of_a_failed_run_get_no_alert_of_their_own(account: Account) -> None:
    failed(account)
    make.tile(account, NOW - 3 * DAY, failed_at=NOW)
    assert kinds() == {"run_failed"}


def schedule(of: Account, kind: str, **values: Any) -> Schedule:
    made: Schedule = Schedule.objects.create(
        account=of, kind=kind, **{"changed_at": NOW - 9 * DAY} | values
    )
    Worker.objects.create(name="w", host="h", pid=1, heartbeat_at=NOW)
    return made


@pytest.mark.parametrize(
    ("kind", "age", "holds"),
    [
        ("hourly", 2.9, False),
        ("hourly", 3.1, True),
        ("nightly", 25.9, False),
        ("nightly", 26.1, True),
        ("off", 100, False),
    ],
)
def test_data_is_stale_by_its_schedule(
    account: Account, kind: str, age: float, holds: bool
) -> None:
    schedule(account, kind)
    make.tile(account, NOW - DAY, merged_at=NOW - age * HOUR)
    assert (kinds() == {"data_stale"}) is holds


def test_old_days_that_come_by_a_backfill_do_not_make_the_latest_fresh(account: Account) -> None:
    schedule(account, "hourly")
    make.tile(account, NOW - DAY, merged_at=NOW - 9 * HOUR)
    make.tile(account, NOW - 400 * DAY, merged_at=NOW)
    assert kinds() == {"data_stale"}


def test_a_schedule_that_was_just_switched_on_has_its_time(account: Account) -> None:
    on = schedule(account, "hourly", changed_at=NOW - HOUR)
    assert kinds() == set()
    Schedule.objects.filter(pk=on.pk).update(changed_at=NOW - 4 * HOUR)
    assert [it.detail for it in holding(NOW)] == [{"at": None}]


def test_a_worker_is_missed_when_something_waits_for_one(account: Account) -> None:
    run = make.run(account)
    Run.objects.filter(pk=run.pk).update(requested_at=NOW - 4 * MINUTE)
    assert kinds() == set()
    Run.objects.filter(pk=run.pk).update(requested_at=NOW - 6 * MINUTE)
    assert kinds() == {"worker_gone"}
    worker = Worker.objects.create(name="w", host="h", pid=1, heartbeat_at=NOW - MINUTE)
    assert kinds() == set()
    Worker.objects.filter(pk=worker.pk).update(heartbeat_at=NOW - 3 * MINUTE)
    assert kinds() == {"worker_gone"}
    Worker.objects.filter(pk=worker.pk).update(heartbeat_at=NOW, stopped_at=NOW)
    assert kinds() == {"worker_gone"}


def test_a_schedule_misses_its_worker_without_any_run(account: Account) -> None:
    schedule(account, "nightly")
    Worker.objects.all().delete()
    make.tile(account, NOW - DAY, merged_at=NOW)
    assert kinds() == {"worker_gone"}
    Schedule.objects.update(kind="off")
    assert kinds() == set()


def test_a_run_that_a_dead_worker_left_is_waiting_too(account: Account) -> None:
    make.run(account, state=RunState.RUNNING, heartbeat_at=NOW - 6 * MINUTE)
    assert kinds() == {"worker_gone"}


def test_an_alert_is_open_once_and_its_end_is_written_down(account: Account) -> None:
    failed(account)
    for _ in range(3):
        look(NOW)
    alert = Alert.objects.get()
    assert (alert.opened_at, alert.closed_at) == (NOW, None)
    went_well(account, NOW + HOUR)
    look(NOW + HOUR)
    alert.refresh_from_db()
    assert alert.closed_at == NOW + HOUR
    failed(account, at=NOW + 2 * HOUR)
    look(NOW + 2 * HOUR)
    assert Alert.objects.count() == 2
    assert Alert.objects.open().count() == 1


def test_the_top_of_every_page_costs_one_query(
    account: Account, django_assert_num_queries: Any
) -> None:
    failed(account)
    look(NOW)
    waiting = make.run(account)
    Run.objects.filter(pk=waiting.pk).update(requested_at=NOW - 6 * MINUTE)
    schedule(account, "hourly")
    Worker.objects.all().delete()
    with django_assert_num_queries(1):
        found = notices(NOW)
    # Nobody is there to write down that nobody is there.
    assert [(it.kind, it.account_name) for it in found] == [
        ("run_failed", "university"),
        ("worker_gone", None),
    ]


def test_what_holds_is_told_also_when_nobody_wrote_it_down(account: Account) -> None:
    failed(account)
    [alert] = current_alerts(NOW)
    assert alert.pk is None
    look(NOW)
    assert [it.pk for it in current_alerts(NOW)] == [Alert.objects.get().pk]


@pytest.mark.parametrize("kind", AlertKind)
def test_each_kind_says_what_happened_what_it_means_and_what_to_do(
    account: Account, kind: AlertKind
) -> None:
    detail = {"run": 7, "code": "X_Y", "days": 3, "at": NOW.isoformat()}
    of = None if kind == AlertKind.WORKER_GONE else account
    words = words_of(Alert(kind=kind, account=of, opened_at=NOW, detail=detail), UTC)
    for sentence in (words.happened, words.means, words.next_step):
        assert sentence.endswith(".")
        assert "%(" not in sentence
    assert ("university" in words.title) is (of is not None)
    assert words.path.startswith("/")
