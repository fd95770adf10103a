"""One person's sessions: their order, and the time in each of them against its length.

A visit is a session with the time that the person spent in it and in its breakouts: whoever was sent
into a breakout did not leave the class. Rows come from `people.person_sessions`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from reports.queries.attendees import AttendanceRow
from reports.queries.session_lines import SessionLine, SessionStatus
from reports.queries.shares import share_attended

_STATUSES = tuple(SessionStatus)


def _if_whole(read: Callable[[AttendanceRow], Any]) -> Callable[[AttendanceRow], Any]:
    """Return the reader for rows of which everything is here; of others it is unknown."""
    return lambda row: read(row) if row.attendee.is_whole else None


def _room(row: AttendanceRow) -> tuple[str, str]:
    """Return the names that a breakout stands below its main room by."""
    own, parent = row.session.room_name.casefold(), row.session.parent_name
    return (parent.casefold(), own) if parent else (own, "")


VISIT_ORDERS: dict[str, Callable[[AttendanceRow], Any]] = {
    "start": lambda row: row.session.started_at,
    "room": _room,
    "length": lambda row: row.session.length_seconds,
    "time_in_session": _if_whole(lambda row: row.attendee.view_seconds),
    "share_attended": lambda row: row.attendee.share_attended,
    "engaged_time": _if_whole(lambda row: row.attendee.engaged_seconds),
    "engagement": _if_whole(lambda row: row.attendee.engagement),
    "status": lambda row: _STATUSES.index(row.session.status),
}


def ordered_rows(rows: Iterable[AttendanceRow], order: str) -> list[AttendanceRow]:
    """Return the rows in order, a key of VISIT_ORDERS with - before it for the largest first.

    What is unknown comes last in either direction; ties by start, the other way round as well.
    """
    backwards = order.startswith("-")
    value = VISIT_ORDERS[order.removeprefix("-")]
    by_start = sorted(rows, key=_moment, reverse=backwards)
    known = [row for row in by_start if value(row) is not None]
    unknown = [row for row in by_start if value(row) is None]
    return sorted(known, key=value, reverse=backwards) + unknown


class Visit(NamedTuple):
    """A session that the person was in, with the breakouts that belong to it."""

    session: SessionLine
    own_seconds: int | None  # in the session itself; None: not whole
    breakout_seconds: int | None  # in its breakouts; 0 where that is in the own time already
    is_provisional: bool  # its figures may still change, or those of such a breakout

    @property
    def view_seconds(self) -> int | None:
        """Time in the session and its breakouts, never clamped."""
        if self.own_seconds is None or self.breakout_seconds is None:
            return None
        return self.own_seconds + self.breakout_seconds

    @property
    def length_seconds(self) -> int | None:
        return self.session.length_seconds

    @property
    def share_attended(self) -> float | None:
        """Time / the session's length, at most 1; None while one of them is unknown."""
        return share_attended(self.view_seconds, self.length_seconds)


@dataclass(frozen=True)
class LengthAttended:
    """How much of the length of sessions somebody was there for; of those where both are known.

    Time counts up to a session's length: twice in one session doesn't make up for a missed one.
    """

    sessions: int
    over: int  # of them with more time than length
    left_out: int  # visits of which the time or the length is unknown: in neither sum
    attended_seconds: int  # in each at most its length
    length_seconds: int

    @property
    def share(self) -> float | None:
        """Time attended / length of all these sessions together, 0 to 1; None without any."""
        return share_attended(self.attended_seconds, self.length_seconds)


def visits(rows: Sequence[AttendanceRow], *, breakouts_add: bool) -> list[Visit]:
    """Return the visits in order of start.

    Time in breakouts belongs to the visit of their main session: on top of its time when the account
    has it so, otherwise it is in that time already. A breakout stands for itself when its main
    session isn't among the rows, or isn't known.
    """
    mains = {row.session.cue_point_id for row in rows if not row.session.is_breakout}
    alone: list[AttendanceRow] = []
    inside: dict[str, list[AttendanceRow]] = defaultdict(list)
    for row in sorted(rows, key=_moment):
        main = row.session.main_cue_point_id
        if main in mains and main is not None:
            inside[main].append(row)
        else:
            alone.append(row)
    return [_visit(row, inside[row.session.cue_point_id] if breakouts_add else []) for row in alone]


def length_attended(found: Sequence[Visit]) -> LengthAttended:
    """Return what the visits add up to."""
    known = [
        (visit.view_seconds, visit.length_seconds)
        for visit in found
        if visit.view_seconds is not None and visit.length_seconds
    ]
    return LengthAttended(
        sessions=len(known),
        over=sum(view > length for view, length in known),
        left_out=len(found) - len(known),
        attended_seconds=sum(min(view, length) for view, length in known),
        length_seconds=sum(length for _, length in known),
    )


def _visit(row: AttendanceRow, breakouts: list[AttendanceRow]) -> Visit:
    times = [one.attendee.view_seconds if one.attendee.is_whole else None for one in breakouts]
    known = [seconds for seconds in times if seconds is not None]
    return Visit(
        session=row.session,
        own_seconds=row.attendee.view_seconds if row.attendee.is_whole else None,
        breakout_seconds=sum(known) if len(known) == len(times) else None,
        is_provisional=any(one.session.is_provisional for one in (row, *breakouts)),
    )


def _moment(row: AttendanceRow) -> tuple[Any, int]:
    return row.session.stored_started_at, row.session.session_id
