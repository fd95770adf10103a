"""The rooms of a course as its page shows them, and the evidence that an administrator decides by.

A teacher reads of no room that isn't theirs: a name stands here only for rooms that the viewer may
see or that Kaltura publishes in the course's category; any other claim goes by what was typed.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from reports.access import Viewer
from reports.models import Course, CourseCategory, CourseRoom, Room, RoomSession
from reports.moodle.course_rooms import (
    category_name,
    is_shared_category,
    possible_rooms,
    published_ids,
)
from reports.moodle.sites import expected_name
from reports.queries.room_names import is_named
from reports.queries.room_overlap import Overlap, overlaps, rooms_met

MOST_SUGGESTIONS = 20


@dataclass(frozen=True)
class Held:
    """The sessions in a room itself."""

    sessions: int = 0
    latest_at: datetime | None = None  # start of the latest one


@dataclass(frozen=True)
class CourseRoomLine:
    """A room of a course, or a claim to one, as the viewer may read it."""

    claim: CourseRoom  # with who claimed, confirmed and ended it
    room: Room | None  # None: not the viewer's to see
    held: Held
    others: tuple[Course, ...]  # that have the room too, of those that the viewer may see
    may_put_back: bool  # where another course has it too, a teacher's word is a claim

    @property
    def label(self) -> str:
        """The room's name, else what was typed; "" for somebody's claim to a room unseen."""
        return str(self.room) if self.room else self.claim.entry_id


@dataclass(frozen=True)
class CourseRooms:
    """The rooms of a course."""

    in_force: list[CourseRoomLine]
    waiting: list[CourseRoomLine]
    ended: list[CourseRoomLine]  # the latest of each room that is in neither of the others


@dataclass(frozen=True)
class Suggestion:
    """A room that could be the course's."""

    room: Room
    is_named: bool  # as the site's rule says
    overlap: Overlap
    held: Held
    others: tuple[Course, ...]  # that have the room
    original: Course | None  # the one of them that this course was copied from

    @property
    def reasons(self) -> list[str]:
        """What speaks for it, as it is kept in a claim."""
        named = ["name"] if self.is_named else []
        return [*named, "overlap"] if self.overlap.is_enough else named


@dataclass(frozen=True)
class WaitingClaim:
    """A claim with everything that speaks for and against it."""

    claim: CourseRoom  # with its course, site and account
    room: Room | None  # None: no room of the typed id is known
    is_of_breakout: bool  # the id that was typed is a breakout's; `room` is its main room
    expected_name: str  # by the site's rule; "": there is none, or the course lacks a part of it
    is_named: bool
    overlap: Overlap
    category: CourseCategory | None  # the answer for the course's present category
    is_published: bool  # it has the room
    is_shared_category: bool  # another site's courses would have the same
    held: Held
    others: tuple[Course, ...]
    original: Course | None


def course_rooms(viewer: Viewer, course: Course) -> CourseRooms:
    """Return the rooms of a course and the claims to them. Five queries."""
    claims = list(
        CourseRoom.objects.filter(course=course)
        .select_related("room", "claimed_by", "confirmed_by", "undone_by")
        .order_by("pk")
    )
    published = published_ids(course)
    ids = {claim.room_id for claim in claims if claim.room_id}
    seen = set(viewer.rooms().filter(pk__in=ids).values_list("pk", flat=True))
    held, others = held_in(ids), courses_of(ids, viewer)

    def line(claim: CourseRoom) -> CourseRoomLine:
        room = claim.room
        if room is None or not (room.pk in seen or room.entry_id in published):
            return CourseRoomLine(claim, None, Held(), (), may_put_back=False)
        also = tuple(one for one in others.get(room.pk, ()) if one.pk != course.pk)
        may = viewer.is_administrator or room.entry_id in published
        return CourseRoomLine(claim, room, held.get(room.pk, Held()), also, may_put_back=may)

    active = [claim for claim in claims if claim.undone_at is None]
    lines = sorted(map(line, active), key=lambda one: one.label.casefold())
    return CourseRooms(
        in_force=[one for one in lines if one.claim.confirmed_at],
        waiting=[one for one in lines if not one.claim.confirmed_at],
        ended=[line(claim) for claim in _ended(claims, active)],
    )


def _ended(claims: Iterable[CourseRoom], active: Iterable[CourseRoom]) -> list[CourseRoom]:
    """Return the latest claim to each room that has no active one, the newest first."""
    there = {key for claim in active for key in _keys(claim)}
    latest: dict[str, CourseRoom] = {}
    for claim in claims:
        if claim.ended and not there & set(_keys(claim)):
            latest[_keys(claim)[-1]] = claim
    return sorted(latest.values(), key=lambda claim: claim.pk, reverse=True)


def _keys(claim: CourseRoom) -> list[str]:
    known = [claim.room.entry_id] if claim.room else []
    return [*([claim.entry_id] if claim.entry_id else []), *known] or [str(claim.pk)]


def suggestions(viewer: Viewer, course: Course) -> list[Suggestion]:
    """Return rooms of the viewer's that could be the course's, the likeliest first. Seven queries.

    Named as the site's rule says, or with enough of the course's learners among the attendees. Rooms
    that were claimed, taken out or turned down are not suggested again, and those of the course that
    this one was copied from to administrators alone.
    """
    if course.site.account_id is None:
        return []
    name = expected_name(course.site.room_name_rule, course)
    known = CourseRoom.objects.filter(course=course)
    claimed = set(known.values_list("room__entry_id", flat=True))
    claimed |= set(known.values_list("entry_id", flat=True))
    named = {
        pk
        for pk, room_name in (possible_rooms(course).values_list("pk", "name") if name else ())
        if is_named(room_name, name)
    }
    met = rooms_met(course)
    candidates = named | met
    rooms = [
        room
        for room in viewer.rooms().filter(pk__in=candidates, parent__isnull=True)
        if room.entry_id not in claimed
    ]
    ids = {room.pk for room in rooms}
    shared = overlaps([(course.pk, pk) for pk in ids])
    held, others = held_in(ids), courses_of(ids, viewer)
    found = []
    for room in rooms:
        also = others.get(room.pk, ())
        original = original_of(course, also)
        if original is not None and not viewer.is_administrator:
            continue
        overlap = shared[course.pk, room.pk]
        found.append(
            Suggestion(room, room.pk in named, overlap, held.get(room.pk, Held()), also, original)
        )
    found.sort(key=_likelihood)
    return found[:MOST_SUGGESTIONS]


def _likelihood(one: Suggestion) -> tuple[bool, bool, int, float, str]:
    return (
        one.original is not None,
        bool(one.others),
        -len(one.reasons),
        -one.overlap.share,
        str(one.room).casefold(),
    )


def waiting_claims(claims: Iterable[CourseRoom]) -> list[WaitingClaim]:
    """Return a page of claims with their evidence. Seven queries, whatever the number."""
    listed = list(claims)
    rooms = _rooms_claimed(listed)
    pairs = [(claim.course_id, rooms[claim.pk].pk) for claim in listed if claim.pk in rooms]
    ids = {pk for _, pk in pairs}
    shared, held, others = overlaps(pairs), held_in(ids), courses_of(ids)
    categories = {
        kept.course_id: kept
        for kept in CourseCategory.objects.filter(course__in={it.course_id for it in listed})
    }
    ambiguous = {site.pk: is_shared_category(site) for site in {it.course.site for it in listed}}
    return [
        _waiting(
            claim,
            rooms.get(claim.pk),
            shared,
            held,
            others,
            categories.get(claim.course_id),
            is_shared=ambiguous[claim.course.site_id],
        )
        for claim in listed
    ]


def _waiting(
    claim: CourseRoom,
    room: Room | None,
    shared: dict[tuple[int, int], Overlap],
    held: dict[int, Held],
    others: dict[int, tuple[Course, ...]],
    category: CourseCategory | None,
    *,
    is_shared: bool,
) -> WaitingClaim:
    course = claim.course
    name = expected_name(course.site.room_name_rule, course)
    current = category if category and category.full_name == category_name(course) else None
    key = room.pk if room else 0
    also = tuple(one for one in others.get(key, ()) if one.pk != course.pk)
    return WaitingClaim(
        claim=claim,
        room=room,
        is_of_breakout=bool(room and claim.entry_id and room.entry_id != claim.entry_id),
        expected_name=name,
        is_named=bool(room and name and is_named(room.name, name)),
        overlap=shared.get((course.pk, key), Overlap()),
        category=current,
        is_published=bool(room and current and room.entry_id in current.entry_ids),
        is_shared_category=is_shared,
        held=held.get(key, Held()),
        others=also,
        original=original_of(course, also),
    )


def _rooms_claimed(claims: Iterable[CourseRoom]) -> dict[int, Room]:
    """Return the main room of each claim that has one, by the claim. One query for typed ids."""
    found = {claim.pk: claim.room for claim in claims if claim.room}
    typed = [claim for claim in claims if claim.room is None]
    rooms = {
        (room.account_id, room.entry_id): room.parent or room
        for room in Room.objects.filter(
            account__in={claim.course.site.account_id for claim in typed},
            entry_id__in={claim.entry_id for claim in typed},
        ).select_related("parent")
    }
    for claim in typed:
        room = rooms.get((claim.course.site.account_id or 0, claim.entry_id))
        if room is not None:
            found[claim.pk] = room
    return found


def held_in(rooms: Collection[int]) -> dict[int, Held]:
    """Return how many sessions the rooms themselves had, and when the latest was. One query."""
    with_facts = Q(facts_asked_at__isnull=False)
    counted = (
        RoomSession.objects.filter(room__in=rooms)
        .order_by()
        .values_list("room")
        .annotate(sessions_held=Count("pk"), latest=Max("started_at", filter=with_facts))
    )
    return {pk: Held(count, latest) for pk, count, latest in counted}


def courses_of(
    rooms: Collection[int], viewer: Viewer | None = None
) -> dict[int, tuple[Course, ...]]:
    """Return the courses that each room belongs to; with a viewer, those that they may see."""
    claims = CourseRoom.objects.in_force().filter(room__in=rooms).select_related("course__site")
    if viewer is not None and not viewer.is_administrator:
        claims = claims.filter(course__in=viewer.courses().values("pk"))
    found: dict[int, tuple[Course, ...]] = {}
    for claim in claims.order_by("pk"):
        if claim.room_id is not None:
            found[claim.room_id] = (*found.get(claim.room_id, ()), claim.course)
    return found


def original_of(course: Course, others: Iterable[Course]) -> Course | None:
    """Return which of the courses this one was copied from."""
    originals = {str(number) for number in course.copied_from}
    return next(
        (it for it in others if it.site_id == course.site_id and it.course_id in originals), None
    )
