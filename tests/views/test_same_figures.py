"""The same number is the same on every page, in every chart and file, whoever looks, in any zone."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from reports.tables.figures import count_text, duration_text, share_text
from tests.views.conftest import signed_in
from tests.views.files import csv_rows, words_of, xlsx_rows
from tests.views.odd_world import OddWorld, Sums, odd_world, sums_of

HOUR = timedelta(hours=1)
# The clocks change on 29 March and 25 October in Berlin, on 8 March in New York, never in Kathmandu.
WORLDS = (
    (date(2026, 3, 27), 3.1 * HOUR),
    (date(2026, 3, 5), 5.75 * HOUR),
    (date(2026, 10, 21), 9.25 * HOUR),
)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu")
USERS = ("administrator", "of a room", "of a breakout")
SESSION_SECONDS = ("Time in session (s)", "Engaged time (s)")


@pytest.fixture(autouse=True)
def next_year() -> Iterator[None]:
    with time_machine.travel(datetime(2027, 1, 5, 9, tzinfo=UTC), tick=False):
        yield


class Reader:
    """Somebody who looks at the days of the world in a zone."""

    def __init__(self, world: OddWorld, user: str, zone: str) -> None:
        self.client: Client = signed_in(world.users[user][0])
        self.days = {"from": world.first_on, "to": world.last_on, "tz": zone}
        self.sessions = world.sessions(user, ZoneInfo(zone))
        self.sums = sums_of(self.sessions)

    def get(self, view: str, *args: object, **query: object) -> Any:
        answer = self.client.get(
            f"{reverse(f'reports:{view}', args=args)}?{urlencode(self.days | query)}"
        )
        assert answer.status_code == 200, view
        return answer


@pytest.fixture(params=[(user, zone) for user in USERS for zone in ZONES], ids=" in ".join)
def reader(request: pytest.FixtureRequest, db: None) -> Reader:
    """Each user in each zone, and each of them in each of the worlds."""
    user, zone = request.param
    world = WORLDS[(USERS.index(user) + ZONES.index(zone)) % len(WORLDS)]
    found = Reader(odd_world(*world), user, zone)
    assert found.sums.unknown_sessions
    assert found.sums.view_seconds
    return found


def added(rows: Iterable[Any], key: str) -> int:
    """Return the sum of what is known in the column."""
    return sum(int(row[key]) for row in rows if row[key] not in ("", None))


def same_rows(reader: Reader, view: str, **query: object) -> list[dict[str, str]]:
    """Return the rows of the CSV file, after comparing the workbook's with them, cell by cell."""
    rows = csv_rows(reader.get(f"{view}-csv", **query))
    book = xlsx_rows(reader.get(f"{view}-xlsx", **query))
    assert [[_written(value) for value in row.values()] for row in book] == [
        [_written(value) for value in row.values()] for row in rows
    ]
    assert not rows or list(rows[0]) == list(book[0])
    return rows


def _written(value: object) -> object:
    """Return a cell as both formats can be compared: numbers as numbers, times as text."""
    if value is None:
        return ""
    try:
        return float(str(value))
    except ValueError:
        return str(value)


def test_every_page_has_the_same_totals(reader: Reader) -> None:
    sums = reader.sums
    for view in ("overview", "sessions"):
        totals = reader.get(view).context["totals"]
        assert seen_of(totals) == seen_of(sums), view
    rooms = reader.get("rooms").context
    totals = rooms["totals"]
    assert totals.sessions + totals.breakout_sessions == sums.sessions
    assert (totals.unknown_sessions, rooms["people"]) == (sums.unknown_sessions, sums.people)
    people = reader.get("people").context["totals"]
    for found in (totals, people):
        assert figures_of(found) == figures_of(sums)
    assert (people.people, people.unknown_sessions) == (sums.people, sums.unknown_sessions)


def seen_of(sums: Any) -> tuple[Any, ...]:
    return (sums.sessions, sums.unknown_sessions, *figures_of(sums))


def figures_of(sums: Any) -> tuple[Any, ...]:
    return (sums.attendances, sums.view_seconds, sums.engaged_seconds)


def test_the_pages_say_the_totals_in_the_same_words(reader: Reader) -> None:
    sums = reader.sums
    engagement = (sums.engaged_seconds or 0) / (sums.view_seconds or 1)
    said = {one.key: one.text for one in reader.get("overview").context["headlines"]}
    assert {key: text.replace("\xa0", " ") for key, text in said.items()} == {
        "sessions": count_text(sums.sessions),
        "attendances": count_text(sums.attendances),
        "people": count_text(sums.people),
        "time_in_session": duration_text(sums.view_seconds).replace("\xa0", " "),
        "engagement": share_text(engagement).replace("\xa0", " "),
    }
    for view in ("sessions", "rooms", "people"):
        words = words_of(reader.get(view))
        for text in (duration_text(sums.view_seconds), share_text(engagement)):
            assert f'<dd class="value">{text}</dd>'.replace("\xa0", " ") in words, view


def test_the_charts_rows_add_up_to_the_headline(reader: Reader) -> None:
    context = reader.get("overview").context
    shown = context["trend_chart"].rows
    assert [total(shown, column) for column in (1, 2)] == [
        reader.sums.sessions,
        reader.sums.attendances,
    ]
    bars = context["trend_chart"].option["series"]
    known = [datum["value"] for one in bars for datum in one["data"] if datum["value"] is not None]
    assert sum(known) == reader.sums.sessions + (reader.sums.attendances or 0)
    rooms = context["rooms_chart"].rows
    assert len(rooms) < 8  # so that no room is left out of it but those without any time
    assert total(rooms, 3) == reader.sums.attendances
    guessed = sum(session.facts_asked_at is None for session in reader.sessions)
    assert total(context["heatmap_chart"].rows, 1) == reader.sums.sessions - guessed


def total(rows: Iterable[Any], column: int) -> int:
    """Return the sum of a chart's column, without what is unknown."""
    texts = [row.cells[column] for row in rows]
    return sum(int(text) for text in texts if text != "unknown")


def test_the_rows_of_the_files_add_up_to_the_totals(reader: Reader) -> None:
    sums = reader.sums
    rows = same_rows(reader, "sessions")
    assert len(rows) == sums.sessions
    assert added(rows, "Attendees") == sums.attendances
    unknown = [row for row in rows if row["Time in session (s)"] == ""]
    assert len(unknown) == sums.unknown_sessions
    assert {row[key] for row in unknown for key in ("Attendees", "Guests", "Engagement (%)")} == {
        ""
    }
    for view in ("rooms", "people", "people-attendances"):
        found = same_rows(reader, view)
        for one in (rows, found):
            assert tuple(added(one, key) for key in SESSION_SECONDS) == figures_of(sums)[1:], view
    assert len(same_rows(reader, "people")) == sums.people
    assert len(same_rows(reader, "people-attendances")) == sums.attendances
    assert added(same_rows(reader, "rooms"), "Attendances") == sums.attendances


def test_kalturas_columns_hold_the_same(reader: Reader) -> None:
    rows = same_rows(reader, "sessions", shape="kaltura")
    assert added(rows, "meeting_view_period_unique_users") == reader.sums.attendances
    attendances = same_rows(reader, "people-attendances", shape="kaltura")
    minutes = [float(row["meeting_view_time"]) for row in attendances]
    assert [len(minutes), round(sum(minutes) * 60)] == list(figures_of(reader.sums)[:2])


def test_breakouts_add_up_to_their_part(reader: Reader) -> None:
    part = [session for session in reader.sessions if session.room.parent_id]
    totals = reader.get("breakouts").context["totals"]
    assert seen_of(totals) == seen_of(sums_of(part))
    rows = same_rows(reader, "breakouts")
    assert len(rows) == len(part)
    assert added(rows, "Time in session (s)") == totals.view_seconds
    every = reader.get("sessions", kind="breakouts").context["totals"]
    main = reader.get("sessions", kind="main").context["totals"]
    assert seen_of(every) == seen_of(totals)
    assert main.sessions + every.sessions == reader.sums.sessions


def test_each_rooms_page_says_what_the_list_says(reader: Reader) -> None:
    lines = [row.record for row in reader.get("rooms").context["table"].rows]
    assert lines
    for line in lines:
        totals = reader.get("room", line.account_id, line.entry_id).context["totals"]
        assert totals.all_sessions == line.sessions + line.breakout_sessions
        assert figures_of(totals) == figures_of(line)
        assert (totals.people, totals.unknown_sessions) == (line.people, line.unknown_sessions)
        narrowed = reader.get("sessions", room=line.room_id).context["totals"]
        assert (narrowed.sessions, *figures_of(narrowed)) == (
            totals.all_sessions,
            *figures_of(totals),
        )
        assert reader.get("people", room=line.room_id).context["totals"].people == line.people


def test_the_pages_of_people_add_up_to_the_list(reader: Reader) -> None:
    lines = [row.record for row in reader.get("people").context["table"].rows]
    pages = [reader.get("person", line.person_id).context for line in lines]
    assert [page["line"] for page in pages] == lines
    sums = Sums(
        sessions=reader.sums.sessions,
        unknown_sessions=reader.sums.unknown_sessions,
        attendances=sum(line.sessions + line.breakouts for line in lines),
        people=len(lines),
        view_seconds=sum(page["line"].view_seconds for page in pages),
        engaged_seconds=sum(page["line"].engaged_seconds for page in pages),
    )
    assert sums == reader.sums
    for line, page in zip(lines, pages, strict=True):
        rows = csv_rows(reader.get("person-csv", line.person_id))
        assert len(rows) == page["totals"]["sessions"]
        assert len(rows) - page["unknown_sessions"] == line.sessions + line.breakouts
        assert added(rows, "Time in session (s)") == line.view_seconds


def test_first_and_latest_are_starts_that_are_known(reader: Reader) -> None:
    known = [session for session in reader.sessions if session.facts_asked_at]
    of_rooms = [row.record for row in reader.get("rooms").context["table"].rows]
    starts = sorted(session.started_at for session in known)
    assert min(line.first_at for line in of_rooms if line.first_at) == starts[0]
    assert max(line.latest_at for line in of_rooms if line.latest_at) == starts[-1]
    attended: dict[int, list[datetime]] = {}
    for session in known:
        if session.view_seconds is not None:
            for key in set(session.attendances.values_list("person", flat=True)):
                attended.setdefault(key, []).append(session.started_at)
    lines = [row.record for row in reader.get("people").context["table"].rows]
    assert {line.person_id: (line.first_at, line.latest_at) for line in lines} == {
        line.person_id: (
            min(attended.get(line.person_id, []), default=None),
            max(attended.get(line.person_id, []), default=None),
        )
        for line in lines
    }


def test_each_sessions_page_says_what_the_list_says(reader: Reader) -> None:
    for session in reader.sessions:
        of_session = (session.account_id, session.cue_point_id)
        page = reader.get("session", *of_session).context
        rows = csv_rows(reader.get("session-attendees-csv", *of_session))
        assert len(rows) == page["attendee_count"]
        if session.view_seconds is None:
            assert page["line"].attendee_count is None
            assert {row["Time in session (s)"] for row in rows} == {""}
        else:
            assert page["line"].attendee_count == len(rows)
            assert added(rows, "Time in session (s)") == page["line"].view_seconds
