"""Claims to rooms, who may confirm them, and what is written down."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from django.utils import timezone

from reports.access import Viewer
from reports.models import AccessLogEntry, Course, CourseCategory, CourseRoom, Room, User
from reports.moodle import course_rooms
from reports.moodle.course_rooms import (
    MOST_WAITING,
    Outcome,
    RoomUnknown,
    claim_own,
    claim_typed,
    confirm,
    put_in,
    take_out,
    turn_down,
)
from tests import course_factories, factories

NOBODY_S = "1_zzzzzzzz"
CATEGORY = "Moodle>site>channels>7"


@pytest.fixture
def course(db: None) -> Course:
    return course_factories.course(course_factories.moodle_site(factories.account()))


@pytest.fixture
def room(course: Course) -> Room:
    return factories.room(course.site.account, entry_id="1_aaaaaaaa")


@pytest.fixture
def teacher(course: Course) -> User:
    return factories.teacher()


def asking(user: User) -> Any:
    request = RequestFactory().post("/")
    request.user = user
    return request


def type_in(user: User, course: Course, entry_id: str) -> Outcome:
    viewer = Viewer(user, user.is_administrator, taught=frozenset({course.pk}))
    return claim_typed(asking(user), viewer, course, entry_id)


def published(course: Course, *entry_ids: str, name: str = CATEGORY) -> None:
    CourseCategory.objects.create(
        course=course,
        state=CourseCategory.State.FOUND,
        full_name=name,
        tried_at=timezone.now(),
        asked_at=timezone.now(),
        entry_ids=list(entry_ids),
    )


def log() -> list[tuple[str, str, str]]:
    lines = AccessLogEntry.objects.order_by("pk").values_list("action", "target", "detail")
    return [(action, target.split()[1], detail["course"]) for action, target, detail in lines]


WHERE = "course 7 of https://moodle.example.org"


def test_a_typed_id_is_stored_alike_whether_or_not_there_is_such_a_room(
    course: Course, room: Room, teacher: User
) -> None:
    breakout = factories.room(course.site.account, entry_id="1_bbbbbbbb", parent=room)
    far = factories.room(factories.account("far"), entry_id="1_ffffffff")
    typed = [room.entry_id, breakout.entry_id, far.entry_id, NOBODY_S]
    assert {type_in(teacher, course, entry_id) for entry_id in typed} == {Outcome.WAITING}
    rows = CourseRoom.objects.order_by("pk")
    assert [(it.entry_id, it.room, it.evidence, it.claimed_by) for it in rows] == [
        (entry_id, None, {"by_hand": True}, teacher) for entry_id in typed
    ]
    assert not CourseRoom.objects.in_force().exists()
    assert log() == [("claimed", entry_id, WHERE) for entry_id in typed]


def test_typing_twice_is_one_claim(course: Course, room: Room, teacher: User) -> None:
    for entry_id in (room.entry_id, NOBODY_S):
        assert type_in(teacher, course, entry_id) == Outcome.WAITING
        assert type_in(teacher, course, entry_id) == Outcome.WAITING
    assert CourseRoom.objects.count() == 2


def test_claims_of_a_course_are_bounded(course: Course, teacher: User) -> None:
    outcomes = [type_in(teacher, course, f"1_{n:08d}") for n in range(MOST_WAITING + 1)]
    assert outcomes == [Outcome.WAITING] * MOST_WAITING + [Outcome.TOO_MANY]
    assert CourseRoom.objects.count() == MOST_WAITING


def test_a_teacher_confirms_what_the_category_has(
    course: Course, room: Room, teacher: User
) -> None:
    published(course, room.entry_id)
    assert type_in(teacher, course, room.entry_id) == Outcome.ADDED
    claim = CourseRoom.objects.in_force().get()
    assert (claim.room, claim.confirmed_by) == (room, teacher)
    assert claim.evidence["category"] == CATEGORY
    assert type_in(teacher, course, room.entry_id) == Outcome.THERE


def test_an_answer_for_another_category_confirms_nothing(
    course: Course, room: Room, teacher: User
) -> None:
    published(course, room.entry_id, name="Old>site>channels>7")
    assert type_in(teacher, course, room.entry_id) == Outcome.WAITING


def test_a_teacher_gives_no_room_to_a_second_course(
    course: Course, room: Room, teacher: User
) -> None:
    course_factories.course(course.site, [room], course_id="8")
    published(course, room.entry_id)
    assert type_in(teacher, course, room.entry_id) == Outcome.WAITING
    assert claim_own(asking(teacher), course, room, ["name"]) == Outcome.WAITING
    assert CourseRoom.objects.in_force().filter(course=course).count() == 0
    assert CourseRoom.objects.waiting().count() == 1  # the same room, claimed once


def test_a_teacher_confirms_nothing_where_two_sites_share_the_categories(
    course: Course, room: Room, teacher: User
) -> None:
    course_factories.moodle_site(course.site.account, "https://twin.example.org")
    published(course, room.entry_id)
    assert type_in(teacher, course, room.entry_id) == Outcome.WAITING


def test_what_is_one_s_own_waits_all_the_same(course: Course, room: Room, teacher: User) -> None:
    assert claim_own(asking(teacher), course, room, ["name", "overlap"]) == Outcome.WAITING
    claim = CourseRoom.objects.waiting().get()
    assert (claim.room, claim.evidence) == (room, {"suggested": ["name", "overlap"]})


def test_an_administrator_puts_a_room_in(course: Course, room: Room) -> None:
    head = factories.administrator()
    assert type_in(head, course, NOBODY_S) == Outcome.UNKNOWN
    breakout = factories.room(course.site.account, entry_id="1_bbbbbbbb", parent=room)
    far = factories.room(factories.account("far"), entry_id="1_ffffffff")
    assert type_in(head, course, far.entry_id) == Outcome.UNKNOWN
    assert type_in(head, course, breakout.entry_id) == Outcome.ADDED
    claim = CourseRoom.objects.in_force().get()
    assert (claim.room, claim.confirmed_by) == (room, head)
    assert type_in(head, course, room.entry_id) == Outcome.THERE
    assert log() == [("confirmed", room.entry_id, WHERE)]


def test_an_administrator_gives_a_room_to_two_courses(course: Course, room: Room) -> None:
    other = course_factories.course(course.site, [room], course_id="8")
    assert put_in(asking(factories.administrator()), course, room) == Outcome.ADDED
    assert set(CourseRoom.objects.in_force().values_list("course", flat=True)) == {
        course.pk,
        other.pk,
    }


def test_confirming_a_typed_id_finds_its_room(course: Course, room: Room, teacher: User) -> None:
    head = factories.administrator()
    type_in(teacher, course, room.entry_id)
    claim = CourseRoom.objects.get()
    assert confirm(asking(head), claim) == Outcome.ADDED
    claim.refresh_from_db()
    assert (claim.room, claim.claimed_by, claim.confirmed_by) == (room, teacher, head)
    assert claim.evidence == {"by_hand": True, "by_administrator": True}


def test_confirming_an_unknown_id_is_refused(course: Course, teacher: User) -> None:
    type_in(teacher, course, NOBODY_S)
    with pytest.raises(RoomUnknown):
        confirm(asking(factories.administrator()), CourseRoom.objects.get())
    assert CourseRoom.objects.waiting().count() == 1


def test_a_typed_breakout_s_claim_is_confirmed_as_its_main_room(
    course: Course, room: Room, teacher: User
) -> None:
    head = asking(factories.administrator())
    for n in (1, 2):
        breakout = factories.room(course.site.account, entry_id=f"1_bbbbbbb{n}", parent=room)
        type_in(teacher, course, breakout.entry_id)
    one, other = CourseRoom.objects.order_by("pk")
    assert confirm(head, one) == Outcome.ADDED
    assert confirm(head, other) == Outcome.THERE
    assert CourseRoom.objects.in_force().get().room == room
    assert not CourseRoom.objects.waiting().exists()


def test_two_claims_to_one_room_are_confirmed_as_one(
    course: Course, room: Room, teacher: User
) -> None:
    type_in(teacher, course, room.entry_id)
    second = course_factories.course_room(course, room, confirmed=False)
    confirm(asking(factories.administrator()), second)
    assert CourseRoom.objects.in_force().count() == 1
    assert CourseRoom.objects.waiting().count() == 0


def test_a_turned_down_claim_can_be_made_again(course: Course, room: Room, teacher: User) -> None:
    head = asking(factories.administrator())
    type_in(teacher, course, room.entry_id)
    claim = CourseRoom.objects.get()
    assert turn_down(head, claim)
    assert not turn_down(head, claim)
    claim.refresh_from_db()
    assert claim.ended == CourseRoom.Ended.TURNED_DOWN
    assert type_in(teacher, course, room.entry_id) == Outcome.WAITING
    assert [action for action, _, _ in log()] == ["claimed", "turned down", "claimed"]


def test_taking_out_ends_what_is_seen_and_keeps_the_row(
    course: Course, room: Room, teacher: User
) -> None:
    claim = course_factories.course_room(course, room)
    viewer = Viewer(teacher, is_administrator=False, taught=frozenset({course.pk}))
    assert list(viewer.rooms()) == [room]
    assert take_out(asking(teacher), claim)
    assert not take_out(asking(teacher), claim)
    assert list(viewer.rooms()) == []
    claim.refresh_from_db()
    assert (claim.ended, claim.undone_by) == (CourseRoom.Ended.TAKEN_OUT, teacher)
    assert log() == [("took", room.entry_id, WHERE)]


def test_what_is_in_force_can_t_be_turned_down(course: Course, room: Room) -> None:
    claim = course_factories.course_room(course, room)
    assert not turn_down(asking(factories.administrator()), claim)
    assert CourseRoom.objects.in_force().exists()


def test_the_database_confirms_no_claim_without_a_room(course: Course) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CourseRoom.objects.create(course=course, entry_id=NOBODY_S, confirmed_at=timezone.now())


def test_without_a_root_there_is_no_category(course: Course) -> None:
    assert course_rooms.category_name(course) == CATEGORY
    course.site.category_root = "  "
    assert course_rooms.category_name(course) == ""
