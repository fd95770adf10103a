"""The hours of the week as a chart."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reports.analytics.heatmap import HeatCell, heatmap
from reports.analytics.quarters import QuarterSums
from reports.charts.figure import ChartFigure
from reports.charts.heatmap import heatmap_chart, shown_weekdays

UTC_ZONE = ZoneInfo("UTC")
MONDAY, SUNDAY = date(2026, 1, 12), date(2026, 1, 25)  # two weeks


def quarter(days: int, hour: int, sessions: int = 1, guessed: int = 0) -> QuarterSums:
    at = datetime(2026, 1, 12, hour, 15, tzinfo=UTC) + timedelta(days=days)
    known = sessions - guessed
    return QuarterSums(at, sessions, known, guessed, 10 * known, 0, 600 * known, 300 * known)


def link_of(cell: HeatCell) -> str:
    return f"{cell.weekday}-{cell.hour}"


def chart_of(
    *quarters: QuarterSums,
    first_on: date = MONDAY,
    last_on: date = SUNDAY,
    zone: ZoneInfo = UTC_ZONE,
    uncovered: tuple[date, ...] = (),
) -> ChartFigure:
    week = heatmap(quarters, zone, first_on, last_on, uncovered=uncovered)
    return heatmap_chart(week, first_on, last_on, zone, link_of)


def marks(chart: ChartFigure) -> dict[tuple[str, str], Any]:
    """Return the datum of each cell by weekday and hour as the axes have them."""
    assert chart.option
    hours, weekdays = chart.option["xAxis"]["data"], chart.option["yAxis"]["data"]
    return {
        (weekdays[datum["value"][1]], hours[datum["value"][0]]): datum
        for datum in chart.option["series"][0]["data"]
    }


def test_each_hour_has_a_cell_with_its_sessions_and_a_link_to_them() -> None:
    found = marks(chart_of(quarter(0, 9), quarter(7, 9, sessions=3), quarter(4, 14)))
    assert len(found) == 7 * 11  # from 08 to 18
    assert found["Mon", "09"]["value"][2] == 4
    assert found["Mon", "09"]["link"] == "1-9"
    assert found["Fri", "14"]["link"] == "5-14"
    assert found["Tue", "09"]["value"][2] == 0
    assert "link" not in found["Tue", "09"]
    assert found["Tue", "09"]["label"] == {"show": False}


def test_the_tooltip_and_the_table_say_the_sum_and_the_average() -> None:
    chart = chart_of(quarter(0, 9), quarter(7, 9, sessions=4))
    assert marks(chart)["Mon", "09"]["name"].split("\n")[:4] == [
        *("Monday, 09:00–10:00", "Sessions: 5", "Attendances: 50", "On average 2.5 sessions"),
    ]
    assert [(row.cells, row.link) for row in chart.rows] == [
        (("Monday, 09:00–10:00", "5", "2.5", "50", "25.0"), "1-9")
    ]
    assert len(chart.rows[0].cells) == len(chart.columns)


def test_hours_are_of_the_zone() -> None:
    late = quarter(0, 23)  # Tuesday in Berlin
    assert [row.link for row in chart_of(late).rows] == ["1-23"]
    assert [row.link for row in chart_of(late, zone=ZoneInfo("Europe/Berlin")).rows] == ["2-0"]


def test_hours_before_the_first_and_after_the_last_session_are_left_out_and_said() -> None:
    chart = chart_of(quarter(0, 6), quarter(0, 20))
    assert chart.option
    assert chart.option["xAxis"]["data"] == [f"{hour:02d}" for hour in range(6, 21)]
    assert "None started in the hours that are left out." in chart.caption
    assert "left out" not in chart_of(quarter(0, 0), quarter(0, 23)).caption


def test_a_weekday_that_was_not_synced_has_no_cell_and_no_average() -> None:
    tuesdays = (date(2026, 1, 13), date(2026, 1, 20))
    found = marks(chart_of(quarter(0, 9), uncovered=tuesdays))
    assert ("Tue", "09") not in found
    assert ("Mon", "10") in found
    chart = chart_of(quarter(1, 9), uncovered=tuesdays)
    assert chart.rows[0].cells == ("Tuesday, 09:00–10:00", "1", "unknown", "10", "unknown")
    assert marks(chart)["Tue", "09"]["value"][2] == 1


def test_a_short_range_has_only_its_weekdays() -> None:
    chart = chart_of(quarter(2, 9), first_on=date(2026, 1, 14), last_on=date(2026, 1, 15))
    assert chart.option
    assert chart.option["yAxis"]["data"] == ["Wed", "Thu"]
    assert marks(chart)["Wed", "09"]["value"] == [1, 0, 1]
    assert shown_weekdays(date(2026, 1, 18), date(2026, 1, 19)) == [1, 7]
    assert shown_weekdays(MONDAY, SUNDAY) == [1, 2, 3, 4, 5, 6, 7]


def test_sessions_whose_start_is_a_guess_are_left_out_and_counted() -> None:
    chart = chart_of(quarter(0, 9), quarter(1, 0, sessions=2, guessed=2))
    assert [row.link for row in chart.rows] == ["1-9"]
    assert "2 sessions are left out: when they started isn't known." in chart.caption


def test_without_any_known_start_the_page_says_why_there_is_no_chart() -> None:
    chart = chart_of(quarter(0, 0, guessed=1))
    assert chart.option is None
    assert chart.empty


def test_unknown_attendances_are_not_0() -> None:
    at = datetime(2026, 1, 12, 9, tzinfo=UTC)
    chart = chart_of(QuarterSums(at, 2, 0, 0, 0, 0, 0, 0))
    assert chart.rows[0].cells[3:] == ("unknown", "unknown")


def test_the_option_is_plain_data_without_colours_or_markup() -> None:
    text = json.dumps(chart_of(quarter(0, 9)).option)
    assert "olor" not in text
    assert "<" not in text
