"""Whole files of a small world, to the letter."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from pytest_django import DjangoAssertNumQueries

from reports.exports.columns import Name, Shape
from reports.exports.csv_file import BYTE_ORDER_MARK, stream_csv
from reports.exports.export import NAMES, SHAPES, Export, file_name, open_export, table_of
from reports.exports.workbook import write_xlsx
from reports.kaltura import REPORTS
from reports.models import RoomSession
from reports.queries.sessions import SessionFilter
from tests.exports.small_world import EVENING, HASHED, MORNING, build

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
E, M = int(EVENING.timestamp()), int(MORNING.timestamp())


@pytest.fixture(autouse=True)
def world(db: None) -> None:
    build()


def export(name: Name, shape: Shape, zone: ZoneInfo = BERLIN) -> Export:
    return open_export(name, shape, RoomSession.objects.all(), SessionFilter(), zone)


def csv_text(name: Name, shape: Shape) -> str:
    return "".join(stream_csv(export(name, shape)))


def sheet_rows(name: Name, shape: Shape) -> Iterator[tuple[object, ...]]:
    file = io.BytesIO()
    write_xlsx(export(name, shape), file)
    yield from openpyxl.load_workbook(file).active.iter_rows(values_only=True)


def test_sessions_as_kaltura_names_them() -> None:
    assert csv_text("sessions", "kaltura") == (
        "entry_id,entry_name,parent_entry_id,cue_point_id,session_start_time,session_end_time,"
        "session_host_user_id,meeting_view_period_unique_users,meeting_engaged_play_time_ratio\r\n"
        f'1_main,"=HYPERLINK(""x""), ""A""",,1_night,{E},{E + 3600},"Dr. O\'Neil, Ada",3,0.25\r\n'
        f'1_breakout,"Gruppe ä;\nש",1_main,1_breakout_s,{E + 600},{E + 1200},Ada,1,0.01\r\n'
        f'1_main,"=HYPERLINK(""x""), ""A""",,1_open,{M},{M},,1,0\r\n'
        f'1_breakout,"Gruppe ä;\nש",1_main,1_unknown,{M + 7200},{M + 7260},Dr. Ada Host,,\r\n'
        '1_main,"=HYPERLINK(""x""), ""A""",,1_no_facts,,,,,\r\n'
    )


def test_attendees_as_kaltura_names_them() -> None:
    assert csv_text("attendees", "kaltura") == (
        "entry_id,cue_point_id,user_id,user_name,user_email,user_type,meeting_view_time,"
        "meeting_engaged_play_time_ratio\r\n"
        "1_main,1_night,amara,+Amara 🎓,a@example.org,User,60.016666666667,0.24993057484032\r\n"
        "1_main,1_night,li.wei,李伟,,User,3.3166666666667,0\r\n"
        f"1_main,1_night,{HASHED},,,Guest,3.3333333333333,0.5\r\n"
        "1_breakout,1_breakout_s,li.wei,李伟,,User,1.6666666666667,0.01\r\n"
        "1_main,1_open,li.wei,李伟,,User,0,0\r\n"
        "1_breakout,1_unknown,li.wei,李伟,,User,,\r\n"
    )


def test_breakouts_as_kaltura_names_them() -> None:
    names = '1_main,"=HYPERLINK(""x""), ""A""",1_breakout,"Gruppe ä;\nש"'
    assert csv_text("breakouts", "kaltura") == (
        "parent_entry_id,parent_entry_name,breakout_entry_id,breakout_entry_name,cue_point_id,"
        "session_initiator,session_start_time,session_end_time,duration,participant_count,"
        "engagement_rate\r\n"
        f"{names},1_breakout_s,@ada,{E + 600},{E + 1200},600,1,0.01\r\n"
        f"{names},1_unknown,,{M + 7200},{M + 7260},60,,\r\n"
    )


def read_full(name: Name) -> list[dict[str, str]]:
    """Return the lines of a file by the columns' keys."""
    text = csv_text(name, "full")
    assert text.startswith(BYTE_ORDER_MARK)
    titles, *lines = csv.reader(io.StringIO(text[1:], newline=""))
    columns = table_of(name, "full").columns
    assert titles == [str(column.title) for column in columns]
    return [dict(zip([c.key for c in columns], line, strict=True)) for line in lines]


def test_sessions_for_people() -> None:
    night, _, open_one, unknown, no_facts = read_full("sessions")
    assert night == {
        "account": "Uni, Nord",
        "room": '\'=HYPERLINK("x"), "A"',
        "room_id": "1_main",
        "main_room": "",
        "main_room_id": "",
        "session_id": "1_night",
        "main_session_id": "",
        "host": "Dr. O'Neil, Ada",
        "start": "2026-03-29 00:30:00",
        "end": "2026-03-29 01:30:00",
        "time_zone": "Europe/Berlin",
        "start_utc": "2026-03-28T23:30:00Z",
        "end_utc": "2026-03-29T00:30:00Z",
        "length": "60.0",
        "length_seconds": "3600",
        "attendees": "3",
        "guests": "1",
        "time_in_session": "66.7",
        "view_seconds": "4000",
        "engaged_time": "16.7",
        "engaged_seconds": "1000",
        "engagement": "25.0",
        "kaltura_unique_users": "",
        "status": "complete",
    }
    assert (open_one["start"], open_one["start_utc"]) == (
        "2026-03-29 10:00:00",  # summer time by now
        "2026-03-29T08:00:00Z",
    )
    assert (open_one["end"], open_one["length"], open_one["engagement"]) == ("", "", "")
    assert (open_one["view_seconds"], open_one["status"]) == ("0", "still open or never closed")
    figures = {unknown[key] for key in ("attendees", "view_seconds", "engagement", "guests")}
    assert figures == {""}
    assert (unknown["length_seconds"], unknown["status"]) == ("60", "attendance partly unknown")
    assert {no_facts[key] for key in ("start", "end", "start_utc", "length")} == {""}
    assert no_facts["status"] == "times and attendance partly unknown"


def test_attendees_for_people() -> None:
    amara, li, unknown, in_breakout, in_open, partly = read_full("attendees")
    assert amara == {
        "account": "Uni, Nord",
        "room": '\'=HYPERLINK("x"), "A"',
        "room_id": "1_main",
        "main_room": "",
        "session_id": "1_night",
        "start": "2026-03-29 00:30:00",
        "end": "2026-03-29 01:30:00",
        "time_zone": "Europe/Berlin",
        "start_utc": "2026-03-28T23:30:00Z",
        "end_utc": "2026-03-29T00:30:00Z",
        "length": "60.0",
        "length_seconds": "3600",
        "status": "complete",
        "name": "'+Amara 🎓",
        "user_id": "amara",
        "email": "a@example.org",
        "user_type": "User",
        "remark": "",
        "time_in_session": "60.0",
        "view_seconds": "3601",
        "engaged_time": "15.0",
        "engaged_seconds": "900",
        "engagement": "25.0",
        "share_attended": "100.0",
        "is_over": "yes",
    }
    assert (li["share_attended"], li["is_over"], li["engagement"]) == ("5.5", "", "0.0")
    assert unknown["remark"] == "without a Kaltura user id: known in one session only"
    assert in_breakout["status"] == "Kaltura's reports disagree"
    assert (in_open["share_attended"], in_open["engagement"]) == ("", "")
    assert (partly["view_seconds"], partly["engagement"], partly["share_attended"]) == ("", "", "")
    assert partly["status"] == "attendance partly unknown"


def test_breakouts_for_people() -> None:
    whole, unknown = read_full("breakouts")
    assert whole["room"] == "Gruppe ä;\nש"
    assert whole["main_room"] == '\'=HYPERLINK("x"), "A"'
    assert (whole["main_session_id"], whole["initiator"]) == ("1_night", "'@ada")
    assert (whole["kaltura_participant_count"], whole["attendees"]) == ("2", "1")
    assert (whole["kaltura_engagement_rate"], whole["engagement"]) == ("1.2", "1.0")
    assert (unknown["main_session_id"], unknown["attendees"]) == ("", "")


@pytest.mark.parametrize("name", NAMES)
def test_a_workbook_holds_what_the_csv_holds(name: Name) -> None:
    columns = table_of(name, "full").columns
    titles, *rows = sheet_rows(name, "full")
    assert titles == tuple(str(column.title) for column in columns)
    lines = read_full(name)
    assert len(rows) == len(lines)
    for row, line in zip(rows, lines, strict=True):
        for column, cell in zip(columns, row, strict=True):
            text = line[column.key]
            if column.kind == "text":
                assert (cell or "") in (text, text.removeprefix("'"))
            elif cell is None:
                assert text == ""
            elif isinstance(cell, datetime):
                assert cell.isoformat(" ") == text
            elif isinstance(cell, str):
                assert cell == text
            else:
                assert cell == float(text)


@pytest.mark.parametrize("name", NAMES)
def test_a_workbook_in_kalturas_shape_holds_the_same_numbers(name: Name) -> None:
    titles, *rows = sheet_rows(name, "kaltura")
    header, *lines = csv.reader(io.StringIO(csv_text(name, "kaltura"), newline=""))
    assert list(titles) == header
    for row, line in zip(rows, lines, strict=True):
        for cell, text in zip(row, line, strict=True):
            assert cell == float(text) if isinstance(cell, int | float) else (cell or "") == text


@pytest.mark.parametrize("report_id", REPORTS)
def test_the_columns_are_exactly_the_report_s(report_id: int) -> None:
    spec = REPORTS[report_id]
    columns = table_of(spec.name, "kaltura").columns  # type: ignore[arg-type]
    assert tuple(column.title for column in columns) == spec.column_names


def test_the_file_keeps_the_page_s_order() -> None:
    shown = open_export(
        "sessions", "kaltura", RoomSession.objects.all(), SessionFilter(order="-start"), BERLIN
    )
    lines = list(csv.DictReader(io.StringIO("".join(stream_csv(shown)), newline="")))
    assert lines[0]["cue_point_id"] == "1_no_facts"
    assert lines[-1]["cue_point_id"] == "1_night"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_header_comes_before_anything_is_read(
    name: Name, shape: Shape, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert next(stream_csv(export(name, shape))).endswith("\r\n")
    # The order, the sessions; who was there, and who that is.
    with django_assert_num_queries(4 if name == "attendees" else 2):
        list(stream_csv(export(name, shape)))


def test_rows_are_counted_as_they_are_written() -> None:
    written = export("attendees", "full")
    list(stream_csv(written))
    assert written.row_count == 6


def test_a_sheet_that_is_full_goes_on_in_another() -> None:
    file = io.BytesIO()
    written = export("attendees", "full")
    write_xlsx(written, file, sheet_rows=4)
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Attendees", "Attendees 2", "Definitions"]
    assert [sheet.max_row for sheet in book.worksheets[:2]] == [5, 3]
    assert next(book["Attendees 2"].values)[0] == "Account"
    assert written.row_count == 6


def test_each_defined_column_is_explained_in_the_workbook() -> None:
    file = io.BytesIO()
    write_xlsx(export("sessions", "full"), file)
    told = {row[0]: row[1] for row in openpyxl.load_workbook(file)["Definitions"].values}
    assert "re-joins added up" in str(told["Time in session (min)"])
    assert set(told) > {"Attendees", "Engagement (%)", "Length (min)", "Status"}


def test_a_download_is_named_for_what_it_is() -> None:
    table = table_of("sessions", "full")
    assert file_name(table, "csv") == "rollcall-sessions-full.csv"
    assert (
        file_name(table, "xlsx", EVENING, MORNING)
        == "rollcall-sessions-2026-03-28-2026-03-29-full.xlsx"
    )
