"""The breakouts on the session's clock, as ECharts' option and as a table."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from reports.charts.figure import ChartFigure
from reports.charts.timeline import clock_of, timeline_chart
from reports.queries.session_lines import SessionLine
from tests.factories import START

MINUTE = timedelta(minutes=1)
UTC = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def this_year() -> Iterator[None]:
    """Let today be in the year of START: a day of another year is written with it."""
    with time_machine.travel(START + timedelta(days=60), tick=False):
        yield


def line(name: str, minute: int = 0, length: int | None = 60, **values: Any) -> SessionLine:
    """A session that starts so many minutes after START."""
    start_at = START + minute * MINUTE
    defaults: dict[str, Any] = {
        "session_id": minute + 1,
        "cue_point_id": f"1_{name.rsplit(maxsplit=1)[-1]}",
        "account_id": 1,
        "account_name": "university",
        "room_id": 1,
        "entry_id": "1_room",
        "room_name": name,
        "parent_entry_id": "1_main",
        "parent_name": "Anatomy: weekly class",
        "main_cue_point_id": "1_session",
        "stored_started_at": start_at,
        "stored_ended_at": start_at + (length or 0) * MINUTE,
        "length_seconds": None if length is None else length * 60,
        "host_name": "",
        "initiator": "",
        "attendee_count": 7,
        "guest_count": 0,
        "view_seconds": 1000,
        "engaged_seconds": 640,
        "kaltura_unique_users": None,
        "kaltura_participant_count": None,
        "kaltura_engagement_rate": None,
        "facts_asked_at": START,
        "parent_id": 2,
        "is_disputed": False,
        "is_provisional": False,
    }
    return SessionLine(**defaults | values)


MAIN = line("Anatomy: weekly class", parent_entry_id=None, parent_name=None, parent_id=None)


def chart(*breakouts: SessionLine, zone: ZoneInfo = UTC, main: SessionLine = MAIN) -> ChartFigure:
    found = timeline_chart(main, breakouts, zone)
    assert found is not None
    return found


def option(*breakouts: SessionLine, **more: Any) -> dict[str, Any]:
    found = chart(*breakouts, **more).option
    assert found is not None
    return found


GROUPS = (
    line("Anatomy: group 1", 10, 20),
    line("Anatomy: group 2", 12, 10, attendee_count=3, is_provisional=True),
)


def test_a_bar_stands_on_what_is_left_out_before_it() -> None:
    found = option(*GROUPS)
    assert json.loads(json.dumps(found)) == found
    offsets, bars = found["series"]
    assert offsets["data"] == [10, 12]
    assert [bar["value"] for bar in bars["data"]] == [20, 10]
    assert offsets["stack"] == bars["stack"]
    assert (offsets["silent"], offsets["itemStyle"]) == (True, {"color": "transparent"})
    assert found["xAxis"][0]["max"] == 60
    assert bars["markArea"]["data"] == [[{"xAxis": 0}, {"xAxis": 60}]]


def test_people_stand_inside_and_beside_where_they_could_not_be_read() -> None:
    bars = option(*GROUPS, line("Anatomy: group 3", 30, 2))["series"][1]["data"]
    labels = [(bar["label"]["formatter"], bar["label"]["position"]) for bar in bars]
    assert labels == [("7", "inside"), ("3", "right"), ("7", "right")]  # hatched; too short
    assert [bar["hatched"] for bar in bars] == [False, True, False]


def test_a_click_leads_to_the_breakout_and_the_tooltip_has_its_engagement() -> None:
    bar = option(*GROUPS, zone=BERLIN)["series"][1]["data"][0]
    assert bar["link"] == "/sessions/1/1_1/?tz=Europe%2FBerlin"
    assert bar["name"].replace("\xa0", " ").split("\n") == [
        "Anatomy: group 1",
        "Mon 12 Jan, 10:10–10:30",
        "Attendees: 7",
        "Engagement: 64 %",
    ]


def test_the_table_holds_the_numbers_of_the_bars() -> None:
    found = chart(*GROUPS)
    cells = [[cell.replace("\xa0", " ") for cell in row.cells] for row in found.rows]
    assert cells[0] == ["Anatomy: group 1", "Mon 12 Jan, 09:10–09:30", "20 min", "7", "64 %"]
    assert len(found.columns) == len(cells[0])
    assert [row.link for row in found.rows] == [
        bar["link"] for bar in option(*GROUPS)["series"][1]["data"]
    ]


def test_rooms_are_told_apart_by_what_their_names_do_not_share() -> None:
    assert option(*GROUPS)["yAxis"]["data"] == ["group 1", "group 2"]
    others = (line("Room 1", 1), line("Room 2", 2))
    assert option(*others)["yAxis"]["data"] == ["Room 1", "Room 2"]
    same = (line("Anatomy: weekly", 1), line("Anatomy: weekly class", 2))
    assert option(*same)["yAxis"]["data"] == ["Anatomy: weekly", "Anatomy: weekly class"]


def test_an_open_breakout_is_a_mark_that_is_explained() -> None:
    found = chart(line("Anatomy: group 1", 10, None))
    assert found.option
    (bar,) = found.option["series"][1]["data"]
    assert 0 < bar["value"] < 1
    assert "A thin mark: Kaltura gives no end" in found.caption
    assert found.rows[0].cells[2] == "unknown"


def test_a_breakout_of_unknown_size_says_so() -> None:
    found = chart(line("Anatomy: group 1", 10, 20, attendee_count=None, view_seconds=None))
    assert found.option
    (bar,) = found.option["series"][1]["data"]
    assert bar["label"]["formatter"] == "?"
    assert "Attendees: unknown" in bar["name"]
    assert found.rows[0].cells[3:] == ("unknown", "unknown")


def test_many_bars_are_too_thin_to_be_written_into() -> None:
    bars = option(*(line(f"Group {n}", n) for n in range(25)))["series"][1]["data"]
    assert not any(bar["label"]["show"] for bar in bars)


def test_without_any_breakout_or_start_there_is_no_chart() -> None:
    assert timeline_chart(MAIN, [], UTC) is None
    assert timeline_chart(MAIN._replace(facts_asked_at=None), GROUPS, UTC) is None


@pytest.mark.parametrize(
    ("breakouts", "summary"),
    [
        (GROUPS[:1], "1 breakout began at 09:10."),
        (
            GROUPS,
            "2 breakouts began from 09:10 to 09:12. The smallest had 3 attendees, the largest 7.",
        ),
        (
            (GROUPS[0], GROUPS[0]),
            "2 breakouts began at 09:10. Each had 7 attendees.",
        ),
    ],
)
def test_the_summary_says_when_and_how_large(
    breakouts: tuple[SessionLine, ...], summary: str
) -> None:
    assert chart(*breakouts).summary == summary


def test_there_is_no_colour_and_no_html_in_it() -> None:
    text = json.dumps(option(*GROUPS)).replace('"color": "transparent"', "")
    assert "olor" not in text
    assert "<" not in text


@pytest.mark.parametrize(
    ("first", "minutes", "zone", "step", "labels"),
    [
        ("09:00", 60, UTC, 10, ["09:00", "09:10", "10:00"]),
        ("09:03", 43, UTC, 5, ["09:00", "09:05", "09:50"]),
        ("09:07", 100, BERLIN, 10, ["10:00", "10:10", "11:50"]),
        ("09:00", 90, ZoneInfo("Asia/Kathmandu"), 10, ["14:40", "14:50", "16:20"]),
        ("09:00", 0, UTC, 5, ["09:00", "09:05", "09:05"]),
        ("22:50", 120, UTC, 15, ["22:45", "23:00", "01:00"]),
    ],
)
def test_the_clock_has_full_times_of_the_zone(
    first: str, minutes: int, zone: ZoneInfo, step: int, labels: list[str]
) -> None:
    from_at = datetime.fromisoformat(f"2026-01-12T{first}:00+00:00")
    clock = clock_of(from_at, from_at + minutes * MINUTE, zone)
    assert clock.step == step
    found = clock.labels()
    assert [*found[:2], found[-1]] == labels
    assert clock.start_at <= from_at <= from_at + minutes * MINUTE <= clock.end_at
    assert clock.minutes == step * (len(found) - 1)


def test_a_clock_over_days_names_them() -> None:
    clock = clock_of(START, START + timedelta(days=40), UTC)
    assert len(clock.labels()) <= 13
    assert clock.labels()[0].startswith("Mon 12 Jan, ")
