"""Learners see their own attendance, where the course lets them, and nothing of anybody else."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import AccessLogEntry, Course, CourseRole, MoodleUser, Person, Room
from tests import course_factories, factories
from tests.factories import START
from tests.views.conftest import signed_in
from tests.views.files import words_of

DAY = timedelta(days=1)
OTHERS = ("Other Ophelia", "Hidden Host", "Hidden Opener", "ophelia", "1_cue", "Foreign hall")


@dataclass(frozen=True)
class Lesson:
    """A course with a room, and what happened in it."""

    course: Course
    room: Room
    own: Person  # the learner, in two sessions and a breakout of the course, and in a foreign one
    other: Person

    @property
    def page(self) -> str:
        return reverse("reports:my-attendance", args=[self.course.pk])


@pytest.fixture
def taught(db: None) -> Lesson:
    account = factories.account()
    hall = factories.room(account, "Anatomy hall")
    group = factories.room(account, "Anatomy hall - Group 1", parent=hall)
    foreign = factories.room(account, "Foreign hall")
    own = factories.person(account, "u5", name="Leo Learner")
    other = factories.person(account, "ophelia", name="Other Ophelia")
    told = {"host_name": "Hidden Host", "initiator": "Hidden Opener"}
    first = factories.whole_session(
        hall, [(own, 1800, 900), (other, 3600, 3600)], cue_point_id="1_cue1", **told
    )
    factories.whole_session(
        group,
        [(own, 600, 300), (other, 60, 0)],
        START + timedelta(minutes=5),
        main_session=first,
        cue_point_id="1_cue2",
        **told,
    )
    factories.whole_session(hall, [(own, 3600, 0)], START + DAY, cue_point_id="1_cue3", **told)
    factories.whole_session(hall, [(other, 999, 99)], START + 2 * DAY, **told)
    factories.whole_session(foreign, [(own, 1200, 600)], START + 3 * DAY, **told)
    site = course_factories.moodle_site(account)
    course = course_factories.course(site, [hall], learners_see_own=True)
    return Lesson(course, hall, own, other)


@pytest.fixture
def learner(taught: Lesson) -> Client:
    client = Client()
    course_factories.came_from_moodle(client, taught.course, CourseRole.LEARNER)  # as u5
    return client


def test_a_learner_sees_their_own_sessions_in_the_course(taught: Lesson, learner: Client) -> None:
    answer = learner.get(taught.page)
    assert answer.status_code == 200
    found = [(row.session.room_name, row.attendee.view_seconds) for row in answer.context["rows"]]
    assert found == [
        ("Anatomy hall", 3600),
        ("Anatomy hall - Group 1", 600),
        ("Anatomy hall", 1800),
    ]
    line, attended = answer.context["line"], answer.context["attended"]
    assert (line.sessions, line.breakouts, line.view_seconds) == (2, 1, 6000)
    assert attended.share == (1800 + 600 + 3600) / 7200
    assert line.engagement == 1200 / 6000
    page = words_of(answer)
    assert "1 h 40 min" in page  # time in session
    assert "What “Engagement” means" in page


def test_nothing_is_said_of_anybody_else(taught: Lesson, learner: Client) -> None:
    page = words_of(learner.get(taught.page))
    assert not [name for name in OTHERS if name in page]
    assert reverse("reports:person", args=[taught.own.pk]) not in page
    assert "/sessions/" not in page
    assert "/rooms/" not in page


def test_without_the_switch_there_is_no_page(taught: Lesson, learner: Client) -> None:
    Course.objects.update(learners_see_own=False)
    assert learner.get(taught.page).status_code == 404


def test_a_room_that_leaves_the_course_takes_its_sessions_along(
    taught: Lesson, learner: Client
) -> None:
    taught.course.course_rooms.update(undone_at=START)
    page = learner.get(taught.page)
    assert "No session of yours yet" in words_of(page)


@pytest.mark.parametrize("name", ["", "U5", "u5 ", "u", "ophelia@example.org"])
def test_whom_kaltura_does_not_know_by_the_user_name_is_nobody(
    taught: Lesson, learner: Client, name: str
) -> None:
    MoodleUser.objects.update(user_name=name)
    answer = learner.get(taught.page)
    assert answer.status_code == 200
    page = words_of(answer)
    assert "known who you are in Kaltura" in page
    assert "Anatomy hall" not in page


def test_a_placeholder_is_nobody(taught: Lesson, learner: Client) -> None:
    Person.objects.filter(pk=taught.own.pk).update(is_placeholder=True)
    assert "person" not in learner.get(taught.page).context


def test_the_same_user_name_on_another_account_is_somebody_else(
    taught: Lesson, learner: Client
) -> None:
    far = factories.account("academy")
    hall = factories.room(far, "Far hall")
    twin = factories.person(far, "u5", name="Twin")
    factories.whole_session(hall, [(twin, 60, 30)])
    course_factories.course_room(taught.course, hall)  # however it came there
    assert learner.get(taught.page).context["person"] == taught.own
    assert "Far hall" not in words_of(learner.get(taught.page))


def test_who_sees_the_course_is_told_what_the_page_is(taught: Lesson) -> None:
    teacher = Client()
    course_factories.came_from_moodle(teacher, taught.course, CourseRole.TEACHER, "9")
    for client in (teacher, signed_in(factories.administrator())):
        answer = client.get(taught.page)
        assert answer.status_code == 200
        page = words_of(answer)
        assert "What learners see" in page
        assert "switched on" in page
        assert "Leo Learner" not in page
    assert signed_in(factories.teacher("other")).get(taught.page).status_code == 404


def test_looking_is_written_down_without_a_name(taught: Lesson, learner: Client) -> None:
    learner.get(taught.page)
    [entry] = AccessLogEntry.objects.filter(action="viewed")
    assert entry.target == f"course 7 of {taught.course.site.issuer}"
    assert entry.detail == {"own_attendance": True}


@pytest.mark.parametrize("query", ["?page=0", "?tz=Nowhere"])
def test_a_query_that_can_not_be_read_is_refused(
    taught: Lesson, learner: Client, query: str
) -> None:
    assert learner.get(taught.page + query).status_code == 400


def test_what_is_not_whole_is_unknown(taught: Lesson, learner: Client) -> None:
    session = factories.unknown_session(taught.room, START + 5 * DAY)
    factories.attendance(session, taught.own, 100, 50)
    answer = learner.get(taught.page)
    assert answer.context["unknown_sessions"] == 1
    assert "is in none of these figures" in words_of(answer)


def test_the_queries_are_the_same_few_for_any_number_of_sessions(
    taught: Lesson, learner: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(70):
        start = START + timedelta(days=10 + n)
        factories.whole_session(taught.room, [(taught.own, 60, 30)], start)
    with django_assert_max_num_queries(20) as queries:
        assert len(learner.get(taught.page).context["table"].rows) == 50
    few = len(queries)
    for n in range(70):
        factories.whole_session(
            taught.room, [(taught.own, 60, 30)], START + timedelta(days=100 + n)
        )
    with django_assert_max_num_queries(few):
        learner.get(taught.page + "?page=3")


def test_the_other_pages_do_not_exist_for_a_learner(taught: Lesson, learner: Client) -> None:
    for name in ("sessions", "rooms", "people", "breakouts", "sessions-csv"):
        answer = learner.get(reverse(f"reports:{name}"))
        assert answer.status_code == 404
        if name == "sessions":
            page = words_of(answer)
            assert "not for learners" in page
            assert f'href="{reverse("reports:sessions")}"' not in page
    for name in ("help", "me", "courses"):
        assert learner.get(reverse(f"reports:{name}")).status_code == 200
    front = learner.get(reverse("reports:overview"))
    assert front.headers["Location"] == reverse("reports:courses")


def test_a_learner_who_was_given_a_room_here_sees_that_too(taught: Lesson, learner: Client) -> None:
    user = MoodleUser.objects.get().user
    user.room_grants.create(room=taught.room)
    assert learner.get(reverse("reports:sessions")).status_code == 200
    assert learner.get(taught.page).status_code == 200
