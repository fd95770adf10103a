"""Lines that can't be read: kept aside, asked for again without names, figures exact."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from reports.models import Account, Attendance, Person, RunState, SetAsideLine, TileAnswer
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld, User
from reports.sync.answers import TileData
from reports.sync.fold import fold_attendees
from reports.sync.spans import Span
from tests.sync.small import (
    ADA,
    BEN,
    BREAKOUT,
    CUE,
    EVE,
    GUEST,
    OTHER,
    figures,
    findings,
    lesson,
    one_lesson,
    people_in,
    seen,
    sync,
    the_session,
)
from tests.sync.worlds import BASE, DAY, ROOMS, at

TWO_LINES = replace(BEN, name="Ben\nThompson")


def test_a_line_break_in_a_name_costs_the_name_and_nothing_else(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(seen(ADA, view=350), seen(TWO_LINES, view=170, engaged=50))
    run = sync(account)

    assert run.state == RunState.DONE, run.gaps
    assert figures() == (2, 520, 350)
    assert people_in() == {"ada.l": 350, "ben.t": 170}
    assert Person.objects.get(user_id="ada.l").name == "Ada Lovelace"
    assert Person.objects.get(user_id="ben.t").name == ""
    lines = list(SetAsideLine.objects.order_by("number").values_list("text", flat=True))
    assert len(lines) == 2
    assert lines[0].endswith(",Ben")
    assert lines[1].startswith("Thompson,ben@example.org")
    assert findings()["name_unknown"] == 1
    assert findings()["set_aside"] == 2
    assert TileAnswer.objects.get(report_id=6001).set_aside_count == 2


def test_a_nameless_placeholder_is_kept_apart_from_the_named_ones(
    account: Account, simulator: Simulator
) -> None:
    broken = replace(GUEST, name="Some\nbody else")
    simulator.world = one_lesson(
        seen(GUEST, view=60, engaged=0), seen(broken, view=120, engaged=60), seen(ADA)
    )
    run = sync(account)

    assert run.state == RunState.DONE, run.gaps
    assert figures() == (3, 780, 360)
    rows = Attendance.objects.filter(person__user_id="").order_by("view_seconds")
    assert [(row.view_seconds, row.person.name) for row in rows] == [(60, "Somebody"), (120, "")]


def test_two_nameless_placeholders_of_equal_length_are_two_people(
    account: Account, simulator: Simulator
) -> None:
    twins = [replace(GUEST, name=f"Twin\n{number}") for number in range(2)]
    simulator.world = one_lesson(seen(ADA), *(seen(twin, view=60, engaged=0) for twin in twins))
    sync(account)

    assert figures() == (3, 720, 300)


def test_a_name_is_known_again_as_soon_as_it_is_mended(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(seen(ADA), seen(TWO_LINES, engaged=0))
    sync(account)
    simulator.world = one_lesson()
    sync(account)

    assert Person.objects.get(user_id="ben.t").name == "Ben Thompson"
    assert not findings()
    assert not SetAsideLine.objects.exists()


def test_a_known_name_is_not_lost_to_a_broken_line(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson()
    sync(account)
    simulator.world = one_lesson(seen(ADA), seen(TWO_LINES, engaged=0))
    sync(account)

    assert Person.objects.get(user_id="ben.t").name == "Ben Thompson"


@pytest.mark.parametrize("report", [6000, 6002])
def test_a_broken_line_of_the_other_reports_loses_no_session(
    account: Account, simulator: Simulator, report: int
) -> None:
    simulator.world = ListedWorld(
        ROOMS,
        [lesson(), lesson("1_break0se", room=BREAKOUT)],
        [seen(ADA), seen(EVE, cue="1_break0se")],
    )
    simulator.faults.add("newline_in_name", report=report)
    run = sync(account)

    assert run.state == RunState.DONE, run.gaps
    assert figures() == figures("1_break0se") == (1, 600, 300)
    assert the_session("1_break0se").room.parent is not None
    assert SetAsideLine.objects.filter(report_id=report).count() == 2


def test_lines_that_stay_unreadable_are_a_gap(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson(seen(ADA), seen(replace(BEN, user_id="ben\nt"), engaged=0))
    run = sync(account)

    assert run.state == RunState.GAPS
    assert any("2 lines could not be read, even when asked for again" in it for it in run.gaps), (
        run.gaps
    )
    assert {line.report_id for line in SetAsideLine.objects.all()} == {6001}


def test_a_session_with_an_unreadable_line_is_unknown_even_if_its_ratio_fits(
    account: Account, simulator: Simulator
) -> None:
    """All are equally engaged: what is left gives Kaltura's ratio, and yet somebody is missing."""
    simulator.world = ListedWorld(
        ROOMS,
        [lesson(), lesson("1_lesson02", room=OTHER)],
        [seen(ADA), seen(replace(BEN, user_id="ben\nt")), seen(EVE, cue="1_lesson02")],
    )
    run = sync(account)

    assert run.state == RunState.GAPS
    assert figures() == (None, None, None)
    assert figures("1_lesson02") == (1, 600, 300)


def rows_of(users: Iterable[User]) -> list:  # type: ignore[type-arg]
    from reports.kaltura import AttendeeRow

    return [
        AttendeeRow("1_room0001", CUE, user.user_id, user.name, user.email, "User", 10.0, 0.5)
        for user in users
    ]


def test_a_name_that_comes_with_a_later_part_is_cleaned_too() -> None:
    """PostgreSQL keeps no NUL characters."""
    data = TileData(Span(BASE, BASE + DAY), at(BASE + 9 * DAY))
    nameless = [replace(row, user_name=None, user_email=None) for row in rows_of([ADA])]
    fold_attendees(data, nameless)
    fold_attendees(data, rows_of([replace(ADA, name="A\x00da", email="a\x00")]))

    (found,) = data.attendances.values()
    assert (found.name, found.email) == ("A�da", "a�")
    assert found.view_seconds == 1200
