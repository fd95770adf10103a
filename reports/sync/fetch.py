"""Asks Kaltura for one tile and returns everything it has of it. Network only, no database.

The figures of disjoint spans of whole hours add up exactly, so an answer that is cut or too heavy is
asked for in halves down to an hour, and an hour by ids. (By hours first: what a cut 6001 leaves out is
then found without trusting 6000 to name every session.) What stays at the cap for a single session in
a single hour is reported as incomplete, never taken as all.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reports.kaltura import (
    ATTENDEES,
    BREAKOUTS,
    SESSIONS,
    AttendeeRow,
    BreakoutRow,
    ReportNotFound,
    SessionRow,
    TooHeavy,
)
from reports.sync.answers import DISAGREEING, NO_ATTENDEES, OK, UNCHECKED, Noticed, TileData
from reports.sync.check import compare, totals_by_session
from reports.sync.fold import (
    fold_attendees,
    fold_breakouts,
    fold_sessions,
    notice_oddities,
    sessions_with_repeats,
)
from reports.sync.reading import Reader, Reading, ReportClient
from reports.sync.spans import Span

ALL_REPORTS = (SESSIONS, ATTENDEES, BREAKOUTS)
ID_FILTER = {SESSIONS: "entry_ids", ATTENDEES: "cue_point_ids", BREAKOUTS: "parent_entry_ids"}
IDS_AT_ONCE = 500  # ids in one request: some kilobytes of form body


@dataclass(frozen=True)
class Scope:
    """What of the account is asked for. Without filters a tile counts as covered."""

    reports: tuple[int, ...] = ALL_REPORTS
    entry_ids: tuple[str, ...] = ()
    breakout_entry_ids: tuple[str, ...] = ()  # known breakout rooms of these; more may turn up
    virtual_event_ids: tuple[str, ...] = ()
    tag_event_ids: tuple[str, ...] = ()  # events whose sessions are to be tagged

    @property
    def is_filtered(self) -> bool:
        return bool(self.entry_ids or self.virtual_event_ids)


@dataclass(frozen=True)
class Piece:
    """A part of a span's answer; `by_ids` when it could only be had id by id."""

    span: Span
    rows: list[Any]
    by_ids: bool = False


def _utc_now() -> datetime:
    return datetime.now(UTC)


class TileFetch:
    """Fetches one tile."""

    def __init__(
        self,
        client: ReportClient,
        scope: Scope,
        *,
        row_cap: int,
        known_entry_ids: Callable[[], Sequence[str]] = tuple,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.client = client
        self.scope = scope
        self.row_cap = row_cap
        self.known_entry_ids = known_entry_ids
        self.now = now

    def fetch(self, span: Span) -> TileData:
        """Return all that Kaltura has of the scope over the span, checked.

        Raises: KalturaError, and then nothing of the tile can be used.
        """
        self.data = TileData(span, self.now())
        self.reader = Reader(self.client, self.row_cap, self.now, self.data)
        self.reader.event_ids = self.scope.virtual_event_ids
        breakouts = self._breakouts(span)
        self.entry_ids = self._entries_with_breakouts(breakouts)
        self.data.entry_ids = self.entry_ids
        for piece in self._pieces(SESSIONS, span, self._session_ids, self._entry_filter()):
            self._fetch_piece(piece)
        self._fold_breakouts(breakouts)
        self._tag_events(span)
        notice_oddities(self.data)
        return self.data

    # The reports of a piece ------------------------------------------------------------------

    def _fetch_piece(self, piece: Piece) -> None:
        sessions = fold_sessions(self.data, piece.rows)
        if ATTENDEES not in self.scope.reports:
            self.data.checks |= dict.fromkeys(sessions, UNCHECKED)
            return
        attendees = self._attendees(piece, sessions)
        if attendees is None:
            return
        ratios = {cue: row.engaged_ratio for cue, row in sessions.items()}
        words = compare(ratios, _totals(attendees))
        odd = {cue for cue, word in words.items() if word in DISAGREEING}
        odd = (odd | sessions_with_repeats(attendees)) - self.data.cut_sessions
        if odd:
            entries = {sessions[cue].entry_id for cue in odd if cue in sessions}
            entries |= {row.entry_id for row in attendees if row.cue_point_id in odd}
            attendees = self._ask_again(piece.span, odd, entries, sessions, attendees)
            ratios = {cue: row.engaged_ratio for cue, row in sessions.items()}
            words = compare(ratios, _totals(attendees))
        fold_attendees(self.data, attendees)
        self._note_checks(words)

    def _attendees(self, piece: Piece, sessions: dict[str, SessionRow]) -> list[AttendeeRow] | None:
        """Return the rows of 6001 over the piece; None when the report isn't enabled."""

        def cues(cut: Iterable[AttendeeRow]) -> set[str]:
            return set(sessions) | {row.cue_point_id for row in cut}

        rows: list[AttendeeRow] = []
        try:
            for part in self._pieces(ATTENDEES, piece.span, cues, self._entry_filter()):
                rows += part.rows
                if part.by_ids and piece.by_ids:
                    self._note_cut(ATTENDEES, "neither report could be had whole for this hour")
        except ReportNotFound as error:
            self.data.missing_reports[ATTENDEES] = str(error)
            self.data.checks |= dict.fromkeys(sessions, UNCHECKED)
            return None
        return rows

    def _ask_again(
        self,
        span: Span,
        odd: set[str],
        entries: set[str],
        sessions: dict[str, SessionRow],
        attendees: list[AttendeeRow],
    ) -> list[AttendeeRow]:
        """Ask once more for sessions whose reports disagree; the newer answers replace theirs.

        `sessions` is brought up to date in place; the attendee rows are returned.
        """
        again = [
            row
            for piece in self._by_ids(SESSIONS, span, sorted(entries))
            for row in piece.rows
            if row.cue_point_id in odd or row.cue_point_id not in sessions
        ]
        sessions |= fold_sessions(self.data, again, replacing=True)
        odd = odd | {row.cue_point_id for row in again}
        newer = [r for piece in self._by_ids(ATTENDEES, span, sorted(odd)) for r in piece.rows]
        return [row for row in attendees if row.cue_point_id not in odd] + newer

    def _note_checks(self, words: dict[str, str]) -> None:
        """Keep the worst word of a session over the pieces of the tile."""
        for cue, word in words.items():
            if self.data.checks.get(cue, OK) == OK:
                self.data.checks[cue] = word

    # Breakouts -------------------------------------------------------------------------------

    def _breakouts(self, span: Span) -> list[Piece]:
        """Return 6002's pieces: asked first, because it names the breakout rooms of a room."""
        if BREAKOUTS not in self.scope.reports and not self.scope.entry_ids:
            return []
        parents = {"parent_entry_ids": self.scope.entry_ids} if self.scope.entry_ids else {}

        def parents_of(cut: Iterable[BreakoutRow]) -> set[str]:
            return {row.parent_entry_id for row in cut} | set(self.known_entry_ids())

        try:
            return list(self._pieces(BREAKOUTS, span, parents_of, parents))
        except ReportNotFound as error:
            if BREAKOUTS in self.scope.reports:
                self.data.missing_reports[BREAKOUTS] = str(error)
            return []

    def _fold_breakouts(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            fold_breakouts(self.data, piece.rows)
            if piece.by_ids:
                # An hour asked parent by parent: 6000 may have told of parents unknown till now.
                known = {row.parent_entry_id for row in piece.rows} | set(self.known_entry_ids())
                told = {s.parent_entry_id for s in self.data.sessions.values()} - {""}
                for extra in self._by_ids(BREAKOUTS, piece.span, sorted(told - known)):
                    fold_breakouts(self.data, extra.rows)
        lost = set(self.data.breakouts) - set(self.data.checks)
        if ATTENDEES not in self.scope.reports or ATTENDEES in self.data.missing_reports:
            self.data.checks |= dict.fromkeys(lost, UNCHECKED)
        elif lost:
            self._find_lost_breakouts(lost)

    def _find_lost_breakouts(self, lost: set[str]) -> None:
        """Ask once more for sessions that only 6002 told of."""
        entries = {self.data.breakouts[cue].entry_id for cue in lost}
        sessions: dict[str, SessionRow] = {}
        rows = self._ask_again(self.data.span, lost, entries, sessions, [])
        known = set(self.data.checks)
        fold_attendees(self.data, [row for row in rows if row.cue_point_id not in known])
        ratios = {cue: row.engaged_ratio for cue, row in sessions.items()}
        words = compare(ratios, _totals(rows))
        found = (lost | set(words)) - known
        self._note_checks({cue: words.get(cue, NO_ATTENDEES) for cue in found})

    def _entries_with_breakouts(self, breakouts: list[Piece]) -> tuple[str, ...]:
        if not self.scope.entry_ids:
            return ()
        found = {row.breakout_entry_id for piece in breakouts for row in piece.rows}
        return tuple(sorted({*self.scope.entry_ids, *self.scope.breakout_entry_ids, *found}))

    # Events ----------------------------------------------------------------------------------

    def _tag_events(self, span: Span) -> None:
        """Ask 6000 for one event at a time: the reports themselves name none."""
        kept, self.reader.event_ids = self.reader.event_ids, ()
        for event_id in self.scope.tag_event_ids:
            found = self.data.event_sessions.setdefault(event_id, set())
            ids = {**self._entry_filter(), "virtual_event_ids": (event_id,)}
            for piece in self._pieces(SESSIONS, span, self._session_ids, ids):
                found |= {row.cue_point_id for row in piece.rows}
        self.reader.event_ids = kept

    # Narrowing -------------------------------------------------------------------------------

    def _entry_filter(self) -> dict[str, tuple[str, ...]]:
        return {"entry_ids": self.entry_ids} if self.entry_ids else {}

    def _session_ids(self, cut: Iterable[SessionRow]) -> set[str]:
        """Return the entries to ask for one by one when an hour of 6000 is cut."""
        return {row.entry_id for row in cut} | set(self.entry_ids or self.known_entry_ids())

    def _pieces(
        self,
        report_id: int,
        span: Span,
        ids_of: Callable[[Iterable[Any]], set[str]],
        filters: dict[str, tuple[str, ...]],
    ) -> Iterator[Piece]:
        """Yield uncut answers that together are the report's answer for the span."""
        heavy: TooHeavy | None = None
        rows: list[Any] = []
        try:
            reading = self.reader.read(report_id, span, **filters)
            if not reading.is_cut:
                yield Piece(span, reading.rows)
                return
            rows = reading.rows
        except TooHeavy as error:
            heavy = error
        if span.hours > 1:
            for half in span.halves():
                yield from self._pieces(report_id, half, ids_of, filters)
            return
        ids = sorted(ids_of(rows))
        if heavy and not ids:
            raise heavy
        kept = {key: value for key, value in filters.items() if key != ID_FILTER[report_id]}
        parts = [row for p in self._by_ids(report_id, span, ids, **kept) for row in p.rows]
        yield Piece(span, parts, by_ids=True)

    def _by_ids(
        self, report_id: int, span: Span, ids: Sequence[str], **filters: tuple[str, ...]
    ) -> Iterator[Piece]:
        """Yield the answers for these ids, asked in batches that are halved when cut or heavy."""
        for first in range(0, len(ids), IDS_AT_ONCE):
            yield from self._id_batch(report_id, span, ids[first : first + IDS_AT_ONCE], filters)

    def _id_batch(
        self, report_id: int, span: Span, ids: Sequence[str], filters: dict[str, tuple[str, ...]]
    ) -> Iterator[Piece]:
        reading: Reading | None = None
        try:
            asked = {**filters, ID_FILTER[report_id]: tuple(ids)}
            reading = self.reader.read(report_id, span, **asked)
            if not reading.is_cut:
                yield Piece(span, reading.rows, by_ids=True)
                return
        except TooHeavy:
            if len(ids) == 1 and span.hours == 1:
                raise
        if len(ids) > 1:
            middle = len(ids) // 2
            yield from self._id_batch(report_id, span, ids[:middle], filters)
            yield from self._id_batch(report_id, span, ids[middle:], filters)
        elif span.hours > 1:
            for half in span.halves():
                yield from self._id_batch(report_id, half, ids, filters)
        elif reading is not None:
            self._note_cut(report_id, "one id in one hour has as many rows as Kaltura gives")
            self.data.cut_sessions |= {row.cue_point_id for row in reading.rows}
            yield Piece(span, reading.rows, by_ids=True)

    def _note_cut(self, report_id: int, why: str) -> None:
        self.data.is_cut = True
        self.data.answers[report_id].is_cut = True
        self.data.noticed.append(Noticed("cut", report_id, detail={"why": why}))


def _totals(rows: Iterable[AttendeeRow]) -> Any:
    return totals_by_session(
        (row.cue_point_id, row.view_seconds, row.engaged_seconds) for row in rows
    )
