"""What asking Kaltura for one tile brought together, before anything is written. Plain data.

Rows of several answers (a span that was split, lines asked for again) are added up here into one
record per session, breakout and attendance.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from reports.sync.people import is_placeholder_id
from reports.sync.spans import Span

# The words of models.PartCheck and models.FindingKind: this module knows no database.
OK, MISMATCH, NO_ATTENDEES, NO_SESSION, UNCHECKED = (
    "ok",
    "mismatch",
    "no_attendees",
    "no_session",
    "unchecked",
)

DISAGREEING = (MISMATCH, NO_ATTENDEES, NO_SESSION)  # these are asked again once, then marked


@dataclass(slots=True)
class SessionFacts:
    """A session as report 6000 tells it, over one tile."""

    cue_point_id: str
    entry_id: str
    entry_name: str | None  # None: its line was broken
    parent_entry_id: str  # "" for a main room
    start_unix: int
    end_unix: int
    host_name: str | None
    unique_users: int | None  # Kaltura's estimate; None also when the tile was asked in parts
    engaged_ratio: float | None


@dataclass(slots=True)
class BreakoutFacts:
    """A breakout as report 6002 tells it, over one tile."""

    cue_point_id: str
    parent_entry_id: str
    parent_entry_name: str | None
    entry_id: str
    entry_name: str | None
    initiator: str | None
    start_unix: int
    end_unix: int
    participant_count: int | None
    engagement_rate: float | None


@dataclass(slots=True)
class AttendanceSum:
    """One person in one session over one tile, all answers added up."""

    cue_point_id: str
    entry_id: str
    user_id: str
    name: str | None  # None: the line was broken, the figures came without names
    email: str | None
    user_type: str
    view_seconds: int
    engaged_seconds: int

    @property
    def is_placeholder(self) -> bool:
        return is_placeholder_id(self.user_id)


@dataclass(slots=True)
class AnswerRecord:
    """What was asked of one report for a tile."""

    report_id: int
    asked_at: datetime  # before the first request
    row_count: int = 0
    set_aside_count: int = 0
    request_count: int = 0
    is_cut: bool = False
    checksums: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SetAside:
    report_id: int
    number: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """A finding to be stored with the tile."""

    kind: str
    report_id: int | None = None
    cue_point_id: str = ""
    row_count: int = 1
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class TileData:
    """Everything that one asking of a tile brought."""

    span: Span
    asked_at: datetime  # before the first request
    entry_ids: tuple[str, ...] = ()  # asked for these alone, breakout rooms included; (): for all
    sessions: dict[str, SessionFacts] = field(default_factory=dict)
    breakouts: dict[str, BreakoutFacts] = field(default_factory=dict)
    attendances: dict[tuple[str, str], AttendanceSum] = field(default_factory=dict)
    event_sessions: dict[str, set[str]] = field(default_factory=dict)
    answers: dict[int, AnswerRecord] = field(default_factory=dict)
    set_aside: list[SetAside] = field(default_factory=list)
    noticed: list[Noticed] = field(default_factory=list)
    checks: dict[str, str] = field(default_factory=dict)  # cue point id → one of the words above
    split_sessions: set[str] = field(default_factory=set)  # asked in parts: estimates don't add up
    cut_sessions: set[str] = field(default_factory=set)  # known to have more than was given
    is_cut: bool = False  # Kaltura has more than it would give, here or there
    # Lines that stayed unreadable when asked for again, by report.
    unread_lines: Counter[int] = field(default_factory=Counter)
    missing_reports: dict[int, str] = field(default_factory=dict)  # report id → why it didn't come

    def answered(self, report_id: int) -> bool:
        """Return whether this report was asked for and came."""
        return report_id in self.answers and report_id not in self.missing_reports

    @property
    def is_whole(self) -> bool:
        """True when all three reports answered, so that the tile counts as covered."""
        return all(self.answered(report_id) for report_id in (6000, 6001, 6002))

    def cue_points(self) -> set[str]:
        """Return every session that any of the reports told of."""
        return set(self.sessions) | set(self.breakouts) | {cue for cue, _ in self.attendances}
