"""A learner's own row of a course's register, and nothing else of it.

What is returned holds nothing of anybody else: no other person, no host, no count, and of a teacher's
correction the reason but not the name. So no page that is made of it can tell.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from reports.access import Viewer
from reports.analytics.attention import best_share, misses_left
from reports.analytics.presence import Mark, Tally
from reports.models import Course
from reports.queries.attention import ClassesLeft, classes_left
from reports.queries.classes import CourseClass
from reports.queries.presence_rules import RuleInForce
from reports.queries.register import Register, course_register
from reports.queries.seats import Seat
from reports.queries.shares import engagement

# Why nothing can be said of a class.
WhyUnknown = Literal["", "removed", "open", "not_whole", "late", "enrolment", "names"]


@dataclass(frozen=True)
class OwnCorrection:
    """A teacher's word on the learner in a class."""

    mark: Mark
    computed: Mark  # without it
    reason: str
    made_at: datetime


@dataclass(frozen=True)
class OwnClass:
    """A class of the course as its learner may know it."""

    starts_at: datetime | None  # None: unknown
    ends_at: datetime | None
    room_name: str
    length_seconds: int | None
    class_time: tuple[datetime, datetime] | None  # that a teacher set, which length and share go by
    parts: int  # sessions that were merged into it
    is_provisional: bool
    is_disputed: bool  # Kaltura's reports disagree about it
    mark: Mark
    seconds: int | None
    breakout_seconds: int
    share: float | None
    engagement: float | None
    identities: int  # of Kaltura's that are the learner
    why_unknown: WhyUnknown
    correction: OwnCorrection | None


@dataclass(frozen=True)
class OwnRegister:
    """A learner's classes, the latest first, with what they add up to."""

    classes: tuple[OwnClass, ...]
    tally: Tally
    seconds: int | None  # in all classes as far as it is known; None: of none it is
    rule: RuleInForce  # its maker is told to nobody
    left: ClassesLeft
    breakouts_add: bool
    ignored: int  # sessions of the course that count as no class
    stray: int  # breakouts that are of no class, whoever was in them
    is_erased: bool = False

    @property
    def required_percent(self) -> int | None:
        return self.rule.rule.required_percent

    @property
    def may_miss(self) -> int | None:
        """Classes that may still be missed; None: not known, or out of reach."""
        if self.left.count is None or self.required_percent is None:
            return None
        return misses_left(self.tally, self.left.count, self.required_percent)

    @property
    def best(self) -> float | None:
        """The share that can be reached at most; None: not known."""
        return None if self.left.count is None else best_share(self.tally, self.left.count)


def own_register(
    viewer: Viewer, course: Course, from_at: datetime, to_at: datetime
) -> OwnRegister | None:
    """Return the viewer's own row; None where the course's register has none of theirs.

    The row is found by Moodle's id, never by a name.
    """
    subject = viewer.subject_in(course)
    if subject is None or course.roster_asked_at is None:
        return None
    sessions = viewer.sessions_for_learner(course)
    register = course_register(course, sessions, from_at, to_at, only=subject)
    row = register.row(subject)
    if row is None:
        return None
    account = course.site.account
    return OwnRegister(
        classes=() if row.line.is_erased else tuple(reversed(list(_classes(register, row.seats)))),
        tally=row.tally,
        seconds=row.seconds,
        rule=register.rule,
        left=classes_left(register, sessions, from_at, to_at),
        breakouts_add=account is None or account.breakouts_add,
        ignored=len(register.found.ignored),
        stray=len(register.found.stray),
        is_erased=row.line.is_erased,
    )


def _classes(register: Register, seats: tuple[Seat, ...]) -> Iterator[OwnClass]:
    for one, seat in zip(register.classes, seats, strict=True):
        made = seat.correction
        # Nothing of somebody yet, in a class of which not all is told, is no time of 0.
        is_known = seat.computed != Mark.UNKNOWN or bool(seat.seconds)
        yield OwnClass(
            starts_at=one.starts_at if one.has_start else None,
            ends_at=one.ends_at,
            room_name=one.room_name,
            length_seconds=one.length_seconds,
            class_time=(one.counted.starts_at, one.counted.ends_at) if one.counted else None,
            parts=len(one.parts),
            is_provisional=one.is_provisional,
            is_disputed=one.is_disputed,
            mark=seat.mark,
            seconds=seat.seconds if is_known else None,
            breakout_seconds=seat.breakout_seconds,
            share=seat.share if is_known else None,
            engagement=_engagement(seat),
            identities=len(seat.presences),
            why_unknown=_why_unknown(one, seat),
            correction=OwnCorrection(seat.mark, seat.computed, made.reason, made.made_at)
            if made
            else None,
        )


def _engagement(seat: Seat) -> float | None:
    """Return engaged time / all time connected, breakouts included; None where it isn't known."""
    if seat.seconds is None:
        return None
    connected = sum(it.own_seconds + it.breakout_seconds for it in seat.presences)
    return engagement(sum(it.engaged_seconds for it in seat.presences), connected)


def _why_unknown(one: CourseClass, seat: Seat) -> WhyUnknown:
    """Return why it can't be computed whether the learner was present."""
    if seat.computed != Mark.UNKNOWN:
        return ""
    if one.is_removed:
        return "removed"
    if not one.is_whole:
        return "not_whole"
    if one.length_seconds is None:
        return "open"
    if not one.is_told:
        return "late"
    if seat.seconds is None:
        return "names" if all(line.is_whole for line in one.breakouts) else "not_whole"
    return "enrolment"
