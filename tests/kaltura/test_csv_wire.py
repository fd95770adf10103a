"""The CSV as it really is; every body is written by hand."""

import pytest
from hypothesis import given, strategies as st

from reports.kaltura import (
    ATTENDEES,
    BREAKOUTS,
    REPORTS,
    SESSIONS,
    AttendeeRow,
    BreakoutRow,
    BrokenLine,
    BrokenOffAnswer,
    MissingColumns,
    SessionRow,
    UnreadableAnswer,
)
from reports.kaltura.csv_wire import RowReader, header_of, split_lines
from tests.kaltura.bodies import (
    ATTENDEE,
    ATTENDEES_HEADER,
    BREAKOUTS_HEADER,
    SESSIONS_HEADER,
    csv_body,
)


def rows_of(report_id, body, excluded=(), chunk_bytes=7):
    """Read a body that arrives in small pieces."""
    spec = REPORTS[report_id]
    pieces = [body[at : at + chunk_bytes] for at in range(0, len(body), chunk_bytes)]
    reader = RowReader(spec, header_of(body, spec, excluded))
    lines = enumerate(split_lines(pieces), 1)
    next(lines)
    return [reader.read(number, line) for number, line in lines]


def attendee(name="Amara Okafor", minutes="50.5", ratio="0.5", user_id="amara"):
    return f"1_room0001,1_sess0001,{user_id},{name},amara@uni.example,User,{minutes},{ratio}"


def test_sessions_are_read_with_all_columns():
    line = "1_room0001,Biology 101,,1_sess0001,1790000000,1790003600,Prof. Ada,25,0.83333333333333"
    assert rows_of(SESSIONS, csv_body(SESSIONS_HEADER, line)) == [
        SessionRow(
            "1_room0001",
            "Biology 101",
            "",
            "1_sess0001",
            1_790_000_000,
            1_790_003_600,
            "Prof. Ada",
            25,
            0.83333333333333,
        )
    ]


def test_attendees_are_read_with_all_columns():
    assert rows_of(ATTENDEES, csv_body(ATTENDEES_HEADER, ATTENDEE)) == [
        AttendeeRow(
            "1_room0001",
            "1_sess0001",
            "amara",
            "Amara Okafor",
            "amara@uni.example",
            "User",
            50.5,
            0.5,
        )
    ]


def test_breakouts_are_read_with_all_columns():
    line = (
        "1_room0001,Biology 101,1_brea0001,Group 1,1_sess0002,Amara Okafor,"
        "1790000600,1790001200,600,4,0.5"
    )
    assert rows_of(BREAKOUTS, csv_body(BREAKOUTS_HEADER, line)) == [
        BreakoutRow(
            "1_room0001",
            "Biology 101",
            "1_brea0001",
            "Group 1",
            "1_sess0002",
            "Amara Okafor",
            1_790_000_600,
            1_790_001_200,
            600,
            4,
            0.5,
        )
    ]


@pytest.mark.parametrize(
    "name",
    [
        'Room 5"',
        '"quoted"',
        "'",
        "=1+1",
        "Okafor  Amara",  # the server made a comma a space
        "semi;colon",
        "tab\tin",
        "carriage\rreturn",
        "line\u2028separator",
        "paragraph\u2029separator",
        "next\x85line",
        "vertical\x0btab",
        "form\x0cfeed",
        "file\x1cseparator",
        "\ufeffmark",
        " spaces ",
        "👩🏽‍🏫 שלום",
        "",
    ],
)
def test_every_character_but_comma_and_line_feed_is_data(name):
    lines = (ATTENDEES_HEADER, attendee(name), attendee("after it"))
    assert [row.user_name for row in rows_of(ATTENDEES, csv_body(*lines))] == [name, "after it"]


def test_a_line_feed_in_a_name_breaks_its_row_and_no_other():
    lines = (ATTENDEES_HEADER, attendee("before"), attendee("in\nside"), attendee("after"))
    found = rows_of(ATTENDEES, csv_body(*lines))
    assert [type(row) for row in found] == [AttendeeRow, BrokenLine, BrokenLine, AttendeeRow]
    assert found[1] == BrokenLine(3, "1_room0001,1_sess0001,amara,in", "has 4 fields instead of 8")
    assert found[2] == BrokenLine(
        4, "side,amara@uni.example,User,50.5,0.5", "has 5 fields instead of 8"
    )


def test_an_empty_line_is_a_broken_one():
    body = csv_body(ATTENDEES_HEADER, "", ATTENDEE)
    assert rows_of(ATTENDEES, body)[0] == BrokenLine(2, "", "has 1 fields instead of 8")


def test_bytes_that_are_not_utf_8_break_their_line_only():
    body = csv_body(ATTENDEES_HEADER, attendee("Zo\x00"), ATTENDEE).replace(b"\x00", b"\xeb")
    broken, whole = rows_of(ATTENDEES, body)
    assert broken.reason == "is not UTF-8"
    assert "Zo\ufffd" in broken.text
    assert whole.user_id == "amara"


@pytest.mark.parametrize(
    ("minutes", "value"),
    [
        ("0", 0.0),
        ("12", 12.0),
        ("0.16666666666667", 0.16666666666667),
        ("1.0E-5", 0.00001),
        ("1.0E+15", 1e15),
        ("1.2345678901235E+14", 123456789012350.0),
        ("5E3", 5000.0),
    ],
)
def test_numbers_are_read_as_php_prints_them(minutes, value):
    assert rows_of(ATTENDEES, csv_body(ATTENDEES_HEADER, attendee(minutes=minutes)))[
        0
    ].view_minutes == pytest.approx(value, rel=0, abs=0)


@pytest.mark.parametrize(
    "minutes",
    [
        "",
        "nan",
        "NAN",
        "inf",
        "INF",
        "-1",
        "-0.5",
        "1e999",
        "1_0",
        " 1",
        "1 ",
        "1.",
        ".5",
        "0x10",
        "٣",
        "1.0E",
        "null",
        "1\r",
    ],
)
def test_a_number_that_is_none_breaks_the_line_and_is_named(minutes):
    (found,) = rows_of(ATTENDEES, csv_body(ATTENDEES_HEADER, attendee(minutes=minutes)))
    assert isinstance(found, BrokenLine)
    assert found.reason.startswith("meeting_view_time is ")
    assert found.text == attendee(minutes=minutes)


@pytest.mark.parametrize("times", [("", "1"), ("1", ""), ("1.5", "2"), ("1", "1790000000000")])
def test_a_time_that_is_none_breaks_the_line(times):
    line = f"1_room0001,Name,,1_sess0001,{times[0]},{times[1]},Ada,5,0.5"
    assert isinstance(rows_of(SESSIONS, csv_body(SESSIONS_HEADER, line))[0], BrokenLine)


def test_a_whole_number_may_come_as_a_php_float():
    line = "1_room0001,Name,,1_sess0001,1.79E+9,1790003600,Ada,5.0,1"
    (row,) = rows_of(SESSIONS, csv_body(SESSIONS_HEADER, line))
    assert (row.start_unix, row.unique_users) == (1_790_000_000, 5)


@pytest.mark.parametrize("id_text", ["", "Amara Okafor", "1_a\tb", "x" * 65])
def test_a_session_id_that_is_none_breaks_the_line(id_text):
    line = ATTENDEE.replace("1_sess0001", id_text)
    (found,) = rows_of(ATTENDEES, csv_body(ATTENDEES_HEADER, line))
    assert found.reason.startswith("cue_point_id is ")


def test_an_empty_estimate_is_unknown_and_not_zero():
    line = "1_room0001,Name,,1_sess0001,1,2,Ada,,"
    (row,) = rows_of(SESSIONS, csv_body(SESSIONS_HEADER, line))
    assert (row.unique_users, row.engaged_ratio) == (None, None)


def test_an_empty_user_id_is_kept_as_empty():
    (row,) = rows_of(ATTENDEES, csv_body(ATTENDEES_HEADER, attendee(user_id="")))
    assert row.user_id == ""


def test_columns_are_found_by_name_in_any_order_and_capitals():
    header = "Meeting_View_Time,USER_ID,meeting_engaged_play_time_ratio,cue_point_id,entry_id"
    (row,) = rows_of(ATTENDEES, csv_body(header, "1.5,amara,0.25,1_sess0001,1_room0001"))
    assert row == AttendeeRow("1_room0001", "1_sess0001", "amara", None, None, None, 1.5, 0.25)


def test_new_columns_are_told_and_passed_over():
    body = csv_body(f"device,{ATTENDEES_HEADER},role", f"phone,{ATTENDEE},host")
    assert rows_of(ATTENDEES, body) == rows_of(ATTENDEES, csv_body(ATTENDEES_HEADER, ATTENDEE))
    assert header_of(body, REPORTS[ATTENDEES]).unknown == ("device", "role")


def test_a_missing_text_column_is_told_unless_it_was_left_out():
    body = csv_body(ATTENDEES_HEADER.replace("user_name,user_email,", ""))
    spec = REPORTS[ATTENDEES]
    assert header_of(body, spec).missing == ("user_name", "user_email")
    assert header_of(body, spec, ["USER_NAME"]).missing == ("user_email",)


@pytest.mark.parametrize("spec", REPORTS.values(), ids=lambda spec: spec.name)
def test_each_needed_column_is_missed_by_name(spec):
    for name in spec.needed_columns:
        header = ",".join(spec.column_names).replace(name, "renamed", 1)
        body = csv_body(header)
        with pytest.raises(MissingColumns) as caught:
            RowReader(spec, header_of(body, spec))
        assert caught.value.columns == (name,)
        assert name in str(caught.value)
        assert "renamed" in str(caught.value)


def test_a_column_that_comes_twice_is_refused():
    with pytest.raises(UnreadableAnswer, match="user_id twice"):
        header_of(csv_body(f"{ATTENDEES_HEADER},User_Id"), REPORTS[ATTENDEES])


def test_a_text_that_is_no_report_is_refused_with_its_beginning():
    with pytest.raises(UnreadableAnswer, match="upstream request timeout"):
        header_of(b"upstream request timeout", REPORTS[ATTENDEES])


def test_a_header_alone_is_an_empty_answer():
    assert rows_of(ATTENDEES, csv_body(ATTENDEES_HEADER)) == []


def test_a_body_without_the_mark_is_read_too():
    assert len(rows_of(ATTENDEES, csv_body(ATTENDEES_HEADER, ATTENDEE)[3:])) == 1


def test_lines_that_all_end_with_carriage_return_and_line_feed_are_read():
    body = csv_body(f"{ATTENDEES_HEADER}\r", f"{ATTENDEE}\r")
    assert rows_of(ATTENDEES, body) == rows_of(ATTENDEES, csv_body(ATTENDEES_HEADER, ATTENDEE))


@pytest.mark.parametrize("cut", range(1, len(ATTENDEE) + 2))
def test_a_body_cut_anywhere_in_a_line_broke_off(cut):
    whole = csv_body(ATTENDEES_HEADER, ATTENDEE, ATTENDEE)
    if cut == len(ATTENDEE) + 1:
        assert len(list(split_lines([whole[:-cut]]))) == 2  # exactly between two lines
        return
    with pytest.raises(BrokenOffAnswer):
        list(split_lines([whole[:-cut]]))


def test_a_body_cut_in_its_header_broke_off():
    with pytest.raises(BrokenOffAnswer):
        header_of(csv_body(ATTENDEES_HEADER)[:30], REPORTS[ATTENDEES])


def test_nothing_at_all_broke_off():
    with pytest.raises(BrokenOffAnswer):
        list(split_lines([]))


def test_a_line_without_end_does_not_fill_the_memory():
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield b"x" * 65536

    with pytest.raises(UnreadableAnswer):
        list(split_lines(endless()))
    assert len(taken) <= 17


# Text as the server can put it on one line: commas become spaces there, a line feed breaks a row.
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=30)
minutes_texts = st.integers(0, 10**6).map(lambda seconds: f"{seconds / 60:.14g}")


@given(
    st.lists(st.tuples(names, names, names, minutes_texts), max_size=8),
    st.integers(1, 50),
    st.permutations(ATTENDEES_HEADER.split(",")),
)
def test_any_text_survives_the_servers_joining(people, chunk_bytes, order):
    lines = []
    for user_id, name, email, minutes in people:
        values = dict(
            zip(
                ATTENDEES_HEADER.split(","),
                ("1_room0001", "1_sess0001", user_id, name, email, "Guest", minutes, "0.5"),
                strict=True,
            )
        )
        lines.append(",".join(values[column].replace(",", " ") for column in order))
    found = rows_of(ATTENDEES, csv_body(",".join(order), *lines), chunk_bytes=chunk_bytes)
    assert [(row.user_id, row.user_name, row.user_email) for row in found] == [
        tuple(text.replace(",", " ") for text in person[:3]) for person in people
    ]
    assert [row.view_minutes for row in found] == [float(person[3]) for person in people]


@given(st.binary(max_size=300), st.integers(1, 20))
def test_any_bytes_below_the_header_become_lines_and_no_crash(rubbish, chunk_bytes):
    body = csv_body(ATTENDEES_HEADER) + rubbish + b"\n"
    found = rows_of(ATTENDEES, body, chunk_bytes=chunk_bytes)
    assert len(found) == rubbish.count(b"\n") + 1


@given(st.lists(names, min_size=1, max_size=5), st.integers(1, 9))
def test_lines_are_the_same_however_the_bytes_arrive(texts, chunk_bytes):
    body = csv_body(*texts)
    pieces = [body[at : at + chunk_bytes] for at in range(0, len(body), chunk_bytes)]
    assert list(split_lines(pieces)) == list(split_lines([body])) == body.split(b"\n")[:-1]
