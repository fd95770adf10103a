"""Kaltura's CSV as it really is: a byte order mark, no quoting at all, rows ended by a line feed.

Belongs here: from bytes to rows. Does not belong here: requests, or what the rows mean.
Source of truth: the server joins each row's values with commas after replacing the commas inside
them by spaces, and ends each line, the last one too, with a line feed. A quotation mark is data,
and so are a carriage return, a form feed and U+2028: only a line feed ends a line. One inside a
name therefore breaks its row in two.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reports.kaltura.answers import BYTE_ORDER_MARK, unreadable
from reports.kaltura.errors import BrokenOffAnswer, MissingColumns, UnreadableAnswer
from reports.kaltura.reports import BrokenLine, Column, ReportSpec, Row

_LONGEST_LINE = 1024 * 1024  # bytes; no report's line comes near, and memory stays bounded
_LAST_UNIX = 253_402_300_799  # the end of the year 9999; more is not seconds
_LARGEST_INT = 2**53  # whole numbers up to here survive PHP's floats
_NUMBER = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,40})?(?:[Ee][+-]?[0-9]{1,4})?")
_IDENTIFIER = re.compile(r"[0-9A-Za-z_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line of an answer says."""

    columns: tuple[str, ...]  # as written
    missing: tuple[str, ...]  # columns of the report that are neither there nor excluded
    unknown: tuple[str, ...]  # columns that the report did not have when this was written
    positions: dict[str, int]  # of the known ones, by the report's own spelling
    ends_with_return: bool  # lines end with CR LF


def split_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield each line without its line feed.

    **Raises**: BrokenOffAnswer when the last line has no line feed (and when there is nothing at
    all); UnreadableAnswer for a line of more than a mebibyte.
    """
    pending = b""
    anything = False
    for chunk in chunks:
        lines = (pending + chunk).split(b"\n")
        pending = lines.pop()
        for line in lines:
            anything = True
            yield line
        if len(pending) > _LONGEST_LINE:
            raise UnreadableAnswer("A line of the answer has no end.")
    if pending:
        raise BrokenOffAnswer("Kaltura's answer broke off in the middle of a line.")
    if not anything:
        raise BrokenOffAnswer("Kaltura's answer is empty: it has not even a header line.")


def header_of(
    start: bytes, spec: ReportSpec, excluded: Sequence[str] = (), secrets: Sequence[str] = ()
) -> Header:
    """Return the columns that an answer's first line names, whatever their order and capitals.

    **Shape**: ``start`` is the answer's beginning, with the header's line feed unless it broke off.
    **Raises**: UnreadableAnswer when the line is no header of this report, or names a column
    twice; BrokenOffAnswer when the header has no end.
    """
    line, line_feed, _ = start.partition(b"\n")
    ends_with_return = line.endswith(b"\r")
    text = line.removeprefix(BYTE_ORDER_MARK).removesuffix(b"\r").decode("utf-8", "replace")
    columns = tuple(name.strip() for name in text.split(","))
    ours = {name.lower(): name for name in spec.column_names}
    positions: dict[str, int] = {}
    for position, name in enumerate(columns):
        known = ours.get(name.lower())
        if known in positions:
            raise UnreadableAnswer(f"The report has the column {known} twice.")
        if known:
            positions[known] = position
    if not positions:
        raise unreadable(line, *secrets)
    if not line_feed:
        raise BrokenOffAnswer("Kaltura's answer broke off in its header line.")
    left_out = {name.lower() for name in excluded}
    return Header(
        columns=columns,
        missing=tuple(
            name
            for name in spec.column_names
            if name not in positions and name.lower() not in left_out
        ),
        unknown=tuple(name for name in columns if name.lower() not in ours),
        positions=positions,
        ends_with_return=ends_with_return,
    )


class RowReader:
    """Reads the lines below one header.

    **Raises**: MissingColumns when the header lacks a column that no row can do without.
    """

    def __init__(self, spec: ReportSpec, header: Header) -> None:
        lacking = [name for name in spec.needed_columns if name not in header.positions]
        if lacking:
            raise MissingColumns(lacking, found=header.columns)
        self._width = len(header.columns)
        self._ends_with_return = header.ends_with_return
        self._row_type: Callable[..., Row] = spec.row_type
        self._plan = [
            (header.positions.get(column.name), _reader_of(column)) for column in spec.columns
        ]

    def read(self, number: int, line: bytes) -> Row | BrokenLine:
        """Return the line as a row, or as a BrokenLine that says why it is none."""
        if self._ends_with_return:
            line = line.removesuffix(b"\r")
        try:
            text = line.decode()
        except UnicodeDecodeError:
            return BrokenLine(number, line.decode("utf-8", "replace"), "is not UTF-8")
        values = text.split(",")
        if len(values) != self._width:
            reason = f"has {len(values)} fields instead of {self._width}"
            return BrokenLine(number, text, reason)
        try:
            return self._row_type(
                *[None if at is None else read(values[at]) for at, read in self._plan]
            )
        except ValueError as error:
            return BrokenLine(number, text, str(error))


def _reader_of(column: Column) -> Callable[[str], Any]:
    if column.kind == "text":
        return _identifier_reader(column) if column.identifier else _as_it_is
    convert = {"float": _float, "int": _whole, "unix": _unix}[column.kind]

    def read(text: str) -> float | int | None:
        if not text and not column.key:
            return None  # unknown, which is not 0
        try:
            return convert(text)
        except ValueError:
            raise ValueError(f"{column.name} is {text[:40]!r}, which is no {column.kind}") from None

    return read


def _as_it_is(text: str) -> str:
    return text


def _identifier_reader(column: Column) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not _IDENTIFIER.fullmatch(text):
            raise ValueError(f"{column.name} is {text[:40]!r}, which is no id")
        return text

    return read


def _float(text: str) -> float:
    # Python's float() alone would also take nan, inf, -1, 1_0 and the digits of other scripts.
    if not _NUMBER.fullmatch(text):
        raise ValueError
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def _whole(text: str) -> int:
    # PHP prints large whole numbers that are floats as 1.0E+15.
    value = int(text) if text.isdecimal() and text.isascii() and len(text) < 20 else _float(text)
    if value != int(value) or value > _LARGEST_INT:
        raise ValueError
    return int(value)


def _unix(text: str) -> int:
    value = _whole(text)
    if value > _LAST_UNIX:
        raise ValueError
    return value
