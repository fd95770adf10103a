"""CSV as a stream: RFC 4180, UTF-8, a header line and then a few hundred rows at a time.

The `kaltura` shape is for programs: no byte order mark, texts verbatim. The `full` shape is for
people: a byte order mark, because Excel reads UTF-8 only with one, and texts that a spreadsheet
would calculate are defused.
"""

import csv
import io
from collections.abc import Iterator
from itertools import islice

from reports.exports.cells import csv_writers, written_rows
from reports.exports.export import Export

CONTENT_TYPE = "text/csv; charset=utf-8"
BYTE_ORDER_MARK = "\ufeff"
ROWS_AT_ONCE = 500


def stream_csv(export: Export) -> Iterator[str]:
    """Yield the file in pieces; the first, the header line, comes before anything is read."""
    table = export.table
    titles = [str(column.title) for column in table.columns]
    yield ("" if table.is_verbatim else BYTE_ORDER_MARK) + _lines([titles])
    writers = csv_writers(export.zone, verbatim=table.is_verbatim)
    rows = written_rows(table, export.rows(), writers, unknown="", zone=export.zone.key)
    while some := list(islice(rows, ROWS_AT_ONCE)):
        yield _lines(some)


def _lines(rows: list[list[str]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
