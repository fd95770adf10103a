"""Sums by period: as a recount by local dates has them, and gaps where nothing is known."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from reports.analytics.periods import Bucket, periods
from reports.analytics.quarters import QuarterSums
from reports.analytics.trends import trend
from reports.queries.shares import engagement
from tests.analytics.sessions import FIRST, SESSIONS, UTC_DAYS, ZONES, Made, quarters_of

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
MONDAY = date(2026, 1, 12)


def quarter(at: datetime, known: int = 1, unknown: int = 0, **values: int) -> QuarterSums:
    sums = {"attendances": 10 * known, "guests": known, "view_seconds": 600 * known}
    defaults = {"guessed_sessions": 0, **sums, "engaged_seconds": 300 * known}
    return QuarterSums(at, known + unknown, known, **defaults | values)


@given(SESSIONS, st.sampled_from(ZONES), st.sampled_from(Bucket), UTC_DAYS)
def test_each_period_is_a_recount_by_local_dates(
    sessions: list[Made], zone: ZoneInfo, bucket: Bucket, uncovered: frozenset[date]
) -> None:
    cut = periods(FIRST.date() + 2 * DAY, FIRST.date() + 38 * DAY, bucket)
    for sums in trend(quarters_of(sessions), zone, cut, uncovered=uncovered):
        inside = [s for s in sessions if sums.first_on <= s.on(zone) <= sums.last_on]
        minutes = range((sums.last_on - sums.first_on).days * 24 * 4 + 30 * 4)
        start = datetime.combine(sums.first_on, datetime.min.time(), zone).astimezone(UTC)
        quarters = (start + number * timedelta(minutes=15) for number in minutes)
        own = [at for at in quarters if at.astimezone(zone).date() <= sums.last_on]
        is_covered = not any(at.date() in uncovered for at in own)
        assert sums.is_complete is is_covered
        assert sums.is_gap is (not inside and not is_covered)
        if sums.is_gap:
            assert (sums.sessions, sums.attendances, sums.view_seconds) == (None, None, None)
            continue
        known = [s.attendees for s in inside if s.attendees is not None]
        assert sums.sessions == len(inside)
        assert sums.unknown_sessions == len(inside) - len(known)
        assert sums.guessed_sessions == sum(not s.has_facts for s in inside)
        people = sum(known) if known or not inside else None
        assert sums.attendances == people
        assert sums.view_seconds == (None if people is None else people * 100)
        assert sums.engagement == (pytest.approx(0.4) if people else None)


@given(SESSIONS, st.sampled_from(ZONES), st.sampled_from(Bucket))
def test_no_session_of_the_range_is_lost_or_counted_twice(
    sessions: list[Made], zone: ZoneInfo, bucket: Bucket
) -> None:
    cut = periods(FIRST.date() - DAY, FIRST.date() + 43 * DAY, bucket)
    found = trend(quarters_of(sessions), zone, cut)
    assert sum(sums.sessions or 0 for sums in found) == len(sessions)
    assert sum(sums.attendances or 0 for sums in found) == sum(s.attendees or 0 for s in sessions)


def test_the_day_of_the_change_of_clocks_has_23_hours() -> None:
    spring = date(2026, 3, 29)
    cut = periods(spring - DAY, spring + DAY, Bucket.DAY)
    first, last = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)
    moments = [first - timedelta(minutes=15), first, last - timedelta(minutes=15), last]
    found = trend([quarter(at) for at in moments], BERLIN, cut)
    assert [sums.sessions for sums in found] == [1, 2, 1]


def test_unknown_sessions_are_counted_and_in_no_sum() -> None:
    noon = datetime(2026, 1, 12, 12, tzinfo=UTC)
    cut = periods(MONDAY, MONDAY + 2 * DAY, Bucket.DAY)
    quarters = [quarter(noon, 2, 1), quarter(noon + DAY, 0, 3, guessed_sessions=1)]
    mixed, unknown, nothing = trend(quarters, UTC, cut)
    assert (mixed.sessions, mixed.unknown_sessions, mixed.attendances) == (3, 1, 20)
    assert (unknown.sessions, unknown.unknown_sessions, unknown.guessed_sessions) == (3, 3, 1)
    assert unknown.attendances is unknown.guests is unknown.view_seconds is None
    assert unknown.engaged_seconds is unknown.engagement is None
    assert not unknown.is_gap
    assert (nothing.sessions, nothing.attendances, nothing.view_seconds) == (0, 0, 0)
    assert nothing.engagement is None


def test_engagement_is_that_of_sessions_and_pages() -> None:
    noon = datetime(2026, 1, 12, 12, tzinfo=UTC)
    (sums,) = trend([quarter(noon, 3)], UTC, periods(MONDAY, MONDAY, Bucket.DAY))
    assert sums.engagement == engagement(900, 1800) == 0.5


def test_a_day_that_was_not_fetched_is_a_gap_unless_something_of_it_is_here() -> None:
    cut = periods(MONDAY, MONDAY + 2 * DAY, Bucket.DAY)
    quarters = [quarter(datetime(2026, 1, 13, 12, tzinfo=UTC))]
    missing = [MONDAY, MONDAY + DAY]
    gap, partly, empty = trend(quarters, UTC, cut, uncovered=missing)
    assert (gap.is_gap, gap.is_complete) == (True, False)
    assert (partly.sessions, partly.is_complete) == (1, False)
    assert (empty.sessions, empty.is_complete) == (0, True)


def test_what_has_not_begun_is_a_gap_and_what_is_not_over_is_not_complete() -> None:
    cut = periods(MONDAY, MONDAY + 2 * DAY, Bucket.DAY)
    now = datetime(2026, 1, 13, 12, tzinfo=UTC)
    over, running, future = trend([], UTC, cut, now=now)
    assert (over.sessions, over.is_complete) == (0, True)
    assert (running.sessions, running.is_complete) == (0, False)
    assert (future.sessions, future.is_complete) == (None, False)


def test_a_period_is_provisional_when_it_ends_after_figures_have_settled() -> None:
    cut = periods(MONDAY, MONDAY + 2 * DAY, Bucket.DAY)
    settled = datetime(2026, 1, 14, tzinfo=UTC)
    found = trend([], UTC, cut, provisional_from=settled)
    assert [sums.is_provisional for sums in found] == [False, False, True]
    assert [sums.is_provisional for sums in trend([], UTC, cut)] == [False] * 3


def test_a_partial_week_says_so_and_quarters_outside_are_left_out() -> None:
    cut = periods(MONDAY + DAY, MONDAY + 6 * DAY, Bucket.WEEK)
    outside = [datetime(2026, 1, 12, 23, 45, tzinfo=UTC), datetime(2026, 1, 19, tzinfo=UTC)]
    (week,) = trend([quarter(at) for at in outside], UTC, cut)
    assert (week.is_partial, week.sessions) == (True, 0)
    assert trend([], UTC, []) == []
