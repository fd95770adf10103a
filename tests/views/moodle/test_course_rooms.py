"""The rooms of a course and the claims to them, as pages: who sees what, and what can be done."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from reports.models import AccessLogEntry, Course, CourseCategory, CourseRole, CourseRoom, Room
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld, Room as KalturaRoom
from tests import course_factories, factories
from tests.course_factories import came_from_moodle
from tests.factories import START
from tests.sync.worlds import new_account
from tests.views.conftest import signed_in

NOBODY_S = "1_zzzzzzzz"
CATEGORY = "Moodle>site>channels>7"


@pytest.fixture
def course(db: None) -> Course:
    account = factories.account()
    site = course_factories.moodle_site(account, room_name_rule="{short_name}")
    return course_factories.course(site, [factories.room(account, "Anatomy & more")])


@pytest.fixture
def outside(course: Course) -> Room:
    """A room of the account that is nobody's; it would fit the rule."""
    return factories.room(course.site.account, "ANA-1 outside", entry_id="1_outside0")


@pytest.fixture
def teacher(course: Course) -> Client:
    client = Client()
    came_from_moodle(client, course, CourseRole.TEACHER)
    return client


@pytest.fixture
def administrator(db: None) -> Client:
    return signed_in(factories.administrator())


def url(name: str, *args: object) -> str:
    return reverse(f"reports:{name}", args=args)


def page_of(client: Client, course: Course) -> str:
    answer = client.get(url("course-rooms", course.pk))
    assert answer.status_code == 200
    return answer.content.decode()


def said(answer: Any) -> str:
    """Return the messages on the page that the answer leads to."""
    return "; ".join(str(message) for message in answer.context["messages"])


def claim(client: Client, course: Course, **fields: object) -> Any:
    return client.post(url("course-room-claim", course.pk), fields, follow=True)


def published(course: Course, *entry_ids: str) -> None:
    CourseCategory.objects.create(
        course=course,
        state=CourseCategory.State.FOUND,
        full_name=CATEGORY,
        tried_at=timezone.now(),
        asked_at=START,
        entry_ids=list(entry_ids),
    )


# Who gets in -----------------------------------------------------------------------------------


def test_the_pages_are_for_those_who_teach_the_course(
    course: Course, administrator: Client
) -> None:
    there = course.course_rooms.get().pk
    addresses = {
        url("course-rooms", course.pk): "get",
        url("course-room-undo", course.pk, there): "get",
        url("course-room-claim", course.pk): "post",
        url("course-rooms-ask", course.pk): "post",
        url("course-room-undo", course.pk, there) + "?": "post",
    }
    other = course_factories.course(course.site, course_id="8", learners_see_own=True)
    learner, elsewhere = Client(), Client()
    came_from_moodle(learner, course, CourseRole.LEARNER)
    came_from_moodle(elsewhere, other, CourseRole.TEACHER, "6")
    outsider = signed_in(factories.outsider())
    for address, method in addresses.items():
        for client in (learner, elsewhere, outsider):
            assert getattr(client, method)(address).status_code == 404, address
        answer = getattr(Client(), method)(address)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("login"))
    assert CourseRoom.objects.in_force().count() == 1


def test_deciding_is_for_administrators(course: Course, teacher: Client, outside: Room) -> None:
    waiting = course_factories.course_room(course, outside, confirmed=False)
    site_head = Client()
    came_from_moodle(site_head, course, CourseRole.SITE_ADMINISTRATOR, "6")
    for client in (teacher, site_head, signed_in(factories.outsider())):
        assert client.get(url("course-room-claims")).status_code == 404
        decide = url("course-room-decide", waiting.pk)
        assert client.post(decide, {"decision": "confirm"}).status_code == 404
    assert CourseRoom.objects.waiting().count() == 1


@pytest.mark.parametrize("name", ["course-room-claim", "course-rooms-ask"])
def test_nothing_changes_by_looking(course: Course, teacher: Client, name: str) -> None:
    assert teacher.get(url(name, course.pk)).status_code == 405


def test_another_course_s_claim_is_not_undone_from_here(
    course: Course, teacher: Client, outside: Room
) -> None:
    other = course_factories.course(course.site, [outside], course_id="8")
    there = other.course_rooms.get()
    assert teacher.post(url("course-room-undo", course.pk, there.pk)).status_code == 404
    assert teacher.post(url("course-room-undo", other.pk, there.pk)).status_code == 404
    assert CourseRoom.objects.in_force().count() == 2


# The course's page -----------------------------------------------------------------------------


def test_a_room_is_listed_with_its_reason(course: Course, teacher: Client) -> None:
    there = course.course_rooms.get()
    factories.whole_session(there.room)
    CourseRoom.objects.update(evidence={"category": CATEGORY, "asked_at": START.isoformat()})
    page = page_of(teacher, course)
    for text in ("1 room", "Anatomy &amp; more", "Kaltura has it in the category", "Mon 12 Jan"):
        assert text in page
    assert "by an administrator" not in page
    entry = AccessLogEntry.objects.get(action="viewed")
    assert entry.target == "course 7 of https://moodle.example.org"


def test_a_course_without_rooms_says_what_to_do(course: Course, teacher: Client) -> None:
    CourseRoom.objects.all().delete()
    page = page_of(teacher, course)
    assert "No room yet" in page
    assert "can be claimed below" in page


def test_a_site_without_an_account_has_nothing_to_claim(course: Course, teacher: Client) -> None:
    course.site.account = None
    course.site.save()
    assert "has no Kaltura account" in page_of(teacher, course)
    assert "no Kaltura account" in said(claim(teacher, course, entry=NOBODY_S))
    assert not CourseRoom.objects.waiting().exists()


def test_what_a_teacher_types_is_answered_alike(
    course: Course, teacher: Client, outside: Room
) -> None:
    answers = [
        claim(teacher, course, entry=text)
        for text in (outside.entry_id, NOBODY_S, f"https://x.example.org/room/{outside.entry_id}")
    ]
    texts = {said(answer) for answer in answers}
    assert texts == {"The claim is stored. It counts once an administrator has confirmed it."}
    page = page_of(teacher, course)
    assert "outside" not in page.replace(outside.entry_id, "")
    rows = [
        page.count(text) for text in (f"<bdi>{outside.entry_id}</bdi>", f"<bdi>{NOBODY_S}</bdi>")
    ]
    assert rows == [1, 1]
    assert CourseRoom.objects.waiting().count() == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Give the address or the id"),
        ("Anatomy", "no room&#x27;s id in this"),
        ("1_abc", "no room&#x27;s id in this"),
        ("x1_abcd23456", "no room&#x27;s id in this"),
        ("1_abcd2345 and 1_abcd2346", "more than one id"),
        ("x" * 1001, "at most 1000"),
    ],
)
def test_what_is_no_id_is_refused_with_the_form(
    course: Course, teacher: Client, text: str, message: str
) -> None:
    answer = claim(teacher, course, entry=text)
    assert answer.status_code == 400
    assert message in answer.content.decode()
    assert not CourseRoom.objects.waiting().exists()


def test_a_teacher_is_shown_no_outside_room(course: Course, teacher: Client, outside: Room) -> None:
    page = page_of(teacher, course)
    assert "outside" not in page
    assert "could belong here" not in page
    answer = claim(teacher, course, room=outside.pk)
    assert "Select a valid choice" in said(answer)
    assert CourseRoom.objects.count() == 1


def test_a_room_of_one_s_own_can_be_claimed(course: Course, teacher: Client) -> None:
    own = factories.room(course.site.account, "ANA-1, second")
    second = course_factories.course(course.site, [own], course_id="8", short_name="BOT")
    came_from_moodle(teacher, second, CourseRole.TEACHER)
    page = page_of(teacher, course)
    assert "Rooms that could belong here" in page
    assert "is in BOT already" in page
    assert "The claim is stored" in said(claim(teacher, course, room=own.pk))
    assert CourseRoom.objects.waiting().get().evidence == {"suggested": ["name"]}


def test_an_administrator_puts_suggested_rooms_in(
    course: Course, administrator: Client, outside: Room
) -> None:
    page = page_of(administrator, course)
    assert "named as the rule says" in page
    assert " checked" not in page
    assert "The room is in the course" in said(claim(administrator, course, room=outside.pk))
    made = CourseRoom.objects.in_force().get(room=outside)
    assert made.evidence == {"suggested": ["name"], "by_administrator": True}
    assert "decided by an administrator" in page_of(administrator, course)
    assert "No room was ticked" in said(claim(administrator, course))


def test_an_administrator_is_told_of_an_unknown_id(
    course: Course, administrator: Client, outside: Room
) -> None:
    assert "No room of this id is known" in said(claim(administrator, course, entry=NOBODY_S))
    assert "The room is in the course" in said(claim(administrator, course, entry=outside.entry_id))
    assert "in the course already" in said(claim(administrator, course, entry=outside.entry_id))


def test_a_copy_s_original_is_marked_and_not_ticked(
    course: Course, administrator: Client, outside: Room
) -> None:
    course_factories.course_room(course, outside)
    copy = course_factories.course(
        course.site, course_id="9", short_name="ANA-1", copied_from=["7"]
    )
    page = page_of(administrator, copy)
    assert "belongs to ANA-1, which this course was copied from" in page
    assert " checked" not in page


# Taking out, and back --------------------------------------------------------------------------


def test_taking_out_asks_first(course: Course, teacher: Client) -> None:
    there = course.course_rooms.get()
    factories.whole_session(there.room)
    address = url("course-room-undo", course.pk, there.pk)
    page = teacher.get(address).content.decode()
    assert "Take Anatomy &amp; more out of the course?" in page
    assert CourseRoom.objects.in_force().exists()
    answer = teacher.post(address, follow=True)
    assert said(answer) == "“Anatomy & more” is out of the course."
    there.refresh_from_db()
    assert there.ended == "taken_out"
    assert "No longer in the course" in page_of(teacher, course)
    assert "out of the course already" in said(teacher.post(address, follow=True))
    assert list(AccessLogEntry.objects.filter(action="took").values_list("target", flat=True)) == [
        f"room {there.room.entry_id} of account {course.site.account_id}"
    ]


def test_a_room_of_the_category_can_be_put_back(course: Course, teacher: Client) -> None:
    there = course.course_rooms.get()
    published(course, there.room.entry_id)
    teacher.post(url("course-room-undo", course.pk, there.pk))
    assert "Put back" in page_of(teacher, course)
    assert "The room is in the course" in said(claim(teacher, course, room=there.room.pk))
    assert CourseRoom.objects.in_force().get().confirmed_by is not None


def test_a_room_that_kaltura_doesn_t_publish_can_t_be_put_back_by_a_teacher(
    course: Course, teacher: Client
) -> None:
    there = course.course_rooms.get()
    teacher.post(url("course-room-undo", course.pk, there.pk), follow=True)
    page = page_of(teacher, course)
    assert "Put back" not in page
    assert "Anatomy &amp; more" not in page
    assert "Select a valid choice" in said(claim(teacher, course, room=there.room.pk))


def test_a_claim_can_be_taken_back(course: Course, teacher: Client) -> None:
    claim(teacher, course, entry=NOBODY_S)
    waiting = CourseRoom.objects.waiting().get()
    address = url("course-room-undo", course.pk, waiting.pk)
    assert "Take the claim back?" in teacher.get(address).content.decode()
    assert "The claim was taken back" in said(teacher.post(address, follow=True))
    assert not CourseRoom.objects.waiting().exists()


# Kaltura's word --------------------------------------------------------------------------------


@pytest.fixture
def simulator(settings: Settings) -> Iterator[Simulator]:
    with Simulator(ListedWorld([KalturaRoom("1_kaltura0", "K", categories=(CATEGORY,))])) as it:
        settings.KALTURA_ENDPOINTS = {"simulator": it.url}
        yield it


def test_kaltura_is_asked_by_hand_and_not_twice(db: None, simulator: Simulator) -> None:
    account = new_account()
    course = course_factories.course(course_factories.moodle_site(account))
    room = factories.room(account, "Kaltura's", entry_id="1_kaltura0")
    client = Client()
    user = came_from_moodle(client, course, CourseRole.TEACHER)
    assert "was not asked for it yet" in page_of(client, course)
    answer = client.post(url("course-rooms-ask", course.pk), follow=True)
    assert "Kaltura was asked" in said(answer)
    assert "Kaltura&#x27;s" in answer.content.decode()
    assert CourseRoom.objects.in_force().get().room == room
    assert AccessLogEntry.objects.get(action="confirmed").user == user
    simulator.forget_requests()
    again = client.post(url("course-rooms-ask", course.pk), follow=True)
    assert "asked just now" in said(again)
    assert simulator.requests == []


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("missing", "though other courses have theirs"),
        ("hidden", "showed no categories"),
        ("forbidden", "showed no categories"),
        ("failed", "could not be asked"),
    ],
)
def test_each_answer_has_its_sentence(
    course: Course, teacher: Client, administrator: Client, state: str, text: str
) -> None:
    CourseCategory.objects.create(
        course=course, state=state, full_name=CATEGORY, tried_at=START, error="Wrong secret."
    )
    page = page_of(teacher, course)
    assert text in page
    assert "Wrong secret" not in page
    hints = {
        "hidden": "disableentitlement",
        "forbidden": "may not list categories",
        "failed": "Wrong secret.",
    }
    assert hints.get(state, text) in page_of(administrator, course)


# Claims ----------------------------------------------------------------------------------------
