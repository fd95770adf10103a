"""When somebody is present: a course's rule, and what it makes of the time in a session.

Whole seconds are compared, never rounded shares: 75 % of an hour is 2,700 seconds and not one less.
"""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """What a learner is in a class. Values that a teacher may set are those of models.Presence."""

    PRESENT = "present"
    PARTLY = "partly"
    ABSENT = "absent"
    EXCUSED = "excused"
    UNKNOWN = "unknown"  # what isn't known is never taken for absent
    NOT_ENROLLED = "not_enrolled"  # at that time


@dataclass(frozen=True)
class Rule:
    """At least a share of the class or at least so many minutes: one of the two is None."""

    share_percent: int | None = 75
    minutes: int | None = None
    partly_percent: int | None = None  # of a share: from here on partly present; None: no such band
    partly_minutes: int | None = None  # of minutes, likewise
    required_percent: int | None = None  # of the classes have to be attended; None: not said
    planned_classes: int | None = None  # that the course will have; None: not said

    def __post_init__(self) -> None:
        if (self.share_percent is None) == (self.minutes is None):
            raise ValueError("a rule goes by a share or by minutes")


def judged(seconds: int | None, length_seconds: int | None, rule: Rule) -> Mark:
    """Return what the rule makes of somebody's time in a class of that length.

    `seconds` None: not whole. `length_seconds` None: still running or never closed; then somebody with
    enough minutes is present for certain, and everything else is unknown.
    """
    if seconds is None:
        return Mark.UNKNOWN
    if rule.minutes is not None:
        if seconds >= 60 * rule.minutes:
            return Mark.PRESENT
        if length_seconds is None:
            return Mark.UNKNOWN
        is_partly = rule.partly_minutes is not None and seconds >= 60 * rule.partly_minutes
        return Mark.PARTLY if is_partly else Mark.ABSENT
    if not length_seconds or rule.share_percent is None:
        return Mark.UNKNOWN
    if 100 * seconds >= rule.share_percent * length_seconds:
        return Mark.PRESENT
    partly = rule.partly_percent
    is_partly = partly is not None and 100 * seconds >= partly * length_seconds
    return Mark.PARTLY if is_partly else Mark.ABSENT


def needed_seconds(length_seconds: int | None, rule: Rule) -> int | None:
    """Return from how many whole seconds on somebody is present; None where the length is unknown."""
    if rule.minutes is not None:
        return 60 * rule.minutes
    if not length_seconds or rule.share_percent is None:
        return None
    return -(-rule.share_percent * length_seconds // 100)


@dataclass(frozen=True)
class Tally:
    """How often somebody was what, or how many were what in a class."""

    present: int = 0
    partly: int = 0
    absent: int = 0
    excused: int = 0
    unknown: int = 0
    not_enrolled: int = 0

    @property
    def counted(self) -> int:
        """Classes that the share is taken of: neither excused nor unknown."""
        return self.present + self.partly + self.absent

    @property
    def share(self) -> float | None:
        """Classes attended / counted, 0 to 1, one that was attended partly being half; or None."""
        return (self.present + self.partly / 2) / self.counted if self.counted else None


def tally(marks: list[Mark]) -> Tally:
    """Return how many of the marks are which."""
    return Tally(**{mark.value: marks.count(mark) for mark in Mark})
