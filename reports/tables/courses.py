"""The table of courses, and that of a learner's own sessions in one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from reports.queries.attendees import AttendanceRow
from reports.queries.courses import CourseLine, RosterState, SeenAs
from reports.tables.figures import count_text, moment_text, unknown_text
from reports.tables.people import NOWRAP, VisitTable
from reports.tables.rows import NUMBER, DataTable, OrderedRows, or_unknown
from reports.tables.sessions import WIDE, room_name

SEEN_AS = {
    SeenAs.ADMINISTRATOR: _("administrator"),
    SeenAs.TEACHER: _("teacher"),
    SeenAs.LEARNER: _("learner"),
}


class CourseTable(DataTable):
    """Courses, by name. A learner's leads to their own attendance."""

    caption = _("Courses")

    name = tables.Column(verbose_name=_("Course"), accessor="course", attrs=WIDE)
    seen_as = tables.Column(verbose_name=_("You are"), attrs=NOWRAP)
    rooms = tables.Column(
        verbose_name=_("Rooms"), accessor="room_count", empty_values=(), attrs=NUMBER
    )
    launched = tables.Column(
        verbose_name=_("Latest launch"), accessor="launched_at", empty_values=(), attrs=NOWRAP
    )
    roster = tables.Column(verbose_name=_("Who is enrolled"), empty_values=())

    class Meta(DataTable.Meta):
        pass

    def __init__(
        self, lines: Iterable[CourseLine], *, zone: ZoneInfo, exclude: Sequence[str] = ()
    ) -> None:
        super().__init__(OrderedRows(lines), exclude=exclude)
        self.zone = zone

    def render_name(self, record: CourseLine) -> SafeString:
        course = record.course
        page = "my-attendance" if record.seen_as == SeenAs.LEARNER else "course"
        short = course.short_name if course.title else ""
        return format_html(
            '<span class="cell-text"><a href="{}"><bdi>{}</bdi></a>'
            '<span class="cell-sub"><bdi>{}</bdi></span></span>',
            reverse(f"reports:{page}", args=[course.pk]),
            course.title or str(course),
            " · ".join(part for part in (short, course.site.name) if part),
        )

    def render_seen_as(self, value: SeenAs) -> str:
        return str(SEEN_AS[value])

    def render_rooms(self, value: int | None) -> str | SafeString:
        if value == 0:
            return format_html('<span class="unknown">{}</span>', gettext("none yet"))
        return "" if value is None else count_text(value)

    def render_launched(self, value: datetime | None) -> str | SafeString:
        return moment_text(value, self.zone) if value else or_unknown(unknown_text())

    def render_roster(self, record: CourseLine) -> str | SafeString:
        if record.seen_as == SeenAs.LEARNER:
            return ""
        asked_at = record.course.roster_asked_at
        known: str | SafeString
        if asked_at is None:
            known = format_html('<span class="unknown">{}</span>', gettext("not known yet"))
        else:
            known = gettext("as of %(moment)s") % {"moment": moment_text(asked_at, self.zone)}
        if record.roster != RosterState.FAILED:
            return known
        failed = gettext("Moodle could not be asked the latest time")
        return format_html('{}<span class="cell-sub">{}</span>', known, failed)


class OwnVisitTable(VisitTable):
    """One's own sessions. Nothing in it leads to a page about others."""

    caption = _("Your sessions")

    class Meta(VisitTable.Meta):
        orderable = False

    def render_start(self, record: AttendanceRow) -> Any:
        at = record.session.started_at
        return moment_text(at, self.zone) if at else or_unknown(unknown_text())

    def render_room(self, record: AttendanceRow) -> SafeString:
        line = record.session
        parent = line.parent_name or ""
        return format_html(
            '<span class="cell-text">{}<bdi>{}</bdi></span>',
            format_html('<span class="cell-sub"><bdi>{}</bdi> ›</span>', parent) if parent else "",
            room_name(line),
        )
