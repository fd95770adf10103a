"""The busiest rooms as a chart."""

import json
from typing import Any

from reports.charts.rooms import rooms_chart
from reports.queries.rooms import RoomLine


def line(name: str, view_seconds: int | None = 7200, **values: Any) -> RoomLine:
    defaults: dict[str, Any] = {
        "room_id": 1,
        "entry_id": "1_room0001",
        "name": name,
        "account_id": 1,
        "account_name": "university",
        "sessions": 3,
        "known_sessions": 3,
        "breakout_sessions": 2,
        "unknown_sessions": 0,
        "attendances": 12,
        "own_attendances": 10,
        "view_seconds": view_seconds,
        "engaged_seconds": (view_seconds or 0) // 2,
        "breakout_view_seconds": 600,
        "first_at": None,
        "latest_at": None,
        "is_breakout": False,
    }
    return RoomLine(**defaults | values)


def link_of(room: RoomLine) -> str:
    return f"/{room.label}"


def test_each_room_is_a_bar_from_zero_that_leads_to_it() -> None:
    chart = rooms_chart([line("Anatomy", 9000), line("Botany", 5400)], "January", 36000, link_of)
    assert chart.option
    assert chart.option["xAxis"]["min"] == 0
    assert chart.option["yAxis"]["data"] == ["Anatomy", "Botany"]
    assert chart.option["yAxis"]["inverse"] is True  # the first on top
    bars = chart.option["series"][0]["data"]
    assert [(bar["value"], bar["link"]) for bar in bars] == [(2.5, "/Anatomy"), (1.5, "/Botany")]
    assert bars[0]["label"]["formatter"] == "2\xa0h\xa030\xa0min"


def test_the_table_holds_the_figures_of_the_bars() -> None:
    chart = rooms_chart([line("Anatomy", 9000)], "January", 36000, link_of)
    [row] = chart.rows
    assert row.cells == ("Anatomy", "3", "2", "12", "2\xa0h\xa030\xa0min", "50\xa0%")
    assert row.link == "/Anatomy"
    assert len(row.cells) == len(chart.columns)


def test_the_summary_says_how_much_of_all_the_time_the_rooms_hold() -> None:
    rooms = [line("Anatomy", 9000), line("Botany", 5400)]
    assert rooms_chart(rooms, "January", 28800, link_of).summary == (
        "These 2 rooms hold 50\xa0% of all the time."
    )
    assert rooms_chart(rooms[:1], "January", 9000, link_of).summary == ""


def test_a_room_that_no_answer_has_named_goes_by_its_id() -> None:
    chart = rooms_chart([line("")], "January", 7200, link_of)
    assert chart.rows[0].cells[0] == "1_room0001"


def test_without_rooms_the_page_says_why_there_is_no_chart() -> None:
    chart = rooms_chart([], "January", None, link_of)
    assert chart.option is None
    assert chart.empty


def test_the_option_is_plain_data_without_colours() -> None:
    text = json.dumps(rooms_chart([line("Anatomy")], "January", 7200, link_of).option)
    assert "olor" not in text
