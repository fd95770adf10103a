"""What an answer comes to: recounted by hand, and cut at its edges to the second."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from reports.kaltura import REPORTS, BrokenLine, KalturaError
from reports.sync.snapshot_lines import AnswerLine, AnswerLines
from reports.sync.snapshot_summary import (
    BIN_SECONDS,
    NAMED_GROUPS,
    SHOWN_CUT,
    SnapshotSummary,
    summary_of,
)

FROM, TO = 1_768_176_000, 1_768_262_400  # 2026-01-12 and the day after, UTC
ROOM, OTHER, GROUP = "1_room0001", "1_room0002", "1_room0003"


def body(report: int, *rows: Any, without: tuple[str, ...] = (), end: str = "\n") -> bytes:
    """Return an answer in Kaltura's format, its columns named in `without` left out."""
    names = REPORTS[report].column_names
    kept = [at for at, name in enumerate(names) if name not in without]
    lines = [names, *rows]
    text = "".join(",".join(str(line[at]) for at in kept) + end for line in lines)
    return ("\ufeff" + text).encode()


def session(
    cue: str, start: int, end: int, room: str = ROOM, parent: str = "", name: str = "Anatomy"
) -> tuple[object, ...]:
    return (room, name, parent, cue, start, end, "Ada", 3, "0.5")


def person(
    cue: str, user_id: str, minutes: str, ratio: str = "0.5", kind: str = "User", name: str = "A"
) -> tuple[object, ...]:
    return (ROOM, cue, user_id, name, f"{name}@x.example", kind, minutes, ratio)


def breakout(cue: str, count: object = 3, start: int = FROM) -> tuple[object, ...]:
    return (ROOM, "Anatomy", GROUP, "Group", cue, "Ada", start, start + 600, 600, count, "0.5")


def summary(report: int, *rows: Any, without: tuple[str, ...] = ()) -> SnapshotSummary:
    made = summary_of(report, [body(report, *rows, without=without)], without, FROM, TO)
    again = SnapshotSummary.from_json(json.loads(json.dumps(made.as_json())))
    assert again == made
    return made


def test_sessions_are_counted_once_with_rooms_breakouts_and_length() -> None:
    found = summary(
        6000,
        session("1_a", FROM + 10, FROM + 3610),
        session("1_a", FROM + 10, FROM + 3610),  # twice in one answer
        session("1_b", FROM, FROM + 60, GROUP, ROOM),
        session("1_c", FROM + 5, FROM + 5, OTHER),  # never closed
    )
    assert (found.rows, found.sessions, found.rooms, found.breakouts) == (4, 3, 3, 1)
    assert (found.length_seconds, found.open_count) == (3660, 1)
    assert found.starts == {str(FROM): 3}
    assert (found.people, found.view_seconds, found.engagement) == (None, None, None)


@pytest.mark.parametrize(
    ("start", "end", "edges"),
    [
        (FROM, TO, None),
        (FROM - 1, TO, (True, False)),
        (FROM, TO + 1, (False, True)),
        (FROM - 1, TO + 1, (True, True)),
        (FROM - 60, FROM, (True, False)),
        (TO - 1, TO, None),
        (FROM + 5, FROM + 5, None),  # without an end nobody knows
    ],
)
def test_a_session_is_cut_exactly_where_it_reaches_over_the_range(
    start: int, end: int, edges: tuple[bool, bool] | None
) -> None:
    found = summary(6000, session("1_a", start, end))
    assert found.cut_count == (0 if edges is None else 1)
    assert [(one.is_at_start, one.is_at_end) for one in found.cut] == ([edges] if edges else [])
    assert found.earlier_count == int(start < FROM)
    assert sum(found.starts.values()) == int(start >= FROM)


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 9)), max_size=30))
def test_cut_sessions_are_those_that_reach_over_an_edge(spans: list[tuple[int, int]]) -> None:
    first, last = FROM, FROM + 5
    rows = [
        session(f"1_{n}", FROM + start, FROM + start + length)
        for n, (start, length) in enumerate(spans)
    ]
    found = summary_of(6000, [body(6000, *rows)], (), first, last)
    expected = [
        f"1_{n}" for n, (start, length) in enumerate(spans) if start < 0 or start + length > 5
    ]
    assert [one.cue_point_id for one in found.cut] == expected
    assert found.cut_count == len(expected)


def test_more_cut_sessions_than_are_listed_are_still_counted() -> None:
    rows = [session(f"1_{n}", FROM - 1, FROM + 1) for n in range(SHOWN_CUT + 7)]
    found = summary(6000, *rows)
    assert (len(found.cut), found.cut_count) == (SHOWN_CUT, SHOWN_CUT + 7)


def test_attendees_are_people_and_sums_are_of_seconds() -> None:
    found = summary(
        6001,
        person("1_a", "ada", "10", "0.5"),
        person("1_b", "ada", "0.5", "1"),
        person("1_a", "ben", "130", "0", kind="Guest"),
        person("1_b", "eve", "1", "0", kind="Guest"),
        person("1_a", "eve", "1", "0"),  # once as a user: no guest
        person("1_a", "", "2", "0.25", kind="Guest", name="X"),
        person("1_b", "", "2", "0.25", kind="Guest", name="X"),  # nobody knows whether the same
        person("1_a", "zoe", "0", "0"),  # was not connected
    )
    assert (found.rows, found.sessions, found.rooms) == (8, 2, 1)
    assert (found.people, found.guests) == (5, 3)
    seconds = [600, 30, 7800, 60, 60, 120, 120]
    assert found.view_seconds == sum(seconds)
    assert found.engaged_seconds == 300 + 30 + 0 + 0 + 0 + 30 + 30
    assert found.engagement == pytest.approx(390 / sum(seconds))
    assert sum(found.bins) == len(seconds)
    assert found.bins[0] == sum(one < BIN_SECONDS for one in seconds)
    assert found.bins[1] == 1
    assert found.bins[-1] == 1  # two hours and more
    assert found.cut_count is None


def test_breakouts_have_their_participants() -> None:
    found = summary(6002, breakout("1_a", 3), breakout("1_b", 3, FROM - 10), breakout("1_c", ""))
    assert (found.sessions, found.rooms, found.main_rooms) == (3, 1, 1)
    assert found.sizes == {"3": 2}
    assert [group.participants for group in found.groups] == [3, 3, None]
    assert found.cut_count == 1
    many = summary(6002, *[breakout(f"1_{n}") for n in range(NAMED_GROUPS + 1)])
    assert many.groups == []
    assert many.sizes == {"3": NAMED_GROUPS + 1}


UNKNOWN = [
    (6000, "session_start_time", "cut_count length_seconds open_count"),
    (6000, "entry_id", "rooms"),
    (6000, "parent_entry_id", "breakouts"),
    (6001, "user_id", "people guests"),
    (6001, "user_type", "guests"),
    (6001, "cue_point_id", "sessions people"),
    (6001, "meeting_view_time", "view_seconds engaged_seconds engagement"),
    (6001, "meeting_engaged_play_time_ratio", "engaged_seconds engagement"),
    (6002, "breakout_entry_id", "rooms"),
]


@pytest.mark.parametrize(("report", "column", "figures"), UNKNOWN)
def test_what_a_left_out_column_would_tell_is_unknown(
    report: int, column: str, figures: str
) -> None:
    rows = {6000: session("1_a", FROM, TO), 6001: person("1_a", "ada", "1"), 6002: breakout("1_a")}
    whole = summary(report, rows[report])
    without = summary(report, rows[report], without=(column,))
    for name in figures.split():
        assert getattr(whole, name) is not None, name
        assert getattr(without, name) is None, name
    assert without.rows == 1
    assert without.missing_columns == []  # it was left out on purpose


@pytest.mark.parametrize("report", sorted(REPORTS))
def test_every_column_alone_can_be_asked_for(report: int) -> None:
    rows = {6000: session("1_a", FROM, TO), 6001: person("1_a", "ada", "1"), 6002: breakout("1_a")}
    names = REPORTS[report].column_names
    for name in names:
        others = tuple(other for other in names if other != name)
        assert summary(report, rows[report], without=others).rows == 1, name


def test_a_broken_line_is_in_no_figure_and_kept_as_it_came() -> None:
    rows = [session("1_a", FROM, FROM + 60), session("1_b", FROM, FROM + 60, name="two\nlines")]
    found = summary(6000, *rows)
    assert (found.rows, found.sessions, found.broken_count) == (1, 1, 2)
    assert [(line.number, line.text) for line in found.broken] == [
        (3, f"{ROOM},two"),
        (4, f"lines,,1_b,{FROM},{FROM + 60},Ada,3,0.5"),
    ]


def test_new_and_missing_columns_are_named() -> None:
    text = body(6000, session("1_a", FROM, TO)).replace(b"entry_name", b"room_title", 1)
    found = summary_of(6000, [text], (), FROM, TO)
    assert found.missing_columns == ["entry_name"]
    assert found.new_columns == ["room_title"]


def test_what_is_no_answer_of_the_report_is_refused() -> None:
    for wrong in (b"a,b,c\n1,2,3\n", b""):
        with pytest.raises(KalturaError):
            summary_of(6000, [wrong], (), FROM, TO)


# --- Lines --------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_has_its_cells_as_they_came_and_what_they_mean(end: str) -> None:
    text = body(6001, person("1_a", "ada", "1.0E-1", "0.33333333333333"), end=end)
    lines = AnswerLines(6001, [text[:20], text[20:]])
    [line] = list(lines)
    assert isinstance(line, AnswerLine)
    assert line.cells[-2:] == ("1.0E-1", "0.33333333333333")
    assert line.row.view_seconds == 6
    assert [column.name for column in lines.columns if column] == list(REPORTS[6001].column_names)


def test_a_part_is_the_same_lines() -> None:
    rows = [session(f"1_{n}", FROM, TO, name="x\ny" if n == 3 else "x") for n in range(9)]
    text = body(6000, *rows)
    whole = list(AnswerLines(6000, [text]))
    assert len(whole) == 10
    assert sum(isinstance(line, BrokenLine) for line in whole) == 2
    for first, last in ((0, 10), (0, 3), (3, 6), (9, 12), (10, 20)):
        assert AnswerLines(6000, [text]).part(first, last) == whole[first:last]
