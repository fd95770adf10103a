"""Which sessions a page or a file is about, in which order, and what they add up to.

Every function takes sessions that went through `access.Viewer`; none widens them.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    Count,
    Exists,
    Expression,
    ExpressionWrapper,
    F,
    FloatField,
    OrderBy,
    OuterRef,
    Q,
    Sum,
)
from django.db.models.functions import Cast, Coalesce, NullIf

from reports.models import PartCheck, SessionPart, Tile
from reports.models.session import RoomSessionQuerySet
from reports.queries.shares import engagement

DISPUTED = (PartCheck.MISMATCH, PartCheck.NO_ATTENDEES, PartCheck.NO_SESSION)

_ENGAGEMENT = ExpressionWrapper(
    Cast("engaged_seconds", FloatField()) / NullIf(F("view_seconds"), 0),
    output_field=FloatField(),
)
ORDERS: dict[str, Expression | F] = {
    "start": F("started_at"),
    "room": F("room__name"),
    "main_room": Coalesce("room__parent__name", "room__name"),
    "host": F("host_name"),
    "account": F("account__name"),
    "length": F("length_seconds"),
    "attendees": F("attendee_count"),
    "guests": F("guest_count"),
    "time_in_session": F("view_seconds"),
    "engaged_time": F("engaged_seconds"),
    "engagement": _ENGAGEMENT,
    "kaltura_unique_users": F("kaltura_unique_users"),
}
_NEVER_NULL = {"start", "room", "main_room", "host", "account"}


@dataclass(frozen=True)
class SessionFilter:
    """What is wanted; a field that is left alone narrows nothing."""

    account_id: int | None = None
    from_at: datetime | None = None  # aware; sessions that start at it or later
    to_at: datetime | None = None  # aware; sessions that start before it
    entry_ids: tuple[str, ...] = ()  # rooms, by Kaltura's id
    room_id: int | None = None
    event_id: int | None = None  # sessions tagged with this VirtualEvent
    with_breakouts: bool = True  # also those of the rooms asked for; False: main rooms alone
    only_breakouts: bool = False
    search: str = ""  # every word of it in the names of room or host, or an id
    order: str = "start"  # a key of ORDERS, with - before it for the largest first

    def __post_init__(self) -> None:
        if self.order.removeprefix("-") not in ORDERS:
            raise ValueError(f"sessions have no order “{self.order}”")
        for moment in (self.from_at, self.to_at):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("a range needs aware times")


@dataclass(frozen=True)
class SessionTotals:
    """What sessions add up to. A sum is None when sessions are there and none of them is known."""

    sessions: int
    unknown_sessions: int  # not whole yet: in none of the sums
    attendances: int | None  # attendees of each session, added up
    view_seconds: int | None
    engaged_seconds: int | None
    engagement: float | None  # 0 to 1, of everybody's time together


def session_list(sessions: RoomSessionQuerySet, wanted: SessionFilter) -> RoomSessionQuerySet:
    """Return the wanted sessions in order, each with room, parent room, account and its marks.

    Shape: RoomSession with `is_disputed` (Kaltura's reports disagree) and `is_provisional` (asked
    before the figures had settled). What is unknown comes last in either direction; ties by pk.
    """
    found = sessions.filter(_range(wanted) & _rooms(wanted) & _search(wanted.search))
    if wanted.account_id is not None:
        found = found.filter(account_id=wanted.account_id)
    if wanted.event_id is not None:
        found = found.filter(event_tags__event=wanted.event_id)
    parts = SessionPart.objects.filter(session=OuterRef("pk"))
    return (
        found.select_related("room__parent", "account", "main_session")
        .annotate(
            is_disputed=Exists(parts.filter(check_result__in=DISPUTED)),
            is_provisional=Exists(parts.filter(tile__in=Tile.objects.provisional().values("pk"))),
        )
        .order_by(*_order(wanted.order))
    )


def session_totals(sessions: RoomSessionQuerySet) -> SessionTotals:
    """Return what these sessions add up to. One query."""
    sums = sessions.order_by().aggregate(
        sessions=Count("pk"),
        known=Count("view_seconds"),
        attendances=Sum("attendee_count"),
        view=Sum("view_seconds"),
        engaged=Sum("engaged_seconds"),
    )
    nothing = None if sums["sessions"] else 0  # no sessions: nobody came, and that is known
    view, engaged = (nothing if sums[key] is None else sums[key] for key in ("view", "engaged"))
    return SessionTotals(
        sessions=sums["sessions"],
        unknown_sessions=sums["sessions"] - sums["known"],
        attendances=nothing if sums["attendances"] is None else sums["attendances"],
        view_seconds=view,
        engaged_seconds=engaged,
        engagement=engagement(engaged, view),
    )


def _range(wanted: SessionFilter) -> Q:
    condition = Q()
    if wanted.from_at is not None:
        condition &= Q(started_at__gte=wanted.from_at)
    if wanted.to_at is not None:
        condition &= Q(started_at__lt=wanted.to_at)
    return condition


def _rooms(wanted: SessionFilter) -> Q:
    condition = Q()
    if wanted.only_breakouts:
        condition &= Q(room__parent__isnull=False)
    elif not wanted.with_breakouts and wanted.room_id is None and not wanted.entry_ids:
        condition &= Q(room__parent__isnull=True)
    breakouts_too = wanted.with_breakouts or wanted.only_breakouts
    if wanted.room_id is not None:
        own = Q(room_id=wanted.room_id)
        condition &= own | Q(room__parent_id=wanted.room_id) if breakouts_too else own
    if wanted.entry_ids:
        own = Q(room__entry_id__in=wanted.entry_ids)
        breakouts = Q(room__parent__entry_id__in=wanted.entry_ids)
        condition &= own | breakouts if breakouts_too else own
    return condition


def _search(text: str) -> Q:
    condition = Q()
    for word in text.split():
        found = Q(cue_point_id=word) | Q(room__entry_id=word)
        for spelling in _spellings(word):
            found |= (
                Q(room__name__icontains=spelling)
                | Q(room__parent__name__icontains=spelling)
                | Q(host_name__icontains=spelling)
            )
        condition &= found
    return condition


def _spellings(word: str) -> set[str]:
    """Return the word's capitals as well: SQLite takes Ü and ü for different letters."""
    return {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}


def _order(order: str) -> list[OrderBy | str]:
    key = order.removeprefix("-")
    last = None if key in _NEVER_NULL else True
    by = ORDERS[key]
    if order.startswith("-"):
        return [OrderBy(by, descending=True, nulls_last=last), "-pk"]
    return [OrderBy(by, nulls_last=last), "pk"]
