"""Who may sign in, and the rooms that are or could be given to them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Max, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.functions import Lower

from reports.membership import ADMINISTRATORS
from reports.models import Room, RoomGrant, RoomSession, User

ORDERS: dict[str, tuple[str, ...]] = {
    "name": ("last_name", "first_name"),
    "username": (),
    "role": ("is_head",),
    "rooms": ("room_count",),
    "last_sign_in": ("last_login",),
    "active": ("is_active",),
}


@dataclass(frozen=True)
class UserFilter:
    """Which users are wanted."""

    search: str = ""  # every word stands in one of the names, the user name or the address
    role: str = ""  # "administrator", "teacher" or "" for both
    state: str = ""  # "active", "disabled" or "" for both
    order: str = "username"  # a key of ORDERS, "-" before it for the other way round


@dataclass(frozen=True)
class RoomChoice:
    """A main room as an administrator chooses it."""

    room: Room  # with its account
    breakouts: int  # breakout rooms that come with it
    latest_at: datetime | None  # start of its latest session


def user_list(wanted: UserFilter) -> QuerySet[User]:
    """Return the wanted users in order, each with `room_count` and `is_head` (administrator)."""
    users = User.objects.annotate(
        is_head=ExpressionWrapper(ADMINISTRATORS, BooleanField()), room_count=Count("room_grants")
    ).prefetch_related("room_grants__room")
    for word in wanted.search.split():
        users = users.filter(
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(username__icontains=word)
            | Q(email__icontains=word)
        )
    if wanted.role:
        heads = ADMINISTRATORS
        users = users.filter(heads if wanted.role == "administrator" else ~heads)
    if wanted.state:
        users = users.filter(is_active=wanted.state == "active")
    return users.order_by(*_order(wanted.order))


def _order(order: str) -> list[OrderBy]:
    """Return the order's columns; the same name, or none at all, goes by the user name."""
    backwards = order.startswith("-")
    names = ORDERS[order.removeprefix("-")]
    columns: list[F | Lower] = [*(F(name) for name in names), Lower("username"), F("pk")]
    return [
        column.desc(nulls_last=True) if backwards else column.asc(nulls_last=True)
        for column in columns
    ]


def given_rooms(user: User) -> list[RoomGrant]:
    """Return the rooms given to the user by name, with `breakout_count` and who gave them."""
    grants = user.room_grants.select_related("room__account", "room__parent", "granted_by")
    counted = grants.annotate(breakout_count=Count("room__breakout_rooms"))
    return list(counted.order_by("room__name", "room__entry_id"))


def rooms_to_give(user: User, search: str, limit: int) -> tuple[list[RoomChoice], int]:
    """Return main rooms that the user was not given, by name, and how many there are in all.

    Every word of the search stands in the room's name, its Kaltura id or its account's name.
    """
    given = RoomGrant.objects.filter(user=user).values("room")
    rooms = Room.objects.main().exclude(pk__in=given).select_related("account")
    for word in search.split():
        rooms = rooms.filter(
            Q(name__icontains=word) | Q(entry_id__icontains=word) | Q(account__name__icontains=word)
        )
    shown = list(rooms.order_by("name", "entry_id")[:limit])
    breakouts = dict(
        Room.objects.filter(parent__in=shown)
        .values_list("parent")
        .annotate(Count("pk"))
        .order_by("parent")
    )
    latest = dict(
        RoomSession.objects.filter(room__in=shown)
        .values_list("room")
        .annotate(Max("started_at"))
        .order_by("room")
    )
    choices = [RoomChoice(room, breakouts.get(room.pk, 0), latest.get(room.pk)) for room in shown]
    return choices, rooms.count() if len(shown) == limit else len(shown)
