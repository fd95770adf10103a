"""Attendances of a tile: compared with what is stored, so that an unchanged row is not written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from reports.models import RoomSession
from reports.sync.merge.rows import load

if TYPE_CHECKING:
    from reports.sync.merge.tile import Merge

COLUMNS = ["session_id", "person_id", "view_seconds", "engaged_seconds", "user_type"]
# In the order of the index, so that its pages are written once.
RESOLVE = """
INSERT INTO staged_row (session_id, person_id, view_seconds, engaged_seconds, user_type)
SELECT session.session_id, person.person_id, view_seconds, engaged_seconds, user_type
FROM staged_attendance
JOIN staged_session session ON session.number = session_number
JOIN staged_person person ON person.number = person_number
ORDER BY 1, 2
"""
WITHDRAW = """
DELETE FROM reports_attendance
WHERE tile_id = %s
    AND session_id NOT IN (SELECT session_id FROM staged_session WHERE is_kept)
    AND NOT EXISTS (
        SELECT 1 FROM staged_row staged
        WHERE staged.session_id = reports_attendance.session_id
            AND staged.person_id = reports_attendance.person_id
    )
"""
WRITE = """
INSERT INTO reports_attendance
    (session_id, person_id, tile_id, view_seconds, engaged_seconds, user_type)
SELECT staged.session_id, staged.person_id, %s,
    staged.view_seconds, staged.engaged_seconds, staged.user_type
FROM staged_row staged
WHERE NOT EXISTS (
    SELECT 1 FROM reports_attendance stored
    WHERE stored.session_id = staged.session_id
        AND stored.person_id = staged.person_id
        AND stored.tile_id = %s
        AND stored.view_seconds = staged.view_seconds
        AND stored.engaged_seconds = staged.engaged_seconds
        AND stored.user_type = staged.user_type
)
ORDER BY staged.session_id, staged.person_id
ON CONFLICT (session_id, person_id, tile_id) DO UPDATE SET
    view_seconds = excluded.view_seconds,
    engaged_seconds = excluded.engaged_seconds,
    user_type = excluded.user_type
"""


def write_attendances(merge: Merge, sessions: dict[str, RoomSession]) -> None:
    """Bring the tile's rows in line with the answer: as a set, or only adding when filtered."""
    numbers, kept = merge.stage.sessions, merge.data.cut_sessions
    load(
        "staged_session",
        ["number", "session_id", "is_kept"],
        (
            (numbers.setdefault(cue, len(numbers)), session.pk, cue in kept)
            for cue, session in sessions.items()
        ),
    )
    load("staged_row", COLUMNS, _rows_of_erased(merge, sessions))
    tile = merge.tile.pk
    with connection.cursor() as cursor:
        cursor.execute(RESOLVE)
        if merge.replaces_attendances:
            cursor.execute(WITHDRAW, [tile])
        cursor.execute(WRITE, [tile, tile])


def _rows_of_erased(
    merge: Merge, sessions: dict[str, RoomSession]
) -> list[tuple[int, int, int, int, str]]:
    """Return the rows of pseudonyms: several keys of a session may lead to one, and are added up."""
    pseudonyms = merge.stage.pseudonyms
    if not pseudonyms:
        return []
    wanted: dict[tuple[int, int], tuple[int, int, str]] = {}
    for (cue, key), row in merge.data.attendances.items():
        if key in pseudonyms:
            place = (sessions[cue].pk, pseudonyms[key])
            view, engaged, user_type = wanted.get(place, (0, 0, row.user_type))
            wanted[place] = (view + row.view_seconds, engaged + row.engaged_seconds, user_type)
    return [(*place, *figures) for place, figures in wanted.items()]
