"""Five courses that must know nothing of each other, and everybody who may look at one of them.

A  the course that everything is seen from: of the first site, on the first account
B  a second course of the same site
C  a course of a second site on an account of its own, with the ids that A has
D  a course of a third site on the account of A
E  a course of a site that was stopped

Each name in them holds a marker that says whose it is and what of: see `mark`. All other words in the
names are the same everywhere, so that a search for one of them is a search for everybody's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Literal

from django.test import Client

from reports.models import (
    Account,
    Course,
    CourseRole,
    CourseRoom,
    Enrolment,
    MoodleSite,
    Person,
    Room,
    RoomSession,
    SessionEvent,
    User,
    VirtualEvent,
)
from tests import course_factories, factories
from tests.factories import START
from tests.views.conftest import signed_in

WORD = "Kestrel"  # in every name
COURSES = "ABCDE"
OF_ROOM = ("room", "group", "host", "opener", "person", "event", "cue", "account")
OF_COURSE = ("course", "enrolled", "site")
HIDDEN = ("claimed", "undone")  # rooms that are said, or were said, to be a course's
KINDS = (*OF_ROOM, *OF_COURSE, *HIDDEN)
MINUTE = timedelta(minutes=1)
IN_FRAME = {"sec-fetch-dest": "iframe"}
LEARNER = "55"  # Moodle's id of the learner on each site


def mark(course: str, kind: str) -> str:
    """Return what stands in each name of the kind that belongs to the course."""
    return f"zz{course}{kind}qx"


def marks(courses: str, kinds: tuple[str, ...] = KINDS) -> set[str]:
    return {mark(course, kind) for course in courses for kind in kinds}


def seen_in(courses: str, kinds: tuple[str, ...] = (*OF_ROOM, *OF_COURSE)) -> frozenset[str]:
    """Return what may be read by whose courses they are; all but C are on one account."""
    accounts = {"C" if course == "C" else "A" for course in courses}
    return frozenset(marks(courses, kinds) | {mark(letter, "account") for letter in accounts})


@dataclass(frozen=True)
class Part:
    """A course with everything that is its own."""

    letter: str
    account: Account
    site: MoodleSite
    course: Course
    room: Room
    group: Room  # a breakout room of it
    session: RoomSession
    breakout: RoomSession
    person: Person
    event: VirtualEvent
    enrolment: Enrolment
    claim: CourseRoom  # waits for an administrator

    def name(self, kind: str) -> str:
        return f"{WORD} {mark(self.letter, kind)}"


@dataclass(frozen=True)
class Apart:
    """All five, by letter, and who was in several of them."""

    parts: dict[str, Part]
    common: Person  # in the sessions of A, B and D

    def __getitem__(self, letter: str) -> Part:
        return self.parts[letter]

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts.values())


def apart() -> Apart:
    """Store the five."""
    near = factories.account(f"{WORD} {mark('A', 'account')}")
    far = factories.account(f"{WORD} {mark('C', 'account')}")
    common = factories.person(near, "common", name="Common Carla")
    first = _site("A", near)
    sites = {
        "A": first,
        "B": first,
        "C": _site("C", far),
        "D": _site("D", near),
        "E": _site("E", near),
    }
    parts = {letter: _part(letter, sites[letter], common) for letter in COURSES}
    sites["E"].is_active = False
    sites["E"].save()
    return Apart(parts, common)


def _site(letter: str, account: Account) -> MoodleSite:
    issuer = f"https://{mark(letter, 'site').lower()}.example.org"
    return course_factories.moodle_site(account, issuer, name=f"{WORD} {mark(letter, 'site')}")


def _part(letter: str, site: MoodleSite, common: Person) -> Part:
    def name(kind: str) -> str:
        return f"{WORD} {mark(letter, kind)}"

    account = site.account
    assert account is not None
    room = _room(account, letter, "room")
    group = _room(account, letter, "group", parent=room)
    person = factories.person(
        account,
        mark(letter, "person"),
        name=name("person"),
        email=f"{mark(letter, 'person')}@example.org",
    )
    rows: list[tuple[Person, int, int]] = [(person, 1800, 900)]
    if common.account_id == account.pk:
        rows.append((common, 600, 300))
    values: dict[str, Any] = {"host_name": name("host")}
    session = factories.whole_session(
        room, rows, cue_point_id=f"1_{mark(letter, 'cue')}", kaltura_unique_users=2, **values
    )
    breakout = factories.whole_session(
        group,
        rows[:1],
        START + 10 * MINUTE,
        cue_point_id=f"2_{mark(letter, 'cue')}",
        main_session=session,
        initiator=name("opener"),
        kaltura_participant_count=1,
        **values,
    )
    event = VirtualEvent.objects.create(
        account=account, event_id=str(4700 + COURSES.index(letter)), name=name("event")
    )
    SessionEvent.objects.create(event=event, session=session)
    course = course_factories.course(
        site,
        [room],
        course_id="8" if letter == "B" else "7",
        title=name("course"),
        short_name=mark(letter, "course"),
        id_number=f"n-{mark(letter, 'course')}",
        learners_see_own=True,
    )
    course_factories.course_room(course, _room(account, letter, "undone"), undone_at=START)
    return Part(
        letter=letter,
        account=account,
        site=site,
        course=course,
        room=room,
        group=group,
        session=session,
        breakout=breakout,
        person=person,
        event=event,
        enrolment=course_factories.enrolment(
            course,
            name=name("enrolled"),
            user_name=mark(letter, "enrolled"),
            email=f"{mark(letter, 'enrolled')}@example.org",
        ),
        claim=course_factories.course_room(
            course, _room(account, letter, "claimed"), confirmed=False
        ),
    )


def _room(account: Account, letter: str, kind: str, **more: Any) -> Room:
    """Store a room with a session of its own, unless one is stored by the caller."""
    marker = mark(letter, kind)
    made = factories.room(account, f"{WORD} {marker}", entry_id=f"1_{marker}", **more)
    if kind in HIDDEN:
        factories.whole_session(
            made, cue_point_id=f"3_{marker}", host_name=f"{WORD} {marker}", started_at=START
        )
    return made


@dataclass(frozen=True)
class Role:
    """Somebody, signed in, and what of the five courses is theirs."""

    client: Client
    rooms: str = ""  # whose rooms they see,
    courses: str = ""  # whose course pages,
    own: str = ""  # and in whose their own attendance: letters
    may_read: frozenset[str] = frozenset()  # markers that they may meet
    status: int = 404  # of everything else
    come_in: Callable[[], object] | None = None  # before each request, where one ends the session

    def get(self, url: str, method: Literal["get", "head"] = "get") -> Any:
        if self.come_in:
            self.come_in()
        return getattr(self.client, method)(url)

    def post(self, url: str, **fields: object) -> Any:
        if self.come_in:
            self.come_in()
        return self.client.post(url, fields)

    @property
    def foreign(self) -> set[str]:
        return marks(COURSES) - self.may_read


def roles(world: Apart, name: str) -> Role:
    """Return the one of that name."""
    return ROLES[name](world)


def _teacher(world: Apart, letter: str, **headers: str) -> Role:
    client = Client(headers=headers)
    course_factories.came_from_moodle(client, world[letter].course, CourseRole.TEACHER)
    return Role(client, letter, letter, may_read=seen_in(letter))


def _site_administrator(world: Apart) -> Role:
    client = Client()
    course = world["A"].course
    course_factories.came_from_moodle(client, course, CourseRole.SITE_ADMINISTRATOR)
    return Role(client, "AB", "AB", may_read=seen_in("AB"))


def _learner(world: Apart, **headers: str) -> Role:
    """Return a learner who was in the sessions of A, B and D, and came from A alone."""
    client = Client(headers=headers)
    course_factories.came_from_moodle(client, world["A"].course, CourseRole.LEARNER, LEARNER)
    own = factories.person(world["A"].account, f"u{LEARNER}", name="Own Olga")
    for letter in "ABD":
        for session in (world[letter].session, world[letter].breakout):
            factories.attendance(session, own, 120, 60)
    seen = frozenset(marks("A", ("room", "group", "course", "site")))
    return Role(client, own="A", may_read=seen)


def _with_grants(world: Apart) -> Role:
    client = signed_in(factories.teacher("granted", [world["A"].room]))
    return Role(client, "A", may_read=seen_in("A", OF_ROOM))


def _disabled(world: Apart) -> Role:
    role = _teacher(world, "A")
    User.objects.filter(moodle_user__site=world["A"].site).update(is_active=False)
    return Role(role.client, status=302, may_read=frozenset(marks("A", ("site",))))  # may frame it


def _of_stopped_site(world: Apart) -> Role:
    client, course = Client(), world["E"].course
    come_in = partial(course_factories.came_from_moodle, client, course, CourseRole.TEACHER)
    may_read = frozenset(marks("E", ("site",)))  # may frame the page that says so
    return Role(client, status=403, may_read=may_read, come_in=come_in)


ROLES = {
    "anonymous": lambda world: Role(Client(), status=302),
    "learner": _learner,
    "learner in a frame": lambda world: _learner(world, **IN_FRAME),
    "teacher": lambda world: _teacher(world, "A"),
    "teacher in a frame": lambda world: _teacher(world, "A", **IN_FRAME),
    "teacher elsewhere": lambda world: _teacher(world, "C"),
    "teacher with the same account": lambda world: _teacher(world, "D"),
    "site administrator": _site_administrator,
    "teacher with grants": _with_grants,
    "outsider": lambda world: Role(signed_in(factories.outsider())),
    "disabled": _disabled,
    "teacher of a stopped site": _of_stopped_site,
}
