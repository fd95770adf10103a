"""Who was in a session, and in many sessions for a file. Rows are grouped over tiles."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from django.db.models import Exists, Max, OuterRef, QuerySet, Sum

from reports.models import Attendance, Person, RoomSession
from reports.models.session import RoomSessionQuerySet
from reports.queries.plain_rows import plain_rows
from reports.queries.session_lines import SessionLine, every_session_line
from reports.queries.shares import engagement, share_attended

SESSIONS_AT_ONCE = 100  # of which the attendees are fetched together,
ATTENDEES_AT_ONCE = 5_000  # unless they are this many
PEOPLE_AT_ONCE = 500  # that a query names,
PEOPLE_KEPT = 50_000  # who are remembered for their next session
MOST_KEYS = 500  # people that a query names one by one


People = dict[int, tuple[Any, ...]]  # the first fields of an AttendeeLine, up to `is_erased`


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


_OF_PERSON = ("user_id", "name", "email", "is_placeholder", "erased_at")
_PERSON = ("person_id", *(f"person__{field}" for field in _OF_PERSON))
_SUMS = ("session_id", "person_id", "user_type", "view_seconds", "engaged_seconds")
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
    are held at a time, a query for each such group, and one for the people who are new in it.
    """
    if people is not None and len(people) <= MOST_KEYS:
        theirs = Attendance.objects.filter(session=OuterRef("pk"), person__in=people)
        sessions = sessions.filter(Exists(theirs))
    known: People = {}
    for group in _groups(sessions):
        yield from _rows_of(group, people, known)


def _groups(sessions: RoomSessionQuerySet) -> Iterator[list[SessionLine]]:
    group: list[SessionLine] = []
    expected = 0
    for line in every_session_line(sessions):
        group.append(line)
        expected += line.attendee_count or 0
        if len(group) >= SESSIONS_AT_ONCE or expected >= ATTENDEES_AT_ONCE:
            yield group
            group, expected = [], 0
    if group:
        yield group


def _rows_of(
    group: list[SessionLine], wanted: Collection[int] | None, known: People
) -> Iterator[AttendanceRow]:
    """Yield the attendees of the sessions; `known` are the people met so far."""
    attended: dict[int, list[Any]] = {line.session_id: [] for line in group}
    for session_id, *sums in _sums(list(attended)):
        if wanted is None or sums[0] in wanted:
            attended[session_id].append(sums)
    _get_to_know({sums[0] for some in attended.values() for sums in some}, known)
    for session in group:
        length_seconds, is_whole = session.length_seconds, session.is_whole
        for person_id, *figures in attended[session.session_id]:
            if person_id in known:  # not gone since
                line = (*known[person_id], *figures, length_seconds, is_whole)
                yield AttendanceRow(session, AttendeeLine._make(line))


def _sums(session_ids: list[int]) -> list[Any]:
    """Return session, person, type and seconds, one row per session and person, in that order.

    In the order of an index and without the people, whose texts are most of the work otherwise.
    """
    query = Attendance.objects.filter(session__in=session_ids).per_session()
    return plain_rows(query.order_by("session_id", "person_id").values_list(*_SUMS))


def _get_to_know(keys: set[int], known: People) -> None:
    """Read those of the people who are not known."""
    if len(known) > PEOPLE_KEPT:
        known.clear()
    unknown = sorted(keys - known.keys())
    for at in range(0, len(unknown), PEOPLE_AT_ONCE):
        found = Person.objects.filter(pk__in=unknown[at : at + PEOPLE_AT_ONCE])
        for *facts, erased_at in found.values_list("pk", *_OF_PERSON):
            known[facts[0]] = (*facts, erased_at is not None)


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
