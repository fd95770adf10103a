"""Adds report rows up into a `TileData`, and notices what is odd about them."""

from collections import Counter
from collections.abc import Iterable

from reports.kaltura import ATTENDEES, SESSIONS, AttendeeRow, BreakoutRow, SessionRow
from reports.sync.answers import (
    DISAGREEING,
    AttendanceSum,
    BreakoutFacts,
    Noticed,
    SessionFacts,
    TileData,
)
from reports.sync.people import is_placeholder_id, person_key
from reports.sync.spans import DAY, as_unix


def storable(text: str | None) -> str | None:
    """Return the text without NUL characters, which PostgreSQL can't keep."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}") if text else text


def fold_sessions(
    data: TileData, rows: Iterable[SessionRow], *, replacing: bool = False
) -> dict[str, SessionRow]:
    """Add 6000's rows to the tile and return them by session.

    A session that was in an earlier piece already keeps its facts but loses Kaltura's estimates:
    they don't add up over spans. `replacing` is for the same span asked again.
    """
    found: dict[str, SessionRow] = {}
    for row in rows:
        if row.cue_point_id in found:
            data.noticed.append(Noticed("repeated_key", SESSIONS, row.cue_point_id))
        in_other_piece = row.cue_point_id in data.sessions and row.cue_point_id not in found
        if in_other_piece and not replacing:
            data.split_sessions.add(row.cue_point_id)
        found[row.cue_point_id] = row
        facts = _session_facts(row)
        if row.cue_point_id in data.split_sessions:
            facts.unique_users = facts.engaged_ratio = None
        data.sessions[row.cue_point_id] = facts
    return found


def _session_facts(row: SessionRow) -> SessionFacts:
    return SessionFacts(
        cue_point_id=row.cue_point_id,
        entry_id=row.entry_id,
        entry_name=storable(row.entry_name),
        parent_entry_id=row.parent_entry_id or "",
        start_unix=row.start_unix,
        end_unix=row.end_unix,
        host_name=storable(row.host_name),
        unique_users=row.unique_users,
        engaged_ratio=row.engaged_ratio,
    )


def fold_breakouts(data: TileData, rows: Iterable[BreakoutRow]) -> None:
    """Add 6002's rows to the tile; estimates are dropped where pieces would have to be added."""
    for row in rows:
        again = row.cue_point_id in data.breakouts
        data.breakouts[row.cue_point_id] = BreakoutFacts(
            cue_point_id=row.cue_point_id,
            parent_entry_id=row.parent_entry_id,
            parent_entry_name=storable(row.parent_entry_name),
            entry_id=row.breakout_entry_id,
            entry_name=storable(row.breakout_entry_name),
            initiator=storable(row.initiator),
            start_unix=row.start_unix,
            end_unix=row.end_unix,
            participant_count=None if again else row.participant_count,
            engagement_rate=None if again else row.engagement_rate,
        )


def sessions_with_repeats(rows: Iterable[AttendeeRow]) -> set[str]:
    """Return the sessions in which one answer names the same person twice.

    Seldom rightly so (ids that differ in a comma only); a row that was sent twice by mistake would
    count double, and the completeness check can't always tell.
    """
    seen: set[tuple[str | None, ...]] = set()
    repeated = set()
    for row in rows:
        if row.user_name is None and is_placeholder_id(row.user_id):
            continue  # nameless strangers look alike without being the same
        key: tuple[str | None, ...] = (row.cue_point_id, row.user_id)
        if is_placeholder_id(row.user_id):
            key = (*key, row.user_name, row.user_email)
        if key in seen:
            repeated.add(row.cue_point_id)
        seen.add(key)
    return repeated


def fold_attendees(data: TileData, rows: Iterable[AttendeeRow]) -> None:
    """Add 6001's rows of one span to the tile: seconds are summed by session and person."""
    in_this_span: set[tuple[str, str]] = set()
    nameless: Counter[tuple[str, str]] = Counter()
    for row in rows:
        name, email = storable(row.user_name), storable(row.user_email)
        user_id = storable(row.user_id) or ""
        ordinal = 0
        if name is None and is_placeholder_id(user_id):
            nameless[row.cue_point_id, user_id] += 1
            ordinal = nameless[row.cue_point_id, user_id]
        key = (
            row.cue_point_id,
            person_key(row.cue_point_id, user_id, name, email, ordinal),
        )
        if key in in_this_span:
            data.noticed.append(Noticed("repeated_key", ATTENDEES, row.cue_point_id))
        in_this_span.add(key)
        _add_attendance(data, key, row)


def _add_attendance(data: TileData, key: tuple[str, str], row: AttendeeRow) -> None:
    known = data.attendances.get(key)
    if known is None:
        data.attendances[key] = AttendanceSum(
            cue_point_id=row.cue_point_id,
            entry_id=row.entry_id,
            user_id=storable(row.user_id) or "",
            name=storable(row.user_name),
            email=storable(row.user_email),
            user_type=(storable(row.user_type) or "")[:20],
            view_seconds=row.view_seconds,
            engaged_seconds=row.engaged_seconds,
        )
        return
    known.view_seconds += row.view_seconds
    known.engaged_seconds += row.engaged_seconds
    known.name = known.name if known.name is not None else storable(row.user_name)
    known.email = known.email if known.email is not None else storable(row.user_email)


def notice_oddities(data: TileData) -> None:
    """Add the findings that only the whole tile shows."""
    for cue_point_id, word in sorted(data.checks.items()):
        if word in DISAGREEING:
            data.noticed.append(Noticed(word, ATTENDEES, cue_point_id))
    placeholders = sum(1 for a in data.attendances.values() if a.is_placeholder)
    if placeholders:
        data.noticed.append(Noticed("placeholder", ATTENDEES, row_count=placeholders))
    nameless = sum(1 for a in data.attendances.values() if a.name is None)
    if nameless:
        data.noticed.append(Noticed("name_unknown", ATTENDEES, row_count=nameless))
    for report_id, lines in sorted(Counter(line.report_id for line in data.set_aside).items()):
        unread = data.unread_lines[report_id]
        data.noticed.append(Noticed("set_aside", report_id, "", lines, {"unread": unread}))
    for facts in data.sessions.values():
        starts_here = data.span.start <= facts.start_unix < data.span.end
        long_ago = as_unix(data.asked_at) - facts.start_unix > DAY
        if starts_here and long_ago and facts.end_unix <= facts.start_unix:
            data.noticed.append(Noticed("never_closed", SESSIONS, facts.cue_point_id))
