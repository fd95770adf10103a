"""What another rule would change: the same register judged twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet

from reports.analytics.presence import Mark, Rule, Tally
from reports.models import Course, MoodleSite, PresenceRule
from reports.models.session import RoomSessionQuerySet
from reports.queries.classes import CourseClass
from reports.queries.register import Register, course_register, rejudged
from reports.queries.roster import RosterLine
from reports.queries.seats import Seat


@dataclass(frozen=True)
class Change:
    """A learner in a class who would be something else."""

    line: RosterLine
    one: CourseClass
    before: Seat
    after: Seat


@dataclass(frozen=True)
class Below:
    """Learners whose share of the classes is below the one that is asked for."""

    required_percent: int
    learners: int


@dataclass(frozen=True)
class RulePreview:
    """What the rule would change. Changes by learner, then class."""

    changes: tuple[Change, ...]
    before: Tally  # of all marks
    after: Tally
    classes: int
    corrected: int  # marks that stay, because a teacher said so
    below_before: Below | None  # None: no share is asked for
    below_after: Below | None

    @property
    def learners(self) -> int:
        """How many different learners would be something else somewhere."""
        return len({it.line.moodle_user_id for it in self.changes})


def rule_preview(register: Register, rule: Rule) -> RulePreview:
    """Return what the rule would change in the register. No query."""
    then = rejudged(register, rule)
    changes, corrected = [], 0
    for row, row_then in zip(register.rows, then.rows, strict=True):
        for one, before, after in zip(register.classes, row.seats, row_then.seats, strict=True):
            if before.mark != after.mark:
                changes.append(Change(row.line, one, before, after))
            corrected += after.correction is not None and before.computed != after.computed
    return RulePreview(
        changes=tuple(changes),
        before=_tally(register),
        after=_tally(then),
        classes=len(register.classes),
        corrected=corrected,
        below_before=_below(register, register.rule.rule),
        below_after=_below(then, rule),
    )


def _tally(register: Register) -> Tally:
    """Return all marks of the register's rows together."""
    return Tally(
        **{
            mark.value: sum(getattr(row.tally, mark.value) for row in register.rows)
            for mark in Mark
        }
    )


def _below(register: Register, rule: Rule) -> Below | None:
    if rule.required_percent is None:
        return None
    below = sum(_is_below(row.tally, rule.required_percent) for row in register.rows)
    return Below(rule.required_percent, below)


def _is_below(tally: Tally, required_percent: int) -> bool:
    """Whether less of the classes were attended; in whole numbers, so that 75 % is 75 %."""
    attended_twice = 2 * tally.present + tally.partly
    return 100 * attended_twice < 2 * required_percent * tally.counted


@dataclass(frozen=True)
class CoursePreview:
    """What another default would change in one of its site's courses."""

    course: Course
    preview: RulePreview


def courses_by_default(site: MoodleSite) -> QuerySet[Course]:
    """Return the site's courses that have no rule of their own, those opened last first."""
    own = PresenceRule.objects.filter(course=OuterRef("pk"))
    found = Course.objects.filter(~Exists(own), site=site).select_related("site__account")
    return found.order_by(F("launched_at").desc(nulls_last=True), "-pk")


def site_rule_preview(
    courses: Iterable[Course],
    sessions: RoomSessionQuerySet,
    rule: Rule,
    from_at: datetime,
    to_at: datetime,
) -> list[CoursePreview]:
    """Return what the rule would change in these courses. Some twenty queries each."""
    return [
        CoursePreview(course, rule_preview(course_register(course, sessions, from_at, to_at), rule))
        for course in courses
    ]
