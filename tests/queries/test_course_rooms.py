"""What speaks for a room being a course's, and what of it a viewer may read."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from reports.access import Viewer
from reports.models import (
    Account,
    Course,
    CourseCategory,
    CourseRole,
    CourseRoom,
    CourseVisit,
    MoodleUser,
    Person,
    Room,
)
from reports.queries.course_rooms import course_rooms, suggestions, waiting_claims
from reports.queries.room_overlap import Overlap, overlaps, rooms_met
from tests import course_factories, factories
from tests.factories import START

LATER = START + timedelta(days=7)


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def course(account: Account) -> Course:
    site = course_factories.moodle_site(account, room_name_rule="{short_name}")
    return course_factories.course(site, course_id="7", short_name="ANA-1")


@pytest.fixture
def people(account: Account) -> list[Person]:
    return [factories.person(account, f"u{n}", name=f"Person {n}") for n in range(6)]


def enrol(course: Course, *names: str, **more: Any) -> None:
    for name in names:
        course_factories.enrolment(course, f"id-{name}", user_name=name, **more)


def attended(room: Room, *people: Person) -> None:
    factories.whole_session(room, [(one, 600, 300) for one in people])


def administrator() -> Viewer:
    return Viewer(factories.administrator(), is_administrator=True)


def teacher_of(*courses: Course, rooms: tuple[Room, ...] = ()) -> Viewer:
    user = factories.teacher("teacher_1", rooms)
    return Viewer(user, is_administrator=False, taught=frozenset(it.pk for it in courses))


def overlap_of(course: Course, room: Room) -> Overlap:
    return overlaps([(course.pk, room.pk)])[course.pk, room.pk]


# Overlap ---------------------------------------------------------------------------------------


def test_overlap_counts_learners_by_user_name(
    account: Account, course: Course, people: list[Person]
) -> None:
    room = factories.room(account)
    attended(room, *people[:3])
    attended(room, people[0], people[5])
    attended(factories.room(account, parent=room), people[3])
    factories.attendance(
        factories.session(room), factories.person(account, "", is_placeholder=True)
    )
    enrol(course, "u0", "u1", "u3", "absent", "U2", "")
    assert overlap_of(course, room) == Overlap(seen=3, learners=5, attendees=5)


def test_only_learners_of_now_count(account: Account, course: Course, people: list[Person]) -> None:
    room = factories.room(account)
    attended(room, *people)
    Course.objects.filter(pk=course.pk).update(roster_asked_at=LATER)
    enrol(course, "u0", last_seen_at=LATER)
    enrol(course, "u1")  # has left
    enrol(course, "u2", last_seen_at=LATER, kind="staff")
    enrol(course, "u3", last_seen_at=LATER, marked_kind="staff")
    enrol(course, "u4", last_seen_at=LATER, kind="staff", marked_kind="learner")
    enrol(course, "u5", last_seen_at=LATER)  # came as a teacher
    user = factories.teacher("came")
    known = MoodleUser.objects.create(site=course.site, subject="id-u5", user=user)
    CourseVisit.objects.create(
        course=course, moodle_user=known, role=CourseRole.TEACHER, was_teacher_at=START
    )
    assert overlap_of(course, room) == Overlap(seen=2, learners=2, attendees=6)


@pytest.mark.parametrize(
    ("seen", "learners", "is_enough"),
    [(3, 6, True), (3, 7, False), (2, 2, False), (0, 0, False), (300, 600, True)],
)
def test_three_learners_and_half_of_them_are_enough(
    seen: int, learners: int, is_enough: bool
) -> None:
    assert Overlap(seen, learners, 900).is_enough == is_enough


def test_rooms_are_met_in_their_own_account(
    account: Account, course: Course, people: list[Person]
) -> None:
    near, far = factories.room(account), factories.account("far")
    attended(factories.room(account, parent=near), *people[:3])
    elsewhere = factories.room(far)
    attended(elsewhere, *[factories.person(far, f"u{n}") for n in range(6)])
    attended(factories.room(account), *people[:2])
    enrol(course, *(f"u{n}" for n in range(6)))
    assert rooms_met(course) == {near.pk}


# Suggestions -----------------------------------------------------------------------------------


def test_an_administrator_gets_rooms_by_name_and_by_overlap(
    account: Account, course: Course, people: list[Person]
) -> None:
    both = factories.room(account, "ana-1: class")
    named = factories.room(account, "Lab of ANA-1")
    met = factories.room(account, "Something else")
    factories.room(account, "ANA-10")
    factories.room(account, "ANA-1, group 1", parent=both)
    factories.room(factories.account("far"), "ANA-1 elsewhere")
    attended(both, *people)
    attended(met, *people[:4])
    enrol(course, *(f"u{n}" for n in range(6)))
    found = suggestions(administrator(), course)
    assert [(one.room, one.reasons) for one in found] == [
        (both, ["name", "overlap"]),
        (met, ["overlap"]),
        (named, ["name"]),
    ]


def test_an_empty_placeholder_suggests_nothing(account: Account, course: Course) -> None:
    factories.room(account, "Room ")
    course.site.room_name_rule = "Room {id_number}"
    assert suggestions(administrator(), course) == []


def test_a_teacher_is_suggested_rooms_that_are_theirs_alone(
    account: Account, course: Course, people: list[Person]
) -> None:
    own = factories.room(account, "ANA-1 mine")
    for name in ("ANA-1 another's", "Full of learners"):
        attended(factories.room(account, name), *people)
    enrol(course, *(f"u{n}" for n in range(6)))
    found = suggestions(teacher_of(course, rooms=(own,)), course)
    assert [one.room for one in found] == [own]


@pytest.mark.parametrize("how", ["in force", "waiting", "typed", "out"])
def test_what_was_claimed_is_not_suggested(account: Account, course: Course, how: str) -> None:
    room = factories.room(account, "ANA-1")
    if how == "typed":
        CourseRoom.objects.create(course=course, entry_id=room.entry_id)
    else:
        more = {"undone_at": START, "ended": "taken_out"} if how == "out" else {}
        course_factories.course_room(course, room, confirmed=how != "waiting", **more)
    assert suggestions(administrator(), course) == []


def test_a_copy_s_original_is_named_to_administrators_and_last(
    account: Account, course: Course
) -> None:
    of_original = factories.room(account, "ANA-1 a")
    free = factories.room(account, "ANA-1 b")
    copy = course_factories.course(
        course.site, course_id="9", short_name="ANA-1", copied_from=["7", "3"]
    )
    course_factories.course_room(course, of_original)
    found = suggestions(administrator(), copy)
    assert [(one.room, one.original) for one in found] == [(free, None), (of_original, course)]
    own = suggestions(teacher_of(course, copy), copy)
    assert own == []


def test_another_site_s_course_of_that_id_is_no_original(account: Account, course: Course) -> None:
    room = factories.room(account, "ANA-1")
    far = course_factories.moodle_site(account, "https://far.example.org")
    other = course_factories.course(far, [room], course_id="3")
    Course.objects.filter(pk=course.pk).update(copied_from=["3"])
    (found,) = suggestions(administrator(), Course.objects.get(pk=course.pk))
    assert (found.original, found.others) == (None, (other,))


def test_a_site_without_an_account_has_no_suggestions(course: Course) -> None:
    course.site.account = None
    assert suggestions(administrator(), course) == []


# The list of a course --------------------------------------------------------------------------


def published(course: Course, *rooms: Room) -> None:
    CourseCategory.objects.create(
        course=course,
        state=CourseCategory.State.FOUND,
        full_name=f"Moodle>site>channels>{course.course_id}",
        tried_at=timezone.now(),
        asked_at=timezone.now(),
        entry_ids=[room.entry_id for room in rooms],
    )


def test_a_teacher_reads_names_of_own_and_published_rooms_alone(
    account: Account, course: Course
) -> None:
    inside, claimed, common, ended = (
        factories.room(account, name) for name in ("Inside", "Claimed", "Common", "Ended")
    )
    course_factories.course(course.site, [common], course_id="8")
    course_factories.course_room(course, inside)
    course_factories.course_room(course, claimed, confirmed=False)
    course_factories.course_room(course, common, confirmed=False)
    course_factories.course_room(course, ended, undone_at=START, ended="taken_out")
    CourseRoom.objects.create(course=course, entry_id="1_typed000")
    published(course, inside, common)
    found = course_rooms(teacher_of(course), course)
    assert [line.label for line in found.in_force] == ["Inside"]
    assert [line.label for line in found.waiting] == ["", "1_typed000", "Common"]
    assert [(line.label, line.others) for line in found.ended] == [("", ())]
    everything = course_rooms(administrator(), course)
    labels = [line.label for line in everything.waiting]
    assert labels == ["1_typed000", "Claimed", "Common"]
    assert [str(one) for one in everything.waiting[2].others] == ["ANA-1"]


def test_the_latest_end_of_each_room_is_listed(account: Account, course: Course) -> None:
    gone, back = factories.room(account, "Gone"), factories.room(account, "Back")
    for room in (gone, gone, back):
        course_factories.course_room(course, room, undone_at=START, ended="taken_out")
    course_factories.course_room(course, back)
    for _ in range(2):
        CourseRoom.objects.create(
            course=course, entry_id="1_typed000", undone_at=START, ended="turned_down"
        )
    found = course_rooms(administrator(), course)
    assert [line.label for line in found.ended] == ["1_typed000", "Gone"]


def test_putting_back_is_for_what_the_category_has(account: Account, course: Course) -> None:
    listed, unlisted, common = (factories.room(account, name) for name in "ABC")
    course_factories.course(course.site, [common], course_id="8")
    published(course, listed, common)
    for room in (listed, unlisted, common):
        course_factories.course_room(course, room, undone_at=START, ended="taken_out")
    viewer = teacher_of(course, rooms=(listed, unlisted, common))
    may = {line.label: line.may_put_back for line in course_rooms(viewer, course).ended}
    assert may == {"A": True, "B": False, "C": True}  # of C's other course they know nothing
    may = {line.label: line.may_put_back for line in course_rooms(administrator(), course).ended}
    assert may == {"A": True, "B": True, "C": True}


# Evidence --------------------------------------------------------------------------------------


def test_an_administrator_sees_all_evidence_at_once(
    account: Account, course: Course, people: list[Person]
) -> None:
    room = factories.room(account, "ANA-1: class")
    attended(room, *people[:4])
    enrol(course, *(f"u{n}" for n in range(6)))
    copy = course_factories.course(
        course.site, course_id="9", short_name="ANA-1", copied_from=["7"]
    )
    course_factories.course_room(course, room)
    published(copy, room)
    course_factories.course_room(copy, room, confirmed=False)
    (found,) = waiting_claims(_waiting())
    assert found.room == room
    assert (found.expected_name, found.is_named, found.is_published) == ("ANA-1", True, True)
    assert found.overlap == Overlap(seen=0, learners=0, attendees=4)
    assert (found.others, found.original) == ((course,), course)
    assert (found.held.sessions, found.held.latest_at) == (1, START)
    assert not found.is_shared_category


def test_typed_ids_are_looked_up_in_the_site_s_account(account: Account, course: Course) -> None:
    room = factories.room(account, "Main")
    factories.room(account, "Group", entry_id="1_group000", parent=room)
    factories.room(factories.account("far"), "Far", entry_id="1_far00000")
    for entry_id in (room.entry_id, "1_group000", "1_far00000", "1_nobody00"):
        CourseRoom.objects.create(course=course, entry_id=entry_id)
    found = waiting_claims(_waiting())
    assert [(one.room, one.is_of_breakout) for one in found] == [
        (room, False),
        (room, True),
        (None, False),
        (None, False),
    ]


def _waiting() -> Any:
    return CourseRoom.objects.waiting().select_related("course__site", "room").order_by("pk")


def test_the_evidence_of_a_page_takes_the_same_queries_for_any_number(
    account: Account, course: Course, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 5):
        for n in range(count):
            room = factories.room(account, f"ANA-1 {n}")
            course_factories.course_room(course, room, confirmed=False)
            CourseRoom.objects.create(course=course, entry_id=f"1_{count}{n}000000")
        with django_assert_num_queries(8):
            waiting_claims(_waiting())
