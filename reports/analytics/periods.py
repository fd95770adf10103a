"""A range of days in periods: days, weeks or months, whichever makes a readable number of them.

Days are calendar days of some zone; which one, only `day_start` needs to know.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

DAY = timedelta(days=1)
MOST_DAYS = 45  # shown day by day; more days go by weeks,
MOST_WEEK_DAYS = 400  # and more than these by months


class Bucket(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"  # from Monday, as ISO has it
    MONTH = "month"


class Period(NamedTuple):
    """Days that are counted together, first and last included, within the range."""

    first_on: date
    last_on: date
    is_partial: bool  # the range holds only a part of the week or month


def bucket_of(days: int) -> Bucket:
    """Return by what a range of so many days is cut into periods."""
    if days <= MOST_DAYS:
        return Bucket.DAY
    return Bucket.WEEK if days <= MOST_WEEK_DAYS else Bucket.MONTH


def periods(from_on: date, to_on: date, bucket: Bucket) -> list[Period]:
    """Return the periods of the range in order: no day twice, none left out.

    The first and the last may be partial. Without days, when the range ends before it starts, none.
    """
    return list(_periods(from_on, to_on, bucket))


def previous(from_on: date, to_on: date) -> tuple[date, date]:
    """Return the first and the last day of as many days right before the range."""
    return from_on - (to_on - from_on) - DAY, from_on - DAY


def day_start(day: date, zone: tzinfo) -> datetime:
    """Return when the day begins in the zone, in UTC. Where clocks skip midnight: when they do."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def days_touched(start_at: datetime, end_at: datetime) -> Iterator[date]:
    """Yield the UTC days that hold something of the time from the start up to the end."""
    day = start_at.astimezone(UTC).date()
    while datetime.combine(day, time.min, UTC) < end_at:
        yield day
        day += DAY


def _periods(from_on: date, to_on: date, bucket: Bucket) -> Iterator[Period]:
    first = from_on
    while first <= to_on:
        start, end = _whole(first, bucket)
        last = min(end, to_on)
        yield Period(first, last, is_partial=(first, last) != (start, end))
        first = last + DAY


def _whole(day: date, bucket: Bucket) -> tuple[date, date]:
    """Return the first and the last day of the period that holds the day."""
    if bucket is Bucket.DAY:
        return day, day
    if bucket is Bucket.WEEK:
        monday = day - day.weekday() * DAY
        return monday, monday + 6 * DAY
    next_month = (day.replace(day=1) + 31 * DAY).replace(day=1)
    return day.replace(day=1), next_month - DAY
