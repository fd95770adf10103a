"""Numbers, times and texts in files, and any text there and back."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import example, given, strategies as st
from openpyxl.utils.escape import unescape

from reports.exports import cells
from reports.exports.cells import (
    csv_writers,
    local_time,
    minutes,
    percent,
    php_number,
    rounded_mean,
    utc_time,
    written_rows,
)
from reports.exports.columns import Column, Table
from reports.exports.csv_file import stream_csv
from reports.exports.export import Export
from reports.exports.spreadsheet import defused
from reports.exports.workbook import LONGEST_TEXT, write_xlsx
from reports.queries.attendees import AttendeeLine
from reports.simulator.wire import php_number as kalturas_number

BERLIN = ZoneInfo("Europe/Berlin")
ODD = [
    *("=1+1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "＝1", "＋1", "－1", "＠a", "\u200f=1"),
    *('"', '""', "a,b", "a;b", "a\nb", "a\r\nb", "\r", "'", "'=1", " a ", "🎓", "אבג", ""),
    *("a;=1", 'a;"=1', "a\t@b", "a\n-b", "x" * 40_000, "01", "1E5", "2026-01-01", "TRUE"),
    *("_x000D_", "http://example.org", "mailto:a@example.org"),
]
# Everything but lone surrogates, which no UTF-8 can hold.
TEXTS = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text(st.sampled_from("=+-@＝;,'\" \t\r\naé🎓א"), max_size=12),
)


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0.0, "0"),
        (35.0, "35"),
        (1 / 3, "0.33333333333333"),
        (60.016666666666666, "60.016666666667"),
        (0.0001, "0.0001"),
        (0.00001, "1.0E-5"),
        (0.000012345, "1.2345E-5"),
        (1e15, "1.0E+15"),
        (123456789012345.0, "1.2345678901234E+14"),
    ],
)
def test_floats_are_printed_as_php_prints_them(value: float, printed: str) -> None:
    assert php_number(value) == printed


@given(view=st.integers(1, 10**7), share=st.fractions(0, 1))
def test_whole_seconds_survive_kalturas_minutes_and_ratios(view: int, share: float) -> None:
    engaged = int(view * share)
    shown, ratio = php_number(view / 60), php_number(engaged / view)
    assert (shown, ratio) == (kalturas_number(view / 60), kalturas_number(engaged / view))
    seconds = round(float(shown) * 60)
    assert (seconds, round(float(ratio) * seconds)) == (view, engaged)


def test_minutes_and_percent_have_one_decimal() -> None:
    assert (minutes(3601), minutes(0), minutes(3)) == (60.0, 0.0, 0.1)
    assert (percent(1 / 3), percent(1.0), percent(0.0)) == (33.3, 100.0, 0.0)


@given(
    seconds=st.integers(0, 10**9),
    share=st.one_of(st.floats(0, 1), st.builds(lambda n: n / 2000, st.integers(0, 2000))),
    mean=st.floats(0, 10**6),
)
def test_a_text_shows_the_number_that_a_workbook_holds(
    seconds: int, share: float, mean: float
) -> None:
    writers = csv_writers(BERLIN, verbatim=False)
    assert writers["minutes"](seconds) == f"{minutes(seconds):.1f}"
    assert writers["percent"](share) == f"{percent(share):.1f}"
    assert writers["mean"](mean) == f"{rounded_mean(mean):.1f}"


@given(moment=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(BERLIN)))  # noqa: DTZ001
def test_utc_is_written_as_iso_8601(moment: datetime) -> None:
    assert utc_time(moment) == f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@given(fields=st.lists(TEXTS, min_size=1, max_size=4))
@example([""])
@example(["", ""])
def test_a_line_is_what_python_s_own_writer_makes_of_it(fields: list[str]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerow(fields)
    columns = tuple(
        Column[list[str]]("text", "Text", "text", itemgetter(at)) for at in range(len(fields))
    )
    rows: Iterator[tuple[list[str], None]] = iter([(fields, None)])
    written = Export(Table("sessions", "kaltura", columns), rows, BERLIN)  # type: ignore[arg-type]
    _header, line = stream_csv(written)
    assert line == file.getvalue()


@pytest.mark.parametrize(
    ("utc", "local"),
    [
        ("2026-03-29T00:59:59", "2026-03-29 01:59:59"),
        ("2026-03-29T01:00:00", "2026-03-29 03:00:00"),
        ("2026-10-25T00:30:00", "2026-10-25 02:30:00"),
        ("2026-10-25T01:30:00", "2026-10-25 02:30:00"),  # again: the UTC column tells them apart
    ],
)
def test_local_times_follow_the_clocks_of_the_zone(utc: str, local: str) -> None:
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert local_time(moment, BERLIN).isoformat(" ") == local


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("Amara", "Amara"),
        ("O'Neil-Smith", "O'Neil-Smith"),
        ("=1", "'=1"),
        ("@a", "'@a"),
        (" =1", "' =1"),
        ("\ta", "'\ta"),
        ("\r", "'\r"),
        ("＝1", "'＝1"),
        ("\u200f=1", "'\u200f=1"),
        ("a;=1", "a;'=1"),
        ('a; "=1', "a; \"'=1"),
        ("a\n=1", "a\n'=1"),
        ("a; b - c", "a; b - c"),
        ('"=1', "'\"=1"),
        ('"Ada" - host', '"Ada" - host'),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_calculate_gets_an_apostrophe(text: str, harmless: str) -> None:
    assert defused(text) == harmless


@given(text=TEXTS)
@example("a;;=1")
@example("=1;=1")
def test_no_cell_begins_a_formula_whatever_the_separator(text: str) -> None:
    (line,) = csv.reader(io.StringIO(written_csv([text], verbatim=False), newline=""))
    assert line[0].lstrip(' \t\r\n"\u200f')[:1] not in set("=+-@＝＋－＠")
    for cell in line[0].replace("\t", ";").replace("\r", ";").replace("\n", ";").split(";"):
        assert cell.strip().lstrip('"').strip()[:1] not in set("=+-@＝＋－＠")


@given(texts=st.lists(TEXTS, min_size=1, max_size=5))
def test_any_text_comes_back_from_a_csv_for_programs(texts: list[str]) -> None:
    lines = list(csv.reader(io.StringIO(written_csv(texts, verbatim=True), newline="")))
    assert lines == [[text, text] for text in texts]


@given(texts=st.lists(TEXTS, min_size=1, max_size=5))
def test_any_text_comes_back_from_a_csv_for_people_but_for_its_apostrophe(
    texts: list[str],
) -> None:
    lines = list(csv.reader(io.StringIO(written_csv(texts, verbatim=False), newline="")))
    assert lines == [[defused(text), defused(text)] for text in texts]
    assert [line[0].replace("'", "") for line in lines] == [text.replace("'", "") for text in texts]


@given(texts=st.lists(TEXTS, min_size=1, max_size=5))
def test_any_text_comes_back_from_a_workbook_as_a_text(texts: list[str]) -> None:
    file = io.BytesIO()
    write_xlsx(of_texts(texts, verbatim=True), file)
    _, *rows = openpyxl.load_workbook(file).active.iter_rows(max_col=2)
    assert not any(texts[len(rows) :])  # openpyxl leaves out empty lines at the end
    for row, text in zip(rows, texts, strict=False):
        for cell in row:
            if not text:
                assert cell.value is None
                continue
            assert cell.data_type in ("s", "inlineStr")
            assert cell.hyperlink is None
            assert same_text(str(cell.value), text)


def same_text(found: str, text: str) -> bool:
    """Any line end is a line feed in a cell, and what no cell can hold ends in …"""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - 1] + "…"
    return unescape(found) == text


def of_texts(texts: list[str], *, verbatim: bool) -> Export:
    """An export whose two columns both hold the session's text."""
    column = Column[str]("text", "Text", "text", lambda text: text)
    shape = "kaltura" if verbatim else "full"
    table = Table("sessions", shape, (column, column))  # type: ignore[arg-type]
    rows: Iterator[tuple[str, None]] = ((text, None) for text in texts)
    return Export(table, rows, BERLIN)  # type: ignore[arg-type]


def written_csv(texts: list[str], *, verbatim: bool) -> str:
    """Return the file without its header line."""
    _, *pieces = stream_csv(of_texts(texts, verbatim=verbatim))
    return "".join(pieces)


def test_cells_of_a_session_are_written_once_for_all_its_attendees() -> None:
    reads: list[str] = []

    def read(line: str) -> str:
        reads.append(line)
        return line

    session = Column[str]("session", "Session", "text", read)
    person = Column[str]("person", "Person", "text", lambda line: line)
    table = Table("attendees", "kaltura", (session,), (person,))  # type: ignore[arg-type]
    rows = [("s1", "a"), ("s1", "b"), ("s2", "c")]
    writers = csv_writers(BERLIN, verbatim=True)
    written = list(written_rows(table, rows, writers, unknown="", zone=""))  # type: ignore[arg-type]
    assert written == [["s1", "a"], ["s1", "b"], ["s2", "c"]]
    assert reads == ["s1", "s2"]


def test_cells_of_a_person_are_written_once_for_sessions_of_the_same_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads: list[tuple[int, str]] = []

    def read(line: AttendeeLine) -> str:
        reads.append((line.person_id, line.user_type))
        return f"{line.name} ({line.user_type})"

    session = Column[str]("session", "Session", "text", lambda line: line)
    person = Column[AttendeeLine]("person", "Person", "text", read)
    seconds = Column[AttendeeLine]("s", "Seconds", "seconds", lambda line: line.view_seconds)
    table = Table("attendees", "kaltura", (session,), (seconds,), (person,))
    ada, ben = attendee(1, "Ada"), attendee(2, "Ben")
    rows: list[Any] = [
        ("s1", ada),
        ("s1", ben),
        ("s2", ada._replace(view_seconds=5)),
        ("s3", ada._replace(user_type="Guest")),
    ]

    def written() -> list[list[str]]:
        writers = csv_writers(BERLIN, verbatim=True)
        return list(written_rows(table, rows, writers, unknown="", zone=""))

    expected = [
        ["s1", "Ada (User)", "60"],
        ["s1", "Ben (User)", "60"],
        ["s2", "Ada (User)", "5"],
        ["s3", "Ada (Guest)", "60"],
    ]
    assert written() == expected
    assert reads == [(1, "User"), (2, "User"), (1, "Guest")]
    monkeypatch.setattr(cells, "PEOPLE_KEPT", 1)
    assert written() == expected


def attendee(person_id: int, name: str) -> AttendeeLine:
    return AttendeeLine(
        person_id,
        user_id="",
        name=name,
        email="",
        is_placeholder=False,
        is_erased=False,
        user_type="User",
        view_seconds=60,
        engaged_seconds=0,
        length_seconds=60,
        is_whole=True,
    )
