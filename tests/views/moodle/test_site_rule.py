"""The default rule of a Moodle site: for administrators alone."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from reports.models import AccessLogEntry, Course, CourseRole, PresenceRule
from reports.views.moodle import rules
from tests import course_factories, factories
from tests.factories import START
from tests.queries.test_register import DAY, learner, person_of
from tests.views.conftest import signed_in
from tests.views.moodle.test_roster import text_of

HALF = {"kind": "share", "share": "50"}


@pytest.fixture
def course(db: None) -> Course:
    """A learner who was there for half of the class."""
    account = factories.account()
    room = factories.room(account)
    site = course_factories.moodle_site(account, name="Moodle <one>")
    found = course_factories.course(site, [room], roster_asked_at=START - DAY)
    learner(found, 1)
    factories.whole_session(room, [(person_of(account, 1), 1800, 0)])
    return found


@pytest.fixture
def administrator(db: None) -> Client:
    return signed_in(factories.administrator())


def url(course: Course) -> str:
    return reverse("reports:moodle-site-rule", args=[course.site_id])


def test_it_says_how_many_courses_go_by_it_and_what_would_change(
    administrator: Client, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = course_factories.course(course.site, course_id="8")
    PresenceRule.objects.create(site=course.site, course=own, version=1, minutes=45)
    with time_machine.travel(START + timedelta(days=3)):
        text = text_of(administrator.get(url(course)))
        assert "1 course of 2 go" in text
        assert "built in, because nobody has set another" in text
        answer = administrator.get(url(course), HALF)
        assert "1 mark would change." in text_of(answer)
        assert "every course that goes by the default" in text_of(answer)
        [line] = answer.context["lines"]
        assert (line.course, line.preview.learners) == (course, 1)
        course_factories.course(course.site, course_id="9", launched_at=None)
        monkeypatch.setattr(rules, "MOST_COURSES", 1)
        bounded = text_of(administrator.get(url(course), HALF))
    assert "in the 1 course opened last, of 2 that go by the default" in bounded
    assert not PresenceRule.objects.filter(course=None).exists()


def test_a_stored_default_counts_where_no_course_has_a_rule(
    administrator: Client, course: Course
) -> None:
    answer = administrator.post(url(course), HALF | {"do": "save"}, follow=True)
    assert "Version 1 of the rule is stored. It counts for earlier classes too." in text_of(answer)
    assert "Present: at least 50 % of the class." in text_of(answer)
    stored = PresenceRule.objects.get()
    assert (stored.site, stored.course, stored.share_percent) == (course.site, None, 50)
    line = AccessLogEntry.objects.get(action="set the presence rule")
    assert line.target == f"Moodle site {course.site.issuer}"
    again = administrator.post(url(course), HALF | {"do": "save"}, follow=True)
    assert "nothing was stored" in text_of(again)
    assert PresenceRule.objects.count() == 1
    previewed = administrator.post(url(course), HALF | {"do": "preview"})
    assert previewed.headers["Location"] == url(course) + "?kind=share&share=50"


def test_a_refused_rule_is_shown_with_why(administrator: Client, course: Course) -> None:
    for answer in (
        administrator.get(url(course), {"kind": "share", "share": "101"}),
        administrator.post(url(course), {"kind": "share", "share": "101"}),
    ):
        assert answer.status_code == 400
        assert "Enter a whole number from 1 to 100." in text_of(answer)
        assert 'value="101"' in answer.content.decode()
    assert not PresenceRule.objects.exists()


def test_it_is_there_for_nobody_else(course: Course) -> None:
    of_site, teacher = Client(), Client()
    course_factories.came_from_moodle(of_site, course, CourseRole.SITE_ADMINISTRATOR, "2")
    course_factories.came_from_moodle(teacher, course, CourseRole.TEACHER, "3")
    for client in (of_site, teacher, signed_in(factories.teacher())):
        assert client.get(url(course)).status_code == 404
        assert client.post(url(course), HALF).status_code == 404
    assert not PresenceRule.objects.exists()


def test_the_sites_page_leads_to_it(administrator: Client, course: Course) -> None:
    page = administrator.get(reverse("reports:moodle-site", args=[course.site_id]))
    assert f'href="{url(course)}"' in page.content.decode()
