"""How many of a course's learners were in a room: by Moodle's user name, which is Kaltura's user id.

That is so in the usual set-up of Kaltura's plugin; where it isn't, nobody is found, and nothing is
suggested. A room's breakouts count with it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from reports.models import Attendance, Course, CourseVisit, Enrolment

LEAST_LEARNERS = 3
LEAST_SHARE = 0.5  # of the learners
KEYS_A_QUERY = 500
MAIN_ROOM = Coalesce("session__room__parent_id", "session__room_id")


@dataclass(frozen=True)
class Overlap:
    """A course's learners and a room's attendees, each by their ids."""

    seen: int = 0  # learners who were in the room
    learners: int = 0  # in the course's roster, with a user name
    attendees: int = 0  # in the room, with a Kaltura id; learners or not

    @property
    def share(self) -> float:
        """Learners seen / learners; 0 for a course without any."""
        return self.seen / self.learners if self.learners else 0.0

    @property
    def is_enough(self) -> bool:
        """Whether it speaks for the room."""
        return self.seen >= LEAST_LEARNERS and self.share >= LEAST_SHARE


def overlaps(pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], Overlap]:
    """Return the overlap of each pair of a course and a main room, by their keys. Two queries."""
    if not pairs:
        return {}
    names = _user_names({course for course, _ in pairs})
    people = _attendee_ids({room for _, room in pairs})
    nobody: frozenset[str] = frozenset()
    return {
        (course, room): Overlap(
            seen=len(names.get(course, nobody) & people.get(room, nobody)),
            learners=len(names.get(course, nobody)),
            attendees=len(people.get(room, nobody)),
        )
        for course, room in pairs
    }


def rooms_met(course: Course) -> set[int]:
    """Return the main rooms in which enough of the course's learners were. Two queries for 500."""
    names = sorted(_user_names({course.pk}).get(course.pk, frozenset()))
    met: dict[int, int] = {}
    for start in range(0, len(names), KEYS_A_QUERY):
        keys = [f"u:{name}" for name in names[start : start + KEYS_A_QUERY]]
        theirs = Attendance.objects.filter(
            person__account=course.site.account_id, person__key__in=keys
        )
        counted = theirs.order_by().annotate(main=MAIN_ROOM).values_list("main")
        for room, count in counted.annotate(Count("person", distinct=True)):
            met[room] = met.get(room, 0) + count
    found = {room: Overlap(seen, len(names)) for room, seen in met.items()}
    return {room for room, overlap in found.items() if overlap.is_enough}


def learners_of(courses: Collection[int]) -> "QuerySet[Enrolment]":
    """Return who learns in the courses by the latest roster: who left, and staff, don't count."""
    came_as_teacher = CourseVisit.objects.filter(
        course=OuterRef("course"),
        moodle_user__subject=OuterRef("moodle_user_id"),
        was_teacher_at__isnull=False,
    )
    marked = Q(marked_kind=Enrolment.Kind.LEARNER)
    told = Q(marked_kind="", kind=Enrolment.Kind.LEARNER) & ~Exists(came_as_teacher)
    is_there = Q(course__roster_asked_at=None) | Q(last_seen_at__gte=F("course__roster_asked_at"))
    return Enrolment.objects.filter(marked | told, is_there, course__in=courses)


def _user_names(courses: Collection[int]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    rows = learners_of(courses).exclude(user_name="").values_list("course_id", "user_name")
    for course, name in rows:
        found.setdefault(course, set()).add(name)
    return {course: frozenset(names) for course, names in found.items()}


def _attendee_ids(rooms: Collection[int]) -> dict[int, frozenset[str]]:
    inside = Q(session__room__in=rooms) | Q(session__room__parent__in=rooms)
    people: Any = Attendance.objects.filter(inside, person__is_placeholder=False)
    rows = people.exclude(person__user_id="").order_by().annotate(main=MAIN_ROOM)
    found: dict[int, set[str]] = {}
    for main, user_id in rows.values_list("main", "person__user_id").distinct():
        found.setdefault(main, set()).add(user_id)
    return {room: frozenset(ids) for room, ids in found.items()}
