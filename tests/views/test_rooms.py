"""The list of rooms, as page and as file."""

import csv
import io
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import AccessLogEntry, RoomSession, SessionEvent, VirtualEvent
from reports.queries.rooms import ROOM_ORDERS
from tests import factories
from tests.factories import START
from tests.views.conftest import Seen, list_url, signed_in

BOTANY = '=Botany "B"; <i>x</i>'


def lines_of(answer: Any) -> list[Any]:
    return [row.record for row in answer.context["table"].rows]


def names(answer: Any) -> list[str]:
    return [line.label for line in lines_of(answer)]


def text_of(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def file_rows(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def cell(answer: Any, number: int, name: str) -> str:
    return str(list(answer.context["table"].rows)[number].get_cell(name)).replace("\xa0", " ")


def tagged(session: RoomSession, event_id: str = "77") -> VirtualEvent:
    event = VirtualEvent.objects.create(account=session.account, event_id=event_id)
    SessionEvent.objects.create(session=session, event=event)
    return event


def test_a_main_room_stands_with_the_sums_of_its_breakouts(
    administrator: Client, seen: Seen
) -> None:
    answer = administrator.get(list_url("rooms"))
    assert names(answer) == [BOTANY, "Anatomy, group A"]
    line = lines_of(answer)[1]
    assert (line.sessions, line.breakout_sessions) == (1, 1)
    assert (line.attendances, line.people, line.mean_attendees) == (3, 2, 2.0)
    assert (line.view_seconds, line.engaged_seconds) == (7600, 1800)
    assert cell(answer, 1, "time_in_session") == "2 h 07 min"
    assert cell(answer, 1, "mean_attendees") == "2.0"
    assert cell(answer, 1, "engagement") == "24 %"
    assert cell(answer, 1, "latest") == "Mon 12 Jan"


def test_the_totals_are_those_of_the_sessions_page(administrator: Client, seen: Seen) -> None:
    factories.unknown_session(seen.room, START + timedelta(hours=5))
    totals = administrator.get(list_url("rooms")).context["totals"]
    of_sessions = administrator.get(list_url()).context["totals"]
    assert (totals.rooms, totals.sessions, totals.breakout_sessions) == (2, 3, 1)
    assert totals.sessions + totals.breakout_sessions == of_sessions.sessions
    assert totals.unknown_sessions == of_sessions.unknown_sessions == 1
    for name in ("attendances", "view_seconds", "engaged_seconds", "engagement"):
        assert getattr(totals, name) == getattr(of_sessions, name), name


def test_different_people_are_counted_once(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(list_url("rooms"))
    assert answer.context["people"] == 2  # Amara was in all three, the guest in one
    assert "2 different people" in text_of(answer)
    found = administrator.get(list_url("rooms", search="botany"))
    assert found.context["people"] == 1


def test_a_teacher_sees_the_given_room_alone(teacher: Client, seen: Seen) -> None:
    answer = teacher.get(list_url("rooms"))
    assert names(answer) == ["Anatomy, group A"]
    assert answer.context["totals"].rooms == 1
    assert "Botany" not in text_of(answer)
    assert "account" not in [column.name for column in answer.context["table"].columns]


def test_a_breakout_room_whose_main_room_is_not_theirs_stands_for_itself(seen: Seen) -> None:
    client = signed_in(factories.teacher(rooms=[seen.breakout.room]))
    answer = client.get(list_url("rooms"))
    assert names(answer) == ["Breakout 1"]
    assert "breakout room" in cell(answer, 0, "name")
    assert b"Anatomy" not in answer.content


def test_somebody_without_rooms_is_told_why_the_page_is_empty(outsider: Client, seen: Seen) -> None:
    answer = outsider.get(list_url("rooms"))
    assert answer.status_code == 200
    assert "No room has been given to you yet" in text_of(answer)
    assert "Anatomy" not in text_of(answer)


def test_anonymous_is_asked_to_sign_in(client: Client, seen: Seen) -> None:
    for view in ("rooms", "rooms-csv", "rooms-xlsx"):
        assert client.get(list_url(view)).status_code == 302


@pytest.mark.parametrize("view", ["rooms", "rooms-csv", "rooms-xlsx"])
def test_accounts_rooms_and_events_of_others_do_not_exist(
    teacher: Client, seen: Seen, view: str
) -> None:
    elsewhere = factories.account("elsewhere")
    assert teacher.get(list_url(view, room=str(seen.other_room.pk))).status_code == 404
    assert teacher.get(list_url(view, account=str(elsewhere.pk))).status_code == 404
    assert teacher.get(list_url(view, event=str(tagged(seen.other).pk))).status_code == 404


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"from": "12.1.2026"}, "Enter a day such as 2026-01-31."),
        ({"tz": "Mars/Olympus"}, "Enter the name of a time zone"),
        ({"sort": "length"}, "can&#x27;t be sorted by “length”"),
        ({"account": "x"}, "Enter a whole number."),
        ({"search": "x" * 101}, "at most 100 characters"),
    ],
)
@pytest.mark.parametrize("view", ["rooms", "rooms-csv"])
def test_an_address_that_cannot_be_read_gets_400_with_the_form_and_its_reason(
    administrator: Client, seen: Seen, query: dict[str, str], message: str, view: str
) -> None:
    answer = administrator.get(list_url(view, **query))
    assert answer.status_code == 400
    assert message in text_of(answer)
    assert 'name="search"' in text_of(answer)
    assert "Anatomy" not in text_of(answer)


def many_rooms(seen: Seen, count: int) -> None:
    for number in range(count):
        room = factories.room(seen.account, f"Room {number:02d}")
        factories.whole_session(room, [], START + timedelta(minutes=number))


@pytest.mark.parametrize("key", ROOM_ORDERS)
def test_every_order_works_either_way(administrator: Client, seen: Seen, key: str) -> None:
    many_rooms(seen, 3)
    factories.unknown_session(factories.room(seen.account, "Unknown"), facts_asked_at=None)
    upwards = administrator.get(list_url("rooms", sort=key))
    downwards = administrator.get(list_url("rooms", sort=f"-{key}"))
    assert set(names(upwards)) == set(names(downwards))
    assert len(names(upwards)) == 6
    for answer, is_downwards in ((upwards, False), (downwards, True)):
        values = [ROOM_ORDERS[key](line) for line in lines_of(answer)]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=is_downwards)
        assert values[len(known) :] == [None] * (len(values) - len(known))  # unknown is last


def test_every_column_can_be_sorted(administrator: Client, seen: Seen) -> None:
    factories.account("another")
    page = text_of(administrator.get(list_url("rooms", sort="-people")))
    table = administrator.get(list_url("rooms")).context["table"]
    for column in table.columns:
        assert column.orderable, column.name
        assert f'id="sort-{column.name}"' in page
    assert page.count('aria-sort="descending"') == 1


def test_words_of_the_search_narrow_rooms_totals_and_files(
    administrator: Client, seen: Seen
) -> None:
    answer = administrator.get(list_url("rooms", search="ANATOMY a"))
    assert names(answer) == ["Anatomy, group A"]
    assert answer.context["totals"].sessions == 1
    assert [
        row["Room"] for row in file_rows(administrator.get(list_url("rooms-csv", search="anatomy")))
    ] == ["Anatomy, group A"]
    by_id = administrator.get(list_url("rooms", search=seen.other_room.entry_id))
    assert names(by_id) == [BOTANY]


def test_accounts_and_events_can_be_chosen_and_taken_away(
    administrator: Client, seen: Seen
) -> None:
    assert 'name="account" class' not in text_of(administrator.get(list_url("rooms")))
    other = factories.account("academy")
    factories.whole_session(factories.room(other, "Chemistry"))
    event = tagged(seen.other)
    page = administrator.get(list_url("rooms"))
    assert f'<option value="{other.pk}">academy</option>' in text_of(page)
    assert "academy" in cell(page, 2, "account")
    of_account = administrator.get(list_url("rooms", account=str(other.pk)))
    assert names(of_account) == ["Chemistry"]
    assert [chip.label for chip in of_account.context["chips"]] == ["academy"]
    of_event = administrator.get(list_url("rooms", event=str(event.pk)))
    assert names(of_event) == [BOTANY]
    assert [chip.label for chip in of_event.context["chips"]] == ["77"]


def test_pages_keep_search_and_order(administrator: Client, seen: Seen) -> None:
    many_rooms(seen, 60)
    first = administrator.get(list_url("rooms", search="room", sort="-name"))
    assert len(lines_of(first)) == 50
    assert "1–50 of 60" in text_of(first)
    assert "search=room&amp;sort=-name&amp;page=2" in text_of(first)
    second = administrator.get(list_url("rooms", search="room", sort="-name", page="2"))
    assert len(lines_of(second)) == 10
    assert not set(names(first)) & set(names(second))


def test_rows_lead_to_the_room_and_to_exactly_what_was_counted(
    administrator: Client, seen: Seen
) -> None:
    answer = administrator.get(list_url("rooms"))
    row = text_of(answer).partition("Anatomy, group A")[0].rpartition("<tr>")[2]
    url = reverse("reports:room", args=[seen.account.pk, seen.room.entry_id])
    assert f"{url}?from=2026-01-12&amp;to=2026-01-12&amp;tz=UTC" in row
    link = cell(answer, 1, "sessions").partition('href="')[2].partition('"')[0]
    there = administrator.get(link.replace("&amp;", "&"))
    assert [line.record.cue_point_id for line in there.context["table"].rows] == [
        seen.session.cue_point_id
    ]
    link = cell(answer, 1, "breakouts").partition('href="')[2].partition('"')[0]
    assert urlsplit(link).path == reverse("reports:breakouts")
    assert cell(answer, 0, "breakouts") == "0"


def test_rooms_of_one_name_are_told_apart_by_their_id(administrator: Client, seen: Seen) -> None:
    alone = cell(administrator.get(list_url("rooms")), 1, "name")
    assert f"<bdi>{seen.room.entry_id}</bdi>" not in alone
    twin = factories.room(seen.account, seen.room.name)
    factories.whole_session(twin)
    answer = administrator.get(list_url("rooms"))
    for number, room in ((1, seen.room), (2, twin)):
        assert f"<bdi>{room.entry_id}</bdi>" in cell(answer, number, "name")
    assert seen.other_room.entry_id not in re.sub(r'href="[^"]*"', "", cell(answer, 0, "name"))


def test_what_is_unknown_is_not_shown_as_zero(administrator: Client, seen: Seen) -> None:
    room = factories.room(seen.account, "Unknown")
    factories.unknown_session(room, facts_asked_at=None)
    answer = administrator.get(list_url("rooms", search="unknown"))
    for name in ("attendances", "people", "mean_attendees", "time_in_session", "engagement"):
        assert "unknown" in cell(answer, 0, name), name
    assert "unknown" in cell(answer, 0, "first")
    assert cell(answer, 0, "sessions").endswith(">1</a>")
    assert answer.context["people"] is None
    assert "its attendance is not fully known yet" in text_of(answer)


def test_it_is_said_how_breakouts_count(administrator: Client, seen: Seen) -> None:
    page = text_of(administrator.get(list_url("rooms")))
    assert "engagement of a room include its breakouts" in page
    assert "counted twice" not in page
    seen.account.breakouts_add = False
    seen.account.save()
    assert "counted twice" in text_of(administrator.get(list_url("rooms")))


def test_an_empty_range_leads_to_the_latest_sessions(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(list_url("rooms", **{"from": "2026-03-01", "to": "2026-03-31"}))
    assert "No session fits" in text_of(answer)
    url = f"{reverse('reports:rooms')}?{answer.context['latest_query']}"
    assert len(lines_of(administrator.get(url))) == 2


def test_names_are_text_and_never_markup(administrator: Client, seen: Seen) -> None:
    page = text_of(administrator.get(list_url("rooms")))
    assert "<i>x</i>" not in page
    assert "<bdi>=Botany &quot;B&quot;; &lt;i&gt;x&lt;/i&gt;</bdi>" in page


def test_the_file_holds_the_rows_of_the_page(administrator: Client, seen: Seen) -> None:
    page = administrator.get(list_url("rooms", sort="-time_in_session"))
    answer = administrator.get(list_url("rooms-csv", sort="-time_in_session", page="7"))
    assert "rollcall-rooms-2026-01-12" in answer.headers["Content-Disposition"]
    rows = file_rows(answer)
    lines = lines_of(page)
    assert [row["Room id"] for row in rows] == [line.entry_id for line in lines]
    for row, line in zip(rows, lines, strict=True):
        assert int(row["Sessions"]) == line.sessions
        assert int(row["Breakouts"]) == line.breakout_sessions
        assert int(row["People"]) == line.people
        assert int(row["Time in session (s)"]) == line.view_seconds
        assert float(row["Attendees per session"]) == line.mean_attendees
    assert [row["Room"] for row in rows][1] == f"'{BOTANY}"  # no formula


def test_kaltura_s_columns_are_the_sessions_of_the_rooms(administrator: Client, seen: Seen) -> None:
    rows = file_rows(administrator.get(list_url("rooms-csv", shape="kaltura")))
    assert {row["cue_point_id"] for row in rows} == {
        session.cue_point_id for session in (seen.session, seen.breakout, seen.other)
    }
    found = administrator.get(list_url("rooms-csv", shape="kaltura", search="anatomy"))
    assert "rollcall-sessions-" in found.headers["Content-Disposition"]
    assert {row["cue_point_id"] for row in file_rows(found)} == {
        seen.session.cue_point_id,
        seen.breakout.cue_point_id,
    }


def test_a_teachers_file_holds_only_his_rooms(teacher: Client, seen: Seen) -> None:
    assert [row["Room"] for row in file_rows(teacher.get(list_url("rooms-csv")))] == [
        "Anatomy, group A"
    ]
    rows = file_rows(teacher.get(list_url("rooms-csv", shape="kaltura")))
    assert seen.other.cue_point_id not in {row["cue_point_id"] for row in rows}


def test_an_export_is_written_down(administrator: Client, seen: Seen) -> None:
    assert b"".join(administrator.get(list_url("rooms-xlsx", search="anatomy")).streaming_content)
    entry = AccessLogEntry.objects.get(action="exported")
    assert entry.target == "rooms"
    assert entry.detail == {
        "format": "xlsx",
        "shape": "full",
        "query": "from=2026-01-12&to=2026-01-12&tz=UTC&search=anatomy",
    }


@pytest.mark.parametrize("more", [0, 40])
@pytest.mark.parametrize("sort", ["name", "-people"])
def test_the_number_of_queries_does_not_grow(
    administrator: Client,
    seen: Seen,
    more: int,
    sort: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    many_rooms(seen, more)
    with django_assert_max_num_queries(18):
        administrator.get(list_url("rooms", sort=sort))
