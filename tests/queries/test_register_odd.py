"""Odd worlds: links that follow one another, no seconds, no facts, classes at the edge of a range."""

from datetime import UTC, datetime, timedelta

from reports.models import ClassTime, IdentityLink, PresenceRule, RoomSession
from reports.queries.register import course_register
from tests import factories
from tests.factories import START
from tests.queries.test_register import (
    Account,
    Course,
    Room,
    account,
    course,
    learner,
    marks,
    person_of,
    register_of,
    room,
    site,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
__all__ = ["account", "course", "room", "site"]


def test_a_person_may_be_nobody_then_staff_then_a_learner(
    account: Account, course: Course, room: Room
) -> None:
    learner(course, 1)
    learner(course, 2, kind="staff")
    ghost = factories.person(account, "ghost", email="")
    for day in range(3):
        factories.whole_session(room, [(ghost, 3600, 0)], START + day * DAY)
    for day, user in ((1, "2"), (2, "1")):
        IdentityLink.objects.create(
            account=account,
            course=course,
            site=course.site,
            person_key=ghost.key,
            moodle_user_id=user,
            valid_from=START + day * DAY,
        )
    found = register_of(course)
    assert marks(found) == {"1": ["absent", "absent", "present"]}
    assert [(it.others, it.staff, it.there) for it in found.sums] == [
        (1, 0, 0),
        (0, 1, 0),
        (0, 0, 1),
    ]


def test_who_was_there_for_no_second_is_there_and_absent(
    account: Account, course: Course, room: Room
) -> None:
    learner(course, 1)
    learner(course, 2)
    factories.whole_session(room, [(person_of(account, 1), 0, 0)])
    found = register_of(course)
    assert marks(found) == {"1": ["absent"], "2": ["absent"]}
    [sums] = found.sums
    assert (sums.there, sums.missing, sums.identities) == (1, 1, 1)


def test_without_facts_minutes_can_make_present_and_nothing_makes_absent(
    account: Account, course: Course, room: Room
) -> None:
    learner(course, 1)
    learner(course, 2)
    none = {"facts_asked_at": None, "length_seconds": None}
    factories.whole_session(room, [(person_of(account, 1), 600, 0)], **none)
    ClassTime.objects.create(
        account=account,
        course=course,
        weekday=1,
        begins="09:00",
        ends="10:00",
        time_zone="UTC",
        first_on="2026-01-01",
    )
    assert marks(register_of(course)) == {"1": ["unknown"], "2": ["unknown"]}
    PresenceRule.objects.create(site=course.site, course=course, version=1, minutes=10)
    assert marks(register_of(course)) == {"1": ["present"], "2": ["unknown"]}


def test_a_class_at_the_edge_is_in_one_of_two_ranges(course: Course, room: Room) -> None:
    midnight = datetime(2026, 1, 13, tzinfo=UTC)
    for at in (midnight, midnight - timedelta(microseconds=1)):
        factories.whole_session(room, (), at)
    every = RoomSession.objects.all()
    for from_at in (midnight - DAY, midnight):
        assert len(course_register(course, every, from_at, from_at + DAY).classes) == 1
