"""A range in days, weeks or months: each day in exactly one of them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from reports.analytics.periods import (
    Bucket,
    Period,
    bucket_of,
    day_start,
    days_touched,
    periods,
    previous,
)

DAY = timedelta(days=1)
DAYS = st.dates(date(2019, 1, 1), date(2027, 1, 1))


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (1, Bucket.DAY),
        (45, Bucket.DAY),
        (46, Bucket.WEEK),
        (400, Bucket.WEEK),
        (401, Bucket.MONTH),
        (7300, Bucket.MONTH),
    ],
)
def test_a_longer_range_has_longer_periods(days: int, bucket: Bucket) -> None:
    assert bucket_of(days) is bucket


@given(DAYS, st.integers(0, 900), st.sampled_from(Bucket))
def test_every_day_is_in_one_period_and_its_neighbours_of_the_same_bucket_too(
    from_on: date, length: int, bucket: Bucket
) -> None:
    to_on = from_on + length * DAY
    found = periods(from_on, to_on, bucket)
    days = [
        period.first_on + number * DAY
        for period in found
        for number in range((period.last_on - period.first_on).days + 1)
    ]
    assert days == [from_on + number * DAY for number in range(length + 1)]
    name = {
        Bucket.DAY: date.isoformat,
        Bucket.WEEK: lambda day: day.isocalendar()[:2],
        Bucket.MONTH: lambda day: (day.year, day.month),
    }[bucket]
    assert [name(period.first_on) for period in found] == [name(period.last_on) for period in found]
    assert len({name(period.first_on) for period in found}) == len(found)
    for period in found:
        before, after = period.first_on - DAY, period.last_on + DAY
        belongs_together = name(period.first_on) in (name(before), name(after))
        assert period.is_partial is belongs_together


def test_weeks_begin_on_monday_and_the_ends_of_the_range_may_cut_one() -> None:
    found = periods(date(2026, 1, 14), date(2026, 1, 26), Bucket.WEEK)
    assert found == [
        Period(date(2026, 1, 14), date(2026, 1, 18), is_partial=True),
        Period(date(2026, 1, 19), date(2026, 1, 25), is_partial=False),
        Period(date(2026, 1, 26), date(2026, 1, 26), is_partial=True),
    ]


def test_months_are_as_long_as_they_are() -> None:
    found = periods(date(2024, 1, 1), date(2024, 3, 30), Bucket.MONTH)
    assert [(period.last_on.day, period.is_partial) for period in found] == [
        (31, False),
        (29, False),
        (30, True),
    ]


def test_a_range_upside_down_has_no_period() -> None:
    assert periods(date(2026, 1, 2), date(2026, 1, 1), Bucket.DAY) == []


@given(DAYS, st.integers(0, 900))
def test_the_previous_range_is_as_long_and_ends_right_before(from_on: date, length: int) -> None:
    first, last = previous(from_on, from_on + length * DAY)
    assert last + DAY == from_on
    assert (last - first).days == length


@pytest.mark.parametrize(
    ("day", "zone", "start"),
    [
        (date(2026, 3, 29), "Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (date(2026, 3, 30), "Europe/Berlin", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 1, 12), "Asia/Kathmandu", datetime(2026, 1, 11, 18, 15, tzinfo=UTC)),
        # Clocks went from 0:00 to 1:00: the day began at 1:00.
        (date(2024, 3, 31), "Asia/Beirut", datetime(2024, 3, 30, 22, tzinfo=UTC)),
        # Clocks went from 1:00 back to 0:00: midnight came twice, and the first one counts.
        (date(2024, 11, 3), "America/Havana", datetime(2024, 11, 3, 4, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_its_first_midnight(day: date, zone: str, start: datetime) -> None:
    assert day_start(day, ZoneInfo(zone)) == start
    first = start.astimezone(ZoneInfo(zone))
    assert first.date() == day
    assert (start - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() == day - DAY


def test_a_day_of_a_zone_touches_two_days_of_utc_and_a_utc_day_one() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    day = date(2026, 1, 12)
    local = days_touched(day_start(day, berlin), day_start(day + DAY, berlin))
    assert list(local) == [day - DAY, day]
    assert list(days_touched(day_start(day, UTC), day_start(day + DAY, UTC))) == [day]
