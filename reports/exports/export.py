"""What is put into a file: a table, the rows for it and the zone that its times are shown in."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

from reports.exports.cells import Row
from reports.exports.columns import Name, Shape, Table
from reports.exports.full import FULL_TABLES
from reports.exports.kaltura import KALTURA_TABLES
from reports.models.session import RoomSessionQuerySet
from reports.queries.attendees import attendance_rows
from reports.queries.session_lines import every_session_line
from reports.queries.sessions import SessionFilter, session_list

NAMES: tuple[Name, ...] = get_args(Name)
SHAPES: tuple[Shape, ...] = get_args(Shape)


class Export:
    """Rows that are read once, as they are written, and counted on the way."""

    def __init__(self, table: Table, rows: Iterator[Row], zone: ZoneInfo) -> None:
        self.table = table
        self.zone = zone
        self.row_count = 0  # of those drawn so far
        self._rows = rows

    def rows(self) -> Iterator[Row]:
        for row in self._rows:
            self.row_count += 1
            yield row


def table_of(name: Name, shape: Shape) -> Table:
    """Return the columns of a table in a shape."""
    return (KALTURA_TABLES if shape == "kaltura" else FULL_TABLES)[name]


def open_export(
    name: Name,
    shape: Shape,
    sessions: RoomSessionQuerySet,
    wanted: SessionFilter,
    zone: ZoneInfo,
) -> Export:
    """Return what is to be written about the wanted sessions; nothing is read yet.

    `sessions` went through `access.Viewer`. Order and filter are those of the page.
    """
    if name == "breakouts":
        wanted = replace(wanted, only_breakouts=True)
    found = session_list(sessions, wanted)
    rows: Iterator[Row]
    if name == "attendees":
        rows = iter(attendance_rows(found))
    else:
        rows = ((line, None) for line in every_session_line(found))
    return Export(table_of(name, shape), rows, zone)


def file_name(
    table: Table, extension: str, from_at: datetime | None = None, to_at: datetime | None = None
) -> str:
    """Return a name for a download, with the UTC days of the range where it has any."""
    days = [f"{at:%Y-%m-%d}" for at in (from_at, to_at) if at is not None]
    return "-".join(["rollcall", table.name, *days, table.shape]) + f".{extension}"
