"""Asking for a tile: cut and heavy answers are narrowed down; reports that aren't enabled."""

from dataclasses import replace

import pytest
import time_machine
from pytest_django import Settings

from reports.models import Account, RunState, Tile, TileAnswer
from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from reports.simulator.world import Event, ListedWorld, User
from tests.sync.small import (
    ADA,
    BEN,
    BREAKOUT,
    CUE,
    EVE,
    MAIN,
    OTHER,
    TEN,
    asked,
    figures,
    findings,
    lesson,
    one_lesson,
    people_in,
    seen,
    sync,
    the_session,
)
from tests.sync.worlds import BASE, DAY, HOUR, PARTNER_ID, ROOMS, assert_equals_truth, at

MONDAY = (BASE, BASE + DAY)


@pytest.fixture
def cap(simulator: Simulator, settings: Settings) -> int:
    """Answers are cut at four rows."""
    settings.KALTURA_ROW_CAP = simulator.row_cap = 4
    return 4


def crowd(count: int, cue: str, when: int) -> list[Event]:
    """So many people in a session, no two equally long."""
    return [
        seen(User(f"u{number}", f"User {number}", "", "User"), cue=cue, when=when, view=60 + number)
        for number in range(count)
    ]


@pytest.mark.usefixtures("cap")
def test_a_cut_6001_is_asked_by_hours(account: Account, simulator: Simulator) -> None:
    simulator.world = ListedWorld(
        ROOMS,
        [lesson("1_morning1", start=TEN), lesson("1_evening1", start=TEN + 8 * HOUR)],
        [*crowd(3, "1_morning1", TEN + 5), *crowd(3, "1_evening1", TEN + 8 * HOUR + 5)],
    )
    run = sync(account)

    assert run.state == RunState.DONE
    assert_equals_truth(account, simulator.world, MONDAY)
    on_monday = [it for it in asked(simulator, 6001) if it["from_date"] >= str(BASE)]
    assert not any("cue_point_ids" in it for it in on_monday if it["to_date"] <= str(BASE + DAY))
    assert TileAnswer.objects.get(report_id=6001).request_count > 2


@pytest.mark.usefixtures("cap")
def test_a_cut_hour_of_6001_is_asked_by_sessions(account: Account, simulator: Simulator) -> None:
    cues = [f"1_paral00{number}" for number in range(3)]
    simulator.world = ListedWorld(
        ROOMS,
        [lesson(cue, room=room) for cue, room in zip(cues, (MAIN, OTHER, BREAKOUT), strict=True)],
        [event for cue in cues for event in crowd(3, cue, TEN + 5)],
    )
    run = sync(account)

    assert run.state == RunState.DONE, run.gaps
    assert_equals_truth(account, simulator.world, MONDAY)
    narrowest = [it["cue_point_ids"] for it in asked(simulator, 6001) if "cue_point_ids" in it]
    assert any("," not in cue_points for cue_points in narrowest)


@pytest.mark.usefixtures("cap")
def test_one_session_hour_at_the_cap_is_unknown_and_the_others_are_whole(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = ListedWorld(
        ROOMS,
        [lesson("1_crowded1"), lesson("1_quiet001", room=OTHER)],
        [*crowd(5, "1_crowded1", TEN + 5), *crowd(3, "1_quiet001", TEN + 5)],
    )
    run = sync(account)

    assert run.state == RunState.GAPS
    assert figures("1_crowded1") == (None, None, None)
    assert figures("1_quiet001") == (3, 183, 900)
    assert "cut" in findings()
    assert Tile.objects.get().is_cut
    assert any("2026-01-05" in gap and "more than it would give" in gap for gap in run.gaps)
    assert any("1_crowded1" in gap and "1_quiet001" not in gap for gap in run.gaps)


@pytest.mark.usefixtures("cap")
def test_a_cut_answer_takes_nobody_away_who_was_there_before(
    account: Account, simulator: Simulator, settings: Settings
) -> None:
    settings.KALTURA_ROW_CAP = simulator.row_cap = 100
    simulator.world = one_lesson(*crowd(6, CUE, TEN + 5))
    sync(account)
    settings.KALTURA_ROW_CAP = simulator.row_cap = 4
    sync(account)

    assert len(people_in()) == 6
    assert figures() == (None, None, None)


@pytest.mark.usefixtures("cap")
def test_a_cut_6000_is_asked_by_hours_and_by_rooms(account: Account, simulator: Simulator) -> None:
    rooms = [replace(ROOMS[0], entry_id=f"1_manyrm{number:02}") for number in range(6)]
    sessions = [lesson(f"1_manyse{number:02}", room=f"1_manyrm{number:02}") for number in range(6)]
    simulator.world = ListedWorld(
        rooms, sessions, [seen(ADA, cue=session.cue_point_id) for session in sessions]
    )
    run = sync(account)

    # Which rooms there are can only be told by an answer that is whole: so it says so.
    assert run.state in (RunState.DONE, RunState.GAPS)
    assert any("entry_ids" in it for it in asked(simulator, 6000))
    if run.state == RunState.DONE:
        assert_equals_truth(account, simulator.world, MONDAY)
    else:
        assert any("more than it would give" in gap for gap in run.gaps)


@pytest.mark.usefixtures("cap")
def test_a_cut_6002_is_asked_by_hours_and_by_parents(
    account: Account, simulator: Simulator
) -> None:
    parents = [replace(ROOMS[0], entry_id=f"1_parent0{number}") for number in range(2)]
    rooms = [
        replace(ROOMS[2], entry_id=f"1_groupr0{number}", parent_entry_id=f"1_parent0{number % 2}")
        for number in range(5)
    ]
    sessions = [lesson(f"1_groups0{number}", room=f"1_groupr0{number}") for number in range(5)]
    events = [seen(ADA, cue=session.cue_point_id) for session in sessions]
    simulator.world = ListedWorld([*parents, *rooms], sessions, events)
    run = sync(account)

    assert any("parentEntryIds" in it for it in asked(simulator, 6002))
    for number in range(5):
        breakout = the_session(f"1_groups0{number}")
        assert breakout.room.parent is not None
        assert breakout.room.parent.entry_id == f"1_parent0{number % 2}"
        assert breakout.initiator == "host.id"
    assert run.breakout_count == 5


@pytest.mark.parametrize("kind", ["druid_timeout_over", "too_general_over"])
@pytest.mark.parametrize("report", [6000, 6001, 6002])
def test_a_window_that_is_too_heavy_is_halved(
    account: Account, simulator: Simulator, kind: str, report: int
) -> None:
    simulator.world = one_lesson(seen(ADA), seen(BEN, when=TEN + HOUR, engaged=0))
    simulator.faults.add(kind, hours=5, report=report)
    with time_machine.travel(at(BASE + 5 * DAY), tick=True):
        run = sync(account)

    assert run.state == RunState.DONE, run.gaps
    assert_equals_truth(account, simulator.world, MONDAY)


def test_a_report_that_is_too_heavy_for_any_window_fails_the_tile_alone(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson()
    simulator.faults.add("json_error", code="DRUID_QUERY_TIMED_OUT", report=6000)
    run = sync(account, BASE, BASE + 2 * DAY)

    assert run.state == RunState.FAILED
    assert "too large for Kaltura" in run.gaps[0] or "took too long" in run.gaps[0]
    assert not TileAnswer.objects.exists()


@pytest.mark.parametrize("disabled", [6001, 6002])
def test_a_report_that_is_not_enabled_is_a_gap_and_the_others_are_stored(
    account: Account, simulator: Simulator, disabled: int
) -> None:
    simulator.world = ListedWorld(
        ROOMS,
        [lesson(), lesson("1_break0se", room=BREAKOUT)],
        [seen(ADA), seen(EVE, cue="1_break0se")],
    )
    without(simulator, disabled)
    run = sync(account)

    assert run.state == RunState.GAPS
    assert any("not enabled" in gap for gap in run.gaps)
    assert the_session().host_name == "Dr. Host"
    whole = (1, 600, 300) if disabled == 6002 else (None, None, None)
    assert figures() == figures("1_break0se") == whole
    assert (the_session("1_break0se").initiator == "") is (disabled == 6002)
    assert not Tile.objects.covered().exists()


def test_without_6000_the_run_fails_with_a_sentence(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson()
    without(simulator, 6000)
    run = sync(account, BASE, BASE + 4 * DAY)

    assert run.state == RunState.FAILED
    assert "not enabled" in run.error
    assert run.run_tiles.filter(state="waiting").count() == 3


def without(simulator: Simulator, report: int) -> None:
    """Switch one report off, and on again with the next test's world."""
    enabled = DEFAULT_ACCOUNT.reports_enabled - {report}
    simulator.accounts[PARTNER_ID] = replace(DEFAULT_ACCOUNT, reports_enabled=enabled)


@pytest.fixture(autouse=True)
def restored(simulator: Simulator) -> None:
    simulator.accounts[PARTNER_ID] = DEFAULT_ACCOUNT
