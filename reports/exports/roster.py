"""The file of a course's roster: the rows of the page, and Moodle's own ids."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.definitions import ENROLMENT_KINDS, ROSTER_REASONS
from reports.exports.columns import Column, Table
from reports.exports.export import Export
from reports.exports.figures import ZONE
from reports.queries.roster import RosterLine


def _state(line: RosterLine) -> str | Promise:
    return _("enrolled") if line.is_current else _("left")


def _remark(line: RosterLine) -> str | Promise | None:
    if line.is_erased:
        return _("erased")
    return _("shares the e-mail address with somebody else") if line.shares_email else None


_COLUMNS: tuple[Column[RosterLine], ...] = (
    Column("name", _("Name"), "text", lambda line: line.name or None),
    Column("user_name", _("User name"), "text", lambda line: line.user_name or None),
    Column("email", _("E-mail"), "text", lambda line: line.email or None),
    Column("id_number", _("Id number"), "text", lambda line: line.id_number or None),
    Column("moodle_user", _("Moodle user id"), "text", lambda line: line.moodle_user_id),
    Column("kind", _("Kind"), "label", lambda line: ENROLMENT_KINDS[line.kind], "staff"),
    Column("why", _("Why"), "label", lambda line: ROSTER_REASONS[line.reason]),
    Column("marked_by", _("Marked by"), "text", lambda line: line.marked_by or None),
    Column("state", _("State"), "label", _state, "left_course"),
    Column(
        "first", _("First listed"), "local_time", lambda line: line.first_seen_at, "first_listed"
    ),
    Column(
        "latest", _("Latest listed"), "local_time", lambda line: line.last_seen_at, "latest_listed"
    ),
    Column(
        "counted",
        _("Counted from"),
        "local_time",
        lambda line: line.counted_since if line.is_learner else None,
        "counted_from",
    ),
    Column("backdated_by", _("Dated back by"), "text", lambda line: line.backdated_by or None),
    ZONE,
    Column("first_utc", _("First listed (UTC)"), "utc_time", lambda line: line.first_seen_at),
    Column("latest_utc", _("Latest listed (UTC)"), "utc_time", lambda line: line.last_seen_at),
    Column("remark", _("Remark"), "label", _remark),
)
ROSTER_TABLE = Table("roster", "full", _COLUMNS)


def open_roster(lines: Iterable[RosterLine], zone: ZoneInfo) -> Export:
    """Return what is to be written about the people of a course."""
    return Export(ROSTER_TABLE, ((line, None) for line in lines), zone)
