"""A course's roster: asked for whole, then stored at once. What fails changes nothing but its mark.

A row is a Moodle user of the course, by Moodle's id: whoever is renamed stays the same, and two of one
address stay two. Nobody is deleted: who is not listed any more has left, and who comes back has the
row of before. Where Moodle tells no names, those of an earlier time go, unless the activity that it
tells them for is gone; then they stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reports.analytics.identities import MatchKey, plain_email
from reports.models import Account, Course, Enrolment, ErasedPerson, MoodleUser
from reports.moodle.members import FIELDS, Member, read_members
from reports.moodle.services import Service, ServiceRefused
from reports.sync.moodle_users import keys_of_sites
from reports.sync.people import email_key, erasure_hash, user_key

logger = structlog.get_logger(__name__)

BATCH = 500  # rows, and keys in a query
PAUSE = timedelta(seconds=10)  # between two times of asking
NAMES = tuple(ours for ours, _, _ in FIELDS)
Known = dict[str, Enrolment]  # by Moodle's id


@dataclass(frozen=True)
class RosterChange:
    """What a new roster changed, in people."""

    listed: int
    joined: int  # for the first time
    came_back: int
    left: int


def claim_roster(course: Course, now: datetime, *, pause: timedelta = PAUSE) -> bool:
    """Note that the course is asked about now; False where somebody else did a moment ago."""
    is_free = Q(roster_tried_at__isnull=True) | Q(roster_tried_at__lte=now - pause)
    return bool(Course.objects.filter(is_free, pk=course.pk).update(roster_tried_at=now))


def ask_roster(course: Course, *, seconds: float) -> RosterChange:
    """Ask Moodle who is in the course, for so many seconds at most, and store it.

    Raises: ServiceRefused; then only that is stored.
    """
    asked_at = timezone.now()
    try:
        members = read_members(course, _service(course, seconds))
    except ServiceRefused as refused:
        words = {"reason": refused.reason, "detail": refused.detail[:500]}
        logger.warning("roster_refused", course=course.pk, **words)
        _note_failure(course, refused.reason, asked_at)
        raise
    return store_roster(course, members, asked_at)


def _service(course: Course, seconds: float) -> Service:
    if not course.site.is_active:
        raise ServiceRefused("stopped")
    if not course.memberships_url:
        raise ServiceRefused("not_granted", "no address came with a launch")
    if course.tool is None:
        raise ServiceRefused("no_tool")
    return Service(course.tool, seconds=seconds)


def _note_failure(course: Course, reason: str, asked_at: datetime) -> None:
    """Note why there is no newer roster, unless a later one came meanwhile."""
    is_older = Q(roster_asked_at__isnull=True) | Q(roster_asked_at__lt=asked_at)
    Course.objects.filter(is_older, pk=course.pk).update(
        roster_failed_at=timezone.now(), roster_error=reason
    )


def store_roster(course: Course, members: Sequence[Member], asked_at: datetime) -> RosterChange:
    """Store who is in the course. One transaction; a roster that was asked for later stays."""
    with transaction.atomic():
        stored = Course.objects.select_for_update().get(pk=course.pk)
        before = stored.roster_asked_at
        if before is not None and before >= asked_at:
            return RosterChange(len(members), 0, 0, 0)
        known = {it.moodle_user_id: it for it in Enrolment.objects.filter(course=course)}
        current = {key for key, it in known.items() if before and it.last_seen_at >= before}
        listed = {member.moodle_user_id for member in members}
        new, changed = _merge(course, members, known, asked_at)
        Enrolment.objects.bulk_create(new, batch_size=BATCH)
        fields = [*NAMES, "kind", "erased_at"]
        Enrolment.objects.bulk_update(changed, fields, batch_size=BATCH)
        for keys in _some_of(listed & known.keys()):
            rows = Enrolment.objects.filter(course=course, moodle_user_id__in=keys)
            rows.update(last_seen_at=asked_at)
        Course.objects.filter(pk=course.pk).update(
            roster_asked_at=asked_at, roster_failed_at=None, roster_error=""
        )
    return RosterChange(
        listed=len(listed),
        joined=len(new),
        came_back=len(listed & known.keys() - current),
        left=len(current - listed),
    )


def _merge(
    course: Course, members: Iterable[Member], known: Known, asked_at: datetime
) -> tuple[list[Enrolment], list[Enrolment]]:
    """Return the new rows, and those of before that are told otherwise now."""
    erased = _erased(course, members)
    new, changed = [], []
    for member in members:
        key = member.moodle_user_id
        row = known.get(key) or Enrolment(
            course=course, moodle_user_id=key, first_seen_at=asked_at, last_seen_at=asked_at
        )
        told: dict[str, Any] = {"kind": member.kind, **member.told}
        if row.erased_at is not None or key in erased:
            told |= dict.fromkeys(NAMES, "") | {"erased_at": row.erased_at or asked_at}
        is_other = any(getattr(row, field) != value for field, value in told.items())
        for field, value in told.items():
            setattr(row, field, value)
        if key not in known:
            new.append(row)
        elif is_other:
            changed.append(row)
    return new, changed


def _erased(course: Course, members: Iterable[Member]) -> set[str]:
    """Return the Moodle ids of whom an administrator erased, by the user name and the site's keys.

    Where Moodle tells no user name, that of the person's own launches stands in. An address or an id
    number that two of the roster have is nobody's.
    """
    account_id = course.site.account_id
    if account_id is None or not ErasedPerson.objects.filter(account=account_id).exists():
        return set()
    account = Account.objects.only("erasure_key").get(pk=account_id)
    launched = MoodleUser.objects.filter(site=course.site_id).exclude(user_name="")
    names = dict(launched.values_list("subject", "user_name"))
    names |= {it.moodle_user_id: it.told["user_name"] for it in members if it.told.get("user_name")}
    told = {it.moodle_user_id: it.told for it in members}
    hashes = {
        (it, erasure_hash(account.erasure_key, key))
        for it, keys in _erasable(course.site_id, told, names).items()
        for key in keys
    }
    stored: set[str] = set()
    for some in _some_of({digest for _, digest in hashes}):
        found = ErasedPerson.objects.filter(account=account_id, key_hash__in=some)
        stored.update(found.values_list("key_hash", flat=True))
    return {key for key, digest in hashes if digest in stored}


def _erasable(
    site_id: int, told: dict[str, dict[str, str]], names: dict[str, str]
) -> dict[str, list[str]]:
    """Return what an erased person's hashes may be of, by Moodle's id."""
    found = {key: [user_key(name)] if (name := names.get(key)) else [] for key in told}
    wanted = {it.key for it in keys_of_sites([site_id])[site_id]}
    addresses = Counter(plain_email(it.get("email", "")) for it in told.values())
    numbers = Counter(it.get("id_number", "") for it in told.values())
    for key, it in told.items():
        address, number = plain_email(it.get("email", "")), it.get("id_number", "")
        if MatchKey.EMAIL in wanted and address and addresses[address] == 1:
            found[key] += [email_key(address), user_key(it["email"])]
        if MatchKey.ID_NUMBER in wanted and number and numbers[number] == 1:
            found[key].append(user_key(number))
    return found


def _some_of(keys: Iterable[str]) -> Iterator[list[str]]:
    """Yield the keys, as many at a time as a query may hold."""
    rest = iter(keys)
    while some := list(islice(rest, BATCH)):
        yield some
