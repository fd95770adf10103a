"""One room: what its sessions and its breakouts add up to, when the latest was, who may see it.

The sums of many rooms, each with its breakouts, are in `queries.rooms`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum

from reports.access import Viewer
from reports.models import Room, RoomGrant
from reports.models.session import RoomSessionQuerySet
from reports.queries.people_counts import people_count
from reports.queries.rooms import ROOM_ORDERS, RoomLine, room_totals
from reports.queries.shares import engagement

_ROOM = ("room_id", "room__entry_id", "room__name", "account_id", "account__name")


@dataclass(frozen=True)
class RoomFigures:
    """What a room's sessions add up to, breakouts included; None where nothing of it is known."""

    sessions: int  # in the room itself
    breakout_sessions: int
    unknown_sessions: int  # of both, not whole yet: in none of the sums
    attendances: int | None  # of both
    people: int | None  # different ones, of both
    mean_attendees: float | None  # of a session in the room itself
    view_seconds: int | None  # of both
    breakout_view_seconds: int | None
    engaged_seconds: int | None  # of both

    @property
    def engagement(self) -> float | None:
        """Engaged time / time in session of everybody together, 0 to 1; None when unknown."""
        return engagement(self.engaged_seconds, self.view_seconds)

    @property
    def all_sessions(self) -> int:
        return self.sessions + self.breakout_sessions


def each_room(sessions: RoomSessionQuerySet) -> list[RoomLine]:
    """Return the rooms of the sessions, each for itself, breakout rooms too. One query."""
    with_facts = Q(facts_asked_at__isnull=False)
    rows = (
        sessions.order_by()
        .values(*_ROOM, "room__parent_id")
        .annotate(
            all=Count("pk"),
            known=Count("view_seconds"),
            attended=Sum("attendee_count"),
            view=Sum("view_seconds"),
            engaged=Sum("engaged_seconds"),
            first=Min("started_at", filter=with_facts),
            latest=Max("started_at", filter=with_facts),
        )
    )
    return [_line(row) for row in rows.order_by("room_id")]


def room_figures(
    viewer: Viewer, sessions: RoomSessionQuerySet, room: Room, lines: Iterable[RoomLine]
) -> RoomFigures:
    """Return what the room's sessions add up to. `lines` are the sessions by `each_room`.

    Two or three queries for the people, none without a session.
    """
    lines = list(lines)
    own = next((line for line in lines if line.room_id == room.pk), None)
    breakouts = room_totals(line for line in lines if line.room_id != room.pk)
    both = room_totals(lines)
    people = 0 if both.attendances == 0 else None
    if both.attendances:
        people = people_count(viewer, sessions)
    return RoomFigures(
        sessions=own.sessions if own else 0,
        breakout_sessions=breakouts.sessions,
        unknown_sessions=both.unknown_sessions,
        attendances=both.attendances,
        people=people,
        mean_attendees=own.mean_attendees if own else None,
        view_seconds=both.view_seconds,
        breakout_view_seconds=breakouts.view_seconds,
        engaged_seconds=both.engaged_seconds,
    )


def in_order(lines: Iterable[RoomLine], order: str) -> list[RoomLine]:
    """Return the lines by a key of ROOM_ORDERS; what is unknown comes last either way."""
    value = ROOM_ORDERS[order.removeprefix("-")]
    every = list(lines)
    known = [line for line in every if value(line) is not None]
    unknown = [line for line in every if value(line) is None]
    return sorted(known, key=value, reverse=order.startswith("-")) + unknown


def sessions_of_rooms(
    sessions: RoomSessionQuerySet, lines: Sequence[RoomLine]
) -> RoomSessionQuerySet:
    """Return those of the sessions that the lines of `room_lines` add up."""
    ids = [line.room_id for line in lines]
    return sessions.filter(Q(room__in=ids) | Q(room__parent__in=ids))


def latest_start(viewer: Viewer, room: Room) -> datetime | None:
    """Return when the latest session of the room or its breakouts began; None without any."""
    sessions = viewer.sessions().filter(Q(room=room) | Q(room__parent=room))
    return sessions.order_by("-started_at").values_list("started_at", flat=True).first()


def seen_parent(viewer: Viewer, room: Room) -> Room | None:
    """Return the main room of a breakout room, if the viewer sees that one too."""
    if room.parent_id is None or not viewer.rooms().filter(pk=room.parent_id).exists():
        return None
    return room.parent


def grants_of(room: Room) -> list[RoomGrant]:
    """Return by whom the room may be seen because it, or its main room, was given to them."""
    rooms = [pk for pk in (room.pk, room.parent_id) if pk is not None]
    grants = RoomGrant.objects.filter(room__in=rooms, user__is_active=True)
    return list(grants.select_related("user", "room").order_by("user__username", "pk"))


def _line(row: dict[str, Any]) -> RoomLine:
    room_id, entry_id, name, account_id, account_name = (row[key] for key in _ROOM)
    return RoomLine(
        room_id=room_id,
        entry_id=entry_id,
        name=name,
        account_id=account_id,
        account_name=account_name,
        sessions=row["all"],
        known_sessions=row["known"],
        breakout_sessions=0,
        unknown_sessions=row["all"] - row["known"],
        attendances=row["attended"],
        own_attendances=row["attended"],
        view_seconds=row["view"],
        engaged_seconds=row["engaged"],
        breakout_view_seconds=0,
        first_at=row["first"],
        latest_at=row["latest"],
        is_breakout=row["room__parent_id"] is not None,
    )
