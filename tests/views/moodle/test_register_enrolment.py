"""Classes before the first roster: the register says so, and one button counts everybody earlier."""

import pytest
from django.test import Client
from django.urls import reverse

from reports.models import Course, CourseRole, Enrolment
from tests import course_factories, factories
from tests.factories import START
from tests.views.moodle.test_register import DAY, RANGE

DAYS = "from=2026-01-01&to=2026-01-31&tz=Europe%2FBerlin"


@pytest.fixture
def course(db: None) -> Course:
    """A class five days before the roster that brought its only learner, who wasn't there."""
    account = factories.account()
    room = factories.room(account)
    site = course_factories.moodle_site(account)
    found = course_factories.course(
        site, [room], starts_at=START - 7 * DAY, roster_asked_at=START + 5 * DAY
    )
    seen = {"first_seen_at": START + 5 * DAY, "last_seen_at": START + 5 * DAY}
    course_factories.enrolment(found, "1", name="Ben", user_name="s1", **seen)
    factories.whole_session(room, [])
    return found


@pytest.fixture
def teacher(course: Course) -> Client:
    client = Client()
    course_factories.came_from_moodle(client, course, CourseRole.TEACHER, "77")
    return client


def page(client: Client, course: Course) -> str:
    answer = client.get(reverse("reports:register", args=[course.pk]), RANGE)
    assert answer.status_code == 200
    return str(answer.content.decode())


def send(client: Client, course: Course, **fields: str) -> str:
    url = reverse("reports:roster-backdate", args=[course.pk])
    sent = {"how": "set", "everybody": "1", "next": "register", "shown": DAYS} | fields
    answer = client.post(url, sent)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_one_button_counts_everybody_from_the_courses_first_day(
    course: Course, teacher: Client
) -> None:
    shown = page(teacher, course)
    assert "mark-unknown" in shown
    assert "Since when are these learners enrolled?" in shown
    assert 'value="2026-01-05"' in shown  # the course's first day

    back = send(teacher, course, counted_on="2026-01-05")

    assert back == f"{reverse('reports:register', args=[course.pk])}?{DAYS}"
    known = Enrolment.objects.get()
    assert known.counted_from is not None
    assert known.counted_from.isoformat() == "2026-01-04T23:00:00+00:00"  # midnight in Berlin
    shown = page(teacher, course)
    assert "Since when are these learners enrolled?" not in shown
    assert "Everybody is counted from Mon 5 Jan on." in shown
    rows = shown.partition("<tbody>")[2].partition("</tbody>")[0]
    assert 'class="mark-absent"' in rows
    assert "mark-unknown" not in rows


def test_a_day_that_is_none_changes_nothing_and_leads_back(course: Course, teacher: Client) -> None:
    assert send(teacher, course, counted_on="x").startswith(
        reverse("reports:register", args=[course.pk])
    )
    assert Enrolment.objects.get().counted_from is None
    assert "Enter a day such as" in page(teacher, course)
