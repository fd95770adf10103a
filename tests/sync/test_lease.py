"""Several workers at one run: leases that end, fences that hold, and figures that stay exact."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from reports.kaltura import HtmlAnswer, ReportFilters
from reports.models import Account, Run, RunState, RunTile, SessionPart, Tile, TileState
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from reports.sync.lease import (
    claim_closing,
    claim_tile,
    kept_alive,
    next_lease_end,
    release,
)
from reports.sync.outcome import finish_run
from reports.sync.plan import Order, plan_run
from reports.sync.run import do_run
from tests.sync.small import (
    ADA,
    BEN,
    CUE,
    EVE,
    TEN,
    Interrupted,
    figures,
    lesson,
    one_lesson,
    people_in,
    seen,
    sync,
    the_session,
)
from tests.sync.worlds import BASE, DAY, ROOMS, assert_equals_truth, at, client_of, new_account

DAYS = 8


def planned(account: Account, days: int = 1) -> Run:
    return plan_run(account, Order(at(BASE), at(BASE + days * DAY)))[0]


def end_all_leases() -> None:
    Tile.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_claimed_tile_is_nobody_elses(account: Account) -> None:
    run = planned(account)
    claim = claim_tile(run, "one")
    assert claim is not None
    assert claim_tile(run, "two") is None
    assert next_lease_end(run) is not None
    release(claim)
    assert next_lease_end(run) is None
    again = claim_tile(run, "two")
    assert again is not None
    assert again.fence == claim.fence + 1


def test_a_tile_is_taken_over_when_its_lease_has_ended(account: Account) -> None:
    run = planned(account)
    first = claim_tile(run, "one")
    end_all_leases()
    second = claim_tile(run, "two")

    assert first is not None
    assert second is not None
    assert second.fence == first.fence + 1
    assert Tile.objects.get().lease_owner == "two"
    release(first)  # by somebody who no longer holds it
    assert Tile.objects.get().lease_owner == "two"
    assert RunTile.objects.get().tries == 2


def test_the_same_tile_of_two_runs_is_claimed_once(account: Account) -> None:
    one, two = planned(account, 1), planned(account, 2)
    first = claim_tile(one, "one")
    second = claim_tile(two, "two")
    assert first is not None
    assert second is not None
    assert first.tile != second.tile
    assert claim_tile(two, "two") is None


def test_a_slow_workers_commit_is_refused(account: Account, simulator: Simulator) -> None:
    """While it asks, its lease ends and another worker takes the tile and merges newer figures."""
    simulator.world = one_lesson(seen(ADA))
    taken = []

    def too_slow(report_id: int, filters: ReportFilters) -> None:
        if report_id == 6001 and not taken:
            taken.append(True)
            end_all_leases()
            simulator.world = one_lesson(seen(ADA), seen(BEN))
            sync(account)
            simulator.world = one_lesson(seen(EVE))

    run = sync(account, client=Interrupted(client_of(account), too_slow))
    assert run.state == RunState.DONE
    assert people_in() == {"ada.l": 600, "ben.t": 600}
    assert figures() == (2, 1200, 600)


def test_a_slow_worker_that_fails_at_last_does_not_undo_what_another_has_done(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson()
    taken = []

    def too_slow(report_id: int, filters: ReportFilters) -> None:
        if report_id == 6001 and not taken:
            taken.append(True)
            end_all_leases()
            sync(account)
            raise HtmlAnswer("Maintenance")

    run = sync(account, client=Interrupted(client_of(account), too_slow))
    assert RunTile.objects.get().state == TileState.DONE
    assert (run.state, run.gaps) == (RunState.DONE, [])
    assert Tile.objects.get().error == ""


def test_days_that_another_worker_adds_at_the_last_moment_are_waited_for(
    account: Account, simulator: Simulator
) -> None:
    """Both look for days outside; the other one finds Thursday first and puts it into the queue."""
    simulator.world = one_lesson(seen(ADA), seen(BEN, when=TEN + 3 * DAY), session=lesson(length=0))
    asking = []

    def other_is_faster(report_id: int, filters: ReportFilters) -> None:
        outside = filters.to_date - filters.from_date > DAY
        if outside and not asking:
            asking.append(True)
            start, end = at(BASE + 3 * DAY), at(BASE + 4 * DAY)
            tile = Tile.objects.create(account=account, start_at=start, end_at=end)
            RunTile.objects.create(run=Run.objects.get(), tile=tile)

    run = sync(account, client=Interrupted(client_of(account), other_is_faster))
    assert asking
    assert (run.state, run.gaps) == (RunState.DONE, [])
    assert figures() == (2, 1200, 600)


def test_an_open_session_is_not_called_whole_while_a_day_of_it_waits(
    account: Account, simulator: Simulator
) -> None:
    """Thursday is in the queue, and held by a worker that is still busy with it."""
    simulator.world = one_lesson(seen(ADA), seen(BEN, when=TEN + 3 * DAY), session=lesson(length=0))
    seen_figures = []

    def watch(report_id: int, filters: ReportFilters) -> None:
        if filters.from_date == BASE + 3 * DAY and the_session().facts_asked_at:
            seen_figures.append(figures())

    sync(account, client=Interrupted(client_of(account), watch))
    assert set(seen_figures) == {(None, None, None)}
    assert figures() == (2, 1200, 600)


def test_a_run_is_shared_by_all_workers_and_closed_by_one(account: Account) -> None:
    run = planned(account)
    assert claim_closing(run, "one") is None  # a day waits
    claim = claim_tile(run, "one")
    assert claim is not None
    assert claim_closing(run, "two") is None  # a day is being asked for
    RunTile.objects.update(state=TileState.DONE)
    release(claim)
    closing = claim_closing(run, "one")
    assert closing is not None
    assert claim_closing(run, "two") is None
    Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    taken_over = claim_closing(run, "two")
    assert taken_over is not None
    assert finish_run(run, "", "", fence=closing.fence).state == RunState.RUNNING
    assert finish_run(run, "", "", fence=taken_over.fence).state == RunState.DONE
    assert claim_closing(run, "three") is None


# Real threads, each with its own connection -----------------------------------------------------


@pytest.fixture
def shared_account(transactional_db: None, simulator: Simulator) -> Iterator[Account]:
    yield new_account()
    connection.close()


def in_threads(count: int, work: object) -> list[BaseException]:
    """Run the same thing in several threads and return what went wrong in them."""
    errors: list[BaseException] = []
    together = threading.Barrier(count)

    def one() -> None:
        try:
            together.wait()
            work()  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - told by the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def busy_days() -> ListedWorld:
    """Lessons on eight days, one of them over five midnights, and one that was never closed."""
    sessions = [lesson(f"1_day0000{day}", start=TEN + day * DAY) for day in range(DAYS)]
    sessions += [lesson(length=5 * DAY), lesson("1_open0001", length=0)]
    events = [
        seen(user, cue=it.cue_point_id, when=it.start + 60)
        for it in sessions
        for user in (ADA, BEN, EVE)
    ]
    events += [seen(ADA, when=TEN + day * DAY) for day in range(5)]
    events += [seen(BEN, cue="1_open0001", when=TEN + 11 * DAY)]
    return ListedWorld(ROOMS, sessions, events)


def test_threads_that_do_the_same_run_merge_every_tile_exactly(
    shared_account: Account, simulator: Simulator
) -> None:
    simulator.world = busy_days()
    run = planned(shared_account, DAYS)

    def work() -> None:
        do_run(Run.objects.get(pk=run.pk), client_of(shared_account))

    assert in_threads(3, work) == []
    run.refresh_from_db()
    assert (run.state, run.gaps) == (RunState.DONE, [])
    assert set(run.run_tiles.values_list("state", flat=True)) == {TileState.DONE}
    assert_equals_truth(shared_account, simulator.world, (BASE, BASE + DAYS * DAY))
    assert not Tile.objects.filter(lease_until__isnull=False).exists()


def test_threads_with_overlapping_runs_are_exact(
    shared_account: Account, simulator: Simulator
) -> None:
    simulator.world = busy_days()
    spans = iter([(BASE, BASE + 5 * DAY), (BASE + 2 * DAY, BASE + DAYS * DAY)])
    lock = threading.Lock()

    def work() -> None:
        with lock:
            first, last = next(spans)
        assert sync(shared_account, first, last).state == RunState.DONE

    assert in_threads(2, work) == []
    assert_equals_truth(shared_account, simulator.world, (BASE, BASE + DAYS * DAY))
    assert SessionPart.objects.filter(session__cue_point_id=CUE).count() == 5


def test_the_heartbeat_renews_the_lease(
    shared_account: Account, simulator: Simulator, settings: Settings
) -> None:
    settings.SYNC_LEASE_SECONDS = 0.4
    run = planned(shared_account)
    claim = claim_tile(run)
    assert claim is not None
    first = Tile.objects.get().lease_until
    with kept_alive(claim):
        wait_until(lambda: Tile.objects.get().lease_until != first)
        assert claim_tile(run, "another") is None
    assert Run.objects.get().heartbeat_at is not None


def test_the_heartbeat_does_not_renew_a_lease_that_is_lost(
    shared_account: Account, simulator: Simulator, settings: Settings
) -> None:
    settings.SYNC_LEASE_SECONDS = 0.4
    run = planned(shared_account)
    claim = claim_tile(run)
    assert claim is not None
    Tile.objects.update(fence=99, lease_owner="another", lease_until=at(BASE))
    before = threading.active_count()
    with kept_alive(claim):
        wait_until(lambda: threading.active_count() <= before)
    assert Tile.objects.get().lease_until == at(BASE)


def wait_until(is_so: object) -> None:
    """Wait, without a measure of how long, for what another thread will do."""
    pause = threading.Event()
    for _ in range(1000):
        if is_so():  # type: ignore[operator]
            return
        pause.wait(0.01)
    pytest.fail("it never happened")
