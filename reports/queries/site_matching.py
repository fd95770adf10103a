"""What other matching keys would change on a Moodle site: read before they are stored, never after.

Everybody who was in a session of a course counts once, as for the course's register: links first, then
the keys, each from its day on. A handful of queries, however many courses there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import Case, IntegerField, Value, When

from reports.analytics.identities import KeyInForce
from reports.models import (
    Attendance,
    Course,
    CourseRoom,
    Enrolment,
    IdentityLink,
    IdentityRule,
    MoodleSite,
    MoodleUser,
)
from reports.queries.identities import Identities, Match, PersonRow, people_by_key
from reports.queries.plain_rows import plain_rows
from reports.queries.register import GUEST
from reports.queries.roster import CourseRoster, Kind, RosterLine

BEGINNING = datetime.min.replace(tzinfo=UTC)  # before any key or link begins


class Seen(NamedTuple):
    """A person in a course's sessions between two moments at which keys or links begin."""

    person_id: int
    is_guest: bool
    era: int


@dataclass(frozen=True)
class Change:
    """Somebody whom other keys would match otherwise in a course."""

    course: Course
    person: PersonRow
    now: Match
    then: Match

    @property
    def kind(self) -> str:
        if self.then.line is None:
            return "lost"
        return "gained" if self.now.line is None else "other"


@dataclass(frozen=True)
class CourseChange:
    """How many people of a course would be matched otherwise."""

    course: Course
    gained: int
    lost: int
    other: int


@dataclass(frozen=True)
class Preview:
    """What other keys would change, by the name of the person and by course."""

    people: int  # attendees of the site's courses, once in each
    matched: int  # of them, now
    would_match: int
    changes: tuple[Change, ...]

    def count(self, kind: str) -> int:
        return sum(it.kind == kind for it in self.changes)

    @property
    def gained(self) -> int:
        return self.count("gained")

    @property
    def lost(self) -> int:
        return self.count("lost")

    @property
    def other(self) -> int:
        return self.count("other")

    @property
    def courses(self) -> list[CourseChange]:
        """The courses in which anything changes, by name."""
        found: defaultdict[int, list[Change]] = defaultdict(list)
        for change in self.changes:
            found[change.course.pk].append(change)
        made = [
            CourseChange(
                some[0].course,
                *(sum(it.kind == kind for it in some) for kind in ("gained", "lost", "other")),
            )
            for some in found.values()
        ]
        return sorted(made, key=lambda it: (str(it.course).casefold(), it.course.pk))


def key_versions(site: MoodleSite) -> list[IdentityRule]:
    """Return every version of the site's keys, the newest first. One query."""
    rules = IdentityRule.objects.filter(site=site).select_related("made_by")
    return list(rules.order_by("-version"))


def preview(site: MoodleSite, now: Sequence[KeyInForce], then: Sequence[KeyInForce]) -> Preview:
    """Return what the keys `then` would change of what the keys `now` match."""
    links = _links(site)
    moments = _moments((*now, *then), links)
    seen = _seen(site, moments)
    lines = _lines(site)
    people = people_by_key({it.person_id for some in seen.values() for it in some})
    courses = Course.objects.filter(pk__in=seen).in_bulk()
    changes: list[Change] = []
    count = matched = would_match = 0
    for pk, some in seen.items():
        roster = CourseRoster(tuple(lines.get(pk, ())))
        binding = [it for it in links if it.course_id in (None, pk)]
        both = Identities(roster, now, binding), Identities(roster, then, binding)
        for person_id, found in _by_person(some).items():
            if person_id not in people:
                continue
            pairs = list(_pairs(people[person_id], found, moments, both))
            count += 1
            matched += any(before.line is not None for before, _ in pairs)
            would_match += any(after.line is not None for _, after in pairs)
            changed = [pair for pair in pairs if _user(pair[0]) != _user(pair[1])]
            if changed:
                changes.append(Change(courses[pk], people[person_id], *changed[-1]))
    changes.sort(key=lambda it: (it.person.name.casefold(), it.person.pk, it.course.pk))
    return Preview(count, matched, would_match, tuple(changes))


def _user(match: Match) -> str:
    return match.line.moodle_user_id if match.line else ""


def _by_person(some: set[Seen]) -> dict[int, list[Seen]]:
    found: defaultdict[int, list[Seen]] = defaultdict(list)
    for it in sorted(some, key=lambda seen: seen.era):
        found[it.person_id].append(it)
    return found


def _pairs(
    person: PersonRow,
    found: Sequence[Seen],
    moments: Sequence[datetime],
    both: tuple[Identities, Identities],
) -> Iterator[tuple[Match, Match]]:
    for it in found:
        at = moments[it.era - 1] if it.era else BEGINNING
        before, after = (one.who(person, at, is_guest=it.is_guest) for one in both)
        yield before, after


def _links(site: MoodleSite) -> list[IdentityLink]:
    """Return every link of the site that is in force, its own first, then by time. One query."""
    links = IdentityLink.objects.in_force().filter(site=site, account=site.account_id)
    return sorted(links, key=lambda it: (it.course_id is not None, it.made_at, it.pk))


def _moments(keys: Sequence[KeyInForce], links: Sequence[IdentityLink]) -> list[datetime]:
    found = {it.valid_from for it in keys} | {it.valid_from for it in links}
    return sorted(it for it in found if it is not None)


def _seen(site: MoodleSite, moments: Sequence[datetime]) -> dict[int, set[Seen]]:
    """Return who was in the sessions of each course, breakouts too. Two queries."""
    era = Case(
        *(
            When(session__started_at__gte=moment, then=Value(number))
            for number, moment in reversed(list(enumerate(moments, 1)))
        ),
        default=Value(0),
        output_field=IntegerField(),
    )
    rooms: defaultdict[int, list[int]] = defaultdict(list)
    claims: Any = CourseRoom.objects.in_force().filter(course__site=site, room__isnull=False)
    for course_pk, room_pk in claims.values_list("course", "room"):
        rooms[room_pk].append(course_pk)
    found: defaultdict[int, set[Seen]] = defaultdict(set)
    for path in ("session__room", "session__room__parent"):
        # Which rooms these are is asked in the query: a list of them may be longer than one can be.
        rows: Any = Attendance.objects.filter(
            **{f"{path}__in": claims.values("room"), "session__account": site.account_id}
        )
        rows = rows.annotate(era=era).values_list(path, "person", "user_type", "era").distinct()
        for room, person, user_type, number in plain_rows(rows.order_by()):
            for course in rooms.get(room, ()):
                found[course].add(Seen(person, user_type == GUEST, number))
    return found


def _lines(site: MoodleSite) -> dict[int, list[RosterLine]]:
    """Return everybody of every roster of the site, as far as matching asks. Two queries."""
    launched = dict(MoodleUser.objects.filter(site=site).values_list("subject", "user_name"))
    found: defaultdict[int, list[RosterLine]] = defaultdict(list)
    for row in Enrolment.objects.filter(course__site=site).iterator():
        is_erased = row.erased_at is not None
        user_name = row.user_name or ("" if is_erased else launched.get(row.moodle_user_id, ""))
        found[row.course_id].append(
            RosterLine(
                enrolment_id=row.pk,
                moodle_user_id=row.moodle_user_id,
                name=row.name,
                user_name=user_name,
                email=row.email,
                shares_email=False,
                shares_name=False,
                id_number=row.id_number,
                kind=Kind(row.marked_kind or row.kind),
                reason="",
                marked_by="",
                is_current=True,
                first_seen_at=row.first_seen_at,
                last_seen_at=row.last_seen_at,
                counted_from=row.counted_from,
                backdated_by="",
                is_erased=is_erased,
            )
        )
    return found
