"""Which days a run asks for, which it asks again, and which order is the same one as before."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from reports.models import Account, Run, RunState, RunTile, Tile
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from reports.sync.plan import Order, plan_run
from reports.sync.run import do_run
from reports.sync.spans import Span, days_between
from tests.sync.small import (
    ADA,
    BEN,
    BREAKOUT,
    EVE,
    MAIN,
    OTHER,
    TEN,
    all_rows,
    asked,
    figures,
    lesson,
    one_lesson,
    people_in,
    seen,
    sync,
)
from tests.sync.worlds import BASE, DAY, HOUR, ROOMS, assert_equals_truth, at, client_of

LATER = BASE + 40 * DAY


def days_of(run: Run, **filters: str) -> list[int]:
    """Return the days of the run's tiles, counted from Monday."""
    starts = run.run_tiles.filter(**filters).order_by("tile__start_at")
    return [
        int(start.timestamp() - BASE) // DAY
        for start in starts.values_list("tile__start_at", flat=True)
    ]


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (0, 24, [0]),
        (10, 11, [0]),
        (10, 24, [0]),
        (10, 25, [0, 1]),
        (23, 49, [0, 1, 2]),
        (-1, 1, [-1, 0]),
        (24, 48, [1]),
    ],
)
def test_a_range_is_widened_to_whole_days(
    account: Account, first: int, last: int, days: list[int]
) -> None:
    run, resumed = plan_run(account, Order(at(BASE + first * HOUR), at(BASE + last * HOUR)))
    assert not resumed
    assert days_of(run) == days


@pytest.mark.parametrize("length", [0, -1])
def test_a_range_that_ends_before_it_starts_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        Order(at(BASE), at(BASE + length))


def test_the_future_is_not_asked_for(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson()
    with time_machine.travel(at(TEN + 1800), tick=True):
        run = sync(account, BASE, BASE + 9 * DAY)
        assert days_of(run) == [0]
        never = sync(account, BASE + 2 * DAY, BASE + 9 * DAY)
    assert never.state == RunState.DONE
    assert days_of(never, reason=RunTile.Reason.RANGE) == []


def test_a_run_goes_on_to_the_days_that_its_sessions_reach(
    account: Account, simulator: Simulator
) -> None:
    night = lesson(start=BASE + 23 * HOUR, length=50 * HOUR)
    simulator.world = one_lesson(seen(ADA, when=BASE + 23 * HOUR), session=night)
    run = sync(account)
    assert days_of(run, reason=RunTile.Reason.NEIGHBOUR) == [1, 2, 3]
    assert figures() == (1, 600, 300)
    assert days_of(sync(account)) == [0]  # the neighbours are settled


def test_a_provisional_day_is_asked_again_by_a_run_of_another_range(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(seen(ADA))
    with time_machine.travel(at(BASE + DAY + 3 * HOUR), tick=True):
        sync(account)
        assert Tile.objects.get().is_provisional
    simulator.world.add_events(seen(BEN))
    with time_machine.travel(at(LATER), tick=True):
        run = sync(account, BASE + 20 * DAY, BASE + 21 * DAY)

    assert days_of(run, reason=RunTile.Reason.PROVISIONAL) == [0]
    assert people_in() == {"ada.l": 600, "ben.t": 600}
    assert not Tile.objects.provisional().exists()
    with time_machine.travel(at(LATER + DAY), tick=True):
        assert days_of(sync(account, BASE + 20 * DAY, BASE + 21 * DAY)) == [20]


@pytest.mark.parametrize(("days", "provisional"), [(3.9, True), (4.1, False)])
def test_a_day_is_provisional_by_when_it_was_asked(
    account: Account, simulator: Simulator, days: float, provisional: bool
) -> None:
    simulator.world = one_lesson()
    with time_machine.travel(at(BASE + int(days * DAY)), tick=True):
        sync(account)
    assert Tile.objects.provisional().exists() is provisional
    assert Tile.objects.get().is_provisional is provisional


@pytest.mark.parametrize("order", [{"entry_ids": (MAIN,)}, {"reports": (6000,)}])
def test_runs_of_a_part_leave_provisional_days_alone(
    account: Account, simulator: Simulator, order: dict[str, tuple[str, ...]]
) -> None:
    simulator.world = one_lesson()
    with time_machine.travel(at(BASE + DAY), tick=True):
        sync(account)
    run = sync(account, BASE + 20 * DAY, BASE + 21 * DAY, **order)
    assert days_of(run) == [20]


def two_rooms() -> ListedWorld:
    return ListedWorld(
        ROOMS,
        [lesson(), lesson("1_lesson02", room=OTHER), lesson("1_break0se", room=BREAKOUT)],
        [seen(ADA), seen(BEN, cue="1_lesson02"), seen(EVE, cue="1_break0se")],
    )


def test_a_run_of_one_room_brings_its_breakouts_and_covers_nothing(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = two_rooms()
    run = sync(account, entry_ids=(MAIN,))

    assert run.state == RunState.DONE
    assert (run.session_count, run.breakout_count) == (2, 1)
    assert figures() == figures("1_break0se") == (1, 600, 300)
    assert not Tile.objects.covered().exists()
    assert not all_rows()["TileAnswer"]


def test_a_run_of_one_room_withdraws_nothing(account: Account, simulator: Simulator) -> None:
    simulator.world = two_rooms()
    sync(account)
    tile = Tile.objects.values().get()
    simulator.world = ListedWorld(ROOMS, [lesson()], [seen(BEN)])
    sync(account, entry_ids=(MAIN,))

    assert people_in() == {"ada.l": 600, "ben.t": 600}
    assert len(all_rows()["RoomSession"]) == 3
    assert Tile.objects.values().get()["asked_at"] == tile["asked_at"]


def test_a_run_of_one_room_makes_long_sessions_with_silent_days_whole(
    account: Account, simulator: Simulator
) -> None:
    """The newest day is asked first, and tells nothing of a session whose people all left early."""
    simulator.world = one_lesson(seen(ADA), session=lesson(length=2 * DAY))
    run = sync(account, BASE, BASE + 4 * DAY, entry_ids=(MAIN,))

    assert run.state == RunState.DONE, run.gaps
    assert figures() == (1, 600, 300)


def test_a_run_of_6000_alone_leaves_attendance_unknown(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson()
    run = sync(account, reports=(6000,))

    assert run.state == RunState.DONE
    assert figures() == (None, None, None)
    assert run.session_count == 1
    assert not asked(simulator, 6001)
    assert not Tile.objects.covered().exists()
    sync(account)
    assert figures() == (2, 1200, 300)


def test_6000_is_asked_whatever_is_ordered(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson()
    run = sync(account, reports=(6001,))
    assert run.state == RunState.DONE
    assert figures() == (2, 1200, 300)
    assert asked(simulator, 6000)
    assert not asked(simulator, 6002)


def test_the_same_order_within_a_day_goes_on_and_asks_nothing_twice(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson()
    order = Order(at(BASE), at(BASE + 3 * DAY))
    simulator.faults.add("html_200", skip=3)
    first = do_run(plan_run(account, order)[0], client_of(account))
    assert days_of(first, state="done") == [2]
    Run.objects.filter(pk=first.pk).update(state=RunState.RUNNING)  # as a killed one is
    simulator.faults.clear()
    simulator.forget_requests()
    run, resumed = plan_run(account, order)

    assert resumed
    assert run == first
    done = do_run(run, client_of(account))
    assert done.state == RunState.DONE
    assert done.error == ""
    starts = {it["from_date"] for it in asked(simulator, 6002)}
    assert starts == {str(BASE), str(BASE + DAY)}
    assert_equals_truth(account, simulator.world, (BASE, BASE + 3 * DAY))


@pytest.mark.parametrize("state", [RunState.WAITING, RunState.RUNNING, RunState.FAILED])
def test_an_unfinished_run_is_resumed_for_a_day(account: Account, state: str) -> None:
    order = Order(at(BASE), at(BASE + DAY))
    run, _ = plan_run(account, order)
    Run.objects.update(state=state, requested_at=timezone.now() - timedelta(hours=23))
    assert plan_run(account, order) == (run, True)
    Run.objects.update(state=state, requested_at=timezone.now() - timedelta(hours=25))
    assert plan_run(account, order)[1] is False


@pytest.mark.parametrize("state", [RunState.DONE, RunState.GAPS, RunState.CANCELLED])
def test_a_finished_run_is_not_resumed(account: Account, state: str) -> None:
    order = Order(at(BASE), at(BASE + DAY))
    run, _ = plan_run(account, order)
    Run.objects.update(state=state)
    assert plan_run(account, order)[0] != run


@pytest.mark.parametrize(
    "other",
    [
        {"entry_ids": (MAIN,)},
        {"virtual_event_ids": ("77",)},
        {"reports": (6000,)},
        {"to_at": at(BASE + 2 * DAY)},
    ],
)
def test_another_order_is_another_run(account: Account, other: dict[str, tuple[str, ...]]) -> None:
    words = {"from_at": at(BASE), "to_at": at(BASE + DAY)}
    run, _ = plan_run(account, Order(**words))  # type: ignore[arg-type]
    second, resumed = plan_run(account, Order(**{**words, **other}))  # type: ignore[arg-type]
    assert not resumed
    assert second != run


def test_the_order_of_ids_makes_no_other_run(account: Account) -> None:
    span = (at(BASE), at(BASE + DAY))
    run, _ = plan_run(account, Order(*span, entry_ids=(MAIN, OTHER)))
    assert plan_run(account, Order(*span, entry_ids=(OTHER, MAIN))) == (run, True)


def test_spans_are_whole_hours_and_halves_add_up() -> None:
    for hours in range(2, 100):
        span = Span(BASE + 5 * HOUR, BASE + (5 + hours) * HOUR)
        first, second = span.halves()
        assert (first.start, first.end, second.end) == (span.start, second.start, span.end)
    with pytest.raises(ValueError, match="one hour"):
        Span(BASE, BASE + HOUR).halves()
    for start, end in ((BASE + 1, BASE + HOUR), (BASE, BASE), (BASE + HOUR, BASE)):
        with pytest.raises(ValueError, match="whole hours"):
            Span(start, end)
    assert [day.start for day in days_between(BASE + 1, BASE + DAY)] == [BASE]
