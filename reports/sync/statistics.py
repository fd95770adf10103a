"""What the database knows of its own tables, so that it reads by the right index."""

from django.db import OperationalError, connection

ROWS_LOOKED_AT = 400  # of each index: some milliseconds, however large the tables are


def refresh_statistics() -> None:
    """Let SQLite look at its tables anew; PostgreSQL does so by itself. Losing a lock is no harm."""
    if connection.vendor != "sqlite":
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA analysis_limit = {ROWS_LOOKED_AT}")
            cursor.execute("ANALYZE")
    except OperationalError:
        return
