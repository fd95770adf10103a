"""The table of sessions, and how a session is written in a cell. Rows are `SessionLine`s."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from reports.definitions import STATUSES
from reports.queries.class_remarks import ClassRemark
from reports.queries.session_lines import SessionLine, SessionStatus
from reports.tables.classes import remark_cell
from reports.tables.figures import (
    count_text,
    duration_text,
    estimate_text,
    moment_text,
    share_text,
    span_text,
    unknown_text,
)
from reports.tables.rooms import days_query, room_url
from reports.tables.rows import DataTable, FigureColumn, OrderedRows, or_unknown

SIGNS = {  # sign and class; the words are STATUSES
    SessionStatus.TIMES_UNKNOWN: ("?", "sign-uncertain"),
    SessionStatus.ATTENDANCE_UNKNOWN: ("?", "sign-uncertain"),
    SessionStatus.DISAGREEING: ("≠", "sign-wrong"),
    SessionStatus.NO_END: ("○", "sign-uncertain"),
    SessionStatus.PROVISIONAL: ("◐", "sign-uncertain"),
    SessionStatus.COMPLETE: ("●", "sign-calm"),
}

WIDE = {"th": {"class": "wide"}, "td": {"class": "wide"}}


def session_url(line: SessionLine, zone: ZoneInfo, course_pk: int | None = None) -> str:
    """Return the address of the session's page in the zone, and in the course where there is one."""
    path = reverse("reports:session", args=[line.account_id, line.cue_point_id])
    return f"{path}?{page_query(zone, course_pk)}"


def page_query(zone: ZoneInfo, course_pk: int | None = None) -> str:
    """Return the query of a page without days, in the zone and the course."""
    query: dict[str, object] = {"tz": zone.key}
    return urlencode(query | ({"course": course_pk} if course_pk else {}))


def start_cell(line: SessionLine, zone: ZoneInfo, course_pk: int | None = None) -> SafeString:
    """Return the start as a link to the session; the day it was found on where it isn't known."""
    text = moment_text(line.started_at, zone) if line.started_at else unknown_text()
    return format_html('<a href="{}">{}</a>', session_url(line, zone, course_pk), text)


def held_text(line: SessionLine, zone: ZoneInfo) -> str:
    """Return when the session took place: `Tue 18 Nov, 14:00–15:30`."""
    if line.started_at is None:
        return unknown_text()
    return span_text(line.started_at, line.ended_at, zone)


def room_name(line: SessionLine) -> str:
    """Return the room's name, or what stands for it until an answer names it."""
    return line.room_name or gettext("Room without a name")


def status_mark(status: SessionStatus) -> SafeString:
    """Return sign and words for how far a session's figures can be relied on."""
    sign, css_class = SIGNS[status]
    return format_html(
        '<span class="sign {}"><span aria-hidden="true">{}</span>{}</span>',
        css_class,
        sign,
        STATUSES[status],
    )


class SessionTable(DataTable):
    """Sessions with their sums. A sortable column is called as in `queries.sessions.ORDERS`."""

    caption = _("Sessions")
    definitions = {
        "length": "length",
        "attendees": "attendees",
        "time_in_session": "time_in_session",
        "engagement": "engagement",
        "kaltura_unique_users": "kaltura_unique_users",
        "status": "status",
    }

    start = tables.Column(
        verbose_name=_("Start"),
        empty_values=(),
        initial_sort_descending=True,
        attrs={"th": {"class": "nowrap"}, "td": {"class": "nowrap"}},
    )
    room = tables.Column(verbose_name=_("Room"), empty_values=(), attrs=WIDE)
    host = tables.Column(verbose_name=_("Host"), accessor="host_name", empty_values=())
    length = FigureColumn(duration_text, verbose_name=_("Length"), accessor="length_seconds")
    attendees = FigureColumn(count_text, verbose_name=_("Attendees"), accessor="attendee_count")
    kaltura_unique_users = FigureColumn(
        estimate_text, verbose_name=_("Kaltura's estimate"), accessor="kaltura_unique_users"
    )
    time_in_session = FigureColumn(
        duration_text, verbose_name=_("Time in session"), accessor="view_seconds"
    )
    engagement = FigureColumn(share_text, verbose_name=_("Engagement"), accessor="engagement")
    status = tables.Column(verbose_name=_("Status"))

    class Meta(DataTable.Meta):
        orderable = True

    def __init__(
        self,
        lines: Iterable[SessionLine],
        *,
        form: Any,
        order: str,
        zone: ZoneInfo,
        remarks: Mapping[int, ClassRemark] | None = None,
    ) -> None:
        """`remarks` are those of the course that the list is narrowed to, by our key of the session."""
        super().__init__(OrderedRows(lines), order_by=order)
        self.remarks = remarks or {}
        self.form = form  # writes the addresses of the same list, sorted otherwise
        self.zone = zone

    def render_start(self, record: SessionLine) -> SafeString:
        cell = start_cell(record, self.zone, self.form.course_pk)
        remark = self.remarks.get(record.session_id)
        return format_html("{}{}", cell, remark_cell(remark, self.zone)) if remark else cell

    def render_room(self, record: SessionLine) -> SafeString:
        parent = record.parent_name or ""
        return format_html(
            '<span class="cell-text">{}<a href="{}"><bdi>{}</bdi></a></span>',
            format_html('<span class="cell-sub"><bdi>{}</bdi> ›</span>', parent) if parent else "",
            room_url(record.account_id, record.entry_id, days_query(self.form)),
            room_name(record),
        )

    def render_host(self, value: str) -> str | SafeString:
        name = format_html("<bdi>{}</bdi>", value) if value else or_unknown(unknown_text())
        return format_html('<span class="cell-text">{}</span>', name)

    def render_status(self, value: SessionStatus) -> SafeString:
        return status_mark(value)


class RoomSessionTable(SessionTable):
    """The sessions of one room, on its own page."""

    caption = _("Sessions in this room")

    class Meta(SessionTable.Meta):
        exclude = ("room",)
