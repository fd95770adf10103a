"""The page of one class: what it adds up to, learner by learner, whatever session it is named by."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import AccessLogEntry, Course, CourseRole, RoomSession
from tests import course_factories, factories
from tests.factories import START
from tests.views.conftest import signed_in
from tests.views.moodle.registers import DAY, DAYS, World, corrected, teacher_of, text_of, world


@pytest.fixture
def seen(db: None) -> World:
    return world()


@pytest.fixture
def tina(seen: World) -> Client:
    return teacher_of(seen)


def url(seen: World, session: RoomSession) -> str:
    return seen.url("class", session.cue_point_id)


def marks(page: str) -> dict[str, str]:
    """Return the word of each learner's mark, by the name in the row."""
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    found = {}
    for row in rows:
        mark = re.search(r'class="mark mark-(\w+)"', row)
        name = re.search(r"<bdi>(\w+)", row)
        if mark and name:
            found[name[1]] = mark[1]
    return found


def test_the_class_says_who_was_there_and_how_it_adds_up(seen: World, tina: Client) -> None:
    corrected(seen, seen.first, seen.eve, "excused")
    answer = tina.get(url(seen, seen.first), DAYS)
    text = text_of(answer)
    assert answer.status_code == 200
    assert marks(answer.content.decode()) == {
        "Ana": "present",
        "Ben": "absent",
        "Cleo": "not_enrolled",
        "Eve": "excused",
        "Moodle": "unknown",  # Finn was erased
    }
    for words in (
        "Learners: 4 = 1 there + 2 missing + 1 unknown",
        "Attendees: 5 = 1 learners + 1 staff + 3 guests and strangers",
        "Kaltura's count: 6 = 5 attendees + 1 as a second identity",
        "1 h 20 min 2 sessions count as one class, without the gap between them: 1 h 00 min + 20 min.",
        "Merged by Tina Teacher",
        "2 identities Kaltura's user id is the Moodle user name linked in this course by Tina Teacher",
        "8 min in breakouts",
        "ill Computed: absent, 0 min",
        "Gus Guest",
    ):
        assert words in text, words
    assert "Group 1, Mon 12 Jan, 09:10–10:10" in text


def test_any_session_of_the_class_leads_to_it(seen: World, tina: Client) -> None:
    pages = [text_of(tina.get(url(seen, it), DAYS)) for it in (seen.again, seen.breakout)]
    for page in pages:
        assert "Class of Mon 12 Jan, 09:00" in page
        assert "Learners: 4" in page


def test_an_ignored_class_says_so_and_nothing_else(seen: World, tina: Client) -> None:
    answer = tina.get(url(seen, seen.ignored), DAYS)
    text = text_of(answer)
    assert "This class is ignored" in text
    assert "Ignored by Tina Teacher" in text
    assert "a test" in text
    assert 'name="cell"' not in answer.content.decode()


def test_learners_can_be_sorted_by_time_unknown_ones_last(seen: World, tina: Client) -> None:
    page = tina.get(url(seen, seen.first), DAYS | {"sort": "-time"}).content.decode()
    assert list(marks(page))[:2] == ["Ana", "Cleo"]
    assert list(marks(page))[-1] == "Moodle"


def test_what_is_not_whole_is_unknown_and_an_open_class_has_no_length(
    seen: World, tina: Client
) -> None:
    later = factories.unknown_session(seen.room, START + 2 * DAY, length_seconds=None)
    text = text_of(tina.get(url(seen, later), DAYS))
    assert "unknown: not everybody's time in this class is here" in text
    assert "still running or was never closed" in text


def test_it_is_there_for_nobody_else(seen: World) -> None:
    elsewhere = factories.whole_session(factories.room(seen.account, "Other"))
    other = course_factories.course(seen.course.site, course_id="8")
    learner, colleague = Client(), Client()
    Course.objects.update(learners_see_own=True)
    course_factories.came_from_moodle(learner, seen.course, CourseRole.LEARNER, "ana")
    course_factories.came_from_moodle(colleague, other, CourseRole.TEACHER, "98")
    for page in (
        url(seen, seen.first),
        seen.cell(seen.first, seen.ana),
        seen.url("learner", seen.ana.pk),
    ):
        for client in (learner, colleague, signed_in(factories.teacher(f"t{hash(page)}"))):
            assert client.get(page).status_code == 404
        assert Client().get(page).status_code == 302
    tina = teacher_of(seen)
    assert tina.get(url(seen, elsewhere)).status_code == 404
    assert tina.get(seen.url("class", "1_nothing")).status_code == 404
    assert tina.get(url(seen, seen.first), {"from": "x"}).status_code == 400


def test_looking_is_written_down(seen: World, tina: Client) -> None:
    tina.get(url(seen, seen.again))
    line = AccessLogEntry.objects.get(action="viewed")
    assert line.detail == {"register": True, "session": seen.first.cue_point_id}


def test_a_course_without_an_account_has_no_class(seen: World, tina: Client) -> None:
    seen.course.site.account = None
    seen.course.site.save()
    assert tina.get(url(seen, seen.first)).status_code == 404


def test_queries_do_not_grow_with_people(
    seen: World, tina: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        somebody = factories.person(seen.account, f"p{number}", name=f"P {number}")
        factories.attendance(seen.first, somebody, 3000)
        course_factories.enrolment(
            seen.course, f"p{number}", user_name=f"p{number}", first_seen_at=START - DAY
        )
        corrected(seen, seen.first, seen.eve, "excused", reason=f"{number}")
    with django_assert_max_num_queries(40):
        tina.get(url(seen, seen.first), DAYS)


def test_the_course_s_other_pages_name_the_class_s_sessions(seen: World, tina: Client) -> None:
    page = tina.get(url(seen, seen.first), DAYS).content.decode()
    for session in (seen.first, seen.again, seen.breakout):
        path = reverse("reports:session", args=[seen.account.pk, session.cue_point_id])
        assert f"{path}?tz=UTC&amp;course={seen.course.pk}" in page
