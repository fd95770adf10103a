"""What sessions add up to by the quarter-hour of their start: what trends and heat maps are made of.

A quarter-hour, because every time zone is off from UTC by a multiple of it: days and hours of any
zone are sums of whole quarters.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

QUARTER = timedelta(minutes=15)


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
