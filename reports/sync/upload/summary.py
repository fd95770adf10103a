"""What an upload says of itself: plain data, kept with it, the same for preview and result.

No name of a person is in it, but for the lines that could not be read: those are in the preview
alone.
"""

from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum

from reports.kaltura import ATTENDEES
from reports.models import Account, RoomSession
from reports.sync.answers import MISMATCH, NO_ATTENDEES, SetAside, TileData
from reports.sync.upload.fate import CHUNK, Fate, Judge

MOST_LINES = 300  # sessions that are listed one by one
MOST_SET_ASIDE = 20
LONGEST_TEXT = 300


class Wholeness(StrEnum):
    """Whether the figures of a session that is stored are known, or why not."""

    WHOLE = "whole"
    EDGE = "edge"  # touches an edge of the range: what is beyond isn't here
    OPEN = "open"  # has no end: it may go on beyond the range
    CUT = "cut"  # the file of attendees is cut, or one of its lines could not be read
    MISMATCH = "mismatch"  # the two reports disagree
    NO_ATTENDEES = "no_attendees"  # no row of it in the file of attendees, or no such file
    NO_TIMES = "no_times"  # attendees alone, no file says when it was


@dataclass(frozen=True)
class SessionLine:
    """One session of the upload."""

    cue_point_id: str
    room: str  # its name, else its id
    start_unix: int | None  # None: no file says when it was
    end_unix: int | None
    people: int | None  # in the files; None: no file of attendees
    view_seconds: int | None
    known_seconds: int | None  # what is stored instead, where the files' figures are not taken
    fate: str
    wholeness: str  # "" where the files' figures are not taken


def summarized(
    account: Account, data: TileData, judge: Judge, fates: dict[str, Fate]
) -> dict[str, object]:
    """Return the summary of what was just written, or tried."""
    whole = _whole_sessions(account, [cue for cue, fate in fates.items() if fate.is_stored])
    unread = {
        text
        for line in data.set_aside
        if line.report_id == ATTENDEES
        for text in line.text.split(",")
    }
    states = {
        cue: _wholeness(cue, data, judge, is_whole=whole[cue], is_unread=cue in unread)
        for cue in fates
        if cue in whole
    }
    order = sorted(fates, key=lambda cue: _rank(cue, judge, fates[cue], states.get(cue)))
    return {
        "fates": dict(Counter(fates.values())),
        "states": dict(Counter(states.values())),
        "synced_days": len(judge.days),
        "checks": dict(Counter(data.checks.values())),
        "noticed": dict(_noticed(data)),
        "line_count": len(fates),
        "lines": [
            asdict(_line(cue, data, judge, fates[cue], states.get(cue)))
            for cue in order[:MOST_LINES]
        ],
    }


def shown_lines(lines: list[SetAside]) -> list[dict[str, object]]:
    """Return some of the lines that could not be read, to be looked at in the preview."""
    return [{**asdict(line), "text": line.text[:LONGEST_TEXT]} for line in lines[:MOST_SET_ASIDE]]


def _noticed(data: TileData) -> Counter[str]:
    counts: Counter[str] = Counter()
    for item in data.noticed:
        counts[item.kind] += item.row_count
    return counts


def _whole_sessions(account: Account, cues: list[str]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for first in range(0, len(cues), CHUNK):
        rows = RoomSession.objects.filter(
            account=account, cue_point_id__in=cues[first : first + CHUNK]
        )
        for cue, seconds in rows.values_list("cue_point_id", "view_seconds"):
            found[cue] = seconds is not None
    return found


def _wholeness(
    cue: str, data: TileData, judge: Judge, *, is_whole: bool, is_unread: bool
) -> Wholeness:
    if is_whole:
        return Wholeness.WHOLE
    times = judge.times_of(cue)
    if times is None:
        return Wholeness.NO_TIMES
    if data.checks.get(cue) == MISMATCH and not is_unread:
        return Wholeness.MISMATCH
    if cue in data.cut_sessions:
        return Wholeness.CUT
    if not data.answered(ATTENDEES) or data.checks.get(cue) == NO_ATTENDEES:
        return Wholeness.NO_ATTENDEES
    return Wholeness.OPEN if times[1] <= times[0] else Wholeness.EDGE


def _rank(cue: str, judge: Judge, fate: Fate, state: Wholeness | None) -> tuple[int, int, str]:
    """Sort what needs a look first, then by start."""
    order = (Fate.DIFFERS, Fate.ABSENT, Fate.SYNCED, Fate.REPLACES, Fate.EARLIER)
    first = order.index(fate) if fate in order else len(order)
    if state not in (None, Wholeness.WHOLE):
        first = -1
    times = judge.times_of(cue)
    return (first, times[0] if times else 0, cue)


def _line(
    cue: str, data: TileData, judge: Judge, fate: Fate, state: Wholeness | None
) -> SessionLine:
    known, times = judge.known.get(cue), judge.times_of(cue)
    people, view, _ = judge.figures_of(cue)
    has_attendees = data.answered(ATTENDEES)
    return SessionLine(
        cue_point_id=cue,
        room=_room(cue, data, judge),
        start_unix=times[0] if times else None,
        end_unix=times[1] if times and times[1] > times[0] else None,
        people=people if has_attendees else None,
        view_seconds=view if has_attendees else None,
        known_seconds=known.session.view_seconds if known and not fate.is_stored else None,
        fate=fate.value,
        wholeness=state.value if state else "",
    )


def _room(cue: str, data: TileData, judge: Judge) -> str:
    told = data.sessions.get(cue) or data.breakouts.get(cue)
    if told:
        return told.entry_name or told.entry_id
    return judge.entry_of[cue]
