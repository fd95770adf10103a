"""A course's category in Kaltura: asked by a page or by the worker, and what follows from the answer.

Kaltura's plugin for Moodle publishes a course's rooms in `<root>>site>channels><course id>`. Its rooms
are the course's at once; who leaves it leaves the course, marked so. What is published there and isn't
known as a room (recordings; rooms without a session yet) is remembered, and looked at with each answer.
Nothing is taken out by an answer that failed, is not whole, or knows no category: that may be a matter
of what the account is allowed to see.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from reports.access import record, record_as
from reports.kaltura import (
    KalturaClient,
    KalturaError,
    Published,
    ServiceForbidden,
    find_category,
    published_in,
)
from reports.models import Account, Course, CourseCategory, CourseRoom, Room, SignInMethod
from reports.moodle.course_rooms import (
    BY_ADMINISTRATOR,
    CHANNELS,
    category_name,
    course_target,
    is_in_another,
    is_shared_category,
    possible_rooms,
    put_in_force,
    room_target,
)
from reports.sync.connection import ConnectionRefused, client_for

State = CourseCategory.State
NIGHTLY = timedelta(hours=20)
AFTER_A_LAUNCH = timedelta(hours=1)  # somebody looks: what is older is asked for again
IN_USE = timedelta(days=183)  # since the latest launch
KEYS_A_QUERY = 500
TURN_SECONDS = 30  # then it is looked at whether to stop
WORKER = "worker"  # in the access log

Note = Callable[[str, Room], None]  # writes down what was done with a room


@dataclass(frozen=True)
class CategoryAnswer:
    """What came of asking for a category."""

    full_name: str
    state: CourseCategory.State
    asked_at: datetime  # before the question was sent
    published: Published | None = None
    error: str = ""


def can_ask(course: Course) -> bool:
    """Return whether Kaltura can be asked for the course's category at all."""
    account = course.site.account
    has_api = account is not None and account.has_api and account.removal_asked_at is None
    return has_api and course.site.is_active and bool(category_name(course))


def ask_category(
    course: Course,
    *,
    request: HttpRequest | None = None,
    clients: Callable[..., KalturaClient] = client_for,
) -> CourseCategory:
    """Ask Kaltura and do what follows from the answer; a failure is stored as one.

    With a request somebody waits, and is who did it. Only for a course that can be asked for.
    """
    answer = _asked(course, clients, somebody_waits=request is not None)

    def note(action: str, room: Room) -> None:
        detail = {"course": course_target(course), "category": answer.full_name}
        if request is None:
            record_as(WORKER, action, room_target(room), **detail)
        else:
            record(request, action, room_target(room), **detail)

    return store(course, answer, note)


def _asked(
    course: Course, clients: Callable[..., KalturaClient], *, somebody_waits: bool
) -> CategoryAnswer:
    name, asked_at = category_name(course), timezone.now()
    try:
        client = clients(course.site.account, somebody_waits=somebody_waits)
        published = published_in(client.call, name)
        if published is not None:
            return CategoryAnswer(name, State.FOUND, asked_at, published)
        channels = f"{course.site.category_root.strip()}{CHANNELS}".removesuffix(">")
        state = State.MISSING if find_category(client.call, channels) else State.HIDDEN
        return CategoryAnswer(name, state, asked_at)
    except ServiceForbidden:
        return CategoryAnswer(name, State.FORBIDDEN, asked_at)
    except (KalturaError, ConnectionRefused) as error:
        return CategoryAnswer(name, State.FAILED, asked_at, error=str(error))


def store(course: Course, answer: CategoryAnswer, note: Note) -> CourseCategory:
    """Store the answer and what follows from it, in one transaction; nothing of an older answer."""
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=course.pk)
        known = CourseCategory.objects.filter(course=course).first()
        if known is not None and known.tried_at > answer.asked_at:
            return known
        kept = known or CourseCategory(course=course)
        kept.full_name, kept.tried_at = answer.full_name, answer.asked_at
        kept.state, kept.error = answer.state, answer.error
        if answer.published is not None:
            kept.asked_at, kept.entry_ids = answer.asked_at, list(answer.published.entry_ids)
            _take_in(course, answer, answer.published, note)
            if answer.published.is_whole:
                _let_go(course, answer.published, note)
        kept.save()
    return kept


def _take_in(course: Course, answer: CategoryAnswer, published: Published, note: Note) -> None:
    """Make the category's rooms the course's, but for those that somebody took out."""
    evidence = {"category": answer.full_name, "asked_at": answer.asked_at.isoformat()}
    is_shared = is_shared_category(course.site)
    for room in _rooms(course, published.entry_ids):
        same = Q(room=room) | Q(entry_id=room.entry_id)
        latest = CourseRoom.objects.filter(same, course=course).order_by("-pk").first()
        if latest is not None and latest.ended in (
            CourseRoom.Ended.TAKEN_OUT,
            CourseRoom.Ended.TURNED_DOWN,
        ):
            continue
        Room.objects.select_for_update().get(pk=room.pk)
        if is_shared or is_in_another(room, course):
            _wait(course, room, evidence, note)
        elif put_in_force(course, room, evidence, by=None) is not None:
            note("confirmed", room)


def _wait(course: Course, room: Room, evidence: dict[str, str], note: Note) -> None:
    """Claim the room, unless it is the course's or claimed already: an administrator decides."""
    same = Q(room=room) | Q(entry_id=room.entry_id)
    if CourseRoom.objects.filter(same, course=course, undone_at__isnull=True).exists():
        return
    CourseRoom.objects.create(course=course, room=room, evidence=evidence)
    note("claimed", room)


def _let_go(course: Course, published: Published, note: Note) -> None:
    """Undo what the category alone had put into the course and no longer holds."""
    active = CourseRoom.objects.filter(course=course, room__isnull=False, undone_at__isnull=True)
    held = frozenset(published.entry_ids)
    for claim in active.select_related("room").order_by("pk"):
        if claim.room is None or claim.room.entry_id in held:
            continue
        if "category" in claim.evidence and not claim.evidence.get(BY_ADMINISTRATOR):
            claim.undone_at, claim.ended = timezone.now(), CourseRoom.Ended.LEFT
            claim.save(update_fields=["undone_at", "ended"])
            note("took", claim.room)


def _rooms(course: Course, entry_ids: tuple[str, ...]) -> list[Room]:
    """Return the main rooms among the entries, always in the same order: each of them is locked."""
    found: list[Room] = []
    for start in range(0, len(entry_ids), KEYS_A_QUERY):
        some = entry_ids[start : start + KEYS_A_QUERY]
        found += possible_rooms(course).filter(entry_id__in=some)
    return sorted(found, key=lambda room: room.pk)


def due_courses(now: datetime) -> QuerySet[Course]:
    """Return the courses in use whose category wants to be asked for, the longest waiting first."""
    tried = F("category__tried_at")
    never = Q(category__isnull=True)
    old = Q(category__tried_at__lt=now - NIGHTLY)
    looked_at = Q(category__tried_at__lt=now - AFTER_A_LAUNCH, launched_at__gt=tried)
    return (
        Course.objects.filter(never | old | looked_at)
        .filter(
            launched_at__gte=now - IN_USE,
            site__is_active=True,
            site__account__removal_asked_at__isnull=True,
        )
        .exclude(site__account__isnull=True)
        .exclude(site__account__sign_in=SignInMethod.NONE)
        .exclude(site__category_root="")
        .exclude(course_id__contains=">")
        .select_related("site__account", "category")
        .order_by(tried.asc(nulls_first=True), "pk")
    )


def claim_category(course: Course, now: datetime) -> bool:
    """Note that the category of a course of `due_courses` is asked for now; False: by another."""
    first = {"state": State.ASKING, "full_name": category_name(course), "tried_at": now}
    known = getattr(course, "category", None)
    if known is None:
        return CourseCategory.objects.get_or_create(course=course, defaults=first)[1]
    same = CourseCategory.objects.filter(pk=known.pk, tried_at=known.tried_at)
    return bool(same.update(tried_at=now))


def ask_due_categories(seconds: float = TURN_SECONDS) -> int:
    """Ask for the categories that are due, for so long about, and return how many were.

    An errand of the worker: the next call goes on, and several workers may do it side by side.
    """
    until = time.monotonic() + seconds
    known: dict[int, KalturaClient] = {}

    def signed_in(account: Account, *, somebody_waits: bool) -> KalturaClient:
        if account.pk not in known:
            known[account.pk] = client_for(account, somebody_waits=somebody_waits)
        return known[account.pk]

    asked = 0
    for course in list(due_courses(timezone.now())[:KEYS_A_QUERY]):
        if time.monotonic() >= until:
            break
        if can_ask(course) and claim_category(course, timezone.now()):
            ask_category(course, clients=signed_in)
            asked += 1
    return asked
