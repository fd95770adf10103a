"""How a course counts sessions that other pages list: merged, ignored, with a class time.

Only where somebody has decided something; `queries.classes` says what comes of it. Courses and
sessions are the viewer's already.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from reports.models import ClassTime, CountedPart, Course, CourseRoom, IgnoredSession, MergedSession
from reports.models.session import RoomSessionQuerySet
from reports.queries.classes import MERGED_WITHIN, CourseClass, course_classes
from reports.queries.session_lines import SessionLine

MOST_COURSES = 3  # that are named beside a session
KINDS = (MergedSession, IgnoredSession, CountedPart, ClassTime)


@dataclass(frozen=True)
class ClassRemark:
    """What a course makes of a session, where that is something."""

    course: Course
    line: SessionLine
    one: CourseClass  # that the session, or the breakout, is in

    @property
    def is_ignored(self) -> bool:
        return bool(self.one.ignores)

    @property
    def is_assigned(self) -> bool:
        """Whether it is a breakout that somebody put to the class."""
        return self.line not in self.one.parts

    @property
    def others(self) -> tuple[SessionLine, ...]:
        """The other sessions of the class; of a breakout all of them."""
        return tuple(it for it in self.one.parts if it.session_id != self.line.session_id)


def remarks_of(
    course: Course, sessions: RoomSessionQuerySet, lines: Sequence[SessionLine]
) -> dict[int, ClassRemark]:
    """Return the remarks on these sessions, by our key of the session.

    Some fifteen queries; one where nobody has decided anything in the course.
    """
    if not lines or course.pk not in _with_decisions([course.pk]):
        return {}
    starts = [line.stored_started_at for line in lines]
    from_at, to_at = min(starts) - MERGED_WITHIN, max(starts) + timedelta(seconds=1)
    found = course_classes(course, sessions, from_at, to_at)
    shown = {line.session_id: line for line in lines}
    remarks = {}
    for one in (*found.classes, *found.ignored):
        merged = {it.cue_point_id for it in one.merges}
        for line in one.parts:
            if line.session_id in shown and (one.ignores or one.counted or len(one.parts) > 1):
                remarks[line.session_id] = ClassRemark(course, line, one)
        for line in one.breakouts:
            if line.session_id in shown and (one.ignores or line.cue_point_id in merged):
                remarks[line.session_id] = ClassRemark(course, line, one)
    return remarks


def remarks_on(
    courses: "Iterable[Course]", sessions: RoomSessionQuerySet, line: SessionLine
) -> list[ClassRemark]:
    """Return the remarks on one session, of at most MOST_COURSES of the courses that have its room."""
    rooms = [line.room_id, *([line.parent_id] if line.parent_id else [])]
    having = CourseRoom.objects.in_force().filter(room__in=rooms, course__in=courses)
    keys = _with_decisions(having.values("course"))
    if not keys:
        return []
    some = Course.objects.filter(pk__in=keys).select_related("site").order_by("pk")
    found = [remarks_of(course, sessions, [line]) for course in some[:MOST_COURSES]]
    return [remarks[line.session_id] for remarks in found if line.session_id in remarks]


def _with_decisions(courses: object) -> set[int]:
    """Return those of the courses in which a decision on classes is in force. One query."""
    made = [
        kind.objects.in_force().filter(course__in=courses).order_by().values_list("course_id")
        for kind in KINDS
    ]
    return {key for (key,) in made[0].union(*made[1:])}
