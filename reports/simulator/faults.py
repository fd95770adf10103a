"""Faults that a simulator shows on demand: what networks, proxies and Kaltura really do at times.

Here belong their description, when each of them fires, and how they spoil a table. Spoiling the
transfer (a reset, a body that breaks off) is done by `server`. Everything random is seeded.
"""

from __future__ import annotations

import random
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace

from reports.simulator.answers import ATTENDEES, BREAKOUTS, SESSIONS, Query
from reports.simulator.wire import ApiProblem, Table
from reports.simulator.world import Event

KINDS = {
    "html_200": "a maintenance page in HTML, with status 200",
    "xml_error": "the API error `code` in XML, whatever format was asked for",
    "json_error": "the API error `code` in JSON, whatever format was asked for",
    "http_status": "HTTP `status`, with Retry-After if `retry_after` is given",
    "reset": "the connection is reset before any answer",
    "slow": "the answer waits for so many `seconds`",
    "break_off": "the body breaks off, as `how` says: length, chunk or line",
    "drop_row": "one row of 6001 is missing, so that the session's ratio no longer fits",
    "drop_session_row": "one row of 6000 (of 6002, if `report` says so) is missing",
    "duplicate_row": "one row comes twice",
    "rename_column": "the header calls `column` by `new_name`",
    "missing_column": "`column` is missing, with its values",
    "unknown_column": "there is a new column, `new_name`",
    "reorder_columns": "the columns come in another order",
    "newline_in_name": "a free-text value has a line break in it",
    "druid_timeout_over": "DRUID_QUERY_TIMED_OUT for a window longer than `hours`",
    "too_general_over": "SEARCH_TOO_GENERAL for a window longer than `hours`",
    "heavy_over_rows": "DRUID_QUERY_TIMED_OUT for an answer of more than `rows` rows",
    "ks_expires_after": "a KS is expired after so many `calls` of the report service",
    "late_events": "a `share` of all events hasn't arrived yet, until this fault is cleared",
}
FREE_TEXT = {
    SESSIONS: ("entry_name", "session_host_user_id"),
    ATTENDEES: ("user_name", "user_email"),
    BREAKOUTS: ("parent_entry_name", "breakout_entry_name", "session_initiator"),
}
HASH_SPAN = 2**32


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what happens, to which calls, how often. The rest is for the kinds naming it."""

    kind: str  # a key of KINDS
    report: int | None = None  # only calls of this report
    service: str = "report"  # only calls of this service, in lower case; empty: of any
    count: int | None = None  # at most so many times
    skip: int = 0  # lets so many calls pass that it would have hit
    probability: float = 1.0  # of hitting a call
    code: str = "INTERNAL_SERVERL_ERROR"
    message: str = "Internal server error occurred"
    status: int = 503
    retry_after: int | None = None  # seconds
    seconds: float = 1.0
    how: str = "length"
    hours: float = 24.0
    rows: int = 1000
    calls: int = 10
    column: str = ""
    new_name: str = "new_column"
    share: float = 0.1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no fault; there are: {', '.join(KINDS)}.")
        for name in ("probability", "seconds", "hours", "share", "status", "skip", "rows", "calls"):
            if not isinstance(getattr(self, name), (int, float)):
                raise ValueError(f"{name} is a number.")
        for name in ("report", "count", "retry_after"):
            if not isinstance(getattr(self, name), (int, type(None))):
                raise ValueError(f"{name} is a whole number, or left out.")
        if self.kind == "break_off" and self.how not in ("length", "chunk", "line"):
            raise ValueError(f"{self.how!r} is no way to break off: length, chunk or line.")


class Faults:
    """The faults in force. Safe to switch while a simulator answers."""

    def __init__(self, faults: Iterable[Fault] = (), *, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self._seed = seed
        self._faults: list[Fault] = list(faults)

    def add(self, kind: str, **settings: object) -> None:
        """Put a fault in force, next to those there are. Raises ValueError, TypeError."""
        fault = _fault({"kind": kind, **settings})
        with self._lock:
            self._faults.append(fault)

    def clear(self, kind: str | None = None) -> None:
        """Take back all faults, or all of one kind."""
        with self._lock:
            self._faults = [fault for fault in self._faults if kind not in (None, fault.kind)]

    def replace_all(self, described: Iterable[Mapping[str, object]]) -> None:
        """Put these faults in force instead of all others. Raises ValueError, TypeError."""
        faults = [_fault(settings) for settings in described]
        with self._lock:
            self._faults = faults

    def described(self) -> list[dict[str, object]]:
        """Return the faults in force, as `replace_all` takes them."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def fires(
        self,
        kind: str,
        *,
        report: int | None = None,
        service: str = "report",
        when: Callable[[Fault], bool] | None = None,
    ) -> Fault | None:
        """Return the fault of that kind that hits this call, used up by one, or None.

        `when` tells whether it would have any effect: if not, it is not used up.
        """
        with self._lock:
            for at, fault in enumerate(self._faults):
                if not _concerns(fault, kind, report, service) or (when and not when(fault)):
                    continue
                if fault.probability < 1 and self._random.random() >= fault.probability:
                    continue
                if fault.skip > 0:
                    self._faults[at] = replace(fault, skip=fault.skip - 1)
                    continue
                if fault.count is not None:
                    self._faults[at] = replace(fault, count=fault.count - 1)
                return fault
        return None

    def choose(self, number: int) -> int:
        """Return a number below `number`, by the seed."""
        with self._lock:
            return self._random.randrange(number)

    def arrived(self, event: Event) -> bool:
        """Say whether an event has reached the server: not, if late_events withholds it."""
        shares = [fault.share for fault in self._faults if fault.kind == "late_events"]
        if not shares:
            return True
        user = event.user
        name = f"{self._seed}|{event.cue_point_id}|{user.user_id}|{user.name}|{event.at}"
        return zlib.crc32(name.encode()) >= max(shares) * HASH_SPAN

    def holds_events_back(self) -> bool:
        """Say whether late_events is in force."""
        return any(fault.kind == "late_events" for fault in self._faults)


def _fault(settings: Mapping[str, object]) -> Fault:
    known = {field.name for field in fields(Fault)}
    unknown = sorted(set(settings) - known)
    if unknown:
        raise ValueError(f"A fault has no {', '.join(unknown)}; it has {', '.join(sorted(known))}.")
    return Fault(**settings)  # type: ignore[arg-type]


def _concerns(fault: Fault, kind: str, report: int | None, service: str) -> bool:
    return (
        fault.kind == kind
        and fault.count != 0
        and fault.report in (None, report)
        and fault.service in ("", service)
    )


def refuse_long(faults: Faults, query: Query) -> None:
    """Raise the error of a window that is too long, if a fault calls it that."""
    report = query.report_id
    if faults.fires("too_general_over", report=report, when=lambda it: query.hours > it.hours):
        raise ApiProblem("SEARCH_TOO_GENERAL", "Search is too general")
    if faults.fires("druid_timeout_over", report=report, when=lambda it: query.hours > it.hours):
        raise ApiProblem("DRUID_QUERY_TIMED_OUT", "Druid query timed out")


def refuse_heavy(faults: Faults, query: Query, row_count: int) -> None:
    """Raise the error of an answer that is too large, if a fault calls it that."""
    report = query.report_id
    if faults.fires("heavy_over_rows", report=report, when=lambda it: row_count > it.rows):
        raise ApiProblem("DRUID_QUERY_TIMED_OUT", "Druid query timed out")


def spoil_rows(faults: Faults, query: Query, table: Table) -> Table:
    """Return the table with the rows that faults lose, repeat or break."""
    report, rows = query.report_id, list(table.rows)
    if report == ATTENDEES:
        tell_tale = _rows_that_tell(table)
        if faults.fires("drop_row", report=report, when=lambda _: bool(tell_tale)):
            del rows[tell_tale[faults.choose(len(tell_tale))]]
    elif rows and faults.fires(
        "drop_session_row",
        report=report,
        when=lambda it: report == SESSIONS or it.report == report,
    ):
        del rows[faults.choose(len(rows))]
    if faults.fires("duplicate_row", report=report, when=lambda _: bool(rows)):
        at = faults.choose(len(rows))
        rows.insert(at, rows[at])
    texts = [name for name in FREE_TEXT[report] if name in table.columns]
    if faults.fires("newline_in_name", report=report, when=lambda _: bool(rows and texts)):
        at, column = faults.choose(len(rows)), table.columns.index(texts[0])
        rows[at] = list(rows[at])
        rows[at][column] = f"{rows[at][column]}\nsecond line"
    return Table(table.columns, rows)


def _rows_that_tell(table: Table) -> list[int]:
    """Return the places of the rows whose loss shows in their session's ratio.

    In a session where all are equally engaged, a lost row changes the ratio of nothing.
    """
    try:
        session, view, ratio = (
            table.columns.index(name)
            for name in ("cue_point_id", "meeting_view_time", "meeting_engaged_play_time_ratio")
        )
    except ValueError:
        return []
    by_session: dict[str, list[int]] = {}
    for at, row in enumerate(table.rows):
        if float(row[view]) > 0:
            by_session.setdefault(row[session], []).append(at)
    return [
        at
        for places in by_session.values()
        if len(places) == 1 or len({table.rows[place][ratio] for place in places}) > 1
        for at in places
        if len(places) == 1 or _differs(table, places, at, view, ratio)
    ]


def _differs(table: Table, places: list[int], at: int, view: int, ratio: int) -> bool:
    views = [float(table.rows[place][view]) for place in places]
    engaged = [float(table.rows[p][ratio]) * seen for p, seen in zip(places, views, strict=True)]
    return abs(sum(engaged) / sum(views) - float(table.rows[at][ratio])) > 1e-6


def spoil_columns(faults: Faults, report: int, table: Table) -> Table:
    """Return the table with the columns that faults rename, drop, add or move."""
    columns, rows = list(table.columns), table.rows
    renamed = faults.fires("rename_column", report=report, when=lambda it: it.column in columns)
    if renamed:
        columns[columns.index(renamed.column)] = renamed.new_name
    missing = faults.fires("missing_column", report=report, when=lambda it: it.column in columns)
    if missing:
        at = columns.index(missing.column)
        columns, rows = columns[:at] + columns[at + 1 :], [r[:at] + r[at + 1 :] for r in rows]
    added = faults.fires("unknown_column", report=report)
    if added:
        columns, rows = [*columns, added.new_name], [[*row, "1"] for row in rows]
    if faults.fires("reorder_columns", report=report):
        columns, rows = columns[::-1], [row[::-1] for row in rows]
    return Table(columns, rows)
