"""A course with people who wait for somebody's word, and what tests of its page often ask."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse

from reports.models import AccessLogEntry, Course, CourseRole, Person, Room, RoomSession
from reports.queries.register import course_register
from tests import course_factories, factories
from tests.factories import START

DAY = timedelta(days=1)
DAYS = "from=2026-01-01&to=2026-02-28&tz=UTC"


def course_of_three_classes() -> Course:
    """Three classes: Ana by her user name, a guest who typed her name where she was missing,
    somebody of elsewhere, an erased person, staff; Ben was never there."""
    account = factories.account()
    room = factories.room(account)
    site = course_factories.moodle_site(account)
    made = course_factories.course(site, [room], roster_asked_at=START - DAY)
    enrol(made, "11", "Ana Lind", "ana")
    enrol(made, "12", "Ben Okoro", "ben", email="kiri@example.org")
    enrol(made, "13", "Cleo Staff", "cleo", kind="staff")
    ana = factories.person(account, "ana", name="Ana Lind")
    cleo = factories.person(account, "cleo", name="Cleo Staff")
    far = factories.person(account, "far", name="Far Away", email="")
    gone = factories.person(account, "gone", name="", email="", erased_at=START)
    first = [(ana, 3600, 0), (cleo, 3600, 0), (far, 60, 0), (gone, 60, 0)]
    factories.whole_session(room, first)
    for week in (1, 2):
        guest = guest_of(made, "lind, ANÁ")
        attended(room, guest, START + 7 * week * DAY)
    return made


def opened_by_teacher(course: Course) -> Client:
    """Return a client of somebody who opened the course as its teacher."""
    client = Client()
    user = course_factories.came_from_moodle(client, course, CourseRole.TEACHER, "99")
    user.first_name, user.last_name = "Tina", "Teacher"
    user.save()
    return client


def enrol(course: Course, user: str, name: str, user_name: str, **more: Any) -> None:
    seen = {"first_seen_at": START - 20 * DAY, "last_seen_at": START - DAY}
    values = {"name": name, "user_name": user_name, "email": f"{user_name}@example.org"}
    course_factories.enrolment(course, user, **seen | values | more)


def guest_of(course: Course, name: str, **more: Any) -> Person:
    account = course.site.account
    assert account is not None
    return factories.person(account, "", name=name, email="", is_placeholder=True, **more)


def attended(room: Room, person: Person, at: Any) -> RoomSession:
    session = factories.session(room, at, attendee_count=1, view_seconds=3600, engaged_seconds=0)
    factories.attendance(
        session, person, 3600, 0, user_type="Guest" if person.is_placeholder else "User"
    )
    return session


def url(course: Course, page: str = "") -> str:
    return reverse(f"reports:course-people{page}", args=[course.pk])


def look(client: Client, course: Course, **query: str) -> Any:
    return client.get(f"{url(course)}?{DAYS}&{urlencode(query)}")


def post(client: Client, course: Course, page: str = "-link", **fields: Any) -> Any:
    return client.post(url(course, page), {"shown": DAYS} | fields, follow=True)


def text_of(answer: Any) -> str:
    page = re.sub(r"<[^>]+>", " ", answer.content.decode().replace("<wbr>", ""))
    return " ".join(unescape(page).replace("\xa0", " ").split())


def log() -> list[tuple[str, dict[str, Any]]]:
    entries = AccessLogEntry.objects.exclude(action="viewed").order_by("pk")
    return [(it.action, it.detail) for it in entries]


def guests() -> list[int]:
    return list(
        Person.objects.filter(is_placeholder=True).order_by("pk").values_list("pk", flat=True)
    )


def person(user_id: str) -> int:
    return Person.objects.get(user_id=user_id).pk


def mark_row(course: Course, user: str = "11") -> list[str]:
    every = RoomSession.objects.all()
    row = course_register(course, every, START - 30 * DAY, START + 60 * DAY).row(user)
    assert row is not None
    return [str(seat.mark) for seat in row.seats]
