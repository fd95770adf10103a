"""An invented university as a world, worked out day by day from a seed.

Days are made when somebody asks for them and forgotten again, so that a world of millions of
attendances needs the memory of a few days. A day depends on the seed and its date alone: as time
goes on days are added, and nothing that was answered once ever changes.
"""

from __future__ import annotations

import random
import threading
import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter

from reports.simulator.accounts import DEFAULT, Account
from reports.simulator.campus import Course, Slot, Teacher, build_campus
from reports.simulator.lessons import hold_meeting
from reports.simulator.world import Event, Room, Session

DAY_SECONDS = 86400
KEPT_DAYS = 24
TERM_WEEKS = 16
EPOCH = date(1970, 1, 1)

# Ids are numbers below 36^8, scattered by a multiplication that can be undone, so that a session
# is found by its id alone: number = day × MOST_PER_DAY + place, rooms being those of "day 0".
BASE_36 = "0123456789abcdefghijklmnopqrstuvwxyz"
ID_DIGITS = 8
ID_SPAN = 36**ID_DIGITS
SCATTER = 1_570_082_953_421  # shares no factor with 36
GATHER = pow(SCATTER, -1, ID_SPAN)
OFFSET = 911_382_323_557
MOST_PER_DAY = 100_000

_BY_TIME = attrgetter("at")


@dataclass(frozen=True, slots=True)
class Day:
    """What was begun on one UTC day; its events may reach into the next one."""

    sessions: tuple[Session, ...]
    events: tuple[Event, ...]  # by time


class University:
    """A world from `starts_on` up to now: the week of `anchored_on` is the first term's last."""

    def __init__(
        self,
        seed: int,
        anchored_on: date,
        courses: int = 25,
        weeks: int = 16,
        learners_per_course: tuple[int, int] = (25, 60),
        *,
        clock: Callable[[], float] = time.time,
        kept_days: int = KEPT_DAYS,
    ) -> None:
        if courses < 1 or weeks < 1:
            raise ValueError("A university needs a course and a week at least.")
        monday = anchored_on - timedelta(days=anchored_on.weekday())
        self.seed = seed
        self.anchored_on = anchored_on
        self.starts_on = monday - timedelta(weeks=weeks - 1)
        self.accounts: tuple[Account, ...] = DEFAULT
        self._term_weeks = min(weeks, TERM_WEEKS)
        self._campus = build_campus(seed, courses, learners_per_course, _identifier)
        self._clock = clock
        self._kept_days = kept_days
        self._days: OrderedDict[int, Day] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def teachers(self) -> tuple[Teacher, ...]:
        """Everybody who teaches, with their rooms."""
        return self._campus.teachers

    @property
    def courses(self) -> tuple[Course, ...]:
        """The courses, with their rooms and everybody enrolled."""
        return self._campus.courses

    def rooms(self) -> Mapping[str, Room]:
        """Return every room by its entry id."""
        return self._campus.rooms

    def session(self, cue_point_id: str) -> Session:
        """Return the session; while it is going on, with an end like its start.

        Raises KeyError for an unknown id, and for a session that hasn't begun.
        """
        day_number, place = divmod(_number(cue_point_id), MOST_PER_DAY)
        now = self._clock()
        if not self._first_day <= day_number <= now // DAY_SECONDS:
            raise KeyError(cue_point_id)
        sessions = self._day(day_number).sessions
        if place >= len(sessions) or sessions[place].start > now:
            raise KeyError(cue_point_id)
        session = sessions[place]
        return replace(session, end=session.start) if session.end > now else session

    def sessions_on(self, day: date) -> tuple[Session, ...]:
        """Return the sessions that begin on a UTC day, as planned: future ones too."""
        number = (day - EPOCH).days
        return self._day(number).sessions if number >= self._first_day else ()

    def events(self, from_unix: int, to_unix: int) -> Iterator[Event]:
        """Yield the events with from_unix <= at < to_unix by time; those of the future not yet."""
        to_unix = min(to_unix, int(self._clock()))
        from_unix = max(from_unix, self._first_day * DAY_SECONDS)
        while from_unix < to_unix:
            day_number = from_unix // DAY_SECONDS
            until = min((day_number + 1) * DAY_SECONDS, to_unix)
            yield from self._events_within(day_number, from_unix, until)
            from_unix = until

    @property
    def _first_day(self) -> int:
        return (self.starts_on - EPOCH).days

    def _events_within(self, day_number: int, from_unix: int, to_unix: int) -> list[Event]:
        found: list[Event] = []
        for number in (day_number - 1, day_number):
            if number >= self._first_day:
                events = self._day(number).events
                first = bisect_left(events, from_unix, key=_BY_TIME)
                found += events[first : bisect_left(events, to_unix, lo=first, key=_BY_TIME)]
        found.sort(key=_BY_TIME)
        return found

    def _day(self, number: int) -> Day:
        with self._lock:
            day = self._days.get(number)
            if day is None:
                day = self._days[number] = self._make_day(number)
                while len(self._days) > self._kept_days:
                    self._days.popitem(last=False)
            self._days.move_to_end(number)
            return day

    def _make_day(self, number: int) -> Day:
        since_start = number - self._first_day
        week = since_start // 7 % self._term_weeks
        progress = week / max(self._term_weeks - 1, 1)
        sessions: list[Session] = []
        events: list[Event] = []
        for slot in self._campus.slots:
            if not _takes_place(slot, number, since_start):
                continue
            chance = random.Random(f"{self.seed}|{slot.room_id}|{slot.weekday}|{number}")
            ids = _SessionIds(number, len(sessions))
            new_sessions, new_events = hold_meeting(
                slot, number * DAY_SECONDS, progress, chance, ids.next
            )
            sessions += new_sessions
            events += new_events
        events.sort(key=_BY_TIME)
        return Day(tuple(sessions), tuple(events))


class _SessionIds:
    """Gives out a day's session ids in the order of its sessions."""

    def __init__(self, day_number: int, place: int) -> None:
        self._number = day_number * MOST_PER_DAY + place

    def next(self) -> str:
        self._number += 1
        return _identifier(self._number - 1)


def _takes_place(slot: Slot, day_number: int, since_start: int) -> bool:
    weekday = (day_number + EPOCH.weekday()) % 7
    return weekday == slot.weekday and since_start % slot.every_days < 7


def _identifier(number: int) -> str:
    scattered = (number * SCATTER + OFFSET) % ID_SPAN
    digits = []
    for _ in range(ID_DIGITS):
        scattered, digit = divmod(scattered, 36)
        digits.append(BASE_36[digit])
    return "1_" + "".join(reversed(digits))


def _number(identifier: str) -> int:
    if len(identifier) != ID_DIGITS + 2 or not identifier.startswith("1_"):
        raise KeyError(identifier)
    try:
        scattered = int(identifier[2:], 36)
    except ValueError:
        raise KeyError(identifier) from None
    number: int = (scattered - OFFSET) * GATHER % ID_SPAN
    return number


def today() -> date:
    """Return the current UTC day."""
    return datetime.now(UTC).date()
