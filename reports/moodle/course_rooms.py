"""Which rooms belong to a course: claims, decisions, what is taken out. Every change is made here.

A room gets in at once where Kaltura publishes it in the course's category (`room_categories`) or an
administrator puts it in. Everything else is a claim that waits for an administrator. A room that is
in another course already waits too, whatever speaks for it: only an administrator gives it to two.
Nothing is deleted; each change is one transaction with its line in the access log.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from reports.access import Viewer, record
from reports.models import Course, CourseCategory, CourseRoom, MoodleSite, Room, User
from reports.models.room import RoomQuerySet

CHANNELS = ">site>channels>"  # of Kaltura's plugin for Moodle, below its root
BY_ADMINISTRATOR = "by_administrator"  # in the evidence: it stays, whatever the category says
MOST_WAITING = 20  # claims of a course


class Outcome(StrEnum):
    """What came of a claim."""

    ADDED = "added"
    WAITING = "waiting"  # also when there is no such room: nobody is to find out by claiming
    THERE = "there"  # it is in the course
    UNKNOWN = "unknown"  # told to administrators alone
    TOO_MANY = "too_many"  # wait already


class RoomUnknown(Exception):
    """No room of the id that was typed is known yet, so it can't be confirmed."""


def category_name(course: Course) -> str:
    """Return the full name of the course's category in Kaltura; "" where it can't have one."""
    root = course.site.category_root.strip()
    if not root or ">" in course.course_id:
        return ""
    return f"{root}{CHANNELS}{course.course_id}"


def possible_rooms(course: Course) -> RoomQuerySet:
    """Return the rooms that could belong to the course: main rooms of its site's account."""
    return Room.objects.main().filter(account=course.site.account_id)


def published_ids(course: Course) -> frozenset[str]:
    """Return the entries that Kaltura published in the course's category when it was asked last."""
    name = category_name(course)
    known = CourseCategory.objects.filter(course=course, full_name=name).first() if name else None
    return frozenset(known.entry_ids) if known else frozenset()


def is_shared_category(site: MoodleSite) -> bool:
    """Return whether another site's courses would have the same categories: ids say nothing then."""
    others = MoodleSite.objects.filter(
        account=site.account_id, category_root__iexact=site.category_root, is_active=True
    )
    return others.exclude(pk=site.pk).exists()


def is_in_another(room: Room, course: Course) -> bool:
    """Return whether the room belongs to another course."""
    return CourseRoom.objects.in_force().filter(room=room).exclude(course=course).exists()


def claim_typed(request: HttpRequest, viewer: Viewer, course: Course, entry_id: str) -> Outcome:
    """Claim the room of an id that somebody typed.

    An administrator's is in the course at once, with a breakout's main room for a breakout. A teacher's
    is, where the course's category has it; else it waits, and is stored as it was typed.
    """
    known = Room.objects.filter(account=course.site.account_id, entry_id=entry_id).first()
    if viewer.is_administrator:
        if known is None:
            return Outcome.UNKNOWN
        return put_in(request, course, known.parent or known)
    room = None if known is None or known.is_breakout else known
    return _claim(request, course, room, CourseRoom(entry_id=entry_id, evidence={"by_hand": True}))


def claim_own(request: HttpRequest, course: Course, room: Room, reasons: list[str]) -> Outcome:
    """Claim a room that the claimant may see: it waits, unless the category has it in the course."""
    evidence = {"suggested": reasons} if reasons else {"by_hand": True}
    return _claim(request, course, room, CourseRoom(room=room, evidence=evidence))


def _claim(request: HttpRequest, course: Course, room: Room | None, claim: CourseRoom) -> Outcome:
    """Store the claim, unless the room is in the course or the category puts it there."""
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=course.pk)  # two clicks are one claim
        if room is not None:
            Room.objects.select_for_update().get(pk=room.pk)
            if CourseRoom.objects.in_force().filter(course=course, room=room).exists():
                return Outcome.THERE
            if may_confirm(course, room):
                evidence = {"category": category_name(course), "asked_at": _asked_at(course)}
                return _put(request, course, room, evidence)
        waiting = CourseRoom.objects.waiting().filter(course=course)
        same = Q(entry_id=claim.entry_id)  # a typed one by what was typed alone: it tells nothing
        if claim.room is not None:
            same = Q(room=claim.room) | Q(entry_id=claim.room.entry_id)
        if waiting.filter(same).exists():
            return Outcome.WAITING
        if waiting.count() >= MOST_WAITING:
            return Outcome.TOO_MANY
        claim.course, claim.claimed_by = course, _user(request)
        claim.save()
        record(request, "claimed", _target(claim), course=course_target(course))
    return Outcome.WAITING


def may_confirm(course: Course, room: Room) -> bool:
    """Return whether a teacher's word is enough: the category has the room, and no other course."""
    return (
        room.entry_id in published_ids(course)
        and not is_shared_category(course.site)
        and not is_in_another(room, course)
    )


def put_in(
    request: HttpRequest, course: Course, room: Room, evidence: Mapping[str, Any] | None = None
) -> Outcome:
    """Put a room into the course by an administrator's word."""
    given = dict(evidence or {"by_hand": True}) | {BY_ADMINISTRATOR: True}
    return _put(request, course, room, given)


def confirm(request: HttpRequest, claim: CourseRoom) -> Outcome:
    """Confirm a claim that waits, by an administrator's word.

    Raises: RoomUnknown for a typed id of which no room is known yet.
    """
    room = claim.room or _room_of(claim)
    if room is None:
        raise RoomUnknown
    evidence = claim.evidence | {BY_ADMINISTRATOR: True}
    return _put(request, claim.course, room, evidence, claim=claim)


def turn_down(request: HttpRequest, claim: CourseRoom) -> bool:
    """Turn a claim down; False when it doesn't wait any more."""
    waiting = CourseRoom.objects.waiting().filter(pk=claim.pk)
    return _end(request, waiting, claim, CourseRoom.Ended.TURNED_DOWN, "turned down")


def take_out(request: HttpRequest, claim: CourseRoom) -> bool:
    """Take a room from its course, or a claim back; False when that has happened already."""
    there = CourseRoom.objects.filter(pk=claim.pk, undone_at__isnull=True)
    return _end(request, there, claim, CourseRoom.Ended.TAKEN_OUT, "took")


def put_in_force(
    course: Course,
    room: Room,
    evidence: Mapping[str, Any],
    *,
    by: User | None,
    claim: CourseRoom | None = None,
) -> CourseRoom | None:
    """Make the room the course's, by a claim that waits if there is one; None when it was already.

    `claim` is one to the same room by another id: a breakout's. To be called in a transaction, in
    which nobody else decides about the room from here on.
    """
    Room.objects.select_for_update().get(pk=room.pk)
    now = timezone.now()
    same = Q(room=room) | Q(entry_id=room.entry_id) | Q(pk=claim.pk if claim else 0)
    active = CourseRoom.objects.filter(same, course=course, undone_at__isnull=True)
    claims = sorted(active, key=lambda it: (it.confirmed_at is None, it.pk))
    for other in claims[1:]:  # the same room, claimed in several ways
        CourseRoom.objects.filter(pk=other.pk).update(undone_at=now, undone_by=by)
    if claims and claims[0].confirmed_at:
        return None
    claim = claims[0] if claims else CourseRoom(course=course)
    claim.room = room
    claim.evidence = claim.evidence | dict(evidence)
    claim.confirmed_at, claim.confirmed_by = now, by
    claim.save()
    return claim


def course_target(course: Course) -> str:
    """Return how the access log names a course."""
    return f"course {course.course_id} of {course.site.issuer}"


def room_target(room: Room) -> str:
    """Return how the access log names a room."""
    return f"room {room.entry_id} of account {room.account_id}"


def _put(
    request: HttpRequest,
    course: Course,
    room: Room,
    evidence: Mapping[str, Any],
    claim: CourseRoom | None = None,
) -> Outcome:
    with transaction.atomic():
        made = put_in_force(course, room, evidence, by=_user(request), claim=claim)
        if made is None:
            return Outcome.THERE
        record(request, "confirmed", room_target(room), course=course_target(course))
    return Outcome.ADDED


def _asked_at(course: Course) -> str:
    asked_at = CourseCategory.objects.values_list("asked_at", flat=True).get(course=course)
    return asked_at.isoformat() if asked_at else ""


def _end(
    request: HttpRequest, rows: Any, claim: CourseRoom, ended: CourseRoom.Ended, action: str
) -> bool:
    with transaction.atomic():
        if not rows.update(undone_at=timezone.now(), undone_by=_user(request), ended=ended):
            return False
        record(request, action, _target(claim), course=course_target(claim.course))
    return True


def _room_of(claim: CourseRoom) -> Room | None:
    """Return the room of a typed id, or a breakout's main room."""
    account = claim.course.site.account_id
    found = Room.objects.filter(account=account, entry_id=claim.entry_id).first()
    return found and (found.parent or found)


def _target(claim: CourseRoom) -> str:
    if claim.room is not None:
        return room_target(claim.room)
    return f"room {claim.entry_id} of account {claim.course.site.account_id}"


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
