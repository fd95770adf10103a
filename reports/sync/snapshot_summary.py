"""What one answer comes to: totals, cut sessions and the numbers of its chart, in one pass.

Computed once, when the answer has come, and kept with it as JSON. A line that can't be read is in no
figure here; it is counted and shown. A figure is None where a column that it needs was left out.
Kaltura's estimates and ratios are in no total: the former don't add up, the latter can't be averaged.
"""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from reports.kaltura import ATTENDEES, BREAKOUTS, SESSIONS, BrokenLine
from reports.sync.people import is_placeholder_id
from reports.sync.snapshot_lines import AnswerLine, AnswerLines

QUARTER_SECONDS = 15 * 60  # no zone's offset is finer, so days of any zone are made of them
BIN_SECONDS = 10 * 60
BINS = 13  # the last one has no upper edge: two hours or more
SHOWN_BROKEN = 50  # lines kept with their text; all of them are in the file
SHOWN_CUT = 50
LONGEST_SHOWN = 500  # characters of a broken line
NAMED_GROUPS = 24  # breakouts that a chart can still name


@dataclass(frozen=True)
class CutSession:
    """A session of which the range holds only a part."""

    cue_point_id: str
    name: str | None  # of its room
    start_unix: int
    end_unix: int
    is_at_start: bool  # it began before the range
    is_at_end: bool  # it ended after the range

    @property
    def has_end(self) -> bool:
        return self.end_unix > self.start_unix


@dataclass(frozen=True)
class Broken:
    """A line that could not be read."""

    number: int
    text: str
    reason: str


@dataclass(frozen=True)
class Group:
    """A breakout with Kaltura's estimate of its participants."""

    name: str | None
    start_unix: int | None
    participants: int | None


@dataclass
class SnapshotSummary:
    """Plain values throughout: it is kept as JSON."""

    rows: int = 0  # lines that could be read
    broken_count: int = 0
    broken: list[Broken] = field(default_factory=list)  # the first ones
    missing_columns: list[str] = field(default_factory=list)  # neither there nor left out
    new_columns: list[str] = field(default_factory=list)
    sessions: int | None = None  # different ones
    rooms: int | None = None
    main_rooms: int | None = None
    breakouts: int | None = None  # of the sessions
    people: int | None = None
    guests: int | None = None
    length_seconds: int | None = None  # of all sessions with an end
    open_count: int | None = None  # sessions without one
    view_seconds: int | None = None
    engaged_seconds: int | None = None
    cut_count: int | None = None  # None: it can't be told
    cut: list[CutSession] = field(default_factory=list)  # the first ones
    earlier_count: int = 0  # sessions that began before the range; they are not in `starts`
    starts: dict[str, int] = field(default_factory=dict)  # Unix quarter-hour → sessions
    bins: list[int] = field(default_factory=list)  # attendances by BIN_SECONDS of time in session
    sizes: dict[str, int] = field(default_factory=dict)  # participants → breakouts
    groups: list[Group] = field(default_factory=list)  # empty where there are too many to name

    @property
    def engagement(self) -> float | None:
        """Engaged time of all / time in session of all."""
        if self.engaged_seconds is None or not self.view_seconds:
            return None
        return self.engaged_seconds / self.view_seconds

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "SnapshotSummary":
        """Return the summary; what an older version didn't store is as if nothing was known."""
        known = {one.name: stored[one.name] for one in fields(cls) if one.name in stored}
        for name, kind in (("broken", Broken), ("cut", CutSession), ("groups", Group)):
            known[name] = [kind(**values) for values in known.get(name, [])]
        return cls(**known)


def is_cut_at_start(row: Any, from_unix: int) -> bool:
    """Return whether the session began before the range, so that viewing of it is missing."""
    return row.start_unix is not None and row.start_unix < from_unix


def is_cut_at_end(row: Any, to_unix: int) -> bool:
    """Return whether the session ended after the range. One without an end may go on: unknown."""
    return row.end_unix is not None and row.end_unix > to_unix


def summarized(
    report_id: int, answer: AnswerLines, from_unix: int, to_unix: int
) -> SnapshotSummary:
    """Return what the lines come to; reads all of them."""
    summary = SnapshotSummary(
        missing_columns=list(answer.header.missing), new_columns=list(answer.header.unknown)
    )
    tally: _SessionTally | _AttendeeTally
    has = frozenset(column.attribute for column in answer.columns if column)
    if report_id == ATTENDEES:
        tally = _AttendeeTally(has)
    else:
        tally = _SessionTally(report_id, has, from_unix, to_unix)
    for line in answer:
        if isinstance(line, BrokenLine):
            summary.broken_count += 1
            if len(summary.broken) < SHOWN_BROKEN:
                text = line.text[:LONGEST_SHOWN]
                summary.broken.append(Broken(line.number, text, line.reason))
        else:
            summary.rows += 1
            tally.add(line)
    tally.write(summary)
    return summary


class _SessionTally:
    """Reports 6000 and 6002: a line is a session, counted once however often it comes."""

    def __init__(self, report_id: int, has: frozenset[str], from_unix: int, to_unix: int) -> None:
        self.report_id = report_id
        self.has = has
        self.from_unix, self.to_unix = from_unix, to_unix
        self.seen: set[Hashable] = set()
        self.rooms: set[str] = set()
        self.main_rooms: set[str] = set()
        self.breakouts = 0
        self.length_seconds = 0
        self.open_count = 0
        self.cut_count = 0
        self.cut: list[CutSession] = []
        self.earlier_count = 0
        self.starts: Counter[int] = Counter()
        self.sizes: Counter[int] = Counter()
        self.groups: list[Group] = []

    def add(self, line: AnswerLine) -> None:
        row = line.row
        key: Hashable = row.cue_point_id if "cue_point_id" in self.has else line.number
        if key in self.seen:
            return
        self.seen.add(key)
        if row.parent_entry_id:
            self.breakouts += 1
            self.main_rooms.add(row.parent_entry_id)
        self.rooms.add(row.entry_id if self.report_id == SESSIONS else row.breakout_entry_id)
        if is_cut_at_start(row, self.from_unix):
            self.earlier_count += 1
        elif row.start_unix is not None:
            self.starts[row.start_unix - row.start_unix % QUARTER_SECONDS] += 1
        self._add_times(row)
        if self.report_id == BREAKOUTS:
            self._add_group(row)

    def _add_times(self, row: Any) -> None:
        if not {"start_unix", "end_unix"} <= self.has:
            return
        if row.end_unix > row.start_unix:
            self.length_seconds += row.end_unix - row.start_unix
        else:
            self.open_count += 1
        at_start = is_cut_at_start(row, self.from_unix)
        at_end = is_cut_at_end(row, self.to_unix)
        if at_start or at_end:
            self.cut_count += 1
            if len(self.cut) < SHOWN_CUT:
                self.cut.append(
                    CutSession(
                        cue_point_id=row.cue_point_id or "",
                        name=self._name(row),
                        start_unix=row.start_unix,
                        end_unix=row.end_unix,
                        is_at_start=at_start,
                        is_at_end=at_end,
                    )
                )

    def _add_group(self, row: Any) -> None:
        if row.participant_count is not None:
            self.sizes[row.participant_count] += 1
        if len(self.groups) <= NAMED_GROUPS:
            self.groups.append(Group(self._name(row), row.start_unix, row.participant_count))

    def _name(self, row: Any) -> str | None:
        name: str | None = row.entry_name if self.report_id == SESSIONS else row.breakout_entry_name
        return name

    def write(self, summary: SnapshotSummary) -> None:
        summary.sessions = len(self.seen)
        room = "entry_id" if self.report_id == SESSIONS else "breakout_entry_id"
        summary.rooms = len(self.rooms) if room in self.has else None
        if "parent_entry_id" in self.has:
            summary.breakouts = self.breakouts
            summary.main_rooms = len(self.main_rooms)
        if {"start_unix", "end_unix"} <= self.has:
            summary.length_seconds = self.length_seconds
            summary.open_count = self.open_count
            summary.cut_count = self.cut_count
            summary.cut = self.cut
        summary.earlier_count = self.earlier_count
        summary.starts = {str(start): count for start, count in sorted(self.starts.items())}
        summary.sizes = {str(size): count for size, count in sorted(self.sizes.items())}
        summary.groups = self.groups if len(self.groups) <= NAMED_GROUPS else []


class _AttendeeTally:
    """Report 6001: a line is somebody in a session."""

    def __init__(self, has: frozenset[str]) -> None:
        self.has = has
        self.sessions: set[str] = set()
        self.rooms: set[str] = set()
        self.people: set[Hashable] = set()
        self.users: set[Hashable] = set()  # whoever was ever no guest
        self.view_seconds = 0
        self.engaged_seconds = 0
        self.bins = [0] * BINS

    def add(self, line: AnswerLine) -> None:
        row = line.row
        if row.view_minutes != 0:  # whoever wasn't connected at all is no attendee
            person = self._person(line)
            self.people.add(person)
            if row.user_type != "Guest":
                self.users.add(person)
        self.sessions.add(row.cue_point_id)
        self.rooms.add(row.entry_id)
        if "view_minutes" in self.has:
            self.view_seconds += row.view_seconds
            if row.view_seconds:
                self.bins[min(row.view_seconds // BIN_SECONDS, BINS - 1)] += 1
            if "engaged_ratio" in self.has:
                self.engaged_seconds += row.engaged_seconds

    def _person(self, line: AnswerLine) -> Hashable:
        row = line.row
        if row.user_id is not None and not is_placeholder_id(row.user_id):
            return str(row.user_id)
        if {"user_name", "user_email"} <= self.has:
            return (row.cue_point_id, row.user_id, row.user_name, row.user_email)
        return line.number  # Kaltura gives each person of a session one line

    def write(self, summary: SnapshotSummary) -> None:
        if "cue_point_id" in self.has:
            summary.sessions = len(self.sessions)
        if "entry_id" in self.has:
            summary.rooms = len(self.rooms)
        if {"user_id", "cue_point_id"} <= self.has:
            summary.people = len(self.people)
            summary.guests = len(self.people - self.users) if "user_type" in self.has else None
        if "view_minutes" in self.has:
            summary.view_seconds = self.view_seconds
            summary.bins = self.bins
            if "engaged_ratio" in self.has:
                summary.engaged_seconds = self.engaged_seconds


def summary_of(
    report_id: int, answer: Iterable[bytes], excluded: Iterable[str], from_unix: int, to_unix: int
) -> SnapshotSummary:
    """Return what the bytes of an answer come to. Raises: KalturaError for no answer of it."""
    lines = AnswerLines(report_id, answer, tuple(excluded))
    return summarized(report_id, lines, from_unix, to_unix)
