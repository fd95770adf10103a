"""Sessions of a tile: the newest answer's facts win, whichever tile it was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.models import Room, RoomSession
from reports.sync.answers import TileData
from reports.sync.merge.rows import add_rows, update_rows
from reports.sync.spans import as_datetime

if TYPE_CHECKING:
    from reports.sync.merge.tile import Merge

FACTS = ["room", "started_at", "ended_at", "length_seconds", "host_name", "initiator"]


@dataclass(frozen=True, slots=True)
class Facts:
    entry_id: str
    start_unix: int
    end_unix: int
    host_name: str | None
    initiator: str | None


def write_sessions(merge: Merge, rooms: dict[str, Room]) -> dict[str, RoomSession]:
    """Return the sessions that the tile tells of, by cue point id."""
    cues = merge.data.cue_points()
    facts = {cue: found for cue in cues if (found := _facts(merge.data, cue))}
    entry_of = {a.cue_point_id: a.entry_id for a in merge.data.attendances.values()}
    stored = RoomSession.objects.filter(account=merge.account, cue_point_id__in=cues)
    sessions = {session.cue_point_id: session for session in stored}
    new, changed = [], []
    for cue in sorted(cues):
        session = sessions.get(cue)
        if session is None:
            entry_id = facts[cue].entry_id if cue in facts else entry_of[cue]
            session = _blank(merge, cue, rooms[entry_id])
            new.append(session)
        elif cue not in facts or not _is_newer(merge, session):
            continue
        else:
            changed.append(session)
        if cue in facts:
            _take(merge, session, facts[cue], rooms)
    add_rows(new)
    update_rows(changed, [*FACTS, "facts_asked_at"])
    keys = dict(stored.all().values_list("cue_point_id", "pk")) if new else {}
    for session in new:
        session.pk = keys[session.cue_point_id]
    return sessions | {session.cue_point_id: session for session in new}


def _facts(data: TileData, cue: str) -> Facts | None:
    told, breakout = data.sessions.get(cue), data.breakouts.get(cue)
    initiator = breakout.initiator if breakout else None
    if told:
        return Facts(told.entry_id, told.start_unix, told.end_unix, told.host_name, initiator)
    if breakout:
        return Facts(
            breakout.entry_id, breakout.start_unix, breakout.end_unix, None, breakout.initiator
        )
    return None


def _blank(merge: Merge, cue: str, room: Room) -> RoomSession:
    """Return a session of which only attendees are known: its start is no later than the tile's."""
    start = merge.tile.start_at
    return RoomSession(
        account=merge.account, room=room, cue_point_id=cue, started_at=start, ended_at=start
    )


def _is_newer(merge: Merge, session: RoomSession) -> bool:
    return session.facts_asked_at is None or session.facts_asked_at <= merge.data.asked_at


def _take(merge: Merge, session: RoomSession, facts: Facts, rooms: dict[str, Room]) -> None:
    session.room = rooms[facts.entry_id]
    session.started_at = as_datetime(facts.start_unix)
    session.ended_at = as_datetime(facts.end_unix)
    length = facts.end_unix - facts.start_unix
    session.length_seconds = length if length > 0 else None
    if facts.host_name is not None:
        session.host_name = facts.host_name
    if facts.initiator is not None:
        session.initiator = facts.initiator
    session.facts_asked_at = merge.data.asked_at
