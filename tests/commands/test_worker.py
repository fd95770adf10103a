"""`worker`: does what is in the queue, any number of them, whoever of them dies."""

import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from reports.kaltura import KalturaClient
from reports.models import Account, Run, RunState
from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from reports.sync.plan import Order, plan_run
from tests.commands.conftest import Ran
from tests.commands.own_database import OwnDatabase, copy_of, served_by
from tests.commands.test_sync import CONNECT, WEEK, kill_in_the_middle, week
from tests.sync.counted import counted
from tests.sync.worlds import BASE, DAY, at

RunCommand = Callable[..., Ran]


@pytest.fixture(autouse=True)
def default_account(simulator: Simulator) -> None:
    simulator.accounts[DEFAULT_ACCOUNT.partner_id] = DEFAULT_ACCOUNT


def test_once_empties_the_queue_and_stops(
    run: RunCommand, account: Account, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = partial(KalturaClient, sleep=lambda seconds: None)
    monkeypatch.setattr("reports.sync.connection.KalturaClient", impatient)
    simulator.world = week()
    for days in (1, 2, 3):
        plan_run(account, Order(at(BASE), at(BASE + days * DAY)))
    ran = run("worker", "--once")

    assert (ran.code, ran.errors) == (0, "")
    assert list(Run.objects.values_list("state", flat=True)) == [RunState.DONE] * 3
    assert run("worker", "--once").code == 0


@pytest.fixture(scope="module")
def connected(template: str, running: Simulator) -> str:
    """The template, with the account connected by the command itself."""
    running.accounts[DEFAULT_ACCOUNT.partner_id] = DEFAULT_ACCOUNT
    database = served_by(OwnDatabase(template), running)
    done = database.run(*CONNECT, typed=DEFAULT_ACCOUNT.admin_secret)
    assert (done.returncode, done.stderr) == (0, "")
    return template


@pytest.fixture
def own(connected: str, tmp_path: Path, simulator: Simulator) -> Iterator[OwnDatabase]:
    with copy_of(connected, tmp_path) as database:
        served_by(database, simulator)
        simulator.world = week()
        yield database


def state_of_the_run(database: OwnDatabase) -> str:
    ((state,),) = database.sql("SELECT state FROM reports_run")
    return str(state)


def tiles_of_the_run(database: OwnDatabase) -> list[tuple[str, int]]:
    """Return state and tries of each day of the run."""
    rows = database.sql("SELECT state, tries FROM reports_runtile ORDER BY id")
    return [(str(state), int(tries)) for state, tries in rows]


def held(database: OwnDatabase) -> int:
    ((count,),) = database.sql("SELECT COUNT(*) FROM reports_tile WHERE lease_until IS NOT NULL")
    return int(count)


def moment(database: OwnDatabase, at_: datetime) -> object:
    """Return a moment as the database keeps it."""
    return at_ if database.url.startswith("postgres") else at_.isoformat(" ")


def let_the_dead_ones_leases_end(database: OwnDatabase) -> None:
    """As if time had passed: nothing else tells a dead worker from a slow one."""
    move_leases(database, timedelta(hours=-1))


def move_leases(database: OwnDatabase, from_now: timedelta) -> None:
    """Let every lease end so long from now, however slow this machine is."""
    value = moment(database, datetime.now(UTC) + from_now)
    for table in ("tile", "run"):
        database.sql(
            f"UPDATE reports_{table} SET lease_until = ? WHERE lease_until IS NOT NULL",  # noqa: S608
            value,
        )


def plan_the_week(database: OwnDatabase, simulator: Simulator) -> None:
    """Leave a run of seven days behind of which nothing is done yet."""
    kill_in_the_middle(database, simulator, *WEEK, after=3)
    let_the_dead_ones_leases_end(database)
    database.sql("UPDATE reports_runtile SET tries = 0")
    assert {state for state, _ in tiles_of_the_run(database)} == {"waiting"}


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    pause = threading.Event()
    for _ in range(1200):
        if is_so():
            return
        assert process.poll() is None, "the worker ended by itself"
        pause.wait(0.05)
    pytest.fail("it never happened")


@contextmanager
def running_workers(
    database: OwnDatabase, count: int, *words: str
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run workers while the body does; whoever is alive at the end is told to stop, and does."""
    workers = [database.start("worker", "--pause", "0.1", *words) for _ in range(count)]
    try:
        yield workers
        alive = [worker for worker in workers if worker.poll() is None]
        for worker in alive:
            os.kill(worker.pid, signal.SIGTERM)
        assert [worker.wait(timeout=30) for worker in alive] == [0] * len(alive)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def test_a_killed_workers_run_is_taken_over_by_another(
    own: OwnDatabase, simulator: Simulator
) -> None:
    plan_the_week(own, simulator)
    kill_in_the_middle(own, simulator, "worker", "--pause", "0.1", after=8)
    assert held(own) > 0
    move_leases(own, timedelta(hours=1))
    assert own.run("worker", "--once").returncode == 0
    assert state_of_the_run(own) == "running"  # the killed one might be alive, and has a day
    let_the_dead_ones_leases_end(own)
    done = own.run("worker", "--once")

    assert (done.returncode, done.stderr) == (0, "")
    assert state_of_the_run(own) == "done"
    own.assert_equals_truth(simulator.world)


def test_two_workers_and_a_sync_share_a_run_and_stop_when_told(
    own: OwnDatabase, simulator: Simulator
) -> None:
    simulator.faults.add("slow", seconds=0.02)
    with running_workers(own, 2) as workers:
        ran = own.run(*WEEK)
        assert (ran.returncode, ran.stderr) == (0, "")
        wait_until(lambda: state_of_the_run(own) == "done", workers[0])
    own.assert_equals_truth(simulator.world)
    assert set(tiles_of_the_run(own)) == {("done", 1)}  # nothing was begun twice
    assert held(own) == 0


def test_one_of_two_workers_is_killed_and_the_other_ends_the_run(
    own: OwnDatabase, simulator: Simulator
) -> None:
    plan_the_week(own, simulator)
    simulator.faults.add("slow", seconds=0.3)
    with running_workers(own, 2, "--threads", "1") as (first, second):
        wait_until(lambda: held(own) == 2, first)
        first.kill()
        first.wait()
        simulator.faults.clear()
        # The living one's lease ends with the dead one's: it has to do its day once more.
        let_the_dead_ones_leases_end(own)
        wait_until(lambda: state_of_the_run(own) == "done", second)
    own.assert_equals_truth(simulator.world)
    assert {state for state, _ in tiles_of_the_run(own)} == {"done"}
    rows = own.sql("SELECT COUNT(*) FROM reports_worker WHERE stopped_at IS NULL")
    assert rows == [(1,)]  # the killed one said nothing


def test_a_worker_that_is_killed_in_the_middle_of_a_merge_leaves_nothing_of_it(
    own: OwnDatabase, simulator: Simulator
) -> None:
    plan_the_week(own, simulator)
    with stuck_merges(own):
        worker = own.start("worker", "--pause", "0.1", "--threads", "1")
        try:
            wait_until(lambda: is_merging(own), worker)
        finally:
            worker.kill()
            worker.wait()
    assert own.sql("SELECT COUNT(*) FROM reports_roomsession") == [(0,)]
    assert own.sql("SELECT COUNT(*) FROM reports_person") == [(0,)]
    assert tiles_of_the_run(own).count(("waiting", 1)) == 1
    let_the_dead_ones_leases_end(own)
    assert own.run("worker", "--once").returncode == 0

    assert state_of_the_run(own) == "done"
    own.assert_equals_truth(simulator.world)


def test_two_workers_keep_to_the_number_of_calls_that_an_account_takes(
    own: OwnDatabase, simulator: Simulator
) -> None:
    plan_the_week(own, simulator)
    with counted(simulator) as seen_calls, running_workers(own, 2, "--threads", "4") as workers:
        wait_until(lambda: state_of_the_run(own) == "done", workers[0])
    assert seen_calls.most == 2
    assert seen_calls.total > 20
    own.assert_equals_truth(simulator.world)


def test_a_run_that_is_cancelled_stays_so_while_workers_are_at_it(
    own: OwnDatabase, simulator: Simulator
) -> None:
    plan_the_week(own, simulator)
    simulator.faults.add("slow", seconds=0.05)
    with running_workers(own, 2) as (worker, _):
        wait_until(lambda: ("done", 1) in tiles_of_the_run(own), worker)
        own.sql("UPDATE reports_run SET state = 'cancelled'")  # as the page does
        wait_until(lambda: held(own) == 0, worker)
    assert state_of_the_run(own) == "cancelled"
    states = [state for state, _ in tiles_of_the_run(own)]
    assert states.count("waiting") >= 2
    assert {tries for state, tries in tiles_of_the_run(own) if state == "waiting"} == {0}


@contextmanager
def stuck_merges(database: OwnDatabase) -> Iterator[None]:
    """Let every merge stop for ever at its first attendance, in the middle of its transaction."""
    if database.url.startswith("postgres"):
        database.sql(
            "CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_sleep(600); RETURN NEW; END'"
        )
        made = "BEFORE INSERT ON reports_attendance FOR EACH ROW EXECUTE FUNCTION stuck()"
        dropped = "DROP TRIGGER stuck ON reports_attendance"
    else:
        # SQLite can't sleep, but it can count.
        made = (
            "BEFORE INSERT ON reports_attendance BEGIN SELECT COUNT(*) FROM (WITH RECURSIVE"
            " n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000000000) SELECT i FROM n);"
            " END"
        )
        dropped = "DROP TRIGGER stuck"
    database.sql(f"CREATE TRIGGER stuck {made}")
    yield
    if database.url.startswith("postgres"):
        # The server would notice that nobody listens any more, only later.
        database.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    database.sql(dropped)


def is_merging(database: OwnDatabase) -> bool:
    """Return whether somebody is stuck in a transaction that writes."""
    if database.url.startswith("postgres"):
        return bool(
            database.sql(
                "SELECT 1 FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event = 'PgSleep'"
            )
        )
    pause = threading.Event()
    for _ in range(10):  # a short write is over by then
        with closing(sqlite3.connect(database.url.removeprefix("sqlite:///"), timeout=0)) as lite:
            try:
                lite.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                pause.wait(0.05)
            else:
                return False
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_gives_back_what_it_waits_for(
    own: OwnDatabase, simulator: Simulator, number: signal.Signals
) -> None:
    plan_the_week(own, simulator)
    simulator.faults.add("slow", seconds=60)
    simulator.forget_requests()
    worker = own.start("worker", "--pause", "0.1")
    try:
        wait_until(lambda: any(it.call and it.call.report_id for it in simulator.requests), worker)
        os.kill(worker.pid, number)
        code = worker.wait(timeout=30)  # far less than Kaltura takes
    finally:
        worker.kill()
        worker.wait()
        simulator.faults.clear()
    assert code == 0
    assert held(own) == 0
    assert set(tiles_of_the_run(own)) == {("waiting", 0)}
    assert own.sql("SELECT COUNT(*) FROM reports_worker WHERE stopped_at IS NULL") == [(0,)]
    assert own.run("worker", "--once").returncode == 0
    own.assert_equals_truth(simulator.world)


def test_two_workers_plan_what_is_due_once(own: OwnDatabase, simulator: Simulator) -> None:
    ((account,),) = own.sql("SELECT id FROM reports_account")
    now = moment(own, datetime.now(UTC))
    with running_workers(own, 2) as workers:
        own.sql(
            "INSERT INTO reports_schedule (account_id, kind, at, zone, parallel_calls, changed_at,"
            " backfill_from_on) VALUES (?, 'hourly', '03:30:00', '', 2, ?, ?)",
            account,
            now,
            (datetime.now(UTC) - timedelta(days=40)).date().isoformat(),
        )
        done = "SELECT kind FROM reports_run WHERE state = 'done' ORDER BY kind"
        expected = [("backfill",), ("backfill",), ("hourly",)]
        wait_until(lambda: own.sql(done) == expected, workers[0])
        assert own.sql("SELECT COUNT(*) FROM reports_run") == [(3,)]
    ((days,),) = own.sql("SELECT COUNT(*) FROM reports_tile WHERE asked_at IS NOT NULL")
    assert days == 41


@pytest.mark.parametrize("threads", ["0", "33", "many"])
def test_a_number_of_threads_that_makes_no_sense_is_refused(run: RunCommand, threads: str) -> None:
    ran = run("worker", "--threads", threads)
    assert ran.code == 1
    assert "a number from 1 to 32" in ran.errors
