"""The table of an answer: Kaltura's own columns and values, each with what it means beside it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reports.kaltura import BrokenLine, Column
from reports.queries.snapshots import SnapshotPage, SnapshotView
from reports.sync.snapshot_lines import AnswerLine
from reports.sync.snapshot_summary import is_cut_at_end, is_cut_at_start
from reports.tables.figures import (
    duration_text,
    estimate_text,
    moment_text,
    share_text,
    unknown_text,
)
from reports.tables.report_columns import COLUMN_WORDS
from reports.tables.rows import NUMBER, DataTable, OrderedRows, or_unknown

SHOWN_BROKEN = 40  # characters of a broken line; more of it stands above the table


class AnswerColumn(tables.Column):  # type: ignore[misc]
    """One column of an answer, at its place in each line."""

    def __init__(self, at: int, name: str, column: Column | None, view: SnapshotView) -> None:
        attrs = {} if column is None or column.kind == "text" else NUMBER
        super().__init__(accessor="number", empty_values=(), orderable=False, attrs=attrs)
        self.at, self.name, self.column, self.view = at, name, column, view

    @property
    def header(self) -> SafeString:
        """Kaltura's name, and ours below it."""
        words = COLUMN_WORDS.get(self.column.name) if self.column else None
        gloss = words.name if words else _("new: not known here")
        parts = format_html_join(
            SafeString("_<wbr>"), "{}", ((part,) for part in self.name.split("_"))
        )
        return format_html('<code>{}</code><span class="cell-sub">{}</span>', parts, gloss)

    def render(self, record: AnswerLine | BrokenLine, table: "SnapshotTable") -> SafeString:
        """Return the cell; a line that can't be read stands in its first cell as it came."""
        if isinstance(record, BrokenLine):
            return _broken_cell(record) if self.at == 0 else SafeString()
        raw = record.cells[self.at]
        if self.column is None:
            return _text_cell(raw)
        return _cell(self.column, raw, record.row, self.view, table.zone)


class SnapshotTable(DataTable):
    """Some lines of an answer, in its order."""

    class Meta(DataTable.Meta):
        pass

    def __init__(self, page: SnapshotPage, view: SnapshotView, zone: ZoneInfo) -> None:
        self.zone = zone
        self.caption = _("The answer to report %(number)s") % {"number": view.spec.id}
        columns = [
            (f"column{at}", AnswerColumn(at, name, page.columns[at], view))
            for at, name in enumerate(page.names)
        ]
        super().__init__(OrderedRows(page.lines), extra_columns=columns)


def _cell(column: Column, raw: str, row: Any, view: SnapshotView, zone: ZoneInfo) -> SafeString:
    if column.kind == "unix":
        return _time_cell(column, raw, row, view, zone)
    if column.kind == "text":
        if column.name == "parent_entry_id" and not raw:
            return format_html('<span class="unknown">{}</span>', _("none"))
        words = {"Guest": _("Guest"), "User": _("User")} if column.name == "user_type" else {}
        return _text_cell(words.get(raw, raw))
    value = getattr(row, column.attribute)
    if value is None:
        return format_html('<span class="unknown">{}</span>', unknown_text())
    if column.attribute == "duration_seconds":
        return _with_raw(duration_text(value), raw)
    if column.attribute == "view_minutes":
        return _with_raw(duration_text(row.view_seconds), raw)
    if column.kind == "float":
        return _with_raw(share_text(value), raw)
    return format_html("{}", estimate_text(value))


def _time_cell(
    column: Column, raw: str, row: Any, view: SnapshotView, zone: ZoneInfo
) -> SafeString:
    value = getattr(row, column.attribute)
    snapshot = view.snapshot
    marks = []
    if column.attribute == "start_unix" and is_cut_at_start(row, snapshot.from_unix):
        marks.append(_("before the range"))
    if column.attribute == "end_unix":
        if is_cut_at_end(row, snapshot.to_unix):
            marks.append(_("after the range"))
        if row.start_unix is not None and value <= row.start_unix:
            return format_html(
                '<span class="unknown">{}</span><span class="cell-sub">{}</span>',
                _("no end known"),
                raw,
            )
    mark = format_html('<span class="cell-sub over">{}</span>', marks[0]) if marks else ""
    return format_html(
        "{}{}", _with_raw(moment_text(datetime.fromtimestamp(value, UTC), zone), raw), mark
    )


def _with_raw(text: str, raw: str) -> SafeString:
    return format_html('{}<span class="cell-sub">{}</span>', text, raw)


def _text_cell(text: str) -> SafeString:
    return format_html('<span class="cell-text">{}</span>', or_unknown(text or unknown_text()))


def _broken_cell(line: BrokenLine) -> SafeString:
    words = _("Line %(number)d can't be read") % {"number": line.number}
    return format_html(
        '<span class="sign sign-wrong">{}</span><code class="cell-text">{}</code>',
        words,
        line.text if len(line.text) <= SHOWN_BROKEN else f"{line.text[:SHOWN_BROKEN]}…",
    )
