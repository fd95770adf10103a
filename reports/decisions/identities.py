"""Who is who, as somebody said: links of Kaltura's people to Moodle users, or to nobody."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from reports.decisions.making import made_in, note, user_of
from reports.models import Course, IdentityLink


def link(
    request: HttpRequest,
    course: Course,
    person_keys: Mapping[str, Mapping[str, Any]],
    moodle_user_id: str,
    *,
    site_wide: bool = False,
    valid_from: datetime | None = None,
) -> int:
    """Say that these people are the Moodle user, or with "" nobody of the course.

    `person_keys` has the evidence that spoke for it by Person.key. Site-wide links are an
    administrator's: the caller has checked that. Return how many links were made.
    """
    fields = made_in(request, course) | {
        "course": None if site_wide else course,
        "site": course.site,
        "moodle_user_id": moodle_user_id,
        "valid_from": valid_from,
    }
    with transaction.atomic():
        made = [
            IdentityLink(person_key=key, evidence=dict(evidence), **fields)
            for key, evidence in person_keys.items()
        ]
        IdentityLink.objects.bulk_create(made)
        if made:
            of = moodle_user_id or "nobody"
            detail = {"people": list(person_keys), "moodle_user": of, "site_wide": site_wide}
            note(request, course, "linked people", **detail)
    return len(made)


def unlink(
    request: HttpRequest, course: Course, keys: Collection[int], *, site_wide: bool = False
) -> int:
    """Take links of the course back, for administrators those of its site too; return how many."""
    whose = Q(course=course)
    if site_wide:
        whose |= Q(course__isnull=True, site=course.site_id)
    found = IdentityLink.objects.in_force().filter(whose, pk__in=keys)
    with transaction.atomic():
        count = found.update(undone_at=timezone.now(), undone_by=user_of(request))
        if count:
            note(request, course, "took back links", undone=sorted(keys))
    return count
