"""Two accounts with everything odd in them over days when clocks change, and who may see what.

Breakouts with and without a main session, rooms without a name, sessions that are not whole, open or
without facts, guests, people without an id, an erased one, rows in two tiles, nobody at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from reports.models import Account, Attendance, Person, Room, RoomSession, User
from tests import factories as make

SESSIONS = 30
KINDS = ("whole", "whole", "unknown", "whole", "open", "whole", "no facts", "whole", "empty")


@dataclass(frozen=True)
class OddWorld:
    """Days with sessions on them, before them and after them; three who look at them."""

    first_on: date
    last_on: date
    users: dict[str, tuple[User, set[int] | None]]  # with the keys of their rooms; None: every room

    def sessions(self, user: str, zone: ZoneInfo) -> list[RoomSession]:
        """Return the user's sessions of the days, in the zone: found one by one."""
        own = self.users[user][1]
        return [
            session
            for session in RoomSession.objects.select_related("room")
            if self.first_on <= session.started_at.astimezone(zone).date() <= self.last_on
            and (own is None or session.room_id in own)
        ]


@dataclass(frozen=True)
class Sums:
    """What sessions add up to, counted row by row."""

    sessions: int
    unknown_sessions: int
    attendances: int | None
    people: int | None
    view_seconds: int | None
    engaged_seconds: int | None


def odd_world(first_on: date, step: timedelta) -> OddWorld:
    """Store the world. Sessions follow each other by the step; the first two days are not asked for."""
    here, there = make.account("university"), make.account("academy", breakouts_add=False)
    hall, lab = make.room(here, "Hall"), make.room(here, "")
    groups = [make.room(here, name, parent=hall) for name in ("Group 1", "")]
    rooms = [hall, groups[0], lab, make.room(there, "Hall"), groups[1]]
    rooms.append(make.room(there, "Group 1", parent=rooms[3]))
    at = datetime(first_on.year, first_on.month, first_on.day, tzinfo=UTC)
    people = [*_people(here), *_people(there)]
    for number in range(SESSIONS):
        _session(number, rooms[number * 5 % len(rooms)], people, at + number * step)
    return OddWorld(
        first_on=first_on + timedelta(days=2),
        last_on=(at + (SESSIONS - 4) * step).date(),
        users={
            "administrator": (make.administrator(), None),
            "of a room": (make.teacher("of_room", [hall]), {hall.pk, *(g.pk for g in groups)}),
            "of a breakout": (make.teacher("of_breakout", groups[:1]), {groups[0].pk}),
        },
    )


def sums_of(sessions: Iterable[RoomSession]) -> Sums:
    """Return what the sessions add up to, from the attendances themselves."""
    every = list(sessions)
    whole = [session.pk for session in every if session.view_seconds is not None]
    rows = list(Attendance.objects.filter(session__in=whole))
    if every and not whole:
        return Sums(len(every), len(every), None, None, None, None)
    return Sums(
        sessions=len(every),
        unknown_sessions=len(every) - len(whole),
        attendances=len({(row.session_id, row.person_id) for row in rows}),
        people=len({row.person_id for row in rows}),
        view_seconds=sum(row.view_seconds for row in rows),
        engaged_seconds=sum(row.engaged_seconds for row in rows),
    )


def _people(of: Account) -> list[Person]:
    return [
        make.person(of, "ada", name="Ada Lovelace"),
        make.person(of, "ben", name="ben Ö. Becker", email=""),
        make.person(of, "guest", name="Gus Guest"),
        make.person(of, "dora", name="", email=""),
        make.person(of, "erased-1", name="", email="", erased_at=make.START),
    ]


def _session(number: int, room: Room, people: list[Person], at: datetime) -> None:
    kind = KINDS[number % len(KINDS)]
    facts = {}
    if kind == "no facts":
        at = at.replace(hour=0, minute=0)  # the start of the tile that it was found in
        facts = {"facts_asked_at": None, "host_name": ""}
    if kind in ("open", "no facts"):
        facts["length_seconds"] = None
    if room.parent:
        mains = RoomSession.objects.filter(room=room.parent, started_at__lte=at)
        facts["main_session"] = mains.order_by("-started_at").first() if number % 2 else None
    if kind == "unknown" or (kind == "no facts" and number % 2):
        # Some of its time is here already, of somebody who was nowhere else.
        session = make.unknown_session(room, at, **facts)
        make.attendance(session, make.person(room.account, f"early{number}"))
        return
    own = [person for person in people if person.account_id == room.account_id]
    chosen = [person for place, person in enumerate(own) if (number + place) % 3]
    unnamed = make.person(room.account, "", name="", email="", is_placeholder=True)
    rows = [(person, 61 * (number + 2), 29 * number) for person in (*chosen, unnamed)]
    session = make.whole_session(room, rows if kind != "empty" else (), at, **facts)
    if kind == "whole" and number % 4 == 1:  # past midnight: the first person in two tiles
        later = make.tile(room.account, at + timedelta(days=1))
        make.attendance(session, rows[0][0], 100, 70, tile=later)
        session.view_seconds += 100
        session.engaged_seconds += 70
        session.save()
    guests = session.attendances.filter(person__in=[unnamed, own[2]])
    session.guest_count = guests.update(user_type="Guest")
    session.save()
