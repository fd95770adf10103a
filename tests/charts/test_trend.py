"""Sessions, attendances and engagement over time, as charts."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from reports.analytics.periods import DAY, Bucket, Period, periods
from reports.analytics.quarters import QuarterSums
from reports.analytics.trends import trend
from reports.charts.figure import ChartFigure
from reports.charts.trend import Trend, engagement_chart, trend_chart

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = date(2026, 1, 12)  # a Monday
NOON = datetime(2026, 1, 12, 12, tzinfo=UTC)
TODAY = date(2026, 3, 1)


def quarter(days: int = 0, sessions: int = 1, known: int = 1, people: int = 10) -> QuarterSums:
    """Sessions at noon, so many days after the first, with an hour a person, half of it engaged."""
    at = NOON + timedelta(days=days)
    seconds = 3600 * people
    return QuarterSums(at, sessions, known, 0, people, 0, seconds, seconds // 2)


def over(
    *quarters: QuarterSums,
    days: int = 4,
    bucket: Bucket = Bucket.DAY,
    uncovered: tuple[date, ...] = (),
    provisional_from: datetime | None = None,
    today: date = TODAY,
) -> Trend:
    spans = periods(FIRST, FIRST + (days - 1) * DAY, bucket)
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    sums = trend(
        quarters,
        BERLIN,
        spans,
        uncovered=uncovered,
        provisional_from=provisional_from,
        now=now,
    )
    return Trend(sums, bucket, BERLIN, today, lambda first, last: f"?{first}..{last}")


def values(chart: ChartFigure, number: int) -> list[object]:
    assert chart.option
    return [datum["value"] for datum in chart.option["series"][number]["data"]]


def test_attendances_and_sessions_stand_in_panels_of_their_own_over_the_same_days() -> None:
    chart = trend_chart(over(quarter(0, people=10), quarter(2, sessions=3, known=3, people=7)))
    assert chart.option
    assert values(chart, 0) == [10, 0, 7, 0]
    assert values(chart, 1) == [1, 0, 3, 0]
    upper, lower = chart.option["grid"]
    assert upper["left"] == lower["left"]
    assert [axis["min"] for axis in chart.option["yAxis"]] == [0, 0]
    assert [series["yAxisIndex"] for series in chart.option["series"]] == [0, 1]
    assert [axis["gridIndex"] for axis in chart.option["xAxis"]] == [0, 1]


def test_the_options_are_plain_data_without_colours_or_markup() -> None:
    made = over(quarter(0), uncovered=(FIRST + DAY,))
    for chart in (trend_chart(made), engagement_chart(made)):
        text = json.dumps(chart.option)
        assert json.loads(text) == chart.option
        assert "olor" not in text
        assert "<" not in text


def test_the_table_holds_the_numbers_of_the_bars_and_their_links() -> None:
    chart = trend_chart(over(quarter(0, people=1200), quarter(1, people=3), days=2))
    assert chart.option
    assert [row.cells for row in chart.rows] == [
        ("Mon 12 Jan", "1", "1,200", "1,200\xa0h\xa000\xa0min"),
        ("Tue 13 Jan", "1", "3", "3\xa0h\xa000\xa0min"),
    ]
    assert [row.link for row in chart.rows] == [
        "?2026-01-12..2026-01-12",
        "?2026-01-13..2026-01-13",
    ]
    assert [len(row.cells) for row in chart.rows] == [len(chart.columns)] * 2
    for series in chart.option["series"]:
        assert [datum["link"] for datum in series["data"]] == [row.link for row in chart.rows]


def test_what_was_not_synced_is_a_gap_with_a_band_and_never_0() -> None:
    chart = trend_chart(over(quarter(0), uncovered=(FIRST + DAY,)))
    assert chart.option
    # The UTC day is a part of two days in Berlin; the other one is known but for an hour.
    assert values(chart, 0) == [10, None, None, 0]
    band = chart.option["series"][2]
    assert band["data"] == [None, 1, 1, None]
    assert (band["xAxisIndex"], band["yAxisIndex"]) == (2, 2)
    assert len(chart.option["grid"]) == 3
    assert "link" not in chart.option["series"][0]["data"][1]
    assert chart.rows[1].cells == ("Tue 13 Jan", "unknown", "unknown", "unknown", "not synced")
    assert chart.rows[1].link == ""
    assert "grey band" in chart.caption


def test_without_a_gap_there_is_no_band_and_no_remark() -> None:
    chart = trend_chart(over(quarter(0)))
    assert chart.option
    assert len(chart.option["series"]) == len(chart.option["grid"]) == 2
    assert "band" not in chart.caption
    assert "Hatched" not in chart.caption
    assert [str(column.title) for column in chart.columns][-1] == "Time in session"


def test_what_may_still_change_is_hatched_and_said() -> None:
    made = over(quarter(0), quarter(1), quarter(2), provisional_from=NOON + timedelta(days=1))
    chart = trend_chart(made)
    assert chart.option
    for series in chart.option["series"]:
        assert ["hatched" in datum for datum in series["data"]] == [False, True, True, True]
    assert chart.rows[1].cells[-1] == "may still change"
    assert "Hatched bars" in chart.caption
    assert "Hollow points" in engagement_chart(made).caption


def test_a_period_that_was_synced_in_part_is_hatched_and_keeps_its_figures() -> None:
    chart = trend_chart(
        over(quarter(0), quarter(8), days=14, bucket=Bucket.WEEK, uncovered=(FIRST + 9 * DAY,))
    )
    assert chart.option
    assert values(chart, 0) == [10, 10]
    assert ["hatched" in datum for datum in chart.option["series"][0]["data"]] == [False, True]
    assert chart.rows[1].cells[0] == "Mon 19 Jan – Sun 25 Jan"
    assert chart.rows[1].cells[-1] == "not wholly synced"


def test_days_to_come_are_gaps_without_a_band() -> None:
    chart = trend_chart(over(quarter(0), today=FIRST + DAY))
    assert chart.option
    assert values(chart, 0) == [10, 0, None, None]
    assert len(chart.option["series"]) == 2
    assert [row.cells[-1] for row in chart.rows] == [
        *("", "not over yet", "still to come", "still to come"),
    ]


def test_sessions_with_unknown_attendance_are_unknown_and_counted() -> None:
    nothing_known = quarter(0, sessions=2, known=0, people=0)
    chart = trend_chart(over(nothing_known, quarter(1), days=2))
    assert values(chart, 0) == [None, 10]
    assert values(chart, 1) == [2, 1]
    assert chart.rows[0].cells == (
        *("Mon 12 Jan", "2", "unknown", "unknown"),
        "2 sessions with unknown attendance",
    )


def test_the_engagement_is_a_line_in_per_cent_that_breaks_where_it_is_not_known() -> None:
    chart = engagement_chart(over(quarter(0), quarter(3)))
    assert chart.option
    assert values(chart, 0) == [50.0, None, None, 50.0]
    [line] = chart.option["series"]
    assert line["type"] == "line"
    assert line["connectNulls"] is False
    [axis] = chart.option["yAxis"]
    assert (axis["min"], axis["max"]) == (0, 100)
    assert chart.rows[0].cells == ("Mon 12 Jan", "50\xa0%", "5\xa0h\xa000\xa0min")
    assert chart.rows[1].cells[1] == "unknown"


def test_without_any_time_there_is_no_engagement_and_the_page_says_why() -> None:
    chart = engagement_chart(over(quarter(0, people=0)))
    assert chart.option is None
    assert chart.empty


def test_months_are_named_as_months_unless_they_are_cut() -> None:
    whole = Period(date(2026, 2, 1), date(2026, 2, 28), is_partial=False)
    cut = Period(date(2026, 3, 1), date(2026, 3, 5), is_partial=True)
    sums = trend([], BERLIN, [whole, cut])
    made = Trend(sums, Bucket.MONTH, BERLIN, TODAY, lambda first, last: "")
    assert [made.name(period) for period in sums] == ["February 2026", "Sun 1 Mar – Thu 5 Mar"]
    assert made.axis_labels == ["Feb 2026", "Mar 2026"]


def test_the_summary_names_the_one_period_with_the_most() -> None:
    assert trend_chart(over(quarter(0), quarter(1, people=11))).summary == (
        "Most: 11 attendances, Tue 13 Jan."
    )
    assert trend_chart(over(quarter(0), quarter(1))).summary == ""
