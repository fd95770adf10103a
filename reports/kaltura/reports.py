"""The three Room reports as data: their columns, filters and the row that each line becomes.

Belongs here: names, kinds and units of what Kaltura sends. Does not belong here: reading bytes
(``csv_wire``), asking (``client``), or what our own pages call these numbers.
Source of truth: Kaltura's help article on Room data, and the server code of
report.getCsvFromStringParams.
"""

from dataclasses import dataclass
from typing import Literal

SESSIONS = 6000
ATTENDEES = 6001
BREAKOUTS = 6002

Kind = Literal["text", "unix", "int", "float"]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session with that window's share of its users (report 6000)."""

    entry_id: str  # the room
    entry_name: str | None
    parent_entry_id: str  # the main room of a breakout; empty otherwise
    cue_point_id: str  # the session
    start_unix: int
    end_unix: int  # equal to start: still running, or never closed
    host_name: str | None
    unique_users: int | None  # Kaltura's estimate
    engaged_ratio: float | None  # 0..1: engaged seconds of all / view seconds of all


@dataclass(frozen=True, slots=True)
class AttendeeRow:
    """One user in one session (report 6001)."""

    entry_id: str
    cue_point_id: str
    user_id: str  # may be empty, "Unknown" or a hash
    user_name: str | None
    user_email: str | None
    user_type: str | None  # "User" or "Guest"
    view_minutes: float  # fractional minutes
    engaged_ratio: float  # 0..1 of this user's own view time

    @property
    def view_seconds(self) -> int:
        """Whole seconds: Kaltura divides a whole number by 60 and prints 14 digits."""
        return round(self.view_minutes * 60)

    @property
    def engaged_seconds(self) -> int:
        """Whole seconds, from the ratio and the view seconds."""
        return round(self.engaged_ratio * self.view_seconds)


@dataclass(frozen=True, slots=True)
class BreakoutRow:
    """One session of a breakout room (report 6002)."""

    parent_entry_id: str
    parent_entry_name: str | None
    breakout_entry_id: str
    breakout_entry_name: str | None
    cue_point_id: str
    initiator: str | None  # full name, else user id
    start_unix: int
    end_unix: int
    duration_seconds: int | None
    participant_count: int | None  # Kaltura's estimate
    engagement_rate: float | None  # 0..1


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that can't be read as a row; kept as it came, never guessed."""

    number: int  # in the answer, from 1; the header is line 1
    text: str  # without its line end; bytes that are not UTF-8 are shown as U+FFFD
    reason: str


Row = SessionRow | AttendeeRow | BreakoutRow


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a report."""

    name: str  # as Kaltura's header writes it
    attribute: str  # of the row
    kind: Kind
    description: str
    key: bool = False  # needed: without it no row can be read
    free_text: bool = False  # typed by people: may hold the line breaks that break a line
    identifier: bool = False  # an entry or session id: never empty, no spaces


@dataclass(frozen=True, slots=True)
class ReportSpec:
    """What one report takes and gives."""

    id: int
    name: str  # the word of it in commands: sessions, attendees, breakouts
    title: str
    columns: tuple[Column, ...]  # in Kaltura's order, which is also that of the row's fields
    filters: tuple[str, ...]  # fields of ReportFilters, apart from the dates
    row_type: type[SessionRow] | type[AttendeeRow] | type[BreakoutRow]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Return the columns' names in Kaltura's order."""
        return tuple(column.name for column in self.columns)

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """Return the columns that no row can be read without."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def free_text_columns(self) -> tuple[str, ...]:
        """Return what to exclude when lines are broken: the columns that people typed."""
        return tuple(column.name for column in self.columns if column.free_text)


def _id(name: str, attribute: str, description: str) -> Column:
    return Column(name, attribute, "text", description, key=True, identifier=True)


def _typed(name: str, attribute: str, description: str) -> Column:
    return Column(name, attribute, "text", description, free_text=True)


def _start() -> Column:
    return Column("session_start_time", "start_unix", "unix", "start, Unix seconds", key=True)


def _end() -> Column:
    return Column(
        "session_end_time",
        "end_unix",
        "unix",
        "end, Unix seconds; equal to the start: still running or never closed",
        key=True,
    )


_SESSION_COLUMNS = (
    _id("entry_id", "entry_id", "the room"),
    _typed("entry_name", "entry_name", "the room's name"),
    Column("parent_entry_id", "parent_entry_id", "text", "main room of a breakout", key=True),
    _id("cue_point_id", "cue_point_id", "the session"),
    _start(),
    _end(),
    _typed("session_host_user_id", "host_name", "the host's name"),
    Column(
        "meeting_view_period_unique_users",
        "unique_users",
        "int",
        "different users, estimated by Kaltura",
    ),
    Column(
        "meeting_engaged_play_time_ratio",
        "engaged_ratio",
        "float",
        "engaged time of all / view time of all, 0 to 1",
    ),
)

_ATTENDEE_COLUMNS = (
    _id("entry_id", "entry_id", "the room"),
    _id("cue_point_id", "cue_point_id", "the session"),
    Column("user_id", "user_id", "text", "the user; may be empty, Unknown or hashed", key=True),
    _typed("user_name", "user_name", "the user's name; a guest's is typed by the guest"),
    _typed("user_email", "user_email", "the user's e-mail; a guest's is not verified"),
    Column("user_type", "user_type", "text", "User or Guest"),
    Column("meeting_view_time", "view_minutes", "float", "time in session, minutes", key=True),
    Column(
        "meeting_engaged_play_time_ratio",
        "engaged_ratio",
        "float",
        "engaged time / own view time, 0 to 1",
        key=True,
    ),
)

_BREAKOUT_COLUMNS = (
    _id("parent_entry_id", "parent_entry_id", "the main room"),
    _typed("parent_entry_name", "parent_entry_name", "the main room's name"),
    _id("breakout_entry_id", "breakout_entry_id", "the breakout room"),
    _typed("breakout_entry_name", "breakout_entry_name", "the breakout room's name"),
    _id("cue_point_id", "cue_point_id", "the session"),
    _typed("session_initiator", "initiator", "who opened it: full name, else user id"),
    _start(),
    _end(),
    Column("duration", "duration_seconds", "int", "end - start, seconds"),
    Column("participant_count", "participant_count", "int", "different viewers, estimated"),
    Column("engagement_rate", "engagement_rate", "float", "engaged time / view time, 0 to 1"),
)

REPORTS: dict[int, ReportSpec] = {
    spec.id: spec
    for spec in (
        ReportSpec(
            SESSIONS,
            "sessions",
            "Room sessions",
            _SESSION_COLUMNS,
            ("entry_ids", "virtual_event_ids"),
            SessionRow,
        ),
        ReportSpec(
            ATTENDEES,
            "attendees",
            "Session attendees",
            _ATTENDEE_COLUMNS,
            ("entry_ids", "virtual_event_ids", "user_ids", "cue_point_ids"),
            AttendeeRow,
        ),
        ReportSpec(
            BREAKOUTS,
            "breakouts",
            "Breakout sessions",
            _BREAKOUT_COLUMNS,
            ("virtual_event_ids", "parent_entry_ids"),
            BreakoutRow,
        ),
    )
}
