"""The file of the access log: the words of the log itself, which no language changes."""

import json
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from reports.exports.cells import Row
from reports.exports.columns import Column, Table
from reports.exports.export import Export
from reports.exports.figures import ZONE
from reports.models import AccessLogEntry

_COLUMNS: tuple[Column[AccessLogEntry], ...] = (
    Column("at", _("When"), "local_time", lambda line: line.at),
    ZONE,
    Column("at_utc", _("When (UTC)"), "utc_time", lambda line: line.at),
    Column("who", _("Who"), "text", lambda line: line.user_label),
    Column("action", _("What"), "text", lambda line: line.action),
    Column("target", _("On what"), "text", lambda line: line.target),
    Column(
        "detail",
        _("Detail"),
        "text",
        lambda line: json.dumps(line.detail, ensure_ascii=False, sort_keys=True),
    ),
)
ACCESS_LOG_TABLE = Table("access-log", "full", _COLUMNS)


def open_access_log(lines: QuerySet[AccessLogEntry], zone: ZoneInfo) -> Export:
    """Return what is to be written about the lines; nothing is read yet."""
    return Export(ACCESS_LOG_TABLE, _read(lines), zone)


def _read(lines: QuerySet[AccessLogEntry]) -> Iterator[Row]:
    for line in lines.iterator():
        yield line, None
