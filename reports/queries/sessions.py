"""Which sessions a page or a file is about, in which order, and what they add up to.

Every function takes sessions that went through `access.Viewer`; none widens them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    Expression,
    ExpressionWrapper,
    F,
    FloatField,
    IntegerField,
    OrderBy,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, ExtractHour, ExtractIsoWeekDay, NullIf

from reports.models import PartCheck, SessionPart
from reports.models.session import RoomSessionQuerySet
from reports.models.tile import settling_time
from reports.queries.origins import MAIN_ROOM, as_seen, is_seen
from reports.queries.search import every_word
from reports.queries.seconds import UnixSeconds
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
    "main_session": F("main_session__started_at"),
    "host": NullIf(F("host_name"), Value("")),
    "initiator": NullIf(F("initiator"), Value("")),
    "account": F("account__name"),
    "length": F("length_seconds"),
    "attendees": F("attendee_count"),
    "guests": F("guest_count"),
    "time_in_session": F("view_seconds"),
    "engaged_time": F("engaged_seconds"),
    "engagement": _ENGAGEMENT,
    "kaltura_unique_users": F("kaltura_unique_users"),
    "kaltura_participant_count": F("kaltura_participant_count"),
    "kaltura_engagement_rate": F("kaltura_engagement_rate"),
    "status": F("is_provisional"),  # see `_status`
}
_NEVER_NULL = {"start", "room", "main_room", "account", "status"}


@dataclass(frozen=True)
class SessionFilter:
    """What is wanted; a field that is left alone narrows nothing."""

    account_id: int | None = None
    from_at: datetime | None = None  # aware; sessions that start at it or later
    to_at: datetime | None = None  # aware; sessions that start before it
    entry_ids: tuple[str, ...] = ()  # rooms, by Kaltura's id
    course_id: int | None = None  # our key of the course: sessions in its rooms, with breakouts
    room_id: int | None = None
    event_id: int | None = None  # sessions tagged with this VirtualEvent
    with_breakouts: bool = True  # also those of the rooms asked for; False: main rooms alone
    only_breakouts: bool = False
    search: str = ""  # every word of it in the names of room or host, or an id;
    # of breakouts alone also in the name of who opened it
    host: str = ""  # every word of it in the host's name
    guests: str = ""  # "with" or "without": sessions that had guests, or had none
    least_attendees: int | None = None
    weekday: int | None = None  # 1 (Monday) to 7, and hour 0 to 23, of the start in `zone`
    hour: int | None = None
    zone: tzinfo = UTC
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
    which = _range(wanted) & _rooms(wanted) & _search(sessions, wanted) & _people(wanted)
    found = sessions.filter(which)
    found = _at_hours(found, wanted)
    if wanted.course_id is not None:
        found = found.in_course(wanted.course_id)
    if wanted.account_id is not None:
        found = found.filter(account_id=wanted.account_id)
    if wanted.event_id is not None:
        found = found.filter(event_tags__event=wanted.event_id)
    its_own = {"session": OuterRef("pk")}
    return (
        found.select_related("room__parent", "account", "main_session")
        .annotate(
            is_disputed=Exists(_disputed().filter(**its_own)),
            is_provisional=Exists(_provisional().filter(**its_own)),
        )
        .order_by(*_order(sessions, wanted.order))
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


def _search(sessions: RoomSessionQuerySet, wanted: SessionFilter) -> Q:
    names = ["room__name", "host_name"]
    if wanted.only_breakouts:
        names.append("initiator")
    condition = Q()
    for word in wanted.search.split():
        in_main_room = every_word(word, "room__parent__name") & is_seen(sessions, MAIN_ROOM)
        found = Q(cue_point_id=word) | Q(room__entry_id=word) | every_word(word, *names)
        condition &= found | in_main_room
    return condition


def _people(wanted: SessionFilter) -> Q:
    """Return the condition on host and attendees; what isn't known yet fits no number."""
    condition = every_word(wanted.host, "host_name")
    if wanted.guests:
        condition &= Q(guest_count__gt=0) if wanted.guests == "with" else Q(guest_count=0)
    if wanted.least_attendees is not None:
        condition &= Q(attendee_count__gte=wanted.least_attendees)
    return condition


def _at_hours(sessions: RoomSessionQuerySet, wanted: SessionFilter) -> RoomSessionQuerySet:
    """Return the sessions that start on the weekday and in the hour, in the zone.

    Where Kaltura never told the start, the stored one is a guess, and fits no hour.
    """
    if wanted.weekday is not None or wanted.hour is not None:
        sessions = sessions.filter(facts_asked_at__isnull=False)
    if wanted.weekday is not None:
        on = ExtractIsoWeekDay("started_at", tzinfo=wanted.zone)
        sessions = sessions.alias(weekday=on).filter(weekday=wanted.weekday)
    if wanted.hour is not None:
        at = ExtractHour("started_at", tzinfo=wanted.zone)
        sessions = sessions.alias(hour=at).filter(hour=wanted.hour)
    return sessions


def _order(sessions: RoomSessionQuerySet, order: str) -> list[OrderBy | str]:
    key = order.removeprefix("-")
    last = None if key in _NEVER_NULL else True
    by: Any = ORDERS[key]
    if key == "main_room":
        by = Coalesce(as_seen(sessions, "room__parent__name"), "room__name")
    elif key == "main_session":
        by = as_seen(sessions, "main_session__started_at")
    elif key == "status":
        by = _status()
    if order.startswith("-"):
        return [OrderBy(by, descending=True, nulls_last=last), "-pk"]
    return [OrderBy(by, nulls_last=last), "pk"]


def _status() -> Case:
    """Return the worst first, as `session_lines.SessionLine.status` has it.

    Both marks are looked up in a list of the few sessions that have them, which is made once; not
    found for each session by itself.
    """
    return Case(
        When(facts_asked_at__isnull=True, then=0),
        When(view_seconds__isnull=True, then=1),
        When(pk__in=_disputed().values("session"), then=2),
        When(length_seconds__isnull=True, then=3),
        When(pk__in=_provisional().values("session"), then=4),
        default=5,
        output_field=IntegerField(),
    )


def _disputed() -> QuerySet[SessionPart]:
    return SessionPart.objects.filter(check_result__in=DISPUTED)


def _provisional() -> QuerySet[SessionPart]:
    """Return the parts that were asked for before their figures had settled.

    By the part itself, not by its day: a run that asked for one room alone covers no day. By whole
    seconds, which is how tiles end, as SQLite is slow at adding to a time.
    """
    asked = UnixSeconds(Coalesce("attendees_asked_at", "asked_at"))
    settled = UnixSeconds("tile__end_at") + int(settling_time().total_seconds())
    return SessionPart.objects.alias(_asked=asked).filter(_asked__lt=settled)
