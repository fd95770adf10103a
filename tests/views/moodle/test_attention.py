"""The list of learners to look at: who is on it and why, for the teachers of the course alone."""

import re
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

from reports.models import (
    AccessLogEntry,
    Course,
    CourseRole,
    IgnoredSession,
    Person,
    PresenceCorrection,
    PresenceRule,
    Room,
    RoomSession,
)
from tests import course_factories, factories
from tests.factories import START
from tests.views.conftest import signed_in
from tests.views.files import csv_rows, xlsx_rows

DAY = timedelta(days=1)
# Minutes of an hour, class by class. None: not there.
MINUTES: dict[str, list[int | None]] = {
    "Ana Away": [60, None, None, None],
    "Ben Best": [60, 60, 60, 60],
    "Cleo Less": [60, 58, 55, 50],  # a little less each time
    "Dan Down": [60, 55, 40, 20],
}


@dataclass(frozen=True)
class Taught:
    course: Course
    room: Room
    people: dict[str, Person]
    sessions: list[RoomSession]
    client: Client  # its teacher

    def get(self, page: str = "", /, **query: object) -> Any:
        address = reverse(f"reports:course-attention{page}", args=[self.course.pk])
        return self.client.get(f"{address}?{urlencode({'tz': 'UTC'} | query)}")


@pytest.fixture(autouse=True)
def this_year() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(START + timedelta(days=60), tick=False):
        yield


@pytest.fixture
def taught(db: None) -> Taught:
    account = factories.account()
    room = factories.room(account, "Anatomy hall")
    site = course_factories.moodle_site(account)
    course = course_factories.course(
        site, [room], roster_asked_at=START + 30 * DAY, starts_at=START - DAY
    )
    people = {}
    for number, name in enumerate(MINUTES):
        enrol(course, str(number), name)
        people[name] = factories.person(account, f"s{number}", name=name, email="")
    sessions = [
        factories.whole_session(
            room,
            [
                (people[name], 60 * some, 0)
                for name, minutes in MINUTES.items()
                if (some := minutes[day]) is not None
            ],
            START + day * DAY,
        )
        for day in range(4)
    ]
    client = Client()
    course_factories.came_from_moodle(client, course, CourseRole.TEACHER, "99")
    return Taught(course, room, people, sessions, client)


def enrol(course: Course, number: str, name: str, **more: object) -> None:
    values = {
        "user_name": f"s{number}",
        "name": name,
        "first_seen_at": START - 5 * DAY,
        "last_seen_at": START + 30 * DAY,
    } | more
    course_factories.enrolment(course, number, **values)


def rule(course: Course, **values: object) -> None:
    PresenceRule.objects.create(
        site=course.site, course=course, version=1, **{"share_percent": 75} | values
    )


def text_of(answer: Any) -> str:
    return " ".join(unescape(answer.content.decode()).replace("\xa0", " ").split())


def found(answer: Any) -> dict[str, list[str]]:
    return {
        one.line.name: [reason.kind for reason in one.reasons]
        for one in answer.context["found"].lines
    }


def test_reasons_are_written_out_with_their_days(taught: Taught) -> None:
    rule(taught.course, required_percent=80, planned_classes=12)
    answer = taught.get()
    assert answer.status_code == 200
    assert found(answer) == {
        "Ana Away": ["out_of_reach", "below", "in_a_row"],
        "Dan Down": ["below", "falling", "close"],
    }
    text = text_of(answer)
    for words in (
        "Even with all 8 classes that are left at most 75 %, 80 % are asked for.",
        "Attended 1 of 4 classes that count (25 %), 80 % are asked for.",
        "Absent in the latest 3 classes that count.",
        "Tue 13 Jan",
        "Stayed for less of the class each time in the latest 4.",
        "100 % on Mon 12 Jan",
        "33 % on Thu 15 Jan",
        "8 of 12 planned classes are left.",
        "May miss none of the 8 classes that are left to reach 80 %.",
        "2 of 4 learners enrolled",
    ):
        assert words in text, words


def test_learners_and_classes_lead_to_their_pages(taught: Taught) -> None:
    page = taught.get().content.decode()
    links = set(re.findall(r'href="([^"]*/register/(?:class|learner)/[^"]*)"', page))
    assert len(links) == 6  # two learners, and four classes
    for link in links:
        answer = taught.client.get(unescape(link))
        assert answer.status_code == 200
        assert "from=2026-01-11" in link


def test_it_is_in_the_order_of_names_and_filtered_by_reason(taught: Taught) -> None:
    assert found(taught.get()) == {"Ana Away": ["in_a_row"], "Dan Down": ["falling"]}
    answer = taught.get(reason="falling")
    assert [row.record.line.name for row in answer.context["table"].rows] == ["Dan Down"]
    assert "The rule asks for no share of the classes" in text_of(answer)
    nobody = taught.get(reason="close")
    assert "This reason holds for nobody" in text_of(nobody)
    assert "Show every reason" in text_of(nobody)


def test_the_number_in_a_row_is_the_addresss(taught: Taught) -> None:
    assert "Ana Away" not in found(taught.get(in_a_row=4))
    assert found(taught.get(in_a_row=2))["Ana Away"] == ["in_a_row"]
    assert 'name="in_a_row" value="3"' in text_of(taught.get())


def test_staff_and_who_left_or_was_erased_are_never_on_it(taught: Taught) -> None:
    taught.course.enrolments.filter(name="Ana Away").update(last_seen_at=START + 10 * DAY)
    taught.course.enrolments.filter(name="Dan Down").update(marked_kind="staff")
    enrol(taught.course, "7", "Fay First")
    assert list(found(taught.get())) == ["Fay First"]
    taught.course.enrolments.filter(name="Fay First").update(erased_at=START)
    answer = taught.get()
    assert found(answer) == {}
    assert "No reason holds for anybody" in text_of(answer)


def test_what_is_not_known_is_said_and_is_no_reason(taught: Taught) -> None:
    factories.unknown_session(taught.room, START + 5 * DAY)
    factories.whole_session(taught.room, [], START + 6 * DAY, length_seconds=None)
    answer = taught.get()
    assert found(answer)["Ana Away"] == ["in_a_row"]
    [ana, _] = answer.context["found"].lines
    assert len(ana.reasons[0].classes) == 3
    assert "2 classes are not known yet" in text_of(answer)


def test_a_teachers_word_counts_and_kalturas_share_does_not_beside_it(taught: Taught) -> None:
    for name, session in (("Ana Away", 3), ("Dan Down", 3)):
        PresenceCorrection.objects.create(
            account=taught.room.account,
            course=taught.course,
            cue_point_id=taught.sessions[session].cue_point_id,
            moodle_user_id=taught.course.enrolments.get(name=name).moodle_user_id,
            presence="present",
            reason="was in the room",
        )
    assert found(taught.get()) == {}


@pytest.mark.parametrize(
    ("planned", "query", "words"),
    [
        (6, {"from": "2026-01-13"}, "do not hold all classes"),
        (6, {"to": "2026-01-14"}, "do not hold all classes"),
        (3, {}, "More classes were held than the 3 that the rule plans"),
        (4, {}, "0 of 4 planned classes are left."),
        (None, {}, ""),
    ],
)
def test_classes_left_are_told_only_where_they_are_known(
    taught: Taught, planned: int | None, query: dict[str, str], words: str
) -> None:
    rule(taught.course, required_percent=80, planned_classes=planned)
    answer = taught.get(**query)
    assert words in text_of(answer)
    is_known = answer.context["found"].left.count is not None
    assert is_known == (words.startswith("0 of"))
    kinds = {kind for kinds in found(answer).values() for kind in kinds}
    assert ("out_of_reach" in kinds) == is_known


def test_a_session_of_before_the_course_is_none_of_its_classes(taught: Taught) -> None:
    rule(taught.course, required_percent=80, planned_classes=6)
    factories.whole_session(taught.room, [], START - 200 * DAY)
    assert taught.get().context["found"].left.count == 2
    Course.objects.update(starts_at=None)
    assert taught.get().context["found"].left.why_not == "part"


def test_the_files_have_the_reasons_of_the_page(taught: Taught) -> None:
    rule(taught.course, required_percent=80, planned_classes=6)
    for query in ({}, {"reason": "falling"}, {"from": "2026-01-13"}):
        page = taught.get(**query)
        shown = [
            (row.record.line.name, str(kind))
            for row in page.context["table"].rows
            for kind in [reason.kind for reason in row.record.reasons]
        ]
        rows = csv_rows(taught.get("-csv", **query))
        assert [row["Learner"] for row in rows] == [name for name, _ in shown]
        assert len(xlsx_rows(taught.get("-xlsx", **query))) == len(rows)
        for row in rows:
            assert row["Why"].replace("\xa0", " ") in text_of(page)
    [row] = [row for row in csv_rows(taught.get("-csv")) if row["Reason"] == "Absent in a row"]
    assert row["Classes"] == "Tue 13 Jan, Wed 14 Jan, Thu 15 Jan"
    assert (row["Latest of them"], row["Time zone"]) == ("2026-01-15 09:00:00", "UTC")
    assert (row["Classes attended (%)"], row["Rule version"]) == ("25.0", "1")
    entry = AccessLogEntry.objects.filter(action="exported").latest("pk")
    assert entry.target == f"course 7 of {taught.course.site.issuer}"


@pytest.mark.parametrize(
    "query",
    [{"in_a_row": 1}, {"in_a_row": 11}, {"in_a_row": "x"}, {"from": "x"}, {"reason": "x"}],
)
def test_an_address_that_can_not_be_read_is_refused_with_the_form(
    taught: Taught, query: dict[str, object]
) -> None:
    answer = taught.get(**query)
    assert answer.status_code == 400
    assert "Ana Away" not in text_of(answer)
    [(name, value)] = query.items()
    if name != "reason":  # it has no field to be seen in
        assert f'value="{value}"' in text_of(answer)
    assert taught.get("-csv", **query).status_code == 400


def test_it_is_there_for_nobody_else(taught: Taught) -> None:
    Course.objects.update(learners_see_own=True)
    other = course_factories.course(taught.course.site, course_id="8")
    learner, colleague = Client(), Client()
    course_factories.came_from_moodle(learner, taught.course, CourseRole.LEARNER, "0")
    course_factories.came_from_moodle(colleague, other, CourseRole.TEACHER, "98")
    for page in ("", "-csv", "-xlsx"):
        address = reverse(f"reports:course-attention{page}", args=[taught.course.pk])
        for client in (learner, colleague, signed_in(factories.teacher(f"x{page}", [taught.room]))):
            assert client.get(address).status_code == 404
        assert Client().get(address).status_code == 302


def test_looking_is_written_down(taught: Taught) -> None:
    taught.get()
    [entry] = AccessLogEntry.objects.filter(action="viewed")
    assert (entry.target, entry.detail) == (
        f"course 7 of {taught.course.site.issuer}",
        {"register": True},
    )


def test_an_empty_page_says_why(taught: Taught) -> None:
    assert "No class in these days" in text_of(taught.get(**{"from": "2026-02-01"}))
    for session in taught.sessions:
        IgnoredSession.objects.create(
            account=taught.room.account,
            course=taught.course,
            cue_point_id=session.cue_point_id,
        )
    assert "No class in these days" in text_of(taught.get())
    taught.course.enrolments.all().delete()
    assert "Nobody is enrolled" in text_of(taught.get())
    Course.objects.update(roster_asked_at=None)
    assert "No roster yet" in text_of(taught.get())
    taught.course.course_rooms.all().delete()
    assert "Its rooms are being looked for" in text_of(taught.get())  # with the first roster
    Course.objects.update(roster_asked_at=START)
    assert "This course has no room yet" in text_of(taught.get())


def test_the_queries_are_the_same_few_for_any_number_of_learners(
    taught: Taught, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    taught.get()
    with django_assert_max_num_queries(50) as queries:
        taught.get()
    few = len(queries)
    for number in range(10, 75):
        enrol(taught.course, str(number), f"Learner {number}")
    for day in range(4, 12):
        factories.whole_session(
            taught.room, [(taught.people["Ben Best"], 3600, 0)], START + day * DAY
        )
    with django_assert_max_num_queries(few):
        answer = taught.get(page=2)
    assert len(answer.context["table"].rows) == 18  # of 68


def test_the_courses_page_has_the_register_in_one_line(taught: Taught) -> None:
    page = reverse("reports:course", args=[taught.course.pk])
    text = text_of(taught.client.get(f"{page}?from=2026-01-12&to=2026-01-12&tz=UTC"))
    for words in (
        "since Sun 11 Jan",
        "4 learners × 4 classes",
        "69 % attended",
        "2 need attention",
    ):
        assert words in text
    Course.objects.update(roster_asked_at=None)
    text = text_of(taught.client.get(f"{page}?from=2026-01-12&to=2026-01-12&tz=UTC"))
    assert "register-line" not in text


def test_other_days_begin_with_their_first_page(taught: Taught) -> None:
    assert 'name="page"' not in text_of(taught.get(page=1))
