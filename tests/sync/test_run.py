"""What stops a run and what doesn't, and how the same order goes on afterwards."""

import socket
import time
from dataclasses import replace

import pytest
from django.db import InterfaceError, OperationalError
from pytest_django import Settings

from reports.kaltura import KalturaClient, ReportFilters
from reports.models import Account, Priority, Run, RunState, RunTile, SignInMethod, Tile, TileState
from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from reports.sync.asking import FAILURES_IN_A_ROW, MOST_TRIES
from reports.sync.lease import claim_tile, give_back
from reports.sync.plan import Order, plan_run
from reports.sync.run import Progress, do_run
from reports.sync.turns import runs_in_turn
from reports.sync.worker import WorkerProcess
from tests.sync.small import (
    ADA,
    BEN,
    TEN,
    Interrupted,
    asked,
    figures,
    lesson,
    one_lesson,
    seen,
    sync,
)
from tests.sync.worlds import BASE, DAY, PARTNER_ID, ROOMS, assert_equals_truth, at, client_of

WEEK = (BASE, BASE + 7 * DAY)


@pytest.fixture(autouse=True)
def restored(simulator: Simulator) -> None:
    simulator.accounts[PARTNER_ID] = DEFAULT_ACCOUNT


def week() -> ListedWorld:
    """A lesson on each of seven days."""
    sessions = [lesson(f"1_day0000{day}", start=TEN + day * DAY) for day in range(7)]
    events = [seen(ADA, cue=it.cue_point_id, when=it.start + 60) for it in sessions]
    return ListedWorld(ROOMS, sessions, events)


def with_sign_in(account: Account, sign_in: str, secret: str) -> Account:
    account.sign_in, account.secret = sign_in, secret
    account.save()
    return account


def issued(simulator: Simulator, type_: int, seconds: int = 3600) -> str:
    """A KS that somebody else made."""
    keys = simulator.keys
    return keys.issue(PARTNER_ID, user_id="", type_=type_, seconds=seconds, privileges="").ks


def assert_stopped_and_resumable(
    account: Account, simulator: Simulator, run: Run, words: str
) -> None:
    """The rest waits, nothing was stored, and the same order goes on when the reason is gone."""
    assert run.state == RunState.FAILED
    assert words in run.error
    assert run.run_tiles.filter(state=TileState.WAITING).count() == 6
    assert any("6 days not asked yet" in gap for gap in run.gaps)
    assert not Tile.objects.covered().exists()
    simulator.accounts[PARTNER_ID] = DEFAULT_ACCOUNT
    with_sign_in(account, SignInMethod.ADMIN_SECRET, DEFAULT_ACCOUNT.admin_secret)
    again = sync(account, *WEEK)
    assert again.pk == run.pk
    assert (again.state, again.error, again.gaps) == (RunState.DONE, "", [])
    assert_equals_truth(account, week(), WEEK)


def test_a_wrong_secret_stops_the_run(account: Account, simulator: Simulator) -> None:
    simulator.world = week()
    with_sign_in(account, SignInMethod.ADMIN_SECRET, "not the secret")
    run = sync(account, *WEEK)
    assert "not the secret" not in run.error
    assert_stopped_and_resumable(account, simulator, run, "refused the partner id and admin secret")


def test_an_expired_ks_stops_the_run(account: Account, simulator: Simulator) -> None:
    simulator.world = week()
    ks = issued(simulator, 2, seconds=-5)
    with_sign_in(account, SignInMethod.KS, ks)
    run = sync(account, *WEEK)
    assert ks not in str(Run.objects.values()) + str(RunTile.objects.values())
    assert_stopped_and_resumable(account, simulator, run, "The KS has expired")


def test_a_users_ks_stops_the_run(account: Account, simulator: Simulator) -> None:
    simulator.world = week()
    with_sign_in(account, SignInMethod.KS, issued(simulator, 0))
    run = sync(account, *WEEK)
    assert_stopped_and_resumable(account, simulator, run, "may not read reports")


@pytest.mark.parametrize("blocked", ["CONTENT", "FULLY"])
def test_a_blocked_account_stops_the_run(
    account: Account, simulator: Simulator, blocked: str
) -> None:
    simulator.world = week()
    simulator.accounts[PARTNER_ID] = replace(DEFAULT_ACCOUNT, blocked=blocked)
    run = sync(account, *WEEK)
    assert_stopped_and_resumable(account, simulator, run, "blocked this account")


def test_three_connection_failures_in_a_row_stop_the_run(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = week()
    simulator.faults.add("reset")
    run = sync(account, *WEEK)

    assert run.state == RunState.FAILED
    assert "could not be reached" in run.error
    assert run.run_tiles.filter(state=TileState.FAILED).count() == FAILURES_IN_A_ROW
    simulator.faults.clear()
    again = sync(account, *WEEK)
    assert (again.pk, again.state) == (run.pk, RunState.DONE)
    assert_equals_truth(account, week(), WEEK)


def test_a_server_that_is_not_there_stops_the_run(account: Account, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    settings.KALTURA_ENDPOINTS = {"simulator": f"http://127.0.0.1:{port}"}
    run = sync(account, *WEEK)
    assert run.state == RunState.FAILED
    assert "could not be reached" in run.error


def test_connection_failures_with_successes_between_stop_nothing(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = week()
    once_a_tile = {"attempts": 0}

    def every_other_tile(report_id: int, filters: ReportFilters) -> None:
        if report_id == 6002:
            once_a_tile["attempts"] += 1
            if once_a_tile["attempts"] % 2:
                from reports.kaltura import ConnectionFailed

                raise ConnectionFailed

    run = sync(account, *WEEK, client=Interrupted(client_of(account), every_other_tile))
    assert run.state == RunState.GAPS
    assert run.run_tiles.filter(state=TileState.DONE).count() == 3
    assert any("4 days could not be asked" in gap for gap in run.gaps)


def test_one_bad_day_is_a_gap_and_the_others_are_stored(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = week()
    simulator.faults.add("html_200", skip=3, count=1)
    run = sync(account, *WEEK)

    assert run.state == RunState.GAPS
    assert run.run_tiles.filter(state=TileState.DONE).count() == 6
    assert any("1 day could not be asked" in gap and "web page" in gap for gap in run.gaps)
    assert sync(account, *WEEK).state == RunState.DONE
    assert_equals_truth(account, simulator.world, WEEK)


def test_passing_failures_are_tried_again_and_leave_no_trace(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = week()
    simulator.faults.add("http_status", status=503, count=2)
    simulator.faults.add("http_status", status=429, retry_after=1, count=1)
    simulator.faults.add("reset", count=1)
    assert sync(account, *WEEK).state == RunState.DONE


def test_a_ks_that_ends_in_the_middle_is_renewed(account: Account, simulator: Simulator) -> None:
    simulator.world = week()
    simulator.faults.add("ks_expires_after", calls=4)
    simulator.forget_requests()
    run = sync(account, *WEEK)

    assert run.state == RunState.DONE, run.gaps
    sign_ins = [r for r in simulator.requests if r.call and r.call.service == "session"]
    assert len(sign_ins) > 3
    assert_equals_truth(account, simulator.world, WEEK)


def test_a_pasted_ks_that_ends_in_the_middle_stops_the_run_with_what_it_had(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = week()
    with_sign_in(account, SignInMethod.KS, issued(simulator, 2))
    simulator.faults.add("ks_expires_after", calls=7)
    run = sync(account, *WEEK)

    assert run.state == RunState.FAILED
    assert "The KS has expired" in run.error
    assert run.run_tiles.filter(state=TileState.DONE).count() == 2
    assert run.session_count == 2


def test_every_tile_is_told_as_progress(account: Account, simulator: Simulator) -> None:
    simulator.world = week()
    told: list[Progress] = []
    run, _ = plan_run(account, Order(at(BASE), at(BASE + 3 * DAY)))
    do_run(run, client_of(account), on_progress=told.append)
    assert [(it.done, it.wanted, it.error) for it in told] == [(1, 3, ""), (2, 3, ""), (3, 3, "")]


def test_a_day_at_which_workers_die_is_given_up(account: Account, simulator: Simulator) -> None:
    simulator.world = week()
    run, _ = plan_run(account, Order(at(BASE), at(BASE + 2 * DAY)))
    deadly = run.run_tiles.order_by("tile__start_at").first()
    assert deadly is not None
    RunTile.objects.filter(pk=deadly.pk).update(tries=MOST_TRIES)
    run = do_run(run, client_of(account))

    assert run.state == RunState.GAPS
    assert any("ended without a word" in gap for gap in run.gaps)
    assert figures("1_day00001") == (1, 600, 300)
    assert sync(account, BASE, BASE + 2 * DAY).state == RunState.DONE


def test_an_interruption_frees_the_tile_at_once(account: Account, simulator: Simulator) -> None:
    def interrupt(report_id: int, filters: ReportFilters) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(account, client=Interrupted(client_of(account), interrupt))
    assert Tile.objects.get().lease_until is None
    started = time.monotonic()
    assert sync(account).state == RunState.DONE
    assert time.monotonic() >= started
    assert asked(simulator, 6000)


def test_giving_a_day_back_counts_as_no_try(account: Account) -> None:
    run, _ = plan_run(account, Order(at(BASE), at(BASE + DAY)))
    for _ in range(MOST_TRIES + 1):
        claim = claim_tile(run)
        assert claim is not None
        give_back(claim)
        assert RunTile.objects.get().tries == 0
        assert not claim.leased().exists()  # nothing can be written under it any more


@pytest.mark.parametrize("state", [RunState.DONE, RunState.GAPS, RunState.FAILED])
def test_workers_leave_finished_runs_alone(account: Account, state: str) -> None:
    plan_run(account, Order(at(BASE), at(BASE + DAY)))
    Run.objects.update(state=state)
    assert runs_in_turn() == []
    assert WorkerProcess().work_once() is None


def test_a_worker_takes_the_most_urgent_run_then_the_oldest(account: Account) -> None:
    runs = [plan_run(account, Order(at(BASE), at(BASE + n * DAY)))[0] for n in range(1, 4)]
    assert runs_in_turn() == runs
    Run.objects.filter(pk=runs[0].pk).update(priority=Priority.BACKFILL)
    assert runs_in_turn() == [runs[1], runs[2], runs[0]]
    Run.objects.filter(pk=runs[1].pk).update(priority=Priority.SCHEDULED)
    assert runs_in_turn() == [runs[2], runs[1], runs[0]]


def run_to_the_end() -> list[Run]:
    """Let a worker do all there is, in this thread; return the runs, the oldest first."""
    worker = WorkerProcess()
    while worker.work_once():
        pass
    return list(Run.objects.order_by("pk"))


def test_a_worker_does_a_run_and_an_account_without_endpoint_fails_with_a_sentence(
    account: Account, simulator: Simulator, settings: Settings
) -> None:
    simulator.world = one_lesson(seen(ADA), seen(BEN))
    plan_run(account, Order(at(BASE), at(BASE + DAY)))
    [done] = run_to_the_end()
    assert done.state == RunState.DONE
    settings.KALTURA_ENDPOINTS = {}
    plan_run(account, Order(at(BASE), at(BASE + DAY)))
    _, failed = run_to_the_end()
    assert failed.state == RunState.FAILED
    assert "no endpoint named" in failed.error
    assert not Tile.objects.filter(lease_until__isnull=False).exists()


@pytest.mark.parametrize("trouble", [OperationalError, InterfaceError])
def test_trouble_with_the_database_is_not_the_runs_fault(
    account: Account,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    trouble: type[Exception],
) -> None:
    simulator.world = one_lesson()
    plan_run(account, Order(at(BASE), at(BASE + DAY)))
    with monkeypatch.context() as patch:

        def gone(*args: object, **kwargs: object) -> None:
            raise trouble("the server closed the connection")

        patch.setattr("reports.sync.asking.merge_tile", gone)
        with pytest.raises(trouble):
            WorkerProcess().work_once()
    assert Run.objects.get().state == RunState.RUNNING
    assert [run.state for run in run_to_the_end()] == [RunState.DONE]


def test_a_run_that_breaks_rollcall_is_finished_and_the_next_one_done(
    account: Account, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.world = one_lesson()
    for hours in (1, 24):
        plan_run(account, Order(at(BASE), at(BASE + hours * 3600)))
    real = KalturaClient.open_report

    def broken_once(*args: object, **kwargs: object) -> object:
        monkeypatch.setattr(KalturaClient, "open_report", real)
        raise ZeroDivisionError

    monkeypatch.setattr(KalturaClient, "open_report", broken_once)
    monkeypatch.setattr("reports.sync.worker.logger.exception", lambda *args, **kwargs: None)
    assert [run.state for run in run_to_the_end()] == [RunState.FAILED, RunState.DONE]
    assert not Tile.objects.filter(lease_until__isnull=False).exists()
    assert "its log has the details" in Run.objects.get(state=RunState.FAILED).error
