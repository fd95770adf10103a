"""What every decision has: who made it in which course, the line in the access log, undoing."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from reports.access import record
from reports.models import Account, Course, User
from reports.models.decision import CourseDecision, DecisionQuerySet, PresenceCorrection
from reports.moodle.course_rooms import course_target


class NoAccount(Exception):
    """The course's Moodle has no Kaltura account, so there is nothing to decide about."""


def made_in(request: HttpRequest, course: Course) -> dict[str, Any]:
    """Return the fields of a decision that somebody makes in the course. Raises: NoAccount."""
    if course.site.account_id is None:
        raise NoAccount
    return {"account_id": course.site.account_id, "course": course, "made_by": user_of(request)}


def user_of(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def note(request: HttpRequest, course: Course, action: str, **detail: object) -> None:
    """Write the decision into the access log, and let nothing be kept that was read before it."""
    record(request, action, course_target(course), **detail)
    if course.site.account_id is not None:
        account = Account.objects.filter(pk=course.site.account_id)
        account.update(data_version=F("data_version") + 1)


def undo(
    request: HttpRequest,
    course: Course,
    kind: type[CourseDecision] | type[PresenceCorrection],
    keys: Collection[int],
    *,
    action: str,
) -> int:
    """Undo the course's decisions of the kind with these keys; return how many were in force."""
    found = kind.objects.in_force().filter(course=course, pk__in=keys)
    with transaction.atomic():
        undone = undo_each(request, found)
        if undone:
            note(request, course, action, undone=undone, kind=kind.__name__)
    return len(undone)


def undo_each(request: HttpRequest, found: DecisionQuerySet) -> list[int]:
    """Undo decisions that are in force, within the caller's transaction; return the keys of these.

    The log names what was undone, not what somebody sent: that may be of another course, or undone
    by somebody else meanwhile.
    """
    undone = sorted(found.select_for_update(of=("self",)).values_list("pk", flat=True))
    found.filter(pk__in=undone).update(undone_at=timezone.now(), undone_by=user_of(request))
    return undone
