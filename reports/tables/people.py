"""The tables of people and of one person's sessions, and how a person is written in a cell."""

from collections.abc import Callable, Iterable
from typing import Any
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from reports.definitions import PERSON_REMARKS
from reports.queries.attendees import AttendanceRow
from reports.queries.people import PersonLine
from reports.queries.session_lines import SessionStatus
from reports.queries.visits import VISIT_ORDERS
from reports.tables.figures import (
    count_text,
    day_text,
    duration_text,
    share_text,
    unknown_text,
)
from reports.tables.rows import NUMBER, DataTable, FigureColumn, OrderedRows, or_unknown
from reports.tables.sessions import WIDE, room_name, start_cell, status_mark

NOWRAP = {"th": {"class": "nowrap"}, "td": {"class": "nowrap"}}


def person_url(person_id: int, query: str = "") -> str:
    """Return the address of the person's page."""
    path = reverse("reports:person", args=[person_id])
    return f"{path}?{query}" if query else path


def remark_of(*, is_erased: bool, is_placeholder: bool) -> str:
    """Return what is to be said about who the person is; "" about a known user."""
    if is_erased:
        return str(PERSON_REMARKS["erased"])
    return str(PERSON_REMARKS["placeholder"]) if is_placeholder else ""


def name_cell(name: str, url: str, remark: str) -> SafeString:
    """Return the name as a link to the person's page, with the remark below it."""
    return format_html(
        '<a class="cell-text" href="{}"><bdi>{}</bdi></a>{}',
        url,
        or_unknown(name or unknown_text()),
        format_html('<span class="cell-sub">{}</span>', remark) if remark else "",
    )


def id_cell(text: str) -> SafeString:
    """Return what somebody typed or Kaltura made up, whatever its script."""
    if not text:
        return format_html('<span class="cell-text">{}</span>', or_unknown(unknown_text()))
    return format_html('<bdi class="cell-text">{}</bdi>', text)


def email_cell(email: str) -> SafeString:
    """Return the address; a narrow column may break it before the host."""
    user, at, host = email.partition("@")
    if not at:
        return id_cell(email)
    return format_html('<bdi class="cell-text">{}@<wbr>{}</bdi>', user, host)


def type_text(user_type: str) -> str:
    """Return Kaltura's type of a user in the reader's language."""
    words = {"Guest": gettext("Guest"), "User": gettext("User")}
    return words.get(user_type, user_type) or unknown_text()


class DayColumn(tables.Column):  # type: ignore[misc]
    """The day of a moment in the table's zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"attrs": NOWRAP, "empty_values": (), "initial_sort_descending": True} | kwargs
        )

    def render(self, value: Any, table: Any) -> str | SafeString:
        """Return the day's text."""
        return or_unknown(day_text(value, table.zone) if value else unknown_text())


class PeopleTable(DataTable):
    """People with what they add up to. A column is called as in `queries.people.PERSON_ORDERS`."""

    caption = _("Attendees")
    definitions = {
        "sessions": "sessions",
        "breakouts": "breakout",
        "time_in_session": "time_in_session",
        "engagement": "engagement",
        "first": "first_seen",
        "latest": "latest_seen",
    }

    name = tables.Column(verbose_name=_("Name"), empty_values=())
    user_id = tables.Column(verbose_name=_("User id"), empty_values=())
    email = tables.Column(verbose_name=_("E-mail"), empty_values=())
    user_type = tables.Column(verbose_name=_("Type"), empty_values=())
    account = tables.Column(verbose_name=_("Account"), accessor="account_name", empty_values=())
    sessions = FigureColumn(count_text, verbose_name=_("Sessions"))
    breakouts = FigureColumn(count_text, verbose_name=_("Breakouts"))
    time_in_session = FigureColumn(
        duration_text, verbose_name=_("Time in session"), accessor="view_seconds"
    )
    engagement = FigureColumn(share_text, verbose_name=_("Engagement"))
    first = DayColumn(verbose_name=_("First"), accessor="first_at")
    latest = DayColumn(verbose_name=_("Latest"), accessor="latest_at")

    class Meta(DataTable.Meta):
        orderable = True

    def __init__(
        self, lines: Iterable[PersonLine], *, form: Any, zone: ZoneInfo, with_account: bool
    ) -> None:
        super().__init__(
            OrderedRows(lines),
            order_by=form.sort_wanted,
            exclude=() if with_account else ("account",),
        )
        self.form = form  # writes the addresses of the same list sorted otherwise, and of people
        self.zone = zone

    def render_name(self, record: PersonLine) -> SafeString:
        # That there is no user id is said in the next column.
        short = gettext("known in one session only") if record.is_placeholder else ""
        remark = remark_of(is_erased=record.is_erased, is_placeholder=False) or short
        return name_cell(record.name, person_url(record.person_id, self.form.range_query()), remark)

    def render_user_id(self, value: str) -> SafeString:
        return id_cell(value)

    def render_email(self, value: str) -> SafeString:
        return email_cell(value)

    def render_user_type(self, value: str) -> str | SafeString:
        return or_unknown(type_text(value))

    def render_account(self, record: PersonLine) -> SafeString:
        query = self.form.query(account=record.account_id, page=None)
        return format_html('<a class="cell-text" href="?{}">{}</a>', query, record.account_name)


class VisitColumn(tables.Column):  # type: ignore[misc]
    """A figure of a visit, read as the list is sorted by it; "unknown" where it is None."""

    def __init__(self, write: Callable[[Any], str], **kwargs: Any) -> None:
        kwargs = {"attrs": NUMBER, "empty_values": (), "initial_sort_descending": True} | kwargs
        super().__init__(**kwargs)
        self.write = write

    def render(self, record: AttendanceRow, bound_column: Any) -> str | SafeString:
        """Return the figure's text."""
        return or_unknown(self.write(VISIT_ORDERS[bound_column.name](record)))


class VisitTable(DataTable):
    """One person's sessions. A column is called as in `queries.visits.VISIT_ORDERS`."""

    caption = _("Sessions of this person")
    definitions = {
        "length": "length",
        "time_in_session": "time_in_session",
        "share_attended": "share_attended",
        "engaged_time": "engaged_time",
        "engagement": "engagement",
        "status": "status",
    }

    start = tables.Column(
        verbose_name=_("Start"), empty_values=(), initial_sort_descending=True, attrs=NOWRAP
    )
    room = tables.Column(verbose_name=_("Room"), empty_values=(), attrs=WIDE)
    length = VisitColumn(duration_text, verbose_name=_("Length"))
    time_in_session = VisitColumn(duration_text, verbose_name=_("Time in session"))
    share_attended = VisitColumn(share_text, verbose_name=_("Share attended"))
    engaged_time = VisitColumn(duration_text, verbose_name=_("Engaged time"))
    engagement = VisitColumn(share_text, verbose_name=_("Engagement"))
    status = tables.Column(verbose_name=_("Status"), accessor="session__status")

    class Meta(DataTable.Meta):
        orderable = True

    def __init__(self, rows: Iterable[AttendanceRow], *, form: Any, zone: ZoneInfo) -> None:
        super().__init__(OrderedRows(rows), order_by=form.sort_wanted)
        self.form = form  # writes the addresses of the same list sorted otherwise
        self.zone = zone

    def render_start(self, record: AttendanceRow) -> SafeString:
        return start_cell(record.session, self.zone, self.form.course_pk)

    def render_room(self, record: AttendanceRow) -> SafeString:
        line = record.session
        main = format_html('<span class="cell-sub">{} ›</span>', line.parent_name or "")
        url = reverse("reports:room", args=[line.account_id, line.entry_id])
        return format_html(
            '<span class="cell-text">{}<a href="{}?{}">{}</a></span>',
            main if line.parent_name else "",
            url,
            self.form.range_query(room=None),
            room_name(line),
        )

    def render_share_attended(self, record: AttendanceRow) -> str | SafeString:
        text = or_unknown(share_text(record.attendee.share_attended))
        if not (record.attendee.is_whole and record.attendee.is_over):
            return text
        return format_html(
            '{}<span class="cell-sub over">{}</span>', text, gettext("longer than the session")
        )

    def render_status(self, value: SessionStatus) -> SafeString:
        return status_mark(value)
