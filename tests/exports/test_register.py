"""The files of a register say what its rows say, for people, for who computes, and for Moodle."""

import csv
import io
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from reports.analytics.presence import Mark
from reports.exports.csv_file import stream_csv
from reports.exports.export import Export
from reports.exports.moodle_presets import STATUSES, open_gradebook, open_marked_session
from reports.exports.register import RegisterShown, class_titles, open_register
from reports.exports.register_tidy import open_register_tidy
from reports.exports.workbook import write_xlsx
from reports.models import Enrolment, PartCheck, RoomSession, SessionPart
from reports.queries.register import course_register
from reports.queries.seats import Row
from tests import factories
from tests.exports.moodle_importers import import_grades, mark_session
from tests.factories import START
from tests.register_world import (
    BAD_NAME,
    BAD_REASON,
    BAD_ROOM,
    DAY,
    RegisterWorld,
    register_world,
)

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = "2026-01-12 10:00 Anatomy; '=1+1"
TUESDAY, WEDNESDAY = "2026-01-13 10:00 Lab", "2026-01-14 10:00 Lab"


@pytest.fixture
def world(db: None) -> RegisterWorld:
    return register_world()


def shown_of(world: RegisterWorld) -> RegisterShown:
    every = RoomSession.objects.all()
    register = course_register(world.course, every, START - 30 * DAY, START + 30 * DAY)
    return RegisterShown(register, register.rows, BERLIN, date(2026, 1, 1), date(2026, 1, 31))


def text_of(export: Export) -> str:
    return "".join(stream_csv(export))


def rows_of(export: Export) -> list[dict[str, str]]:
    text = text_of(export).removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def by_user(rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    return {row["Moodle user id"]: row for row in rows}


def book_of(export: Export) -> Any:
    file = io.BytesIO()
    write_xlsx(export, file)
    return openpyxl.load_workbook(file)


def cells(book: Any) -> list[dict[str, Any]]:
    head, *rows = book.worksheets[0].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


# A row for each learner -----------------------------------------------------------------------------


def test_a_learner_s_row_has_each_class_and_what_they_add_up_to(world: RegisterWorld) -> None:
    rows = by_user(rows_of(open_register(shown_of(world))))
    ana, ben = rows["11"], rows["12"]
    assert (ana[f"{MONDAY} presence"], ana[f"{MONDAY} minutes"]) == ("present", "45.0")
    assert ana[f"{MONDAY} share (%)"] == "75.0"
    assert (ana[f"{TUESDAY} presence"], ana[f"{TUESDAY} minutes"]) == ("present", "50.0")
    assert ana["Classes attended (%)"] == "100.0"
    assert (ana["Time in all classes (min)"], ana["Time in all classes (s)"]) == ("95.0", "5700")
    assert (ben["Absent"], ben["Excused"], ben["Unknown"]) == ("1", "1", "1")
    assert ben["Classes attended (%)"] == "0.0"
    assert (ben["Rule"], ben["Whose rule"], ben["Rule version"]) == (
        "Present: at least 75\xa0% of the class.",
        "built in",
        "",
    )
    assert (ben["Time zone"], ben["From"], ben["To"]) == (
        "Europe/Berlin",
        "2026-01-01",
        "2026-01-31",
    )


def test_what_isn_t_known_is_a_word_and_no_figure(world: RegisterWorld) -> None:
    rows = by_user(rows_of(open_register(shown_of(world))))

    def seat(user: str, title: str) -> tuple[str, str, str]:
        row = rows[user]
        return row[f"{title} presence"], row[f"{title} minutes"], row[f"{title} share (%)"]

    assert seat("12", MONDAY) == ("absent", "0.0", "0.0")  # that is known
    assert seat("11", WEDNESDAY) == ("unknown", "", "")
    assert seat("12", WEDNESDAY) == ("unknown", "40.0", "")  # of a length that isn't
    assert seat("13", MONDAY) == ("not enrolled then", "", "")
    assert seat("14", MONDAY) == ("absent", "20.0", "33.3")
    assert seat("14", TUESDAY) == ("not enrolled then", "", "")
    erased = rows["15"]
    assert (erased["Name"], erased["State"]) == ("", "erased")
    assert (erased["Unknown"], erased["Classes attended (%)"]) == ("3", "")
    assert (erased["Time in all classes (min)"], erased["Time in all classes (s)"]) == ("", "")
    assert (rows["14"]["State"], rows["13"]["State"]) == ("left", "enrolled")


def test_time_of_who_was_not_enrolled_then_is_in_no_total(world: RegisterWorld) -> None:
    cleo = factories.person(world.account, "cleo")
    factories.attendance(world.monday, cleo, 600)
    shown = shown_of(world)
    rows = by_user(rows_of(open_register(shown)))
    assert rows["13"][f"{MONDAY} minutes"] == "10.0"
    on_page = {row.line.moodle_user_id: row.seconds for row in shown.rows}
    assert on_page["13"] == 0
    for user, seconds in on_page.items():
        assert rows[user]["Time in all classes (s)"] == ("" if seconds is None else str(seconds))


def test_a_correction_stands_beside_what_was_computed(world: RegisterWorld) -> None:
    rows = by_user(rows_of(open_register(shown_of(world))))
    assert rows["12"][f"{TUESDAY} presence"] == "excused"
    said = rows["12"][f"{TUESDAY} correction"]
    assert said.startswith("excused instead of absent, by Tina Teacher, 2026-01-15 10:00: ill")
    assert rows["11"][f"{TUESDAY} correction"] == ""
    assert f"{MONDAY} correction" not in rows["12"]


def test_nothing_in_a_file_is_calculated(world: RegisterWorld) -> None:
    for opened in (open_register, open_register_tidy):
        text = text_of(opened(shown_of(world)))[1:]
        for delimiter in ",;":  # where lists are separated by the one or by the other
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            shown = [cell.lstrip('" \r\n') for row in rows for cell in row]
            assert not [cell for cell in shown if cell.startswith("=")]
        export = opened(shown_of(world))
        sheet = book_of(export).worksheets[0]
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        assert BAD_NAME in {cell.value for row in sheet.iter_rows() for cell in row}


def test_the_workbook_has_the_same_rows_and_says_what_they_mean(world: RegisterWorld) -> None:
    doubted = {"asked_at": START + 9 * DAY, "check_result": PartCheck.MISMATCH}
    day = factories.tile(world.account, world.wednesday.started_at)
    SessionPart.objects.create(session=world.wednesday, tile=day, **doubted)
    shown = shown_of(world)
    book = book_of(open_register(shown))
    assert [sheet.title for sheet in book.worksheets] == ["Register", "Definitions"]
    rows = cells(book)
    assert [row["Moodle user id"] for row in rows] == [
        row["Moodle user id"] for row in rows_of(open_register(shown))
    ]
    ana = next(row for row in rows if row["Moodle user id"] == "11")
    monday = f"2026-01-12 10:00 {BAD_ROOM}"  # without an apostrophe: here it is no formula
    assert (ana[f"{monday} minutes"], ana[f"{WEDNESDAY} minutes"]) == (45, None)
    said = {row[0]: row[1] for row in book.worksheets[1].iter_rows(values_only=True)}
    assert said[monday] == "Length 60.0 min. 2 sessions, merged."
    assert said[WEDNESDAY] == "Length unknown. Kaltura's reports disagree about it."
    assert "connected" in said["… minutes"]
    assert {"Present", "Absent", "Rule"} <= said.keys()


def test_classes_that_begin_alike_have_titles_of_their_own(world: RegisterWorld) -> None:
    (one, *_rest) = shown_of(world).register.classes
    assert class_titles([one, one, one], BERLIN) == [
        "2026-01-12 10:00",
        "2026-01-12 10:00 (2)",
        "2026-01-12 10:00 (3)",
    ]


# A row for each learner in each class ---------------------------------------------------------------


def test_each_cell_has_a_row_with_all_that_speaks_for_it(world: RegisterWorld) -> None:
    shown = shown_of(world)
    rows = rows_of(open_register_tidy(shown))
    assert [(row["Moodle user id"], row["Class id"]) for row in rows] == [
        (row.line.moodle_user_id, one.cue_point_id)
        for row in shown.rows
        for one in shown.register.classes
    ]
    found = {(row["Moodle user id"], row["Class id"]): row for row in rows}
    merged = found["11", world.monday.cue_point_id]
    wanted = {
        "Start": "2026-01-12 10:00:00",
        "Start (UTC)": "2026-01-12T09:00:00Z",
        "End (UTC)": "2026-01-12T10:05:00Z",
        "Session ids": f"{world.monday.cue_point_id} {world.goes_on.cue_point_id}",
        "Merged": "yes",
        "Length of the class (s)": "3600",
        "Presence": "present",
        "Time in class (s)": "2700",
        "Share of the class (%)": "75.0",
        "In Kaltura as": "ana",
        "Matched by": "Kaltura's user id is the Moodle user name",
        "Time zone": "Europe/Berlin",
    }
    assert wanted.items() <= merged.items()
    two = found["11", world.tuesday.cue_point_id]
    assert two["In Kaltura as"] == "ana; Ana at home"
    assert two["Matched by"].endswith("; linked in this course")
    unknown = found["11", world.wednesday.cue_point_id]
    assert (unknown["Presence"], unknown["Enrolled then"]) == ("unknown", "enrolled")
    assert unknown["Remark"] == "still running or never closed"
    names = ("Time in class (min)", "Time in class (s)", "Share of the class (%)")
    assert [unknown[name] for name in (*names, "Time in breakouts (s)", "End")] == [""] * 5


def test_a_corrected_cell_says_who_when_and_why(world: RegisterWorld) -> None:
    rows = rows_of(open_register_tidy(shown_of(world)))
    (cell,) = [row for row in rows if row["Corrected to"]]
    wanted = {
        "Moodle user id": "12",
        "Presence": "excused",
        "Presence computed": "absent",
        "Corrected to": "excused",
        "Corrected by": "Tina Teacher",
        "Corrected at": "2026-01-15 10:00:00",
        "Corrected at (UTC)": "2026-01-15T09:00:00Z",
        "Contradicted by later data": "",
    }
    assert wanted.items() <= cell.items()
    book = book_of(open_register_tidy(shown_of(world)))
    assert BAD_REASON in [row["Reason"] for row in cells(book)]
    said = {row[0] for row in book.worksheets[1].iter_rows(values_only=True)}
    assert {row["Presence"] for row in cells(book)} <= said


# For Moodle's importers -----------------------------------------------------------------------------


def test_the_gradebook_takes_every_share_that_is_known(world: RegisterWorld) -> None:
    shown = shown_of(world)
    text = text_of(open_gradebook(shown))
    grades, feedback = import_grades(text, "User ID", grade="Attendance", feedback="Feedback")
    assert grades == {"11": 100.0, "12": 0.0, "13": 0.0}  # nobody who left or was erased
    by_name, _ = import_grades(text, "Username", grade="Attendance")
    assert by_name == {"ana": 100.0, "ben": 0.0, "cleo": 0.0}
    assert feedback["12"].startswith("Present in 0 of 1 classes, absent in 1, excused in 1 more")
    thirds = replace(shown, rows=[_ana(shown, "present", "present", "absent")])
    text = text_of(open_gradebook(thirds))
    assert import_grades(text, "User ID", grade="Attendance")[0] == {"11": 66.67}


def test_who_has_no_share_keeps_what_the_gradebook_has(world: RegisterWorld) -> None:
    shown = shown_of(world)
    unknown = [_with_marks(row, "unknown", "unknown", "excused") for row in shown.rows]
    export = open_gradebook(replace(shown, rows=unknown))
    assert import_grades(text_of(export), "User ID", grade="Attendance")[0] == {}


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"user_name": ""}, "Username"),  # an empty one is taken for the line before
        ({"user_name": "ANA"}, "Username"),  # Ana's
        ({"user_name": "-ben"}, "Username"),  # would need an apostrophe
        ({"email": " ben@example.org"}, "Email address"),  # would be trimmed
    ],
)
def test_an_identifier_that_is_not_everybody_s_own_is_not_offered(
    world: RegisterWorld, changes: dict[str, str], missing: str
) -> None:
    assert missing in text_of(open_gradebook(shown_of(world)))
    Enrolment.objects.filter(moodle_user_id="12").update(**changes)
    text = text_of(open_gradebook(shown_of(world)))
    assert missing not in text
    assert set(import_grades(text, "User ID", grade="Attendance")[0]) == {"11", "12", "13"}


@pytest.mark.parametrize("by", ["id", "username", "email"])
def test_the_attendance_activity_takes_the_marks_of_a_class(world: RegisterWorld, by: str) -> None:
    shown = shown_of(world)
    known = {"11": {"ana", "ana@example.org"}, "12": {"ben", "ben@example.org"}}
    users = {alias: user for user, names in known.items() for alias in {user, *names}}
    marks, problems = mark_session(text_of(open_marked_session(shown, 0)), by, users, "PLAE")
    assert (marks, problems) == ({"11": "P", "12": "A"}, [])
    marks, problems = mark_session(text_of(open_marked_session(shown, 1)), "id", users, "PLAE")
    assert marks == {"11": "P", "12": "E"}
    assert problems == ["13"]  # of whom that activity does not know: passed over
    assert mark_session(text_of(open_marked_session(shown, 2)), "id", users, "PLAE") == ({}, [])
    assert mark_session(text_of(open_marked_session(shown, None)), "id", users, "PLAE") == ({}, [])


def test_an_activity_in_another_language_has_other_marks(world: RegisterWorld) -> None:
    shown = shown_of(world)
    shown = replace(shown, rows=[_ana(shown, "partly", "partly", "partly")])
    export = open_marked_session(shown, 0, STATUSES | {Mark.PARTLY: "R"})
    assert mark_session(text_of(export), "id", {"11": "11"}, "PRAE") == ({"11": "R"}, [])


def _ana(shown: RegisterShown, *marks: str) -> Row:
    row = shown.register.row("11")
    assert row is not None
    return _with_marks(row, *marks)


def _with_marks(row: Row, *marks: str) -> Row:
    seats = zip(row.seats, marks, strict=True)
    return Row(row.line, tuple(seat._replace(mark=Mark(mark)) for seat, mark in seats))
