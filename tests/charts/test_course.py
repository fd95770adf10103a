"""Bars for who came, a line for the learners enrolled: as ECharts' option and as a table."""

import json
from typing import Any

from reports.analytics.distribution import stays
from reports.analytics.periods import Bucket
from reports.charts.course import enrolled_chart
from reports.charts.minutes import stays_chart
from reports.charts.room import RoomMark

DAYS = "Mon 12 Jan – Sun 18 Jan"


def mark(attendances: int | None, sessions: int | None = 1, **more: Any) -> RoomMark:
    values: dict[str, Any] = {
        "label": "Mon",
        "name": "Mon 12 Jan",
        "link": "?from=x",
        "sessions": sessions,
        "known_sessions": sessions or 0,
        "attendances": attendances,
        "view_seconds": 60,
        "engaged_seconds": 30,
        "is_provisional": False,
    }
    return RoomMark(**values | more)


def drawn(option: Any) -> list[list[Any]]:
    return [[datum["value"] for datum in series["data"]] for series in option["series"]]


def test_each_session_is_a_bar_beside_the_line() -> None:
    chart = enrolled_chart([mark(7), mark(None), mark(9)], [8, 8, None], None, DAYS)
    assert chart.option
    assert json.loads(json.dumps(chart.option)) == chart.option
    assert drawn(chart.option) == [[7, None, 9], [8, 8, None]]
    assert [one["type"] for one in chart.option["series"]] == ["bar", "line"]
    assert [row.cells for row in chart.rows] == [
        ("Mon 12 Jan", "7", "8"),
        ("Mon 12 Jan", "unknown", "8"),
        ("Mon 12 Jan", "9", "unknown"),
    ]
    assert "Attendees: 7\nLearners enrolled: 8" in chart.option["series"][0]["data"][0]["name"]
    assert "Where the line is missing" in chart.caption


def test_without_any_roster_there_is_no_line() -> None:
    chart = enrolled_chart([mark(7)], [None], None, DAYS)
    assert drawn(chart.option) == [[7]]
    assert "isn't known for these days" in chart.caption
    assert "Line:" not in chart.caption


def test_periods_show_the_mean() -> None:
    marks = [mark(15, 2), mark(0, 0), mark(None, None)]
    chart = enrolled_chart(marks, [8, 8, 9], Bucket.WEEK, DAYS)
    assert drawn(chart.option) == [[7.5, None, None], [8, 8, 9]]
    assert [row.cells[1:] for row in chart.rows] == [
        ("2", "7.5", "8"),
        ("0", "no session", "8"),
        ("unknown", "unknown", "9"),
    ]
    assert "by week" in chart.caption
    assert "at the end of the period" in chart.caption


def test_what_may_still_change_is_hatched_and_said() -> None:
    chart = enrolled_chart([mark(7, is_provisional=True), mark(8)], [8, 8], None, DAYS)
    assert chart.option
    assert [bar.get("hatched") for bar in chart.option["series"][0]["data"]] == [True, None]
    assert "Hatched bars may still change." in chart.hint


def test_without_attendance_it_says_why_there_is_no_chart() -> None:
    chart = enrolled_chart([mark(None)], [8], None, DAYS)
    assert chart.option is None
    assert chart.empty


def test_minutes_of_several_sessions_are_shares_of_each_ones_length() -> None:
    chart = stays_chart(stays([(90, 100), (3600, 3600), (10, 100), (200, 100)]), DAYS)
    assert chart.option
    assert drawn(chart.option) == [[0, 1, 0, 0, 0, 0, 0, 0, 0, 3]]
    assert chart.summary == "75\xa0% of 4 attendances lasted for at least 90 % of the session."
    assert chart.rows[9].cells == ("90–100\xa0%", "3", "75\xa0%")
    assert "1 was connected for longer than the session" in chart.caption
    assert not stays_chart(stays([]), DAYS).option
