"""The table of one session's attendees. Rows are `AttendeeLine`s."""

from collections.abc import Iterable
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from reports.queries.attendees import AttendeeLine
from reports.tables.figures import duration_text, share_text
from reports.tables.people import (
    email_cell,
    id_cell,
    name_cell,
    person_url,
    remark_of,
    type_text,
)
from reports.tables.rows import NUMBER, DataTable, OrderedRows, or_unknown
from reports.tables.sessions import page_query

LARGEST_FIRST = {"empty_values": (), "attrs": NUMBER, "initial_sort_descending": True}


class AttendeeTable(DataTable):
    """People in a session. What more may be missing of is unknown, as in the file.

    A column is called as in `queries.session_attendees.ATTENDEE_ORDERS`.
    """

    caption = _("Attendees of this session")
    definitions = {
        "user_type": "user_type",
        "time_in_session": "time_in_session",
        "share_attended": "share_attended",
        "engagement": "engagement",
    }

    name = tables.Column(verbose_name=_("Name"), empty_values=())
    user_id = tables.Column(verbose_name=_("User id"), empty_values=())
    email = tables.Column(verbose_name=_("E-mail"), empty_values=())
    user_type = tables.Column(verbose_name=_("Type"), empty_values=())
    time_in_session = tables.Column(verbose_name=_("Time in session"), **LARGEST_FIRST)
    share_attended = tables.Column(verbose_name=_("Share attended"), **LARGEST_FIRST)
    engagement = tables.Column(verbose_name=_("Engagement"), **LARGEST_FIRST)

    class Meta(DataTable.Meta):
        orderable = True

    def __init__(self, lines: Iterable[AttendeeLine], *, form: Any) -> None:
        super().__init__(OrderedRows(lines), order_by=form.sort_wanted)
        self.form = form  # writes the addresses of the same list, sorted otherwise

    def render_name(self, record: AttendeeLine) -> SafeString:
        query = page_query(self.form.zone, self.form.course_pk)
        remark = remark_of(is_erased=record.is_erased, is_placeholder=record.is_placeholder)
        return name_cell(record.name, person_url(record.person_id, query), remark)

    def render_user_id(self, value: str) -> SafeString:
        return id_cell(value)

    def render_email(self, value: str) -> SafeString:
        return email_cell(value)

    def render_user_type(self, value: str) -> str | SafeString:
        return or_unknown(type_text(value))

    def render_time_in_session(self, record: AttendeeLine) -> str | SafeString:
        return or_unknown(duration_text(record.view_seconds if record.is_whole else None))

    def render_share_attended(self, record: AttendeeLine) -> str | SafeString:
        text = or_unknown(share_text(record.share_attended))
        if not (record.is_whole and record.is_over):
            return text
        return format_html(
            '{}<span class="cell-sub over">{}</span>', text, gettext("longer than the session")
        )

    def render_engagement(self, record: AttendeeLine) -> str | SafeString:
        return or_unknown(share_text(record.engagement if record.is_whole else None))
