"""The sums that list pages read: written only when every attendee row of the session is here.

A session is whole when 6001 was asked for each tile between its start and its end, and, if its end
isn't known, when it was also asked whether anything lies outside of its tiles. NULL till then: what
isn't known must not look like 0.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from reports.kaltura import ATTENDEES
from reports.models import Account, Attendance, RoomSession, SessionPart, Tile, TileAnswer
from reports.sync.merge.rows import update_rows
from reports.sync.merge.uploads import covering_spans, is_whole_with_uploads
from reports.sync.spans import as_unix, days_between

SUMS = ["attendee_count", "guest_count", "view_seconds", "engaged_seconds"]
ESTIMATES = ["kaltura_unique_users", "kaltura_participant_count", "kaltura_engagement_rate"]
CHUNK = 500


def rewrite_sums(account: Account, session_ids: Iterable[int]) -> None:
    """Bring the stored sums and estimates of these sessions up to date."""
    ids = sorted(session_ids)
    for first in range(0, len(ids), CHUNK):
        _rewrite(account, ids[first : first + CHUNK])


def sessions_waiting_for(tile: Tile) -> set[int]:
    """Return the sessions that reach over the tile and are not whole yet, rows in it or none."""
    waiting = RoomSession.objects.filter(
        account=tile.account_id,
        started_at__lte=tile.end_at,
        ended_at__gte=tile.start_at,
        view_seconds__isnull=True,
    )
    return set(waiting.values_list("pk", flat=True))


def _rewrite(account: Account, ids: list[int]) -> None:
    sessions = list(RoomSession.objects.filter(pk__in=ids))
    parts = _parts(ids)
    # Sums stay when retention has removed the rows that they were made of.
    sessions = [it for it in sessions if not any(p.tile.removed_at for p in parts[it.pk])]
    sums = _sums(ids)
    asked = asked_days(account, sessions)
    uploaded = {pk for pk, own in parts.items() if any(part.tile.upload_id for part in own)}
    covered = _covered_by_uploads(account, [s for s in sessions if s.pk in uploaded])
    changed = []
    for session in sessions:
        before = [getattr(session, name) for name in (*SUMS, *ESTIMATES)]
        own = parts[session.pk]
        whole = (
            is_whole_with_uploads(session, own, asked, covered)
            if session.pk in uploaded
            else is_whole(session, own, asked)
        )
        for name in SUMS:
            setattr(session, name, sums.get(session.pk, {}).get(name, 0) if whole else None)
        for name in ESTIMATES:
            setattr(session, name, _estimate(own, name))
        if before != [getattr(session, name) for name in (*SUMS, *ESTIMATES)]:
            changed.append(session)
    update_rows(changed, [*SUMS, *ESTIMATES])


def _parts(ids: list[int]) -> defaultdict[int, list[SessionPart]]:
    """Return the parts by session, with their tiles: a handful, each read once."""
    found = list(SessionPart.objects.filter(session__in=ids))
    tiles = Tile.every.in_bulk({part.tile_id for part in found})
    parts: defaultdict[int, list[SessionPart]] = defaultdict(list)
    for part in found:
        part.tile = tiles[part.tile_id]
        parts[part.session_id].append(part)
    return parts


def _sums(ids: list[int]) -> dict[int, dict[str, Any]]:
    rows = (
        Attendance.objects.filter(session__in=ids)
        .values("session_id")
        .annotate(
            attendee_count=Count("person", distinct=True),
            known_count=Count("person", distinct=True, filter=~Q(user_type="Guest")),
            view_sum=Sum("view_seconds"),
            engaged_sum=Sum("engaged_seconds"),
        )
    )
    return {
        row["session_id"]: {
            "attendee_count": row["attendee_count"],
            # Who came with an account and as a guest is no guest, as in the list of attendees.
            "guest_count": row["attendee_count"] - row["known_count"],
            "view_seconds": row["view_sum"],
            "engaged_seconds": row["engaged_sum"],
        }
        for row in rows
    }


def _covered_by_uploads(account: Account, sessions: list[RoomSession]) -> list[tuple[int, int]]:
    if not sessions:
        return []
    first = min(as_unix(session.started_at) for session in sessions)
    return covering_spans(account.pk, first, max(as_unix(s.ended_at) for s in sessions))


def asked_days(account: Account, sessions: list[RoomSession]) -> set[int]:
    """Return the starts (unix) of the tiles near these sessions whose 6001 was asked unfiltered."""
    if not sessions:
        return set()
    first = min(session.started_at for session in sessions)
    last = max(max(session.ended_at, session.started_at) for session in sessions)
    answers = TileAnswer.objects.filter(
        report_id=ATTENDEES,
        is_cut=False,
        tile__account=account,
        tile__upload__isnull=True,
        tile__end_at__gte=first,
        tile__start_at__lte=last,
    )
    return {as_unix(at) for at in answers.values_list("tile__start_at", flat=True)}


def is_whole(session: RoomSession, parts: list[SessionPart], asked: set[int]) -> bool:
    """Return whether every attendee row of the session is stored."""
    if session.facts_asked_at is None:
        return False
    if session.is_open and session.outside_checked_at is None:
        return False
    if any(part.attendees_asked_at is None for part in parts):
        return False
    with_part = {as_unix(part.tile.start_at) for part in parts}
    return needed_days(session, timezone.now()) <= asked | with_part


def needed_days(session: RoomSession, now: datetime) -> set[int]:
    """Return the starts (unix) of the tiles that a session reaches over, up to now.

    With the one that begins as it ends: whoever was seen in its last second is counted there.
    """
    until = min(max(session.ended_at, session.started_at), now)
    return {day.start for day in days_between(as_unix(session.started_at), as_unix(until) + 1)}


def _estimate(parts: list[SessionPart], name: str) -> Any:
    """Return Kaltura's figure of a session in a single tile; over several it says nothing."""
    with_people = [part for part in parts if part.view_seconds or getattr(part, name) is not None]
    return getattr(with_people[0], name) if len(with_people) == 1 else None
