"""The register's files: for the teachers of the course, whatever the page, and written down."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import AccessLogEntry, CourseRole
from tests import course_factories, factories
from tests.factories import START
from tests.register_world import DAY, HOUR, RANGE, RegisterWorld, register_world
from tests.views.conftest import signed_in
from tests.views.files import body_of, csv_rows, xlsx_rows

EVERY = (
    *("register-csv", "register-xlsx", "register-tidy-csv", "register-tidy-xlsx"),
    *("register-gradebook-csv", "register-attendance-csv"),
)


@pytest.fixture
def world(db: None) -> RegisterWorld:
    return register_world()


@pytest.fixture
def teacher(world: RegisterWorld) -> Client:
    client = Client()
    course_factories.came_from_moodle(client, world.course, CourseRole.TEACHER, "99")
    return client


def get(client: Client, world: RegisterWorld, name: str, **query: str) -> Any:
    return client.get(reverse(f"reports:{name}", args=[world.course.pk]), RANGE | query)


def users(answer: Any) -> list[str]:
    return [row["Moodle user id"] for row in csv_rows(answer)]


def test_all_have_the_rows_of_the_page_in_its_order(teacher: Client, world: RegisterWorld) -> None:
    wide = users(get(teacher, world, "register-csv", sort="-time", page="7"))
    assert wide == ["11", "12", "14", "13", "15"]  # of the erased one no time is known
    assert users(get(teacher, world, "register-csv", sort="name")) == ["15", "11", "12", "13", "14"]
    book = xlsx_rows(get(teacher, world, "register-xlsx", sort="-time"))
    assert [row["Moodle user id"] for row in book] == wide
    tidy = users(get(teacher, world, "register-tidy-csv", sort="-time"))
    assert tidy == [user for user in wide for _class in range(3)]
    book = xlsx_rows(get(teacher, world, "register-tidy-xlsx", sort="-time"))
    assert [row["Moodle user id"] for row in book] == tidy
    assert {row["Presence"] for row in book} == {
        *("present", "absent", "excused", "unknown", "not enrolled then"),
    }
    grades = csv_rows(get(teacher, world, "register-gradebook-csv", sort="-time"))
    assert [row["User ID"] for row in grades] == ["11", "12", "13"]


def test_a_class_is_chosen_by_any_of_its_sessions(teacher: Client, world: RegisterWorld) -> None:
    def marks(**query: str) -> dict[str, str]:
        rows = csv_rows(get(teacher, world, "register-attendance-csv", **query))
        return {row["username"]: row["status"] for row in rows}

    for session in (world.monday, world.goes_on):
        assert marks(**{"class": session.cue_point_id}) == {"ana": "P", "ben": "A"}
    in_turkish = {"present": "K", "absent": "Y", "class": world.monday.cue_point_id}
    assert marks(**in_turkish) == {"ana": "K", "ben": "Y"}
    assert marks() == {}  # the latest: nobody is known to be anything
    answer = get(teacher, world, "register-attendance-csv", **in_turkish)
    assert (
        'filename="rollcall-register-attendance-2026-01-12-1000.csv"'
        in answer.headers["Content-Disposition"]
    )


def test_the_page_offers_every_file_and_each_class(teacher: Client, world: RegisterWorld) -> None:
    answer = teacher.get(reverse("reports:register", args=[world.course.pk]), RANGE)
    page = answer.content.decode()
    for name in EVERY:
        assert reverse(f"reports:{name}", args=[world.course.pk]) in page
    for session in (world.monday, world.tuesday, world.wednesday):
        assert f'<option value="{session.cue_point_id}">' in page
    assert f'<option value="{world.goes_on.cue_point_id}">' not in page  # is in Monday's


@pytest.mark.parametrize("name", EVERY)
def test_who_took_what_is_written_down(teacher: Client, world: RegisterWorld, name: str) -> None:
    answer = get(teacher, world, name)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    if name != "register-attendance-csv":  # that one is named after its class
        named = answer.headers["Content-Disposition"]
        assert (
            "-2026-01-01-2026-01-31." in named
        )  # as the page says, though Berlin's day began before
    line = AccessLogEntry.objects.get(action="exported")
    assert line.target == f"course 7 of {world.course.site.issuer}"
    assert line.detail["table"] == name.removesuffix("-csv").removesuffix("-xlsx")
    assert "from=2026-01-01&to=2026-01-31&tz=Europe%2FBerlin" in line.detail["query"]


@pytest.mark.parametrize("name", EVERY)
def test_they_are_there_for_nobody_else(world: RegisterWorld, name: str) -> None:
    learner, colleague = Client(), Client()
    course_factories.came_from_moodle(learner, world.course, CourseRole.LEARNER, "11")
    other = course_factories.course(world.course.site, course_id="8")
    course_factories.came_from_moodle(colleague, other, CourseRole.TEACHER, "98")
    for client in (learner, colleague, signed_in(factories.outsider())):
        assert get(client, world, name).status_code == 404
    assert get(Client(), world, name).status_code == 302
    assert not AccessLogEntry.objects.filter(action="exported").exists()
    assert get(signed_in(factories.administrator()), world, name).status_code == 200


@pytest.mark.parametrize("name", EVERY)
def test_an_address_that_can_t_be_read_is_refused_with_reasons(
    teacher: Client, world: RegisterWorld, name: str
) -> None:
    bad = [{"sort": "password"}, {"tz": "Mars"}, {"from": "2026-02-01"}, {"to": "x"}]
    if name == "register-attendance-csv":
        bad += [{"class": "1_nothere"}, {"present": "=1"}, {"absent": "PPP"}]
    for query in bad:
        answer = get(teacher, world, name, **query)
        assert answer.status_code == 400, query
        assert "field-error" in answer.content.decode()
    assert not AccessLogEntry.objects.filter(action="exported").exists()


@pytest.mark.parametrize("name", EVERY)
def test_days_without_a_class_make_a_file_without_one(
    teacher: Client, world: RegisterWorld, name: str
) -> None:
    answer = get(teacher, world, name, **{"from": "2026-01-20"})
    assert answer.status_code == 200
    if name == "register-csv":
        assert users(answer) == ["15", "11", "12", "13"]  # who is enrolled
    elif name.endswith("-csv"):
        assert csv_rows(answer) == []


def test_a_file_takes_as_many_queries_however_large_it_is(
    teacher: Client, world: RegisterWorld, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def asked() -> int:
        with django_assert_max_num_queries(40) as queries:
            body_of(get(teacher, world, "register-tidy-csv"))
        return len(queries)

    asked()
    before = asked()
    for number in range(20):
        course_factories.enrolment(
            world.course, f"5{number}", name=f"L{number}", last_seen_at=START + 5 * DAY
        )
        factories.whole_session(world.rooms[1], [], START + 3 * DAY + number * HOUR)
    assert asked() == before
