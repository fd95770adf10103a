"""Who is enrolled in a course, as what, and when: lists for the page, and who counts at a moment.

Source of truth: `Enrolment`, which rosters and people write, and `CourseVisit`, who came as what.
Whose courses these may be is the caller's concern: they come from `access.Viewer`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    OrderBy,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least, Lower, NullIf
from django.utils import timezone

from reports.models import Course, CourseVisit, Enrolment, MoodleUser, User
from reports.moodle.roster_turns import is_awaited
from reports.queries.search import every_word

Kind = Enrolment.Kind
# A column of the table and what it is sorted by; texts without capitals.
_TEXTS = {"name": "shown_name", "user_name": "shown_user_name", "email": "email"}
_OTHERS = {
    "kind": "counted_kind",
    "first": "first_seen_at",
    "latest": "last_seen_at",
    "counted": "counted_since",
}
ROSTER_ORDERS = (*_TEXTS, *_OTHERS)


@dataclass(frozen=True)
class RosterFilter:
    """Who of the roster is wanted."""

    who: str = ""  # "learner", "staff" (both: enrolled now), "left", or "" for everybody
    search: str = ""  # every word stands in a name, address or id
    order: str = "name"  # one of ROSTER_ORDERS, "-" before it for the other way round


@dataclass(frozen=True)
class RosterLine:
    """Somebody of a course's roster. Texts are "" where Moodle told none."""

    enrolment_id: int
    moodle_user_id: str
    name: str
    user_name: str  # of the roster, or that of the person's own launches
    email: str
    shares_email: bool  # with somebody else of the course
    shares_name: bool  # likewise: the name alone does not say who it is
    id_number: str
    kind: Kind  # that counts
    reason: str  # for it: a key of ROSTER_REASONS
    marked_by: str
    is_current: bool  # in the latest roster
    first_seen_at: datetime
    last_seen_at: datetime
    counted_from: datetime | None  # where it was dated back
    backdated_by: str
    is_erased: bool

    @property
    def shown_name(self) -> str:
        """Return the name, or what stands in for it."""
        return self.name or self.user_name or self.moodle_user_id

    @cached_property  # asked for at every class of a register
    def counted_since(self) -> datetime:
        """From when on the person counts as enrolled."""
        return min(self.counted_from or self.first_seen_at, self.first_seen_at)

    @property
    def is_learner(self) -> bool:
        return self.kind == Kind.LEARNER


class _Shared(NamedTuple):
    """What more than one of a course has."""

    emails: frozenset[str]  # in small letters
    names: frozenset[str]  # as of `_same`


@dataclass(frozen=True)
class RosterCounts:
    """How many of a course are what."""

    learners: int  # enrolled now
    staff: int  # enrolled now
    left: int
    nameless: int  # enrolled now, and Moodle tells no name
    backdated: int

    @property
    def listed(self) -> int:
        return self.learners + self.staff


@dataclass(frozen=True)
class RosterAt:
    """Who was what at a moment. Everybody of the course is in exactly one of them."""

    learners: tuple[RosterLine, ...]  # counted: present or absent
    staff: tuple[RosterLine, ...]
    left: tuple[RosterLine, ...]  # learners who were gone by then
    not_yet: tuple[RosterLine, ...]  # learners whom a roster after the first one brought
    unknown: tuple[RosterLine, ...]  # learners of the first roster, before it and not dated back

    @property
    def enrolled(self) -> int | None:
        """How many learners were enrolled; None where that isn't known of all of them."""
        return None if self.unknown else len(self.learners)


class Standing(StrEnum):
    """How a learner stood at a moment."""

    ENROLLED = "enrolled"  # counted: present or absent
    LEFT = "left"
    NOT_YET = "not_yet"  # a roster after the first one brought them
    UNKNOWN = "unknown"  # of the first roster, before it and not dated back


@dataclass(frozen=True)
class CourseRoster:
    """A course's whole roster, to be looked at for many moments."""

    lines: tuple[RosterLine, ...]

    @cached_property
    def began_at(self) -> datetime | None:
        """When the first roster came; None: nobody was ever listed."""
        return min((line.first_seen_at for line in self.lines), default=None)

    def standing(self, line: RosterLine, at: datetime) -> Standing:
        """Return how a learner of the roster stood at the moment.

        Who left counts up to the latest roster that lists them; who came back, as if never gone.
        """
        if line.counted_since > at:
            is_of_first = line.first_seen_at == self.began_at
            return Standing.UNKNOWN if is_of_first else Standing.NOT_YET
        if not line.is_current and at > line.last_seen_at:
            return Standing.LEFT
        return Standing.ENROLLED

    def at(self, at: datetime) -> RosterAt:
        """Return who was what at the moment."""
        learners: dict[Standing, list[RosterLine]] = {standing: [] for standing in Standing}
        for line in self.lines:
            if line.is_learner:
                learners[self.standing(line, at)].append(line)
        return RosterAt(
            learners=tuple(learners[Standing.ENROLLED]),
            staff=tuple(line for line in self.lines if not line.is_learner),
            left=tuple(learners[Standing.LEFT]),
            not_yet=tuple(learners[Standing.NOT_YET]),
            unknown=tuple(learners[Standing.UNKNOWN]),
        )


def course_roster(course: Course) -> CourseRoster:
    """Return everybody who ever was in a roster of the course, by name. Two queries."""
    return CourseRoster(tuple(roster_lines(course, roster_rows(course, RosterFilter()))))


def enrolments(course: Course, *, at: datetime) -> RosterAt:
    """Return who of the course was what at the moment. For many moments: `course_roster`."""
    return course_roster(course).at(at)


def roster_rows(course: Course, wanted: RosterFilter) -> QuerySet[Any]:
    """Return the wanted enrolments in order; `roster_lines` reads them."""
    found = _annotated(course)
    if wanted.who == "left":
        found = found.filter(_is_left(course))
    elif wanted.who:
        found = found.filter(~_is_left(course), counted_kind=wanted.who)
    if wanted.search.split():
        texts = ("name", "shown_user_name", "email", "id_number", "moodle_user_id")
        found = found.filter(every_word(wanted.search, *texts))
    column, is_down = wanted.order.removeprefix("-"), wanted.order.startswith("-")
    by = NullIf(Lower(_TEXTS[column]), Value("")) if column in _TEXTS else F(_OTHERS[column])
    first = OrderBy(by, descending=is_down, nulls_last=True)
    return found.order_by(first, Lower("shown_name"), "pk")


def roster_lines(course: Course, rows: Iterable[Any]) -> Iterable[RosterLine]:
    """Return the lines of rows of `roster_rows`. Two queries."""
    shared = _shared(course)
    asked_at = course.roster_asked_at
    return [_line(row, shared, asked_at) for row in rows]


def roster_counts(course: Course) -> RosterCounts:
    """Return how many of the course are what. One query."""
    is_left = _is_left(course)
    return RosterCounts(
        **_annotated(course).aggregate(
            learners=Count("pk", filter=Q(~is_left, counted_kind=Kind.LEARNER)),
            staff=Count("pk", filter=Q(~is_left, counted_kind=Kind.STAFF)),
            left=Count("pk", filter=is_left),
            nameless=Count("pk", filter=Q(~is_left, name="", erased_at__isnull=True)),
            backdated=Count("pk", filter=Q(counted_from__isnull=False)),
        )
    )


def is_roster_awaited(course: Course) -> bool:
    """Return whether the course was opened lately and a worker is about to ask for its roster."""
    return is_awaited(course, timezone.now())


def _annotated(course: Course) -> QuerySet[Any]:
    """Return the course's enrolments, each with what counts of it."""
    launched = CourseVisit.objects.filter(
        course=course, moodle_user__subject=OuterRef("moodle_user_id"), was_teacher_at__isnull=False
    )
    names = MoodleUser.objects.filter(site=course.site_id, subject=OuterRef("moodle_user_id"))
    is_staff = Q(kind=Kind.STAFF) | Q(has_taught=True)
    launched_name = When(erased_at__isnull=True, then=Subquery(names.values("user_name")))
    user_name = Coalesce(NullIf("user_name", Value("")), Case(launched_name), Value(""))
    rows = Enrolment.objects.filter(course=course).select_related("marked_by", "backdated_by")
    return rows.annotate(
        has_taught=Exists(launched),
        counted_kind=Case(
            When(~Q(marked_kind=""), then=F("marked_kind")),
            When(is_staff, then=Value(Kind.STAFF.value)),
            default=Value(Kind.LEARNER.value),
            output_field=CharField(),
        ),
        shown_user_name=user_name,
        shown_name=Coalesce(
            NullIf("name", Value("")), NullIf(user_name, Value("")), "moodle_user_id"
        ),
        counted_since=Least(Coalesce("counted_from", "first_seen_at"), "first_seen_at"),
    )


def _is_left(course: Course) -> Q:
    """Return the condition for who is not in the latest roster."""
    return Q(last_seen_at__lt=course.roster_asked_at) if course.roster_asked_at else Q(pk__in=[])


def _shared(course: Course) -> _Shared:
    """Return what more than one of the course has. One query."""
    rows = Enrolment.objects.filter(course=course).values_list("email", "name")
    emails, names = Counter[str](), Counter[str]()
    for email, name in rows.iterator():
        emails[email.lower()] += 1
        names[_same(name)] += 1
    return _Shared(_several(emails), _several(names))


def _several(counted: Counter[str]) -> frozenset[str]:
    return frozenset(text for text, n in counted.items() if text and n > 1)


def _same(name: str) -> str:
    """Return what two names that a reader can't tell apart have in common."""
    return " ".join(name.casefold().split())


def _line(row: Any, shared: _Shared, asked_at: datetime | None) -> RosterLine:
    return RosterLine(
        enrolment_id=row.pk,
        moodle_user_id=row.moodle_user_id,
        name=row.name,
        user_name=row.shown_user_name,
        email=row.email,
        shares_email=row.email.lower() in shared.emails,
        shares_name=_same(row.name) in shared.names,
        id_number=row.id_number,
        kind=Kind(row.counted_kind),
        reason=_reason(row),
        marked_by=_called(row.marked_by),
        is_current=asked_at is None or row.last_seen_at >= asked_at,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        counted_from=row.counted_from,
        backdated_by=_called(row.backdated_by),
        is_erased=row.erased_at is not None,
    )


def _reason(row: Any) -> str:
    if row.marked_kind:
        return "marked"
    return "launched" if row.has_taught and row.kind != Kind.STAFF else "listed"


def _called(user: User | None) -> str:
    return (user.get_full_name() or user.username) if user else ""
