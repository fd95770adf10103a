"""Why a teacher should look at a learner: reasons with their classes, never a score and no ranking.

Pure functions on one learner's classes in order of time. A class counts where the learner was present,
partly there or absent; excused and unknown classes and those before the enrolment neither break nor
extend anything. Halves are whole numbers here, so that a share that is just enough is enough.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from reports.analytics.presence import Mark, Rule, Tally, tally

IN_A_ROW = 3  # absences, unless the teacher asks for another number
FALLING_CLASSES = 4
FALLING_PERCENT = 20  # of a class, from the first of them to the last
FEW_MISSES = 1
COUNTED = frozenset({Mark.PRESENT, Mark.PARTLY, Mark.ABSENT})


class ReasonKind(StrEnum):
    """In the order in which a learner's reasons are told."""

    OUT_OF_REACH = "out_of_reach"
    BELOW = "below"
    IN_A_ROW = "in_a_row"
    FALLING = "falling"
    CLOSE = "close"


class MarkedClass(NamedTuple):
    """A learner in a class."""

    key: str  # names the class
    at: datetime
    mark: Mark
    share: float | None  # of the class, 0 to 1; None: unknown, or a teacher's word stands for it

    @property
    def is_counted(self) -> bool:
        return self.mark in COUNTED

    @property
    def percent(self) -> int | None:
        """The share as a page writes it."""
        return None if self.share is None else round(100 * self.share)


@dataclass(frozen=True)
class Reason:
    """One reason to look at a learner, with what it is made of."""

    kind: ReasonKind
    classes: tuple[MarkedClass, ...]  # what it hangs on, by time; what was missed, for shares
    tally: Tally  # of all the learner's classes
    required_percent: int | None = None  # that the rule asks for
    left: int | None = None  # planned classes that have not begun
    best: float | None = None  # share that can be reached at most
    misses: int | None = None  # of the classes left, that may be missed


def attention(
    classes: Sequence[MarkedClass], rule: Rule, *, left: int | None, in_a_row: int = IN_A_ROW
) -> list[Reason]:
    """Return every reason that holds, in the order of ReasonKind.

    `left` None: how many classes are still to come isn't known, so nothing is said about them.
    """
    sums = tally([one.mark for one in classes])
    found = [
        _out_of_reach(classes, sums, rule.required_percent, left),
        _below(classes, sums, rule.required_percent),
        _in_a_row(classes, sums, in_a_row),
        _falling(classes, sums),
        _close(classes, sums, rule.required_percent, left),
    ]
    return [reason for reason in found if reason is not None]


def is_below(sums: Tally, required_percent: int) -> bool:
    """Return whether less than the required share was attended; False where no class counts."""
    return 100 * _halves(sums) < 2 * required_percent * sums.counted


def best_share(sums: Tally, left: int) -> float | None:
    """Return the share if all classes that are left or unknown are attended; None without a class."""
    classes = sums.counted + sums.unknown + left
    return (_halves(sums) + 2 * (sums.unknown + left)) / (2 * classes) if classes else None


def misses_left(sums: Tally, left: int, required_percent: int) -> int | None:
    """Return how many of the classes left may be missed; None: the share is out of reach.

    Classes that are unknown are taken for attended.
    """
    classes = sums.counted + sums.unknown + left
    reached = _halves(sums) + 2 * (sums.unknown + left)
    spare = (100 * reached - 2 * required_percent * classes) // 200
    return None if spare < 0 else min(spare, left)


def _halves(sums: Tally) -> int:
    return 2 * sums.present + sums.partly


def _missed(classes: Iterable[MarkedClass]) -> tuple[MarkedClass, ...]:
    return tuple(one for one in classes if one.mark in (Mark.ABSENT, Mark.PARTLY))


def _in_a_row(classes: Sequence[MarkedClass], sums: Tally, least: int) -> Reason | None:
    """The latest classes that count were all missed, `least` of them or more."""
    row: list[MarkedClass] = []
    for one in reversed(classes):
        if not one.is_counted:
            continue
        if one.mark != Mark.ABSENT:
            break
        row.append(one)
    if len(row) < least:
        return None
    return Reason(ReasonKind.IN_A_ROW, tuple(reversed(row)), sums)


def _below(classes: Sequence[MarkedClass], sums: Tally, required: int | None) -> Reason | None:
    """Less was attended so far than the rule asks for."""
    if required is None or not is_below(sums, required):
        return None
    return Reason(ReasonKind.BELOW, _missed(classes), sums, required)


def _falling(classes: Sequence[MarkedClass], sums: Tally) -> Reason | None:
    """In each of the latest classes that count the share was lower, and it fell by a fifth in all."""
    known = [one for one in classes if one.is_counted and one.share is not None]
    latest = known[-FALLING_CLASSES:]
    percents = [one.percent or 0 for one in latest]
    if len(latest) < FALLING_CLASSES or percents[0] - percents[-1] < FALLING_PERCENT:
        return None
    if any(after >= before for before, after in pairwise(percents)):
        return None
    return Reason(ReasonKind.FALLING, tuple(latest), sums)


def _out_of_reach(
    classes: Sequence[MarkedClass], sums: Tally, required: int | None, left: int | None
) -> Reason | None:
    """Even with every class that is left the share stays below what the rule asks for."""
    if required is None or left is None or misses_left(sums, left, required) is not None:
        return None
    best = best_share(sums, left)
    return Reason(ReasonKind.OUT_OF_REACH, _missed(classes), sums, required, left, best)


def _close(
    classes: Sequence[MarkedClass], sums: Tally, required: int | None, left: int | None
) -> Reason | None:
    """The share can still be reached, but hardly anything may be missed any more.

    Only of who has missed something: a strict rule alone is no reason.
    """
    missed = _missed(classes)
    if required is None or not left or not missed:
        return None
    misses = misses_left(sums, left, required)
    if misses is None or misses > FEW_MISSES or misses >= left:
        return None
    return Reason(ReasonKind.CLOSE, missed, sums, required, left, misses=misses)
