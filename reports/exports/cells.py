"""From a table's values to the texts of a CSV file."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from reports.exports.columns import Column, Kind, Table
from reports.exports.spreadsheet import defused
from reports.queries.attendees import AttendeeLine

Row = tuple[Any, AttendeeLine | None]  # a line, mostly a SessionLine; for attendances a person too
Cell = TypeVar("Cell")
Writer = Callable[[Any], Cell]

_PHP_DIGITS = 14


def php_number(value: float) -> str:
    """Return the number as PHP prints it: 14 significant digits, no trailing zeros, `1.0E-5`."""
    text = f"{value:.{_PHP_DIGITS}G}"
    mantissa, exponent_sign, exponent = text.partition("E")
    if not exponent_sign:
        return text
    if "." not in mantissa:
        mantissa += ".0"
    return f"{mantissa}E{int(exponent):+d}"


def minutes(seconds: int) -> float:
    """Return minutes with one decimal, for reading; the seconds stand beside them."""
    return round(seconds / 60, 1)


def percent(share: float) -> float:
    """Return a share of 0 to 1 as percent with one decimal."""
    return round(share * 100, 1)


def rounded_mean(mean: float) -> float:
    """Return an average with one decimal, as a page shows it."""
    return round(mean, 1)


def local_time(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the wall-clock time in the zone, naive: which zone it is stands in its own column."""
    return moment.astimezone(zone).replace(tzinfo=None)


def utc_time(moment: datetime) -> str:
    """Return ISO 8601 in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def unix(moment: datetime) -> int:
    return int(moment.timestamp())


def csv_writers(zone: ZoneInfo, *, verbatim: bool) -> dict[Kind, Writer[str]]:
    """Return how each kind is written in CSV; `verbatim` leaves texts as Kaltura gave them."""
    return {
        "text": str if verbatim else defused,
        "label": str,
        "count": str,
        "seconds": str,
        "minutes": lambda seconds: f"{minutes(seconds):.1f}",
        "percent": lambda share: f"{percent(share):.1f}",
        "mean": lambda mean: f"{rounded_mean(mean):.1f}",
        "local_time": lambda moment: local_time(moment, zone).isoformat(" ", "seconds"),
        "utc_time": utc_time,
        "unix": lambda moment: str(unix(moment)),
        "php": php_number,
    }


def written_rows(
    table: Table,
    rows: Iterable[Row],
    writers: dict[Kind, Writer[Cell]],
    *,
    unknown: Cell,
    zone: Cell,
) -> Iterator[list[Cell]]:
    """Yield the cells of each row. Those of a session are written once for all its attendees."""
    of_line = [_writer(column, writers, unknown, zone) for column in table.line_columns]
    of_attendee = [_writer(column, writers, unknown, zone) for column in table.attendee_columns]
    last: Any = None
    shared: list[Cell] = []
    for line, attendee in rows:
        if line is not last:
            shared, last = [write(line) for write in of_line], line
        yield [*shared, *[write(attendee) for write in of_attendee]]


def _writer(
    column: Column[Any], writers: dict[Kind, Writer[Cell]], unknown: Cell, zone: Cell
) -> Writer[Cell]:
    if column.kind == "zone":
        return lambda line: zone
    read, write = column.value, writers[column.kind]

    def written(line: Any) -> Cell:
        value = read(line)
        return unknown if value is None else write(value)

    return written
