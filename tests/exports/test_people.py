"""The files of the list of people: a row for each of them, and every attendance."""

import csv
import io
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from pytest_django import DjangoAssertNumQueries

from reports.access import Viewer
from reports.definitions import DEFINITIONS
from reports.exports.columns import Shape
from reports.exports.csv_file import stream_csv
from reports.exports.export import Export
from reports.exports.people import PEOPLE_TABLE, open_attendances, open_people
from reports.exports.workbook import write_xlsx
from reports.models import RoomSession
from reports.queries import attendees
from reports.queries.people import PersonFilter, person_lines, person_totals
from reports.queries.sessions import SessionFilter, session_list
from tests import factories as make
from tests.factories import START

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
SESSIONS = session_list(RoomSession.objects.all(), SessionFilter())


@pytest.fixture
def viewer() -> Viewer:
    return Viewer(make.administrator(), is_administrator=True)


@pytest.fixture(autouse=True)
def lesson() -> None:
    """Two sessions and a breakout; one person in all of them, a guest in one; one not whole."""
    account = make.account("Uni, Nord")
    room = make.room(account)
    amara = make.person(account, name="=Amara", email="a@example.org")
    guest = make.person(account, "", name="Guest One", email="", is_placeholder=True)
    first = make.whole_session(room, [(amara, 3601, 900)], cue_point_id="1_first")
    make.attendance(first, guest, 200, 100, user_type="Guest")
    RoomSession.objects.filter(pk=first.pk).update(
        attendee_count=2, view_seconds=3801, engaged_seconds=1000
    )
    breakout = make.room(account, "Group 1", parent=room)
    make.whole_session(breakout, [(amara, 60, 60)], START + HOUR / 6, cue_point_id="1_breakout")
    make.whole_session(room, [(amara, 39, 0)], START + 24 * HOUR, cue_point_id="1_second")
    unknown = make.unknown_session(room, START + 48 * HOUR, cue_point_id="1_unknown")
    make.attendance(unknown, amara, 10, 0)


def read(export: Export) -> list[dict[str, str]]:
    text = "".join(stream_csv(export)).removeprefix("\ufeff")
    titles, *lines = csv.reader(io.StringIO(text, newline=""))
    assert titles == [str(column.title) for column in export.table.columns]
    keys = [column.key for column in export.table.columns]
    return [dict(zip(keys, line, strict=True)) for line in lines]


def attendances(shape: Shape = "full", **wanted: Any) -> list[dict[str, str]]:
    return read(open_attendances(SESSIONS.all(), PersonFilter(**wanted), shape, BERLIN))


def test_a_row_for_each_person_with_times_in_minutes_and_seconds() -> None:
    amara, guest = read(open_people(SESSIONS.all(), PersonFilter(order="-sessions"), BERLIN))
    assert amara == {
        "account": "Uni, Nord",
        "name": "'=Amara",
        "user_id": "amara.okafor",
        "email": "a@example.org",
        "user_type": "User",
        "remark": "",
        "sessions": "2",
        "breakouts": "1",
        "time_in_session": "61.7",
        "view_seconds": "3700",
        "engaged_time": "16.0",
        "engaged_seconds": "960",
        "engagement": "25.9",
        "first": "2026-01-12 10:00:00",
        "latest": "2026-01-13 10:00:00",
        "time_zone": "Europe/Berlin",
        "first_utc": "2026-01-12T09:00:00Z",
        "latest_utc": "2026-01-13T09:00:00Z",
    }
    assert (guest["user_id"], guest["user_type"]) == ("", "Guest")
    assert guest["remark"] == "without a Kaltura user id: known in one session only"


def test_every_person_who_is_on_the_page_is_in_the_file_with_the_same_figures(
    viewer: Viewer,
) -> None:
    wanted = PersonFilter(order="-time_in_session")
    lines = person_lines(viewer, SESSIONS.all(), wanted)
    rows = read(open_people(SESSIONS.all(), wanted, BERLIN))
    assert [(row["user_id"], int(row["view_seconds"])) for row in rows] == [
        (line.user_id, line.view_seconds) for line in lines
    ]


def test_each_column_has_its_own_key_and_title_and_each_figure_a_definition() -> None:
    columns = PEOPLE_TABLE.columns
    assert len({column.key for column in columns}) == len(columns)
    assert len({str(column.title) for column in columns}) == len(columns)
    for column in columns:
        assert column.definition in {"", *DEFINITIONS}
        if column.kind in ("minutes", "percent", "count"):
            assert column.definition, column.key


def test_the_workbook_holds_the_same_people() -> None:
    file = io.BytesIO()
    write_xlsx(open_people(SESSIONS.all(), PersonFilter(), BERLIN), file)
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["People", "Definitions"]
    _titles, *rows = book["People"].values
    assert [row[1] for row in rows] == ["=Amara", "Guest One"]  # a text, no formula
    assert [row[9] for row in rows] == [3700, 200]


def test_every_attendance_is_as_many_rows_as_the_page_counts(viewer: Viewer) -> None:
    rows = attendances()
    totals = person_totals(viewer, SESSIONS.all())
    assert len(rows) == totals.attendances == 4
    assert sum(int(row["view_seconds"]) for row in rows) == totals.view_seconds
    assert "1_unknown" not in {row["session_id"] for row in rows}


def test_in_kaltura_s_columns_the_same_attendances_stand_verbatim() -> None:
    rows = attendances("kaltura")
    assert [(row["cue_point_id"], row["user_name"]) for row in rows] == [
        ("1_first", "=Amara"),
        ("1_first", "Guest One"),
        ("1_breakout", "=Amara"),
        ("1_second", "=Amara"),
    ]
    assert list(rows[0])[-2:] == ["meeting_view_time", "meeting_engaged_play_time_ratio"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"search": "guest one"}, ["1_first"]),
        ({"user_type": "Guest"}, ["1_first"]),
        ({"user_type": "User"}, ["1_first", "1_breakout", "1_second"]),
        ({"least_sessions": 2}, ["1_first", "1_breakout", "1_second"]),
        ({"least_sessions": 3}, []),
        ({"search": "nobody"}, []),
    ],
)
def test_a_filter_on_people_filters_their_attendances(
    viewer: Viewer, wanted: dict[str, Any], found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = attendances(**wanted)
    assert [row["session_id"] for row in rows] == found
    totals = person_totals(viewer, SESSIONS.all(), PersonFilter(**wanted))
    assert totals.attendances == len(rows)
    monkeypatch.setattr(attendees, "MOST_KEYS", 0)  # as of many people: picked out row by row
    assert attendances(**wanted) == rows


def test_nothing_is_read_before_the_header_is_written(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        next(stream_csv(open_people(SESSIONS.all(), PersonFilter(), BERLIN)))
        narrowed = PersonFilter(least_sessions=2)
        next(stream_csv(open_attendances(SESSIONS.all(), narrowed, "full", BERLIN)))


def test_sessions_without_the_wanted_people_are_not_read(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(attendees, "SESSIONS_AT_ONCE", 1)
    # Who is found, who of them came, the key of one session, its facts, who was there, who that is.
    with django_assert_num_queries(6):
        assert len(attendances(search="guest")) == 1
