"""Who is who in a course: somebody's word first, then the exact keys of its site.

A link of the course beats one of the whole site, and a newer one an older one of its kind. Links and
keys may begin on a day: they say nothing of a session before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from django.db.models import Q

from reports.analytics.identities import (
    DEFAULT_KEYS,
    Attendee,
    KeyIndex,
    KeyInForce,
    Named,
    key_in_force,
)
from reports.models import Course, IdentityLink, IdentityRule, MoodleSite, Person
from reports.queries.roster import CourseRoster, RosterLine

BY_RETENTION = "r:"  # how the key of somebody begins whose name a limit of the account took
BATCH = 500
PERSON_FIELDS = ("pk", "key", "user_id", "name", "email", "is_placeholder", "erased_at")

# "link": in the course; "site_link": on the whole site; "not_ours": somebody said that it is nobody of
# the course; "": nothing says who it is.
How = Literal["user_name", "email", "id_number", "link", "site_link", "not_ours", ""]


class PersonRow(NamedTuple):
    """A person as matching reads it. In the order of PERSON_FIELDS."""

    pk: int
    key: str
    user_id: str
    name: str
    email: str
    is_placeholder: bool
    erased_at: datetime | None

    @property
    def is_taken_by_retention(self) -> bool:
        return self.key.startswith(BY_RETENTION)


class Match(NamedTuple):
    """Who an attendee is in the course."""

    line: RosterLine | None  # None: nobody of the course, as far as is known
    how: How
    link: IdentityLink | None = None


NOBODY = Match(None, "")


@dataclass(frozen=True)
class KeysOfSite:
    """The keys of a site in order, and which version of them."""

    keys: tuple[KeyInForce, ...]
    version: int = 0  # 0: nobody has set any


def site_keys_of(site: MoodleSite) -> KeysOfSite:
    """Return the keys that count on the site. One query."""
    row = IdentityRule.objects.filter(site=site).order_by("-version").first()
    if row is None:
        return KeysOfSite(DEFAULT_KEYS)
    return KeysOfSite(tuple(map(key_in_force, row.keys)), row.version)


def people_by_key(keys: Iterable[int]) -> dict[int, PersonRow]:
    """Return these people. A query for each few hundred."""
    found: dict[int, PersonRow] = {}
    wanted = sorted(keys)
    for at in range(0, len(wanted), BATCH):
        rows = Person.objects.filter(pk__in=wanted[at : at + BATCH]).values_list(*PERSON_FIELDS)
        found |= {row[0]: PersonRow._make(row) for row in rows}
    return found


def links_in_force(course: Course) -> list[IdentityLink]:
    """Return the links that bind in the course, the site's first, then by time. One query."""
    of_course = Q(course=course) | Q(course__isnull=True)
    links = IdentityLink.objects.in_force().filter(of_course, site=course.site_id)
    links = links.filter(account=course.site.account_id).select_related("made_by")
    return sorted(links, key=lambda it: (it.course_id is not None, it.made_at, it.pk))


class Identities:
    """Matches attendees of a course's sessions; asks the database only while it is made."""

    def __init__(
        self,
        roster: CourseRoster,
        keys: Iterable[KeyInForce],
        links: Iterable[IdentityLink],
    ) -> None:
        self.roster = roster
        self.lines = {line.moodle_user_id: line for line in roster.lines}
        named = {
            line.moodle_user_id: Named(line.user_name, line.email, line.id_number)
            for line in roster.lines
            if not line.is_erased
        }
        self._index = KeyIndex(named, tuple(keys))
        self._links: dict[str, list[IdentityLink]] = {}
        for link in links:
            self._links.setdefault(link.person_key, []).append(link)
        moments = [it.valid_from for it in self._index.keys if it.valid_from is not None]
        moments += [it.valid_from for some in self._links.values() for it in some if it.valid_from]
        self._moments = sorted(set(moments))
        self._known: dict[tuple[int, bool, int], Match] = {}

    def who(self, person: PersonRow, at: datetime, *, is_guest: bool) -> Match:
        """Return who the person is in a session that started at the moment."""
        era = sum(moment <= at for moment in self._moments) if self._moments else 0
        key = person.pk, is_guest, era
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._find(person, at, is_guest)
        return found

    def _find(self, person: PersonRow, at: datetime, is_guest: bool) -> Match:
        for link in reversed(self._links.get(person.key, ())):
            if link.valid_from is not None and at < link.valid_from:
                continue
            if not link.moodle_user_id:
                return Match(None, "not_ours", link)
            line = self.lines.get(link.moodle_user_id)
            if line is not None:
                return Match(line, "link" if link.course_id else "site_link", link)
        can_match = not (is_guest or person.is_placeholder or person.erased_at)
        found = self._index.find(Attendee(person.user_id, person.email, can_match), at)
        return NOBODY if found is None else Match(self.lines[found[0]], found[1].value)


def course_identities(course: Course, roster: CourseRoster) -> Identities:
    """Return what matches attendees of the course. Two queries."""
    return Identities(roster, site_keys_of(course.site).keys, links_in_force(course))
