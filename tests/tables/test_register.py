"""What a cell of the register says: the same words that every other page has for time and share."""

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from django.utils.html import escape

from reports.analytics.presence import Mark, Tally
from reports.queries.roster import Standing
from reports.queries.seats import Presence, Row, Seat
from reports.tables.figures import duration_text, share_text
from reports.tables.register import RegisterGrid, added_up, class_remarks
from tests.factories import START

LENGTH = 3600


def seat(seconds: int | None, mark: Mark = Mark.PRESENT, times: int = 1) -> Seat:
    share = None if seconds is None else min(1.0, seconds / LENGTH)
    presences = cast("tuple[Presence, ...]", (object(),) * times)
    return Seat(mark, mark, seconds, 0, share, presences, Standing.ENROLLED)


def one_class(**more: Any) -> Any:
    part = SimpleNamespace(room_id=1, room_name="Anatomy", cue_point_id="1_a/b")
    values = {"parts": (part,), "cue_point_id": "1_a/b", "starts_at": START, "has_start": True}
    values |= {"merges": (), "counted": None, "is_removed": False, "is_whole": True}
    values |= {"length_seconds": LENGTH, "is_disputed": False, "is_provisional": False}
    return SimpleNamespace(**values | more)


def grid(seats: Sequence[Seat]) -> RegisterGrid:
    line: Any = SimpleNamespace(
        enrolment_id=7,
        name="Ana",
        user_name="",
        shown_name="Ana",
        shares_name=False,
        is_erased=False,
        is_current=True,
    )
    rows = [Row(line, tuple(seats))]
    found: Any = SimpleNamespace(classes=[one_class()] * len(seats), rows=rows, sums=[])
    form: Any = SimpleNamespace(query=lambda **_changes: "tz=UTC", sort_wanted="-share")
    return RegisterGrid(found, rows, form, ZoneInfo("Europe/Berlin"))


def cells(seats: Sequence[Seat]) -> list[str]:
    return grid(seats).body().split("<td><a ")[1:]


def test_texts_that_are_written_once_are_those_of_every_time_and_share() -> None:
    times = [*range(130), *range(1770, 1830), *range(3500, 3700), 9000]
    for seconds, cell in zip(times, cells([seat(it) for it in times]), strict=True):
        share = escape(share_text(min(1.0, seconds / LENGTH)))
        time = escape(duration_text(seconds))
        assert f"<span>{share}</span> <small>{time}</small>" in cell, seconds


@pytest.mark.parametrize("mark", list(Mark))
def test_each_mark_is_a_sign_with_its_word(mark: Mark) -> None:
    [cell] = cells([seat(None, mark, times=0)])
    assert f'<b class="mark-{mark}" role="img" aria-label="' in cell
    assert "small" not in cell  # no time where nobody was


def test_time_of_somebody_absent_and_a_second_identity_are_shown() -> None:
    little, twice = cells([seat(60, Mark.ABSENT), seat(3000, times=2)])
    assert "<small>1\xa0min</small>" in little
    assert ">+1</b>" in twice


def test_links_lead_to_the_cell_in_the_zone_whatever_the_id_holds() -> None:
    [cell] = cells([seat(60)])
    assert cell.startswith('href="class/1_a%2Fb/7/?tz=Europe/Berlin">')


def test_a_head_sorts_by_its_column_or_turns_it_round() -> None:
    asked: list[object] = []
    shown = grid([seat(60)])
    shown.form.query = lambda **changes: asked.append(changes["sort"]) or ""
    sorts = shown.sorts
    assert asked == ["name", "share", "-time"]
    assert [it.is_sorted for it in sorts.values()] == [False, True, False]


def test_time_that_is_not_known_of_any_class_is_unknown() -> None:
    body = grid([seat(None, Mark.UNKNOWN, times=0)]).body()
    assert body.count('<span class="unknown">unknown</span>') == 2  # share and time


def test_tallies_add_up() -> None:
    assert added_up([Tally(present=1, absent=2), Tally(present=3, excused=1)]) == Tally(4, 0, 2, 1)
    assert added_up([]).share is None


def test_what_is_odd_about_a_class_stands_in_its_head() -> None:
    assert class_remarks(one_class()) == []
    odd = one_class(
        merges=(1,),
        counted=timedelta(1),
        is_whole=False,
        length_seconds=None,
        is_disputed=True,
        is_provisional=True,
    )
    assert class_remarks(odd) == [
        *("merged", "class time", "not whole", "length unknown", "disagreeing")
    ]
    assert class_remarks(one_class(is_removed=True, is_whole=False)) == ["removed"]
