"""A small term in two accounts with everything odd in it, to be counted again row by row.

Two accounts that share a user id, breakouts, a person without an id, guests, an erased person, rows in
two tiles, open sessions, sessions that are not whole, sessions without facts.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reports.models import Account, Attendance, Person, Room, RoomSession
from tests import factories as make
from tests.factories import START

SESSIONS = 36


@dataclass(frozen=True)
class Term:
    """What a test names of it."""

    rooms: list[Room]
    people: list[Person]
    from_at: datetime
    to_at: datetime  # the end; there are sessions after it


def make_term() -> Term:
    """Return a term of sessions every five hours and three quarters."""
    here, there = make.account("university"), make.account("Zoo", data_version=3)
    anatomy, botany = make.room(here, "Anatomy"), make.room(here, "botany")
    rooms = [anatomy, botany, make.room(here, "Übung Ä"), make.room(here, ""), make.room(there)]
    rooms += [make.room(here, f"Group {n}", parent=anatomy) for n in range(2)]
    rooms += [make.room(here, "Group 1", parent=botany)]
    people = [*_people(here), make.person(there, "ben", name="Ben there", email="")]
    for number in range(SESSIONS):
        _session(number, rooms[number * 3 % len(rooms)], people)
    step = timedelta(hours=5, minutes=45)
    return Term(rooms, people, START + 2 * step, START + 34 * step)


def _people(of: Account) -> list[Person]:
    return [
        make.person(of, "ada", name="Ada Lovelace"),
        make.person(of, "ben", name="ben Ö. Becker"),
        make.person(of, "cem", name="Cem Öztürk", email="CEM@example.org"),
        make.person(of, "dora", name="", email=""),
        make.person(of, "Unknown", name="", email="", is_placeholder=True),
        make.person(of, "erased-1", name="", email="", erased_at=START),
        make.person(of, "guest", name="Gus Guest"),
        make.person(of, "ada2", name="Ada Lovelace"),
    ]


def _session(number: int, room: Room, people: list[Person]) -> None:
    at = START + number * timedelta(hours=5, minutes=45)
    own = [person for person in people if person.account_id == room.account_id]
    chosen = [
        (person, place) for place, person in enumerate(own) if (number * 7 + place * 5) % 9 < 4
    ]
    if number % 8 == 3:
        values = {"facts_asked_at": None} if number % 16 == 3 else {}
        session = make.unknown_session(room, at, **values)
    else:
        length = None if number % 10 == 5 else 3600
        session = make.session(room, at, length_seconds=length)
    for person, place in chosen:
        # A guest who signed in later, in whole sessions and in others.
        guest = person.user_id == "guest" or (person.user_id == "ada2" and number < 20)
        kind = "Guest" if guest else "User"
        view = 0 if (number + place) % 11 == 7 else 300 + 17 * number + 5 * place
        make.attendance(session, person, view, view // 3, user_type=kind)
        if (number + place) % 4 == 0:
            next_day = make.tile(session.account, at + timedelta(days=1))
            make.attendance(session, person, 60, 40, user_type=kind, tile=next_day)
    if session.is_whole:
        _write_sums(session)


def _write_sums(session: RoomSession) -> None:
    rows = list(Attendance.objects.filter(session=session))
    session.attendee_count = len({row.person_id for row in rows})
    known = {row.person_id for row in rows if row.user_type != "Guest"}
    session.guest_count = session.attendee_count - len(known)
    session.view_seconds = sum(row.view_seconds for row in rows)
    session.engaged_seconds = sum(row.engaged_seconds for row in rows)
    session.save()


def rows_by_session(sessions: Iterable[RoomSession]) -> dict[RoomSession, list[Attendance]]:
    """Return the attendances of the whole ones among the sessions, every row by itself."""
    rows: defaultdict[RoomSession, list[Attendance]] = defaultdict(list)
    for session in sessions:
        if session.is_whole:
            rows[session] = list(session.attendances.select_related("person__account"))
    return rows
