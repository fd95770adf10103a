"""Snapshots for their pages: the latest ones, and one's lines a page at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reports.access import Viewer
from reports.kaltura import REPORTS, BrokenLine, Column, ReportSpec
from reports.models import Snapshot
from reports.sync.snapshot_lines import AnswerLine, AnswerLines, lines_of
from reports.sync.snapshot_summary import SnapshotSummary

SHOWN_LATEST = 10


@dataclass(frozen=True)
class SnapshotView:
    """A finished snapshot with what its page says of it."""

    snapshot: Snapshot
    spec: ReportSpec
    summary: SnapshotSummary

    @property
    def from_at(self) -> datetime:
        return datetime.fromtimestamp(self.snapshot.from_unix, UTC)

    @property
    def to_at(self) -> datetime:
        return datetime.fromtimestamp(self.snapshot.to_unix, UTC)

    def lines(self) -> AnswerLines:
        """Return the answer's lines, to be read once."""
        content = bytes(self.snapshot.content)
        return lines_of(self.spec.id, content, self.snapshot.excluded_fields)

    def rows(self) -> Iterator[AnswerLine]:
        """Yield the lines that could be read."""
        for line in self.lines():
            if not isinstance(line, BrokenLine):
                yield line


@dataclass(frozen=True)
class SnapshotPage:
    """Some lines of an answer with its columns; None stands for a column that is new."""

    names: tuple[str, ...]  # as the answer's header writes them
    columns: tuple[Column | None, ...]
    lines: list[AnswerLine | BrokenLine]


def latest_snapshots(viewer: Viewer, limit: int = SHOWN_LATEST) -> list[Snapshot]:
    """Return the newest kept snapshots without what is in them. One query."""
    snapshots = viewer.snapshots().without_content().select_related("account", "requested_by")
    return list(snapshots.order_by("-requested_at", "-pk")[:limit])


def snapshot_view(snapshot: Snapshot) -> SnapshotView:
    """Return the snapshot with its report and summary."""
    stored: dict[str, Any] = snapshot.summary
    return SnapshotView(snapshot, REPORTS[snapshot.report_id], SnapshotSummary.from_json(stored))


def snapshot_page(view: SnapshotView, first: int, last: int) -> SnapshotPage:
    """Return the lines from `first` to before `last`, counted from 0 below the header."""
    lines = view.lines()
    names, columns = lines.header.columns, lines.columns
    return SnapshotPage(names, columns, lines.part(first, last))
