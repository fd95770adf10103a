"""The chart of one person's sessions as ECharts' option and as a table."""

import json
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reports.charts.figure import ChartFigure
from reports.charts.person import MOST_MARKS, person_chart
from reports.queries.session_lines import FIELDS, SessionLine
from reports.queries.visits import Visit
from tests.factories import START

UTC = ZoneInfo("UTC")
HOUR = 3600


def line(started_at: datetime = START, length_seconds: int | None = HOUR) -> SessionLine:
    """Return a session in the room Anatomy."""
    values: dict[str, Any] = dict.fromkeys(FIELDS)
    values |= {
        "pk": 1,
        "cue_point_id": f"1_{started_at:%d%H%M}",
        "account_id": 7,
        "room__name": "Anatomy",
        "started_at": started_at,
        "length_seconds": length_seconds,
        "facts_asked_at": started_at,
    }
    return SessionLine._make(values[field] for field in FIELDS)


def visit(
    own_seconds: int | None = 1800,
    breakout_seconds: int | None = 0,
    *,
    is_provisional: bool = False,
    **of_session: Any,
) -> Visit:
    return Visit(line(**of_session), own_seconds, breakout_seconds, is_provisional)


def days_query(first_on: date, last_on: date) -> str:
    return f"from={first_on}&to={last_on}"


def chart(*found: Visit, zone: ZoneInfo = UTC) -> ChartFigure:
    return person_chart(found, zone, days_query)


def series(figure: ChartFigure) -> tuple[list[Any], list[Any]]:
    """Return the values of the bars and of the lines."""
    assert figure.option is not None
    bars, lengths = figure.option["series"]
    return [one["value"] for one in bars["data"]], [one["value"] for one in lengths["data"]]


def test_each_session_has_a_bar_of_minutes_and_a_line_at_its_length() -> None:
    figure = chart(visit(1830), visit(2400, 600, started_at=START + timedelta(days=1)))
    assert series(figure) == ([30.5, 50.0], [60.0, 60.0])
    assert figure.option is not None
    assert figure.option["yAxis"]["min"] == 0
    assert figure.option["xAxis"]["data"] == ["Mon 12 Jan", "Tue 13 Jan"]
    assert json.loads(json.dumps(figure.option)) == figure.option


def test_what_is_unknown_is_a_gap_and_never_zero() -> None:
    figure = chart(visit(None), visit(600, length_seconds=None), visit(60))
    assert series(figure) == ([None, 10.0, 1.0], [60.0, None, 60.0])
    assert "Of 2 sessions time or length is unknown." in figure.caption
    assert figure.rows[0].cells[2:] == ("unknown", "1\xa0h\xa000\xa0min", "unknown")
    assert figure.rows[1].cells[2:] == ("10\xa0min", "unknown", "unknown")


def test_the_table_holds_the_same_figures_and_links_as_the_drawing() -> None:
    figure = chart(visit(1800), visit(5400, started_at=START + timedelta(days=1)))
    assert figure.option is not None
    links = [one["link"] for one in figure.option["series"][0]["data"]]
    assert [row.link for row in figure.rows] == links
    assert links[0] == "/sessions/7/1_120900/?tz=UTC"
    assert figure.rows[0].cells == (
        "Mon 12 Jan, 09:00",
        "Anatomy",
        "30\xa0min",
        "1\xa0h\xa000\xa0min",
        "50\xa0%",
    )
    assert figure.rows[1].cells[-1] == "100\xa0%"  # the share stops there, the time does not
    assert all(len(row.cells) == len(figure.columns) for row in figure.rows)


def test_what_may_still_change_is_hatched_and_said() -> None:
    figure = chart(visit(), visit(is_provisional=True))
    assert figure.option is not None
    bars, lengths = figure.option["series"]
    assert [bar["hatched"] for bar in bars["data"]] == [False, True]
    assert not any(one["hatched"] for one in lengths["data"])
    assert "hatched" in figure.caption
    assert "hatched" not in chart(visit()).caption


def test_time_in_breakouts_is_named() -> None:
    figure = chart(visit(1200, 600))
    assert figure.option is not None
    tooltip = figure.option["series"][0]["data"][0]["tooltip"]["formatter"].split("\n")
    assert tooltip == [
        "Mon 12 Jan, 09:00",
        "Anatomy",
        "30\xa0min of 1\xa0h\xa000\xa0min (50\xa0%)",
        "of it 10\xa0min in breakouts",
    ]
    assert "breakouts" in figure.caption


def test_the_summary_adds_up_what_is_known() -> None:
    figure = chart(visit(7200), visit(0), visit(None))
    assert figure.summary == (
        "Attended 1\xa0h\xa000\xa0min of 2\xa0h\xa000\xa0min in 2 sessions: 50\xa0%."
    )
    assert chart(visit(60, length_seconds=None)).summary == ""


def test_without_any_known_time_the_chart_says_why() -> None:
    figure = chart(visit(None))
    assert figure.option is None
    assert "not all attendance" in figure.empty


def test_many_sessions_stand_together_by_period_and_lead_to_its_days() -> None:
    found = [visit(1800, started_at=START + timedelta(days=n)) for n in range(MOST_MARKS + 3)]
    figure = chart(*found)
    assert figure.rows[0].cells == (
        "Mon 12 Jan – Sun 18 Jan",
        "7",
        "3\xa0h\xa030\xa0min",
        "7\xa0h\xa000\xa0min",
        "50\xa0%",
    )
    assert figure.rows[0].link == "?from=2026-01-12&to=2026-01-18"
    assert len(figure.rows) == 9
    assert sum(series(figure)[0]) == 30 * len(found)


def test_a_period_adds_up_only_what_can_be_compared_and_a_week_without_any_has_no_mark() -> None:
    found = [visit(None)] * MOST_MARKS
    found += [visit(600, length_seconds=None), visit(7200)]
    found += [visit(1800, started_at=START + timedelta(days=60))]
    figure = chart(*found)
    assert series(figure) == ([120.0, 30.0], [60.0, 60.0])
    assert [row.cells[1] for row in figure.rows] == ["62", "1"]
    assert figure.rows[0].cells[-1] == "100\xa0%"


def test_days_are_of_the_zone() -> None:
    late = visit(started_at=START.replace(hour=23))
    assert chart(late, zone=ZoneInfo("Europe/Berlin")).rows[0].cells[0] == "Tue 13 Jan, 00:00"


def test_there_is_no_colour_and_no_html_in_it() -> None:
    text = json.dumps(chart(visit()).option)
    assert "olor" not in text
    assert "<" not in text
