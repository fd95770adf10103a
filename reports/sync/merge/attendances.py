"""Attendances of a tile: compared with what is stored, so that an unchanged row is not written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.models import Attendance, Person, RoomSession

if TYPE_CHECKING:
    from reports.sync.merge.tile import Merge

BATCH = 1000
Figures = tuple[int, int, str]  # view seconds, engaged seconds, user type


def write_attendances(
    merge: Merge, sessions: dict[str, RoomSession], people: dict[str, Person]
) -> None:
    """Bring the tile's rows in line with the answer: as a set, or only adding when filtered."""
    wanted = _wanted(merge, sessions, people)
    stored: dict[tuple[int, int], tuple[int, Figures]] = {}
    rows = Attendance.objects.filter(tile=merge.tile).values_list(
        "session_id", "person_id", "pk", "view_seconds", "engaged_seconds", "user_type"
    )
    for session_id, person_id, pk, view, engaged, user_type in rows.iterator():
        stored[session_id, person_id] = (pk, (view, engaged, user_type))
    if merge.replaces_attendances:
        kept = {sessions[cue].pk for cue in merge.data.cut_sessions if cue in sessions}
        gone = [stored[key][0] for key in stored.keys() - wanted.keys() if key[0] not in kept]
        for first in range(0, len(gone), BATCH):
            Attendance.objects.filter(pk__in=gone[first : first + BATCH]).delete()
    changed = [
        Attendance(
            session_id=key[0],
            person_id=key[1],
            tile=merge.tile,
            view_seconds=figures[0],
            engaged_seconds=figures[1],
            user_type=figures[2],
        )
        for key, figures in wanted.items()
        if key not in stored or stored[key][1] != figures
    ]
    Attendance.objects.bulk_create(
        changed,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["session", "person", "tile"],
        update_fields=["view_seconds", "engaged_seconds", "user_type"],
    )


def _wanted(
    merge: Merge, sessions: dict[str, RoomSession], people: dict[str, Person]
) -> dict[tuple[int, int], Figures]:
    wanted: dict[tuple[int, int], Figures] = {}
    for (cue, key), row in merge.data.attendances.items():
        place = (sessions[cue].pk, people[key].pk)
        view, engaged, user_type = wanted.get(place, (0, 0, row.user_type))
        wanted[place] = (view + row.view_seconds, engaged + row.engaged_seconds, user_type)
    return wanted
