"""What might be one class, or none: offers to a teacher, each with its evidence. Nothing is done here.

The host who drops out and comes back makes two sessions of one class; a test makes a session that is
none. Both are only offered: a course may well have two classes after one another.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

LONGEST_GAP = timedelta(minutes=15)
SHORTEST_SECONDS = 5 * 60  # of what is taken for a class


@dataclass(frozen=True)
class HeldClass:
    """A class as it counts now, with who was there."""

    key: str
    room: Hashable
    starts_at: datetime
    ends_at: datetime | None  # None: not known
    length_seconds: int | None  # of its sessions, whatever the class time; None: not known
    people: (
        frozenset[Hashable] | None
    )  # different ones, learners or not; None: not known for certain
    staff: frozenset[Hashable] = frozenset()  # of them


@dataclass(frozen=True)
class MergeOffer:
    """Two classes of a room that may be one."""

    first: str
    second: str
    gap_seconds: int  # below 0: the second one began before the first one's end
    in_both: int | None  # people of the second one who were in the first too; None: not known
    people: int | None  # in the second one


class WhyIgnore(StrEnum):
    """Why a class may be none. All that apply are told."""

    NOBODY = "nobody"
    ONLY_STAFF = "only_staff"
    SHORT = "short"


@dataclass(frozen=True)
class IgnoreOffer:
    """A class that may be none."""

    key: str
    reasons: tuple[WhyIgnore, ...]
    people: int | None


def merge_offers(classes: Iterable[HeldClass]) -> list[MergeOffer]:
    """Return which classes that follow each other in a room may be one, by start.

    Two that have nobody in common are two classes, where it is known who was in them.
    """
    ordered = sorted(classes, key=lambda it: (it.starts_at, it.key))
    rooms: dict[Hashable, list[HeldClass]] = {}
    for one in ordered:
        rooms.setdefault(one.room, []).append(one)
    place = {one.key: at for at, one in enumerate(ordered)}
    found = [offer for some in rooms.values() for offer in _follow_each_other(some)]
    return sorted(found, key=lambda it: place[it.second])


def _follow_each_other(of_room: Sequence[HeldClass]) -> Iterator[MergeOffer]:
    for first, second in pairwise(of_room):
        if first.ends_at is None or abs(second.starts_at - first.ends_at) > LONGEST_GAP:
            continue
        gap_seconds = round((second.starts_at - first.ends_at).total_seconds())
        if first.people is None or second.people is None:
            yield MergeOffer(first.key, second.key, gap_seconds, None, None)
            continue
        in_both = len(first.people & second.people)
        if in_both or not first.people or not second.people:
            yield MergeOffer(first.key, second.key, gap_seconds, in_both, len(second.people))


def ignore_offers(classes: Iterable[HeldClass]) -> list[IgnoreOffer]:
    """Return which classes may be none, by start: nobody came, nobody but staff, or it was short."""
    ordered = sorted(classes, key=lambda it: (it.starts_at, it.key))
    found = ((one, tuple(_reasons(one))) for one in ordered)
    return [
        IgnoreOffer(one.key, reasons, None if one.people is None else len(one.people))
        for one, reasons in found
        if reasons
    ]


def _reasons(one: HeldClass) -> Iterator[WhyIgnore]:
    if one.people is not None and not one.people:
        yield WhyIgnore.NOBODY
    elif one.people is not None and one.people == one.staff:
        yield WhyIgnore.ONLY_STAFF
    if one.length_seconds is not None and one.length_seconds < SHORTEST_SECONDS:
        yield WhyIgnore.SHORT
