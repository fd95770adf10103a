"""Where one session's figures come from: the days that were asked for, uploads, later changes.

Source of truth: `SessionPart` for what a tile holds of the session, `Tile` for what was asked.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, FilteredRelation, OuterRef, Q, Subquery
from django.utils import timezone

from reports.models import Finding, PartCheck, Restatement, RoomSession, SetAsideLine, Tile
from reports.models.tile import settling_time

DAY = timedelta(days=1)
MOST_DAYS = 40  # that are listed of a session which somebody closed after months

_TILE = (
    *("pk", "start_at", "end_at", "upload_id"),
    *("asked_at", "removed_at", "is_cut", "finding_count"),
)
_FIGURES = ("attendee_count", "view_seconds", "engaged_seconds")
_PART = tuple(
    f"part__{name}" for name in ("asked_at", "attendees_asked_at", "check_result", *_FIGURES)
)


class SessionDay(NamedTuple):
    """A UTC day that the session reaches over, and what Kaltura gave of the session for it.

    Of an upload, the whole range of its files.
    """

    start_at: datetime
    end_at: datetime
    is_upload: bool  # then "asked" means uploaded
    settles_at: datetime  # what is asked from then on doesn't change any more
    asked_at: datetime | None  # None: never asked
    is_covered: bool  # Kaltura was asked for the whole day, not for some rooms alone
    is_removed: bool  # what was fetched of it is gone: it had been kept long enough
    is_cut: bool  # of this day Kaltura has more than it gave
    has_part: bool  # something of the session is in this day
    attendee_count: int | None  # people in this day, with the two below None while not whole
    view_seconds: int | None
    engaged_seconds: int | None
    check: PartCheck | None  # None: nothing of the session was there to be compared
    findings: dict[str, int]  # about this session: FindingKind -> how many
    day_findings: int  # about anything in the day, these included
    set_aside: int  # lines of the day's answers that could not be read

    @property
    def is_lacking(self) -> bool:
        """True when something of the session in this day is not here, as far as can be known."""
        return self.asked_at is None or self.is_removed or self.is_cut

    @property
    def is_provisional(self) -> bool:
        """True when it was asked before the figures had settled."""
        return self.asked_at is not None and self.asked_at < self.settles_at


class Restated(NamedTuple):
    """A change of the session's figures in one UTC day, after they had settled."""

    day_start_at: datetime
    noticed_at: datetime
    attendees_before: int
    attendees_after: int
    view_seconds_before: int
    view_seconds_after: int
    engaged_seconds_before: int
    engaged_seconds_after: int


def session_days(session: RoomSession) -> list[SessionDay]:
    """Return the UTC days of the session up to now, and its uploads, by start. Two queries.

    Days from its start to its end, asked or not, and every other one in which something was found.
    """
    findings: defaultdict[int, Counter[str]] = defaultdict(Counter)
    noticed = Finding.objects.filter(
        account=session.account_id, cue_point_id=session.cue_point_id
    ).values_list("tile_id", "kind", "row_count")
    for tile_id, kind, count in noticed:
        findings[tile_id][kind] += count
    expected = set(_expected(session))
    asked = [_day(row, dict(findings[row["pk"]])) for row in _tiles(session)]
    asked = [day for day in asked if day.has_part or day.start_at in expected]
    there = {day.start_at for day in asked if not day.is_upload}
    missing = [at for at in expected - there if not any(_holds(day, at) for day in asked)]
    return sorted([*asked, *map(_unasked, missing)], key=lambda day: (day.start_at, day.end_at))


def asked_between(days: list[SessionDay], *, uploads: bool) -> tuple[datetime, datetime] | None:
    """Return when the first and the latest of the days were asked for, or uploaded; None: never."""
    asked = [day.asked_at for day in days if day.asked_at and day.is_upload is uploads]
    return (min(asked), max(asked)) if asked else None


def restatements_of(session: RoomSession) -> list[Restated]:
    """Return what changed after it had settled, the newest first. One query."""
    found = Restatement.objects.filter(
        account=session.account_id, cue_point_id=session.cue_point_id
    ).order_by("-noticed_at", "-pk")
    fields = Restated._fields[1:]
    return [Restated(*row) for row in found.values_list("tile__start_at", *fields)]


def _holds(day: SessionDay, at: datetime) -> bool:
    """Return whether an upload reaches into the day of this midnight."""
    return day.is_upload and day.start_at < at + DAY and day.end_at > at


def _expected(session: RoomSession) -> Iterator[datetime]:
    """Yield the midnights of the days that the session reaches over; none of a guessed start."""
    if session.facts_asked_at is None:
        return
    day = session.started_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    until = min(max(session.ended_at, session.started_at + timedelta(seconds=1)), timezone.now())
    for _ in range(MOST_DAYS):
        if day >= until:
            return
        yield day
        day += DAY


def _tiles(session: RoomSession) -> Iterable[dict[str, Any]]:
    """Return the tiles over the session's time, and those in which something of it was found."""
    set_aside = (
        SetAsideLine.objects.filter(tile=OuterRef("pk"))
        .order_by()
        .values("tile")
        .annotate(n=Count("pk"))
    )
    with_part = Q(pk__in=session.parts.values("tile"))
    over_it = Q(start_at__lte=session.ended_at, end_at__gt=session.started_at, upload=None)
    found: Iterable[dict[str, Any]] = (
        Tile.every.filter(with_part | over_it, account=session.account_id)
        .alias(part=FilteredRelation("parts", condition=Q(parts__session=session.pk)))
        .annotate(set_aside=Subquery(set_aside.values("n")))
        .order_by("start_at")
        .values(*_TILE, *_PART, "set_aside")
    )
    return found


def _unasked(start_at: datetime) -> SessionDay:
    return SessionDay(
        start_at=start_at,
        end_at=start_at + DAY,
        is_upload=False,
        settles_at=start_at + DAY + settling_time(),
        asked_at=None,
        is_covered=False,
        is_removed=False,
        is_cut=False,
        has_part=False,
        attendee_count=None,
        view_seconds=None,
        engaged_seconds=None,
        check=None,
        findings={},
        day_findings=0,
        set_aside=0,
    )


def _day(row: dict[str, Any], findings: dict[str, int]) -> SessionDay:
    has_part = row["part__asked_at"] is not None
    is_covered = row["asked_at"] is not None and row["removed_at"] is None
    is_whole = row["part__attendees_asked_at"] is not None
    figures = {name: row[f"part__{name}"] if is_whole else None for name in _FIGURES}
    if not has_part and is_covered and not row["is_cut"]:
        figures = dict.fromkeys(_FIGURES, 0)  # everybody was asked for, and nobody was there
    asked_at = row["part__attendees_asked_at"] or row["part__asked_at"] or row["asked_at"]
    return SessionDay(
        start_at=row["start_at"],
        end_at=row["end_at"],
        is_upload=row["upload_id"] is not None,
        settles_at=row["end_at"] + settling_time(),
        asked_at=asked_at if has_part or is_covered else None,
        is_covered=is_covered,
        is_removed=row["removed_at"] is not None,
        is_cut=row["is_cut"],
        has_part=has_part,
        **figures,
        check=PartCheck(row["part__check_result"]) if has_part else None,
        findings=findings,
        day_findings=row["finding_count"],
        set_aside=row["set_aside"] or 0,
    )
