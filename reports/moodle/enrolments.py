"""What people say about a course's enrolments: who is staff, and since when learners count.

Both are undoable, and both outlive every roster: rosters never write these fields. Each function is
one transaction together with its line in the access log.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from reports.access import record
from reports.models import Course, Enrolment, User
from reports.moodle.course_rooms import course_target


def roster_target(course: Course) -> str:
    """Return how the access log names a course's roster."""
    return f"roster of {course_target(course)}"


def mark(
    request: HttpRequest, course: Course, enrolments: Sequence[int], kind: Enrolment.Kind | None
) -> int:
    """Mark people of the course; None: take marks back. Return how many changed."""
    word = kind.value if kind else ""
    rows = Enrolment.objects.filter(course=course, pk__in=enrolments).exclude(marked_kind=word)
    with transaction.atomic():
        found = list(rows.order_by("pk").values_list("moodle_user_id", flat=True))
        by = _user(request) if kind else None
        at = timezone.now() if kind else None
        count = rows.update(marked_kind=word, marked_by=by, marked_at=at)
        if count:
            detail = {"as": word or "listed", "moodle_users": found}
            record(request, "marked", roster_target(course), **detail)
    return count


def backdate(
    request: HttpRequest,
    course: Course,
    enrolments: Sequence[int] | None,
    from_at: datetime,
    from_on: date,
) -> int:
    """Count these people, None: everybody of the course, from the moment on; return how many changed.

    Whom a roster lists from earlier on counts from there: nobody loses time by it.
    """
    rows = _rows(course, enrolments).filter(first_seen_at__gt=from_at)
    rows = rows.exclude(counted_from=from_at)
    with transaction.atomic():
        count = rows.update(counted_from=from_at, backdated_by=_user(request))
        if count:
            detail = {"from": from_on.isoformat(), "people": count}
            record(request, "dated back", roster_target(course), **detail)
    return count


def undo_backdating(request: HttpRequest, course: Course, enrolments: Sequence[int] | None) -> int:
    """Count these people, None: everybody, from their first roster on again; return how many."""
    rows = _rows(course, enrolments).filter(counted_from__isnull=False)
    with transaction.atomic():
        count = rows.update(counted_from=None, backdated_by=None)
        if count:
            detail = {"from": "first listed", "people": count}
            record(request, "dated back", roster_target(course), **detail)
    return count


def _rows(course: Course, enrolments: Sequence[int] | None) -> QuerySet[Enrolment]:
    rows = Enrolment.objects.filter(course=course)
    return rows if enrolments is None else rows.filter(pk__in=enrolments)


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
