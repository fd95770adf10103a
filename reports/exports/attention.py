"""The file of whom to look at in a course: a row for each learner and reason, as on the page."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.analytics.attention import Reason
from reports.definitions import REASON_WORDS
from reports.exports.columns import Column, Table
from reports.exports.export import Export
from reports.exports.figures import ZONE
from reports.queries.attention import AttentionList
from reports.tables.attention import ClassNames, days_text, reason_sentence


class ReasonRow(NamedTuple):
    """A reason with whose it is."""

    name: str
    user_name: str
    email: str
    id_number: str
    moodle_user_id: str
    reason: Reason
    days: str
    rule_version: int

    @property
    def word(self) -> str | Promise:
        return REASON_WORDS[self.reason.kind]

    @property
    def attended(self) -> float:
        return self.reason.tally.present + self.reason.tally.partly / 2

    @property
    def required(self) -> float | None:
        percent = self.reason.required_percent
        return None if percent is None else percent / 100

    @property
    def first_at(self) -> datetime | None:
        return self.reason.classes[0].at if self.reason.classes else None

    @property
    def latest_at(self) -> datetime | None:
        return self.reason.classes[-1].at if self.reason.classes else None


_COLUMNS: tuple[Column[ReasonRow], ...] = (
    Column("name", _("Learner"), "text", lambda row: row.name or None),
    Column("user_name", _("User name"), "text", lambda row: row.user_name or None),
    Column("email", _("E-mail"), "text", lambda row: row.email or None),
    Column("id_number", _("Id number"), "text", lambda row: row.id_number or None),
    Column("moodle_user", _("Moodle user id"), "text", lambda row: row.moodle_user_id),
    Column("reason", _("Reason"), "label", lambda row: row.word, "attention"),
    Column("why", _("Why"), "label", lambda row: reason_sentence(row.reason)),
    Column("classes", _("Classes"), "label", lambda row: row.days or None),
    Column("first", _("First of them"), "local_time", lambda row: row.first_at),
    Column("latest", _("Latest of them"), "local_time", lambda row: row.latest_at),
    Column("attended", _("Classes attended"), "mean", lambda row: row.attended),
    Column("counted", _("Classes that count"), "count", lambda row: row.reason.tally.counted),
    Column(
        "attended_share",
        _("Classes attended (%)"),
        "percent",
        lambda row: row.reason.tally.share,
        "attendance_share",
    ),
    Column("required", _("Required (%)"), "percent", lambda row: row.required, "required_share"),
    Column("left", _("Classes left"), "count", lambda row: row.reason.left, "classes_left"),
    Column("best", _("At most (%)"), "percent", lambda row: row.reason.best),
    Column("may_miss", _("May still miss"), "count", lambda row: row.reason.misses, "may_miss"),
    Column(
        "unknown",
        _("Classes not known yet"),
        "count",
        lambda row: row.reason.tally.unknown,
        "presence_unknown",
    ),
    Column("rule_version", _("Rule version"), "count", lambda row: row.rule_version),
    ZONE,
    Column("first_utc", _("First of them (UTC)"), "utc_time", lambda row: row.first_at),
    Column("latest_utc", _("Latest of them (UTC)"), "utc_time", lambda row: row.latest_at),
)
ATTENTION_TABLE = Table("attention", "full", _COLUMNS)


def open_attention(found: AttentionList, kind: str, zone: ZoneInfo) -> Export:
    """Return what is to be written about the learners with that reason, or with any: all of theirs."""
    return Export(ATTENTION_TABLE, ((row, None) for row in _rows(found, kind, zone)), zone)


def _rows(found: AttentionList, kind: str, zone: ZoneInfo) -> Iterator[ReasonRow]:
    names = ClassNames.of(found.register.classes, zone)
    for one in found.of_kind(kind):
        line = one.line
        for reason in one.reasons:
            yield ReasonRow(
                line.name,
                line.user_name,
                line.email,
                line.id_number,
                line.moodle_user_id,
                reason,
                days_text(reason, names),
                found.register.rule.version,
            )
