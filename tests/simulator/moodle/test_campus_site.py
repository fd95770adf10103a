"""The invented university's Moodle: the same people, courses and ids as in its Kaltura."""

from datetime import date

import pytest

from reports.simulator.moodle.campus_site import (
    ADMIN,
    SAME_MAIL,
    SUSPENDED,
    TUTOR,
    campus_site,
)
from reports.simulator.moodle.moodle_site import MoodleSite
from reports.simulator.university import University


@pytest.fixture(scope="module")
def university() -> University:
    """Return a small university."""
    return University(5, date(2026, 2, 3), courses=4, weeks=2)


@pytest.fixture
def campus(university: University) -> MoodleSite:
    """Return its Moodle."""
    return campus_site(university)


def test_courses_have_the_ids_of_kaltura_s_categories(
    university: University, campus: MoodleSite
) -> None:
    assert [(it.id, it.short_name, it.full_name) for it in campus.courses] == [
        (it.moodle_id, it.code, it.title) for it in university.courses
    ]
    rooms = university.rooms()
    for course in university.courses:
        for category in rooms[course.room_ids[0]].categories:
            assert category.endswith(f">channels>{course.moodle_id}")
    assert any(rooms[course.room_ids[0]].categories for course in university.courses)


def test_members_are_the_campus_s_by_kaltura_s_user_ids(
    university: University, campus: MoodleSite
) -> None:
    extra = {TUTOR, SUSPENDED, *SAME_MAIL}
    for course in university.courses:
        members = {who.username: it for who, it in campus.members(course.moodle_id)}
        learners = {name for name, it in members.items() if it.role == "student"}
        assert learners - extra == {user.user_id for user in course.enrolled}
        assert members[course.teacher.login].role == "editingteacher"
        assert {user.user_id for user in course.no_shows} <= learners


def test_everybody_has_one_account_with_the_campus_s_name(
    university: University, campus: MoodleSite
) -> None:
    names = {user.user_id: user for course in university.courses for user in course.enrolled}
    for username, user in names.items():
        person = campus.person_named(username)
        assert (person.name, person.email) == (user.name, user.email)
    usernames = [person.username for person in campus.people]
    assert len(usernames) == len(set(usernames))


def test_the_odd_ones_are_in_the_first_course(university: University, campus: MoodleSite) -> None:
    first = university.courses[0].moodle_id
    members = {who.username: (who, it) for who, it in campus.members(first)}
    assert members[TUTOR][1].role == "teacher"
    assert members[SUSPENDED][1].is_suspended
    one, other = (members[name][0] for name in SAME_MAIL)
    assert one.email == other.email
    admin = campus.person_named(ADMIN)
    assert admin.is_admin
    assert ADMIN not in members
    in_rooms = {user.user_id for course in university.courses for user in course.enrolled}
    assert not in_rooms & {TUTOR, SUSPENDED, *SAME_MAIL, ADMIN}


def test_it_is_the_same_each_time(university: University, campus: MoodleSite) -> None:
    assert campus_site(university).people == campus.people
