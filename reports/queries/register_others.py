"""Who was in a course's classes and is none of its learners, over a whole register."""

from collections.abc import Callable
from dataclasses import dataclass

from reports.queries.identities import PersonRow
from reports.queries.register import Register
from reports.queries.roster import RosterLine
from reports.queries.seats import Other, Presence

KINDS = ("staff", "not_enrolled", "guest", "stranger", "erased")  # in the order they are shown


@dataclass(frozen=True)
class Visitor:
    """Somebody of Moodle's or, matched to nobody, of Kaltura's."""

    person: PersonRow
    line: RosterLine | None  # None: matched to nobody
    kind: str  # that of `seats.Other`
    classes: int
    seconds: int  # as a learner's would count


def visitors(found: Register) -> list[Visitor]:
    """Return everybody of the register's `others` once: staff first, the most classes first."""
    met: dict[object, list[tuple[int, Other]]] = {}
    for place, others in enumerate(found.others):
        for other in others:
            line = other.presence.match.line
            who = line.moodle_user_id if line else other.presence.person.pk
            met.setdefault((other.kind, who), []).append((place, other))
    seconds_of = _counter(adds=found.breakouts_add)
    made = [
        Visitor(
            person=some[0][1].presence.person,
            line=some[0][1].presence.match.line,
            kind=some[0][1].kind,
            classes=len({place for place, _ in some}),
            seconds=sum(seconds_of(other.presence) for _, other in some),
        )
        for some in met.values()
    ]
    return sorted(made, key=lambda it: (KINDS.index(it.kind), -it.classes, it.person.name))


def _counter(*, adds: bool) -> Callable[[Presence], int]:
    if adds:
        return lambda it: it.own_seconds + it.breakout_seconds
    return lambda it: it.own_seconds
