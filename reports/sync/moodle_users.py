"""Which Moodle users somebody was, for erasing them and for what is held about them.

By what matches in a register: the exact keys of each site, and what somebody said; and by the user
name whatever the keys are. Who is only called alike, or has an address with somebody else, is nobody.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.db.models import Exists, OuterRef, Q, QuerySet

from reports.analytics.identities import (
    DEFAULT_KEYS,
    Attendee,
    KeyIndex,
    KeyInForce,
    Named,
    key_in_force,
)
from reports.models import (
    Enrolment,
    IdentityLink,
    IdentityRule,
    MoodleSite,
    MoodleUser,
    Person,
    PresenceCorrection,
)

EVER = datetime.max.replace(tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
How = Literal["user_name", "email", "id_number", "site_link", "link"]


@dataclass(frozen=True)
class FoundUser:
    """A Moodle user who was the person: on the whole site, or in one course by a word said there."""

    site_id: int
    moodle_user_id: str
    how: How
    course_id: int | None = None  # None: on the whole site

    @property
    def where(self) -> Q:
        """The condition for rows that have a course."""
        own = Q(course__site=self.site_id, moodle_user_id=self.moodle_user_id)
        return own & Q(course=self.course_id) if self.course_id else own


def moodle_users_of(person: Person) -> list[FoundUser]:
    """Return who the person was, each once: on a whole site where something says so for all of it."""
    if person.erased_at is not None:
        return []
    found: dict[tuple[int, str], FoundUser] = {}
    in_courses: list[FoundUser] = []
    for user in (*_by_link(person), *_by_key(person)):
        if user.course_id is None:
            found.setdefault((user.site_id, user.moodle_user_id), user)
        else:
            in_courses.append(user)
    in_courses = [it for it in in_courses if (it.site_id, it.moodle_user_id) not in found]
    return [*found.values(), *dict.fromkeys(in_courses)]


def enrolments_of(users: Iterable[FoundUser]) -> QuerySet[Enrolment]:
    """Return the enrolments of these users that aren't erased."""
    return Enrolment.objects.filter(_any(users), erased_at__isnull=True)


def corrections_of(users: Iterable[FoundUser]) -> QuerySet[PresenceCorrection]:
    """Return what teachers said of the presence of these users, undone words too."""
    found: QuerySet[PresenceCorrection] = PresenceCorrection.objects.filter(_any(users))
    return found


def links_to(users: Iterable[FoundUser]) -> QuerySet[IdentityLink]:
    """Return the links of anybody to these users, undone ones too."""
    wanted = Q(pk__in=[])
    for user in users:
        own = Q(site=user.site_id, moodle_user_id=user.moodle_user_id)
        wanted |= own & Q(course=user.course_id) if user.course_id else own
    found: QuerySet[IdentityLink] = IdentityLink.objects.filter(wanted)
    return found


def keys_of_sites(site_ids: Iterable[int]) -> dict[int, tuple[KeyInForce, ...]]:
    """Return the keys that count on each site. One query."""
    found = dict.fromkeys(site_ids, DEFAULT_KEYS)
    for rule in IdentityRule.objects.filter(site__in=list(found)).order_by("version"):
        found[rule.site_id] = tuple(map(key_in_force, rule.keys))
    return found


def _any(users: Iterable[FoundUser]) -> Q:
    wanted = Q(pk__in=[])
    for user in users:
        wanted |= user.where
    return wanted


def _by_link(person: Person) -> Iterator[FoundUser]:
    """Yield whom somebody said the person to be."""
    links = IdentityLink.objects.in_force().filter(account=person.account_id, person_key=person.key)
    for link in links.exclude(moodle_user_id="").order_by("pk"):
        how: How = "link" if link.course_id else "site_link"
        yield FoundUser(link.site_id, link.moodle_user_id, how, link.course_id)


def _by_key(person: Person) -> Iterator[FoundUser]:
    """Yield whom the user name names, and whom a site's keys name in one of its courses."""
    if person.is_placeholder or not person.user_id:
        return
    names: dict[int, dict[str, str]] = defaultdict(dict)  # site -> Moodle's id -> user name
    sites = MoodleSite.objects.filter(account=person.account_id).values_list("pk", flat=True)
    launched = MoodleUser.objects.filter(site__in=list(sites), user_name=person.user_id)
    for site_id, subject in launched.values_list("site", "subject"):
        names[site_id][subject] = person.user_id
    rows = _candidates(person).select_related("course").order_by("course", "pk")
    of_course: dict[int, list[Enrolment]] = defaultdict(list)
    for row in rows:
        if person.user_id == (row.user_name or names[row.course.site_id].get(row.moodle_user_id)):
            yield FoundUser(row.course.site_id, row.moodle_user_id, "user_name")
        of_course[row.course_id].append(row)
    keys = keys_of_sites(sites)
    said = _said(person)
    for course_id, some in of_course.items():
        site_id = some[0].course.site_id
        if said.get((site_id, course_id), said.get((site_id, None))) != "":
            index = KeyIndex(_named(course_id, names[site_id]), keys[site_id])
            yield from _matched(person, site_id, index)


def _matched(person: Person, site_id: int, index: KeyIndex[str]) -> Iterator[FoundUser]:
    """Yield whom the keys name, at any time: each may count from a day on."""
    attendee = Attendee(person.user_id, person.email)
    begins = [key.valid_from for key in index.keys if key.valid_from is not None]
    for at in (EVER, *(moment - MOMENT for moment in begins)):
        found = index.find(attendee, at)
        if found is not None:
            yield FoundUser(site_id, found[0], found[1].value)


def _candidates(person: Person) -> QuerySet[Enrolment]:
    """Return the enrolments that have anything of the person's in one of the fields of a key."""
    launched = MoodleUser.objects.filter(
        site=OuterRef("course__site"),
        subject=OuterRef("moodle_user_id"),
        user_name=person.user_id,
    )
    addresses = [text for text in (person.user_id, person.email.strip()) if text]
    wanted = Q(user_name=person.user_id) | Q(id_number=person.user_id)
    wanted |= Q(Exists(launched), user_name="")
    for address in addresses:
        wanted |= Q(email__iexact=address)
    rows: QuerySet[Enrolment] = Enrolment.objects.filter(
        wanted, course__site__account=person.account_id, erased_at__isnull=True
    )
    return rows


def _named(course_id: int, launched: dict[str, str]) -> dict[str, Named]:
    """Return everybody of the course by Moodle's id, as keys know them."""
    rows = Enrolment.objects.filter(course=course_id, erased_at__isnull=True)
    fields = rows.values_list("moodle_user_id", "user_name", "email", "id_number")
    return {
        key: Named(user_name or launched.get(key, ""), email, id_number)
        for key, user_name, email, id_number in fields
    }


def _said(person: Person) -> dict[tuple[int, int | None], str]:
    """Return the newest word on who the person is, "" for nobody, by site and course or None."""
    links = IdentityLink.objects.in_force().filter(account=person.account_id, person_key=person.key)
    rows = links.order_by("made_at", "pk").values_list("site_id", "course_id", "moodle_user_id")
    return {(site_id, course_id): user for site_id, course_id, user in rows}
