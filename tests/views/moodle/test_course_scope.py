"""The pages over a range, narrowed to a course: its rooms alone, everywhere the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import Course, CourseRole, Person, Room, RoomSession
from tests import course_factories, factories
from tests.factories import START
from tests.views.conftest import DAY, signed_in
from tests.views.files import csv_rows, words_of

LISTS = ("overview", "sessions", "rooms", "people", "breakouts")


@dataclass(frozen=True)
class Two:
    """Two courses of a teacher, each with a room; the first has a breakout."""

    course: Course
    other_course: Course
    room: Room
    other_room: Room
    session: RoomSession
    person: Person  # in both courses

    def query(self, **more: object) -> str:
        return "?" + urlencode(DAY | {"course": self.course.pk} | more)


@pytest.fixture(autouse=True)
def this_year() -> Iterator[None]:
    with time_machine.travel(START + timedelta(days=60), tick=False):
        yield


@pytest.fixture
def two(db: None) -> Two:
    account = factories.account()
    hall, other = factories.room(account, "Anatomy hall"), factories.room(account, "Botany hall")
    group = factories.room(account, "Anatomy group", parent=hall)
    amara = factories.person(account)
    ben = factories.person(account, "ben", name="Ben")
    session = factories.whole_session(hall, [(amara, 3000, 1500)])
    factories.whole_session(
        group, [(amara, 600, 300)], START + timedelta(minutes=5), main_session=session
    )
    factories.whole_session(other, [(amara, 60, 30), (ben, 60, 30)])
    site = course_factories.moodle_site(account)
    return Two(
        course_factories.course(site, [hall], title="Anatomy course", short_name="ANA"),
        course_factories.course(site, [other], "8", title="Botany course", short_name="BOT"),
        hall,
        other,
        session,
        amara,
    )


@pytest.fixture
def client(two: Two) -> Client:
    """Return a teacher of both courses."""
    client = Client()
    for course in (two.course, two.other_course):
        course_factories.came_from_moodle(client, course, CourseRole.TEACHER)
    return client


@pytest.fixture
def administrator(two: Two) -> Client:
    return signed_in(factories.administrator())


def url(name: str, *args: object) -> str:
    return reverse(f"reports:{name}", args=args)


def room_url(two: Two, name: str = "room") -> str:
    return url(name, two.room.account_id, two.room.entry_id)


def session_url(two: Two, name: str = "session") -> str:
    return url(name, two.session.account_id, two.session.cue_point_id)


def page_of(client: Client, address: str, two: Two, **more: object) -> str:
    answer = client.get(address + two.query(**more))
    assert answer.status_code == 200, address
    return unescape(words_of(answer))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_the_course_and_says_so(two: Two, client: Client, name: str) -> None:
    page = page_of(client, url(name), two)
    body = page.split('id="results"')[1]
    assert ("Amara" if name == "people" else "Anatomy") in body
    assert "Botany hall" not in body
    assert ">Ben<" not in body
    assert '<span>ANA</span> <span aria-hidden="true">×</span>' in page  # the chip
    assert f'<a href="{url("course", two.course.pk)}"><bdi>ANA</bdi></a>' in page  # the trail


def test_sums_are_those_of_the_course(two: Two, client: Client) -> None:
    totals = client.get(url("sessions") + two.query()).context["totals"]
    assert (totals.sessions, totals.view_seconds) == (2, 3600)
    everything = client.get(url("sessions") + "?" + urlencode(DAY)).context["totals"]
    assert (everything.sessions, everything.view_seconds) == (3, 3720)
    assert client.get(url("people") + two.query()).context["totals"].people == 1
    assert client.get(url("rooms") + two.query()).context["totals"].rooms == 1


@pytest.mark.parametrize(
    ("more", "count"),
    [
        ({"kind": "main"}, 1),
        ({"kind": "breakouts"}, 1),
        ({"search": "hall"}, 2),
        ({"search": "botany"}, 0),
        ({"weekday": 1}, 2),
        ({"weekday": 2}, 0),
        ({"least": 2}, 0),
    ],
)
def test_it_goes_with_the_other_filters(
    two: Two, client: Client, more: dict[str, object], count: int
) -> None:
    answer = client.get(url("sessions") + two.query(**more))
    assert answer.context["totals"].sessions == count
    of_other = client.get(url("sessions") + two.query(room=two.other_room.pk))
    assert of_other.context["totals"].sessions == 0


def test_the_files_hold_the_same(two: Two, client: Client) -> None:
    counts = {"sessions": 2, "rooms": 1, "people": 1, "people-attendances": 2, "breakouts": 1}
    for name, count in counts.items():
        assert len(csv_rows(client.get(url(f"{name}-csv") + two.query()))) == count, name
    file = room_url(two, "room-sessions-csv")
    assert len(csv_rows(client.get(file + two.query()))) == 1
    person = url("person-csv", two.person.pk)
    assert len(csv_rows(client.get(person + two.query()))) == 2
    assert len(csv_rows(client.get(person + "?" + urlencode(DAY)))) == 3


def test_pages_about_one_thing_stay_in_the_course(two: Two, client: Client) -> None:
    crumb = f'<a href="{url("course", two.course.pk)}"><bdi>ANA</bdi></a>'
    for address in (room_url(two), session_url(two), url("person", two.person.pk)):
        page = page_of(client, address, two)
        assert crumb in page, address
        assert "Botany" not in page.split("<h1>")[1].split("More filters")[0], address


def test_every_link_to_data_keeps_the_course(two: Two, client: Client) -> None:
    kept = f"course={two.course.pk}"
    for address in (
        *(url(name) for name in LISTS),
        room_url(two),
        session_url(two),
        url("person", two.person.pk),
    ):
        page = page_of(client, address, two).split("<main")[1].split("<footer")[0]
        links = [part.split('"')[0] for part in page.split('href="')[1:]]
        about_data = [
            link
            for link in links
            if link.startswith(("?", "/sessions", "/rooms", "/attendees", "/breakouts"))
        ]
        assert about_data
        lost = [link for link in about_data if kept not in link]
        chips = [link for link in lost if link.startswith("?")]
        assert len(chips) <= 1, address  # that takes the course out
        assert not set(lost) - set(chips), address


def test_the_course_can_be_chosen_where_there_are_several(two: Two, client: Client) -> None:
    page = unescape(words_of(client.get(url("sessions"))))
    assert f'<option value="{two.course.pk}">ANA</option>' in page
    assert "Every course" in page
    one = Client()
    course_factories.came_from_moodle(one, two.course, CourseRole.TEACHER, "77")
    page = unescape(words_of(one.get(url("sessions"))))
    assert "Every course" not in page
    page = unescape(words_of(signed_in(factories.teacher("t", [two.room])).get(url("sessions"))))
    assert "Every course" not in page


@pytest.mark.parametrize("name", [*LISTS, "sessions-csv", "people-xlsx"])
def test_a_course_that_is_not_ones_own_is_not_there(two: Two, name: str) -> None:
    one = Client()
    course_factories.came_from_moodle(one, two.other_course, CourseRole.TEACHER)
    assert one.get(url(name) + two.query()).status_code == 404
    with_room = signed_in(factories.teacher("with_room", [two.room]))
    assert with_room.get(url(name) + two.query()).status_code == 404
    assert with_room.get(url(name) + "?course=999999").status_code == 404
    assert with_room.get(url(name) + "?course=x").status_code == 400


def test_a_room_or_session_outside_of_the_course_is_not_there(
    two: Two, administrator: Client
) -> None:
    other = two.other_room.sessions.get()
    room = [two.other_room.account_id, two.other_room.entry_id]
    session = [other.account_id, other.cue_point_id]
    for name, args in (
        ("room", room),
        ("room-sessions-csv", room),
        ("session", session),
        ("session-attendees-csv", session),
        ("session-breakouts-xlsx", session),
    ):
        assert administrator.get(url(name, *args)).status_code == 200
        assert administrator.get(url(name, *args) + two.query()).status_code == 404, name
    group = two.room.breakout_rooms.get()
    breakout = url("room", group.account_id, group.entry_id)
    assert administrator.get(breakout + two.query()).status_code == 200


@pytest.mark.usefixtures("each_cache")
@pytest.mark.parametrize("who", ["teacher", "administrator", "all of a teacher"])
def test_a_change_of_the_courses_rooms_is_seen_at_once(
    two: Two, client: Client, administrator: Client, who: str
) -> None:
    def people() -> Any:
        looking = administrator if who == "administrator" else client
        query = "?" + urlencode(DAY) if who == "all of a teacher" else two.query()
        page = looking.get(url("people") + query)
        overview = looking.get(url("overview") + query)
        found = page.context["totals"].people
        if found:
            assert overview.context["headlines"][2].text == str(found)
        return found

    before = 2 if who == "all of a teacher" else 1
    assert people() == people() == before
    claim = two.course.course_rooms.get()
    claim.undone_at = START
    claim.save()
    two.other_course.course_rooms.update(undone_at=START)
    assert people() == 0
    course_factories.course_room(two.course, two.other_room)
    assert people() == 2
    two.course.course_rooms.filter(undone_at=None).update(confirmed_at=None)
    assert people() == 0


def test_a_course_without_sessions_in_these_days_leads_to_its_latest(
    two: Two, client: Client
) -> None:
    later = "?" + urlencode(
        {"from": "2026-02-01", "to": "2026-02-02", "tz": "UTC", "course": two.course.pk}
    )
    for name in LISTS:
        answer = client.get(url(name) + later)
        assert (
            answer.context["latest"]
            == RoomSession.objects.filter(
                room__in=[two.room, *two.room.breakout_rooms.all()],
                **({"room__parent__isnull": False} if name == "breakouts" else {}),
            )
            .latest("started_at")
            .started_at
        )
        assert f"course={two.course.pk}" in answer.context["latest_query"]


@pytest.mark.parametrize("name", LISTS)
def test_the_course_costs_a_few_queries(
    two: Two, client: Client, name: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    everything = url(name) + "?" + urlencode(DAY)
    for address in (everything, url(name) + two.query()):  # what is kept, and the session's row
        client.get(address)
    with django_assert_max_num_queries(30) as plain:
        client.get(everything)
    # The course itself, its room for each list of sessions, and for the first of them.
    with django_assert_max_num_queries(len(plain) + 8):
        client.get(url(name) + two.query())


def test_the_freshness_is_that_of_the_courses_account(two: Two, administrator: Client) -> None:
    factories.account("academy")
    scope = administrator.get(url("sessions") + two.query()).context["scope"]
    assert scope.about == [two.course.site.account]
    everything = administrator.get(url("sessions")).context["scope"]
    assert len(everything.about) == 2
