"""How many learners a course had when, by rosters and by what was marked."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from reports.models import Course, CourseRole, CourseVisit, Enrolment, MoodleUser, User
from reports.queries.course import Learners, learners_of, rooms_of_course
from tests import course_factories, factories
from tests.factories import START

DAY = timedelta(days=1)
LATEST = START + 9 * DAY
STAFF = Enrolment.Kind.STAFF


@pytest.fixture
def course(db: None) -> Course:
    site = course_factories.moodle_site(factories.account())
    return course_factories.course(site, roster_asked_at=LATEST)


def learner(course: Course, name: str, first_at: datetime = START, **more: Any) -> Enrolment:
    """Store a learner who is in the latest roster too."""
    seen = {"first_seen_at": first_at, "last_seen_at": LATEST}
    return course_factories.enrolment(course, name, **seen | more)


def counts(found: Learners, *days: int) -> list[int | None]:
    return [found.at(START + day * DAY) for day in days]


def test_without_a_roster_nothing_is_known(course: Course) -> None:
    course.roster_asked_at = None
    found = learners_of(course)
    assert (found.now, found.staff, found.at(START)) == (None, 0, None)


def test_an_empty_roster_is_known_to_be_empty(course: Course) -> None:
    found = learners_of(course)
    assert (found.now, found.at(LATEST), found.at(LATEST - DAY)) == (0, 0, None)


def test_learners_join_and_leave(course: Course) -> None:
    learner(course, "1")
    learner(course, "2", last_seen_at=START + 3 * DAY)
    learner(course, "3", START + 2 * DAY)
    found = learners_of(course)
    assert counts(found, -1, 0, 1, 2, 3, 4, 9) == [None, 2, 2, 3, 3, 2, 2]
    assert found.now == 2


def test_before_a_first_roster_of_staff_alone_nothing_is_known(course: Course) -> None:
    learner(course, "1", kind=STAFF)
    learner(course, "2", START + 2 * DAY)
    assert counts(learners_of(course), -1, 0, 1, 2) == [None, 0, 0, 1]


def test_staff_are_no_learners(course: Course) -> None:
    learner(course, "1")
    learner(course, "2", kind=STAFF)
    learner(course, "3", marked_kind=STAFF)
    learner(course, "4", kind=STAFF, marked_kind=Enrolment.Kind.LEARNER)
    learner(course, "5")
    learner(course, "6", kind=STAFF, last_seen_at=START)  # gone
    tutor = MoodleUser.objects.create(
        site=course.site, subject="5", user=User.objects.create_user("moodle:1:5")
    )
    CourseVisit.objects.create(
        course=course, moodle_user=tutor, role=CourseRole.TEACHER, was_teacher_at=START
    )
    found = learners_of(course)
    assert (found.now, found.staff) == (2, 3)
    Enrolment.objects.filter(moodle_user_id="5").update(marked_kind=Enrolment.Kind.LEARNER)
    assert learners_of(course).now == 3


def test_it_is_known_earlier_once_everybody_of_the_first_roster_is_backdated(
    course: Course,
) -> None:
    first = learner(course, "1", counted_from=START - 5 * DAY)
    second = learner(course, "2")
    assert counts(learners_of(course), -5, -1, 0) == [None, None, 2]
    second.counted_from = START - 2 * DAY
    second.save()
    assert counts(learners_of(course), -5, -2, 0) == [None, 2, 2]
    assert first.first_seen_at == START


def test_rooms_are_those_in_force(course: Course) -> None:
    account = course.site.account
    assert account is not None
    late, early = factories.room(account, "Z"), factories.room(account, "A")
    course_factories.course_room(course, late)
    course_factories.course_room(course, early)
    course_factories.course_room(course, factories.room(account, "claimed"), confirmed=False)
    course_factories.course_room(course, factories.room(account, "undone"), undone_at=START)
    found = rooms_of_course(course)
    assert found.rooms == (early, late)
    assert found.waiting == 1
