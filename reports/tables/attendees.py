"""The table of one session's attendees. Rows are `AttendeeLine`s."""

from collections.abc import Iterable

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from reports.definitions import PERSON_REMARKS
from reports.queries.attendees import AttendeeLine
from reports.tables.figures import duration_text, share_text, unknown_text
from reports.tables.rows import NUMBER, DataTable, OrderedRows, or_unknown


class AttendeeTable(DataTable):
    """People in a session by name. What more may be missing of is unknown, as in the file."""

    caption = _("Attendees of this session")
    definitions = {
        "time_in_session": "time_in_session",
        "share_attended": "share_attended",
        "engagement": "engagement",
    }

    name = tables.Column(verbose_name=_("Name"), empty_values=())
    user_id = tables.Column(verbose_name=_("User id"), empty_values=())
    email = tables.Column(verbose_name=_("E-mail"), empty_values=())
    user_type = tables.Column(verbose_name=_("Type"), empty_values=())
    time_in_session = tables.Column(
        verbose_name=_("Time in session"), empty_values=(), attrs=NUMBER
    )
    share_attended = tables.Column(verbose_name=_("Share attended"), empty_values=(), attrs=NUMBER)
    engagement = tables.Column(verbose_name=_("Engagement"), empty_values=(), attrs=NUMBER)

    class Meta(DataTable.Meta):
        pass

    def __init__(self, lines: Iterable[AttendeeLine]) -> None:
        super().__init__(OrderedRows(lines))

    def render_name(self, record: AttendeeLine) -> SafeString:
        remark = None
        if record.is_erased:
            remark = PERSON_REMARKS["erased"]
        elif record.is_placeholder:
            remark = PERSON_REMARKS["placeholder"]
        return format_html(
            '<span class="cell-text">{}</span>{}',
            or_unknown(record.name or unknown_text()),
            format_html('<span class="cell-sub">{}</span>', remark) if remark else "",
        )

    def render_user_id(self, value: str) -> SafeString:
        return _text(value)

    def render_email(self, value: str) -> SafeString:
        user, at, host = value.partition("@")
        if not at:
            return _text(value)
        return format_html('<span class="cell-text">{}@<wbr>{}</span>', user, host)

    def render_user_type(self, record: AttendeeLine) -> str | SafeString:
        words = {"Guest": gettext("Guest"), "User": gettext("User")}
        return or_unknown(words.get(record.user_type, record.user_type) or unknown_text())

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


def _text(value: str) -> SafeString:
    return format_html('<span class="cell-text">{}</span>', or_unknown(value or unknown_text()))
