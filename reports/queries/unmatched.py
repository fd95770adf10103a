"""Who of a course's classes is who: those who wait for somebody's word, and those who are known.

Both are read off the register, so that they add up with it: who waits here is a guest or a stranger
there. Suggestions are `analytics.suggestions` over the same classes; nothing here decides anything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from reports.analytics.identities import plain_email
from reports.analytics.suggestions import (
    Candidate,
    Directory,
    Reason,
    Sighting,
    plain_name,
)
from reports.models import Course, Person
from reports.queries.classes import CourseClass
from reports.queries.identities import BATCH, Match, PersonRow, links_in_force
from reports.queries.register import Register
from reports.queries.roster import RosterLine, Standing
from reports.queries.seats import Presence

STANDS = (Standing.ENROLLED, Standing.UNKNOWN)


class Place(NamedTuple):
    """Somebody in a class of the register."""

    column: int  # of the class
    is_guest: bool
    match: Match
    seconds: int


@dataclass(frozen=True)
class Appearance:
    """A person of Kaltura's with the classes they were in, all or those one part is about."""

    person: PersonRow
    places: tuple[Place, ...]
    first: CourseClass
    last: CourseClass

    @property
    def count(self) -> int:
        return len(self.places)

    @property
    def seconds(self) -> int:
        return sum(place.seconds for place in self.places)

    @property
    def is_guest(self) -> bool:
        return all(place.is_guest for place in self.places)

    @property
    def own_user_id(self) -> str:
        """The user id, where it is one of the person's own."""
        return "" if self.person.is_placeholder else self.person.user_id

    @property
    def ways(self) -> tuple[Match, ...]:
        """How the person came to be who they are: one for each key and link."""
        return tuple({(it.match.how, it.match.link): it.match for it in self.places}.values())


@dataclass(frozen=True)
class Suggested:
    """Somebody of the course whom it could be."""

    line: RosterLine
    reasons: tuple[Reason, ...]


class Evidence(NamedTuple):
    """What spoke for a link, as it is stored with it."""

    reasons: tuple[Reason, ...]
    classes: int  # in which the person was


@dataclass(frozen=True)
class Waiting:
    """One or more people who wait together: guests of one name and address have no id to go by."""

    people: tuple[Appearance, ...]  # by their first class
    suggestions: tuple[Suggested, ...]

    @property
    def first_of_all(self) -> PersonRow:
        return self.people[0].person

    @property
    def is_guest(self) -> bool:
        return all(it.is_guest for it in self.people)

    @property
    def user_id(self) -> str:
        return self.people[0].own_user_id

    @cached_property
    def classes(self) -> int:
        return len({place.column for it in self.people for place in it.places})

    @property
    def seconds(self) -> int:
        return sum(it.seconds for it in self.people)

    @property
    def first(self) -> CourseClass:
        return self.people[0].first

    @property
    def last(self) -> CourseClass:
        return max((it.last for it in self.people), key=lambda one: one.starts_at)

    @property
    def keys(self) -> str:
        """The people as a form sends them."""
        return ",".join(str(it.person.pk) for it in self.people)

    @property
    def texts(self) -> Iterator[str]:
        """What a search looks at."""
        yield from (self.first_of_all.name, self.first_of_all.email, self.user_id)


@dataclass(frozen=True)
class Known:
    """Somebody of the course with the people of Kaltura's who are theirs in the classes."""

    line: RosterLine
    identities: tuple[Appearance, ...]

    @property
    def has_several(self) -> bool:
        return len(self.identities) > 1

    @property
    def doubled(self) -> int:
        """In how many classes several of them were at once."""
        there = Counter(place.column for it in self.identities for place in it.places)
        return sum(n > 1 for n in there.values())

    @property
    def texts(self) -> Iterator[str]:
        """What a search looks at."""
        line = self.line
        yield from (line.name, line.user_name, line.email, line.id_number)
        for it in self.identities:
            yield from (it.person.name, it.person.email, it.own_user_id)


@dataclass(frozen=True)
class WhoIsWho:
    """The people of a register's classes. `erased` of them are nobody's any more."""

    register: Register
    places: Mapping[int, list[Place]]
    persons: Mapping[int, PersonRow]
    earlier: Mapping[tuple[str, ...], Counter[str]] = field(default_factory=dict)

    @cached_property
    def directory(self) -> Directory:
        """Everybody of the course who can be named, by what may give a hint of them."""
        return Directory(_candidates(self.register, self.places))

    @cached_property
    def erased(self) -> int:
        return sum(it.erased_at is not None for it in self.persons.values())

    @cached_property
    def waiting(self) -> list[Waiting]:
        """Who is nobody of the course, as far as is known: with suggestions first, then by name."""
        groups: defaultdict[object, list[Appearance]] = defaultdict(list)
        for pk, person in self.persons.items():
            places = [it for it in self.places[pk] if _waits(it)]
            if places and person.erased_at is None:
                groups[_group_of(person)].append(self._appearance(person, places))
        found = [self._waiting(people) for people in groups.values()]
        return sorted(found, key=_waiting_order)

    @cached_property
    def known(self) -> list[Known]:
        """Learners and staff, those with several identities first, then by name."""
        theirs: defaultdict[str, list[Appearance]] = defaultdict(list)
        for pk, person in self.persons.items():
            of_line: defaultdict[str, list[Place]] = defaultdict(list)
            for place in self.places[pk]:
                if place.match.line is not None:
                    of_line[place.match.line.moodle_user_id].append(place)
            for user, places in of_line.items():
                theirs[user].append(self._appearance(person, places))
        listed = {row.line.moodle_user_id for row in self.register.rows} | theirs.keys()
        found = [
            Known(line, tuple(sorted(theirs[line.moodle_user_id], key=_by_first)))
            for line in self.register.roster.lines
            if line.moodle_user_id in listed or line.is_current
        ]
        return sorted(found, key=lambda it: not it.has_several)

    def first_class(self, pk: int) -> CourseClass | None:
        """Return the first class that the person was in; None: in none of the register."""
        columns = [place.column for place in self.places.get(pk, ())]
        return self.register.classes[min(columns)] if columns else None

    def evidence(self, people: Collection[int], moodle_user_id: str) -> dict[int, Evidence]:
        """Return what speaks for each of the people being somebody, in the register's classes.

        People who are shown as one are looked at as one. With "" nobody is meant, and nothing speaks.
        """
        groups: defaultdict[object, list[Appearance]] = defaultdict(list)
        for pk in people:
            if places := self.places.get(pk):
                person = self.persons[pk]
                groups[_group_of(person)].append(self._appearance(person, places))
        found = dict.fromkeys(people, Evidence((), 0))
        for some in groups.values():
            reasons: tuple[Reason, ...] = ()
            if moodle_user_id in self.directory.candidates:
                reasons = self.directory.reasons(self._sighting(some), moodle_user_id)
            found |= {it.person.pk: Evidence(reasons, it.count) for it in some}
        return found

    def count_of(self, people: Collection[int], moodle_user_id: str) -> int:
        """Return in how many classes these people are that Moodle user; "": nobody."""
        found = set()
        for pk in people:
            for place in self.places.get(pk, ()):
                line = place.match.line
                if (line.moodle_user_id if line else "") == moodle_user_id:
                    found.add(place.column)
        return len(found)

    def _waiting(self, people: list[Appearance]) -> Waiting:
        people.sort(key=_by_first)
        suggestions = self.directory.suggest(self._sighting(people))
        lines = self.register.identities.lines
        found = tuple(Suggested(lines[it.key], it.reasons) for it in suggestions)
        return Waiting(tuple(people), found)

    def _sighting(self, people: Collection[Appearance]) -> Sighting:
        """Return what is known of people who are taken for one."""
        first = next(iter(people))
        known: Counter[str] = Counter()
        there = 0
        for it in people:
            for place in it.places:
                there |= 1 << place.column
            # In other classes this very person may be somebody: by a key, or by an earlier link.
            for place in self.places[it.person.pk]:
                if place.match.line is not None:
                    known[place.match.line.moodle_user_id] += 1
        name = plain_name(first.person.name)
        return Sighting(
            name=first.person.name,
            email=first.person.email,
            user_id=first.own_user_id,
            there=there,
            known_as=known,
            earlier=self.earlier.get(name, {}),
        )

    def _appearance(self, person: PersonRow, places: Iterable[Place]) -> Appearance:
        found = tuple(sorted(places, key=lambda it: it.column))
        classes = self.register.classes
        return Appearance(person, found, classes[found[0].column], classes[found[-1].column])


def who_is_who(register: Register) -> WhoIsWho:
    """Return who is who in the classes of a whole register. A query, and one for each few hundred."""
    places: defaultdict[int, list[Place]] = defaultdict(list)
    persons: dict[int, PersonRow] = {}
    adds = register.course.site.account is None or register.course.site.account.breakouts_add
    for index, presence in _presences(register):
        seconds = presence.own_seconds + (presence.breakout_seconds if adds else 0)
        persons[presence.person.pk] = presence.person
        place = Place(index, presence.is_guest, presence.match, seconds)
        places[presence.person.pk].append(place)
    return WhoIsWho(register, places, persons, _earlier(register.course))


def _presences(register: Register) -> Iterator[tuple[int, Presence]]:
    """Yield everybody of each class once."""
    for row in register.rows:
        for index, seat in enumerate(row.seats):
            yield from ((index, presence) for presence in seat.presences)
    for index, others in enumerate(register.others):
        # Who was not enrolled then has a row all the same.
        yield from ((index, it.presence) for it in others if it.kind != "not_enrolled")


def _candidates(register: Register, places: Mapping[int, list[Place]]) -> Iterator[Candidate]:
    there: defaultdict[str, int] = defaultdict(int)
    for some in places.values():
        for place in some:
            if place.match.line is not None:
                there[place.match.line.moodle_user_id] |= 1 << place.column
    missing: defaultdict[str, int] = defaultdict(int)
    for row in register.rows:
        for index, seat in enumerate(row.seats):
            if not seat.is_there and seat.standing in STANDS and register.sums[index].is_known:
                missing[row.line.moodle_user_id] |= 1 << index
    for line in register.roster.lines:
        if not line.is_erased:
            user = line.moodle_user_id
            yield Candidate(user, line.name, line.email, there[user], missing[user])


def _earlier(course: Course) -> dict[tuple[str, ...], Counter[str]]:
    """Return who people of each name were said to be, and how often."""
    said = {it.person_key: it.moodle_user_id for it in links_in_force(course) if it.moodle_user_id}
    found: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    keys = sorted(said)
    for at in range(0, len(keys), BATCH):
        people = Person.objects.filter(
            account=course.site.account_id, key__in=keys[at : at + BATCH], erased_at__isnull=True
        )
        for key, name in people.values_list("key", "name"):
            words = plain_name(name)
            if words:
                found[words][said[key]] += 1
    return found


def _waits(place: Place) -> bool:
    return place.match.line is None and place.match.how == ""


def _group_of(person: PersonRow) -> object:
    """Return what people have in common who are shown as one: Kaltura gives guests no id."""
    typed = " ".join(person.name.casefold().split()), plain_email(person.email)
    return typed if person.is_placeholder and any(typed) else person.pk


def _by_first(it: Appearance) -> tuple[datetime, int]:
    return it.first.starts_at, it.person.pk


def _waiting_order(it: Waiting) -> tuple[bool, bool, str, int]:
    name = it.first_of_all.name.casefold()
    return not it.suggestions, not name, name, it.first_of_all.pk
