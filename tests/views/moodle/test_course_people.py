"""Who is who in a course: the queue, the matched, and whose page it is."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from reports.models import AccessLogEntry, Course, CourseRole, IdentityLink, RoomSession
from tests import course_factories, factories
from tests.views.conftest import signed_in
from tests.views.moodle.waiting import (
    course_of_three_classes,
    enrol,
    guests,
    look,
    mark_row,
    opened_by_teacher,
    text_of,
    url,
)


@pytest.fixture
def course(db: None) -> Course:
    return course_of_three_classes()


@pytest.fixture
def teacher(course: Course) -> Client:
    return opened_by_teacher(course)


# The page ------------------------------------------------------------------------------------------


def test_who_waits_is_shown_with_suggestions_and_their_evidence(
    teacher: Client, course: Course
) -> None:
    answer = look(teacher, course)
    assert answer.status_code == 200
    text = text_of(answer)
    for words in (
        "Waiting 2 Matched 2 Decided 0",
        "lind, ANÁ guest",
        "In 2 classes, 2 h 00 min in all",
        "2 people for Kaltura, of one name and address",
        "This is Ana Lind Learner: the same name; never in a class together, and there in",
        "in 2 classes that Ana Lind was missing from",
        "Far Away signed in, not in the roster · user id far",
        "1 more person was erased",
    ):
        assert words in text
    assert "in every course of this Moodle" not in text
    assert mark_row(course) == ["present", "absent", "absent"]  # looking changes nothing
    line = AccessLogEntry.objects.get()
    assert (line.action, line.detail) == ("viewed", {"register": True, "people": "waiting"})


def test_the_matched_are_shown_with_how_and_who_has_none_too(
    teacher: Client, course: Course
) -> None:
    text = text_of(look(teacher, course, show="matched"))
    assert "Everybody 3 With several identities 0 Without any 1" in text
    assert "Kaltura's user id is the Moodle user name" in text
    none = look(teacher, course, show="matched", only="none")
    assert [row.name for row in none.context["rows"]] == ["Ben Okoro"]
    assert look(teacher, course, show="matched", only="several").context["rows"] == []


def test_search_and_days_narrow_each_part(teacher: Client, course: Course) -> None:
    def titles(**query: str) -> list[str]:
        return [card.title for card in look(teacher, course, **query).context["rows"]]

    assert titles() == ["lind, ANÁ", "Far Away"]
    assert titles(search="aná lind") == ["lind, ANÁ"]
    assert titles(search="FAR") == ["Far Away"]
    assert "Nobody fits" in text_of(look(teacher, course, search="nobody"))
    later = teacher.get(url(course), {"from": "2026-01-13", "to": "2026-01-20", "tz": "UTC"})
    assert [it.of.classes for it in later.context["rows"]] == [1]
    empty = teacher.get(url(course), {"from": "2025-01-13", "to": "2025-01-20", "tz": "UTC"})
    assert "No session in these days" in text_of(empty)


def test_an_address_that_can_t_be_read_is_refused(teacher: Client, course: Course) -> None:
    for query in (
        {"show": "x"},
        {"only": "x"},
        {"tz": "Mars"},
        {"page": "0"},
        {"from": "x"},
        {"sort": "x"},
    ):
        answer = teacher.get(url(course), query)
        assert answer.status_code == 400, query
        assert "Far Away" not in text_of(answer)
        assert 'name="search"' in answer.content.decode()


def test_it_is_there_for_nobody_else(course: Course) -> None:
    other = course_factories.course(course.site, course_id="8")
    learner, colleague = Client(), Client()
    Course.objects.update(learners_see_own=True)
    course_factories.came_from_moodle(learner, course, CourseRole.LEARNER, "11")
    course_factories.came_from_moodle(colleague, other, CourseRole.TEACHER, "98")
    for client in (learner, colleague, signed_in(factories.outsider())):
        assert look(client, course).status_code == 404
        for page, fields in (
            ("-link", {"person": guests(), "nobody": "1"}),
            ("-unlink", {"link": 1}),
        ):
            assert client.post(url(course, page), fields).status_code == 404
    assert look(Client(), course).status_code == 302
    assert not IdentityLink.objects.exists()


def test_a_course_without_rooms_says_so(teacher: Client, course: Course) -> None:
    course.course_rooms.all().delete()
    assert "This course has no room yet" in text_of(look(teacher, course))


def test_fifty_stand_on_a_page_by_as_many_queries(
    teacher: Client, course: Course, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    account = course.site.account
    assert account is not None
    session = RoomSession.objects.order_by("pk")[0]
    look(teacher, course)
    with CaptureQueriesContext(connection) as few:
        look(teacher, course)
    most = len(few)
    for n in range(60):
        factories.attendance(session, factories.person(account, f"x{n}", name=f"X {n:02}"), 60, 0)
        enrol(course, f"5{n}", f"Name {n}", f"n{n}")
    with django_assert_max_num_queries(most):
        answer = look(teacher, course)
    assert len(answer.context["rows"]) == 50
    assert len(look(teacher, course, page="2").context["rows"]) == 12
    with django_assert_max_num_queries(most):
        look(teacher, course, show="matched")
