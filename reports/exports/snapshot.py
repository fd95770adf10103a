"""An answer as a file for people: local times, minutes, shares, our names of the columns.

Lines that can't be read are not in it; they are in the file as Kaltura gave it.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from reports.exports.cells import Row
from reports.exports.columns import Column, Kind, Table
from reports.exports.export import Export
from reports.exports.figures import ZONE
from reports.queries.snapshots import SnapshotView
from reports.sync.snapshot_lines import AnswerLine
from reports.sync.snapshot_summary import is_cut_at_end, is_cut_at_start
from reports.tables.report_columns import COLUMN_WORDS


def snapshot_export(view: SnapshotView, zone: ZoneInfo) -> Export:
    """Return what is to be written about the answer; nothing below its header is read yet."""
    rows: Iterator[Row] = ((line, None) for line in view.rows())
    return Export(snapshot_table(view), rows, zone)


def snapshot_table(view: SnapshotView) -> Table:
    """Return the columns that the answer has, in its order, those in other units twice."""
    lines = view.lines()
    columns: list[Column[Any]] = []
    for at, name in enumerate(lines.header.columns):
        column = lines.columns[at]
        if column is None:
            columns.append(Column(name, name, "text", _raw(at)))
        else:
            columns += _columns(column.name, column.attribute, at)
    has = {column.attribute for column in lines.columns if column}
    if {"start_unix", "end_unix"} <= has:
        columns.append(Column("length", _("Length (min)"), "minutes", _length, "length"))
        columns.append(Column("cut", _("Cut by the range"), "label", _cut(view)))
    if {"view_minutes", "engaged_ratio"} <= has:
        columns.append(
            Column("engaged_seconds", _("Engaged time (s)"), "seconds", _of("engaged_seconds"))
        )
    return Table("snapshot", "full", tuple(columns))


def _columns(name: str, attribute: str, at: int) -> list[Column[Any]]:
    title = COLUMN_WORDS[name].name
    if attribute == "start_unix":
        return [*_time(name, _("Start"), _("Start (Unix)"), _moment(attribute)), ZONE]
    if attribute == "end_unix":
        return _time(name, _("End"), _("End (Unix)"), _end)
    if attribute == "view_minutes":
        seconds = _of("view_seconds")
        return [
            Column(name, _("Time in session (min)"), "minutes", seconds, "time_in_session"),
            Column("view_seconds", _("Time in session (s)"), "seconds", seconds),
        ]
    if attribute in ("engaged_ratio", "engagement_rate"):
        return [Column(name, _("Engagement (%)"), "percent", _of(attribute), "engagement")]
    if attribute == "duration_seconds":
        return [Column(name, _("Length (s)"), "seconds", _of(attribute))]
    if attribute in ("unique_users", "participant_count"):
        estimates = {
            "unique_users": (_("Kaltura's estimate of users"), "kaltura_unique_users"),
            "participant_count": (
                _("Kaltura's estimate of participants"),
                "kaltura_participant_count",
            ),
        }
        words, definition = estimates[attribute]
        return [Column(name, words, "count", _of(attribute), definition)]
    return [Column(name, title, "text", _raw(at))]


def _time(
    name: str, title: Any, unix_title: Any, moment: Callable[[AnswerLine], Any]
) -> list[Column[Any]]:
    local: Kind = "local_time"
    return [Column(name, title, local, moment), Column(f"{name}_unix", unix_title, "unix", moment)]


def _raw(at: int) -> Callable[[AnswerLine], str]:
    return lambda line: line.cells[at]


def _of(attribute: str) -> Callable[[AnswerLine], Any]:
    return lambda line: getattr(line.row, attribute)


def _moment(attribute: str) -> Callable[[AnswerLine], datetime]:
    return lambda line: datetime.fromtimestamp(getattr(line.row, attribute), UTC)


def _is_open(row: Any) -> bool:
    return row.start_unix is not None and row.end_unix <= row.start_unix


def _end(line: AnswerLine) -> datetime | None:
    return None if _is_open(line.row) else datetime.fromtimestamp(line.row.end_unix, UTC)


def _length(line: AnswerLine) -> int | None:
    row = line.row
    return None if _is_open(row) else row.end_unix - row.start_unix


def _cut(view: SnapshotView) -> Callable[[AnswerLine], Any]:
    snapshot = view.snapshot

    def words(line: AnswerLine) -> Any:
        at_start = is_cut_at_start(line.row, snapshot.from_unix)
        at_end = is_cut_at_end(line.row, snapshot.to_unix)
        if at_start and at_end:
            return _("at both ends")
        if at_start:
            return _("at its beginning")
        return _("at its end") if at_end else None

    return words
