"""Who else was in a course's classes: everybody once, with what adds up over the classes."""

from datetime import timedelta

import pytest

from reports.models import Account, Course, IdentityLink, RoomSession
from reports.queries.register import course_register
from reports.queries.register_others import visitors
from tests import course_factories, factories
from tests.factories import START

DAY = timedelta(days=1)


@pytest.mark.parametrize(("adds", "seconds"), [(True, 4200), (False, 3600)])
def test_two_identities_of_staff_are_one_and_breakouts_count_as_the_account_says(
    db: None, adds: bool, seconds: int
) -> None:
    account = factories.account(breakouts_add=adds)
    room = factories.room(account)
    course = course_factories.course(
        course_factories.moodle_site(account), [room], roster_asked_at=START
    )
    seen = {"first_seen_at": START - DAY, "kind": "staff"}
    course_factories.enrolment(course, "9", user_name="ada", name="Ada", **seen)
    ada = factories.person(account, "ada", name="Ada", email="")
    home = factories.person(account, "home", name="Ada at home", email="")
    guest = factories.person(account, "", name="Guest", is_placeholder=True)
    first = factories.whole_session(room, [(ada, 1800, 0), (home, 600, 0), (guest, 60, 0)])
    factories.attendance(first, factories.person(account, "x"), 30, user_type="Guest")
    factories.whole_session(room, [(ada, 1200, 0)], START + DAY)
    group = factories.room(account, "Group", parent=room)
    factories.whole_session(group, [(ada, 600, 0)], main_session=first)
    link(course, account, home.key, "9")

    found = course_register(course, RoomSession.objects.all(), START - DAY, START + 2 * DAY)

    assert [(it.kind, it.person.name, it.classes, it.seconds) for it in visitors(found)] == [
        ("staff", "Ada", 2, seconds),
        ("guest", "Amara Okafor", 1, 30),
        ("stranger", "Guest", 1, 60),
    ]


def link(course: Course, account: Account, key: str, user: str) -> None:
    IdentityLink.objects.create(
        account=account, course=course, site=course.site, person_key=key, moodle_user_id=user
    )
