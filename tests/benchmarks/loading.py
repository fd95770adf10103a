"""The database's own way of loading resolved rows into an indexed table: what a merge is held to.

PostgreSQL: COPY. SQLite: the driver's executemany in one transaction.
"""

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any

from django.db import connection, transaction

ATTENDANCE = "reports_attendance"
ATTENDANCE_COLUMNS = (
    "session_id",
    "person_id",
    "tile_id",
    "view_seconds",
    "engaged_seconds",
    "user_type",
)


def load(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add the rows, in one transaction. The indexes are there, and foreign keys are checked."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" for _ in columns)
            insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
            # The driver's own cursor: Django's would go over each of the rows once more.
            with closing(connection.connection.cursor()) as bare:
                bare.executemany(insert, rows)


def fetch(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
