"""What was said about who is who in a course: every link, in force or taken back.

A link of the whole site is shown in a course only where its person was in one of the course's
sessions: whom other courses met is none of this one's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from reports.models import Attendance, Course, IdentityLink, Person
from reports.models.session import RoomSessionQuerySet
from reports.queries.identities import BATCH, PERSON_FIELDS, PersonRow
from reports.queries.roster import RosterLine


@dataclass(frozen=True)
class Decided:
    """A link with what is known of both its ends now."""

    link: IdentityLink
    person: PersonRow | None  # None: in none of the course's sessions, so none of its business
    line: RosterLine | None  # None: nobody, or nobody of this course's roster
    can_undo: bool

    @property
    def is_site_wide(self) -> bool:
        return self.link.course_id is None

    @property
    def texts(self) -> Iterator[str]:
        """What a search looks at."""
        if self.person is not None:
            yield from (self.person.name, self.person.email)
            yield "" if self.person.is_placeholder else self.person.user_id
        if self.line is not None:
            yield from (self.line.name, self.line.user_name, self.line.email)


def people_of_course(course: Course, sessions: RoomSessionQuerySet) -> Any:
    """Return the people who were in a session of the course; `sessions` are the viewer's."""
    own = sessions.in_course(course.pk)
    there = Attendance.objects.filter(person=OuterRef("pk"), session__in=own)
    return Person.objects.filter(Exists(there), account=course.site.account_id)


def links_shown(course: Course, sessions: RoomSessionQuerySet) -> Any:
    """Return the links that the course's page may show."""
    known = people_of_course(course, sessions).values("key")
    of_site = Q(course__isnull=True, person_key__in=known)
    return IdentityLink.objects.filter(
        Q(course=course) | of_site, site=course.site_id, account=course.site.account_id
    )


def links_undoable(course: Course, sessions: RoomSessionQuerySet, *, is_administrator: bool) -> Any:
    """Return the links that somebody may take back in the course, and those that were."""
    found = links_shown(course, sessions)
    return found if is_administrator else found.filter(course=course)


def decided(
    course: Course,
    sessions: RoomSessionQuerySet,
    lines: Iterable[RosterLine],
    *,
    is_administrator: bool,
) -> list[Decided]:
    """Return every link, those in force first, then the newest. A few queries."""
    rows = links_shown(course, sessions).select_related("made_by", "undone_by")
    links = sorted(rows, key=lambda it: (it.undone_at is None, it.made_at, it.pk), reverse=True)
    people = _people(course, sessions, {it.person_key for it in links})
    by_user = {line.moodle_user_id: line for line in lines}
    return [
        Decided(
            link=link,
            person=people.get(link.person_key),
            line=by_user.get(link.moodle_user_id),
            can_undo=link.undone_at is None and (is_administrator or link.course_id is not None),
        )
        for link in links
    ]


def _people(course: Course, sessions: RoomSessionQuerySet, keys: set[str]) -> dict[str, PersonRow]:
    """Return who of them was in a session of the course: a room may have been taken out since."""
    found: dict[str, PersonRow] = {}
    own, wanted = people_of_course(course, sessions), sorted(keys)
    for at in range(0, len(wanted), BATCH):
        some = own.filter(key__in=wanted[at : at + BATCH])
        rows = map(PersonRow._make, some.values_list(*PERSON_FIELDS))
        found |= {row.key: row for row in rows}
    return found
