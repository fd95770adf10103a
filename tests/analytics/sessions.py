"""Invented sessions and their quarter-hours, for trends and heat maps to be compared with."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from reports.analytics.quarters import QuarterSums

FIRST = datetime(2026, 2, 20, tzinfo=UTC)  # six weeks, with every change of clocks of that spring
MINUTES = 42 * 24 * 60
# Whole hours, three quarters of one, a half of one with a half hour of summer time, and both halves.
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "America/St_Johns",
    )
]


class Made(NamedTuple):
    """One session."""

    started_at: datetime
    attendees: int | None  # None: not whole
    has_facts: bool

    def on(self, zone: ZoneInfo) -> date:
        return self.started_at.astimezone(zone).date()


def _made(minute: int, attendees: int | None, *, has_facts: bool) -> Made:
    at = FIRST + timedelta(minutes=minute)
    if has_facts:
        return Made(at, attendees, has_facts)
    return Made(at.replace(hour=0, minute=0), None, has_facts)


SESSIONS = st.lists(
    st.builds(
        _made,
        st.integers(0, MINUTES - 1),
        st.none() | st.integers(0, 50),
        has_facts=st.sampled_from([True, True, True, False]),
    ),
    max_size=40,
)
UTC_DAYS = st.frozensets(
    st.integers(0, 42).map(lambda number: (FIRST + timedelta(days=number)).date()), max_size=8
)


def quarters_of(sessions: Iterable[Made]) -> list[QuarterSums]:
    """Return the sums by quarter, counted one by one: 100 seconds a person, 40 of them engaged."""
    found: dict[datetime, list[Made]] = {}
    for session in sessions:
        at = session.started_at
        quarter = at.replace(minute=at.minute - at.minute % 15)
        found.setdefault(quarter, []).append(session)
    sums = []
    for at, inside in sorted(found.items()):
        known = [session.attendees for session in inside if session.attendees is not None]
        guessed = sum(not session.has_facts for session in inside)
        people = sum(known)
        sums.append(
            QuarterSums(at, len(inside), len(known), guessed, people, 0, people * 100, people * 40)
        )
    return sums
