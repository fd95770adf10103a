"""The files of the list of people: who they are and what they add up to, and every attendance."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.access import Viewer
from reports.definitions import PERSON_REMARKS
from reports.exports.cells import Row
from reports.exports.columns import Column, Shape, Table
from reports.exports.export import Export, table_of
from reports.models.session import RoomSessionQuerySet
from reports.queries.attendees import AttendanceRow, attendance_rows
from reports.queries.people import PersonFilter, PersonLine, person_keys, person_lines


def _remark(line: PersonLine) -> str | Promise | None:
    if line.is_erased:
        return PERSON_REMARKS["erased"]
    return PERSON_REMARKS["placeholder"] if line.is_placeholder else None


_PERSON: tuple[Column[PersonLine], ...] = (
    Column("account", _("Account"), "text", lambda line: line.account_name),
    Column("name", _("Name"), "text", lambda line: line.name),
    Column("user_id", _("User id"), "text", lambda line: line.user_id),
    Column("email", _("E-mail"), "text", lambda line: line.email),
    Column("user_type", _("Type"), "text", lambda line: line.user_type, "user_type"),
    Column("remark", _("Remark"), "label", _remark),
)
_SUMS: tuple[Column[PersonLine], ...] = (
    Column("sessions", _("Sessions"), "count", lambda line: line.sessions, "sessions"),
    Column("breakouts", _("Breakouts"), "count", lambda line: line.breakouts, "breakout"),
    Column(
        "time_in_session",
        _("Time in session (min)"),
        "minutes",
        lambda line: line.view_seconds,
        "time_in_session",
    ),
    Column("view_seconds", _("Time in session (s)"), "seconds", lambda line: line.view_seconds),
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
_SEEN: tuple[Column[PersonLine], ...] = (
    Column("first", _("First session"), "local_time", lambda line: line.first_at, "first_seen"),
    Column("latest", _("Latest session"), "local_time", lambda line: line.latest_at, "latest_seen"),
    Column("time_zone", _("Time zone"), "zone", lambda line: None),
    Column("first_utc", _("First session (UTC)"), "utc_time", lambda line: line.first_at),
    Column("latest_utc", _("Latest session (UTC)"), "utc_time", lambda line: line.latest_at),
)
PEOPLE_TABLE = Table("people", "full", (*_PERSON, *_SUMS, *_SEEN))


def open_people(
    viewer: Viewer, sessions: RoomSessionQuerySet, wanted: PersonFilter, zone: ZoneInfo
) -> Export:
    """Return what is to be written about the people, one row each; nothing is read yet."""
    lines = _read(lambda: person_lines(viewer, sessions, wanted))
    return Export(PEOPLE_TABLE, ((line, None) for line in lines), zone)


def open_attendances(
    sessions: RoomSessionQuerySet, wanted: PersonFilter, shape: Shape, zone: ZoneInfo
) -> Export:
    """Return what is to be written about the people's attendances; nothing is read yet.

    One row a session and person: those that the list of people adds up, so of whole sessions alone.
    `sessions` are what `session_list` selected; their order is kept.
    """
    whole = sessions.filter(view_seconds__isnull=False)
    rows = _read(lambda: attendance_rows(whole, person_keys(sessions, wanted)))
    return Export(table_of("attendees", shape), rows, zone)


def export_visits(rows: Iterable[AttendanceRow], shape: Shape, zone: ZoneInfo) -> Export:
    """Return what is to be written about one person's sessions, in the order of the rows."""
    return Export(table_of("attendees", shape), iter(rows), zone)


def _read(rows: Callable[[], Iterable[Any]]) -> Iterator[Row]:
    """Yield the rows; they are asked for when the first of them is wanted."""
    yield from rows()
