"""The claims that wait for an administrator, and what the pages of rooms cost."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from reports.models import Course, CourseCategory, CourseRole, CourseRoom, Room
from tests import course_factories, factories
from tests.course_factories import came_from_moodle
from tests.factories import START
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


def test_no_claim_is_said_so(administrator: Client, course: Course) -> None:
    page = administrator.get(url("course-room-claims")).content.decode()
    assert "No claim waits" in page


def test_a_claim_is_shown_with_its_evidence(
    course: Course, teacher: Client, administrator: Client, outside: Room
) -> None:
    people = [factories.person(course.site.account, f"u{n}") for n in range(4)]
    factories.whole_session(outside, [(one, 60, 30) for one in people])
    for n in range(3):
        course_factories.enrolment(course, f"id{n}", user_name=f"u{n}")
    published(course, "1_other000")
    claim(teacher, course, entry=outside.entry_id)
    page = administrator.get(url("course-room-claims")).content.decode()
    for text in (
        "ANA-1 outside for ANA-1",
        "fits the rule: ANA-1",
        "3 of 3 learners were there",
        "among 4 attendees in all",
        "doesn't have it, as of",
        "in no other course",
        "By hand",
    ):
        assert text in page, text


def test_a_claim_is_confirmed_or_turned_down(
    course: Course, teacher: Client, administrator: Client, outside: Room
) -> None:
    for entry_id in (outside.entry_id, NOBODY_S):
        claim(teacher, course, entry=entry_id)
    known, unknown = CourseRoom.objects.waiting().order_by("pk")
    decide = url("course-room-decide", known.pk)
    answer = administrator.post(decide, {"decision": "confirm"}, follow=True)
    assert said(answer) == "The room belongs to “ANA-1” now."
    assert "ANA-1 outside" in page_of(teacher, course)
    assert "in the meantime" in said(
        administrator.post(decide, {"decision": "turn_down"}, follow=True)
    )
    page = administrator.get(url("course-room-claims")).content.decode()
    assert "No room of this id is known" in page
    assert 'value="confirm"' not in page
    decide = url("course-room-decide", unknown.pk)
    refused = administrator.post(decide, {"decision": "confirm"}, follow=True)
    assert "nothing was confirmed" in said(refused)
    assert "turned down" in said(administrator.post(decide, {"decision": "turn_down"}, follow=True))
    assert "turned down" in page_of(teacher, course)
    assert administrator.post(decide, {"decision": "x"}).status_code == 400
    assert administrator.post(url("course-room-decide", 999)).status_code == 404


def test_claims_come_in_pages(administrator: Client, course: Course) -> None:
    for n in range(21):
        CourseRoom.objects.create(course=course, entry_id=f"1_{n:08d}")
    first = administrator.get(url("course-room-claims")).content.decode()
    second = administrator.get(url("course-room-claims") + "?page=2").content.decode()
    assert ("21 claims" in first, "1_00000020" in first, "1_00000020" in second) == (
        True,
        False,
        True,
    )
    assert administrator.get(url("course-room-claims") + "?page=x").status_code == 400


# Queries ---------------------------------------------------------------------------------------


def test_the_pages_take_the_same_queries_for_any_number_of_rooms(
    course: Course,
    administrator: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for count in (1, 6):
        for n in range(count):
            account = course.site.account
            course_factories.course_room(course, factories.room(account, f"In {count} {n}"))
            course_factories.course_room(
                course, factories.room(account, f"Claimed {count} {n}"), confirmed=False
            )
            factories.room(account, f"ANA-1 {count} {n}")
        with django_assert_num_queries(21):
            page_of(administrator, course)
        with django_assert_num_queries(11):
            administrator.get(url("course-room-claims"))
