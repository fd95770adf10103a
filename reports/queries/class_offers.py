"""Which of a course's classes may be one, or none: `analytics.class_offers` on what is stored.

Only what is certain speaks for an offer: attendances that are whole and have settled.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports.analytics.class_offers import (
    HeldClass,
    IgnoreOffer,
    MergeOffer,
    ignore_offers,
    merge_offers,
)
from reports.models import Course
from reports.queries.classes import CourseClass, CourseClasses
from reports.queries.identities import course_identities
from reports.queries.register import Register, presences_of
from reports.queries.roster import course_roster
from reports.queries.seats import Presence


@dataclass(frozen=True)
class ClassOffers:
    """What is offered about the classes of a range, by start."""

    merges: tuple[tuple[CourseClass, CourseClass, MergeOffer], ...]
    ignores: tuple[tuple[CourseClass, IgnoreOffer], ...]

    def __bool__(self) -> bool:
        return bool(self.merges or self.ignores)


def class_offers(course: Course, found: CourseClasses) -> ClassOffers:
    """Return the offers about the classes that count. Some ten queries, however many they are."""
    classes = [one for one in found.classes if one.has_start]
    identities = course_identities(course, course_roster(course))
    held = _held(classes, presences_of(classes, identities))
    by_key = {one.cue_point_id: one for one in classes}
    return ClassOffers(
        merges=tuple((by_key[it.first], by_key[it.second], it) for it in merge_offers(held)),
        ignores=tuple((by_key[it.key], it) for it in ignore_offers(held)),
    )


def register_offers(register: Register) -> int:
    """Return how many offers there are about the classes of a register: read from it, no query."""
    people: list[set[str]] = [set() for _ in register.classes]
    for row in register.rows:
        who = _moodle(row.line.moodle_user_id)
        for place, seat in enumerate(row.seats):
            if seat.presences:
                people[place].add(who)
    held = [
        _held_class(
            one,
            people[place] | {_who(it.presence) for it in register.others[place]},
            {_who(it.presence) for it in register.others[place] if _is_staff(it.presence)},
        )
        for place, one in enumerate(register.classes)
        if one.has_start
    ]
    return len(merge_offers(held)) + len(ignore_offers(held))


def _held(
    classes: Sequence[CourseClass], presences: Sequence[Mapping[int, Presence]]
) -> list[HeldClass]:
    return [
        _held_class(
            one, map(_who, some.values()), (_who(it) for it in some.values() if _is_staff(it))
        )
        for one, some in zip(classes, presences, strict=True)
    ]


def _held_class(one: CourseClass, people: Iterable[str], staff: Iterable[str]) -> HeldClass:
    return HeldClass(
        key=one.cue_point_id,
        room=one.parts[0].room_id,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        length_seconds=_length(one),
        people=frozenset(people) if _is_certain(one) else None,
        staff=frozenset(staff),
    )


def _length(one: CourseClass) -> int | None:
    """Return how long its sessions were, whatever counts of it."""
    lengths = [line.length_seconds for line in one.parts]
    known = [seconds for seconds in lengths if seconds is not None]
    return sum(known) if len(known) == len(lengths) else None


def _is_certain(one: CourseClass) -> bool:
    """Whether nobody else can turn out to have been there: it is whole, its breakouts too, and over."""
    is_whole = one.is_whole and all(line.is_whole for line in one.breakouts)
    return is_whole and one.is_told and not one.is_provisional and not one.is_disputed


def _who(presence: Presence) -> str:
    """Return who it is: somebody of the course by Moodle's id, anybody else by our key."""
    line = presence.match.line
    return _moodle(line.moodle_user_id) if line else f"person {presence.person.pk}"


def _moodle(user_id: str) -> str:
    return f"moodle {user_id}"


def _is_staff(presence: Presence) -> bool:
    line = presence.match.line
    return line is not None and not line.is_learner
