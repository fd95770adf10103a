"""`worker`: does what is in the queue, any number of them, whoever of them dies."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
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
from tests.commands.own_database import OwnDatabase, copy_of, migrated, served_by
from tests.commands.test_sync import CONNECT, WEEK, kill_in_the_middle, week
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
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with migrated(tmp_path_factory.mktemp("template")) as url:
        yield url


@pytest.fixture
def own(template: str, tmp_path: Path, simulator: Simulator) -> Iterator[OwnDatabase]:
    with copy_of(template, tmp_path) as database:
        served_by(database, simulator).run(*CONNECT, typed=DEFAULT_ACCOUNT.admin_secret)
        simulator.world = week()
        yield database


def state_of_the_run(database: OwnDatabase) -> str:
    ((state,),) = database.sql("SELECT state FROM reports_run")
    return str(state)


def let_the_dead_ones_leases_end(database: OwnDatabase) -> None:
    """As if time had passed: nothing else tells a dead worker from a slow one."""
    past = datetime.now(UTC) - timedelta(hours=1)
    value = past if database.url.startswith("postgres") else past.isoformat(" ")
    database.sql("UPDATE reports_tile SET lease_until = ? WHERE lease_until IS NOT NULL", value)
    database.sql("UPDATE reports_run SET heartbeat_at = ?", value)


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    pause = threading.Event()
    for _ in range(600):
        if is_so():
            return
        assert process.poll() is None, "the worker ended by itself"
        pause.wait(0.05)
    pytest.fail("it never happened")


def test_a_killed_workers_run_is_taken_over_by_another(
    own: OwnDatabase, simulator: Simulator
) -> None:
    kill_in_the_middle(own, simulator, *WEEK, after=3)
    own.sql("UPDATE reports_run SET state = 'waiting'")
    kill_in_the_middle(own, simulator, "worker", "--pause", "0.1", after=8)
    assert state_of_the_run(own) == "running"
    assert own.run("worker", "--once").returncode == 0
    assert state_of_the_run(own) == "running"  # it might be alive
    let_the_dead_ones_leases_end(own)
    done = own.run("worker", "--once")

    assert (done.returncode, done.stderr) == (0, "")
    assert state_of_the_run(own) == "done"
    own.assert_equals_truth(simulator.world)


def test_two_workers_and_a_sync_share_a_run_and_stop_when_told(
    own: OwnDatabase, simulator: Simulator
) -> None:
    simulator.faults.add("slow", seconds=0.02)
    workers = [own.start("worker", "--pause", "0.1") for _ in range(2)]
    try:
        ran = own.run(*WEEK)
        assert (ran.returncode, ran.stderr) == (0, "")
        wait_until(lambda: state_of_the_run(own) == "done", workers[0])
    finally:
        for worker in workers:
            os.kill(worker.pid, signal.SIGTERM)
        codes = [worker.wait() for worker in workers]
    assert codes == [0, 0]
    own.assert_equals_truth(simulator.world)
