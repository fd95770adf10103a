"""The rooms as a file for people: the rows of the page, and what the page has no place for."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from reports.exports.columns import Column, Table
from reports.exports.export import Export
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
    Column(
        "time_in_session",
        _("Time in session (min)"),
        "minutes",
        lambda line: line.view_seconds,
        "time_in_session",
    ),
    Column("view_seconds", _("Time in session (s)"), "seconds", lambda line: line.view_seconds),
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
    Column(
        "engaged_time",
        _("Engaged time (min)"),
        "minutes",
        lambda line: line.engaged_seconds,
        "engaged_time",
    ),
    Column("engaged_seconds", _("Engaged time (s)"), "seconds", lambda line: line.engaged_seconds),
    Column(
        "engagement", _("Engagement (%)"), "percent", lambda line: line.engagement, "engagement"
    ),
)

ROOMS = Table(
    "rooms",
    "full",
    (
        Column[RoomLine]("account", _("Account"), "text", lambda line: line.account_name),
        Column[RoomLine]("room", _("Room"), "text", lambda line: line.name),
        Column[RoomLine]("room_id", _("Room id"), "text", lambda line: line.entry_id),
        *_SUMS,
        Column[RoomLine](
            "first", _("First session"), "local_time", lambda line: line.first_at, "first_seen"
        ),
        Column[RoomLine](
            "latest", _("Latest session"), "local_time", lambda line: line.latest_at, "latest_seen"
        ),
        Column[RoomLine]("time_zone", _("Time zone"), "zone", lambda line: None),
        Column[RoomLine](
            "first_utc", _("First session (UTC)"), "utc_time", lambda line: line.first_at
        ),
        Column[RoomLine](
            "latest_utc", _("Latest session (UTC)"), "utc_time", lambda line: line.latest_at
        ),
    ),
)


def open_rooms_export(lines: Iterable[RoomLine], zone: ZoneInfo) -> Export:
    """Return what is to be written about the rooms, in their order, with their people counted."""
    return Export(ROOMS, ((line, None) for line in lines), zone)
