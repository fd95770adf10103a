"""The list of attendees, as page and as files."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import AccessLogEntry, SessionEvent, VirtualEvent
from reports.queries.people import PERSON_ORDERS
from tests import factories
from tests.factories import START
from tests.views.conftest import Seen, list_url

VIEWS = ["people", "people-csv", "people-attendances-csv"]


def names(answer: Any) -> list[str]:
    return [row.record.name for row in answer.context["table"].rows]


def text_of(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def file_rows(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_an_administrator_sees_everybody_with_what_they_add_up_to(
    administrator: Client, seen: Seen
) -> None:
    answer = administrator.get(list_url("people"))
    assert answer.status_code == 200
    assert names(answer) == ["Amara Okafor", "Guest <b>One</b>"]
    amara = next(iter(answer.context["table"].rows))
    cells = {name: str(amara.get_cell(name)) for name in ("sessions", "breakouts", "engagement")}
    assert cells == {"sessions": "2", "breakouts": "1", "engagement": "51\xa0%"}
    page = text_of(answer)
    assert "1 h 01 min" in page  # 3660 s of Amara, breakout included
    assert "Guest &lt;b&gt;One&lt;/b&gt;" in page
    assert "known in one session only" in page
    totals = answer.context["totals"]
    assert (totals.people, totals.attendances, totals.view_seconds) == (2, 4, 7660)


def test_a_name_leads_to_the_person_over_the_same_days(administrator: Client, seen: Seen) -> None:
    page = text_of(administrator.get(list_url("people", room=str(seen.room.pk))))
    person = seen.account.people.get(user_id="amara.okafor")
    assert (
        f'href="/attendees/{person.pk}/?from=2026-01-12&amp;to=2026-01-12'
        f'&amp;room={seen.room.pk}&amp;tz=UTC"' in page
    )


@pytest.mark.parametrize("view", VIEWS)
def test_anonymous_is_asked_to_sign_in(client: Client, seen: Seen, view: str) -> None:
    answer = client.get(list_url(view))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/?next=/attendees")


def test_a_teacher_sees_what_happened_in_his_rooms_alone(
    administrator: Client, teacher: Client, seen: Seen
) -> None:
    stranger = factories.person(seen.account, "stranger", name="Somebody Else")
    factories.whole_session(seen.other_room, [(stranger, 60, 0)], START + timedelta(hours=5))
    assert "Somebody Else" in names(administrator.get(list_url("people")))
    answer = teacher.get(list_url("people"))
    assert names(answer) == ["Amara Okafor", "Guest <b>One</b>"]
    amara = next(iter(answer.context["table"].rows)).record
    assert (amara.sessions, amara.view_seconds) == (1, 3600)  # nothing of Botany's 60 s
    assert answer.context["totals"].view_seconds == 7600
    for view in ("people-csv", "people-attendances-csv"):
        rows = file_rows(teacher.get(list_url(view)))
        assert "Somebody Else" not in {row["Name"] for row in rows}
        assert sum(int(row["Time in session (s)"]) for row in rows) == 7600


@pytest.mark.parametrize("view", VIEWS)
def test_rooms_and_accounts_of_others_do_not_exist(teacher: Client, seen: Seen, view: str) -> None:
    elsewhere = factories.account("elsewhere")
    assert teacher.get(list_url(view, room=str(seen.other_room.pk))).status_code == 404
    assert teacher.get(list_url(view, account=str(elsewhere.pk))).status_code == 404
    assert teacher.get(list_url(view, room=str(seen.room.pk))).status_code == 200


def test_somebody_without_rooms_is_told_why_the_page_is_empty(outsider: Client, seen: Seen) -> None:
    page = text_of(outsider.get(list_url("people")))
    assert "No room has been given to you yet" in page
    assert "Amara" not in page


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"from": "12.1.2026"}, "Enter a day such as 2026-01-31."),
        ({"sort": "password"}, "can&#x27;t be sorted by “password”"),
        ({"user_type": "Robot"}, "Robot is not one of the available choices"),
        ({"least": "0"}, "greater than or equal to 1"),
        ({"where": "x" * 101}, "at most 100 characters"),
        ({"search": "x" * 101}, "at most 100 characters"),
        ({"room": "1;2"}, "Enter a whole number."),
        ({"shape": "pdf"}, "pdf is not one of the available choices"),
    ],
)
@pytest.mark.parametrize("view", VIEWS)
def test_an_address_that_cannot_be_read_gets_400_with_the_form_and_its_reason(
    administrator: Client, seen: Seen, query: dict[str, str], message: str, view: str
) -> None:
    answer = administrator.get(list_url(view, **query))
    assert answer.status_code == 400
    assert message in text_of(answer)
    assert "Amara" not in text_of(answer)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "OKAFOR amara"}, ["Amara Okafor"]),
        ({"search": "amara.okafor@example"}, ["Amara Okafor"]),
        ({"user_type": "Guest"}, ["Guest <b>One</b>"]),
        ({"user_type": "User"}, ["Amara Okafor"]),
        ({"least": "2"}, ["Amara Okafor"]),
        ({"where": "anatomy"}, ["Amara Okafor", "Guest <b>One</b>"]),
        ({"where": "botany"}, ["Amara Okafor"]),
    ],
)
def test_filters_leave_whom_they_name(
    administrator: Client, seen: Seen, query: dict[str, str], found: list[str]
) -> None:
    seen.session.attendances.filter(person__name__startswith="Guest").update(user_type="Guest")
    answer = administrator.get(list_url("people", **query))
    assert names(answer) == found
    assert answer.context["totals"].people == len(found)
    rows = file_rows(administrator.get(list_url("people-csv", **query)))
    assert [row["Name"] for row in rows] == found


def test_a_room_counts_with_its_breakouts_and_an_event_with_its_sessions(
    administrator: Client, seen: Seen
) -> None:
    answer = administrator.get(list_url("people", room=str(seen.room.pk)))
    amara = next(iter(answer.context["table"].rows)).record
    assert (amara.sessions, amara.breakouts, amara.view_seconds) == (1, 1, 3600)
    assert "Attendees in Anatomy, group A" in text_of(answer)
    event = VirtualEvent.objects.create(account=seen.account, event_id="77")
    SessionEvent.objects.create(session=seen.other, event=event)
    answer = administrator.get(list_url("people", event=str(event.pk)))
    assert [row.record.view_seconds for row in answer.context["table"].rows] == [60]


@pytest.mark.parametrize("key", PERSON_ORDERS)
def test_every_column_sorts_both_ways_and_the_file_follows(
    administrator: Client, seen: Seen, key: str
) -> None:
    factories.account("elsewhere")  # with more than one account there is a column for it
    for sort in (key, f"-{key}"):
        answer = administrator.get(list_url("people", sort=sort))
        page = text_of(answer)
        assert page.count("aria-sort=") == 1, sort
        assert f"sort={key if sort.startswith('-') else f'-{key}'}" in page
        rows = file_rows(administrator.get(list_url("people-csv", sort=sort)))
        assert [row["Name"] for row in rows] == names(answer)
    table = answer.context["table"]
    assert {column.name for column in table.columns} == set(PERSON_ORDERS)
    assert all(column.orderable for column in table.columns)


def test_the_account_is_a_column_only_where_there_are_several(
    administrator: Client, seen: Seen
) -> None:
    assert "account" not in administrator.get(list_url("people")).context["table"].columns.names()
    factories.account("elsewhere")
    assert "account" in administrator.get(list_url("people")).context["table"].columns.names()


def test_pages_keep_the_filter_and_files_ignore_only_the_paging(
    administrator: Client, seen: Seen
) -> None:
    people = [factories.person(seen.account, f"s{n}", name=f"Student {n}") for n in range(60)]
    attended = [(person, 60, 30) for person in people]
    factories.whole_session(seen.room, attended, START + timedelta(hours=5))
    first = administrator.get(list_url("people", search="student"))
    assert len(names(first)) == 50
    assert "1–50 of 60" in text_of(first)
    assert "search=student&amp;page=2" in text_of(first)
    second = administrator.get(list_url("people", search="student", page="2"))
    assert len(names(second)) == 10
    assert not set(names(first)) & set(names(second))
    rows = file_rows(administrator.get(list_url("people-csv", search="student", page="2")))
    assert [row["Name"] for row in rows] == names(first) + names(second)


def test_the_files_hold_what_the_page_counts(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(list_url("people", sort="-time_in_session"))
    lines = [row.record for row in answer.context["table"].rows]
    rows = file_rows(administrator.get(list_url("people-csv", sort="-time_in_session")))
    assert [(row["User id"], int(row["Time in session (s)"])) for row in rows] == [
        (line.user_id, line.view_seconds) for line in lines
    ]
    every = file_rows(administrator.get(list_url("people-attendances-csv")))
    assert len(every) == answer.context["totals"].attendances == 4
    for query in (
        list_url("people-csv", shape="kaltura"),
        list_url("people-attendances-csv", shape="kaltura"),
    ):
        assert [row["meeting_view_time"] for row in file_rows(administrator.get(query))] == [
            "50",
            "66.666666666667",
            "10",
            "1",
        ]


@pytest.mark.parametrize("view", ["people-xlsx", "people-attendances-xlsx"])
def test_workbooks_are_downloads(administrator: Client, seen: Seen, view: str) -> None:
    answer = administrator.get(list_url(view))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    assert "2026-01-12" in answer.headers["Content-Disposition"]


def test_an_export_is_written_down(administrator: Client, seen: Seen) -> None:
    administrator.get(list_url("people-csv", least="2"))
    administrator.get(list_url("people-attendances-csv", shape="kaltura"))
    people, attendances = AccessLogEntry.objects.filter(action="exported").order_by("pk")
    assert (people.target, people.detail["shape"]) == ("people", "full")
    assert people.detail["query"] == "from=2026-01-12&to=2026-01-12&tz=UTC&least=2"
    assert (attendances.target, attendances.detail["shape"]) == ("attendees", "kaltura")


def test_where_attendance_is_unknown_nobody_is_said_to_have_come(
    administrator: Client, seen: Seen
) -> None:
    days = {"from": "2026-01-20", "to": "2026-01-20"}
    unknown = factories.unknown_session(seen.room, START + timedelta(days=8))
    factories.attendance(unknown, factories.person(seen.account, "li.wei"))
    page = text_of(administrator.get(list_url("people", **days)))
    assert "Who attended isn't known yet" in page.replace("&#x27;", "'")
    assert "1 session started in these days" in page
    mixed = text_of(administrator.get(list_url("people", to="2026-01-20")))
    assert "1 session of these days is in none of these figures" in mixed


def test_filters_that_leave_nobody_lead_back_to_everybody(
    administrator: Client, seen: Seen
) -> None:
    answer = administrator.get(list_url("people", search="nobody at all", least="3"))
    assert "Nobody fits" in text_of(answer)
    url = f"{reverse('reports:people')}?{answer.context['everybody_query']}"
    assert len(names(administrator.get(url))) == 2


def test_days_without_a_session_lead_to_the_latest_ones(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(list_url("people", **{"from": "2026-03-01", "to": "2026-03-31"}))
    assert "No session fits" in text_of(answer)
    url = f"{reverse('reports:people')}?{answer.context['latest_query']}"
    assert len(names(administrator.get(url))) == 2


@pytest.mark.parametrize("more", [0, 40])
@pytest.mark.parametrize("query", [{}, {"search": "a", "user_type": "User", "least": "1"}])
def test_the_number_of_queries_does_not_grow(
    administrator: Client,
    seen: Seen,
    more: int,
    query: dict[str, str],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(more):
        somebody = factories.person(seen.account, f"s{number}", name=f"Ada {number}")
        factories.attendance(seen.session, somebody)
    with django_assert_max_num_queries(23):
        administrator.get(list_url("people", **query))


def test_pages_only_read(administrator: Client, seen: Seen) -> None:
    for view in VIEWS:
        assert administrator.post(list_url(view)).status_code == 405
