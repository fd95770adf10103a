"""The lines of one answer as they came: each cell's text, and what it means where it can be read.

An answer that was asked for without some columns is read as far as it goes: what it lacks is None in
every row, also where the sync could do nothing without it.
"""

import gzip
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from reports.kaltura import REPORTS, BrokenLine, Column
from reports.kaltura.csv_wire import Header, RowReader, header_of, split_lines

CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A line that could be read."""

    number: int  # in the answer, from 1; the header is line 1
    cells: tuple[str, ...]  # as Kaltura wrote them, in the answer's order
    row: Any  # SessionRow, AttendeeRow or BreakoutRow; None for what the answer lacks


class AnswerLines:
    """One answer, its header already read. Iterating yields its lines, once.

    Raises: KalturaError for what is no answer of this report.
    """

    def __init__(
        self, report_id: int, chunks: Iterable[bytes], excluded: tuple[str, ...] = ()
    ) -> None:
        spec = REPORTS[report_id]
        self._lines = split_lines(chunks)
        self.header: Header = header_of(next(self._lines) + b"\n", spec, excluded)
        self._reader = RowReader(
            replace(spec, columns=tuple(_optional(column, self.header) for column in spec.columns)),
            self.header,
        )
        by_name = {column.name: column for column in spec.columns}
        known = {position: name for name, position in self.header.positions.items()}
        self.columns: tuple[Column | None, ...] = tuple(
            by_name[known[position]] if position in known else None
            for position in range(len(self.header.columns))
        )  # in the answer's order; None: one that the report did not have when this was written

    def __iter__(self) -> Iterator[AnswerLine | BrokenLine]:
        for number, line in enumerate(self._lines, start=2):
            yield self._read(number, line)

    def part(self, first: int, last: int) -> list[AnswerLine | BrokenLine]:
        """Return the lines from `first` to before `last`, counted from 0; those before are skipped."""
        skipped = sum(1 for _ in islice(self._lines, first))
        lines = enumerate(islice(self._lines, last - first), start=skipped + 2)
        return [self._read(number, line) for number, line in lines]

    def _read(self, number: int, line: bytes) -> AnswerLine | BrokenLine:
        row = self._reader.read(number, line)
        if isinstance(row, BrokenLine):
            return row
        text = line.decode()
        if self.header.ends_with_return:
            text = text.removesuffix("\r")
        return AnswerLine(number, tuple(text.split(",")), row)


def lines_of(report_id: int, content: bytes, excluded: Iterable[str] = ()) -> AnswerLines:
    """Return the lines of a snapshot's content; nothing but the header is unpacked yet."""
    return AnswerLines(report_id, unpacked(content), tuple(excluded))


def unpacked(content: bytes) -> Iterator[bytes]:
    """Yield the answer's bytes exactly as Kaltura gave them."""
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _optional(column: Column, header: Header) -> Column:
    """Return the column as one that rows can do without, unless it is there."""
    return replace(column, key=column.key and column.name in header.positions)
