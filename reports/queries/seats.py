"""The parts of a register: who was in a class, a learner's seat in it, what a class adds up to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from reports.analytics.presence import Mark, Tally, tally
from reports.models import PresenceCorrection
from reports.queries.identities import Match, PersonRow
from reports.queries.roster import RosterLine, Standing


class Presence(NamedTuple):
    """A person's attendance in a class: one row of Kaltura's, parts and breakouts added up."""

    person: PersonRow
    is_guest: bool
    match: Match
    own_seconds: int  # in the sessions themselves
    breakout_seconds: int  # in their breakouts
    engaged_seconds: int


class Seat(NamedTuple):
    """A learner in a class: one cell of the register."""

    mark: Mark  # what counts: the correction's, else the computed one
    computed: Mark  # what rule and time make of it
    seconds: int | None  # that the rule looks at; None: unknown
    breakout_seconds: int  # of them, or beside them where breakouts are in the main time already
    share: float | None  # of the class's length, at most 1; None: unknown
    presences: tuple[Presence, ...]  # more than one: the learner has several identities
    standing: Standing
    correction: PresenceCorrection | None = None

    @property
    def is_there(self) -> bool:
        return bool(self.presences)

    @property
    def told_seconds(self) -> int | None:
        """The time where it says something of the learner; None: unknown.

        No time of somebody who was not enrolled then, or of whom that isn't known, is no 0.
        """
        says = self.is_there or self.computed not in (Mark.UNKNOWN, Mark.NOT_ENROLLED)
        return self.seconds if says else None

    @property
    def is_contradicted(self) -> bool:
        """Whether data that came after the correction says something else again."""
        made = self.correction
        if made is None or self.computed == Mark.UNKNOWN:
            return False
        return self.computed not in (Mark(made.presence), Mark.NOT_ENROLLED) and (
            self.computed != made.computed_mark
        )


@dataclass(frozen=True)
class Row:
    """A learner of the register with a seat for each class, in the order of the classes."""

    line: RosterLine
    seats: tuple[Seat, ...]

    @cached_property
    def tally(self) -> Tally:
        return tally([seat.mark for seat in self.seats])

    @cached_property
    def seconds(self) -> int | None:
        """Time in all classes that count for the learner as far as it is known; None: of none it is."""
        counted = (seat.told_seconds for seat in self.seats if seat.mark != Mark.NOT_ENROLLED)
        known = [seconds for seconds in counted if seconds is not None]
        return sum(known) if known else None

    @property
    def share(self) -> float | None:
        """Share of the classes attended; None where none counts."""
        return self.tally.share


@dataclass(frozen=True)
class Other:
    """Somebody who was in a class and is none of its learners."""

    presence: Presence
    kind: (
        str  # "staff", "not_enrolled" (a learner of another time), "guest", "stranger" or "erased"
    )


@dataclass(frozen=True)
class ClassSums:
    """What a class adds up to, in people."""

    tally: Tally
    there: int  # learners
    missing: int  # learners who were not there at all, those unknown apart
    unknown: int  # learners of whom nothing can be said
    staff: int
    others: int  # guests, strangers, and learners of another time
    doubles: int  # identities of Kaltura's that belong to somebody counted already
    is_known: bool  # False: attendances are not whole, so none of this is

    @property
    def learners(self) -> int:
        """Who was enrolled then, or may have been."""
        return self.there + self.missing + self.unknown

    @property
    def attendees(self) -> int:
        """Different people."""
        return self.there + self.staff + self.others

    @property
    def identities(self) -> int:
        """What Kaltura counts as attendees of all the sessions together."""
        return self.attendees + self.doubles
