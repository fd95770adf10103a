"""Deleting a Moodle site, and stopping one whose sessions are open."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from reports.models import (
    AccessLogEntry,
    Account,
    Course,
    CourseRole,
    Enrolment,
    MoodleSite,
    MoodleUser,
    Role,
    Room,
    User,
)
from tests import course_factories, factories


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def site(account: Account) -> MoodleSite:
    """An active site with a course that was opened."""
    site = course_factories.moodle_site(account)
    course_factories.course(site)
    return site


def url(name: str, *args: object) -> str:
    return reverse(f"reports:moodle-{name}", args=args)


def text_of(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


# --- Deleting ----------------------------------------------------------------------------------


@pytest.fixture
def full(site: MoodleSite) -> MoodleSite:
    """The site with a room in its course, a learner, and somebody who came from it."""
    course = Course.objects.get()
    course_factories.course_room(course, factories.room(site.account))  # type: ignore[arg-type]
    course_factories.enrolment(course)
    course_factories.came_from_moodle(Client(), course, CourseRole.TEACHER)
    return site


def test_deleting_says_what_goes_and_wants_the_name(
    administrator: Client, full: MoodleSite
) -> None:
    page = text_of(administrator.get(url("site-delete", full.pk)))
    assert re.findall(r'<dd class="num">(\d+)</dd>', page) == ["1"] * 5
    answer = administrator.post(url("site-delete", full.pk), {"name": "moodle"})
    assert answer.status_code == 400
    assert "Nothing was deleted" in text_of(answer)
    assert MoodleSite.objects.count() == 1


def test_deleting_takes_the_site_its_courses_and_who_came_from_there(
    administrator: Client, full: MoodleSite
) -> None:
    far = course_factories.moodle_site(full.account, "https://far.example.org")  # type: ignore[arg-type]
    other = course_factories.course(far)
    course_factories.enrolment(other)
    stays = course_factories.came_from_moodle(Client(), other, CourseRole.TEACHER)
    answer = administrator.post(url("site-delete", full.pk), {"name": "Moodle"}, follow=True)
    assert "and its courses were deleted" in text_of(answer)
    assert list(MoodleSite.objects.all()) == [far]
    assert list(Course.objects.all()) == [other]
    assert [row.course for row in Enrolment.objects.all()] == [other]
    assert [row.user for row in MoodleUser.objects.all()] == [stays]
    assert set(User.objects.all()) == {stays, User.objects.get(username="administrator")}
    assert Room.objects.count() == 1
    entry = AccessLogEntry.objects.get()
    assert (entry.action, entry.target) == ("deleted", f"site {full.issuer}")
    assert entry.detail["enrolments"] == entry.detail["people"] == 1


def test_a_site_that_an_administrator_came_from_is_not_deleted(
    administrator: Client, full: MoodleSite
) -> None:
    User.objects.filter(username__startswith="moodle:").update(
        role=Role.ADMINISTRATOR, first_name="Ada", last_name="Min"
    )
    for answer in (
        administrator.get(url("site-delete", full.pk)),
        administrator.post(url("site-delete", full.pk), {"name": "Moodle"}),
    ):
        assert "are among them: Ada Min." in text_of(answer)
    assert MoodleSite.objects.count() == 1


def test_a_stopped_site_ends_sessions_that_are_open(
    administrator: Client, site: MoodleSite
) -> None:
    client = Client()
    course_factories.came_from_moodle(client, Course.objects.get(), CourseRole.TEACHER)
    assert client.get("/sessions/").status_code == 200
    administrator.post(url("site-stop", site.pk))
    assert "no longer leads here" in text_of(client.get("/sessions/"))
