"""Builds the data of a benchmark in bulk: the rows that the product's merges would have written.

Run as a process on the database that DJANGO_SETTINGS_MODULE and TEST_DATABASE_URL name. What was
built before is kept as long as the scale, the migrations and the code of this builder are the same.
"""

import hashlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction

from reports import migrations
from reports.models import Account, Role, Room, RoomGrant, User
from tests.benchmarks import data, rows
from tests.benchmarks.checks import check_sums, merge_changes
from tests.benchmarks.data import LARGE, SHAPES, day_count, day_data
from tests.benchmarks.loading import fetch
from tests.benchmarks.server import ADMINISTRATOR, PASSWORD, TEACHER

DAYS_AT_ONCE = 10
TEACHERS_ROOMS = 30


def main(scale: float) -> None:
    """Build the data unless it is there, and say how long that took."""
    wanted = signature(scale)
    built = _built()
    if built is not None and built[0] == wanted:
        print(f"data: as built before, in {built[1]:.0f} s")
        return
    start = time.monotonic()
    _empty_database()
    call_command("migrate", verbosity=0)
    store(scale)
    stored_in = time.monotonic() - start
    check_sums()
    differing = merge_changes(day_data(0))
    if differing:
        raise SystemExit(f"The product would have written other data: {', '.join(differing)}.")
    _settle()
    spent = time.monotonic() - start
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_built (signature text, seconds double precision)")
        cursor.execute("INSERT INTO bench_built VALUES (%s, %s)", [wanted, spent])
    [(sessions, attendances)] = fetch(
        "SELECT (SELECT COUNT(*) FROM reports_roomsession),"
        " (SELECT COUNT(*) FROM reports_attendance)"
    )
    print(
        f"data: {sessions:,} sessions and {attendances:,} attendances built in {stored_in:.0f} s,"
        f" checked in {spent - stored_in:.0f} s"
    )


def signature(scale: float) -> str:
    """Return what the data depends on, as one word."""
    found = hashlib.sha256(repr(scale).encode())
    own = [Path(module.__file__ or "") for module in (data, rows, sys.modules[__name__])]
    for path in (*own, *sorted(Path(migrations.__path__[0]).glob("*.py"))):
        found.update(path.read_bytes())
    return found.hexdigest()


def store(scale: float) -> None:
    """Write every account, day by day, into a migrated, empty database."""
    accounts = {
        shape: Account.objects.create(
            name=shape.name, endpoint="us", partner_id=shape.partner_id, sign_in="ks", secret="none"
        )
        for shape in SHAPES
    }
    kept = rows.Rows()
    for first in _progress(range(0, day_count(scale), DAYS_AT_ONCE)):
        for number in range(first, min(first + DAYS_AT_ONCE, day_count(scale))):
            for shape, account in accounts.items():
                kept.add_day(account, day_data(number, shape=shape))
        kept.write()
    kept.close()
    Account.objects.update(data_version=day_count(scale))  # a merge a day
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), rows.MODELS):
            cursor.execute(statement)
    _add_users(accounts[LARGE])


def _add_users(account: Account) -> None:
    User.objects.create_superuser(ADMINISTRATOR, password=PASSWORD)
    teacher = User.objects.create_user(TEACHER, password=PASSWORD, role=Role.TEACHER)
    some = Room.objects.filter(account=account, parent=None).order_by("entry_id")[:TEACHERS_ROOMS]
    RoomGrant.objects.bulk_create([RoomGrant(user=teacher, room=room) for room in some])


def _built() -> tuple[str, float] | None:
    try:
        [(found, spent)] = fetch("SELECT signature, seconds FROM bench_built")
    except (DatabaseError, ValueError):
        return None
    return found, spent


def _empty_database() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
        connection.close()
        return
    connection.close()
    file = Path(connection.settings_dict["NAME"])
    for path in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        path.unlink(missing_ok=True)


def _settle() -> None:
    """Leave the database as it is after some days of use: PostgreSQL vacuums by itself."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _progress(steps: range) -> Iterator[Any]:
    """Yield the steps, and say at a terminal how far it is."""
    for done, step in enumerate(steps):
        if sys.stderr.isatty():
            print(f"\rbuilding: {100 * done // len(steps)} %", end="", file=sys.stderr, flush=True)
        yield step
    if sys.stderr.isatty():
        print("\r" + " " * 20 + "\r", end="", file=sys.stderr, flush=True)
