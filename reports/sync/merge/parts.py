"""What the tile holds of each session; and what changed after its figures had settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Sum
from django.utils import timezone

from reports.kaltura import ATTENDEES, BREAKOUTS
from reports.models import Attendance, PartCheck, Restatement, RoomSession, SessionPart
from reports.sync.answers import NO_ATTENDEES, OK
from reports.sync.merge.rows import add_rows, update_rows

if TYPE_CHECKING:
    from reports.sync.merge.tile import Merge

PART_FIELDS = sorted(
    {field.name for field in SessionPart._meta.concrete_fields} - {"id", "session", "tile"}
)


def write_parts(merge: Merge, sessions: dict[str, RoomSession]) -> set[int]:
    """Write the session parts of the tile and return the ids of all sessions it touches."""
    stored = {part.session_id: part for part in SessionPart.objects.filter(tile=merge.tile)}
    before = {pk: _figures(part) for pk, part in stored.items() if part.attendees_asked_at}
    sums = _sums_by_session(merge)
    parts = dict(stored)
    for cue, session in sessions.items():
        part = stored.get(session.pk) or SessionPart(session=session, tile=merge.tile)
        _fill(merge, part, cue, sums.get(session.pk, (0, 0, 0)))
        parts[session.pk] = part
    parts |= _empty_parts(merge, parts)
    vanished = _vanished(merge, stored, sessions)
    _save(parts, vanished)
    _note_restatements(merge, before, parts, vanished)
    _remove_sessions_without_parts(vanished)
    return set(parts)


def _sums_by_session(merge: Merge) -> dict[int, tuple[int, int, int]]:
    rows = (
        Attendance.objects.filter(tile=merge.tile)
        .values_list("session_id")
        .annotate(Count("pk"), Sum("view_seconds"), Sum("engaged_seconds"))
    )
    return {pk: (count, view, engaged) for pk, count, view, engaged in rows}


def _fill(merge: Merge, part: SessionPart, cue: str, sums: tuple[int, int, int]) -> None:
    data = merge.data
    part.asked_at = data.asked_at
    facts, breakout = data.sessions.get(cue), data.breakouts.get(cue)
    if facts:
        part.kaltura_unique_users = facts.unique_users
        part.kaltura_engaged_ratio = facts.engaged_ratio
    if breakout or data.answered(BREAKOUTS):
        part.kaltura_participant_count = breakout.participant_count if breakout else None
        part.kaltura_engagement_rate = breakout.engagement_rate if breakout else None
    if not data.answered(ATTENDEES):
        return
    part.attendee_count, part.view_seconds, part.engaged_seconds = sums
    part.check_result = PartCheck(data.checks.get(cue, PartCheck.UNCHECKED))
    if _has_all_attendees(merge, cue):
        part.attendees_asked_at = data.asked_at
    elif not merge.is_filtered:
        part.attendees_asked_at = None


def _has_all_attendees(merge: Merge, cue: str) -> bool:
    if cue in merge.data.cut_sessions or merge.data.checks.get(cue) == NO_ATTENDEES:
        return False  # Kaltura knows of people there: unknown, not nobody
    if merge.data.checks.get(cue) == OK:
        return True
    by_event = merge.is_filtered and not merge.data.entry_ids
    return not merge.data.is_cut and not by_event


def _empty_parts(merge: Merge, parts: dict[int, SessionPart]) -> dict[int, SessionPart]:
    """Return parts that say "asked, nobody there", for sessions of a run filtered by rooms.

    An unfiltered run needs none: its answer for the tile says so already.
    """
    if not merge.data.entry_ids or not merge.data.answered(ATTENDEES) or merge.data.is_cut:
        return {}
    silent = (
        RoomSession.objects.filter(
            account=merge.account,
            room__entry_id__in=merge.data.entry_ids,
            started_at__lt=merge.tile.end_at,
            ended_at__gte=merge.tile.start_at,
        )
        .exclude(pk__in=parts)
        .values_list("pk", flat=True)
    )
    asked = merge.data.asked_at
    return {
        pk: SessionPart(
            session_id=pk,
            tile=merge.tile,
            asked_at=asked,
            attendees_asked_at=asked,
            check_result=PartCheck.OK,
        )
        for pk in silent
    }


def _vanished(
    merge: Merge, stored: dict[int, SessionPart], sessions: dict[str, RoomSession]
) -> dict[int, SessionPart]:
    if not merge.replaces_sessions:
        return {}
    present = {session.pk for session in sessions.values()}
    return {pk: part for pk, part in stored.items() if pk not in present}


def _save(parts: dict[int, SessionPart], vanished: dict[int, SessionPart]) -> None:
    SessionPart.objects.filter(pk__in=[part.pk for part in vanished.values()]).delete()
    kept = [part for pk, part in parts.items() if pk not in vanished]
    add_rows([part for part in kept if part.pk is None])
    update_rows([part for part in kept if part.pk is not None], PART_FIELDS)


def _figures(part: SessionPart) -> tuple[int, int, int]:
    return (part.attendee_count, part.view_seconds, part.engaged_seconds)


def _note_restatements(
    merge: Merge,
    before: dict[int, tuple[int, int, int]],
    parts: dict[int, SessionPart],
    vanished: dict[int, SessionPart],
) -> None:
    """Record what changed after the tile's figures had settled."""
    if not merge.settled_before or not merge.data.answered(ATTENDEES):
        return
    nothing = (0, 0, 0)
    after = {pk: nothing if pk in vanished else _figures(part) for pk, part in parts.items()}
    changed = {pk for pk, figures in after.items() if before.get(pk, nothing) != figures}
    cues = dict(RoomSession.objects.filter(pk__in=changed).values_list("pk", "cue_point_id"))
    rows, now = [], timezone.now()
    for pk in sorted(changed):
        row = Restatement(
            account=merge.account,
            tile=merge.tile,
            run=merge.run,
            cue_point_id=cues[pk],
            noticed_at=now,
        )
        (row.attendees_before, row.view_seconds_before, row.engaged_seconds_before) = before.get(
            pk, nothing
        )
        (row.attendees_after, row.view_seconds_after, row.engaged_seconds_after) = after[pk]
        rows.append(row)
    add_rows(rows)
    merge.tile.is_changed_late = merge.tile.is_changed_late or bool(rows)


def _remove_sessions_without_parts(vanished: dict[int, SessionPart]) -> None:
    """A session that Kaltura has withdrawn from every tile is gone; restatements tell of it."""
    RoomSession.objects.filter(pk__in=vanished.keys(), parts__isnull=True).delete()
