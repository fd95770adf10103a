"""People over many sessions: how often they came, for how long, and one person's sessions.

Only whole sessions count, as in every sum; `PersonTotals` says how many others there are. Somebody
without a Kaltura user id is one person in each session. The order and the page are found in the
database and kept in the cache, as keys only; the figures are read for the people of the page.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import (
    Count,
    Exists,
    F,
    FloatField,
    Max,
    Min,
    OrderBy,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Lower, NullIf

from reports.access import Viewer
from reports.models import Attendance, Person
from reports.models.session import RoomSessionQuerySet
from reports.queries.attendees import AttendanceRow, AttendeeLine
from reports.queries.kept import kept
from reports.queries.people_counts import people_count, whole_attendances
from reports.queries.search import every_word
from reports.queries.session_lines import session_lines
from reports.queries.sessions import session_totals
from reports.queries.shares import engagement

GUEST, USER = "Guest", "User"
MOST_KEYS = 1000  # people that a query names one by one
FIRST_OF_FILE = 50  # people of a file that are looked up before everybody's figures are added up
PERSON_FIELDS = (
    "pk",
    "user_id",
    "name",
    "email",
    "is_placeholder",
    "erased_at",
    "account_id",
    "account__name",
)

_KNOWN_TYPE = Max("user_type", filter=~Q(user_type=GUEST))  # NULL: only ever a guest
_SUMS: dict[str, Any] = {
    "type": Coalesce(_KNOWN_TYPE, Value(GUEST)),
    "view": Sum("view_seconds"),
    "engaged": Sum("engaged_seconds"),
    # Where Kaltura never told the start, the stored one is a guess.
    "first": Min("session__started_at", filter=Q(session__facts_asked_at__isnull=False)),
    "latest": Max("session__started_at", filter=Q(session__facts_asked_at__isnull=False)),
}
_COUNTS: dict[str, Any] = {  # of rows without later tiles of the same session: see `_once`
    "sessions": Count("pk", filter=Q(session__room__parent__isnull=True)),
    "breakouts": Count("pk", filter=Q(session__room__parent__isnull=False)),
}
_BY_TEXT = {"name": "name", "user_id": "user_id", "email": "email", "account": "account__name"}
_BY_SUM: dict[str, Any] = {
    "user_type": _SUMS["type"],
    "time_in_session": _SUMS["view"],
    "engagement": Cast(Sum("engaged_seconds"), FloatField()) / NullIf(Sum("view_seconds"), 0),
    "first": _SUMS["first"],
    "latest": _SUMS["latest"],
}
PERSON_ORDERS = (*_BY_TEXT, *_BY_SUM, *_COUNTS)


@dataclass(frozen=True)
class PersonFilter:
    """Which people are wanted; a field that is left alone narrows nothing."""

    search: str = ""  # every word of it in the name, the user id or the e-mail address
    user_type: str = ""  # "Guest": only ever a guest; "User": anybody else
    least_sessions: int | None = None  # in so many at least, breakouts not counted
    order: str = "name"  # one of PERSON_ORDERS, with - before it for the largest first

    def __post_init__(self) -> None:
        if self.order.removeprefix("-") not in PERSON_ORDERS:
            raise ValueError(f"people have no order “{self.order}”")
        if self.user_type not in ("", GUEST, USER):
            raise ValueError(f"people have no type “{self.user_type}”")

    @property
    def is_everybody(self) -> bool:
        return not self.search.split() and not self.user_type and not self.least_sessions


class PersonLine(NamedTuple):
    """A person and what their whole sessions add up to."""

    person_id: int
    user_id: str  # as Kaltura gives it: may be empty, "Unknown" or a hash
    name: str
    email: str
    is_placeholder: bool  # stands for somebody without an id, in one session only
    is_erased: bool
    account_id: int
    account_name: str
    user_type: str  # "Guest" only if they always were one
    sessions: int  # attended, breakouts apart
    breakouts: int  # attended
    view_seconds: int
    engaged_seconds: int
    first_at: datetime | None  # start of the first session that they attended; None: not known
    latest_at: datetime | None

    @property
    def engagement(self) -> float | None:
        """Engaged time / own time in sessions, 0 to 1; None without any time."""
        return engagement(self.engaged_seconds, self.view_seconds)

    @property
    def is_guest(self) -> bool:
        return self.user_type == GUEST


@dataclass(frozen=True)
class PersonTotals:
    """What people add up to. All but the last are None when there are sessions, none of them whole."""

    people: int | None
    attendances: int | None  # sessions and breakouts of each person, added up
    view_seconds: int | None
    engaged_seconds: int | None
    unknown_sessions: int  # not whole yet: nobody in them is counted

    @property
    def engagement(self) -> float | None:
        return engagement(self.engaged_seconds, self.view_seconds)


def person_lines(
    viewer: Viewer,
    sessions: RoomSessionQuerySet,
    wanted: PersonFilter | None = None,
    first: int = 0,
    last: int | None = None,
) -> list[PersonLine]:
    """Return the people of the viewer's sessions from place `first` up to before `last`, in order.

    Without `last` all of them, for a file. What is unknown or empty is last either way; ties by key.
    Four queries and those of `kept`, one more for a search.
    """
    found = _in_order(sessions, wanted or PersonFilter())
    if last is None:
        keys = list(found[first:] if first else found)
    else:
        page = found[first:last]
        keys = kept(viewer, page, "people-page", lambda: list(page))
    return _lines(sessions, keys)


def every_person_line(sessions: RoomSessionQuerySet, wanted: PersonFilter) -> Iterator[PersonLine]:
    """Yield the same for a file: in an order by texts, the first of everybody's at once.

    All the others follow when everything is added up, which takes seconds over years. By a figure or
    with a filter on people, so does already the order.
    """
    keys = array("q", _order_of_file(sessions, wanted))
    first, rest = keys[:FIRST_OF_FILE].tolist(), keys[FIRST_OF_FILE:]
    yield from _lines(sessions, first)
    if not rest:
        return
    found = whole_attendances(sessions) if len(rest) > MOST_KEYS else _of_people(sessions, rest)
    sums, counts = _figures(found, _SUMS), _figures(_once(found), _COUNTS)
    known = [key for key in rest if key in sums and key in counts]
    for at in range(0, len(known), MOST_KEYS):
        yield from _joined(known[at : at + MOST_KEYS], sums, counts)


def person_totals(
    viewer: Viewer, sessions: RoomSessionQuerySet, wanted: PersonFilter | None = None
) -> PersonTotals:
    """Return what the wanted people add up to. Up to four queries and those of `kept`."""
    wanted = wanted or PersonFilter()
    every = session_totals(sessions)
    unknown = every.unknown_sessions
    if every.attendances is None:
        return PersonTotals(None, None, None, None, unknown)
    if wanted.is_everybody:
        people = people_count(viewer, sessions)
        return PersonTotals(
            people, every.attendances, every.view_seconds, every.engaged_seconds, unknown
        )
    found = _wanted(sessions, wanted)

    def add_up() -> dict[str, int]:
        sums = found.aggregate(
            people=Count("person", distinct=True),
            view_seconds=Coalesce(Sum("view_seconds"), 0),
            engaged_seconds=Coalesce(Sum("engaged_seconds"), 0),
        )
        return sums | {"attendances": _once(found).count()}

    sums = kept(viewer, found, "people-totals", add_up)
    return PersonTotals(**sums, unknown_sessions=unknown)


def person_keys(sessions: RoomSessionQuerySet, wanted: PersonFilter) -> frozenset[int] | None:
    """Return the keys of the wanted people; None: everybody's. Up to two queries."""
    if wanted.is_everybody:
        return None
    keys = _wanted(sessions, wanted).values_list("person_id", flat=True)
    return frozenset(keys.distinct())


def person_line(person: Person, sessions: RoomSessionQuerySet) -> PersonLine | None:
    """Return one person's line, or None for somebody who is in no whole one of the sessions."""
    return next(iter(_lines(sessions, [person.pk])), None)


def person_sessions(person: Person, sessions: RoomSessionQuerySet) -> list[AttendanceRow]:
    """Return every session of the person among those that `session_list` selected, in its order.

    Also sessions that are not whole: their lines say so, and hold what is known so far. Two queries.
    """
    own = Attendance.objects.filter(person=person)
    sums = {
        row["session_id"]: row
        for row in own.filter(session__in=sessions.order_by().values("pk")).per_session()
    }
    rows = []
    for line in session_lines(sessions.filter(pk__in=own.values("session"))):
        own_sums = sums[line.session_id]
        attendee = AttendeeLine(
            person.pk,
            person.user_id,
            person.name,
            person.email,
            person.is_placeholder,
            person.erased_at is not None,
            own_sums["user_type"],
            own_sums["view_seconds"],
            own_sums["engaged_seconds"],
            line.length_seconds,
            line.is_whole,
        )
        rows.append(AttendanceRow(line, attendee))
    return rows


def _wanted(sessions: RoomSessionQuerySet, wanted: PersonFilter) -> QuerySet[Attendance]:
    """Return the attendances of the wanted people in the sessions."""
    found = whole_attendances(sessions)
    if wanted.search.split():
        people = Person.objects.filter(every_word(wanted.search, "name", "user_id", "email"))
        keys = list(people.values_list("pk", flat=True)[: MOST_KEYS + 1])
        few = len(keys) <= MOST_KEYS
        found = _of_people(sessions, keys) if few else _among(found, people.values("pk"))
    if wanted.user_type:
        typed = found.values("person_id").alias(known_type=_KNOWN_TYPE)
        is_guest = wanted.user_type == GUEST
        found = _among(found, typed.filter(known_type__isnull=is_guest).values("person_id"))
    if wanted.least_sessions:
        in_main_rooms = found.filter(session__room__parent__isnull=True).values("person_id")
        times = in_main_rooms.alias(times=Count("session", distinct=True))
        often = times.filter(times__gte=wanted.least_sessions)
        found = _among(found, often.values("person_id"))
    return found


def _of_people(sessions: RoomSessionQuerySet, keys: Sequence[int]) -> QuerySet[Attendance]:
    """Return the attendances of a few people in whole sessions: read person by person.

    Not by `session__in`: SQLite would look for each of the sessions with each of the people.
    """
    whole = sessions.filter(view_seconds__isnull=False, pk=OuterRef("session_id")).order_by()
    return Attendance.objects.filter(Exists(whole), person__in=keys).order_by()


def _among(found: QuerySet[Attendance], people: QuerySet[Any, Any]) -> QuerySet[Attendance]:
    """Return the attendances of these people, who may be many.

    A sum is no column of an index: so SQLite reads the attendances once and looks each up, instead
    of going through all of them for every person.
    """
    return found.alias(any_person=F("person_id") + 0).filter(any_person__in=people)


def _once(found: QuerySet[Attendance]) -> QuerySet[Attendance]:
    """Return one row for each session of a person: that of the first tile.

    As COUNT(DISTINCT session) does, but PostgreSQL would sort millions of rows on disk for that.
    """
    same = Attendance.objects.filter(session=OuterRef("session_id"), person=OuterRef("person_id"))
    return found.filter(~Exists(same.filter(tile__lt=OuterRef("tile_id"))))


def _in_order(sessions: RoomSessionQuerySet, wanted: PersonFilter) -> QuerySet[Any, int]:
    """Return the keys of the wanted people, in order."""
    key, is_down = wanted.order.removeprefix("-"), wanted.order.startswith("-")
    found = _wanted(sessions, wanted)
    if key in _BY_TEXT:
        return _by_text(Person.objects.filter(pk__in=found.values("person_id")), wanted)
    rows = _once(found) if key in _COUNTS else found
    grouped = rows.values("person_id").annotate(by=_COUNTS.get(key) or _BY_SUM[key])
    by = OrderBy(F("by"), descending=is_down, nulls_last=True)
    return grouped.order_by(by, "person_id").values_list("person_id", flat=True)


def _order_of_file(sessions: RoomSessionQuerySet, wanted: PersonFilter) -> QuerySet[Any, int]:
    """Return the keys of at least the wanted people, in order; who was in no session has no line.

    By a text, everybody there is: to find out first who was in the sessions takes longer than that.
    """
    key = wanted.order.removeprefix("-")
    return (
        _by_text(Person.objects.all(), wanted)
        if key in _BY_TEXT and wanted.is_everybody
        else _in_order(sessions, wanted)
    )


def _by_text(people: QuerySet[Person], wanted: PersonFilter) -> QuerySet[Any, int]:
    text = NullIf(Lower(_BY_TEXT[wanted.order.removeprefix("-")]), Value(""))
    by = OrderBy(text, descending=wanted.order.startswith("-"), nulls_last=True)
    return people.order_by(by, "pk").values_list("pk", flat=True)


def _lines(sessions: RoomSessionQuerySet, keys: Sequence[int]) -> list[PersonLine]:
    """Return the lines of these people in this order, without those who are in no whole session."""
    few = len(keys) <= MOST_KEYS
    found = _of_people(sessions, keys) if few else whole_attendances(sessions)
    sums, counts = _figures(found, _SUMS), _figures(_once(found), _COUNTS)
    return list(_joined(keys, sums, counts))


def _joined(
    keys: Sequence[int], sums: dict[int, tuple[Any, ...]], counts: dict[int, tuple[Any, ...]]
) -> Iterator[PersonLine]:
    """Yield the lines of these people in this order, of those who have figures."""
    people = _people(key for key in keys if key in sums)
    for key in keys:
        if key in sums and key in counts and key in people:
            user_type, *rest = sums[key]
            *facts, erased_at, account_id, account_name = people[key]
            account = (erased_at is not None, account_id, account_name)
            line = (*facts, *account, user_type, *counts[key], *rest)
            yield PersonLine._make(line)


def _figures(found: QuerySet[Attendance], figures: dict[str, Any]) -> dict[int, tuple[Any, ...]]:
    """Return the figures by person."""
    rows = found.values("person_id").annotate(**figures).values_list("person_id", *figures)
    return {row[0]: row[1:] for row in rows}


def _people(keys: Iterable[int]) -> dict[int, tuple[Any, ...]]:
    """Return PERSON_FIELDS of these people by key."""
    people: dict[int, tuple[Any, ...]] = {}
    rest = iter(keys)
    while chunk := list(islice(rest, MOST_KEYS)):
        rows = Person.objects.filter(pk__in=chunk).values_list(*PERSON_FIELDS)
        people |= {row[0]: row for row in rows}
    return people
