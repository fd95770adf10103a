"""Which pages are measured, what each may take, and the least that it must read.

That least is one bare SQL statement. Another page is another line in `pages`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from reports.models import Person, Room, RoomSession
from reports.views.lists import ROWS_A_PAGE
from tests.benchmarks.data import FIRST_DAY, LARGE, day_count
from tests.benchmarks.loading import fetch
from tests.benchmarks.server import ADMINISTRATOR, TEACHER

MONTH_DAYS, TERM_DAYS = 30, 153


@dataclass(frozen=True)
class Budget:
    """Seconds at most; None: only told."""

    cold: float | None  # the first time after a merge
    p50: float | None
    p95: float | None


SUMS = Budget(None, 0.15, 0.3)  # pages of sessions, rooms and totals, over any range
PEOPLE_MONTH = Budget(0.3, 0.3, 0.3)  # pages that count people
PEOPLE_TERM = Budget(1.2, 1.2, 1.2)
PEOPLE_LONG = Budget(None, 0.15, 0.3)  # from the cache
MONTH_WITH_PEOPLE = Budget(0.3, 0.15, 0.3)  # both kinds of figures
TERM_WITH_PEOPLE = Budget(1.2, 0.15, 0.3)


@dataclass(frozen=True)
class Page:
    """An address, what it may take, and the least that it must read."""

    name: str
    path: str
    budget: Budget
    least: str  # SQL
    viewer: str = ADMINISTRATOR
    is_busy: bool = False  # also asked for while a merge runs


@dataclass(frozen=True)
class Days:
    """A range that ends with the data."""

    first: date
    end: date  # not included

    @property
    def query(self) -> str:
        return f"from={self.first}&to={self.end - timedelta(days=1)}&tz=UTC"

    @property
    def sql(self) -> str:
        return f"s.started_at >= '{self.first} 00:00:00' AND s.started_at < '{self.end} 00:00:00'"


def ranges(scale: float) -> tuple[Days, Days, Days]:
    """Return the last month, the last term and everything."""
    first = datetime.fromtimestamp(FIRST_DAY, UTC).date()
    end = first + timedelta(days=day_count(scale))
    month, term = (max(first, end - timedelta(days=days)) for days in (MONTH_DAYS, TERM_DAYS))
    return Days(month, end), Days(term, end), Days(first, end)


def pages(scale: float) -> list[Page]:
    """Return every page that is measured."""
    month, term, every = ranges(scale)
    busy = {"is_busy": True}
    found = [
        Page("overview, a month", f"/?{month.query}", MONTH_WITH_PEOPLE, totals(month), **busy),
        Page("overview, a term", f"/?{term.query}", TERM_WITH_PEOPLE, totals(term)),
        Page("overview, everything", f"/?{every.query}", SUMS, totals(every), **busy),
        Page("sessions, a month", f"/sessions/?{month.query}", SUMS, totals(month), **busy),
        Page("sessions, everything", f"/sessions/?{every.query}", SUMS, totals(every), **busy),
        Page(
            "sessions, everything, the last page",
            f"/sessions/?{every.query}&page={last_page(every)}",
            SUMS,
            totals(every),
        ),
        *(
            Page(
                f"sessions, everything, by {what}",
                f"/sessions/?{every.query}&sort={sort}",
                SUMS,
                totals(every),
            )
            for what, sort in (("attendees", "-attendees"), ("room", "room"), ("status", "status"))
        ),
        Page("rooms, a month", f"/rooms/?{month.query}", MONTH_WITH_PEOPLE, by_room(month), **busy),
        Page("rooms, everything", f"/rooms/?{every.query}", SUMS, by_room(every), **busy),
        Page("breakouts, everything", f"/breakouts/?{every.query}", SUMS, breakouts(every)),
        Page("attendees, a month", f"/attendees/?{month.query}", PEOPLE_MONTH, who(month), **busy),
        Page("attendees, a term", f"/attendees/?{term.query}", PEOPLE_TERM, who(term), **busy),
        Page("attendees, everything", f"/attendees/?{every.query}", PEOPLE_LONG, who(every)),
        Page(
            "attendees, everything, by time",
            f"/attendees/?{every.query}&sort=-time_in_session",
            PEOPLE_LONG,
            who(every),
        ),
    ]
    own = {"viewer": TEACHER}
    of_teacher = " AND s.room_id IN (SELECT g.room_id FROM reports_roomgrant g)"
    return [
        *found,
        *_of_one(every),
        Page("a teacher’s overview", f"/?{every.query}", SUMS, totals(every, of_teacher), **own),
        Page(
            "a teacher’s attendees", f"/attendees/?{term.query}", SUMS, who(term, of_teacher), **own
        ),
    ]


def _of_one(every: Days) -> Iterator[Page]:
    """Yield the pages of one room, session and person: the latest, and who came most of late."""
    session = RoomSession.objects.filter(
        account__partner_id=LARGE.partner_id, room__parent=None, attendee_count__gt=0
    ).latest("started_at", "pk")
    room: Room = session.room
    person = Person.objects.filter(attendances__session=session, is_placeholder=False).first()
    assert person is not None
    yield Page(
        "a room, everything",
        f"/rooms/{room.account_id}/{room.entry_id}/?{every.query}",
        SUMS,
        totals(every, f" AND s.room_id = {room.pk}"),
        is_busy=True,
    )
    yield Page(
        "a session",
        f"/sessions/{session.account_id}/{session.cue_point_id}/?tz=UTC",
        SUMS,
        "SELECT p.name, a.view_seconds, a.engaged_seconds FROM reports_attendance a"
        f" JOIN reports_person p ON p.id = a.person_id WHERE a.session_id = {session.pk}",
        is_busy=True,
    )
    yield Page(
        "a person, everything",
        f"/attendees/{person.pk}/?{every.query}",
        SUMS,
        "SELECT s.started_at, a.view_seconds, a.engaged_seconds FROM reports_attendance a"
        f" JOIN reports_roomsession s ON s.id = a.session_id WHERE a.person_id = {person.pk}",
    )


def totals(days: Days, more: str = "") -> str:
    return (
        "SELECT COUNT(*), SUM(s.attendee_count), SUM(s.view_seconds), SUM(s.engaged_seconds)"
        f" FROM reports_roomsession s WHERE {days.sql}{more}"
    )


def by_room(days: Days) -> str:
    return (
        "SELECT s.room_id, COUNT(*), SUM(s.attendee_count), SUM(s.view_seconds),"
        f" SUM(s.engaged_seconds) FROM reports_roomsession s WHERE {days.sql} GROUP BY s.room_id"
    )


def breakouts(days: Days) -> str:
    of_breakouts = "s.room_id IN (SELECT r.id FROM reports_room r WHERE r.parent_id IS NOT NULL)"
    return totals(days, f" AND {of_breakouts}")


def who(days: Days, more: str = "") -> str:
    return (
        "SELECT COUNT(DISTINCT a.person_id) FROM reports_attendance a JOIN reports_roomsession s"
        f" ON s.id = a.session_id WHERE {days.sql} AND s.view_seconds IS NOT NULL{more}"
    )


def last_page(days: Days) -> int:
    [(sessions, *_)] = fetch(totals(days))
    return -(-int(sessions) // ROWS_A_PAGE)
