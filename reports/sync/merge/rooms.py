"""Rooms of a tile: found or made, named by the latest tile that names them, put under their parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.models import Room
from reports.sync.merge.rows import update_rows

if TYPE_CHECKING:
    from reports.sync.merge.tile import Merge


def write_rooms(merge: Merge) -> dict[str, Room]:
    """Return the rooms of every entry id that the tile mentions."""
    names, parents = _names_and_parents(merge)
    mentioned = {a.entry_id for a in merge.data.attendances.values()}
    mentioned |= names.keys() | parents.keys() | set(parents.values())
    mentioned.discard("")
    known = Room.objects.filter(account=merge.account)
    rooms = {room.entry_id: room for room in known.filter(entry_id__in=mentioned)}
    missing = sorted(mentioned - rooms.keys())
    if missing:
        Room.objects.bulk_create(
            [Room(account=merge.account, entry_id=entry_id) for entry_id in missing]
        )
        rooms |= {room.entry_id: room for room in known.filter(entry_id__in=missing)}
    changed = [
        room
        for entry_id, room in rooms.items()
        if _rename(merge, room, names.get(entry_id))
        | _put_under(room, rooms.get(parents.get(entry_id, "")))
    ]
    update_rows(changed, ["name", "named_as_of", "parent"])
    return rooms


def _names_and_parents(merge: Merge) -> tuple[dict[str, str | None], dict[str, str]]:
    names: dict[str, str | None] = {}
    parents: dict[str, str] = {}
    for breakout in merge.data.breakouts.values():
        names[breakout.entry_id] = breakout.entry_name
        names.setdefault(breakout.parent_entry_id, breakout.parent_entry_name)
        parents[breakout.entry_id] = breakout.parent_entry_id
    for session in merge.data.sessions.values():
        if session.entry_name is not None or session.entry_id not in names:
            names[session.entry_id] = session.entry_name
        if session.parent_entry_id:
            parents[session.entry_id] = session.parent_entry_id
    return names, parents


def _rename(merge: Merge, room: Room, name: str | None) -> bool:
    """Return whether the room took this name: an older tile must not rename it back."""
    if name is None or (room.named_as_of and room.named_as_of > merge.tile.start_at):
        return False
    if (room.name, room.named_as_of) == (name, merge.tile.start_at):
        return False
    room.name, room.named_as_of = name, merge.tile.start_at
    return True


def _put_under(room: Room, parent: Room | None) -> bool:
    if parent is None or parent.pk == room.pk or room.parent_id == parent.pk:
        return False
    room.parent = parent
    return True
