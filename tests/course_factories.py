"""Rows of Moodle sites and courses for tests, and somebody who came from one."""

from collections.abc import Sequence
from typing import Any

from django.test import Client
from django.utils import timezone

from reports.access import MOODLE_SESSION, MOODLE_SESSION_FOR
from reports.models import (
    Account,
    Course,
    CourseRole,
    CourseRoom,
    Enrolment,
    MoodleSite,
    MoodleTool,
    MoodleUser,
    Room,
    User,
)
from tests.factories import START


def moodle_site(
    account: Account, issuer: str = "https://moodle.example.org", **more: Any
) -> MoodleSite:
    """Store an active Moodle site with one tool, confirmed."""
    values = {"name": "Moodle", "is_active": True} | more
    site = MoodleSite.objects.create(issuer=issuer, account=account, **values)
    MoodleTool.objects.create(
        site=site,
        client_id="4k2client",
        deployment_id="1",
        auth_url=f"{issuer}/mod/lti/auth.php",
        token_url=f"{issuer}/mod/lti/token.php",
        keys_url=f"{issuer}/mod/lti/certs.php",
        confirmed_at=timezone.now(),
    )
    return site


def course(
    site: MoodleSite, rooms: Sequence[Room] = (), course_id: str = "7", **more: Any
) -> Course:
    """Store a course that was launched once, with these rooms confirmed."""
    values = {"title": "Anatomy course", "short_name": "ANA-1", "launched_at": START} | more
    made = Course.objects.create(site=site, course_id=course_id, tool=site.tools.first(), **values)
    for one in rooms:
        course_room(made, one)
    return made


def course_room(course: Course, room: Room, *, confirmed: bool = True, **more: Any) -> CourseRoom:
    """Store a room's claim to a course."""
    values = {"confirmed_at": START if confirmed else None} | more
    return CourseRoom.objects.create(course=course, room=room, **values)


def enrolment(course: Course, moodle_user_id: str = "5", **more: Any) -> Enrolment:
    """Store a learner of a course, seen in the roster of the first day."""
    values = {"first_seen_at": START, "last_seen_at": START} | more
    return Enrolment.objects.create(course=course, moodle_user_id=moodle_user_id, **values)


def came_from_moodle(client: Client, course: Course, role: CourseRole, subject: str = "5") -> User:
    """Sign the client in as `reports.moodle.arrival` does, and return who that is."""
    name = f"moodle:{course.site_id}:{subject}"
    known = MoodleUser.objects.filter(site=course.site, subject=subject).first()
    if known is None:
        user = User.objects.create_user(name)
        known = MoodleUser.objects.create(
            site=course.site, subject=subject, user=user, user_name=f"u{subject}"
        )
    client.force_login(known.user)
    session = client.session
    nothing = {"site": course.site_id, "roles": {}, "until": {}, "locale": "en"}
    came = session.get(MOODLE_SESSION, nothing)
    came["roles"][str(course.pk)] = str(role)
    came["until"][str(course.pk)] = (timezone.now() + MOODLE_SESSION_FOR).timestamp()
    session[MOODLE_SESSION] = came
    session.save()
    return known.user
