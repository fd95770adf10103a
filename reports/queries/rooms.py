"""What the sessions of each room add up to, its breakouts included.

A line is a main room. A breakout room whose main room the viewer doesn't see stands for itself. One
grouped query reads all of them; there are thousands at most, so they are sorted here.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from django.db.models import Case, Count, F, Max, Min, Q, Sum, When
from django.db.models.functions import Coalesce

from reports.access import Viewer
from reports.models.session import RoomSessionQuerySet
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

    People are counted only when they are the order: `with_people` counts those of a page. One query
    for an administrator, two for others, up to three more for people.
    """
    wanted = wanted or RoomFilter()
    orphans = _orphans(viewer)
    every = (_line(row, orphans) for row in _grouped(sessions, orphans))
    lines = [line for line in every if _is_found(line, wanted.search)]
    if wanted.order.endswith("people"):
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
) -> list[RoomLine]:
    """Return the rooms with the most of it, the largest first; rooms without any are left out."""
    lines = room_lines(viewer, sessions, RoomFilter(order=f"-{by}"))
    return [line for line in lines if ROOM_ORDERS[by](line)][:count]


def _orphans(viewer: Viewer) -> list[int]:
    """Return the breakout rooms whose main room the viewer doesn't see."""
    if viewer.is_administrator:
        return []
    rooms = viewer.rooms()
    orphans = rooms.filter(parent__isnull=False).exclude(parent__in=rooms.values("pk"))
    return sorted(orphans.values_list("pk", flat=True))


def _grouped(sessions: RoomSessionQuerySet, orphans: Collection[int]) -> Iterable[Any]:
    """Return the sums of each main room, in the order in which `_line` takes them."""
    in_breakout = Q(room__parent__isnull=False)
    if orphans:
        in_breakout &= ~Q(room__in=orphans)
    with_facts = Q(facts_asked_at__isnull=False)
    sums = {
        "of_entry": Max(_of_main("__entry_id", orphans)),
        "of_name": Max(_of_main("__name", orphans)),
        "of_account": Max("account_id"),
        "of_account_name": Max("account__name"),
        "all": Count("pk"),
        "known": Count("view_seconds"),
        "in_breakouts": Count("pk", filter=in_breakout),
        "known_in_breakouts": Count("view_seconds", filter=in_breakout),
        "attended": Coalesce(Sum("attendee_count"), 0),
        "attended_breakouts": Coalesce(Sum("attendee_count", filter=in_breakout), 0),
        "view": Coalesce(Sum("view_seconds"), 0),
        "view_breakouts": Coalesce(Sum("view_seconds", filter=in_breakout), 0),
        "engaged": Coalesce(Sum("engaged_seconds"), 0),
        "first": Min("started_at", filter=with_facts),
        "latest": Max("started_at", filter=with_facts),
    }
    by_room = sessions.order_by().values(main_room=_of_main("_id", orphans))
    return by_room.annotate(**sums).values_list("main_room", *sums)


def _of_main(field: str, orphans: Collection[int]) -> Any:
    """Return a field of each session's main room; of its own room where that stands for itself."""
    own = F(f"room{field}")
    main = Coalesce(F("room__parent_id" if field == "_id" else f"room__parent{field}"), own)
    return Case(When(room__in=orphans, then=own), default=main) if orphans else main


def _line(row: Sequence[Any], orphans: Collection[int]) -> RoomLine:
    (room, entry, name, account, account_name, every, known, breakouts, known_breakouts) = row[:9]
    attended, attended_breakouts, view, view_breakouts, engaged, first, latest = row[9:]
    itself, known_itself = every - breakouts, known - known_breakouts
    return RoomLine(
        room_id=room,
        entry_id=entry,
        name=name,
        account_id=account,
        account_name=account_name,
        sessions=itself,
        known_sessions=known_itself,
        breakout_sessions=breakouts,
        unknown_sessions=every - known,
        attendances=attended if known else None,
        own_attendances=attended - attended_breakouts if known_itself or not itself else None,
        view_seconds=view if known else None,
        engaged_seconds=engaged if known else None,
        breakout_view_seconds=view_breakouts if known_breakouts or not breakouts else None,
        first_at=first,
        latest_at=latest,
        is_breakout=room in orphans,
    )


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
