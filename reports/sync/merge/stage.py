"""A tile's attendances in temporary tables, so that the database merges them as sets.

The tables are of this connection alone, and are gone with it. They are filled before any lock is
taken: on SQLite before the transaction, which locks the database as it begins; on PostgreSQL inside
of it, since only there a connection pooler keeps to one connection.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from django.db import Error as DatabaseTrouble, connection, transaction

from reports.sync.answers import AttendanceSum, TileData
from reports.sync.merge.rows import load

# `number` stands for a key or a cue point, and is shorter.
TABLES = {
    "staged_person": "number integer, key text, user_id text, name text, email text,"
    " is_placeholder boolean, person_id bigint, is_renamed boolean",
    "staged_session": "number integer, session_id bigint, is_kept boolean",
    "staged_attendance": "session_number integer, person_number integer, view_seconds integer,"
    " engaged_seconds integer, user_type varchar(20)",
    # With the ids of session and person, as the rows are to be stored.
    "staged_row": "session_id bigint, person_id bigint, view_seconds integer,"
    " engaged_seconds integer, user_type varchar(20)",
}
# SQLite looks rows up one by one; PostgreSQL makes a hash of them.
SQLITE_KEYS = {
    "staged_person": "number",
    "staged_session": "number",
    "staged_row": "session_id, person_id",
}
# Either has to know how many rows there are: PostgreSQL would look up people one by one, SQLite
# would read the whole table of people to be ready for a million.
COUNTED = {
    "staged_person": "(number, person_id, is_renamed)",
    "staged_attendance": "(session_number, person_number)",
}


@dataclass
class Stage:
    """What the tables hold, by number; and who of it was erased."""

    people: dict[str, int]  # person key → number
    sessions: dict[str, int]  # cue point id → number
    pseudonyms: dict[str, int] = field(default_factory=dict)  # key of an erased person → person id


@contextmanager
def staged(data: TileData) -> Iterator[Stage]:
    """Begin a transaction with the attendances of `data` staged; nothing is left of them after it."""
    if connection.vendor == "sqlite":
        with _tables():
            stage = _fill(data)
            with transaction.atomic():
                yield stage
    else:
        with transaction.atomic(), _tables(), connection.cursor() as cursor:
            stage = _fill(data)
            # Compiling a plan takes longer than any of these; 50,000 rows are sorted in memory.
            cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '32MB'")
            yield stage


@contextmanager
def _tables() -> Iterator[None]:
    _drop()  # on SQLite, those of a merge whose connection failed as it cleaned up
    with connection.cursor() as cursor:
        for name, columns in TABLES.items():
            if connection.vendor == "sqlite" and name in SQLITE_KEYS:
                columns += f", PRIMARY KEY ({SQLITE_KEYS[name]})"
            cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns})")
    try:
        yield
    except BaseException:
        with suppress(DatabaseTrouble):  # a transaction that failed has taken them away already
            _drop()
        raise
    _drop()


def _drop() -> None:
    with connection.cursor() as cursor:
        for name in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")


def _fill(data: TileData) -> Stage:
    named = latest_names(data)
    stage = Stage({key: number for number, key in enumerate(named)}, {})
    load(
        "staged_person",
        ["number", "key", "user_id", "name", "email", "is_placeholder"],
        (
            (number, key, row.user_id, row.name, row.email, row.is_placeholder)
            for number, (key, row) in enumerate(named.items())
        ),
    )
    sessions, people = stage.sessions, stage.people
    load(
        "staged_attendance",
        ["session_number", "person_number", "view_seconds", "engaged_seconds", "user_type"],
        (
            (
                sessions.setdefault(cue, len(sessions)),
                people[key],
                row.view_seconds,
                row.engaged_seconds,
                row.user_type,
            )
            for (cue, key), row in data.attendances.items()
        ),
    )
    with connection.cursor() as cursor:
        for name, columns in COUNTED.items():
            of = "" if connection.vendor == "sqlite" else columns
            cursor.execute(f"ANALYZE {name} {of}")
    return stage


def latest_names(data: TileData) -> dict[str, AttendanceSum]:
    """Return for each key the row of its latest session, one with a name before one without."""

    def rank(row: AttendanceSum) -> tuple[bool, int, str]:
        session = data.sessions.get(row.cue_point_id)
        return (row.name is not None, session.start_unix if session else 0, row.cue_point_id)

    named: dict[str, AttendanceSum] = {}
    for (_, key), row in data.attendances.items():
        known = named.get(key)
        if known is None or rank(row) > rank(known):
            named[key] = row
    return named
