"""The list of breakouts, as page and as file."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from reports.models import AccessLogEntry, RoomSession, SessionEvent, VirtualEvent
from tests import factories
from tests.factories import START
from tests.views.conftest import Seen, list_url, session_url, signed_in

MINUTE = timedelta(minutes=1)
COLUMNS = (
    *("start", "main_room", "room", "main_session", "initiator", "length", "attendees"),
    *("kaltura_participant_count", "time_in_session", "engagement", "kaltura_engagement_rate"),
)


@pytest.fixture(autouse=True)
def this_year() -> Iterator[None]:
    """Let today be in the year of START: a day of another year is written with it."""
    with time_machine.travel(START + timedelta(days=60), tick=False):
        yield


def url(page: str = "breakouts", /, **query: object) -> str:
    return list_url(page, **{key: str(value) for key, value in query.items()})


def text_of(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ").replace("&#x27;", "'")


def cue_points(answer: Any) -> list[str]:
    return [row.record.cue_point_id for row in answer.context["table"].rows]


def file_rows(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def cell(answer: Any, column: str) -> str:
    return str(next(iter(answer.context["table"].rows)).get_cell(column)).replace("\xa0", " ")


@pytest.fixture
def second(seen: Seen) -> RoomSession:
    """Another breakout, larger and of no session for certain."""
    room = factories.room(seen.account, "Breakout 2", parent=seen.room)
    people = [(factories.person(seen.account, f"s{n}"), 900, 90) for n in range(3)]
    return factories.whole_session(
        room, people, START + 20 * MINUTE, initiator="Grace", kaltura_participant_count=4
    )


def test_a_breakout_stands_with_its_room_and_its_main_session(
    administrator: Client, seen: Seen
) -> None:
    RoomSession.objects.filter(pk=seen.breakout.pk).update(kaltura_engagement_rate=0.5)
    answer = administrator.get(url())
    assert cue_points(answer) == [seen.breakout.cue_point_id]
    assert session_url(seen.breakout) in cell(answer, "start")
    assert "Anatomy, group A" in cell(answer, "main_room")
    assert f"/rooms/{seen.account.pk}/{seen.room.entry_id}/" in cell(answer, "main_room")
    assert "from=2026-01-12" in cell(answer, "main_room")
    assert "Breakout 1" in cell(answer, "room")
    assert session_url(seen.session) in cell(answer, "main_session")
    assert "09:00" in cell(answer, "main_session")
    assert "Dr.<wbr> Ada Host" in cell(answer, "initiator")
    assert cell(answer, "attendees") == "1"
    assert cell(answer, "kaltura_participant_count") == "≈ 1"
    assert cell(answer, "time_in_session") == "10 min"
    assert cell(answer, "engagement") == cell(answer, "kaltura_engagement_rate") == "50 %"


def test_totals_say_how_many_sessions_the_breakouts_are_of(
    administrator: Client, seen: Seen, second: RoomSession
) -> None:
    answer = administrator.get(url())
    totals = answer.context["of_all"]
    assert (totals.sums.sessions, totals.main_sessions, totals.unplaced) == (2, 1, 1)
    page = text_of(answer)
    assert "of 1 breakout it isn't clear which" in page
    assert "2.0 per breakout" in page


def test_what_is_not_known_is_not_made_up(administrator: Client, seen: Seen) -> None:
    RoomSession.objects.filter(pk=seen.breakout.pk).delete()
    room = factories.room(seen.account, "", parent=seen.room)
    factories.unknown_session(room, cue_point_id="1_unknown", length_seconds=None)
    answer = administrator.get(url())
    assert "it isn't clear which" in cell(answer, "main_session").replace("&#x27;", "'")
    for name in COLUMNS[4:]:
        assert "unknown" in cell(answer, name), name
    assert "Room without a name" in cell(answer, "room")
    assert "attendance partly unknown" in cell(answer, "start")
    assert answer.context["totals"].view_seconds is None
    assert "its attendance is not fully known yet" in text_of(answer)


@pytest.mark.parametrize("column", COLUMNS)
def test_the_list_can_be_sorted_by_every_column(
    administrator: Client, seen: Seen, second: RoomSession, column: str
) -> None:
    main = factories.session(factories.room(seen.account, "Aardvarks"), START - 60 * MINUTE)
    earlier = factories.room(seen.account, "Breakout 0", parent=main.room)
    factories.whole_session(earlier, [], START - 50 * MINUTE, main_session=main, initiator="Ada")
    for rate, breakout in enumerate(RoomSession.objects.breakouts()):
        RoomSession.objects.filter(pk=breakout.pk).update(kaltura_engagement_rate=rate / 3)
    upwards = administrator.get(url(sort=column))
    downwards = administrator.get(url(sort=f"-{column}"))
    assert len(cue_points(upwards)) == 3
    assert cue_points(upwards) != cue_points(downwards)
    assert text_of(upwards).count('aria-sort="ascending"') == 1
    assert f"sort=-{column}" in text_of(upwards)


def test_the_search_looks_at_rooms_and_at_who_opened_it(
    administrator: Client, seen: Seen, second: RoomSession
) -> None:
    assert cue_points(administrator.get(url(search="grace"))) == [second.cue_point_id]
    assert cue_points(administrator.get(url(search="breakout 1"))) == [seen.breakout.cue_point_id]
    assert len(cue_points(administrator.get(url(search="anatomy")))) == 2


def test_filters_narrow_the_list_and_stand_as_chips(
    administrator: Client, seen: Seen, second: RoomSession
) -> None:
    answer = administrator.get(url(least=2))
    assert cue_points(answer) == [second.cue_point_id]
    assert [chip.label for chip in answer.context["chips"]] == ["At least so many attendees: 2"]
    assert len(cue_points(administrator.get(url(room=seen.room.pk)))) == 2
    assert cue_points(administrator.get(url(room=second.room_id))) == [second.cue_point_id]
    assert administrator.get(url(room=seen.other_room.pk)).context["totals"].sessions == 0
    event = VirtualEvent.objects.create(account=seen.account, event_id="77")
    SessionEvent.objects.create(session=second, event=event)
    assert cue_points(administrator.get(url(event=event.pk))) == [second.cue_point_id]


def test_the_page_says_whether_breakout_minutes_add(administrator: Client, seen: Seen) -> None:
    assert "adds to the main sessions' time" in text_of(administrator.get(url()))
    seen.account.breakouts_add = False
    seen.account.save()
    assert "part of the main sessions' time already" in text_of(administrator.get(url()))
    factories.account("elsewhere")
    assert "differs between the accounts" in text_of(administrator.get(url()))


def test_a_teacher_sees_the_breakouts_of_the_given_room(
    teacher: Client, outsider: Client, seen: Seen
) -> None:
    foreign = factories.room(seen.account, "Foreign", parent=seen.other_room)
    factories.session(foreign, START + 5 * MINUTE)
    answer = teacher.get(url())
    assert cue_points(answer) == [seen.breakout.cue_point_id]
    assert "Botany" not in text_of(answer)
    assert {row["Session id"] for row in file_rows(teacher.get(url("breakouts-csv")))} == {
        seen.breakout.cue_point_id
    }
    assert "No room has been given to you yet" in text_of(outsider.get(url()))
    for page in ("breakouts", "breakouts-csv"):
        assert teacher.get(url(page, room=seen.other_room.pk)).status_code == 404


def test_whoever_has_a_breakout_room_alone_is_led_to_nothing_else(seen: Seen) -> None:
    client = signed_in(factories.teacher("of_breakout", [seen.breakout.room]))
    answer = client.get(url())
    assert cue_points(answer) == [seen.breakout.cue_point_id]
    assert "href" not in cell(answer, "main_room")
    assert "in a room that you don't see" in cell(answer, "main_session").replace("&#x27;", "'")


def test_anonymous_is_asked_to_sign_in(client: Client, seen: Seen) -> None:
    for page in ("breakouts", "breakouts-csv", "breakouts-xlsx"):
        assert client.get(url(page)).status_code == 302


@pytest.mark.parametrize(
    "query", [{"from": "x"}, {"sort": "host"}, {"least": "0"}, {"tz": "Mars"}, {"page": "0"}]
)
@pytest.mark.parametrize("page", ["breakouts", "breakouts-csv"])
def test_an_address_that_cannot_be_read_is_400_with_the_form(
    administrator: Client, seen: Seen, query: dict[str, str], page: str
) -> None:
    answer = administrator.get(url(page, **query))
    assert answer.status_code == 400
    assert 'name="search"' in text_of(answer)
    assert seen.breakout.cue_point_id not in text_of(answer)


def test_the_file_holds_the_rows_of_the_page(
    administrator: Client, seen: Seen, second: RoomSession
) -> None:
    wanted = {"search": "breakout", "sort": "-attendees"}
    lines = [row.record for row in administrator.get(url(**wanted)).context["table"].rows]
    rows = file_rows(administrator.get(url("breakouts-csv", **wanted)))
    assert [row["Session id"] for row in rows] == [line.cue_point_id for line in lines]
    assert [row["Session id"] for row in rows] == [second.cue_point_id, seen.breakout.cue_point_id]
    assert [int(row["Attendees"]) for row in rows] == [line.attendee_count for line in lines]
    assert [int(row["Time in session (s)"]) for row in rows] == [
        line.view_seconds for line in lines
    ]
    assert [row["Opened by"] for row in rows] == [line.initiator for line in lines]
    assert [row["Main session id"] for row in rows] == ["", seen.session.cue_point_id]


def test_the_file_in_kaltura_s_columns_is_its_report_of_breakouts(
    administrator: Client, seen: Seen
) -> None:
    (row,) = file_rows(administrator.get(url("breakouts-csv", shape="kaltura")))
    assert list(row) == [
        *("parent_entry_id", "parent_entry_name", "breakout_entry_id", "breakout_entry_name"),
        *("cue_point_id", "session_initiator", "session_start_time", "session_end_time"),
        *("duration", "participant_count", "engagement_rate"),
    ]
    assert row["duration"] == "3600"
    assert row["engagement_rate"] == "0.5"
    assert AccessLogEntry.objects.get(action="exported").target == "breakouts"


def test_a_workbook_can_be_had(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(url("breakouts-xlsx"))
    assert "rollcall-breakouts-2026-01-12" in answer.headers["Content-Disposition"]
    assert b"".join(answer.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]


def test_an_empty_page_says_why_and_what_next(administrator: Client, seen: Seen) -> None:
    later = {"from": "2026-03-01", "to": "2026-03-31"}
    factories.session(seen.room, START + timedelta(days=20))  # no breakout
    answer = administrator.get(url(**later))
    assert "No breakout fits" in text_of(answer)
    assert "The latest one of all started on Mon 12 Jan" in text_of(answer)
    found = administrator.get(f"{url().partition('?')[0]}?{answer.context['latest_query']}")
    assert cue_points(found) == [seen.breakout.cue_point_id]
    RoomSession.objects.breakouts().delete()
    assert "No breakout has been found so far" in text_of(administrator.get(url()))


@pytest.mark.django_db
def test_an_account_without_any_sync_leads_to_syncing(administrator: Client) -> None:
    factories.account()
    assert "Nothing has been synced yet" in text_of(administrator.get(url()))


@pytest.mark.parametrize("more", [0, 60])
def test_the_number_of_queries_does_not_grow(
    administrator: Client,
    seen: Seen,
    more: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for minute in range(more):
        factories.session(seen.breakout.room, START + minute * MINUTE, main_session=seen.session)
    with django_assert_max_num_queries(16):
        answer = administrator.get(url())
    assert ("1–50 of 61" in text_of(answer)) is bool(more)


def test_pages_only_read(administrator: Client, seen: Seen) -> None:
    for page in ("breakouts", "breakouts-csv", "breakouts-xlsx"):
        assert administrator.post(url(page)).status_code == 405
