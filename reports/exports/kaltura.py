"""The tables in the `kaltura` shape: exactly the columns, names and units of Kaltura's reports.

For programs that read Kaltura's own files. Two things differ, both on purpose: a row stands for the
whole session (or person in it), whatever windows it was asked in; and user counts are our exact ones
in place of Kaltura's estimates. A figure that isn't known is empty.
Source of truth for names, order and kinds: `reports.kaltura.REPORTS`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from reports.exports.columns import Column, Kind, Name, Table
from reports.kaltura import ATTENDEES, BREAKOUTS, REPORTS, SESSIONS
from reports.queries.attendees import AttendeeLine
from reports.queries.session_lines import SessionLine

_KINDS: dict[str, Kind] = {"text": "text", "int": "count", "unix": "unix", "float": "php"}


def _ratio(engaged_seconds: int | None, view_seconds: int | None) -> float | None:
    """Return the ratio as Kaltura gives it: 0 for somebody without any time."""
    if engaged_seconds is None or view_seconds is None:
        return None
    return engaged_seconds / view_seconds if view_seconds else 0.0


def _session_ratio(line: SessionLine) -> float | None:
    return _ratio(line.engaged_seconds, line.view_seconds)


def _end(line: SessionLine) -> datetime | None:
    return line.stored_ended_at if line.has_facts else None  # of an open session: its start again


def _duration(line: SessionLine) -> int | None:
    """Return end - start, which is what Kaltura's column is: 0 while the session is open."""
    if not line.has_facts:
        return None
    return int((line.stored_ended_at - line.stored_started_at).total_seconds())


def _minutes(line: AttendeeLine) -> float | None:
    return line.view_seconds / 60 if line.is_whole else None


def _attendee_ratio(line: AttendeeLine) -> float | None:
    return _ratio(line.engaged_seconds, line.view_seconds) if line.is_whole else None


_OF_SESSION: dict[str, Callable[[SessionLine], Any]] = {
    "entry_id": lambda line: line.entry_id,
    "entry_name": lambda line: line.room_name,
    "parent_entry_id": lambda line: line.parent_entry_id,
    "cue_point_id": lambda line: line.cue_point_id,
    "session_start_time": lambda line: line.started_at,
    "session_end_time": _end,
    "session_host_user_id": lambda line: line.host_name,
    "meeting_view_period_unique_users": lambda line: line.attendee_count,
    "meeting_engaged_play_time_ratio": _session_ratio,
}
_OF_BREAKOUT: dict[str, Callable[[SessionLine], Any]] = _OF_SESSION | {
    "parent_entry_name": lambda line: line.parent_name,
    "breakout_entry_id": lambda line: line.entry_id,
    "breakout_entry_name": lambda line: line.room_name,
    "session_initiator": lambda line: line.initiator,
    "duration": _duration,
    "participant_count": lambda line: line.attendee_count,
    "engagement_rate": _session_ratio,
}
_OF_PERSON: dict[str, Callable[[AttendeeLine], Any]] = {
    "user_id": lambda line: line.user_id,
    "user_name": lambda line: line.name,
    "user_email": lambda line: line.email,
    "user_type": lambda line: line.user_type,
}
_OF_ATTENDEE: dict[str, Callable[[AttendeeLine], Any]] = {
    "meeting_view_time": _minutes,
    "meeting_engaged_play_time_ratio": _attendee_ratio,
}


def _columns(report_id: int, values: dict[str, Callable[[Any], Any]]) -> tuple[Column[Any], ...]:
    """Return the report's columns for which there are values, in Kaltura's order."""
    return tuple(
        Column(column.name, column.name, _KINDS[column.kind], values[column.name])
        for column in REPORTS[report_id].columns
        if column.name in values
    )


_IDS_ALONE = {key: value for key, value in _OF_SESSION.items() if key not in _OF_ATTENDEE}

KALTURA_TABLES: dict[Name, Table] = {
    "sessions": Table("sessions", "kaltura", _columns(SESSIONS, _OF_SESSION)),
    "attendees": Table(
        "attendees",
        "kaltura",
        _columns(ATTENDEES, _IDS_ALONE),
        _columns(ATTENDEES, _OF_ATTENDEE),
        person_columns=_columns(ATTENDEES, _OF_PERSON),
    ),
    "breakouts": Table("breakouts", "kaltura", _columns(BREAKOUTS, _OF_BREAKOUT)),
}
