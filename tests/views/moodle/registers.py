"""A course with two classes and everything odd in them, for the pages about its register.

First class, of two sessions merged into one, with a breakout: Ana is there as herself and as a guest
who is linked to her; Ben, Eve and the erased Finn are not; Cleo came to the course later and was there
nevertheless; Dan had left. Beside them the teacher, a stranger and a guest. Then a session that is
ignored, and a second class with nobody but Ben.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse

from reports.models import (
    Account,
    Course,
    CourseRole,
    Enrolment,
    IdentityLink,
    IgnoredSession,
    MergedSession,
    Person,
    PresenceCorrection,
    Room,
    RoomSession,
    User,
)
from tests import course_factories, factories
from tests.factories import START

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DAYS = {"from": "2026-01-01", "to": "2026-01-31", "tz": "UTC"}
ASKED = START + 14 * DAY  # the latest roster


@dataclass(frozen=True)
class World:
    account: Account
    room: Room
    course: Course
    tina: User  # the teacher
    first: RoomSession  # merged: 09:00 to 10:00,
    again: RoomSession  # and 10:05 to 10:25
    breakout: RoomSession
    ignored: RoomSession
    second: RoomSession  # a day later
    ana: Enrolment
    ben: Enrolment
    cleo: Enrolment
    dan: Enrolment
    eve: Enrolment
    finn: Enrolment
    link: IdentityLink  # of the guest to Ana

    def url(self, page: str, *args: object) -> str:
        return reverse(f"reports:register-{page}", args=[self.course.pk, *args])

    def cell(self, session: RoomSession, of: Enrolment) -> str:
        return self.url("cell", session.cue_point_id, of.pk)


def world() -> World:
    """Store the course."""
    account = factories.account()
    room = factories.room(account)
    site = course_factories.moodle_site(account)
    course = course_factories.course(site, [room], roster_asked_at=ASKED, starts_at=START - 7 * DAY)
    tina = _teacher(course)
    ana, ben = _learner(course, "ana"), _learner(course, "ben")
    cleo = _learner(course, "cleo", first_seen_at=START + 12 * 60 * MINUTE)
    dan = _learner(course, "dan", last_seen_at=START - 2 * DAY)
    eve = _learner(course, "eve")
    finn = _learner(course, "finn", erased_at=ASKED, name="", user_name="", email="")
    _learner(course, "tina", kind="staff")
    people = {name: _person(account, name) for name in ("ana", "ben", "cleo", "tina", "sam")}
    guest = factories.person(account, "", name="Ana at home", email="", is_placeholder=True)
    visitor = factories.person(account, "", name="Gus Guest", email="", is_placeholder=True)
    first = factories.whole_session(
        room, [(people["ana"], 2400, 0), (people["tina"], 3600, 0), (people["cleo"], 3000, 0)]
    )
    again = factories.whole_session(
        room,
        [(people["ana"], 300, 0), (guest, 600, 0), (people["sam"], 120, 0), (visitor, 60, 0)],
        START + 65 * MINUTE,
        length_seconds=1200,
    )
    group = factories.room(account, "Group 1", parent=room)
    breakout = factories.whole_session(
        group, [(people["ana"], 480, 0)], START + 10 * MINUTE, main_session=first
    )
    ignored = factories.whole_session(room, [], START + 6 * 60 * MINUTE, length_seconds=60)
    second = factories.whole_session(room, [(people["ben"], 3000, 0)], START + DAY)
    said: dict[str, Any] = {"account": account, "course": course, "made_by": tina}
    MergedSession.objects.create(
        cue_point_id=again.cue_point_id, into_cue_point_id=first.cue_point_id, **said
    )
    IgnoredSession.objects.create(cue_point_id=ignored.cue_point_id, reason="a test", **said)
    link = IdentityLink.objects.create(
        site=site, person_key=guest.key, moodle_user_id=ana.moodle_user_id, **said
    )
    return World(
        *(account, room, course, tina, first, again, breakout, ignored, second),
        *(ana, ben, cleo, dan, eve, finn, link),
    )


def teacher_of(world: World) -> Client:
    """Return a browser in which the teacher opened the course."""
    client = Client()
    course_factories.came_from_moodle(client, world.course, CourseRole.TEACHER, "tina")
    return client


def corrected(
    world: World, session: RoomSession, of: Enrolment, presence: str, **more: Any
) -> PresenceCorrection:
    """Store a correction by the teacher."""
    values = {"reason": "ill", "computed_mark": "absent", "computed_seconds": 0} | more
    return PresenceCorrection.objects.create(
        account=world.account,
        course=world.course,
        made_by=world.tina,
        cue_point_id=session.cue_point_id,
        moodle_user_id=of.moodle_user_id,
        presence=presence,
        **values,
    )


def text_of(answer: Any) -> str:
    """Return the page as it is read, its spaces as one, without the year that a later one shows."""
    page = re.sub(r"<[^>]+>", " ", answer.content.decode().replace("<wbr>", ""))
    text = " ".join(unescape(page).replace("\xa0", " ").split())
    return text.replace(" ,", ",").replace(" :", ":").replace(" 2026,", ",")


def _teacher(course: Course) -> User:
    tina = course_factories.came_from_moodle(Client(), course, CourseRole.TEACHER, "tina")
    tina.first_name, tina.last_name = "Tina", "Teacher"
    tina.save()
    return tina


def _learner(course: Course, called: str, **more: Any) -> Enrolment:
    values = {
        "user_name": called,
        "name": f"{called.title()} <b>",
        "email": f"{called}@example.org",
        "first_seen_at": START - 5 * DAY,
        "last_seen_at": ASKED,
    }
    return course_factories.enrolment(course, called, **values | more)


def _person(account: Account, name: str) -> Person:
    return factories.person(account, name, name=name.title(), email="")
