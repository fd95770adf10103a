"""A table as an XLSX workbook, written row by row so that memory stays flat.

Texts are written as texts: nothing in them becomes a formula, a link or a number, so that nothing
needs an apostrophe here. A sheet holds 1,048,576 lines; more go on in another one.
"""

from collections.abc import Callable, Iterator
from itertools import chain, islice
from os import PathLike
from typing import IO, Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.utils.translation import gettext
from xlsxwriter.worksheet import Worksheet

from reports.definitions import DEFINITIONS
from reports.exports.cells import (
    Writer,
    local_time,
    minutes,
    percent,
    php_number,
    rounded_mean,
    unix,
    utc_time,
    written_rows,
)
from reports.exports.columns import Kind, Table
from reports.exports.export import Export

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_OF_A_SHEET = 1_048_575  # below the header line
LONGEST_TEXT = 32_767  # of a cell, in UTF-16 units
LONGEST_NAME = 27  # of a sheet: Excel allows 31, and a number may follow
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FORMATS: dict[Kind, str] = {
    "local_time": "yyyy-mm-dd hh:mm:ss",
    "minutes": "0.0",
    "percent": "0.0",
    "mean": "0.0",
}
_WIDTHS: dict[Kind, int] = {"text": 24, "label": 24, "local_time": 19, "utc_time": 21, "zone": 18}
_NAMES = {
    "sessions": lambda: gettext("Sessions"),
    "attendees": lambda: gettext("Attendees"),
    "breakouts": lambda: gettext("Breakouts"),
    "rooms": lambda: gettext("Rooms"),
    "people": lambda: gettext("People"),
    "snapshot": lambda: gettext("Report"),
    "findings": lambda: gettext("Findings"),
    "set-aside-lines": lambda: gettext("Lines set aside"),
    "access-log": lambda: gettext("Access log"),
    "roster": lambda: gettext("Roster"),
    "register": lambda: gettext("Register"),
    "register-tidy": lambda: gettext("Learners and classes"),
    "attention": lambda: gettext("Attention"),
}


class TooManyRows(Exception):
    """The export has more rows than the caller has time for; what was written is no workbook."""


def write_xlsx(
    export: Export,
    to: str | PathLike[str] | IO[bytes],
    *,
    sheet_rows: int = ROWS_OF_A_SHEET,
    most_rows: int | None = None,
) -> None:
    """Write the whole workbook; `export.row_count` then says how many rows it has.

    Raises: TooManyRows where it has more than `most_rows`.
    """
    table = export.table
    writers = _writers(export.zone)
    rows = written_rows(table, export.rows(), writers, unknown=None, zone=export.zone.key)
    if most_rows is not None:
        rows = _at_most(rows, most_rows)
    with xlsxwriter.Workbook(to, _OPTIONS) as workbook:
        formats = {
            kind: workbook.add_format({"num_format": text}) for kind, text in _FORMATS.items()
        }
        put = [_put(column.kind, formats.get(column.kind)) for column in table.columns]
        bold = workbook.add_format({"bold": True})
        for number, some in enumerate(_split(rows, sheet_rows)):
            name = _NAMES[table.name]() if not table.is_verbatim else table.name
            name = name[:LONGEST_NAME]  # a translation may be longer
            sheet = workbook.add_worksheet(name if number == 0 else f"{name} {number + 1}")
            _write_sheet(sheet, table, some, put, bold)
        if not table.is_verbatim:
            _write_definitions(workbook, table, bold)


def _writers(zone: ZoneInfo) -> dict[Kind, Writer[Any]]:
    return {
        "text": _text,
        "label": str,
        "count": int,
        "seconds": int,
        "minutes": minutes,
        "percent": percent,
        "mean": rounded_mean,
        "local_time": lambda moment: local_time(moment, zone),
        "utc_time": utc_time,
        "unix": unix,
        "php": lambda value: float(php_number(value)),
    }


def _text(text: str) -> str:
    """Return what a cell can hold of the text: a line feed for any line end, and so many signs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) * 2 <= LONGEST_TEXT or len(text.encode("utf-16-le")) // 2 <= LONGEST_TEXT:
        return text
    return text.encode("utf-16-le")[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"


def _at_most(rows: Iterator[list[Any]], most: int) -> Iterator[list[Any]]:
    for number, row in enumerate(rows, start=1):
        if number > most:
            raise TooManyRows
        yield row


def _split(rows: Iterator[list[Any]], size: int) -> Iterator[Iterator[list[Any]]]:
    """Yield the rows of each sheet, each to be read before the next; the first even if empty."""
    yield islice(rows, size)
    for first in rows:
        yield chain([first], islice(rows, size - 1))


def _put(kind: Kind, cell_format: Any) -> Callable[[Worksheet, int, int, Any], None]:
    def put(sheet: Worksheet, row: int, column: int, value: Any) -> None:
        if kind == "local_time":
            sheet.write_datetime(row, column, value, cell_format)
        elif isinstance(value, str):
            sheet.write_string(row, column, value, cell_format)
        else:
            sheet.write_number(row, column, value, cell_format)

    return put


def _write_sheet(
    sheet: Worksheet,
    table: Table,
    rows: Iterator[list[Any]],
    put: list[Callable[[Worksheet, int, int, Any], None]],
    bold: Any,
) -> None:
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(table.columns):
        title = str(column.title)
        sheet.set_column(at, at, max(_WIDTHS.get(column.kind, 0), min(len(title) + 2, 24)))
        sheet.write_string(0, at, title, bold)
    for number, cells in enumerate(rows, start=1):
        for at, value in enumerate(cells):
            if value is not None and value != "":
                put[at](sheet, number, at, value)


def _write_definitions(workbook: Any, table: Table, bold: Any) -> None:
    """Add a sheet that says what each number is, in the words of the pages."""
    sheet = workbook.add_worksheet(gettext("Definitions"))
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, gettext("Column"), bold)
    sheet.write_string(0, 1, gettext("Definition"), bold)
    defined = [
        (column.title, DEFINITIONS[column.definition].sentence)
        for column in table.columns
        if column.definition
    ]
    for row, (word, sentence) in enumerate([*defined, *table.notes], start=1):
        sheet.write_string(row, 0, str(word))
        sheet.write_string(row, 1, str(sentence))
