"""Merges: a usual day and one of 50,000 attendances; new, asked again, and changed.

Held to the database's own load of the same resolved rows into the same indexed table."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db import connection, transaction

from reports.kaltura import ATTENDEES, REPORTS
from reports.kaltura.csv_wire import RowReader, header_of, split_lines
from reports.models import Account, Attendance, Tile
from reports.sync.answers import TileData
from reports.sync.fold import fold_attendees
from reports.sync.spans import DAY, as_datetime
from reports.sync.statistics import refresh_statistics
from tests.benchmarks.data import FIRST_DAY, LARGE, changed, day_count, day_data
from tests.benchmarks.figure import Figure, Value, median, repeated, stopwatch
from tests.benchmarks.loading import ATTENDANCE, ATTENDANCE_COLUMNS, load
from tests.benchmarks.machine import peak_bytes
from tests.benchmarks.merging import locks_timed, merge_day

HOUR = timedelta(hours=1)
MOST_RATIO, LONGEST_LOCK, MOST_MEMORY = 2.0, 1.0, 200e6
USUAL_DAYS, LARGE_DAYS = 5, 3
LARGE_SESSIONS, LARGE_ATTENDEES = 1000, 50
LOOPED_DAYS = 20


def measure(scale: float) -> Iterator[Figure]:
    """Merge days after the last one that was built."""
    refresh_statistics()  # as at the end of every run
    account = Account.objects.get(partner_id=LARGE.partner_id)
    first = day_count(scale)

    def usual(number: int) -> TileData:
        return day_data(first + number, asked_at=_evening(first + number))

    def large(number: int) -> TileData:
        day = first + USUAL_DAYS + number
        return day_data(day, LARGE_SESSIONS, LARGE_ATTENDEES, asked_at=_evening(day))

    yield from _kinds(account, "a usual day", usual, USUAL_DAYS)
    yield from _kinds(account, "a day of 50,000 attendances", large, LARGE_DAYS)
    yield from _beside_pandas(account, first + USUAL_DAYS + LARGE_DAYS)


def _evening(number: int) -> datetime:
    """Return when a day is asked for the first time: its figures may still change then."""
    return as_datetime(FIRST_DAY + (number + 1) * DAY) + 2 * HOUR


def _kinds(
    account: Account, name: str, day: Callable[[int], TileData], days: int
) -> Iterator[Figure]:
    """Measure days that are new, the same days unchanged, and with every tenth row changed."""
    made = {
        "new": day,
        "unchanged": lambda number: _again(day(number)),
        "a tenth changed": lambda number: changed(day(number)),
    }
    spent: dict[str, list[tuple[float, float]]] = {}
    for kind, make in made.items():
        spent[kind] = [_merged(account, make(number)) for number in range(days)]
    peak = Value("peak", peak_bytes(), MOST_MEMORY)  # before the yardstick's rows are in memory
    yield Figure("memory", f"process that merges {name}", "B", (peak,))
    start = as_datetime(day(0).span.start)
    yardstick, rows = median(_loads(account, start)), _attendances(account, start).count()
    for kind, found in spent.items():
        yield Figure(
            "merges",
            f"{name}, {kind}",
            "s",
            (
                Value("merge", median([whole for whole, _ in found])),
                Value("write lock", max(lock for _, lock in found), LONGEST_LOCK),
            ),
            yardstick,
            MOST_RATIO,
            note=f"{rows:,} attendances",
        )


def _again(data: TileData) -> TileData:
    return replace(data, asked_at=data.asked_at + HOUR)


def _merged(account: Account, data: TileData) -> tuple[float, float]:
    """Merge the day; return how long that took, and how long it kept other writers out at once."""
    with locks_timed() as locks, stopwatch() as watch:
        merge_day(account, data)
    return watch.seconds, max(locks)


def _attendances(account: Account, start: datetime) -> Any:
    return Attendance.objects.filter(tile__account=account, tile__start_at=start)


def _loads(account: Account, start: datetime) -> list[float]:
    """Return how long the database takes to load the day's rows once more, into another tile."""
    found = _attendances(account, start).values_list("session_id", "person_id", *_FIGURES)
    tile = Tile.objects.create(
        account=account, start_at=start.replace(year=2020), end_at=start.replace(year=2020) + HOUR
    )
    rows = [(session, person, tile.pk, *figures) for session, person, *figures in found]
    spent: list[float] = []
    for _ in range(3):
        spent += repeated(lambda: load(ATTENDANCE, ATTENDANCE_COLUMNS, rows), 1)
        Attendance.objects.filter(tile=tile).delete()
    tile.delete()
    return spent


_FIGURES = ("view_seconds", "engaged_seconds", "user_type")


def _beside_pandas(account: Account, number: int) -> Iterator[Figure]:
    """Measure from Kaltura's CSV to the tables, beside what pandas takes to store it unresolved."""
    data = day_data(number, LARGE_SESSIONS, LARGE_ATTENDEES, asked_at=_evening(number))
    content = attendees_csv(data)

    spent = repeated(lambda: merge_day(account, folded(data, content)), 1)
    yield Figure(
        "merges",
        "a day of 50,000 attendances, new, from Kaltura’s CSV on",
        "s",
        (Value("merge", spent[0]),),
        median(repeated(lambda: _by_pandas(content), 3)),
    )


def attendees_csv(data: TileData) -> bytes:
    """Return the day's attendances as Kaltura gives them: minutes, and a ratio."""
    lines = io.StringIO()
    lines.write(",".join(REPORTS[ATTENDEES].column_names) + "\n")
    for row in data.attendances.values():
        facts = (row.entry_id, row.cue_point_id, row.user_id, row.name, row.email, row.user_type)
        figures = (row.view_seconds / 60, row.engaged_seconds / row.view_seconds)
        lines.write(",".join([*map(str, facts), *(f"{it:.14g}" for it in figures)]) + "\n")
    return lines.getvalue().encode()


def folded(day: TileData, content: bytes) -> TileData:
    """Return the day with the attendances of the CSV instead of its own."""
    data = replace(day, attendances={})
    fold_attendees(data, _rows_of(content))
    return data


def _rows_of(content: bytes) -> Iterator[Any]:
    lines = split_lines([content])
    spec = REPORTS[ATTENDEES]
    reader = RowReader(spec, header_of(next(lines) + b"\n", spec))
    for number, line in enumerate(lines, start=2):
        yield reader.read(number, line)


def _by_pandas(content: bytes) -> None:
    import pandas as pd

    frame = pd.read_csv(io.BytesIO(content), dtype=str)
    if connection.vendor == "sqlite":
        frame.to_sql("bench_pandas", connection.connection, if_exists="replace", index=False)
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bench_pandas")
        return
    columns = ", ".join(f'"{name}" text' for name in frame.columns)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_pandas ({columns})")
        with cursor.copy("COPY bench_pandas FROM STDIN (FORMAT csv)") as copy:
            copy.write(frame.to_csv(index=False, header=False, quoting=csv.QUOTE_MINIMAL))
        cursor.execute("DROP TABLE bench_pandas")


def merge_on(scale: float) -> None:
    """Merge one usual day after another, new ones and then changed ones, until told to stop."""
    account = Account.objects.get(partner_id=LARGE.partner_id)
    first = day_count(scale) + 2 * (USUAL_DAYS + LARGE_DAYS)
    for turn in count():
        number = first + turn % LOOPED_DAYS
        data = day_data(number, asked_at=_evening(number))
        merge_day(account, changed(data, turn // LOOPED_DAYS))
