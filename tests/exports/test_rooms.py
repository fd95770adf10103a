"""The file of rooms, to the letter."""

import csv
import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from reports.access import Viewer
from reports.definitions import DEFINITIONS
from reports.exports.csv_file import BYTE_ORDER_MARK, stream_csv
from reports.exports.export import Export
from reports.exports.rooms import ROOMS, open_rooms_export
from reports.exports.workbook import write_xlsx
from reports.models import RoomSession
from reports.queries.rooms import room_lines, with_people
from tests import factories
from tests.exports.small_world import EVENING, MORNING, build

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def export(db: None) -> Export:
    account = build()
    quiet = factories.room(account, "Quiet", entry_id="1_quiet")
    factories.unknown_session(quiet, MORNING, facts_asked_at=None)
    viewer = Viewer(factories.administrator(), is_administrator=True)
    sessions = RoomSession.objects.all()
    lines = with_people(viewer, sessions, room_lines(viewer, sessions))
    return open_rooms_export(lines, BERLIN)


def test_rooms_for_people(export: Export) -> None:
    text = "".join(stream_csv(export))
    assert text.startswith(BYTE_ORDER_MARK)
    titles, *lines = csv.reader(io.StringIO(text[1:], newline=""))
    assert titles == [str(column.title) for column in ROOMS.columns]
    main, quiet = (
        dict(zip([column.key for column in ROOMS.columns], line, strict=True)) for line in lines
    )
    assert main == {
        "account": "Uni, Nord",
        "room": '\'=HYPERLINK("x"), "A"',
        "room_id": "1_main",
        "sessions": "3",
        "breakouts": "2",
        "unknown_sessions": "2",
        "attendances": "5",
        "people": "3",
        "mean_attendees": "2.0",
        "time_in_session": "68.3",
        "view_seconds": "4100",
        "breakout_time": "1.7",
        "breakout_view_seconds": "100",
        "engaged_time": "16.7",
        "engaged_seconds": "1001",
        "engagement": "24.4",
        "first": "2026-03-29 00:30:00",
        "latest": "2026-03-29 12:00:00",
        "time_zone": "Europe/Berlin",
        "first_utc": "2026-03-28T23:30:00Z",
        "latest_utc": f"{MORNING + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}",
    }
    assert EVENING.hour == 23
    known = ("account", "room", "room_id", "sessions", "breakouts", "unknown_sessions")
    empty = {key: value for key, value in quiet.items() if key not in known and key != "time_zone"}
    assert empty.pop("breakout_time") == "0.0"  # it has no breakouts, and that is known
    assert empty.pop("breakout_view_seconds") == "0"
    assert set(empty.values()) == {""}


def test_numbers_are_numbers_in_the_workbook_and_their_definitions_stand_beside(
    export: Export,
) -> None:
    file = io.BytesIO()
    write_xlsx(export, file)
    workbook = openpyxl.load_workbook(file)
    sheet = workbook["Rooms"]
    titles, main, _quiet = sheet.iter_rows(values_only=True)
    row = dict(zip(titles, main, strict=True))
    assert row["Attendees per session"] == 2.0
    assert row["Engagement (%)"] == 24.4
    assert row["Room"] == '=HYPERLINK("x"), "A"'
    assert sheet.cell(2, titles.index("Attendees per session") + 1).number_format == "0.0"
    defined = [cells[0] for cells in workbook["Definitions"].iter_rows(values_only=True)]
    assert "Attendees per session" in defined


def test_each_column_has_its_own_key_and_title_and_a_known_definition() -> None:
    columns = ROOMS.columns
    assert len({column.key for column in columns}) == len(columns)
    assert len({str(column.title) for column in columns}) == len(columns)
    assert {column.definition for column in columns} - {""} <= DEFINITIONS.keys()
    for column in columns:
        if column.kind in ("minutes", "percent", "count", "mean"):
            assert column.definition, column.key
