"""Weekly class times of a course: those that count, how many classes each concerns, and a trial."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.models import ClassTime, Course, CourseRoom, Room
from reports.models.session import RoomSessionQuerySet
from reports.queries.classes import CourseClass, CourseClasses, course_classes


@dataclass(frozen=True)
class SeriesLine:
    """A weekly class time that nobody has undone."""

    series: ClassTime
    room: Room | None  # None: any room of the course, or one that is not in it any more
    concerns: int  # classes of the range that it counts for: a newer one may count before it


@dataclass(frozen=True)
class Concerned:
    """A class whose class time the tried series would be."""

    before: CourseClass
    after: CourseClass


def rooms_in(course: Course) -> list[Room]:
    """Return the rooms that belong to the course, by name. One query."""
    keys = CourseRoom.objects.in_force().filter(course=course).values("room")
    return list(Room.objects.filter(pk__in=keys).order_by("name", "pk"))


def series_lines(course: Course, found: CourseClasses, rooms: Sequence[Room]) -> list[SeriesLine]:
    """Return the course's series, the newest first. One query."""
    made = ClassTime.objects.in_force().filter(course=course, account=course.site.account_id)
    by_entry = {room.entry_id: room for room in rooms}
    concerns = Counter(
        one.counted.decision.pk
        for one in found.classes
        if one.counted is not None and one.counted.how == "series"
    )
    return [
        SeriesLine(it, by_entry.get(it.entry_id), concerns[it.pk])
        for it in made.select_related("made_by").order_by("-made_at", "-pk")
    ]


def concerned_by(
    series: ClassTime,
    course: Course,
    sessions: RoomSessionQuerySet,
    found: CourseClasses,
    from_at: datetime,
    to_at: datetime,
) -> list[Concerned]:
    """Return which of the found classes a series that isn't stored would be the class time of."""
    then = course_classes(course, sessions, from_at, to_at, also=series)
    before = {one.cue_point_id: one for one in found.classes}
    return [
        Concerned(before[one.cue_point_id], one)
        for one in then.classes
        if one.counted is not None and one.counted.decision is series and one.cue_point_id in before
    ]
