"""Rooms and their names, breakouts and the session they belong to, tags of virtual events."""

from dataclasses import replace

import pytest

from reports.models import Account, Room, RoomSession, RunState, SessionEvent, VirtualEvent
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld, Session
from tests.sync.small import (
    ADA,
    BEN,
    BREAKOUT,
    EVE,
    MAIN,
    OTHER,
    TEN,
    figures,
    lesson,
    one_lesson,
    seen,
    sync,
    the_session,
)
from tests.sync.worlds import BASE, DAY, HOUR, ROOMS

GROUP = "1_break0se"


def world_with(*sessions: Session) -> ListedWorld:
    """These sessions, Ada in each of them from its beginning."""
    events = [seen(ADA, cue=it.cue_point_id, when=it.start) for it in sessions]
    return ListedWorld(ROOMS, sessions, events)


def main_of(cue: str = GROUP) -> str | None:
    main = the_session(cue).main_session
    return main.cue_point_id if main else None


def group(start: int = TEN + 600, length: int = 900) -> Session:
    return lesson(GROUP, room=BREAKOUT, start=start, length=length)


def test_a_renamed_room_takes_its_new_name(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson()
    sync(account)
    simulator.world.put_room(replace(ROOMS[0], name="Anatomy, the new name"))
    sync(account)
    assert Room.objects.get(entry_id=MAIN).name == "Anatomy  the new name"


def test_a_backfill_of_older_days_does_not_rename_a_room_back(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = world_with(lesson(), lesson("1_tuesday1", start=TEN + DAY))
    simulator.world.put_room(replace(ROOMS[0], name="New"))
    sync(account, BASE + DAY, BASE + 2 * DAY)
    simulator.world.put_room(replace(ROOMS[0], name="Old"))
    sync(account, BASE, BASE + DAY)
    assert Room.objects.get(entry_id=MAIN).name == "New"


def test_a_parent_room_is_known_before_it_has_a_session_of_its_own(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = world_with(group())
    run = sync(account)

    assert run.state == RunState.DONE
    parent = Room.objects.get(entry_id=MAIN)
    assert Room.objects.get(entry_id=BREAKOUT).parent == parent
    assert parent.name == "Anatomy  group A"  # report 6002 names it
    assert not parent.sessions.exists()
    assert run.breakout_count == 1


def test_a_parent_that_nobody_names_is_named_later(account: Account, simulator: Simulator) -> None:
    simulator.world = ListedWorld(ROOMS[2:], [group()], [seen(ADA, cue=GROUP)])
    sync(account)
    assert Room.objects.get(entry_id=MAIN).name == ""
    simulator.world = world_with(lesson(), group())
    sync(account)
    assert Room.objects.get(entry_id=MAIN).name == "Anatomy  group A"


def test_a_breakout_belongs_to_the_session_that_contains_its_start(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = world_with(
        lesson("1_earlier1", start=TEN - 3 * HOUR),
        lesson(),
        group(),
        lesson("1_lesson02", room=OTHER),
    )
    sync(account)
    assert main_of() == "1_lesson01"
    assert the_session().breakout_sessions.get().cue_point_id == GROUP


@pytest.mark.parametrize(
    ("start", "belongs"),
    [
        *((TEN - 1, False), (TEN, True), (TEN + HOUR - 1, True), (TEN + HOUR, False)),
        *((TEN + 3 * HOUR, False), (TEN - 5 * HOUR, False)),
    ],
)
def test_the_start_decides_and_the_end_is_outside(
    account: Account, simulator: Simulator, start: int, belongs: bool
) -> None:
    simulator.world = world_with(lesson(), group(start=start, length=2 * HOUR))
    sync(account)
    assert main_of() == ("1_lesson01" if belongs else None)


def test_of_two_sessions_around_it_a_breakout_belongs_to_neither(
    account: Account, simulator: Simulator
) -> None:
    overlapping = lesson("1_lesson02", start=TEN + 60)
    simulator.world = world_with(lesson(), overlapping, group())
    sync(account)
    assert main_of() is None
    simulator.world = world_with(lesson(), group())
    sync(account)
    assert main_of() == "1_lesson01"


def test_an_open_session_contains_nothing_for_certain(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = world_with(lesson(length=0), group())
    sync(account)
    assert main_of() is None
    simulator.world = world_with(lesson(), group())
    sync(account)
    assert main_of() == "1_lesson01"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_breakout_after_midnight_finds_its_session_in_any_order(
    account: Account, simulator: Simulator, order: tuple[int, int]
) -> None:
    simulator.world = world_with(
        lesson(start=BASE + 23 * HOUR, length=2 * HOUR), group(start=BASE + DAY + 600)
    )
    for day in order:
        sync(account, BASE + day * DAY, BASE + (day + 1) * DAY)
    assert main_of() == "1_lesson01"


def test_a_session_that_ended_earlier_than_was_thought_loses_its_later_breakout(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = world_with(
        lesson(start=BASE + 22 * HOUR, length=3 * HOUR), group(start=BASE + DAY + 600)
    )
    sync(account, BASE, BASE + 2 * DAY)
    assert main_of() == "1_lesson01"
    simulator.world.put_session(lesson(start=BASE + 22 * HOUR, length=HOUR))
    sync(account)
    assert main_of() is None


def test_a_withdrawn_session_leaves_its_breakout_without_one(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = world_with(lesson(), group())
    sync(account)
    simulator.world = world_with(group())
    sync(account)
    assert main_of() is None
    assert figures(GROUP) == (1, 600, 300)


def configured(account: Account, *event_ids: str) -> None:
    for event_id in event_ids:
        VirtualEvent.objects.create(account=account, event_id=event_id)


def tags() -> set[tuple[str, str]]:
    return set(SessionEvent.objects.values_list("session__cue_point_id", "event__event_id"))


def test_sessions_are_tagged_with_configured_events_and_tags_are_withdrawn(
    account: Account, simulator: Simulator
) -> None:
    configured(account, "77", "78")
    simulator.world = world_with(lesson(), group())
    sync(account)
    assert tags() == {(GROUP, "77")}
    simulator.world.put_room(replace(ROOMS[2], virtual_event_ids=("78",)))
    sync(account)
    assert tags() == {(GROUP, "78")}
    simulator.world.put_room(replace(ROOMS[2], virtual_event_ids=()))
    sync(account)
    assert tags() == set()
    assert figures(GROUP) == (1, 600, 300)


def test_without_configured_events_nobody_asks_for_any(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = world_with(group())
    sync(account)
    assert not tags()
    assert not any("virtual_event_ids" in it.form.get("params", "") for it in simulator.requests)


def test_a_run_filtered_by_event_tags_its_sessions_and_withdraws_no_tag(
    account: Account, simulator: Simulator
) -> None:
    configured(account, "77")
    simulator.world = world_with(lesson(), group())
    sync(account)
    simulator.world.put_room(replace(ROOMS[2], virtual_event_ids=("79",)))
    run = sync(account, virtual_event_ids=("79",))
    assert run.state == RunState.DONE
    assert tags() == {(GROUP, "77"), (GROUP, "79")}
    assert run.session_count == 1


def test_two_accounts_keep_the_same_ids_apart(account: Account, simulator: Simulator) -> None:
    elsewhere = Account.objects.create(name="other", endpoint="other", partner_id=1, secret="x")
    room = Room.objects.create(account=elsewhere, entry_id=MAIN, name="Elsewhere")
    simulator.world = one_lesson(seen(ADA), seen(BEN), seen(EVE))
    sync(account)
    room.refresh_from_db()
    assert room.name == "Elsewhere"
    assert RoomSession.objects.get().room != room
