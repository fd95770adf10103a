"""What sessions add up to by the quarter-hour of their start: what trends and heat maps are made of.

A quarter-hour, because every time zone is off from UTC by a multiple of it: days and hours of any
zone are sums of whole quarters.
"""

from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from reports.analytics.periods import DAY, day_start

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)


class QuarterSums(NamedTuple):
    """Sessions that start in one quarter-hour."""

    start_at: datetime  # aware, UTC
    sessions: int
    known_sessions: int  # of them, whole: the sums below are theirs
    guessed_sessions: int  # of them, without facts: they may have started later; none is known
    attendances: int
    guests: int
    view_seconds: int
    engaged_seconds: int

    @property
    def unknown_sessions(self) -> int:
        return self.sessions - self.known_sessions


def step_of(zone: tzinfo, first_on: date, last_on: date) -> timedelta:
    """Return an hour where all days of the zone begin with an hour of UTC, else a quarter-hour.

    As an hour holds four quarters, there is less to read, and days and hours come out the same.
    """
    day = first_on
    while day <= last_on + DAY:
        if day_start(day, zone).minute:
            return QUARTER
        day += DAY
    return HOUR
