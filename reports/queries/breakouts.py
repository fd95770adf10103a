"""Sessions in breakout rooms: those of one main session, and those of a range."""

from dataclasses import replace
from datetime import UTC, timedelta

from reports.models import RoomSession
from reports.models.session import RoomSessionQuerySet
from reports.queries.sessions import SessionFilter, session_list


def breakouts_of(sessions: RoomSessionQuerySet, main: RoomSession) -> RoomSessionQuerySet:
    """Return the breakouts that belong to this main session, by start."""
    return session_list(sessions.filter(main_session=main), SessionFilter(only_breakouts=True))


def unplaced_breakouts(sessions: RoomSessionQuerySet, main: RoomSession) -> RoomSessionQuerySet:
    """Return breakouts of the room that may belong to this session: it isn't clear which has them.

    They start while it runs (after it started, when its end isn't known, on the same UTC day) and
    have no main session.
    """
    unplaced = sessions.filter(room__parent_id=main.room_id, main_session__isnull=True)
    until = main.ended_at
    if main.is_open:
        midnight = main.started_at.astimezone(UTC).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        until = midnight + timedelta(days=1)
    return session_list(unplaced, SessionFilter(from_at=main.started_at, to_at=until))


def breakout_list(sessions: RoomSessionQuerySet, wanted: SessionFilter) -> RoomSessionQuerySet:
    """Return the wanted sessions that took place in breakout rooms."""
    return session_list(sessions, replace(wanted, only_breakouts=True))
