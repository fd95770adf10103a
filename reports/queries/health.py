"""What was noticed about the data: findings with their sessions, lines set aside, restatements,
and Kaltura's estimates against our counts.

For administrators: nothing here is narrowed to a viewer.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, F, Max, Q, QuerySet, Sum, Window
from django.db.models.functions import Abs, RowNumber

from reports.models import (
    Account,
    Attendance,
    Finding,
    FindingKind,
    Restatement,
    RoomSession,
    SessionPart,
    SetAsideLine,
)

CHUNK = 500  # rows that are read at once for a file
PEOPLE_NAMED = 5  # of the people of one day who have no user id
DISAGREEING = (FindingKind.MISMATCH, FindingKind.NO_ATTENDEES, FindingKind.NO_SESSION)
FINDING_ORDERS = {
    "day": "tile__start_at",
    "kind": "kind",
    "account": "account__name",
    "report": "report_id",
    "session": "cue_point_id",
    "count": "row_count",
    "noticed": "noticed_at",
}
LINE_ORDERS = {
    "day": "tile__start_at",
    "account": "tile__account__name",
    "report": "report_id",
    "line": "number",
    "reason": "reason",
    "text": "text",
}


class KindCount(NamedTuple):
    """What was noticed of one kind in one account."""

    kind: FindingKind
    account_id: int
    account_name: str
    has_api: bool  # Kaltura can be asked again
    rows: int  # lines, people or sessions that it is about
    days: int  # tiles in which it was noticed
    latest_at: datetime  # start of the latest one of them


class SessionName(NamedTuple):
    """Enough of a session for a link to it."""

    account_id: int
    cue_point_id: str
    room: str
    started_at: datetime | None  # None: Kaltura never gave the session's facts


@dataclass(frozen=True)
class FindingLine:
    """One finding with what it is about."""

    finding: Finding  # with account and tile
    session: SessionName | None
    part: SessionPart | None  # what the tile holds of the session
    people: tuple[str, ...] = ()  # some of those without a user id

    @property
    def engagement(self) -> float | None:
        """Σ engaged / Σ view of the attendee rows; None without any time."""
        part = self.part
        return part.engaged_seconds / part.view_seconds if part and part.view_seconds else None


@dataclass(frozen=True)
class RestatedSession:
    """A change after the figures had settled, with the session's name."""

    change: Restatement
    session: SessionName | None


class EstimateCheck(NamedTuple):
    """Kaltura's estimates of users against our counts, over the sessions of one UTC day each."""

    account_id: int
    account_name: str
    compared: int
    equal: int
    close: int  # not equal, and off by at most 5 % of our count
    largest: int  # difference, in people

    @property
    def further(self) -> int:
        """Sessions whose estimate is off by more than 5 %."""
        return self.compared - self.equal - self.close

    @property
    def within(self) -> float | None:
        """Share of the sessions whose estimate is off by at most 5 %."""
        return (self.equal + self.close) / self.compared if self.compared else None


def kind_counts(accounts: Iterable[Account]) -> list[KindCount]:
    """Return what was noticed by kind and account, in the order of the kinds. One query."""
    found = Finding.objects.filter(account__in=list(accounts)).order_by()
    grouped = found.values("kind", "account", "account__name", "account__sign_in").annotate(
        rows=Sum("row_count"), days=Count("tile", distinct=True), latest=Max("tile__start_at")
    )
    counts = [
        KindCount(
            FindingKind(row["kind"]),
            row["account"],
            row["account__name"],
            row["account__sign_in"] != "none",
            row["rows"],
            row["days"],
            row["latest"],
        )
        for row in grouped
    ]
    kinds = list(FindingKind)
    return sorted(counts, key=lambda count: (kinds.index(count.kind), count.account_name))


def findings(
    account: Account | None = None, kind: str = "", order: str = "-day"
) -> QuerySet[Finding]:
    """Return the findings, of one account or kind where they are given, in an order."""
    found = Finding.objects.select_related("account", "tile")
    if account is not None:
        found = found.filter(account=account)
    if kind:
        found = found.filter(kind=kind)
    return _ordered(found, FINDING_ORDERS, order)


def set_aside_lines(account: Account | None = None, order: str = "-day") -> QuerySet[SetAsideLine]:
    """Return the lines that could not be read, of one account or all, in an order."""
    found = SetAsideLine.objects.select_related("tile__account")
    if account is not None:
        found = found.filter(tile__account=account)
    return _ordered(found, LINE_ORDERS, order)


def _ordered(found: QuerySet[Any], orders: dict[str, str], order: str) -> QuerySet[Any]:
    """Return the rows in the order of that name; the latest day first where two are equal."""
    field = F(orders[order.removeprefix("-")])
    first = field.desc(nulls_last=True) if order.startswith("-") else field.asc(nulls_last=True)
    return found.order_by(first, "-tile__start_at", "pk")


def finding_lines(found: QuerySet[Finding] | Iterable[Finding]) -> list[FindingLine]:
    """Return findings of a page with what they are about. At most four queries."""
    rows = list(found)
    names = session_names((row.account_id, row.cue_point_id) for row in rows)
    parts = _parts(rows)
    people = _people(rows)
    return [
        FindingLine(
            row,
            names.get((row.account_id, row.cue_point_id)),
            parts.get((row.tile_id, row.cue_point_id)),
            people.get(row.tile_id, ()) if row.kind == FindingKind.PLACEHOLDER else (),
        )
        for row in rows
    ]


def every_finding_line(found: QuerySet[Finding]) -> Iterator[FindingLine]:
    """Yield findings for a file; they are read in chunks, in their order."""
    rows: list[Finding] = []
    for row in found.iterator(chunk_size=CHUNK):
        rows.append(row)
        if len(rows) == CHUNK:
            yield from finding_lines(rows)
            rows = []
    yield from finding_lines(rows)


def session_names(wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], SessionName]:
    """Return the names of those sessions (account, cue point) that are here. One query or none."""
    pairs = {pair for pair in wanted if pair[1]}
    if not pairs:
        return {}
    sessions = RoomSession.objects.filter(
        account__in={account_id for account_id, _ in pairs},
        cue_point_id__in={cue_point_id for _, cue_point_id in pairs},
    ).select_related("room")
    return {
        (it.account_id, it.cue_point_id): SessionName(
            it.account_id,
            it.cue_point_id,
            str(it.room),
            it.started_at if it.facts_asked_at else None,
        )
        for it in sessions
    }


def _parts(rows: list[Finding]) -> dict[tuple[int, str], SessionPart]:
    about = [row for row in rows if row.kind in DISAGREEING]
    if not about:
        return {}
    found = SessionPart.objects.filter(
        tile__in={row.tile_id for row in about},
        session__cue_point_id__in={row.cue_point_id for row in about},
    ).select_related("session")
    return {(part.tile_id, part.session.cue_point_id): part for part in found}


def _people(rows: list[Finding]) -> dict[int, tuple[str, ...]]:
    """Return some names of the people without a user id, by tile."""
    tiles = {row.tile_id for row in rows if row.kind == FindingKind.PLACEHOLDER}
    if not tiles:
        return {}
    found = (
        Attendance.objects.filter(tile__in=tiles, person__is_placeholder=True)
        .annotate(
            number=Window(RowNumber(), partition_by="tile", order_by=["person__name", "person_id"])
        )
        .filter(number__lte=PEOPLE_NAMED)
        .order_by("tile", "number")
        .values_list("tile", "person__name", "person__user_id")
    )
    people: dict[int, tuple[str, ...]] = {}
    for tile_id, name, user_id in found:
        people[tile_id] = (*people.get(tile_id, ()), name or user_id or "?")
    return people


def restatements(accounts: Iterable[Account], limit: int) -> tuple[list[RestatedSession], int]:
    """Return the latest changes after figures had settled, and how many there are. Three queries."""
    found = Restatement.objects.filter(account__in=list(accounts))
    changes = list(found.select_related("account", "tile").order_by("-noticed_at", "-pk")[:limit])
    names = session_names((change.account_id, change.cue_point_id) for change in changes)
    rows = [
        RestatedSession(change, names.get((change.account_id, change.cue_point_id)))
        for change in changes
    ]
    return rows, len(rows) if len(rows) < limit else found.count()


def estimate_checks(accounts: Iterable[Account]) -> list[EstimateCheck]:
    """Return how Kaltura's estimates of users compare with our counts, by account. One query.

    Only sessions within one UTC day: over several days estimates don't add up. Those with unknown
    attendance are left out.
    """
    off = Abs(F("kaltura_unique_users") - F("attendee_count"))
    found = (
        RoomSession.objects.filter(
            account__in=list(accounts),
            kaltura_unique_users__isnull=False,
            attendee_count__isnull=False,
        )
        .annotate(off=off)
        .order_by()
        .values("account", "account__name")
        .annotate(
            compared=Count("pk"),
            equal=Count("pk", filter=Q(off=0)),
            close=Count("pk", filter=Q(off__gt=0, attendee_count__gte=F("off") * 20)),
            largest=Max("off"),
        )
    )
    return [
        EstimateCheck(*row)
        for row in found.order_by("account__name").values_list(
            "account", "account__name", "compared", "equal", "close", "largest"
        )
    ]
