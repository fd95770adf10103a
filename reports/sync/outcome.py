"""How a run ended: its counts, and sentences that say exactly what is missing."""

from collections import Counter
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from reports.models import (
    Attendance,
    Finding,
    FindingKind,
    PartCheck,
    Run,
    RunState,
    RunTile,
    SessionPart,
    TileState,
)
from reports.sync.plan import sessions_of_run

DISAGREEING = {
    FindingKind.MISMATCH: "disagree on engagement between Kaltura's two reports",
    FindingKind.NO_ATTENDEES: "are in the room report but have no attendee rows",
    FindingKind.NO_SESSION: "have attendee rows but are not in the room report",
}
NAMED_AT_MOST = 5  # ids written out in a sentence


def finish_run(run: Run, hopeless: str, unchecked: str, *, fence: int | None = None) -> Run:
    """Write down how the run ended and return it.

    `hopeless` is why the rest could not be asked; `unchecked` why it isn't known whether sessions
    reach outside of the tiles; `fence` that of who closes it. A run that is finished, cancelled or
    closed by somebody else stays as it is.
    """
    gaps = list(_gaps(run, unchecked))
    if hopeless or _nothing_worked(run):
        state = RunState.FAILED
    else:
        state = RunState.GAPS if gaps else RunState.DONE
    with transaction.atomic():
        locked = Run.objects.select_for_update().get(pk=run.pk)
        if locked.is_finished or fence not in (None, locked.fence):
            return locked
        _count(locked)
        locked.state, locked.gaps, locked.error = state, gaps, hopeless or _first_error(run, state)
        locked.finished_at = locked.heartbeat_at = timezone.now()
        locked.lease_owner, locked.lease_until = "", None
        locked.save()
    return locked


def _nothing_worked(run: Run) -> bool:
    states = set(run.run_tiles.values_list("state", flat=True))
    return states == {TileState.FAILED}


def _first_error(run: Run, state: str) -> str:
    if state != RunState.FAILED:
        return ""
    failed = run.run_tiles.filter(state=TileState.FAILED)
    return failed.values_list("error", flat=True).first() or ""


def _count(run: Run) -> None:
    sessions = sessions_of_run(run)
    ids = [session.pk for session in sessions]
    run.session_count = len(sessions)
    run.breakout_count = sum(session.room.is_breakout for session in sessions)
    run.attendance_count = sum(
        Attendance.objects.filter(session__in=ids[first : first + 5000])
        .values("session", "person")
        .distinct()
        .count()
        for first in range(0, len(ids), 5000)
    )
    run.finding_count = _findings(run).aggregate(rows=Sum("row_count"))["rows"] or 0


def _findings(run: Run) -> QuerySet[Finding]:
    return Finding.objects.filter(tile__in=run.run_tiles.values("tile"))


def _gaps(run: Run, unchecked: str) -> Iterable[str]:
    yield from _gaps_of_tiles(run)
    findings = _findings(run)
    for kind, sentence in DISAGREEING.items():
        cues = sorted(set(findings.filter(kind=kind).values_list("cue_point_id", flat=True)))
        if cues:
            yield f"{_some(len(cues), 'session')} {sentence}: {_named(cues)}."
    unread = sum(
        int(detail.get("unread", 0))
        for detail in findings.filter(kind=FindingKind.SET_ASIDE).values_list("detail", flat=True)
    )
    if unread:
        yield f"{_some(unread, 'line')} could not be read, even when asked for again."
    uncompared = SessionPart.objects.filter(
        tile__in=run.run_tiles.values("tile"),
        check_result=PartCheck.UNCHECKED,
        attendees_asked_at__isnull=False,
    )
    cues = sorted(set(uncompared.values_list("session__cue_point_id", flat=True)))
    if cues and run.asks_attendees:
        yield f"{_some(len(cues), 'session')} could not be checked: {_named(cues)}."
    if unchecked:
        yield f"It is not known whether sessions go on outside of the days asked for: {unchecked}"
    if run.asks_attendees:
        unknown = [s.cue_point_id for s in sessions_of_run(run) if not s.is_whole]
        if unknown:
            yield (
                f"{_some(len(unknown), 'session')} without attendance figures yet: "
                f"{_named(sorted(unknown))}."
            )


def _gaps_of_tiles(run: Run) -> Iterable[str]:
    tiles = run.run_tiles.select_related("tile").order_by("tile__start_at")
    failed = tiles.filter(state=TileState.FAILED)
    yield from _by_sentence(failed, "could not be asked")
    missing = tiles.filter(~Q(error=""), state=TileState.DONE)
    yield from _by_sentence(missing, "miss a report")
    cut = [str(row.tile) for row in tiles.filter(tile__is_cut=True)]
    if cut:
        yield f"Kaltura has more than it would give for {_named(cut)}."
    waiting = tiles.filter(state=TileState.WAITING).count()
    if waiting:
        yield f"{_some(waiting, 'day')} not asked yet."


def _by_sentence(rows: Iterable[RunTile], what: str) -> Iterable[str]:
    days: dict[str, list[str]] = {}
    for row in rows:
        days.setdefault(row.error, []).append(str(row.tile))
    for error, names in days.items():
        yield f"{_some(len(names), 'day')} {what} ({_named(names)}): {error}"


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _named(names: list[str]) -> str:
    more = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def findings_by_kind(run: Run) -> Counter[str]:
    """Return the number of rows of each kind of finding in the run's tiles."""
    counts: Counter[str] = Counter()
    for kind, rows in _findings(run).values_list("kind", "row_count"):
        counts[kind] += rows
    return counts
