"""What exists and what happened in a simulated Kaltura account, event by event.

Here belong the plain records (rooms, sessions, users, viewing events), the `World` protocol that
answers are computed from, and `ListedWorld`, a world of explicit lists for tests. How a world is
asked over HTTP does not belong here; an invented one at scale is in `university`. The events are
the source of truth: every figure in every answer is a sum over them.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal, Protocol

UserType = Literal["User", "Guest"]


@dataclass(frozen=True, slots=True)
class Room:
    """A Kaltura entry in which sessions take place."""

    entry_id: str  # ^[0-9]_[0-9a-z]{8}$
    name: str
    parent_entry_id: str | None = None  # the main room, for a breakout room
    virtual_event_ids: tuple[str, ...] = ()
    course: str = ""  # code of the course that the room belongs to, empty for none
    categories: tuple[str, ...] = ()  # Kaltura categories that the entry is published in


@dataclass(frozen=True, slots=True)
class Session:
    """One meeting in a room: a cue point of the room's entry."""

    cue_point_id: str  # ^[0-9]_[0-9a-z]{8}$
    entry_id: str
    start: int  # unix seconds
    end: int  # unix seconds; equal to start: still open, or never closed
    host_name: str
    initiator: str  # full name, else user id, of who opened a breakout session


@dataclass(frozen=True, slots=True)
class User:
    """Somebody in a session, as Kaltura knows them."""

    user_id: str  # empty, "Unknown" or a hash of 64 hex digits for a placeholder
    name: str
    email: str
    user_type: UserType


@dataclass(frozen=True, slots=True)
class Event:
    """One batch of viewing beacons of one device; it counts in the UTC hour of `at`."""

    cue_point_id: str
    user: User
    device: int  # 1, 2, …: two at the same time count twice
    at: int  # unix seconds
    view_seconds: int
    engaged_seconds: int  # at most view_seconds


class World(Protocol):
    """An account's content. Everything is read at the time of the call: late events just appear."""

    def rooms(self) -> Mapping[str, Room]:
        """Return every room by its entry id."""
        ...

    def session(self, cue_point_id: str) -> Session:
        """Return the session as it stands now. Raises KeyError for an unknown id."""
        ...

    def events(self, from_unix: int, to_unix: int) -> Iterable[Event]:
        """Return the events with from_unix <= at < to_unix, by time."""
        ...


_BY_TIME = attrgetter("at")


class ListedWorld:
    """A world of explicit lists. Cheap to make; may be changed while a simulator serves it.

    Changes replace whole tuples, so that a request that is being answered sees one state.
    """

    def __init__(
        self,
        rooms: Iterable[Room] = (),
        sessions: Iterable[Session] = (),
        events: Iterable[Event] = (),
    ) -> None:
        self._rooms = {room.entry_id: room for room in rooms}
        self._sessions = {session.cue_point_id: session for session in sessions}
        self._events: tuple[Event, ...] = tuple(sorted(events, key=_BY_TIME))

    def rooms(self) -> Mapping[str, Room]:
        """Return every room by its entry id."""
        return self._rooms

    def sessions(self) -> Mapping[str, Session]:
        """Return every session by its cue point id, those without any event too."""
        return self._sessions

    def session(self, cue_point_id: str) -> Session:
        """Return the session of that id. Raises KeyError for an unknown one."""
        return self._sessions[cue_point_id]

    def events(self, from_unix: int, to_unix: int) -> tuple[Event, ...]:
        """Return the events with from_unix <= at < to_unix, by time."""
        events = self._events
        first = bisect.bisect_left(events, from_unix, key=_BY_TIME)
        return events[first : bisect.bisect_left(events, to_unix, lo=first, key=_BY_TIME)]

    def put_room(self, room: Room) -> None:
        """Add the room, or replace the one of that id (renamed, moved)."""
        self._rooms = {**self._rooms, room.entry_id: room}

    def put_session(self, session: Session) -> None:
        """Add the session, or replace the one of that id (closed at last, host renamed)."""
        self._sessions = {**self._sessions, session.cue_point_id: session}

    def add_events(self, *events: Event) -> None:
        """Add events, of any time: this is how events arrive late."""
        self._events = tuple(sorted((*self._events, *events), key=_BY_TIME))

    def remove_events(self, *events: Event) -> None:
        """Take events back, each once. Raises ValueError if one isn't there."""
        left = list(self._events)
        for event in events:
            left.remove(event)
        self._events = tuple(left)
