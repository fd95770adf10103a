"""What a merge has to know of uploads: their figures never stand beside a sync's of the same hours.

An upload's file is one sum over its whole range and can't be taken apart. So a session has either
the upload's figures or those of synced days for the same hours, and a sync's win. What is left adds
up: parts are over disjoint spans of whole hours.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Q

from reports.kaltura import ATTENDEES
from reports.models import Attendance, GivenWay, RoomSession, Run, SessionPart, Tile
from reports.sync.spans import DAY, as_unix

if TYPE_CHECKING:
    from reports.sync.merge.tile import Merge

CHUNK = 500


def uploads_give_way(merge: Merge) -> set[int]:
    """Drop what uploads hold of the sessions that this tile has attendees of, and return those.

    That a session gave way is written down: the run goes on until it is whole again.
    """
    spans = Tile.every.filter(account=merge.account, upload__isnull=False).overlapping(
        merge.tile.start_at, merge.tile.end_at
    )
    tiles = dict(spans.values_list("pk", "upload_id"))
    if not tiles:
        return set()
    synced = Attendance.objects.filter(tile=merge.tile).values("session_id")
    pairs = SessionPart.objects.filter(tile__in=tiles, session__in=synced)
    by_tile: dict[int, list[int]] = {}
    for tile_id, session_id in pairs.values_list("tile_id", "session_id"):
        by_tile.setdefault(tile_id, []).append(session_id)
    for tile_id, sessions in by_tile.items():
        GivenWay.objects.bulk_create(
            [GivenWay(upload_id=tiles[tile_id], session_id=pk) for pk in sessions],
            ignore_conflicts=True,
            batch_size=CHUNK,
        )
        drop_parts([tile_id], sessions)
    return {pk for sessions in by_tile.values() for pk in sessions}


def drop_parts(tile_ids: Iterable[int], session_ids: Iterable[int]) -> None:
    """Delete what these tiles of uploads hold of these sessions; the sessions themselves stay."""
    tiles, sessions = list(tile_ids), sorted(session_ids)
    for first in range(0, len(sessions), CHUNK):
        of = {"tile__in": tiles, "session__in": sessions[first : first + CHUNK]}
        Attendance.objects.filter(**of).delete()
        SessionPart.objects.filter(**of).delete()


def sessions_that_gave_way(run: Run) -> list[RoomSession]:
    """Return the sessions that the run took out of uploads and that may reach outside of its tiles."""
    unsure = Q(view_seconds__isnull=True) | Q(outside_checked_at__isnull=True)
    found = RoomSession.objects.filter(
        unsure,
        account=run.account_id,
        given_way__isnull=False,
        parts__tile__in=run.run_tiles.values("tile"),
    )
    return list(found.distinct().select_related("room"))


def covering_spans(account_id: int, first: int, last: int) -> list[tuple[int, int]]:
    """Return the spans (unix) of uploads in which who isn't there wasn't there, near these moments."""
    found = Tile.every.covered().filter(
        account=account_id,
        upload__isnull=False,
        is_cut=False,
        answers__report_id=ATTENDEES,
        answers__set_aside_count=0,
    )
    return [
        (as_unix(start), as_unix(end))
        for start, end in found.values_list("start_at", "end_at")
        if as_unix(end) >= first and as_unix(start) <= last
    ]


def is_whole_with_uploads(
    session: RoomSession, parts: list[SessionPart], asked: set[int], covered: list[tuple[int, int]]
) -> bool:
    """Return whether a session with figures out of uploads has all of them.

    It has to lie inside of what is covered without touching an edge: what touches one may go on
    beyond it. A session without an end may go on for ever.
    """
    if session.facts_asked_at is None or session.is_open:
        return False
    spans = [(day, day + DAY) for day in asked] + covered
    whole = [part for part in parts if part.attendees_asked_at is not None]
    uploaded = [_span(part) for part in whole if part.tile.upload_id is not None]
    for part in parts:
        if part not in whole and not _overlaps(_span(part), uploaded):
            return False
        # Else it has nobody in it: two parts of the same hours never both have rows.
    spans += [_span(part) for part in whole]
    return lies_inside(as_unix(session.started_at), as_unix(session.ended_at), spans)


def lies_inside(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    """Return whether the moments lie inside one stretch of the spans, and at neither of its ends.

    All in unix seconds; spans are half-open and may overlap or touch.
    """
    reached: int | None = None
    for first, last in sorted(spans):
        if reached is None or first > reached:
            if first >= start:
                return False  # nothing covers what is just before the start
            reached = last
        reached = max(reached, last)
        if reached > end:
            return True
    return False


def _span(part: SessionPart) -> tuple[int, int]:
    return as_unix(part.tile.start_at), as_unix(part.tile.end_at)


def _overlaps(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(first < span[1] and span[0] < last for first, last in others)
