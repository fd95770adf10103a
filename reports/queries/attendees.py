"""Who was in a session, and in many sessions for a file. Rows are grouped over tiles."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from django.db.models import Exists, Max, OuterRef, QuerySet, Sum

from reports.models import Attendance, RoomSession
from reports.models.session import RoomSessionQuerySet
from reports.queries.session_lines import SessionLine, session_lines
from reports.queries.shares import engagement, share_attended

SESSIONS_AT_ONCE = 200  # of which the attendees are fetched together,
ATTENDEES_AT_ONCE = 10_000  # unless they are this many
MOST_KEYS = 500  # people that a query names one by one


class AttendeeLine(NamedTuple):
    """A person in a session. In the order of FIELDS, which fills it."""

    person_id: int
    user_id: str  # as Kaltura gives it: may be empty, "Unknown" or a hash
    name: str
    email: str
    is_placeholder: bool  # stands for somebody without an id, in this session only
    is_erased: bool
    user_type: str  # "User" or "Guest"
    view_seconds: int  # never clamped
    engaged_seconds: int
    length_seconds: int | None  # of the session; None while it is open
    is_whole: bool  # False: more of this person's time may be missing

    @property
    def engagement(self) -> float | None:
        """Engaged time / own time in session, 0 to 1; None without any time."""
        return engagement(self.engaged_seconds, self.view_seconds)

    @property
    def share_attended(self) -> float | None:
        """Time in session / length, at most 1; None while the session is open or not whole."""
        if not self.is_whole:
            return None
        return share_attended(self.view_seconds, self.length_seconds)

    @property
    def is_over(self) -> bool:
        """True when the time is longer than the session: two devices, or a late end."""
        return self.length_seconds is not None and self.view_seconds > self.length_seconds

    @property
    def is_guest(self) -> bool:
        return self.user_type == "Guest"


class AttendanceRow(NamedTuple):
    """An attendee with the session. Rows of a session share one SessionLine."""

    session: SessionLine
    attendee: AttendeeLine


_PERSON = (
    "person_id",
    "person__user_id",
    "person__name",
    "person__email",
    "person__is_placeholder",
    "person__erased_at",
)
_FIELDS = ("session_id", *_PERSON, "type", "view", "engaged")


def attendees_of(session: RoomSession) -> list[AttendeeLine]:
    """Return everybody who was in the session by name, the nameless last. One query."""
    rows = _grouped([session.pk])
    lines = [_line(row[1:], session.length_seconds, whole=session.is_whole) for row in rows]
    return sorted(
        lines, key=lambda line: (not line.name, line.name.casefold(), line.user_id, line.person_id)
    )


def attendance_rows(
    sessions: RoomSessionQuerySet, people: Collection[int] | None = None
) -> Iterator[AttendanceRow]:
    """Return the attendees of what `session_list` selected: session by session, then by person.

    `people` are the keys of those wanted; None: everybody. Memory stays flat: a few hundred sessions
    are held at a time, a query for each such group.
    """
    if people is not None and len(people) <= MOST_KEYS:
        theirs = Attendance.objects.filter(session=OuterRef("pk"), person__in=people)
        sessions = sessions.filter(Exists(theirs))
    rows = _every_row(sessions)
    return rows if people is None else (row for row in rows if row.attendee.person_id in people)


def _every_row(sessions: RoomSessionQuerySet) -> Iterator[AttendanceRow]:
    group: list[SessionLine] = []
    expected = 0
    for line in session_lines(sessions):
        group.append(line)
        expected += line.attendee_count or 0
        if len(group) >= SESSIONS_AT_ONCE or expected >= ATTENDEES_AT_ONCE:
            yield from _rows_of(group)
            group, expected = [], 0
    if group:
        yield from _rows_of(group)


def _rows_of(group: list[SessionLine]) -> Iterator[AttendanceRow]:
    attendees: dict[int, list[AttendeeLine]] = {line.session_id: [] for line in group}
    by_id = {line.session_id: line for line in group}
    for row in _grouped(list(by_id)).iterator(chunk_size=5000):
        session = by_id[row[0]]
        line = _line(row[1:], session.length_seconds, whole=session.is_whole)
        attendees[row[0]].append(line)
    for session in group:
        for attendee in attendees[session.session_id]:
            yield AttendanceRow(session, attendee)


def _grouped(session_ids: list[int]) -> QuerySet[Attendance, tuple[Any, ...]]:
    """One row per session and person, whatever the number of tiles."""
    grouped: QuerySet[Attendance, tuple[Any, ...]] = (
        Attendance.objects.filter(session__in=session_ids)
        .values("session_id", *_PERSON)
        .annotate(type=Max("user_type"), view=Sum("view_seconds"), engaged=Sum("engaged_seconds"))
        .order_by("session_id", "person_id")
        .values_list(*_FIELDS)
    )
    return grouped


def _line(row: tuple[Any, ...], length_seconds: int | None, *, whole: bool) -> AttendeeLine:
    person_id, user_id, name, email, is_placeholder, erased_at, user_type, view, engaged = row
    return AttendeeLine(
        person_id,
        user_id,
        name,
        email,
        is_placeholder,
        erased_at is not None,
        user_type,
        view,
        engaged,
        length_seconds,
        whole,
    )
