"""One session as a page's table or a file shows it: plain values, read in one query.

Named tuples, because a file reads them by the hundred thousand and the models would be most of the
time. What a column makes of the values is not here: `reports.exports`.
"""

from array import array
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from reports.models.session import RoomSessionQuerySet
from reports.queries.origins import as_seen
from reports.queries.shares import engagement

AT_ONCE = 200  # sessions of a file that a query reads


class SessionStatus(StrEnum):
    """How far the figures of a session can be relied on; the first that applies."""

    TIMES_UNKNOWN = "times_unknown"  # Kaltura gave attendees, but never the session's facts
    ATTENDANCE_UNKNOWN = "attendance_unknown"  # not every attendee row is here yet
    DISAGREEING = "disagreeing"  # Kaltura's two reports differ, even when asked again
    NO_END = "no_end"  # still running, or never closed
    PROVISIONAL = "provisional"  # asked before its figures had settled
    COMPLETE = "complete"


class SessionLine(NamedTuple):
    """A session with its room and its marks. In the order of FIELDS, which fills it."""

    session_id: int
    cue_point_id: str
    account_id: int
    account_name: str
    room_id: int
    entry_id: str
    room_name: str  # "" when no answer has named it
    parent_entry_id: str | None  # None: not a breakout, or its main room isn't the viewer's
    parent_name: str | None
    main_cue_point_id: str | None  # None: no main session, not the viewer's, or it isn't clear
    stored_started_at: datetime  # a guess without facts: read `started_at`
    stored_ended_at: datetime
    length_seconds: int | None  # None: still running or never closed
    host_name: str
    initiator: str
    attendee_count: int | None  # None, with the three below, until the attendees are whole
    guest_count: int | None
    view_seconds: int | None
    engaged_seconds: int | None
    kaltura_unique_users: int | None
    kaltura_participant_count: int | None
    kaltura_engagement_rate: float | None
    facts_asked_at: datetime | None
    parent_id: int | None  # our key of the main room, told to nobody; None: not a breakout
    is_disputed: bool
    is_provisional: bool

    @property
    def has_facts(self) -> bool:
        """True when Kaltura told start, end and host."""
        return self.facts_asked_at is not None

    @property
    def started_at(self) -> datetime | None:
        return self.stored_started_at if self.facts_asked_at else None

    @property
    def ended_at(self) -> datetime | None:
        """The end; None when it isn't known: Kaltura gives the start again then."""
        return self.stored_ended_at if self.facts_asked_at and self.length_seconds else None

    @property
    def is_open(self) -> bool:
        return self.length_seconds is None

    @property
    def is_whole(self) -> bool:
        return self.view_seconds is not None

    @property
    def is_breakout(self) -> bool:
        return self.parent_id is not None

    @property
    def engagement(self) -> float | None:
        """Engaged time / time in session of everybody together, 0 to 1; None when unknown."""
        return engagement(self.engaged_seconds, self.view_seconds)

    @property
    def status(self) -> SessionStatus:
        if not self.has_facts:
            return SessionStatus.TIMES_UNKNOWN
        if not self.is_whole:
            return SessionStatus.ATTENDANCE_UNKNOWN
        if self.is_disputed:
            return SessionStatus.DISAGREEING
        if self.is_open:
            return SessionStatus.NO_END
        return SessionStatus.PROVISIONAL if self.is_provisional else SessionStatus.COMPLETE


FIELDS = (
    "pk",
    "cue_point_id",
    "account_id",
    "account__name",
    "room_id",
    "room__entry_id",
    "room__name",
    "room__parent__entry_id",
    "room__parent__name",
    "main_session__cue_point_id",
    "started_at",
    "ended_at",
    "length_seconds",
    "host_name",
    "initiator",
    "attendee_count",
    "guest_count",
    "view_seconds",
    "engaged_seconds",
    "kaltura_unique_users",
    "kaltura_participant_count",
    "kaltura_engagement_rate",
    "facts_asked_at",
    "room__parent_id",
    "is_disputed",
    "is_provisional",
)
OF_ORIGINS = {"room__parent__entry_id", "room__parent__name", "main_session__cue_point_id"}


def session_lines(sessions: RoomSessionQuerySet) -> Iterator[SessionLine]:
    """Return what `session_list` selected, in its order: what a page shows. One query, a slice two.

    Of a slice the keys come first, as for a file: with everything else in it, a database would make
    also those rows that it sorts or skips, marks and all.
    """
    if sessions.query.is_sliced:
        return every_session_line(sessions)
    return map(SessionLine._make, sessions.values_list(*_fields(sessions)))


def every_session_line(sessions: RoomSessionQuerySet) -> Iterator[SessionLine]:
    """Yield the same for a file: the first of very many come at once. A query, and one for each few.

    The order is found by the keys alone, and no cursor stays open while a file is on its way: it
    would be a server-side one that keeps PostgreSQL's whole answer, or one that holds up SQLite's
    checkpoints for as long as somebody's download takes.
    """
    keys = array("q", sessions.values_list("pk", flat=True))
    found = sessions.all()
    found.query.clear_limits()
    some = found.order_by().values_list(*_fields(sessions))
    for at in range(0, len(keys), AT_ONCE):
        chunk = keys[at : at + AT_ONCE].tolist()
        rows = {row[0]: row for row in some.filter(pk__in=chunk)}
        yield from (SessionLine._make(rows[key]) for key in chunk if key in rows)


def _fields(sessions: RoomSessionQuerySet) -> list[Any]:
    return [as_seen(sessions, field) if field in OF_ORIGINS else field for field in FIELDS]
