"""One report read whole for a span, broken lines included.

Lines that can't be read are kept aside, and the same answer is asked for again without its free-text
columns: the figures then come exact, and names are put back from the lines that could be read.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from reports.kaltura import (
    ATTENDEES,
    REPORTS,
    AttendeeRow,
    BreakoutRow,
    BrokenLine,
    ReportAnswer,
    ReportFilters,
    SessionRow,
)
from reports.sync.answers import AnswerRecord, Noticed, SetAside, TileData
from reports.sync.people import is_placeholder_id
from reports.sync.spans import Span

Row = SessionRow | AttendeeRow | BreakoutRow


class ReportClient(Protocol):
    """What the sync needs of `KalturaClient`."""

    def open_report(
        self, report_id: int, filters: ReportFilters, *, excluded_fields: Sequence[str] = ()
    ) -> AbstractContextManager[ReportAnswer]: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """Rows of one request; `is_cut` when there were as many as Kaltura gives at most."""

    rows: list[Any]
    is_cut: bool


@dataclass
class Reader:
    """Asks, and writes down in `data` what was asked, what came, and what could not be read."""

    client: ReportClient
    row_cap: int
    now: Callable[[], datetime]
    data: TileData
    event_ids: tuple[str, ...] = ()
    columns_noticed: set[tuple[int, str]] = field(default_factory=set)

    def read(self, report_id: int, span: Span, **ids: tuple[str, ...]) -> Reading:
        """Return the rows of one report over a span.

        `ids` are filters of `ReportFilters`, such as cue_point_ids.
        Raises: KalturaError; TooHeavy asks for a smaller span.
        """
        filters = ReportFilters(
            from_date=span.start,
            to_date=span.end,
            **{"virtual_event_ids": self.event_ids, **ids},
        )
        rows, broken, count = self._ask(report_id, filters, ())
        if broken:
            self._set_aside(report_id, broken)
            free_text = REPORTS[report_id].free_text_columns
            bare, still_broken, bare_count = self._ask(report_id, filters, free_text)
            rows = put_names_back(report_id, bare, rows)
            self._note_unread(report_id, still_broken)
            count = max(count, bare_count)
        return Reading(rows, is_cut=count >= self.row_cap)

    def _ask(
        self, report_id: int, filters: ReportFilters, excluded: tuple[str, ...]
    ) -> tuple[list[Any], list[BrokenLine], int]:
        record = self.data.answers.setdefault(report_id, AnswerRecord(report_id, self.now()))
        rows: list[Any] = []
        broken: list[BrokenLine] = []
        with self.client.open_report(report_id, filters, excluded_fields=excluded) as answer:
            self._notice_columns(report_id, "new", answer.unknown_columns)
            self._notice_columns(report_id, "missing", answer.missing_columns)
            for line in answer:
                if isinstance(line, BrokenLine):
                    broken.append(line)
                else:
                    rows.append(line)
        record.request_count += 1
        record.row_count += answer.row_count
        record.checksums.append(answer.sha256)
        return rows, broken, answer.row_count

    def _note_unread(self, report_id: int, lines: list[BrokenLine]) -> None:
        self.data.unread_lines[report_id] += len(lines)
        self._set_aside(report_id, lines)
        if report_id == ATTENDEES:
            # Somebody of the session that such a line names is missing, and the completeness check
            # can't tell when all were equally engaged: its figures are unknown.
            fields = {field for line in lines for field in line.text.split(",")}
            self.data.cut_sessions |= fields - {""}

    def _set_aside(self, report_id: int, lines: list[BrokenLine]) -> None:
        self.data.answers[report_id].set_aside_count += len(lines)
        self.data.set_aside += [
            SetAside(report_id, line.number, line.text, line.reason) for line in lines
        ]

    def _notice_columns(self, report_id: int, what: str, names: tuple[str, ...]) -> None:
        for name in names:
            if (report_id, name) not in self.columns_noticed:
                self.columns_noticed.add((report_id, name))
                self.data.noticed.append(Noticed("columns", report_id, detail={what: name}))


def put_names_back(report_id: int, bare: list[Any], named: list[Any]) -> list[Any]:
    """Return the figures of `bare` with the free text of the rows of `named` that match them."""
    if report_id == ATTENDEES:
        return _name_attendees(bare, named)
    columns: tuple[str, ...] = ("entry_name", "host_name")
    if bare and isinstance(bare[0], BreakoutRow):
        columns = ("parent_entry_name", "breakout_entry_name", "initiator")
    known = {row.cue_point_id: row for row in named}
    return [
        replace(row, **{name: getattr(known[row.cue_point_id], name) for name in columns})
        if row.cue_point_id in known
        else row
        for row in bare
    ]


def _match(row: AttendeeRow) -> tuple[Any, ...]:
    """Return what a nameless row is recognised by: placeholders only by their figures too."""
    if is_placeholder_id(row.user_id):
        return (row.cue_point_id, row.user_id, row.view_seconds, row.engaged_seconds)
    return (row.cue_point_id, row.user_id)


def _name_attendees(bare: list[AttendeeRow], named: list[AttendeeRow]) -> list[AttendeeRow]:
    known: defaultdict[tuple[Any, ...], list[AttendeeRow]] = defaultdict(list)
    for row in named:
        known[_match(row)].append(row)
    used: Counter[tuple[Any, ...]] = Counter()
    result = []
    for row in bare:
        match = _match(row)
        candidates = known.get(match, [])
        place = (
            used[match] if is_placeholder_id(row.user_id) else min(used[match], len(candidates) - 1)
        )
        used[match] += 1
        if candidates and place < len(candidates):
            source = candidates[place]
            row = replace(row, user_name=source.user_name, user_email=source.user_email)
        result.append(row)
    return result
