"""One room over time: what a mark shows, where it leads, what of it isn't known."""

import json
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils.html import escape

from reports.analytics.periods import Bucket, Period, periods
from reports.analytics.quarters import QuarterSums
from reports.analytics.trends import trend
from reports.charts.room import (
    MOST_LABELS,
    RoomMark,
    RoomTrend,
    period_marks,
    room_charts,
    session_marks,
)
from reports.queries.session_lines import SessionLine
from tests.factories import START

UTC = ZoneInfo("UTC")
KEYS = ("room-attendees", "room-minutes", "room-engagement")


def line(**values: Any) -> SessionLine:
    """A whole session of an hour with 20 people."""
    fields: dict[str, Any] = dict.fromkeys(SessionLine._fields) | {
        "cue_point_id": "1_sess0001",
        "account_id": 1,
        "stored_started_at": START,
        "stored_ended_at": START + timedelta(hours=1),
        "length_seconds": 3600,
        "attendee_count": 20,
        "view_seconds": 60_000,
        "engaged_seconds": 30_000,
        "facts_asked_at": START,
        "is_provisional": False,
    }
    return SessionLine(**fields | values)


def unknown_line(**values: Any) -> SessionLine:
    return line(attendee_count=None, view_seconds=None, engaged_seconds=None, **values)


def mark(**values: Any) -> RoomMark:
    fields: dict[str, Any] = {
        "label": "Mon 12 Jan",
        "name": "Mon 12 Jan, 09:00–10:00",
        "link": "/there/",
        "sessions": 1,
        "known_sessions": 1,
        "attendances": 20,
        "view_seconds": 60_000,
        "engaged_seconds": 30_000,
        "is_provisional": False,
    }
    return RoomMark(**fields | values)


def unknown_mark(**values: Any) -> RoomMark:
    nothing = dict.fromkeys(("attendances", "view_seconds", "engaged_seconds"))
    return mark(**nothing, known_sessions=0, **values)


def charts(*marks: RoomMark, bucket: Bucket | None = None) -> list[Any]:
    return room_charts(RoomTrend(marks, bucket, "Mon 12 Jan"))


def values(chart: Any) -> list[float | None]:
    return [datum["value"] for datum in chart.option["series"][0]["data"]]


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


def test_a_session_is_a_mark_with_its_own_figures() -> None:
    [found] = session_marks([line()], ZoneInfo("Europe/Berlin"))
    assert (found.attendees, found.seconds_each, found.engagement) == (20, 3000, 0.5)
    assert found.name == "Mon 12 Jan, 10:00–11:00"
    assert found.label == "Mon 12 Jan"
    assert found.link == "/sessions/1/1_sess0001/?tz=Europe%2FBerlin"


def test_what_is_unknown_of_a_session_is_a_gap_and_never_zero() -> None:
    marks = session_marks([line(), unknown_line(facts_asked_at=None)], UTC)
    assert marks[1].label == "unknown"
    for chart in charts(*marks):
        assert values(chart)[1] is None
        assert chart.rows[1].cells == ("unknown", "unknown")


def test_nobody_is_no_attendee_and_nothing_to_divide_by() -> None:
    marks = session_marks([line(attendee_count=0, view_seconds=0, engaged_seconds=0)], UTC)
    attendees, minutes, engagement = charts(*marks)
    assert values(attendees) == [0]
    assert attendees.rows[0].cells[1] == "0"
    assert minutes.option is None
    assert engagement.option is None


def test_the_charts_hold_the_same_numbers_as_their_tables() -> None:
    attendees, minutes, engagement = charts(mark(), mark(attendances=7, view_seconds=100))
    assert values(attendees) == [20, 7]
    assert [row.cells[1] for row in attendees.rows] == ["20", "7"]
    assert values(minutes) == [50, 0.2]
    assert [plain(row.cells[1]) for row in minutes.rows] == ["50 min", "<1 min"]
    assert values(engagement)[0] == 50
    assert plain(engagement.rows[0].cells[1]) == "50 %"


def test_each_mark_and_each_row_leads_on() -> None:
    for chart in charts(mark(), mark(link="/elsewhere/")):
        data = chart.option["series"][0]["data"]
        assert [datum["link"] for datum in data] == ["/there/", "/elsewhere/"]
        assert [row.link for row in chart.rows] == ["/there/", "/elsewhere/"]
        assert "leads to its session" in chart.hint


def test_what_may_still_change_is_drawn_so_and_said() -> None:
    attendees, minutes, engagement = charts(mark(), mark(is_provisional=True))
    for chart in (attendees, minutes):
        assert [datum.get("hatched") for datum in chart.option["series"][0]["data"]] == [None, True]
        assert "Hatched bars may still change." in chart.hint
    symbols = [datum.get("symbol") for datum in engagement.option["series"][0]["data"]]
    assert symbols == [None, "emptyCircle"]
    assert "Hollow points may still change." in engagement.hint
    assert "change" not in charts(mark())[0].hint


def test_options_are_plain_data_without_colour_or_markup() -> None:
    for chart in charts(mark(), unknown_mark()):
        text = json.dumps(chart.option)
        assert json.loads(text) == chart.option
        assert "olor" not in text
        assert escape(text).count("&lt;") == 0
        assert chart.option["yAxis"]["min"] == 0
        assert chart.option["yAxis"]["name"]
        assert len(chart.option["series"]) == 1


def test_there_are_no_numbers_on_too_many_bars() -> None:
    few, many = charts(mark())[0], charts(*[mark()] * (MOST_LABELS + 1))[0]
    assert few.option["series"][0]["label"]["show"] is True
    assert many.option["series"][0]["label"]["show"] is False


def test_what_is_to_be_seen_is_said_in_a_sentence() -> None:
    attendees, minutes, engagement = charts(mark(), mark(attendances=10, view_seconds=6000))
    assert attendees.summary == "From 10 to 20 attendees."
    assert plain(minutes.summary) == "On average an attendee was connected for 37 min of a session."
    assert plain(engagement.summary) == "91 % of the time in session was engaged."
    assert charts(mark(attendances=1))[0].summary == "1 attendee each time."
    assert charts(mark(), mark())[0].summary == "20 attendees each time."
    assert "Mon 12 Jan" in attendees.caption


def test_without_a_known_session_it_is_said_why_there_is_no_chart() -> None:
    for chart in charts(unknown_mark()):
        assert chart.option is None
        assert "all attendance is known" in chart.empty
    found = room_charts(RoomTrend([], None, "", "only breakouts"))
    assert [chart.empty for chart in found] == ["only breakouts"] * 3
    assert [chart.key for chart in found] == list(KEYS)


def quarter(day: int, sessions: int, known: int, attendances: int) -> QuarterSums:
    at = START + timedelta(days=day)
    return QuarterSums(at, sessions, known, 0, attendances, 0, attendances * 600, attendances * 300)


def marks_of(
    bucket: Bucket, first_on: date, last_on: date, *quarters: QuarterSums, **more: Any
) -> list[RoomMark]:
    sums = trend(quarters, UTC, periods(first_on, last_on, bucket), **more)
    return period_marks(sums, bucket, UTC, lambda first, last: f"/{first}/{last}/")


def test_a_period_shows_a_session_s_average_of_what_is_known() -> None:
    monday = START.date()
    found = marks_of(
        Bucket.WEEK,
        monday,
        monday + timedelta(days=13),
        quarter(0, 2, 2, 25),
        quarter(2, 2, 1, 8),
        quarter(9, 1, 0, 0),
    )
    assert [one.attendees for one in found] == [11.0, None]
    attendees = charts(*found, bucket=Bucket.WEEK)[0]
    assert [row.cells for row in attendees.rows] == [
        ("Mon 12 Jan – Sun 18 Jan", "4", "11.0"),
        ("Mon 19 Jan – Sun 25 Jan", "1", "unknown"),
    ]
    assert [one.link for one in found] == ["/2026-01-12/2026-01-18/", "/2026-01-19/2026-01-25/"]
    assert attendees.title == "Attendees per session"
    assert "by week" in attendees.caption
    assert "leads to its days" in attendees.hint


def test_a_period_without_sessions_says_so_and_one_that_was_not_synced_is_unknown() -> None:
    monday = START.date()
    tuesday, wednesday = monday + timedelta(days=1), monday + timedelta(days=2)
    found = marks_of(Bucket.DAY, monday, wednesday, quarter(0, 1, 1, 5), uncovered={wednesday})
    rows = [row.cells for row in charts(*found, bucket=Bucket.DAY)[0].rows]
    assert rows == [
        ("Mon 12 Jan", "1", "5.0"),
        (f"Tue {tuesday.day} Jan", "0", "no session"),
        (f"Wed {wednesday.day} Jan", "unknown", "unknown"),
    ]


@pytest.mark.parametrize(
    ("first_on", "last_on", "label", "name"),
    [
        (date(2026, 1, 1), date(2026, 1, 31), "January 2026", "January 2026"),
        (date(2026, 1, 5), date(2026, 1, 31), "January 2026", "Mon 5 Jan – Sat 31 Jan"),
    ],
)
def test_months_are_named_and_partial_ones_by_their_days(
    first_on: date, last_on: date, label: str, name: str
) -> None:
    [found] = marks_of(Bucket.MONTH, first_on, last_on)
    assert (found.label, found.name) == (label, name)
    assert isinstance(periods(first_on, last_on, Bucket.MONTH)[0], Period)
