"""One room's page and the files of its sessions."""

import csv
import io
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from reports.models import AccessLogEntry, Room, SessionEvent, VirtualEvent
from reports.queries.rooms import ROOM_ORDERS
from reports.queries.sessions import ORDERS
from tests import factories
from tests.factories import START
from tests.views.conftest import DAY, Seen, list_url, session_url, signed_in

FILES = ("room-sessions-csv", "room-sessions-xlsx")


def room_url(room: Room, view: str = "room", /, **query: str) -> str:
    url = reverse(f"reports:{view}", args=[room.account_id, room.entry_id])
    return f"{url}?{urlencode(DAY | query)}"


def room_path(room: Room) -> str:
    return reverse("reports:room", args=[room.account_id, room.entry_id])


def text_of(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def cue_points(answer: Any) -> list[str]:
    return [row.record.cue_point_id for row in answer.context["table"].rows]


def file_rows(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_room_is_shown_with_its_sessions_and_its_breakout_rooms(
    administrator: Client, seen: Seen
) -> None:
    answer = administrator.get(room_url(seen.room))
    assert answer.status_code == 200
    assert cue_points(answer) == [seen.session.cue_point_id]
    assert [row.record.label for row in answer.context["breakout_rooms"].rows] == ["Breakout 1"]
    figures = answer.context["totals"]
    assert (figures.sessions, figures.breakout_sessions) == (1, 1)
    assert (figures.people, figures.attendances, figures.mean_attendees) == (2, 3, 2.0)
    assert (figures.view_seconds, figures.breakout_view_seconds) == (7600, 600)
    page = text_of(answer)
    assert "2 h 07 min" in page
    assert "10 min in breakouts" in page
    assert "<title>Room Anatomy, group A · Rollcall</title>" in page


def test_the_figures_are_those_of_the_rooms_line(administrator: Client, seen: Seen) -> None:
    factories.unknown_session(seen.room, START + timedelta(hours=5))
    rows = administrator.get(list_url("rooms")).context["table"].rows
    line = next(row.record for row in rows if row.record.room_id == seen.room.pk)
    figures = administrator.get(room_url(seen.room)).context["totals"]
    for name in (
        *("sessions", "breakout_sessions", "unknown_sessions", "attendances", "people"),
        *("mean_attendees", "view_seconds", "breakout_view_seconds", "engaged_seconds"),
        "engagement",
    ):
        assert getattr(figures, name) == getattr(line, name), name


@pytest.mark.parametrize("view", ["room", *FILES])
def test_a_room_of_others_does_not_exist(
    client: Client, outsider: Client, teacher: Client, seen: Seen, view: str
) -> None:
    assert client.get(room_url(seen.room, view)).status_code == 302
    assert outsider.get(room_url(seen.room, view)).status_code == 404
    assert teacher.get(room_url(seen.other_room, view)).status_code == 404
    for room in (seen.room, seen.breakout.room):
        answer = teacher.get(room_url(room, view))
        assert answer.status_code == 200
        if answer.streaming:
            assert b"".join(answer.streaming_content)


def test_the_same_id_in_another_account_is_another_room(administrator: Client, seen: Seen) -> None:
    far = factories.room(factories.account("academy"), "Far", entry_id=seen.room.entry_id)
    assert "Far" in text_of(administrator.get(room_url(far)))
    seen.room.entry_id = "1_nothing"
    assert administrator.get(room_url(seen.room)).status_code == 404


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"from": "yesterday"}, "Enter a day such as 2026-01-31."),
        ({"from": "2026-01-13"}, "The range ends before it starts."),
        ({"tz": "Mars/Olympus"}, "Enter the name of a time zone"),
        ({"sort": "password"}, "can&#x27;t be sorted by “password”"),
        ({"rooms": "length"}, "can&#x27;t be sorted by “length”"),
        ({"page": "0"}, "greater than or equal to 1"),
        ({"room": "x"}, "Enter a whole number."),
    ],
)
@pytest.mark.parametrize("view", ["room", *FILES])
def test_an_address_that_cannot_be_read_gets_400_with_the_form_and_its_reason(
    administrator: Client, seen: Seen, query: dict[str, str], message: str, view: str
) -> None:
    answer = administrator.get(room_url(seen.room, view, **query))
    assert answer.status_code == 400
    assert message in text_of(answer)
    assert 'name="from"' in text_of(answer)
    assert seen.session.cue_point_id not in text_of(answer)


def test_another_room_or_account_in_the_address_changes_nothing(
    administrator: Client, seen: Seen
) -> None:
    other = str(seen.other_room.pk)
    answer = administrator.get(room_url(seen.room, room=other, account="99999"))
    assert cue_points(answer) == [seen.session.cue_point_id]
    assert answer.context["chips"] == []
    assert f'value="{other}"' not in text_of(answer)


def test_a_breakout_room_says_which_room_it_belongs_to(
    administrator: Client, teacher: Client, seen: Seen
) -> None:
    for client in (administrator, teacher):
        answer = client.get(room_url(seen.breakout.room))
        assert cue_points(answer) == [seen.breakout.cue_point_id]
        assert "A breakout room of" in text_of(answer)
        assert room_url(seen.room).replace("&", "&amp;") in text_of(answer)
        figures = answer.context["totals"]
        assert (figures.sessions, figures.breakout_sessions, figures.people) == (1, 0, 1)
        assert answer.context["breakout_rooms"] is None


def test_the_main_room_of_a_breakout_is_not_named_to_who_does_not_see_it(seen: Seen) -> None:
    client = signed_in(factories.teacher(rooms=[seen.breakout.room]))
    answer = client.get(room_url(seen.breakout.room))
    assert answer.status_code == 200
    assert "a room that was not given to you" in text_of(answer)
    about = text_of(answer).partition('id="about"')[2]
    assert "Anatomy" not in about
    assert seen.room.entry_id not in text_of(answer)
    assert answer.context["totals"].people == 1


@pytest.mark.parametrize("key", ORDERS)
def test_the_sessions_can_be_sorted_by_every_order(
    administrator: Client, seen: Seen, key: str
) -> None:
    factories.unknown_session(seen.room, START + timedelta(hours=5))
    for sort in (key, f"-{key}"):
        answer = administrator.get(room_url(seen.room, sort=sort))
        of_list = administrator.get(list_url(room=str(seen.room.pk), kind="main", sort=sort))
        assert cue_points(answer) == cue_points(of_list)
    for column in answer.context["table"].columns:
        assert column.orderable, column.name


@pytest.mark.parametrize("key", ROOM_ORDERS)
def test_the_breakout_rooms_have_an_order_of_their_own(
    administrator: Client, seen: Seen, key: str
) -> None:
    second = factories.room(seen.account, "Breakout 2", parent=seen.room)
    factories.whole_session(second, [(factories.person(seen.account, "x"), 60, 60)])
    unknown = factories.room(seen.account, "Breakout 0", parent=seen.room)
    factories.unknown_session(unknown, facts_asked_at=None)
    for rooms in (key, f"-{key}"):
        answer = administrator.get(room_url(seen.room, rooms=rooms, sort="start"))
        lines = [row.record for row in answer.context["breakout_rooms"].rows]
        values = [ROOM_ORDERS[key](line) for line in lines]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=rooms.startswith("-"))
        assert None not in values[: len(known)]
    for column in answer.context["breakout_rooms"].columns:
        assert column.orderable, column.name
        assert f'id="sort-rooms{column.name}"' in text_of(answer)
    assert "sort=start&amp;rooms=-sessions" in text_of(answer)  # the sessions keep their order


def test_a_breakout_room_leads_to_its_page_and_to_exactly_its_sessions(
    administrator: Client, seen: Seen
) -> None:
    answer = administrator.get(room_url(seen.room))
    [row] = answer.context["breakout_rooms"].rows
    assert room_url(seen.breakout.room).replace("&", "&amp;") in str(row.get_cell("name"))
    link = str(row.get_cell("sessions")).partition('href="')[2].partition('"')[0]
    there = administrator.get(link.replace("&amp;", "&"))
    assert cue_points(there) == [seen.breakout.cue_point_id]


def test_the_list_of_sessions_and_a_session_lead_to_the_room(
    administrator: Client, seen: Seen
) -> None:
    rows = administrator.get(list_url()).context["table"].rows
    cells = {row.record.cue_point_id: str(row.get_cell("room")) for row in rows}
    for session in (seen.session, seen.breakout):
        url = room_url(session.room).replace("&", "&amp;")
        assert url in cells[session.cue_point_id]
    page = text_of(administrator.get(session_url(seen.breakout) + "?tz=UTC"))
    for room in (seen.room, seen.breakout.room):
        [query] = re.findall(rf'<li><a href="{room_path(room)}\?([^"]*)"', page)
        there = administrator.get(f"{room_path(room)}?{query.replace('&amp;', '&')}")
        assert there.context["totals"].all_sessions  # days that hold the session


def test_a_session_does_not_lead_to_a_main_room_that_is_not_theirs(seen: Seen) -> None:
    client = signed_in(factories.teacher(rooms=[seen.breakout.room]))
    page = text_of(client.get(session_url(seen.breakout)))
    assert room_path(seen.breakout.room) in page
    assert room_path(seen.room) not in page


@time_machine.travel("2026-01-20 12:00:00+00:00")
def test_a_session_of_late_leads_to_the_room_s_last_30_days(
    administrator: Client, seen: Seen
) -> None:
    page = text_of(administrator.get(session_url(seen.session) + "?tz=UTC"))
    assert f"{room_path(seen.room)}?from=2025-12-22&amp;to=2026-01-20&amp;tz=UTC" in page


def test_pages_of_sessions(administrator: Client, seen: Seen) -> None:
    for minute in range(55):
        factories.session(seen.room, START + timedelta(hours=2, minutes=minute))
    first = administrator.get(room_url(seen.room, sort="start"))
    assert len(cue_points(first)) == 50
    assert "1–50 of 56" in text_of(first)
    assert len(cue_points(administrator.get(room_url(seen.room, sort="start", page="2")))) == 6


def test_a_room_without_sessions_in_these_days_leads_to_the_latest(
    administrator: Client, seen: Seen
) -> None:
    answer = administrator.get(room_url(seen.room, **{"from": "2026-03-01", "to": "2026-03-31"}))
    assert "The latest session in this room started on Mon 12 Jan." in text_of(answer)
    url = room_url(seen.room).partition("?")[0]
    there = administrator.get(f"{url}?{answer.context['latest_query']}")
    assert cue_points(there) == [seen.session.cue_point_id]
    never = factories.room(seen.account, "Never used")
    assert "No session of this room is known" in text_of(administrator.get(room_url(never)))


def test_only_administrators_read_who_sees_the_room_and_kaltura_s_id(
    administrator: Client, teacher: Client, seen: Seen
) -> None:
    for room in (seen.room, seen.breakout.room):
        page = text_of(administrator.get(room_url(room)))
        assert "teacher</bdi>" in page
        assert f"<bdi>{room.entry_id}</bdi>" in page
        assert "Who sees it" not in text_of(teacher.get(room_url(room)))
    page = re.sub(r"<[^>]*>", " ", text_of(teacher.get(room_url(seen.room))))
    for word in ("cue point", "entry", "tile"):
        assert not re.search(rf"\b{word}\b", page), word
    assert "administrators only" in text_of(administrator.get(room_url(seen.other_room)))


def test_the_page_leads_to_the_same_sessions_in_the_list(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(room_url(seen.room))
    assert "Show only this room's sessions in the list" in text_of(answer)
    url = f"{reverse('reports:sessions')}?{answer.context['room_query']}"
    assert url.replace("&", "&amp;") in text_of(answer)
    assert set(cue_points(administrator.get(url))) == {
        seen.session.cue_point_id,
        seen.breakout.cue_point_id,
    }


def test_an_event_narrows_the_page_and_its_files(administrator: Client, seen: Seen) -> None:
    later = factories.session(seen.room, START + timedelta(hours=5))
    event = VirtualEvent.objects.create(account=seen.account, event_id="77")
    SessionEvent.objects.create(session=later, event=event)
    answer = administrator.get(room_url(seen.room, event=str(event.pk)))
    assert cue_points(answer) == [later.cue_point_id]
    assert [chip.label for chip in answer.context["chips"]] == ["77"]
    rows = file_rows(administrator.get(room_url(seen.room, FILES[0], event=str(event.pk))))
    assert [row["Session id"] for row in rows] == [later.cue_point_id]
    assert administrator.get(room_url(seen.room, event="999")).status_code == 404


def test_the_files_hold_the_rows_of_the_table(administrator: Client, seen: Seen) -> None:
    factories.unknown_session(seen.room, START + timedelta(hours=5))
    page = administrator.get(room_url(seen.room, sort="-time_in_session"))
    answer = administrator.get(room_url(seen.room, FILES[0], sort="-time_in_session", page="9"))
    rows = file_rows(answer)
    assert [row["Session id"] for row in rows] == cue_points(page)
    assert [row["Time in session (s)"] for row in rows] == ["7000", ""]
    kaltura = administrator.get(room_url(seen.room, FILES[0], shape="kaltura"))
    assert [row["entry_id"] for row in file_rows(kaltura)] == [seen.room.entry_id] * 2


def test_an_export_is_written_down(teacher: Client, seen: Seen) -> None:
    teacher.get(room_url(seen.room, FILES[0]))
    entry = AccessLogEntry.objects.get(action="exported")
    assert entry.target == f"sessions of room {seen.room.entry_id}"
    assert entry.detail["account"] == seen.account.pk


def test_names_are_text_and_never_markup(administrator: Client, seen: Seen) -> None:
    page = text_of(administrator.get(room_url(seen.other_room)))
    assert "<i>x</i>" not in page
    assert "<h1><bdi>=Botany &quot;B&quot;; &lt;i&gt;x&lt;/i&gt;</bdi></h1>" in page


def test_the_page_only_reads(administrator: Client, seen: Seen) -> None:
    for view in ("room", *FILES):
        assert administrator.post(room_url(seen.room, view)).status_code == 405
