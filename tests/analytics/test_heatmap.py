"""The hours of the week, by local clocks, and what is usual."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from reports.analytics.heatmap import HOURS, WEEKDAYS, heatmap
from reports.analytics.quarters import QuarterSums
from tests.analytics.sessions import FIRST, SESSIONS, UTC_DAYS, ZONES, Made, quarters_of

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
MONDAY = date(2026, 1, 12)


def quarter(at: datetime, known: int = 1, unknown: int = 0, guessed: int = 0) -> QuarterSums:
    return QuarterSums(at, known + unknown, known, guessed, 10 * known, 0, 0, 0)


@given(SESSIONS, st.sampled_from(ZONES), UTC_DAYS)
def test_each_cell_is_a_recount_by_local_clocks(
    sessions: list[Made], zone: ZoneInfo, uncovered: frozenset[date]
) -> None:
    from_on, to_on = FIRST.date() + 2 * DAY, FIRST.date() + 38 * DAY
    found = heatmap(quarters_of(sessions), zone, from_on, to_on, uncovered=uncovered)
    inside = [s for s in sessions if from_on <= s.on(zone) <= to_on]
    assert found.guessed_sessions == sum(not s.has_facts for s in inside)
    days = [from_on + number * DAY for number in range(37)]
    counted = {day for day in days if not utc_days(day, zone) & uncovered}
    for weekday in WEEKDAYS:
        divisor = sum(day.isoweekday() == weekday for day in counted)
        assert found.days[weekday - 1] == divisor
        for hour in HOURS:
            here = [s for s in inside if s.has_facts and is_at(s, zone, weekday, hour)]
            cell = found.cell(weekday, hour)
            assert (cell.weekday, cell.hour, cell.sessions) == (weekday, hour, len(here))
            assert cell.attendances == people(here)
            usual = [s for s in here if s.on(zone) in counted]
            if not divisor:
                assert cell.average_sessions is cell.average_attendances is None
                continue
            assert cell.average_sessions == pytest.approx(len(usual) / divisor)
            whole = people(usual)
            average = None if whole is None else pytest.approx(whole / divisor)
            assert cell.average_attendances == average


def utc_days(day: date, zone: ZoneInfo) -> set[date]:
    start = datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)
    quarters = (start + number * timedelta(minutes=15) for number in range(26 * 4))
    return {at.date() for at in quarters if at.astimezone(zone).date() == day}


def is_at(session: Made, zone: ZoneInfo, weekday: int, hour: int) -> bool:
    local = session.started_at.astimezone(zone)
    return (local.isoweekday(), local.hour) == (weekday, hour)


def people(sessions: list[Made]) -> int | None:
    known = [s.attendees for s in sessions if s.attendees is not None]
    return sum(known) if known or not sessions else None


def test_summer_time_moves_no_lesson_to_another_hour() -> None:
    winter, summer = datetime(2026, 3, 23, 8, tzinfo=UTC), datetime(2026, 3, 30, 7, tzinfo=UTC)
    found = heatmap([quarter(winter), quarter(summer)], BERLIN, date(2026, 3, 23), date(2026, 4, 5))
    cell = found.cell(1, 9)
    assert (cell.sessions, cell.attendances) == (2, 20)
    assert (cell.average_sessions, cell.average_attendances) == (1, 10)
    assert found.days == (2,) * 7
    assert (found.most_sessions, found.most_attendances) == (2, 20)


def test_a_usual_monday_counts_only_mondays_that_are_over_and_fetched() -> None:
    mondays = [MONDAY + 7 * number * DAY for number in range(4)]
    nine = [datetime(day.year, day.month, day.day, 9, tzinfo=UTC) for day in mondays]
    found = heatmap(
        [quarter(nine[0], known=2), quarter(nine[1]), quarter(nine[3])],
        UTC,
        MONDAY,
        MONDAY + 40 * DAY,
        uncovered=[mondays[1]],
        now=nine[3] + timedelta(hours=1),
    )
    cell = found.cell(1, 9)
    assert cell.sessions == 4
    assert found.days[0] == 2  # the first and the third: one is missing, one is not over
    assert (cell.average_sessions, cell.average_attendances) == (1, 10)
    assert found.days[1] == 3


def test_sessions_that_are_not_whole_have_an_hour_and_no_attendances() -> None:
    nine = datetime(2026, 1, 12, 9, tzinfo=UTC)
    found = heatmap([quarter(nine, known=0, unknown=2)], UTC, MONDAY, MONDAY)
    cell = found.cell(1, 9)
    assert (cell.sessions, cell.unknown_sessions, cell.attendances) == (2, 2, None)
    assert (cell.average_sessions, cell.average_attendances) == (2, None)
    assert found.most_attendances == 0


def test_a_guessed_start_is_in_no_hour() -> None:
    midnight = datetime(2026, 1, 12, tzinfo=UTC)
    found = heatmap([quarter(midnight, 1, unknown=3, guessed=3)], UTC, MONDAY, MONDAY)
    assert (found.cell(1, 0).sessions, found.guessed_sessions) == (1, 3)


def test_a_week_without_sessions_is_empty() -> None:
    found = heatmap([], UTC, MONDAY, MONDAY + 6 * DAY)
    assert found.is_empty
    assert (found.most_sessions, found.most_attendances) == (0, 0)
    assert [len(row) for row in found.rows] == [24] * 7
    assert found.cell(7, 23).average_sessions == 0
