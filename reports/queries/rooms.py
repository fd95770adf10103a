"""What the sessions of each room add up to, its breakouts included.

A line is a main room. A breakout room whose main room the viewer doesn't see stands for itself. One
grouped query adds up each room by itself, out of an index alone; rooms are thousands at most, so they
are named, put together and sorted here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import Coalesce

from reports.access import Viewer
from reports.models.session import RoomSessionQuerySet
from reports.queries.kept import kept
from reports.queries.people_counts import people_by_room
from reports.queries.shares import engagement

MOST_KEYS = 500  # rooms that a query names one by one


class RoomLine(NamedTuple):
    """A room and its sessions."""

    room_id: int
    entry_id: str
    name: str  # "" when no answer has named it
    account_id: int
    account_name: str
    sessions: int  # in the room itself
    known_sessions: int  # of them, whole
    breakout_sessions: int  # in its breakout rooms
    unknown_sessions: int  # of both, not whole yet: in none of the sums
    attendances: int | None  # of both; like each sum None when there are sessions, none known
    own_attendances: int | None  # in the room itself
    view_seconds: int | None  # of both
    engaged_seconds: int | None  # of both
    breakout_view_seconds: int | None  # in its breakout rooms
    first_at: datetime | None  # start of the first session; None: no start is known
    latest_at: datetime | None
    is_breakout: bool  # stands for itself: the viewer doesn't see its main room
    people: int | None = None  # different ones, of both; None: unknown, or not counted here

    @property
    def label(self) -> str:
        """What the room is called: its name, else Kaltura's id."""
        return self.name or self.entry_id

    @property
    def engagement(self) -> float | None:
        """Engaged time / time in session of everybody together, 0 to 1; None when unknown."""
        return engagement(self.engaged_seconds, self.view_seconds)

    @property
    def mean_attendees(self) -> float | None:
        """Attendees of a session in the room itself, on average; None without a whole session."""
        if self.own_attendances is None or not self.known_sessions:
            return None
        return self.own_attendances / self.known_sessions


class _Room(NamedTuple):
    """In the order of _ROOM_FIELDS."""

    pk: int
    entry_id: str
    name: str
    parent_id: int | None
    account_id: int
    account_name: str


_ROOM_FIELDS = ("pk", "entry_id", "name", "parent_id", "account_id", "account__name")


class _Sums(NamedTuple):
    """What the sessions in one room itself add up to: of those that are whole, from `attended` on."""

    room_id: int
    sessions: int
    known: int
    attended: int
    view: int
    engaged: int
    first_at: datetime | None
    latest_at: datetime | None


ROOM_ORDERS: dict[str, Callable[[RoomLine], Any]] = {
    "name": lambda line: line.label.casefold(),
    "account": lambda line: line.account_name.casefold(),
    "sessions": lambda line: line.sessions,
    "breakouts": lambda line: line.breakout_sessions,
    "attendances": lambda line: line.attendances,
    "people": lambda line: line.people,
    "mean_attendees": lambda line: line.mean_attendees,
    "time_in_session": lambda line: line.view_seconds,
    "breakout_time": lambda line: line.breakout_view_seconds,
    "engaged_time": lambda line: line.engaged_seconds,
    "engagement": lambda line: line.engagement,
    "first": lambda line: line.first_at,
    "latest": lambda line: line.latest_at,
}


@dataclass(frozen=True)
class RoomFilter:
    """Which rooms are wanted; a field that is left alone narrows nothing."""

    search: str = ""  # every word of it in the room's name, or its Kaltura id
    order: str = "name"  # a key of ROOM_ORDERS, with - before it for the largest first

    def __post_init__(self) -> None:
        if self.order.removeprefix("-") not in ROOM_ORDERS:
            raise ValueError(f"rooms have no order “{self.order}”")


@dataclass(frozen=True)
class RoomTotals:
    """What rooms add up to. A sum is None when sessions are there and none of them is known."""

    rooms: int
    sessions: int
    breakout_sessions: int
    unknown_sessions: int
    attendances: int | None
    view_seconds: int | None
    engaged_seconds: int | None

    @property
    def engagement(self) -> float | None:
        return engagement(self.engaged_seconds, self.view_seconds)


def room_lines(
    viewer: Viewer, sessions: RoomSessionQuerySet, wanted: RoomFilter | None = None
) -> list[RoomLine]:
    """Return the rooms of the viewer's sessions in order. What is unknown is last either way.

    People are counted only when they are the order: `with_people` counts those of a page. Two queries,
    up to three more for people.
    """
    wanted = wanted or RoomFilter()
    sums = [_Sums._make(row) for row in _grouped(sessions)]
    rooms = {room.pk: room for room in map(_Room._make, viewer.rooms().values_list(*_ROOM_FIELDS))}
    lines = [line for line in _lines(sums, rooms) if _is_found(line, wanted.search)]
    if wanted.order.endswith("people"):
        orphans = sorted(line.room_id for line in lines if line.is_breakout)
        lines = _counted(lines, people_by_room(viewer, sessions, orphans))
    return _ordered(lines, wanted.order)


def with_people(
    viewer: Viewer, sessions: RoomSessionQuerySet, lines: Sequence[RoomLine]
) -> list[RoomLine]:
    """Return the lines of a page with their people counted. Up to three queries."""
    ids = [line.room_id for line in lines]
    if not ids:
        return []
    if len(ids) <= MOST_KEYS:
        sessions = sessions.filter(Q(room__in=ids) | Q(room__parent__in=ids))
        orphans = sorted(line.room_id for line in lines if line.is_breakout)
    else:
        orphans = _orphans(viewer)
    return _counted(lines, people_by_room(viewer, sessions, orphans))


def room_totals(lines: Iterable[RoomLine]) -> RoomTotals:
    """Return what the lines add up to; different people are no sum: see `people_counts`."""
    lines = list(lines)
    return RoomTotals(
        rooms=len(lines),
        sessions=sum(line.sessions for line in lines),
        breakout_sessions=sum(line.breakout_sessions for line in lines),
        unknown_sessions=sum(line.unknown_sessions for line in lines),
        attendances=_sum(line.attendances for line in lines),
        view_seconds=_sum(line.view_seconds for line in lines),
        engaged_seconds=_sum(line.engaged_seconds for line in lines),
    )


def busiest_rooms(
    viewer: Viewer,
    sessions: RoomSessionQuerySet,
    by: Literal["time_in_session", "attendances"] = "time_in_session",
    count: int = 8,
    *,
    keep: bool = True,
) -> list[RoomLine]:
    """Return the rooms with the most of it, the largest first; rooms without any are left out.

    Kept, unless the range is so short that finding them takes no longer.
    """

    def read() -> list[RoomLine]:
        lines = room_lines(viewer, sessions, RoomFilter(order=f"-{by}"))
        return [line for line in lines if ROOM_ORDERS[by](line)][:count]

    return kept(viewer, sessions.order_by(), f"busiest-{by}-{count}", read) if keep else read()


def _orphans(viewer: Viewer) -> list[int]:
    """Return the breakout rooms whose main room the viewer doesn't see."""
    if viewer.is_administrator:
        return []
    rooms = viewer.rooms()
    orphans = rooms.filter(parent__isnull=False).exclude(parent__in=rooms.values("pk"))
    return sorted(orphans.values_list("pk", flat=True))


def _grouped(sessions: RoomSessionQuerySet) -> Iterable[tuple[Any, ...]]:
    """Return `_Sums` of each room by itself."""
    with_facts = Q(facts_asked_at__isnull=False)
    sums = {
        "all": Count("pk"),
        "known": Count("view_seconds"),
        "attended": Coalesce(Sum("attendee_count"), 0),
        "view": Coalesce(Sum("view_seconds"), 0),
        "engaged": Coalesce(Sum("engaged_seconds"), 0),
        "first": Min("started_at", filter=with_facts),
        "latest": Max("started_at", filter=with_facts),
    }
    by_room = sessions.order_by().values("room_id").annotate(**sums)
    found: Iterable[tuple[Any, ...]] = by_room.values_list("room_id", *sums)
    return found


def _lines(sums: Iterable[_Sums], rooms: dict[int, _Room]) -> Iterator[RoomLine]:
    """Yield the line of each main room; of a breakout room where the main one isn't among `rooms`."""
    by_main: defaultdict[int, list[_Sums]] = defaultdict(list)
    for one in sums:
        if one.room_id in rooms:  # not gone since
            parent_id = rooms[one.room_id].parent_id
            by_main[parent_id if parent_id in rooms else one.room_id].append(one)
    for room_id, inside in by_main.items():
        yield _line(rooms[room_id], inside)


def _line(room: _Room, inside: Sequence[_Sums]) -> RoomLine:
    """Return the line of a room out of its own sums, if there are any, and its breakout rooms'."""
    own = [one for one in inside if one.room_id == room.pk]
    breakouts = [one for one in inside if one.room_id != room.pk]
    itself, known_itself = _total(own, "sessions"), _total(own, "known")
    in_breakouts, known_breakouts = _total(breakouts, "sessions"), _total(breakouts, "known")
    known = known_itself + known_breakouts
    return RoomLine(
        room_id=room.pk,
        entry_id=room.entry_id,
        name=room.name,
        account_id=room.account_id,
        account_name=room.account_name,
        sessions=itself,
        known_sessions=known_itself,
        breakout_sessions=in_breakouts,
        unknown_sessions=itself + in_breakouts - known,
        attendances=_total(inside, "attended") if known else None,
        own_attendances=_total(own, "attended") if known_itself or not itself else None,
        view_seconds=_total(inside, "view") if known else None,
        engaged_seconds=_total(inside, "engaged") if known else None,
        breakout_view_seconds=_total(breakouts, "view")
        if known_breakouts or not in_breakouts
        else None,
        first_at=min((one.first_at for one in inside if one.first_at), default=None),
        latest_at=max((one.latest_at for one in inside if one.latest_at), default=None),
        is_breakout=room.parent_id is not None,
    )


def _total(sums: Iterable[_Sums], name: str) -> int:
    return sum(getattr(one, name) for one in sums)


def _is_found(line: RoomLine, text: str) -> bool:
    name = line.name.casefold()
    return all(word.casefold() in name or word == line.entry_id for word in text.split())


def _counted(lines: Iterable[RoomLine], people: dict[int, int]) -> list[RoomLine]:
    """Return the lines with people: of a room that nobody came to 0, of an unknown one None."""
    return [
        line._replace(people=None if line.attendances is None else people.get(line.room_id, 0))
        for line in lines
    ]


def _ordered(lines: Iterable[RoomLine], order: str) -> list[RoomLine]:
    """Return the lines by their order, then by key; what is unknown comes last."""
    value = ROOM_ORDERS[order.removeprefix("-")]
    by_key = sorted(lines, key=lambda line: line.room_id)
    known = [line for line in by_key if value(line) is not None]
    unknown = [line for line in by_key if value(line) is None]
    return sorted(known, key=value, reverse=order.startswith("-")) + unknown


def _sum(values: Iterable[int | None]) -> int | None:
    """Return the sum of what is known; None when there is something and all of it is unknown."""
    every = list(values)
    known = [value for value in every if value is not None]
    return sum(known) if known or not every else None
