"""The truth that answers and stored figures are compared with, straight from a world's events.

Shares no code with the simulator's answers: only the records of `world` are imported. It says what
Kaltura can know: names as the wire makes them (a comma in a value becomes a space) and whole UTC
hours (an hour belongs to a window if it starts in it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from reports.simulator.world import Session, User, World

PersonKey = tuple[str, ...]
HOUR_SECONDS = 3600
HASHED_ID = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})", re.IGNORECASE)


@dataclass
class SessionTruth:
    """What happened in one session during the window."""

    session: Session  # full start and end, whatever the window
    attendees: dict[PersonKey, tuple[int, int]] = field(default_factory=dict)  # view, engaged
    view_seconds: int = 0
    engaged_seconds: int = 0


def wire_text(value: str) -> str:
    """Return the text as the reports give it."""
    return value.replace(",", " ")


def is_placeholder(user_id: str) -> bool:
    """Say whether the id stands for nobody in particular: empty, `Unknown` or a hash."""
    return user_id in ("", "Unknown") or HASHED_ID.fullmatch(user_id) is not None


def person_key(user: User) -> PersonKey:
    """Return (user_id,) of a person Kaltura knows, ("", user_id, name, email) of a placeholder."""
    user_id = wire_text(user.user_id)
    if is_placeholder(user_id):
        return ("", user_id, wire_text(user.name), wire_text(user.email))
    return (user_id,)


def truth(world: World, from_unix: int, to_unix: int) -> dict[str, SessionTruth]:
    """Return by cue point id each session with at least one event in the window.

    A session's attendees hold everybody with an event, also one of 0 seconds.
    """
    sessions: dict[str, SessionTruth] = {}
    for event in world.events(from_unix - HOUR_SECONDS, to_unix + HOUR_SECONDS):
        if not from_unix <= event.at - event.at % HOUR_SECONDS < to_unix:
            continue
        known = sessions.get(event.cue_point_id)
        if known is None:
            raw = world.session(event.cue_point_id)
            session = replace(
                raw, host_name=wire_text(raw.host_name), initiator=wire_text(raw.initiator)
            )
            known = sessions[event.cue_point_id] = SessionTruth(session)
        key = person_key(event.user)
        view, engaged = known.attendees.get(key, (0, 0))
        known.attendees[key] = (view + event.view_seconds, engaged + event.engaged_seconds)
        known.view_seconds += event.view_seconds
        known.engaged_seconds += event.engaged_seconds
    return sessions
