"""The rooms as a file for people: the rows of the page, and what the page has no place for."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from reports.exports.columns import Column, Table
from reports.exports.export import Export
from reports.exports.figures import ENGAGEMENT, SEEN, TIME
from reports.queries.rooms import RoomLine

_SUMS: tuple[Column[RoomLine], ...] = (
    Column("sessions", _("Sessions"), "count", lambda line: line.sessions, "sessions"),
    Column("breakouts", _("Breakouts"), "count", lambda line: line.breakout_sessions, "breakouts"),
    Column(
        "unknown_sessions",
        _("Sessions with unknown attendance"),
        "count",
        lambda line: line.unknown_sessions,
        "unknown_sessions",
    ),
    Column("attendances", _("Attendances"), "count", lambda line: line.attendances, "attendances"),
    Column("people", _("People"), "count", lambda line: line.people, "people"),
    Column(
        "mean_attendees",
        _("Attendees per session"),
        "mean",
        lambda line: line.mean_attendees,
        "mean_attendees",
    ),
    *TIME,
    Column(
        "breakout_time",
        _("Of it in breakouts (min)"),
        "minutes",
        lambda line: line.breakout_view_seconds,
        "breakout_time",
    ),
    Column(
        "breakout_view_seconds",
        _("Of it in breakouts (s)"),
        "seconds",
        lambda line: line.breakout_view_seconds,
    ),
    *ENGAGEMENT,
)

ROOMS = Table(
    "rooms",
    "full",
    (
        Column[RoomLine]("account", _("Account"), "text", lambda line: line.account_name),
        Column[RoomLine]("room", _("Room"), "text", lambda line: line.name),
        Column[RoomLine]("room_id", _("Room id"), "text", lambda line: line.entry_id),
        *_SUMS,
        *SEEN,
    ),
)


def open_rooms_export(lines: Iterable[RoomLine], zone: ZoneInfo) -> Export:
    """Return what is to be written about the rooms, in their order, with their people counted."""
    return Export(ROOMS, ((line, None) for line in lines), zone)
