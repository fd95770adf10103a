"""How coarse sums may be read: by the hour only where that changes no day and no hour of the zone."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reports.analytics.heatmap import heatmap
from reports.analytics.periods import Bucket, periods
from reports.analytics.quarters import HOUR, QUARTER, QuarterSums, step_of
from reports.analytics.trends import trend

MONDAY = date(2026, 1, 5)
WEEK = (MONDAY, MONDAY + timedelta(days=6))


@pytest.mark.parametrize(
    ("zone", "first_on", "last_on", "step"),
    [
        ("UTC", *WEEK, HOUR),
        ("Europe/Berlin", date(2026, 1, 1), date(2026, 12, 31), HOUR),  # the clocks change
        ("Asia/Kolkata", *WEEK, QUARTER),
        ("Asia/Kathmandu", MONDAY, MONDAY, QUARTER),
        ("Australia/Lord_Howe", *WEEK, HOUR),  # in summer at +11:00, in winter at +10:30
        ("Australia/Lord_Howe", date(2026, 7, 1), date(2026, 7, 1), QUARTER),
        ("Australia/Lord_Howe", date(2026, 4, 5), date(2026, 4, 5), QUARTER),  # the day between
    ],
)
def test_hours_are_read_where_they_are_utc_s(
    zone: str, first_on: date, last_on: date, step: timedelta
) -> None:
    assert step_of(ZoneInfo(zone), first_on, last_on) == step


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_hours_make_the_same_days_and_cells_as_quarters(zone: str) -> None:
    first_on, last_on = date(2026, 3, 1), date(2026, 4, 10)  # the clocks change
    start = datetime(2026, 2, 28, tzinfo=UTC)
    quarters = [
        QuarterSums(start + number * QUARTER, 2, number % 3, number % 2, number, 1, 60 * number, 7)
        for number in range(0, 44 * 96, 3)
    ]
    hours: defaultdict[datetime, list[QuarterSums]] = defaultdict(list)
    for quarter in quarters:
        hours[quarter.start_at.replace(minute=0)].append(quarter)
    by_hour = [
        QuarterSums(at, *(sum(column) for column in list(zip(*inside, strict=True))[1:]))
        for at, inside in hours.items()
    ]
    assert len(by_hour) < len(quarters)
    days = periods(first_on, last_on, Bucket.DAY)
    here = ZoneInfo(zone)
    assert trend(by_hour, here, days) == trend(quarters, here, days)
    assert heatmap(by_hour, here, first_on, last_on) == heatmap(quarters, here, first_on, last_on)
