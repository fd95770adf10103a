"""Whom a teacher should look at in a course, and why; how many classes are still to come.

Made of the register alone, so that every count is the register's. Reasons: `analytics.attention`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from django.db.models import Q

from reports.analytics.attention import IN_A_ROW, MarkedClass, Reason, ReasonKind, attention
from reports.analytics.presence import Tally
from reports.models import Course
from reports.models.session import RoomSessionQuerySet
from reports.queries.register import Register, course_register
from reports.queries.roster import RosterLine
from reports.queries.seats import Row

# Why it isn't known how many classes are left: the rule plans none, the days are not all of the
# course's, more classes were held than planned.
WhyNot = Literal["", "unplanned", "part", "exceeded"]


@dataclass(frozen=True)
class ClassesLeft:
    """How many of the planned classes have not begun; None with the reason why nobody knows."""

    count: int | None
    why_not: WhyNot = ""


@dataclass(frozen=True)
class AttentionLine:
    """A learner for whom at least one reason holds."""

    line: RosterLine
    tally: Tally
    reasons: tuple[Reason, ...]

    @property
    def kinds(self) -> frozenset[ReasonKind]:
        return frozenset(reason.kind for reason in self.reasons)


@dataclass(frozen=True)
class AttentionList:
    """Learners who are enrolled now and for whom a reason holds, by name."""

    register: Register
    left: ClassesLeft
    lines: tuple[AttentionLine, ...]

    @cached_property
    def counts(self) -> Counter[ReasonKind]:
        """Learners by reason; who has several is in each."""
        return Counter(kind for line in self.lines for kind in line.kinds)

    def of_kind(self, kind: str) -> list[AttentionLine]:
        """Return the lines with that reason; "": all."""
        return [line for line in self.lines if not kind or kind in line.kinds]


def attention_list(
    course: Course,
    sessions: RoomSessionQuerySet,
    from_at: datetime,
    to_at: datetime,
    in_a_row: int = IN_A_ROW,
) -> AttentionList:
    """Return whom to look at by the classes that start in the range. The register and one query."""
    register = course_register(course, sessions, from_at, to_at)
    left = classes_left(register, sessions, from_at, to_at)
    return AttentionList(register, left, tuple(_lines(register, left, in_a_row)))


def _lines(register: Register, left: ClassesLeft, in_a_row: int) -> Iterator[AttentionLine]:
    rule = register.rule.rule
    for row in register.rows:
        if row.line.is_current and not row.line.is_erased:
            reasons = attention(_marked(register, row), rule, left=left.count, in_a_row=in_a_row)
            if reasons:
                yield AttentionLine(row.line, row.tally, tuple(reasons))


def _marked(register: Register, row: Row) -> list[MarkedClass]:
    """Return the learner's classes.

    Without a share where a teacher had the word or Kaltura may not have told of all the time yet.
    """
    found = []
    for one, seat in zip(register.classes, row.seats, strict=True):
        share = None if seat.correction or not one.is_told else seat.share
        found.append(MarkedClass(one.cue_point_id, one.starts_at, seat.mark, share))
    return found


def classes_left(
    register: Register, sessions: RoomSessionQuerySet, from_at: datetime, to_at: datetime
) -> ClassesLeft:
    """Return how many of the rule's planned classes are still to come. One query at most.

    Not known over a range that does not hold all of the course's sessions. Those before the course
    began, where Moodle tells when, are of an earlier one.
    """
    planned = register.rule.rule.planned_classes
    if planned is None:
        return ClassesLeft(None, "unplanned")
    course = register.course
    outside = Q(started_at__gte=to_at)
    if course.starts_at is None or from_at > course.starts_at:
        outside |= Q(started_at__lt=from_at)
    if sessions.in_course(course.pk).filter(outside).exists():
        return ClassesLeft(None, "part")
    left = planned - len(register.classes)
    return ClassesLeft(left) if left >= 0 else ClassesLeft(None, "exceeded")


@dataclass(frozen=True)
class RegisterSummary:
    """A course's register in one line."""

    learners: int
    classes: int
    share: float | None  # of the classes that count, everybody's together; None: none counts
    attention: int  # learners for whom a reason holds


def register_summary(found: AttentionList) -> RegisterSummary:
    """Return what the register adds up to."""
    rows = found.register.rows
    counted = sum(row.tally.counted for row in rows)
    halves = sum(2 * row.tally.present + row.tally.partly for row in rows)
    return RegisterSummary(
        learners=len(rows),
        classes=len(found.register.classes),
        share=halves / (2 * counted) if counted else None,
        attention=len(found.lines),
    )
