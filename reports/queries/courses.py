"""Lists of courses: each with its rooms, its latest launch and how its roster stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from reports.access import Viewer
from reports.models import Course, CourseRoom, Room
from reports.queries.search import every_word


class RosterState(StrEnum):
    """What is known of who is enrolled in a course."""

    NEVER = "never"  # no roster has come yet
    FAILED = "failed"  # the latest try; an earlier roster may be there
    HERE = "here"


class SeenAs(StrEnum):
    """As what the viewer sees a course."""

    ADMINISTRATOR = "administrator"  # of Rollcall or of the Moodle site
    TEACHER = "teacher"
    LEARNER = "learner"


@dataclass(frozen=True)
class CourseLine:
    """A course in a list."""

    course: Course  # with its site
    seen_as: SeenAs
    room_count: int | None  # main rooms in force; None: not for a learner
    roster: RosterState

    @property
    def launched_at(self) -> datetime | None:
        return self.course.launched_at


def course_list(viewer: Viewer, search: str = "") -> "QuerySet[Any]":
    """Return the courses that the viewer may see anything of, by name.

    Each word of the search stands in a name or number of the course, or is the id in Moodle.
    """
    found = viewer.courses_listed()
    for word in search.split():
        names = every_word(word, "title", "short_name", "id_number", "site__name")
        found = found.filter(names | Q(course_id=word))
    rooms = CourseRoom.objects.in_force().filter(course=OuterRef("pk")).order_by()
    counted = rooms.values("course").annotate(n=Count("pk")).values("n")
    courses: QuerySet[Any] = found.annotate(room_count=Coalesce(Subquery(counted), 0))
    return courses.order_by("title", "short_name", "site__name", "pk")


def course_lines(viewer: Viewer, courses: Iterable[Any]) -> list[CourseLine]:
    """Return the lines of a page of `course_list`. One query."""
    return [_line(viewer, course) for course in courses]


def _line(viewer: Viewer, course: Any) -> CourseLine:
    seen_as = seen_as_what(viewer, course)
    is_learner = seen_as == SeenAs.LEARNER
    return CourseLine(course, seen_as, None if is_learner else course.room_count, roster_of(course))


def seen_as_what(viewer: Viewer, course: Course) -> SeenAs:
    """Return as what the viewer sees a course of `course_list`."""
    if viewer.is_administrator or viewer.site_administered == course.site_id:
        return SeenAs.ADMINISTRATOR
    return SeenAs.TEACHER if course.pk in viewer.taught else SeenAs.LEARNER


def roster_of(course: Course) -> RosterState:
    """Return how the course's roster stands."""
    if course.roster_failed_at is not None:
        return RosterState.FAILED
    return RosterState.NEVER if course.roster_asked_at is None else RosterState.HERE


def has_room(course: Course, room: Room) -> bool:
    """Return whether the room, or the main room that it belongs to, is in the course. One query."""
    claims = CourseRoom.objects.in_force().filter(course=course)
    return claims.filter(room__in=[pk for pk in (room.pk, room.parent_id) if pk]).exists()
