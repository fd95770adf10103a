"""What must hold of the built data: sums agree, and the product would have written the same."""

from typing import Any

from django.db import transaction

from reports.models import (
    Account,
    Attendance,
    Finding,
    Person,
    Room,
    RoomSession,
    SessionPart,
    Tile,
    TileAnswer,
)
from reports.sync.answers import TileData
from reports.sync.spans import as_datetime
from tests.benchmarks.data import LARGE, Shape
from tests.benchmarks.loading import fetch
from tests.benchmarks.merging import merge_day

# What tells when a row was written, and keys that the database gives.
PASSING = {"id", "merged_at", "noticed_at", "created_at"}

SUMS_DISAGREE = {
    "a session's part and its attendances": """
        SELECT COUNT(*) FROM reports_sessionpart part LEFT JOIN (
            SELECT session_id, tile_id, COUNT(*) AS people, SUM(view_seconds) AS viewed,
                   SUM(engaged_seconds) AS engaged
            FROM reports_attendance GROUP BY session_id, tile_id
        ) found ON found.session_id = part.session_id AND found.tile_id = part.tile_id
        WHERE part.attendee_count <> COALESCE(found.people, 0)
           OR part.view_seconds <> COALESCE(found.viewed, 0)
           OR part.engaged_seconds <> COALESCE(found.engaged, 0)""",
    "a whole session and its parts": """
        SELECT COUNT(*) FROM reports_roomsession whole LEFT JOIN (
            SELECT session_id, SUM(attendee_count) AS people, SUM(view_seconds) AS viewed,
                   SUM(engaged_seconds) AS engaged
            FROM reports_sessionpart GROUP BY session_id
        ) found ON found.session_id = whole.id
        WHERE whole.view_seconds IS NOT NULL
          AND (found.people IS NULL OR whole.attendee_count <> found.people
               OR whole.view_seconds <> found.viewed OR whole.engaged_seconds <> found.engaged)""",
    "attendances and parts": """
        SELECT (SELECT COUNT(*) FROM reports_attendance)
               - (SELECT SUM(attendee_count) FROM reports_sessionpart)""",
}


def check_sums() -> None:
    """Raise SystemExit where stored sums are not the sums of what they stand for."""
    for what, query in SUMS_DISAGREE.items():
        if fetch(query) != [(0,)]:
            raise SystemExit(f"The data is wrong: {what} disagree.")


def merge_changes(data: TileData, shape: Shape = LARGE) -> list[str]:
    """Let the product merge a built day once more; return the tables that this changes.

    The merge is rolled back. `data` is the day as it was built.
    """
    account = Account.objects.get(partner_id=shape.partner_id)
    start = as_datetime(data.span.start)
    before = stored_day(account, start)
    with transaction.atomic():
        merge_day(account, data)
        after = stored_day(account, start)
        transaction.set_rollback(True)
    return [table for table in before if before[table] != after[table]]


def stored_day(account: Account, start: Any) -> dict[str, list[Any]]:
    """Return all that is stored of an account's day, by natural keys and in a fixed order."""
    tile = Tile.objects.filter(account=account, start_at=start)
    sessions = RoomSession.objects.filter(parts__tile__in=tile)
    rows = {
        "tile": tile,
        "answers": TileAnswer.objects.filter(tile__in=tile),
        "findings": Finding.objects.filter(tile__in=tile),
        "rooms": Room.objects.filter(account=account),
        "sessions": sessions,
        "parts": SessionPart.objects.filter(tile__in=tile),
        "people": Person.objects.filter(attendances__tile__in=tile).distinct(),
        "attendances": Attendance.objects.filter(tile__in=tile),
    }
    return {table: _plain(found) for table, found in rows.items()}


NATURAL_KEYS = {
    "account": "account__partner_id",
    "tile": "tile__start_at",
    "room": "room__entry_id",
    "parent": "parent__entry_id",
    "session": "session__cue_point_id",
    "main_session": "main_session__cue_point_id",
    "person": "person__key",
}


def _plain(found: Any) -> list[Any]:
    names = [field.name for field in found.model._meta.concrete_fields]
    kept = [NATURAL_KEYS.get(name, name) for name in names if name not in PASSING]
    return sorted(found.values_list(*kept), key=repr)
