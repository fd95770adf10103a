"""The files of what was noticed about the data: findings, and lines as Kaltura gave them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from reports.exports.cells import Row
from reports.exports.columns import Column, Table
from reports.exports.export import Export
from reports.exports.figures import ZONE
from reports.models import Finding, SetAsideLine
from reports.queries.health import FindingLine, every_finding_line

CHUNK = 2000


def _utc_day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()


def _session_start(line: FindingLine) -> datetime | None:
    return line.session.started_at if line.session else None


_FINDINGS: tuple[Column[FindingLine], ...] = (
    Column("day", _("UTC day"), "text", lambda line: _utc_day(line.finding.tile.start_at), "tile"),
    Column("account", _("Account"), "text", lambda line: line.finding.account.name),
    Column("kind", _("What was noticed"), "label", lambda line: line.finding.get_kind_display()),
    Column("report", _("Report"), "count", lambda line: line.finding.report_id),
    Column("session_id", _("Session id"), "text", lambda line: line.finding.cue_point_id),
    Column("room", _("Room"), "text", lambda line: line.session.room if line.session else None),
    Column("start", _("Start"), "local_time", _session_start),
    ZONE,
    Column("start_utc", _("Start (UTC)"), "utc_time", _session_start),
    Column("rows", _("How many"), "count", lambda line: line.finding.row_count),
    Column(
        "kaltura_engagement",
        _("Kaltura's engagement (%)"),
        "percent",
        lambda line: line.part.kaltura_engaged_ratio if line.part else None,
    ),
    Column(
        "engagement",
        _("Engagement of the attendees (%)"),
        "percent",
        lambda line: line.engagement,
    ),
    Column("detail", _("Detail"), "text", lambda line: _detail(line.finding)),
    Column("noticed_utc", _("Noticed (UTC)"), "utc_time", lambda line: line.finding.noticed_at),
)
_LINES: tuple[Column[SetAsideLine], ...] = (
    Column("day", _("UTC day"), "text", lambda line: _utc_day(line.tile.start_at), "tile"),
    Column("account", _("Account"), "text", lambda line: line.tile.account.name),
    Column("report", _("Report"), "count", lambda line: line.report_id),
    Column("line", _("Line"), "count", lambda line: line.number),
    Column("reason", _("Why"), "text", lambda line: line.reason),
    Column("text", _("The line"), "text", lambda line: line.text),
)
FINDINGS_TABLE = Table("findings", "full", _FINDINGS)
LINES_TABLE = Table("set-aside-lines", "full", _LINES)


def _detail(finding: Finding) -> str:
    return "; ".join(f"{key}: {value}" for key, value in sorted(finding.detail.items()))


def open_findings(found: QuerySet[Finding], zone: ZoneInfo) -> Export:
    """Return what is to be written about the findings, in their order; nothing is read yet."""
    rows: Iterator[Row] = ((line, None) for line in every_finding_line(found))
    return Export(FINDINGS_TABLE, rows, zone)


def open_lines(found: QuerySet[SetAsideLine], zone: ZoneInfo) -> Export:
    """Return the lines that could not be read, in their order; nothing is read yet."""
    return Export(LINES_TABLE, _rows(found), zone)


def _rows(found: QuerySet[Any]) -> Iterator[Row]:
    for line in found.iterator(chunk_size=CHUNK):
        yield line, None
