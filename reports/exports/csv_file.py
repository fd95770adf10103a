"""CSV as a stream: RFC 4180, UTF-8, a header line and then a few hundred rows at a time.

The `kaltura` shape is for programs: no byte order mark, texts verbatim. The `full` shape is for
people: a byte order mark, because Excel reads UTF-8 only with one, and texts that a spreadsheet
would calculate are defused.
"""

from collections.abc import Iterator
from itertools import chain, islice, repeat

from reports.exports.cells import csv_writers, quoted, written_parts
from reports.exports.export import Export
from reports.exports.spreadsheet import defused

CONTENT_TYPE = "text/csv; charset=utf-8"
BYTE_ORDER_MARK = "\ufeff"
FIRST_ROWS = 20  # sent as soon as they are there,
ROWS_AT_ONCE = 500  # and so many at a time after them


def stream_csv(export: Export) -> Iterator[str]:
    """Yield the file in pieces; the first, the header line, comes before anything is read.

    Whoever stops reading closes the iterator: with that the reading of the database ends too.
    """
    table = export.table
    titles = [str(column.title) for column in table.columns]
    if not table.is_verbatim:
        titles = [defused(title) for title in titles]  # the name of a room may be in one
    titles = [quoted(title) for title in titles]
    yield ("" if table.is_verbatim else BYTE_ORDER_MARK) + _line(titles)
    writers = csv_writers(export.zone, verbatim=table.is_verbatim)
    rows = written_parts(
        table, export.rows(), writers, ",".join, unknown="", zone=quoted(export.zone.key)
    )
    lines = map(_line, rows)
    sizes = chain([FIRST_ROWS], repeat(ROWS_AT_ONCE))
    while some := "".join(islice(lines, next(sizes))):
        yield some


def _line(parts: list[str]) -> str:
    """Return the line; one without anything in it would be skipped by whoever reads it."""
    return (",".join(parts) or '""') + "\r\n"
