"""The check of one report against another: lost and repeated rows, changed columns."""

import pytest

from reports.models import Account, FindingKind, RunState, SessionPart
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld, User
from reports.sync.check import Totals, compare, ratio_agrees
from tests.sync.small import (
    ADA,
    BEN,
    BREAKOUT,
    CUE,
    EVE,
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
from tests.sync.worlds import BASE, DAY, ROOMS, assert_equals_truth

MONDAY = (BASE, BASE + DAY)


def test_a_row_that_was_lost_once_is_asked_for_again(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson()
    simulator.faults.add("drop_row", count=1)
    run = sync(account)

    assert run.state == RunState.DONE, run.gaps
    assert_equals_truth(account, simulator.world, MONDAY)
    assert not findings()
    assert any(it.get("cue_point_ids") == CUE for it in asked(simulator, 6001))


def test_a_row_that_is_always_lost_leaves_a_mark_and_a_gap(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson()
    simulator.faults.add("drop_row")
    run = sync(account)

    assert run.state == RunState.GAPS
    assert any("disagree on engagement" in gap and CUE in gap for gap in run.gaps)
    assert findings()[FindingKind.MISMATCH] == 1
    assert SessionPart.objects.get().check_result == "mismatch"
    assert len(people_in()) == 1


def test_the_mark_goes_when_kaltura_has_mended_it(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson()
    simulator.faults.add("drop_row")
    sync(account)
    simulator.faults.clear()
    run = sync(account)

    assert run.state == RunState.DONE
    assert not findings()
    assert_equals_truth(account, simulator.world, MONDAY)


def test_a_session_without_attendee_rows_is_unknown_and_not_empty(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(seen(ADA))
    simulator.faults.add("drop_row")
    run = sync(account)

    assert run.state == RunState.GAPS
    assert figures() == (None, None, None)
    assert findings()[FindingKind.NO_ATTENDEES] == 1
    assert any("no attendee rows" in gap and CUE in gap for gap in run.gaps)


def test_a_session_in_the_attendee_report_only_keeps_its_rows_and_is_unknown(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson()
    simulator.faults.add("drop_session_row", report=6000)
    run = sync(account)

    assert run.state == RunState.GAPS
    assert findings()[FindingKind.NO_SESSION] == 1
    assert figures() == (None, None, None)
    assert people_in() == {"ada.l": 600, "ben.t": 600}
    assert the_session().facts_asked_at is None


def test_a_session_that_6000_forgot_once_is_found(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson()
    simulator.faults.add("drop_session_row", report=6000, count=1)

    assert sync(account).state == RunState.DONE
    assert_equals_truth(account, simulator.world, MONDAY)


def test_a_breakout_that_only_6002_tells_of_is_asked_for_again(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = ListedWorld(
        ROOMS, [lesson("1_break0se", room=BREAKOUT)], [seen(EVE, cue="1_break0se")]
    )
    simulator.faults.add("drop_session_row", report=6000, count=1)
    simulator.faults.add("drop_row", count=1)
    run = sync(account)

    assert run.state == RunState.DONE, run.gaps
    assert_equals_truth(account, simulator.world, MONDAY)


def test_a_row_that_came_twice_by_mistake_counts_once(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(seen(ADA), seen(BEN))  # equal ratios: the check can't tell
    simulator.faults.add("duplicate_row", report=6001, count=1)

    assert sync(account).state == RunState.DONE
    assert figures() == (2, 1200, 600)
    assert not findings()


def test_equal_keys_are_summed_and_counted_as_a_finding(
    account: Account, simulator: Simulator
) -> None:
    """A comma in an id becomes a space, so two ids of Kaltura's can be one here."""
    comma, space = (User(f"a{mark}b", "Name", "", "User") for mark in ", ")
    simulator.world = one_lesson(seen(comma), seen(space, view=60, engaged=60), seen(BEN))
    run = sync(account)

    assert run.state == RunState.DONE
    assert people_in() == {"a b": 660, "ben.t": 600}
    assert figures() == (2, 1260, 660)
    assert findings()[FindingKind.REPEATED_KEY] == 1


@pytest.mark.parametrize("report", [6000, 6001, 6002])
@pytest.mark.parametrize("kind", ["unknown_column", "reorder_columns"])
def test_new_and_moved_columns_change_no_figure(
    account: Account, simulator: Simulator, report: int, kind: str
) -> None:
    simulator.world = ListedWorld(
        ROOMS,
        [lesson(), lesson("1_break0se", room=BREAKOUT)],
        [seen(ADA), seen(EVE, cue="1_break0se")],
    )
    simulator.faults.add(kind, report=report)
    run = sync(account)

    assert run.state == RunState.DONE, run.gaps
    assert_equals_truth(account, simulator.world, MONDAY)
    assert findings()["columns"] == (kind == "unknown_column")


@pytest.mark.parametrize(
    ("report", "column"),
    [(6000, "cue_point_id"), (6001, "meeting_view_time"), (6002, "breakout_entry_id")],
)
def test_a_needed_column_that_is_missing_fails_the_tile_by_name(
    account: Account, simulator: Simulator, report: int, column: str
) -> None:
    simulator.world = one_lesson()
    simulator.faults.add("missing_column", report=report, column=column)
    run = sync(account)

    assert run.state == RunState.FAILED
    assert column in run.error
    assert not findings()


@pytest.mark.parametrize("fault", ["missing_column", "rename_column"])
def test_without_kalturas_ratio_the_figures_are_kept_and_said_to_be_unchecked(
    account: Account, simulator: Simulator, fault: str
) -> None:
    simulator.world = one_lesson()
    simulator.faults.add(fault, report=6000, column="meeting_engaged_play_time_ratio")
    run = sync(account)

    assert figures() == (2, 1200, 300)
    assert SessionPart.objects.get().check_result == "unchecked"
    assert findings()["columns"] >= 1
    assert run.state == RunState.GAPS  # not "asked, uncut and checked"
    assert any("could not be checked" in gap and CUE in gap for gap in run.gaps)


@pytest.mark.parametrize(
    ("report", "column"),
    [
        (6000, "session_host_user_id"),
        (6000, "meeting_view_period_unique_users"),
        (6001, "user_name"),
        (6001, "user_type"),
        (6002, "participant_count"),
    ],
)
def test_a_column_that_can_be_done_without_is_noticed(
    account: Account, simulator: Simulator, report: int, column: str
) -> None:
    simulator.world = ListedWorld(
        ROOMS,
        [lesson(), lesson("1_break0se", room=BREAKOUT)],
        [seen(ADA), seen(EVE, cue="1_break0se")],
    )
    simulator.faults.add("missing_column", report=report, column=column)
    run = sync(account)

    assert run.state == RunState.DONE, run.gaps
    assert figures() == figures("1_break0se") == (1, 600, 300)
    assert findings()["columns"] == 1


def test_a_ratio_of_nobodys_time_can_only_be_zero() -> None:
    assert ratio_agrees(0.0, Totals())
    assert not ratio_agrees(0.25, Totals())


def test_a_ratio_agrees_to_a_billionth() -> None:
    totals = Totals(view_seconds=3, engaged_seconds=1, rows=1)
    assert ratio_agrees(0.33333333333333, totals)
    assert not ratio_agrees(0.333333, totals)


def test_every_session_gets_one_word() -> None:
    totals = {"both": Totals(2, 1, 1), "rows": Totals(2, 1, 1), "none": Totals(2, 1, 1)}
    assert compare({"both": 0.5, "row": 0.5, "none": None}, totals) == {
        "both": "ok",
        "rows": "no_session",
        "row": "no_attendees",
        "none": "unchecked",
    }
