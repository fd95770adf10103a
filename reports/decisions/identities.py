"""Who is who, as somebody said: links of Kaltura's people to Moodle users, or to nobody."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from reports.decisions.making import made_in, note, undo_each
from reports.models import Course, IdentityLink, MoodleSite


class LinkedOtherwise(Exception):
    """Somebody said that people are somebody else, and nobody has taken that back."""

    def __init__(self, links: Sequence[IdentityLink]) -> None:
        super().__init__()
        self.links = tuple(links)


def link(
    request: HttpRequest,
    course: Course,
    person_keys: Mapping[str, Mapping[str, Any]],
    moodle_user_id: str,
    *,
    site_wide: bool = False,
    valid_from: datetime | None = None,
) -> list[IdentityLink]:
    """Say that these people are the Moodle user, or with "" nobody of the course.

    `person_keys` has the evidence that spoke for it by Person.key. Site-wide links are an
    administrator's: the caller has checked that. Return the links that were made: none for people of
    whom the same was said already. Raises: LinkedOtherwise, and nothing is stored. A link that is to
    begin on a day may follow another one.
    """
    fields = made_in(request, course) | {
        "course": None if site_wide else course,
        "site": course.site,
        "moodle_user_id": moodle_user_id,
        "valid_from": valid_from,
    }
    with transaction.atomic():
        MoodleSite.objects.select_for_update().get(pk=course.site_id)  # a click after the other
        standing = IdentityLink.objects.in_force().filter(
            site=course.site_id,
            course=fields["course"],
            account=fields["account_id"],
            person_key__in=list(person_keys),
        )
        same = {None, valid_from}
        others = [it for it in standing if it.moodle_user_id != moodle_user_id]
        against = [it for it in others if valid_from is None or it.valid_from == valid_from]
        if against:
            raise LinkedOtherwise(against)
        said = {it.person_key for it in standing if it not in others and it.valid_from in same}
        made = [
            IdentityLink(person_key=key, evidence=dict(evidence), **fields)
            for key, evidence in person_keys.items()
            if key not in said
        ]
        IdentityLink.objects.bulk_create(made)
        if made:
            of = moodle_user_id or "nobody"
            keys = [it.person_key for it in made]
            detail = {"people": keys, "moodle_user": of, "site_wide": site_wide}
            note(request, course, "linked people", **detail)
    return made


def unlink(
    request: HttpRequest, course: Course, keys: Collection[int], *, site_wide: bool = False
) -> int:
    """Take links of the course back, for administrators those of its site too; return how many."""
    whose = Q(course=course)
    if site_wide:
        whose |= Q(course__isnull=True, site=course.site_id)
    found = IdentityLink.objects.in_force().filter(whose, pk__in=keys)
    with transaction.atomic():
        undone = undo_each(request, found)
        if undone:
            note(request, course, "took back links", undone=undone)
    return len(undone)
