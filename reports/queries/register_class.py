"""One class of a course by any of its sessions, and the cells of a register that somebody chose.

What they are is made by `queries.register`; here they are found. Sessions are the viewer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from django.db.models.functions import Coalesce

from reports.analytics.presence import Mark
from reports.models import Course
from reports.models.session import RoomSessionQuerySet
from reports.queries.classes import MERGED_WITHIN, CourseClass
from reports.queries.register import Register, course_register
from reports.queries.roster import RosterLine, Standing, course_roster
from reports.queries.seats import ClassSums, Other, Seat

MOMENT = timedelta(microseconds=1)
BATCH = 500

# Why a cell can't be corrected.
Refusal = Literal["no_class", "ignored", "no_learner", "staff", "erased"]


@dataclass(frozen=True)
class FoundClass:
    """A class within a register of its day; an ignored one has no place there."""

    one: CourseClass
    register: Register
    place: int | None  # among the register's classes; None: ignored

    @property
    def sums(self) -> ClassSums | None:
        return None if self.place is None else self.register.sums[self.place]

    @property
    def others(self) -> tuple[Other, ...]:
        return () if self.place is None else self.register.others[self.place]

    @property
    def seats(self) -> list[tuple[RosterLine, Seat]]:
        """Learners who were or may have been enrolled then, or were there, by name."""
        if self.place is None:
            return []
        found = [(row.line, row.seats[self.place]) for row in self.register.rows]
        return [(line, seat) for line, seat in found if _is_of_class(seat)]

    def seat(self, line: RosterLine) -> Seat | None:
        """Return a learner's seat; None in an ignored class."""
        return None if self.place is None else seat_of(self.register, self.place, line)


class CellKey(NamedTuple):
    """How an address and a form name a cell."""

    cue_point_id: str  # of any session of the class
    enrolment_pk: int


@dataclass(frozen=True)
class OpenCell:
    """A cell that can be corrected, as it is now."""

    one: CourseClass
    line: RosterLine
    seat: Seat

    @property
    def key(self) -> CellKey:
        return CellKey(self.one.cue_point_id, self.line.enrolment_id)

    @property
    def is_not_enrolled(self) -> bool:
        return self.seat.computed == Mark.NOT_ENROLLED


@dataclass(frozen=True)
class RefusedCell:
    """What was chosen and can't be corrected; class and learner as far as there are such."""

    why: Refusal
    one: CourseClass | None = None
    line: RosterLine | None = None


@dataclass(frozen=True)
class ChosenCells:
    """What somebody chose, each once, in order."""

    cells: tuple[OpenCell, ...]
    refused: tuple[RefusedCell, ...]


def find_class(
    course: Course, sessions: RoomSessionQuerySet, cue_point_id: str, *, only: str | None = None
) -> FoundClass | None:
    """Return the class that the session or breakout is in; None: the course has none such.

    `only` as in `course_register`.
    """
    began_at = _starts(course, sessions, [cue_point_id]).get(cue_point_id)
    if began_at is None:
        return None
    register = _register(course, sessions, began_at, began_at, only)
    found = register.found
    for place, one in enumerate(found.classes):
        if cue_point_id in _names(one):
            return FoundClass(one, register, place)
    ignored = next((it for it in found.ignored if cue_point_id in _names(it)), None)
    return FoundClass(ignored, register, None) if ignored else None


def chosen_cells(
    course: Course, sessions: RoomSessionQuerySet, keys: Sequence[CellKey]
) -> ChosenCells:
    """Return the cells of these keys: as they are now.

    The queries of a register, and one for each few hundred sessions that are named.
    """
    starts = _starts(course, sessions, {key.cue_point_id for key in keys})
    if not starts:
        lines = {it.enrolment_id: it for it in course_roster(course).lines}
        gone = [RefusedCell("no_class", None, lines.get(key.enrolment_pk)) for key in keys]
        return ChosenCells((), tuple(gone))
    register = _register(course, sessions, min(starts.values()), max(starts.values()), None)
    found = register.found
    place_of = {cue: n for n, one in enumerate(found.classes) for cue in _names(one)}
    ignored = {cue: one for one in found.ignored for cue in _names(one)}
    lines = {line.enrolment_id: line for line in register.roster.lines}
    cells: dict[CellKey, OpenCell] = {}
    refused = []
    for key in keys:
        place, line = place_of.get(key.cue_point_id), lines.get(key.enrolment_pk)
        if place is None:
            one = ignored.get(key.cue_point_id)
            refused.append(RefusedCell("ignored" if one else "no_class", one, line))
        elif line is None or line.is_erased or not line.is_learner:
            refused.append(RefusedCell(_refusal(line), found.classes[place], line))
        else:
            cell = OpenCell(found.classes[place], line, seat_of(register, place, line))
            cells.setdefault(cell.key, cell)
    return ChosenCells(tuple(cells.values()), tuple(refused))


def seat_of(register: Register, place: int, line: RosterLine) -> Seat:
    """Return a learner's seat; also of one who isn't in the register: not enrolled then, not there."""
    row = register.row(line.moodle_user_id)
    if row is not None:
        return row.seats[place]
    one = register.classes[place]
    return Seat(
        mark=Mark.NOT_ENROLLED,
        computed=Mark.NOT_ENROLLED,
        seconds=0 if one.is_whole else None,
        breakout_seconds=0,
        share=None,
        presences=(),
        standing=register.roster.standing(line, one.starts_at),
    )


def _is_of_class(seat: Seat) -> bool:
    gone = seat.standing in (Standing.LEFT, Standing.NOT_YET)
    return not gone or seat.is_there or seat.correction is not None


def _names(one: CourseClass) -> tuple[str, ...]:
    """Return every session by which an address may name the class."""
    return (*one.cue_point_ids, *(line.cue_point_id for line in one.breakouts))


def _refusal(line: RosterLine | None) -> Refusal:
    if line is None:
        return "no_learner"
    return "erased" if line.is_erased else "staff"


def _starts(
    course: Course, sessions: RoomSessionQuerySet, cue_point_ids: Iterable[str]
) -> dict[str, datetime]:
    """Return when these sessions of the course began; a breakout, when its main session did."""
    if course.site.account_id is None:
        return {}
    own = sessions.in_course(course.pk).filter(account=course.site.account_id)
    began_at = Coalesce("main_session__started_at", "started_at")
    wanted = sorted(cue_point_ids)
    starts: dict[str, datetime] = {}
    for at in range(0, len(wanted), BATCH):
        some = own.filter(cue_point_id__in=wanted[at : at + BATCH])
        starts |= dict(some.order_by().values_list("cue_point_id", began_at))
    return starts


def _register(
    course: Course,
    sessions: RoomSessionQuerySet,
    first_at: datetime,
    last_at: datetime,
    only: str | None,
) -> Register:
    """Return the register of every class that a session begun between the moments may be in."""
    return course_register(course, sessions, first_at - MERGED_WITHIN, last_at + MOMENT, only=only)
