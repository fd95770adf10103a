"""From a table's values to the texts of a CSV file."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import chain
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from reports.exports.columns import Column, Kind, Table
from reports.exports.spreadsheet import defused

Row = tuple[Any, Any]  # a line, mostly a SessionLine; for attendances an AttendeeLine too, or None
Cell = TypeVar("Cell")
Part = TypeVar("Part")
Writer = Callable[[Any], Cell]
Access = tuple[Callable[[Any], Any], Writer[Cell]]

PEOPLE_KEPT = 50_000  # whose cells are kept for their next session
_PHP_DIGITS = 14
_QUOTED = re.compile(r'[",\r\n]')


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


def local_time(moment: datetime, zone: tzinfo) -> datetime:
    """Return the wall-clock time in the zone, naive: which zone it is stands in its own column."""
    return moment.astimezone(zone).replace(tzinfo=None)


def utc_time(moment: datetime) -> str:
    """Return ISO 8601 in UTC."""
    return f"{local_time(moment, UTC).isoformat('T', 'seconds')}Z"


def unix(moment: datetime) -> int:
    return int(moment.timestamp())


def quoted(text: str) -> str:
    """Return the text as a field of a CSV line, in quotation marks where it needs them."""
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def csv_writers(zone: ZoneInfo, *, verbatim: bool) -> dict[Kind, Writer[str]]:
    """Return how each kind is written in CSV; `verbatim` leaves texts as Kaltura gave them."""
    return {
        "text": quoted if verbatim else lambda text: quoted(defused(text)),
        "label": lambda words: quoted(str(words)),
        "count": str,
        "seconds": str,
        # Formatting rounds just as `minutes`, `percent` and `rounded_mean` do.
        "minutes": lambda seconds: f"{seconds / 60:.1f}",
        "percent": lambda share: f"{share * 100:.1f}",
        "mean": lambda mean: f"{mean:.1f}",
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
    """Yield the cells of each row."""
    for parts in written_parts(table, rows, writers, list, unknown=unknown, zone=zone):
        yield list(chain.from_iterable(parts))


def written_parts(
    table: Table,
    rows: Iterable[Row],
    writers: dict[Kind, Writer[Cell]],
    joined: Callable[[Iterable[Cell]], Part],
    *,
    unknown: Cell,
    zone: Cell,
) -> Iterator[list[Part]]:
    """Yield each row as its parts: of the session, of the person, of the person in the session.

    `joined` makes a part of its cells. Those of a session are written once for all its attendees,
    those of a person once for many sessions.
    """
    of_line, of_person, of_attendee = (
        [_access(column, writers, zone) for column in columns]
        for columns in (table.line_columns, table.person_columns, table.attendee_columns)
    )

    def part(columns: Sequence[Access[Cell]], of: Any) -> Part:
        return joined(
            [unknown if (value := read(of)) is None else write(value) for read, write in columns]
        )

    people: dict[tuple[int, str], Part] = {}
    last: Any = None
    for line, attendee in rows:
        if line is not last:
            shared, last = part(of_line, line), line
        parts = [shared]
        if of_person and attendee is not None:
            key = attendee.person_id, attendee.user_type
            person = people.get(key)
            if person is None:
                if len(people) >= PEOPLE_KEPT:
                    people.clear()
                person = people[key] = part(of_person, attendee)
            parts.append(person)
        if of_attendee:
            parts.append(part(of_attendee, attendee))
        yield parts


def _access(column: Column[Any], writers: dict[Kind, Writer[Cell]], zone: Cell) -> Access[Cell]:
    """Return what reads the column's value of a line, and what writes it."""
    if column.kind == "zone":
        return lambda line: zone, lambda value: zone
    return column.value, writers[column.kind]
