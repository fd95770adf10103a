"""A course's page: its sessions and figures, learners enrolled, states without data, settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.definitions import ROSTER_ERRORS
from reports.models import AccessLogEntry, Account, Course, CourseRole, Person, Room, RoomSession
from tests import course_factories, factories
from tests.factories import START
from tests.views.conftest import DAY, signed_in

MOST_QUERIES = 55  # those of the register among them
WEEK = {"from": "2026-01-12", "to": "2026-01-18", "tz": "UTC"}
HOURS = timedelta(hours=1)


@dataclass(frozen=True)
class Taught:
    """A course with a room and a breakout of it, and a room of another course."""

    account: Account
    course: Course
    room: Room
    other_room: Room
    session: RoomSession
    amara: Person
    ben: Person
    client: Client  # its teacher

    def page(self, **query: object) -> Any:
        address = reverse("reports:course", args=[self.course.pk])
        return self.client.get(f"{address}?{urlencode(DAY | query)}")


@pytest.fixture(autouse=True)
def this_year() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(START + timedelta(days=60), tick=False):
        yield


@pytest.fixture
def taught(db: None) -> Taught:
    account = factories.account()
    room, other_room = factories.room(account, "Anatomy hall"), factories.room(account, "Botany")
    group = factories.room(account, "Anatomy group", parent=room)
    amara = factories.person(account)
    ben = factories.person(account, "ben", name="Ben")
    session = factories.whole_session(room, [(amara, 3600, 1800), (ben, 360, 0)])
    factories.whole_session(
        group, [(amara, 600, 300)], START + timedelta(minutes=5), main_session=session
    )
    factories.whole_session(other_room, [(amara, 60, 30)], host_name="Somebody else")
    site = course_factories.moodle_site(account)
    course = course_factories.course(site, [room])
    course_factories.course(site, [other_room], "8", title="Botany course", short_name="BOT")
    client = Client()
    course_factories.came_from_moodle(client, course, CourseRole.TEACHER)
    return Taught(account, course, room, other_room, session, amara, ben, client)


def text_of(answer: Any) -> str:
    return unescape(answer.content.decode()).replace("\xa0", " ")


def roster(course: Course, *learners: str, **more: Any) -> None:
    """Let these be in the first roster, which came when the world began."""
    for learner in learners:
        course_factories.enrolment(course, learner, **more)
    Course.objects.filter(pk=course.pk).update(roster_asked_at=START)
    course.refresh_from_db()


def enrolled(answer: Any) -> list[Any]:
    """Return the line of the learners, as it is drawn."""
    series = answer.context["enrolled_chart"].option["series"]
    return [datum["value"] for one in series[1:] for datum in one["data"]]


def test_the_page_has_the_figures_of_the_courses_rooms_alone(taught: Taught) -> None:
    answer = taught.page()
    assert answer.status_code == 200
    figures = {one.key: one.text for one in answer.context["headlines"]}
    assert (figures["sessions"], figures["attendances"], figures["people"]) == ("2", "3", "2")
    assert figures["engagement"].replace("\xa0", " ") == "46 %"  # (1800 + 300) / (3600 + 360 + 600)
    text = text_of(answer)
    assert "<h1><bdi>Anatomy course</bdi></h1>" in text
    assert "Anatomy hall" in text
    assert "Botany" not in text
    assert "Somebody else" not in text


def test_everything_leads_to_pages_of_the_course(taught: Taught) -> None:
    answer = taught.page()
    course = f"course={taught.course.pk}"
    assert all(course in one.link for one in answer.context["headlines"])
    heat = answer.context["heatmap_chart"]
    assert course in heat.rows[0].link
    assert all(course in row.link for row in answer.context["enrolled_chart"].rows)
    for one in answer.context["headlines"]:
        assert taught.client.get(one.link).status_code == 200
    assert course not in answer.context["presets"][0].query  # the path names it already


def test_the_minutes_are_those_of_every_attendance_in_the_rooms(taught: Taught) -> None:
    factories.whole_session(taught.room, [(taught.ben, 4000, 0)], START + 3 * HOURS)
    factories.whole_session(
        taught.room, [(taught.ben, 100, 0)], START + 5 * HOURS, length_seconds=None
    )
    factories.unknown_session(taught.room, START + 7 * HOURS)
    chart = taught.page().context["minutes_chart"]
    bars = [bar["value"] for bar in chart.option["series"][0]["data"]]
    assert bars == [0, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    assert "67 % of 3 attendances" in chart.summary.replace("\xa0", " ")
    assert "1 was connected for longer" in chart.caption
    assert [row.cells[1] for row in chart.rows] == ["0", "1", *["0"] * 7, "2"]


def test_before_the_first_roster_nobody_knows_how_many_learners_there_are(taught: Taught) -> None:
    answer = taught.page()
    assert enrolled(answer) == []
    chart = answer.context["enrolled_chart"]
    assert "How many learners were enrolled isn't known" in chart.caption
    assert chart.rows[0].cells[1:] == ("2", "unknown")
    assert "unknown: no roster has been fetched yet" in text_of(answer)


def test_attendees_stand_beside_the_learners_enrolled_then(taught: Taught) -> None:
    roster(taught.course, "1", "2", "3")
    course_factories.enrolment(taught.course, "4", first_seen_at=START + 2 * HOURS)
    factories.whole_session(taught.room, [(taught.ben, 60, 0)], START + 3 * HOURS)
    factories.whole_session(taught.room, [(taught.ben, 60, 0)], START - 1 * HOURS)
    answer = taught.page()
    chart = answer.context["enrolled_chart"]
    assert [bar["value"] for bar in chart.option["series"][0]["data"]] == [1, 2, 1]
    assert enrolled(answer) == [None, 3, 4]
    assert "no roster had been fetched yet" in chart.caption
    assert [row.cells[1:] for row in chart.rows] == [("1", "unknown"), ("2", "3"), ("1", "4")]


def test_a_roster_that_could_not_be_fetched_is_said(taught: Taught) -> None:
    [key, problem] = next(iter(ROSTER_ERRORS.items()))
    Course.objects.update(roster_error=key, roster_failed_at=START)
    assert str(problem.sentence) in text_of(taught.page())
    taught.course.course_rooms.update(undone_at=START)
    assert str(problem.sentence) in text_of(taught.page())


def test_many_sessions_are_shown_by_periods(taught: Taught) -> None:
    roster(taught.course, "1", "2")
    for number in range(61):
        factories.whole_session(
            taught.room, [(taught.ben, 60, 0)], START + timedelta(minutes=30 + number)
        )
    answer = taught.page(**WEEK)
    chart = answer.context["enrolled_chart"]
    assert len(chart.rows) == 7
    assert chart.rows[0].cells[1:] == ("62", "1.0", "2")
    assert enrolled(answer) == [2] * 7


def test_a_course_without_a_room_says_what_to_do(taught: Taught) -> None:
    taught.course.course_rooms.update(undone_at=START)
    # Opened for the first time, and not asked yet: rooms that Moodle publishes come by themselves.
    assert "Its rooms are being looked for" in text_of(taught.page())
    Course.objects.filter(pk=taught.course.pk).update(roster_asked_at=START)
    answer = taught.page()
    assert answer.status_code == 200
    text = text_of(answer)
    assert "This course has no room yet" in text
    assert reverse("reports:course-rooms", args=[taught.course.pk]) in text
    assert "Anatomy hall" not in text
    assert text.count("<h1") == 1


def test_a_claim_that_waits_is_said(taught: Taught) -> None:
    taught.course.course_rooms.update(confirmed_at=None)
    text = text_of(taught.page())
    assert "A room was claimed for it" in text
    assert "1 claim waits for an administrator" in text


def test_days_without_a_session_lead_to_the_latest_ones(taught: Taught) -> None:
    answer = taught.page(**{"from": "2026-02-01", "to": "2026-02-02"})
    assert "The latest session of this course started on Mon 12 Jan" in text_of(answer)
    followed = taught.client.get(f"{answer.request['PATH_INFO']}?{answer.context['latest_query']}")
    assert followed.context["totals"].sessions == 2


def test_the_latest_session_is_one_of_the_course(taught: Taught) -> None:
    factories.whole_session(taught.other_room, [], START + timedelta(days=5))
    answer = taught.page(**{"from": "2026-02-01", "to": "2026-02-02"})
    assert "Mon 12 Jan" in text_of(answer)


def test_the_days_since_the_course_began_are_one_click_away(taught: Taught) -> None:
    Course.objects.update(starts_at=START - timedelta(days=7))
    last = taught.page().context["presets"][-1]
    assert last.label == "Since the course began"
    assert "from=2026-01-05&to=2026-03-13" in last.query
    Course.objects.update(starts_at=START + timedelta(days=90))
    assert taught.page().context["presets"][-1].label != "Since the course began"


def test_other_filters_in_the_address_are_left_out(taught: Taught) -> None:
    answer = taught.page(room=taught.other_room.pk, course=99, account=77, event=5)
    assert answer.status_code == 200
    assert answer.context["totals"].sessions == 2
    assert answer.context["chips"] == []


def test_a_range_that_is_upside_down_is_refused(taught: Taught) -> None:
    answer = taught.page(**{"from": "2026-02-01", "to": "2026-01-01"})
    assert answer.status_code == 400
    assert "The range ends before it starts." in text_of(answer)
    assert "headlines" not in answer.context


def test_others_do_not_find_the_course(taught: Taught) -> None:
    other = Course.objects.get(course_id="8")
    elsewhere, learner = Client(), Client()
    course_factories.came_from_moodle(elsewhere, other, CourseRole.TEACHER, "6")
    course_factories.came_from_moodle(learner, taught.course, CourseRole.LEARNER, "7")
    given = signed_in(factories.teacher(rooms=[taught.room]))
    for client in (elsewhere, learner, given):
        for name in ("course", "course-settings"):
            address = reverse(f"reports:{name}", args=[taught.course.pk])
            assert client.get(address).status_code == 404
            assert client.post(address, {"learners_see_own": "on"}).status_code in (404, 405)
    assert not Course.objects.filter(learners_see_own=True).exists()


def test_an_administrator_sees_it_with_its_site(taught: Taught) -> None:
    client = signed_in(factories.administrator())
    answer = client.get(reverse("reports:course", args=[taught.course.pk]) + "?" + urlencode(DAY))
    assert reverse("reports:moodle-site", args=[taught.course.site_id]) in text_of(answer)


def test_the_number_of_queries_does_not_grow(
    taught: Taught, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    roster(taught.course, "1")
    with django_assert_max_num_queries(MOST_QUERIES):
        taught.page()
    for number in range(5):
        room = factories.room(taught.account, f"Room {number}")
        course_factories.course_room(taught.course, room)
        factories.whole_session(room, [(taught.ben, 60, 0)], START + number * HOURS)
        course_factories.enrolment(taught.course, f"1{number}")
    with django_assert_max_num_queries(MOST_QUERIES):
        taught.page()


def test_learners_are_let_in_and_out(taught: Taught) -> None:
    address = reverse("reports:course-settings", args=[taught.course.pk])
    page = taught.client.get(address)
    assert page.status_code == 200
    assert "While this is off, learners are turned away." in text_of(page)
    answer = taught.client.post(address, {"learners_see_own": "on"})
    assert answer.headers["Location"] == reverse("reports:course", args=[taught.course.pk])
    taught.course.refresh_from_db()
    assert taught.course.learners_see_own
    line = AccessLogEntry.objects.get(action="changed")
    assert line.target == f"course 7 of {taught.course.site.issuer}"
    assert line.detail == {"learners_see_own": True}
    taught.client.post(address, {"learners_see_own": "on"})  # no change, no line
    taught.client.post(address)
    taught.course.refresh_from_db()
    assert not taught.course.learners_see_own
    assert AccessLogEntry.objects.filter(action="changed").count() == 2
