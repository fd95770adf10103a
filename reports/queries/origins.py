"""What a breakout belongs to, as far as whoever reads may know of it.

A breakout room may be somebody's without its main room. Then nothing names that room or its session:
neither a field nor an order nor a search reads them but through here.
"""

from typing import Any

from django.db.models import Case, F, Q, When

from reports.models.session import RoomSessionQuerySet

MAIN_ROOM, MAIN_SESSION = "room__parent", "main_session"
_ROOM_OF = {MAIN_ROOM: "room__parent", MAIN_SESSION: "main_session__room"}


def is_seen(sessions: RoomSessionQuerySet, origin: str) -> Q:
    """Return the condition that the breakout's main room or session may be known of."""
    if sessions.rooms_seen is None:
        return Q()
    return Q(**{f"{_ROOM_OF[origin]}__in": sessions.rooms_seen})


def as_seen(sessions: RoomSessionQuerySet, field: str) -> Any:
    """Return what reads the field of the main room or session: NULL where that is not theirs."""
    if sessions.rooms_seen is None:
        return F(field)
    origin = MAIN_ROOM if field.startswith(MAIN_ROOM) else MAIN_SESSION
    return Case(When(is_seen(sessions, origin), then=F(field)))
