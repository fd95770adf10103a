"""Whose turn it is, how many calls an account takes at once, and a worker's threads in earnest."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from reports.kaltura import ReportFilters
from reports.models import (
    Account,
    RoomSession,
    Run,
    RunKind,
    RunState,
    RunTile,
    Schedule,
    Tile,
    TileState,
    Worker,
)
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from reports.sync.lease import Claim, Closing, claim_closing, claim_tile, release
from reports.sync.plan import Order, cancel_run, plan_run, resume_run
from reports.sync.run import do_run
from reports.sync.turns import next_claim, runs_in_turn
from reports.sync.worker import WorkerProcess, forget_old_workers
from tests.sync.counted import counted
from tests.sync.small import ADA, BEN, TEN, Interrupted, lesson, seen
from tests.sync.worlds import BASE, DAY, ROOMS, assert_equals_truth, at, client_of, new_account

DAYS = 6


@pytest.fixture(scope="module")
def other_running() -> Iterator[Simulator]:
    with Simulator(ListedWorld()) as simulator:
        yield simulator


@pytest.fixture
def other_simulator(
    simulator: Simulator, other_running: Simulator, settings: Settings
) -> Simulator:
    """A second Kaltura, for a second account."""
    settings.KALTURA_ENDPOINTS = {"simulator": simulator.url, "other": other_running.url}
    other_running.world = ListedWorld()
    return other_running


def second_account() -> Account:
    first = Account.objects.get()
    return Account.objects.create(
        name="academy",
        endpoint="other",
        partner_id=first.partner_id,
        sign_in=first.sign_in,
        secret=first.secret,
    )


def planned(account: Account, days: int = DAYS, first: int = 0, **words: object) -> Run:
    order = Order(at(BASE + first * DAY), at(BASE + (first + days) * DAY))
    return plan_run(account, order, **words)[0]  # type: ignore[arg-type]


def claimed(count: int, done: Callable[[Claim], object] = release) -> list[tuple[int, int]]:
    """Claim so often, freeing each at once, and return the run and the day of each."""
    found = []
    for _ in range(count):
        claim = next_claim("one")
        assert isinstance(claim, Claim)
        RunTile.objects.filter(pk=claim.run_tile.pk).update(state=TileState.DONE)
        done(claim)
        day = int(claim.tile.start_at.timestamp() - BASE) // DAY
        found.append((claim.run_id, day))
    return found


# One after the other ---------------------------------------------------------------------------


def test_a_backfill_yields_between_any_two_days(account: Account) -> None:
    older = planned(account, kind=RunKind.BACKFILL)
    assert claimed(2) == [(older.pk, 5), (older.pk, 4)]
    tonight = planned(account, 2, 20, kind=RunKind.NIGHTLY)
    assert claimed(1) == [(tonight.pk, 21)]
    asked = planned(account, 2, 30)
    assert claimed(2) == [(asked.pk, 31), (asked.pk, 30)]
    closing = next_claim("one")
    assert isinstance(closing, Closing)
    assert closing.run == asked  # to its end, before anything else
    Run.objects.filter(pk=asked.pk).update(state=RunState.DONE, lease_until=None)
    assert claimed(1) == [(tonight.pk, 20)]
    Run.objects.filter(pk=tonight.pk).update(state=RunState.DONE)
    assert claimed(1) == [(older.pk, 3)]


def test_accounts_of_equal_urgency_take_turns(account: Account) -> None:
    first = planned(account)
    second = planned(second_account())
    runs = [run for run, _ in claimed(6)]
    assert runs == [first.pk, second.pk] * 3


def test_a_second_run_of_an_account_waits_for_the_first(account: Account) -> None:
    first = planned(account, 2)
    second = planned(account, 2, 10)
    assert [run for run, _ in claimed(2)] == [first.pk, first.pk]
    assert runs_in_turn() == [first, second]


def test_days_that_came_meanwhile_are_not_asked_for_twice(account: Account) -> None:
    older = planned(account, kind=RunKind.BACKFILL)
    Tile.objects.filter(start_at__gte=at(BASE + 4 * DAY)).update(asked_at=timezone.now())
    assert claimed(1) == [(older.pk, 3)]
    assert older.run_tiles.filter(state=TileState.DONE).count() == 3
    Run.objects.update(state=RunState.DONE)
    planned(account)  # asked for after that
    assert [day for _, day in claimed(6)] == [5, 4, 3, 2, 1, 0]


def test_a_run_of_certain_rooms_asks_for_days_that_others_have_asked(account: Account) -> None:
    order = Order(at(BASE), at(BASE + DAY), entry_ids=("1_room0001",))
    run, _ = plan_run(account, order)
    Tile.objects.update(asked_at=timezone.now())
    assert claimed(1) == [(run.pk, 0)]


# How many at once ------------------------------------------------------------------------------


def test_an_account_takes_two_calls_at_once_unless_its_schedule_says_otherwise(
    account: Account,
) -> None:
    run = planned(account)
    another = planned(account, 2, 10)
    claims = [claim_tile(run), claim_tile(another)]
    assert all(claims)
    assert claim_tile(run) is None
    assert next_claim("one") is None
    release(claims[0])  # type: ignore[arg-type]
    assert next_claim("one") is not None
    assert next_claim("one") is None
    Schedule.objects.create(account=account, parallel_calls=3)
    assert next_claim("one") is not None
    assert next_claim("one") is None


def test_closing_a_run_is_a_call_too_and_a_dead_ones_is_none(account: Account) -> None:
    Schedule.objects.create(account=account, parallel_calls=1)
    run = planned(account, 1)
    RunTile.objects.update(state=TileState.DONE)
    waiting = planned(account, 1, 10)
    assert claim_closing(run) is not None
    assert claim_tile(waiting) is None
    Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert claim_tile(waiting) is not None
    assert claim_closing(run) is None


def test_other_accounts_have_calls_of_their_own(account: Account) -> None:
    Schedule.objects.create(account=account, parallel_calls=1)
    first, second = planned(account), planned(second_account())
    assert claim_tile(first) is not None
    claims = [next_claim("one") for _ in range(3)]
    assert [claim and claim.run_id for claim in claims] == [second.pk, second.pk, None]


@pytest.mark.parametrize("state", [RunState.DONE, RunState.FAILED, RunState.CANCELLED])
def test_nothing_is_claimed_of_a_run_that_is_over(account: Account, state: str) -> None:
    run = planned(account)
    Run.objects.update(state=state)
    assert claim_tile(run) is None
    run.run_tiles.all().delete()
    assert claim_closing(run) is None


def test_a_run_that_is_cancelled_asks_no_further_question(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = lessons()
    run = planned(account, 2)

    def cancel(report_id: int, filters: ReportFilters) -> None:
        cancel_run(run)

    done = do_run(run, Interrupted(client_of(account), cancel))
    assert done.state == RunState.CANCELLED
    assert sum(1 for it in simulator.requests if it.call and it.call.report_id) == 1
    assert not RoomSession.objects.exists()
    assert set(run.run_tiles.values_list("state", "tries")) == {(TileState.WAITING, 0)}
    assert not Tile.objects.filter(lease_until__isnull=False).exists()
    assert resume_run(run)
    assert do_run(run, client_of(account)).state == RunState.DONE
    assert_equals_truth(account, simulator.world, (BASE, BASE + 2 * DAY))


# A worker's threads, each with its own connection ----------------------------------------------


def lessons() -> ListedWorld:
    """A lesson a day."""
    sessions = [lesson(f"1_day0000{day}", start=TEN + day * DAY) for day in range(DAYS)]
    events = [
        seen(user, cue=it.cue_point_id, when=it.start + 60)
        for it in sessions
        for user in (ADA, BEN)
    ]
    return ListedWorld(ROOMS, sessions, events)


def work_until(is_so: Callable[[], bool], *, threads: int = 4, workers: int = 1) -> None:
    """Let workers work, in threads of this process, until it is so; then stop them."""
    processes = [WorkerProcess() for _ in range(workers)]

    def work(process: WorkerProcess) -> None:
        try:
            process.work(threads=threads, pause=timedelta(seconds=0.02))
        finally:
            connection.close()

    started = [threading.Thread(target=work, args=(process,)) for process in processes]
    for thread in started:
        thread.start()
    try:
        pause = threading.Event()
        for _ in range(3000):
            if is_so():
                break
            pause.wait(0.02)
        else:
            pytest.fail("it never happened")
    finally:
        for process in processes:
            process.stop()
        for thread in started:
            thread.join()


def all_ended() -> bool:
    return not Run.objects.unfinished().exists()


@pytest.mark.parametrize(("limit", "workers"), [(1, 1), (2, 2), (3, 1)])
def test_two_accounts_are_done_side_by_side_within_their_limits(
    transactional_db: None,
    simulator: Simulator,
    other_simulator: Simulator,
    limit: int,
    workers: int,
) -> None:
    account = new_account()
    second = second_account()
    simulator.world = other_simulator.world = lessons()
    for one in (account, second):
        Schedule.objects.create(account=one, parallel_calls=limit)
        planned(one)
    with counted(simulator) as here, counted(other_simulator) as there:
        work_until(all_ended, threads=2 * limit, workers=workers)
    assert set(Run.objects.values_list("state", flat=True)) == {RunState.DONE}
    for one in (account, second):
        assert_equals_truth(one, simulator.world, (BASE, BASE + DAYS * DAY))
    assert max(here.most, there.most) <= limit
    assert min(here.most, there.most) > 1 or limit == 1  # and the limit was put to use
    assert not Tile.objects.filter(lease_until__isnull=False).exists()
    assert not Run.objects.filter(lease_until__isnull=False).exists()


def test_a_worker_is_seen_while_it_is_there(transactional_db: None, simulator: Simulator) -> None:
    run = planned(new_account(), 1)
    work_until(all_ended, threads=1)
    worker = Worker.objects.get()
    assert worker.run == run
    assert worker.stopped_at is not None
    assert not Worker.objects.alive(timezone.now()).exists()


def test_a_cancelled_run_ends_while_a_worker_is_at_it(
    transactional_db: None, simulator: Simulator
) -> None:
    run = planned(new_account())
    simulator.faults.add("slow", seconds=0.05)

    def cancelled_after_the_first_day() -> bool:
        done = run.run_tiles.filter(state=TileState.DONE).count()
        return done > 0 and cancel_run(run)

    work_until(cancelled_after_the_first_day, threads=2)
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert run.run_tiles.filter(state=TileState.WAITING).count() >= DAYS - 4
    assert not Tile.objects.filter(lease_until__isnull=False).exists()


def test_workers_that_are_long_gone_are_forgotten(db: None) -> None:
    now = timezone.now()
    for name, ago, stopped in (
        ("alive", 0, None),
        ("killed", 5, None),
        ("stopped", 5, 5),
        ("just now", 0, 0),
    ):
        Worker.objects.create(
            name=name,
            host="host",
            pid=1,
            heartbeat_at=now - timedelta(days=ago),
            stopped_at=None if stopped is None else now - timedelta(days=stopped),
        )
    assert list(Worker.objects.alive(now).values_list("name", flat=True)) == ["alive"]
    forget_old_workers()
    assert set(Worker.objects.values_list("name", flat=True)) == {"alive", "just now"}
