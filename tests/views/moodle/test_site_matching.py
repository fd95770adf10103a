"""The keys of a site: looked at, then stored, by administrators alone."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from reports.models import AccessLogEntry, Course, CourseRole, IdentityRule, MoodleSite
from reports.queries.identities import site_keys_of
from tests import course_factories, factories
from tests.views.conftest import signed_in

USER_NAME, EMAIL, ID_NUMBER = "user_name", "email", "id_number"


@pytest.fixture
def course(db: None) -> Course:
    account = factories.account()
    room = factories.room(account)
    made = course_factories.course(course_factories.moodle_site(account), [room])
    course_factories.enrolment(made, "11", name="Ana Lind", user_name="ana", email="a@x.org")
    factories.whole_session(room, [(factories.person(account, "ana", name="<b>Ana"), 60, 0)])
    return made


@pytest.fixture
def site(course: Course) -> MoodleSite:
    return course.site


def url(site: MoodleSite) -> str:
    return reverse("reports:moodle-site-matching", args=[site.pk])


def keys(*places: str, version: int = 0, **days: str) -> dict[str, str]:
    return {"version": str(version)} | {f"key_{n}": it for n, it in enumerate(places, 1)} | days


def text_of(answer: Any) -> str:
    page = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(unescape(page).replace("\\xa0", " ").split())


def test_the_keys_in_force_are_shown_and_the_site_s_page_leads_here(
    administrator: Client, site: MoodleSite
) -> None:
    text = text_of(administrator.get(url(site)))
    assert "user id = user name, to the letter" in text
    assert "as delivered: nobody has set any" in text
    assert "What these keys would change" not in text
    page = administrator.get(reverse("reports:moodle-site", args=[site.pk]))
    assert url(site) in page.content.decode()


def test_what_would_change_is_shown_and_nothing_is_stored(
    administrator: Client, site: MoodleSite
) -> None:
    answer = administrator.get(url(site), keys(EMAIL, ID_NUMBER))
    text = text_of(answer)
    assert "Matched now 1 of 1 attendees" in text
    assert "<b>Ana ana ANA-1 Ana Lind Kaltura's user id is the Moodle user name nobody" in text
    assert "Would be nobody 1" in text
    assert "Store these keys" in text
    assert not IdentityRule.objects.exists()
    same = administrator.get(url(site), keys(USER_NAME, EMAIL, ID_NUMBER))
    assert "These are the keys that are in force already." in text_of(same)
    assert "Store these keys" not in text_of(same)


def test_they_are_stored_as_a_version_with_who_and_when(
    administrator: Client, site: MoodleSite
) -> None:
    fields = keys(ID_NUMBER, "", USER_NAME, from_1="2026-01-05")
    answer = administrator.post(url(site), fields, follow=True)
    assert "Stored as version 1." in text_of(answer)
    stored = IdentityRule.objects.get()
    assert stored.keys == [
        {"key": "id_number", "from": "2026-01-05"},
        {"key": "user_name", "from": None},
    ]
    assert stored.made_by is not None
    assert "user id = id number, to the letter, from 2026-01-05 on" in text_of(answer)
    assert "by administrator" in text_of(answer)
    line = AccessLogEntry.objects.get(action="set the matching keys")
    assert line.detail == {"version": 1, "keys": stored.keys}
    again = administrator.post(url(site), fields | {"version": "1"}, follow=True)
    assert "Nothing was different" in text_of(again)
    assert site_keys_of(site).version == 1


def test_keys_that_were_looked_at_before_others_were_stored_are_looked_at_again(
    administrator: Client, site: MoodleSite
) -> None:
    administrator.post(url(site), keys(USER_NAME))
    answer = administrator.post(url(site), keys(EMAIL))  # a page of before
    assert answer.status_code == 400
    assert "Somebody stored other keys meanwhile." in text_of(answer)
    assert 'name="version" value="1"' in answer.content.decode()
    assert site_keys_of(site).version == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (keys(), "choose one at least"),
        (keys("", "", ""), "choose one at least"),
        (keys(EMAIL, EMAIL), "This key stands above already."),
        (keys("password"), "Select a valid choice"),
        (keys(EMAIL, from_2="2026-01-01"), "There is no key that could count"),
        (keys(EMAIL, from_1="1999-01-01"), "Enter a day from 2015"),
        (keys(EMAIL) | {"version": "x"}, "Enter a whole number"),
    ],
)
def test_what_can_t_be_is_said_and_nothing_is_stored(
    administrator: Client, site: MoodleSite, fields: dict[str, str], words: str
) -> None:
    for answer in (administrator.get(url(site), fields), administrator.post(url(site), fields)):
        assert answer.status_code == 400
        assert words in text_of(answer)
        assert "Store these keys" not in text_of(answer)
    assert not IdentityRule.objects.exists()


def test_it_is_there_for_administrators_alone(course: Course) -> None:
    teacher, of_site = Client(), Client()
    course_factories.came_from_moodle(teacher, course, CourseRole.TEACHER, "99")
    course_factories.came_from_moodle(of_site, course, CourseRole.SITE_ADMINISTRATOR, "2")
    for client in (teacher, of_site, signed_in(factories.outsider())):
        assert client.get(url(course.site)).status_code == 404
        assert client.post(url(course.site), keys(EMAIL)).status_code == 404
    assert Client().get(url(course.site)).status_code == 302
    assert not IdentityRule.objects.exists()
