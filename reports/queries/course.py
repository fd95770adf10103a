"""One course at a glance: its rooms, how many learners it had when, how long people stayed.

Sessions and their sums are those of any other page, narrowed to the course: `queries.sessions`. Who
counts as a learner is decided in `queries.roster`.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Sum

from reports.access import Viewer
from reports.analytics.distribution import Stays, stays
from reports.models import Course, CourseRoom, Room
from reports.models.session import RoomSessionQuerySet
from reports.queries.kept import kept
from reports.queries.people_counts import whole_attendances
from reports.queries.roster import CourseRoster, RosterLine, course_roster


@dataclass(frozen=True)
class CourseRooms:
    """The rooms of a course, by name, and the claims that an administrator has not decided on."""

    rooms: tuple[Room, ...]
    waiting: int


@dataclass(frozen=True)
class Learners:
    """How many learners a course had, as far as rosters tell."""

    roster: CourseRoster
    asked_at: datetime | None  # the latest roster; None: there was none yet

    def at(self, moment: datetime) -> int | None:
        """Return how many were enrolled then; None: unknown."""
        if self.asked_at is None:
            return None
        found = self.roster.at(moment)
        began_at = min((line.first_seen_at for line in self.roster.lines), default=self.asked_at)
        return None if moment < began_at and not found.learners else found.enrolled

    @property
    def now(self) -> int | None:
        """How many the latest roster has; None before the first."""
        return None if self.asked_at is None else sum(it.is_learner for it in self._present)

    @property
    def staff(self) -> int:
        """How many of staff the latest roster has."""
        return sum(not line.is_learner for line in self._present)

    @property
    def _present(self) -> list[RosterLine]:
        return [line for line in self.roster.lines if line.is_current]


def rooms_of_course(course: Course) -> CourseRooms:
    """Return the rooms that belong to the course now. Two queries."""
    claims = CourseRoom.objects.filter(course=course)
    keys = claims.in_force().values("room")
    rooms = Room.objects.filter(pk__in=keys).order_by("name", "pk")
    return CourseRooms(tuple(rooms), claims.waiting().count())


def learners_of(course: Course) -> Learners:
    """Return who was enrolled when. Two queries, none before the first roster."""
    roster = CourseRoster(()) if course.roster_asked_at is None else course_roster(course)
    return Learners(roster, course.roster_asked_at)


def stays_in(viewer: Viewer, sessions: RoomSessionQuerySet) -> Stays:
    """Return the attendances by tenths of their sessions, which are the viewer's.

    One query for an administrator, two for others, and one more unless nothing has changed. Time in
    several tiles of a session adds up; a session without a known length is left out.
    """
    found = (
        whole_attendances(sessions.filter(length_seconds__gt=0))
        .values("session_id", "person_id")
        .annotate(seconds=Sum("view_seconds"), length=F("session__length_seconds"))
        .values_list("seconds", "length")
    )
    return kept(viewer, found, "stays", lambda: stays(found))
