"""The list of courses, for everybody who may have one."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import Course, CourseRole, MoodleSite
from tests import course_factories, factories
from tests.factories import START
from tests.views.conftest import signed_in
from tests.views.files import words_of

URL = reverse("reports:courses")


@pytest.fixture
def site(db: None) -> MoodleSite:
    return course_factories.moodle_site(factories.account())


@pytest.fixture
def anatomy(site: MoodleSite) -> Course:
    account = site.account
    assert account is not None
    rooms = [factories.room(account, "Hall A"), factories.room(account, "Hall B")]
    made = course_factories.course(site, rooms, roster_asked_at=START)
    course_factories.course_room(made, factories.room(account, "Claimed"), confirmed=False)
    course_factories.course_room(made, factories.room(account, "Undone"), undone_at=START)
    return made


@pytest.fixture
def botany(site: MoodleSite) -> Course:
    return course_factories.course(
        site,
        course_id="8",
        title="Botany course",
        short_name="BOT-1",
        id_number="4711",
        launched_at=START + timedelta(days=1),
        roster_failed_at=START,
    )


@pytest.fixture
def elsewhere(db: None) -> Course:
    """Return a course of another site."""
    other = course_factories.moodle_site(
        factories.account("academy"), "https://other.example.org", name="Other Moodle"
    )
    return course_factories.course(other, title="Chemistry course", short_name="CHE-1")


def from_moodle(course: Course, role: CourseRole, client: Client | None = None) -> Client:
    client = client or Client()
    course_factories.came_from_moodle(client, course, role)
    return client


def listed(client: Client, query: str = "") -> list[str]:
    """Return the titles of the courses in the list, in order."""
    answer = client.get(URL + query)
    assert answer.status_code == 200
    return [line.course.title for line in answer.context["table"].data]


def cells(client: Client, row: int = 0) -> dict[str, Any]:
    """Return the texts of a row by column."""
    table = client.get(URL).context["table"]
    return {column.name: str(cell) for column, cell in list(table.rows)[row].items()}


def test_a_teacher_sees_the_courses_that_the_session_came_from(
    anatomy: Course, botany: Course, elsewhere: Course
) -> None:
    client = from_moodle(anatomy, CourseRole.TEACHER)
    assert listed(client) == ["Anatomy course"]
    from_moodle(botany, CourseRole.TEACHER, client)  # in another tab
    assert listed(client) == ["Anatomy course", "Botany course"]
    found = cells(client)
    assert found["seen_as"] == "teacher"
    assert found["rooms"] == "2"
    assert found["launched"] == "Mon 12 Jan, 09:00"
    assert found["roster"].startswith("as of Mon 12 Jan")
    assert reverse("reports:course", args=[anatomy.pk]) in found["name"]
    other = cells(client, 1)
    assert "none yet" in other["rooms"]
    assert "not known yet" in other["roster"]
    assert "could not be asked" in other["roster"]


def test_a_site_administrator_sees_every_course_of_the_site_alone(
    anatomy: Course, botany: Course, elsewhere: Course
) -> None:
    client = from_moodle(anatomy, CourseRole.SITE_ADMINISTRATOR)
    assert listed(client) == ["Anatomy course", "Botany course"]
    assert cells(client, 1)["seen_as"] == "administrator"


def test_an_administrator_sees_every_course(
    anatomy: Course, botany: Course, elsewhere: Course
) -> None:
    client = signed_in(factories.administrator())
    assert listed(client) == ["Anatomy course", "Botany course", "Chemistry course"]
    assert "seen_as" not in cells(client)
    assert "Other Moodle" in cells(client, 2)["name"]


def test_a_learner_sees_only_courses_that_let_them(anatomy: Course, botany: Course) -> None:
    client = from_moodle(anatomy, CourseRole.LEARNER)
    assert reverse("reports:courses") in words_of(client.get(URL))
    assert not client.get(URL).context["page"].paginator.count
    Course.objects.update(learners_see_own=True)
    assert listed(client) == ["Anatomy course"]
    found = cells(client)
    assert set(found) == {"name", "seen_as", "launched"}
    assert found["seen_as"] == "learner"
    assert reverse("reports:my-attendance", args=[anatomy.pk]) in found["name"]


def test_who_teaches_one_course_and_learns_in_another_has_both(
    anatomy: Course, botany: Course
) -> None:
    Course.objects.update(learners_see_own=True)
    client = from_moodle(anatomy, CourseRole.TEACHER)
    from_moodle(botany, CourseRole.LEARNER, client)
    assert listed(client) == ["Anatomy course", "Botany course"]
    learnt = cells(client, 1)
    assert learnt["seen_as"] == "learner"
    assert learnt["rooms"] == learnt["roster"] == ""


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("anat", ["Anatomy course"]),
        ("BOT-1", ["Botany course"]),
        ("4711", ["Botany course"]),
        ("8", ["Botany course"]),
        ("course other", ["Chemistry course"]),
        ("nothing", []),
    ],
)
def test_the_search_looks_in_names_and_numbers(
    anatomy: Course, botany: Course, elsewhere: Course, search: str, found: list[str]
) -> None:
    assert listed(signed_in(factories.administrator()), f"?search={search}") == found


def test_many_courses_come_in_pages(site: MoodleSite) -> None:
    for n in range(51):
        course_factories.course(site, course_id=str(n), title=f"Course {n:02}")
    client = signed_in(factories.administrator())
    assert len(listed(client)) == 50
    assert listed(client, "?page=2") == ["Course 50"]
    assert "page=2" in words_of(client.get(URL))


def test_a_page_that_is_no_number_is_refused(site: MoodleSite) -> None:
    assert signed_in(factories.administrator()).get(URL + "?page=x").status_code == 400


def test_without_a_course_it_says_how_one_appears(db: None) -> None:
    page = words_of(signed_in(factories.administrator()).get(URL))
    assert "To the Moodle sites" in page
    page = words_of(signed_in(factories.teacher()).get(URL))
    assert "open it from Moodle" in page
    assert "To the Moodle sites" not in page


def test_only_who_has_courses_is_led_to_them(anatomy: Course) -> None:
    def has_entry(client: Client) -> bool:
        return f'href="{URL}"' in words_of(client.get(reverse("reports:help")))

    assert has_entry(from_moodle(anatomy, CourseRole.TEACHER))
    assert has_entry(from_moodle(anatomy, CourseRole.SITE_ADMINISTRATOR))
    assert has_entry(signed_in(factories.administrator()))
    assert not has_entry(signed_in(factories.teacher()))


def test_the_queries_are_the_same_few_for_any_number_of_courses(
    site: MoodleSite, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def make(first: int, last: int) -> None:
        for n in range(first, last):
            course_factories.course(site, course_id=str(n), title=f"Course {n:02}")

    client = signed_in(factories.administrator())
    make(0, 2)
    for last in (2, 20):
        make(2, last)
        with django_assert_num_queries(5):  # session, user, alerts, the count, the courses
            client.get(URL)


def test_a_teacher_of_a_course_without_rooms_is_told_so(botany: Course) -> None:
    page = words_of(from_moodle(botany, CourseRole.TEACHER).get(reverse("reports:overview")))
    assert "Your courses have no room yet" in page
