"""One person's page and its files."""

import csv
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import AccessLogEntry, Person
from reports.queries.visits import VISIT_ORDERS
from tests import factories
from tests.factories import START
from tests.views.conftest import DAY, Seen, list_url, session_url

VIEWS = ["person", "person-csv"]


@pytest.fixture
def amara(seen: Seen) -> Person:
    return seen.account.people.get(user_id="amara.okafor")


def person_url(person: Person, page: str = "person", /, **query: str) -> str:
    path = reverse(f"reports:{page}", args=[person.pk])
    return path + "?" + "&".join(f"{name}={value}" for name, value in (DAY | query).items())


def cue_points(answer: Any) -> list[str]:
    return [row.record.session.cue_point_id for row in answer.context["table"].rows]


def text_of(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ").replace("&#x27;", "'")


def file_rows(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_an_administrator_sees_all_sessions_of_the_person(
    administrator: Client, seen: Seen, amara: Person
) -> None:
    answer = administrator.get(person_url(amara))
    assert answer.status_code == 200
    assert cue_points(answer) == [
        session.cue_point_id for session in (seen.other, seen.breakout, seen.session)
    ]
    page = text_of(answer)
    assert "<title>Amara Okafor · Rollcall</title>" in page
    assert "amara.okafor@example.org" in page
    assert "and 1 breakout" in page
    assert session_url(seen.session) in page
    line, attended = answer.context["line"], answer.context["attended"]
    assert (line.sessions, line.view_seconds) == (2, 3660)
    assert (attended.attended_seconds, attended.length_seconds) == (3660, 7200)


def test_a_name_on_a_session_s_page_leads_to_the_person(
    administrator: Client, seen: Seen, amara: Person
) -> None:
    page = text_of(administrator.get(seen.page + "?tz=Asia/Tokyo"))
    assert f'href="/attendees/{amara.pk}/?tz=Asia%2FTokyo"' in page


def test_the_figures_are_those_of_the_list(
    administrator: Client, seen: Seen, amara: Person
) -> None:
    of_list = administrator.get(list_url("people", search="Amara"))
    (row,) = of_list.context["table"].rows
    assert administrator.get(person_url(amara)).context["line"] == row.record


@pytest.mark.parametrize("view", VIEWS)
def test_a_teacher_sees_only_what_happened_in_his_rooms(
    teacher: Client, seen: Seen, amara: Person, view: str
) -> None:
    answer = teacher.get(person_url(amara, view))
    if view == "person":
        assert cue_points(answer) == [seen.breakout.cue_point_id, seen.session.cue_point_id]
        assert "Botany" not in text_of(answer)
        assert answer.context["line"].view_seconds == 3600
    else:
        rows = file_rows(answer)
        assert {row["Room"] for row in rows} == {"Anatomy, group A", "Breakout 1"}


@pytest.mark.parametrize("view", VIEWS)
def test_people_of_other_rooms_alone_do_not_exist_for_a_teacher(
    client: Client, administrator: Client, outsider: Client, teacher: Client, seen: Seen, view: str
) -> None:
    stranger = factories.person(seen.account, "stranger", name="Somebody Else")
    factories.whole_session(seen.other_room, [(stranger, 60, 0)], START + timedelta(hours=5))
    url = person_url(stranger, view)
    assert administrator.get(url).status_code == 200
    assert teacher.get(url).status_code == 404
    assert outsider.get(url).status_code == 404
    answer = client.get(url)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("view", VIEWS)
def test_what_does_not_exist_is_404(
    administrator: Client, teacher: Client, seen: Seen, amara: Person, view: str
) -> None:
    assert teacher.get(person_url(amara, view, room=seen.other_room.pk)).status_code == 404
    amara.pk = 999_999
    assert administrator.get(person_url(amara, view)).status_code == 404


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"from": "12.1.2026"}, "Enter a day such as 2026-01-31."),
        ({"tz": "Mars/Olympus"}, "Enter the name of a time zone"),
        ({"sort": "password"}, "can't be sorted by “password”"),
        ({"page": "0"}, "greater than or equal to 1"),
        ({"shape": "pdf"}, "pdf is not one of the available choices"),
    ],
)
@pytest.mark.parametrize("view", VIEWS)
def test_an_address_that_cannot_be_read_gets_400_with_its_reason(
    administrator: Client, amara: Person, query: dict[str, str], message: str, view: str
) -> None:
    answer = administrator.get(person_url(amara, view, **query))
    assert answer.status_code == 400
    assert message in text_of(answer)
    assert "Okafor" not in text_of(answer)


@time_machine.travel("2026-03-20 12:00:00+00:00")
def test_without_days_every_session_of_the_person_is_shown(
    administrator: Client, seen: Seen, amara: Person
) -> None:
    answer = administrator.get(reverse("reports:person", args=[amara.pk]))
    assert len(cue_points(answer)) == 3
    form = answer.context["form"]
    assert f"{form.from_at:%Y-%m-%d}" == "2026-01-12"
    assert 'value="2026-03-20"' in text_of(answer)
    everything = [choice for choice in answer.context["presets"] if choice.is_current]
    assert [choice.label for choice in everything] == ["Everything"]
    zoned = administrator.get(reverse("reports:person", args=[amara.pk]) + "?tz=Asia/Tokyo")
    assert len(cue_points(zoned)) == 3


@time_machine.travel("2026-03-20 12:00:00+00:00")
def test_with_one_day_in_the_address_the_other_is_a_month_away(
    administrator: Client, amara: Person
) -> None:
    url = reverse("reports:person", args=[amara.pk])
    assert len(cue_points(administrator.get(url + "?to=2026-02-01"))) == 3
    later = administrator.get(url + "?to=2026-02-28")
    assert "No session of this person fits" in text_of(later)
    back = administrator.get(f"{url}?{later.context['latest_query']}")
    assert len(cue_points(back)) == 3


def test_rooms_and_searches_narrow_the_sessions(
    administrator: Client, seen: Seen, amara: Person
) -> None:
    in_room = administrator.get(person_url(amara, room=seen.room.pk))
    assert cue_points(in_room) == [seen.breakout.cue_point_id, seen.session.cue_point_id]
    found = administrator.get(person_url(amara, search="botany"))
    assert cue_points(found) == [seen.other.cue_point_id]
    assert found.context["line"].view_seconds == 60


def test_the_chart_has_a_mark_a_session_and_its_numbers_in_a_table(
    administrator: Client, seen: Seen, amara: Person
) -> None:
    answer = administrator.get(person_url(amara))
    found = re.search(
        r'<script id="visits-option" type="application/json">(.*?)</script>', text_of(answer)
    )
    assert found
    bars, lengths = json.loads(found.group(1))["series"]
    assert [bar["value"] for bar in bars["data"]] == [60.0, 1.0]  # 50 and 10 in its breakout
    assert [mark["value"] for mark in lengths["data"]] == [60.0, 60.0]
    assert [row.link for row in answer.context["chart"].rows] == [
        session_url(session) + "?tz=UTC" for session in (seen.session, seen.other)
    ]


def test_where_breakouts_are_part_of_the_session_their_time_counts_once(
    administrator: Client, seen: Seen, amara: Person
) -> None:
    adding = administrator.get(person_url(amara, room=seen.room.pk))
    assert adding.context["attended"].attended_seconds == 3600
    assert "part of the sessions' time already" not in text_of(adding)
    seen.account.breakouts_add = False
    seen.account.save()
    within = administrator.get(person_url(amara, room=seen.room.pk))
    assert within.context["attended"].attended_seconds == 3000
    assert "part of the sessions' time already" in text_of(within)


def test_what_is_unknown_is_not_shown_as_zero(administrator: Client, seen: Seen) -> None:
    somebody = factories.person(seen.account, "li.wei", name="Li Wei")
    unknown = factories.unknown_session(
        seen.room, START + timedelta(hours=6), length_seconds=None, facts_asked_at=None
    )
    factories.attendance(unknown, somebody, 1234, 0)
    answer = administrator.get(person_url(somebody))
    (row,) = answer.context["table"].rows
    for name in ("start", "length", "time_in_session", "share_attended", "engagement"):
        assert "unknown" in row.get_cell(name), name
    page = text_of(answer)
    assert "1 session is in none of these figures" in page
    assert "There is no chart yet" in page
    assert not re.search(r'class="value">', page)  # every headline figure is unknown


def test_a_session_of_more_time_than_length_is_marked_and_counts_up_to_its_length(
    administrator: Client, seen: Seen
) -> None:
    guest = seen.account.people.get(is_placeholder=True)
    answer = administrator.get(person_url(guest))
    page = text_of(answer)
    assert "longer than the session" in page
    assert "In 1 session the time was longer than the session" in page
    assert answer.context["attended"].share == 1.0


def test_a_placeholder_and_an_erased_person_say_what_they_are(
    administrator: Client, seen: Seen, amara: Person
) -> None:
    guest = seen.account.people.get(is_placeholder=True)
    guest.name, guest.user_id = "", "0123456789abcdef" * 4
    guest.save()
    page = text_of(administrator.get(person_url(guest)))
    assert "<title>Person without a name · Rollcall</title>" in page
    assert "without a Kaltura user id: known in one session only" in page
    amara.name, amara.email, amara.user_id, amara.erased_at = "", "", "erased-1", START
    amara.save()
    page = text_of(administrator.get(person_url(amara)))
    assert "<title>erased-1 · Rollcall</title>" in page
    assert "<dd>erased</dd>" in page


def test_names_are_text_and_never_markup(administrator: Client, seen: Seen) -> None:
    guest = seen.account.people.get(is_placeholder=True)
    page = text_of(administrator.get(person_url(guest)))
    assert "<b>One</b>" not in page
    assert "Guest &lt;b&gt;One&lt;/b&gt;" in page


@pytest.mark.parametrize("key", VISIT_ORDERS)
def test_every_column_sorts_both_ways_and_the_file_follows(
    administrator: Client, seen: Seen, amara: Person, key: str
) -> None:
    orders = []
    for sort in (key, f"-{key}"):
        answer = administrator.get(person_url(amara, sort=sort))
        assert text_of(answer).count("aria-sort=") == 1
        rows = file_rows(administrator.get(person_url(amara, "person-csv", sort=sort)))
        assert [row["Session id"] for row in rows] == cue_points(answer)
        orders.append(cue_points(answer))
    assert orders[0] == orders[1][::-1]
    table = answer.context["table"]
    assert {column.name for column in table.columns} == set(VISIT_ORDERS)
    assert all(column.orderable for column in table.columns)


def test_pages_hold_fifty_sessions_and_the_file_all_of_them(
    administrator: Client, seen: Seen, amara: Person
) -> None:
    for minute in range(60):
        start = START + timedelta(hours=5, minutes=minute)
        factories.whole_session(seen.room, [(amara, 60, 30)], start)
    first = administrator.get(person_url(amara))
    assert len(cue_points(first)) == 50
    assert "1–50 of 63" in text_of(first)
    second = administrator.get(person_url(amara, page="2"))
    rows = file_rows(administrator.get(person_url(amara, "person-csv", page="2")))
    assert [row["Session id"] for row in rows] == cue_points(first) + cue_points(second)
    assert first.context["chart"].title == "Time in the sessions of each period"


def test_the_files_hold_the_rows_of_the_table(
    administrator: Client, seen: Seen, amara: Person
) -> None:
    answer = administrator.get(person_url(amara))
    lines = [row.record.attendee for row in answer.context["table"].rows]
    rows = file_rows(administrator.get(person_url(amara, "person-csv")))
    assert [int(row["Time in session (s)"]) for row in rows] == [
        line.view_seconds for line in lines
    ]
    kaltura = file_rows(administrator.get(person_url(amara, "person-csv", shape="kaltura")))
    assert [row["cue_point_id"] for row in kaltura] == cue_points(answer)
    assert {row["user_id"] for row in kaltura} == {"amara.okafor"}
    workbook = administrator.get(person_url(amara, "person-xlsx"))
    assert b"".join(workbook.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]


def test_viewing_and_exporting_are_written_down(teacher: Client, seen: Seen, amara: Person) -> None:
    teacher.get(person_url(amara))
    teacher.get(person_url(amara, "person-csv"))
    entries = AccessLogEntry.objects.order_by("pk").values_list("user_label", "action", "target")
    assert list(entries) == [
        ("teacher", "viewed", f"person {amara.pk}"),
        ("teacher", "exported", f"attendees of person {amara.pk}"),
    ]


def test_pages_only_read(administrator: Client, amara: Person) -> None:
    for view in VIEWS:
        assert administrator.post(person_url(amara, view)).status_code == 405


@pytest.mark.parametrize("more", [0, 40])
def test_the_number_of_queries_does_not_grow(
    administrator: Client,
    seen: Seen,
    amara: Person,
    more: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for minute in range(more):
        start = START + timedelta(hours=5, minutes=minute)
        factories.whole_session(seen.room, [(amara, 60, 30)], start)
    with django_assert_max_num_queries(17):
        administrator.get(person_url(amara))
