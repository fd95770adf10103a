"""The files of the list of people: who they are and what they add up to, and every attendance."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from reports.exports.cells import Row
from reports.exports.columns import Column, Shape, Table
from reports.exports.export import Export, table_of
from reports.exports.figures import ENGAGEMENT, PERSON, REMARK, SEEN, TIME
from reports.models.session import RoomSessionQuerySet
from reports.queries.attendees import AttendanceRow, attendance_rows
from reports.queries.people import PersonFilter, PersonLine, every_person_line, person_keys

_WHO: tuple[Column[PersonLine], ...] = (
    Column("account", _("Account"), "text", lambda line: line.account_name),
    *PERSON,
    Column("user_type", _("Type"), "text", lambda line: line.user_type, "user_type"),
    REMARK,
)
_SUMS: tuple[Column[PersonLine], ...] = (
    Column("sessions", _("Sessions"), "count", lambda line: line.sessions, "sessions"),
    Column("breakouts", _("Breakouts"), "count", lambda line: line.breakouts, "breakout"),
    *TIME,
    *ENGAGEMENT,
)
PEOPLE_TABLE = Table("people", "full", (*_WHO, *_SUMS, *SEEN))


def open_people(sessions: RoomSessionQuerySet, wanted: PersonFilter, zone: ZoneInfo) -> Export:
    """Return what is to be written about the people, one row each; nothing is read yet."""
    rows = ((line, None) for line in every_person_line(sessions, wanted))
    return Export(PEOPLE_TABLE, rows, zone)


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
