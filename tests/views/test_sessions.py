"""The list of sessions, as page and as file."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import AccessLogEntry, RoomSession, SessionEvent, VirtualEvent
from tests import factories
from tests.factories import START
from tests.views.conftest import Seen, list_url, session_url, signed_in


def cue_points(answer: Any) -> list[str]:
    return [row.record.cue_point_id for row in answer.context["table"].rows]


def file_rows(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_an_administrator_sees_all_sessions(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(list_url())
    assert answer.status_code == 200
    assert cue_points(answer) == [
        session.cue_point_id for session in (seen.other, seen.breakout, seen.session)
    ]
    page = answer.content.decode()
    assert "1 h 57 min".replace(" ", "\xa0") in page  # 7000 s of the main session
    assert session_url(seen.session) in page


def test_anonymous_is_asked_to_sign_in(client: Client, seen: Seen) -> None:
    for url in (list_url(), list_url("sessions-csv")):
        answer = client.get(url)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/sign-in/?next=/sessions")


def test_a_teacher_sees_the_given_room_and_its_breakouts(teacher: Client, seen: Seen) -> None:
    answer = teacher.get(list_url())
    assert cue_points(answer) == [seen.breakout.cue_point_id, seen.session.cue_point_id]
    assert answer.context["totals"].sessions == 2
    assert b"Botany" not in answer.content


def test_somebody_without_rooms_is_told_why_the_page_is_empty(outsider: Client, seen: Seen) -> None:
    answer = outsider.get(list_url())
    assert answer.status_code == 200
    assert b"No room has been given to you yet" in answer.content
    assert b"Anatomy" not in answer.content


@pytest.mark.parametrize("view", ["sessions", "sessions-csv"])
def test_rooms_and_accounts_of_others_do_not_exist(teacher: Client, seen: Seen, view: str) -> None:
    elsewhere = factories.account("elsewhere")
    assert teacher.get(list_url(view, room=str(seen.other_room.pk))).status_code == 404
    assert teacher.get(list_url(view, account=str(elsewhere.pk))).status_code == 404
    assert teacher.get(list_url(view, room=str(seen.room.pk))).status_code == 200


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"from": "12.1.2026"}, "Enter a day such as 2026-01-31."),
        ({"from": "2026-13-01"}, "Enter a day such as 2026-01-31."),
        ({"from": "1026-01-01"}, "Enter a day from 2015"),
        ({"from": "2026-01-13"}, "The range ends before it starts."),
        ({"tz": "Mars/Olympus"}, "Enter the name of a time zone"),
        ({"sort": "password"}, "can&#x27;t be sorted by “password”"),
        ({"page": "0"}, "greater than or equal to 1"),
        ({"account": "x"}, "Enter a whole number."),
        ({"room": "1;2"}, "Enter a whole number."),
        ({"search": "x" * 101}, "at most 100 characters"),
        ({"shape": "pdf"}, "pdf is not one of the available choices"),
    ],
)
@pytest.mark.parametrize("view", ["sessions", "sessions-csv"])
def test_an_address_that_cannot_be_read_gets_400_with_the_form_and_its_reason(
    administrator: Client, seen: Seen, query: dict[str, str], message: str, view: str
) -> None:
    answer = administrator.get(list_url(view, **query))
    assert answer.status_code == 400
    text = answer.content.decode()
    assert message in text
    assert 'name="search"' in text
    assert seen.session.cue_point_id not in text
    for name in ("from", "tz", "search"):  # what was typed is still there
        if name in query:
            assert f'value="{query[name]}"' in text


def test_a_refused_hidden_value_is_not_sent_again(administrator: Client, seen: Seen) -> None:
    room = str(seen.room.pk)
    page = administrator.get(list_url(sort="password", room=room)).content.decode()
    assert 'name="sort"' not in page
    assert f'value="{room}" selected' in page


def test_days_are_of_the_zone_in_the_address(administrator: Client, seen: Seen) -> None:
    late = factories.session(seen.room, datetime(2026, 1, 12, 23, 30, tzinfo=UTC))
    in_utc = cue_points(administrator.get(list_url()))
    in_berlin = cue_points(administrator.get(list_url(tz="Europe/Berlin")))
    assert late.cue_point_id in in_utc
    assert late.cue_point_id not in in_berlin
    page = administrator.get(list_url(tz="Europe/Berlin", to="2026-01-13")).content.decode()
    assert "Tue 13 Jan, 00:30" in page
    assert page.count("Times are in Europe/Berlin") == 1


def test_without_a_zone_the_users_own_counts_then_the_browsers_then_the_sites(
    seen: Seen,
) -> None:
    url = list_url(tz="")
    client = signed_in(factories.administrator("zoned", time_zone="Asia/Tokyo"))
    client.cookies["reader_zone"] = "America/New_York"
    assert client.get(url).context["zone"].key == "Asia/Tokyo"
    client = signed_in(factories.administrator("unzoned"))
    assert client.get(url).context["zone"].key == "UTC"
    client.cookies["reader_zone"] = "America/New_York"
    assert client.get(url).context["zone"].key == "America/New_York"
    client.cookies["reader_zone"] = "../../etc/passwd"
    assert client.get(url).context["zone"].key == "UTC"


@time_machine.travel("2026-01-20 12:00:00+00:00")
def test_the_last_30_days_are_shown_when_none_are_named(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(reverse("reports:sessions"))
    assert len(cue_points(answer)) == 3
    page = answer.content.decode()
    assert 'value="2025-12-22"' in page
    assert 'value="2026-01-20"' in page


def test_rows_are_sorted_by_the_column_that_the_address_names(
    administrator: Client, seen: Seen
) -> None:
    by_time = cue_points(administrator.get(list_url(sort="-time_in_session")))
    assert by_time == [s.cue_point_id for s in (seen.session, seen.breakout, seen.other)]
    page = administrator.get(list_url(sort="time_in_session")).content.decode()
    assert page.count('aria-sort="ascending"') == 1
    assert "sort=-time_in_session" in page


def test_pages_keep_the_filter_and_the_sorting(administrator: Client, seen: Seen) -> None:
    for minute in range(60):
        factories.session(seen.room, START + timedelta(hours=5, minutes=minute))
    first = administrator.get(list_url(search="Anatomy", sort="start"))
    assert len(cue_points(first)) == 50
    assert "1–50 of 62" in first.content.decode()  # the breakout's parent is Anatomy too
    assert "tz=UTC&amp;search=Anatomy&amp;sort=start&amp;page=2" in first.content.decode()
    second = administrator.get(list_url(search="Anatomy", sort="start", page="2"))
    assert len(cue_points(second)) == 12
    assert not set(cue_points(first)) & set(cue_points(second))
    assert len(cue_points(administrator.get(list_url(search="Anatomy", page="999")))) == 12


def test_what_is_unknown_is_not_shown_as_zero(administrator: Client, seen: Seen) -> None:
    unknown = factories.unknown_session(seen.room, length_seconds=None)
    answer = administrator.get(list_url(search=unknown.cue_point_id))
    row = next(iter(answer.context["table"].rows))
    for name in ("length", "attendees", "time_in_session", "engagement", "kaltura_unique_users"):
        assert "unknown" in row.get_cell(name), name
    assert answer.context["totals"].view_seconds is None
    assert b"attendance is not fully known yet" in answer.content


def test_names_are_text_and_never_markup(administrator: Client, seen: Seen) -> None:
    page = administrator.get(list_url()).content.decode()
    assert "<i>x</i>" not in page
    assert "=Botany &quot;B&quot;; &lt;i&gt;x&lt;/i&gt;" in page


@pytest.mark.django_db
def test_an_empty_installation_leads_to_connecting(administrator: Client) -> None:
    page = administrator.get(reverse("reports:sessions")).content.decode()
    assert "No Kaltura account is connected yet" in page
    assert reverse("reports:connect") in page


def test_an_account_without_any_sync_leads_to_syncing(administrator: Client) -> None:
    factories.account()
    page = administrator.get(list_url()).content.decode()
    assert "Nothing has been synced yet" in page
    assert reverse("reports:accounts") in page


def test_an_empty_range_leads_to_the_latest_sessions(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(list_url(**{"from": "2026-03-01", "to": "2026-03-31"}))
    assert "No session fits" in answer.content.decode()
    url = f"{reverse('reports:sessions')}?{answer.context['latest_query']}"
    assert len(cue_points(administrator.get(url))) == 3


def test_days_that_were_not_synced_are_named(administrator: Client, seen: Seen) -> None:
    whole = administrator.get(list_url()).content.decode()
    assert "not been synced" not in whole
    longer = administrator.get(list_url(to="2026-01-14")).content.decode()
    assert "2 days of this range have not been synced" in longer
    assert "(Tue 13 Jan – Wed 14 Jan)" in longer


@pytest.mark.parametrize("more", [0, 40])
def test_the_number_of_queries_does_not_grow(
    administrator: Client,
    seen: Seen,
    more: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for minute in range(more):
        factories.session(seen.room, START + timedelta(minutes=minute))
    with django_assert_max_num_queries(13):
        administrator.get(list_url())


def test_the_file_holds_the_rows_of_the_page(administrator: Client, seen: Seen) -> None:
    wanted = {"search": "Anatomy", "sort": "time_in_session"}
    page = administrator.get(list_url(**wanted))
    answer = administrator.get(list_url("sessions-csv", **wanted))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "rollcall-sessions-2026-01-12" in answer.headers["Content-Disposition"]
    rows = file_rows(answer)
    lines = [row.record for row in page.context["table"].rows]
    assert [row["Session id"] for row in rows] == [line.cue_point_id for line in lines]
    assert [int(row["Time in session (s)"]) for row in rows] == [
        line.view_seconds for line in lines
    ]
    assert [int(row["Attendees"]) for row in rows] == [line.attendee_count for line in lines]


def test_the_file_ignores_only_the_paging(administrator: Client, seen: Seen) -> None:
    for minute in range(60):
        factories.session(seen.room, START + timedelta(hours=5, minutes=minute))
    rows = file_rows(administrator.get(list_url("sessions-csv", page="2", shape="kaltura")))
    assert len(rows) == 63
    assert "cue_point_id" in rows[0]


def test_a_teachers_file_holds_only_his_rooms(teacher: Client, seen: Seen) -> None:
    rows = file_rows(teacher.get(list_url("sessions-csv")))
    assert {row["Session id"] for row in rows} == {
        seen.session.cue_point_id,
        seen.breakout.cue_point_id,
    }


def test_an_export_is_written_down(administrator: Client, seen: Seen) -> None:
    administrator.get(list_url("sessions-csv", shape="kaltura"))
    entry = AccessLogEntry.objects.get(action="exported")
    assert entry.target == "sessions"
    assert entry.detail == {
        "format": "csv",
        "shape": "kaltura",
        "query": "from=2026-01-12&to=2026-01-12&tz=UTC",
    }


def test_pages_only_read(administrator: Client, seen: Seen) -> None:
    assert administrator.post(list_url()).status_code == 405
    assert administrator.post(list_url("sessions-csv")).status_code == 405


def tagged(session: RoomSession, event_id: str) -> VirtualEvent:
    event = VirtualEvent.objects.create(account=session.account, event_id=event_id)
    SessionEvent.objects.create(session=session, event=event)
    return event


def test_an_event_shows_exactly_its_sessions(administrator: Client, seen: Seen) -> None:
    event = tagged(seen.session, "77")
    assert cue_points(administrator.get(list_url(event=event.pk))) == [seen.session.cue_point_id]
    file = file_rows(administrator.get(list_url("sessions-csv", event=event.pk)))
    assert len(file) == 1


def test_an_event_of_other_rooms_does_not_exist_for_a_teacher(teacher: Client, seen: Seen) -> None:
    theirs, other = tagged(seen.session, "77"), tagged(seen.other, "88")
    assert cue_points(teacher.get(list_url(event=theirs.pk))) == [seen.session.cue_point_id]
    assert teacher.get(list_url(event=other.pk)).status_code == 404
