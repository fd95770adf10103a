"""The table of the people who may sign in. Rows are users of `queries.users.user_list`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _, ngettext

from reports.models import Role, User
from reports.tables.figures import count_text, moment_text
from reports.tables.rows import DataTable, OrderedRows

ROOMS_NAMED = 2  # of a teacher; the others are counted
NOWRAP = {"td": {"class": "nowrap"}}


class UserTable(DataTable):
    """People. A sortable column is called as in `queries.users.ORDERS`."""

    caption = _("People who may sign in")

    name = tables.Column(verbose_name=_("Name"), accessor="pk", empty_values=())
    username = tables.Column(verbose_name=_("User name"))
    role = tables.Column(verbose_name=_("Role"), empty_values=())
    rooms = tables.Column(
        verbose_name=_("Rooms"), accessor="pk", empty_values=(), initial_sort_descending=True
    )
    last_sign_in = tables.Column(
        verbose_name=_("Last sign-in"),
        accessor="last_login",
        empty_values=(),
        initial_sort_descending=True,
        attrs=NOWRAP,
    )
    active = tables.Column(
        verbose_name=_("May sign in"), accessor="is_active", empty_values=(), attrs=NOWRAP
    )

    class Meta(DataTable.Meta):
        orderable = True

    def __init__(self, users: Iterable[User], *, form: Any, order: str, zone: ZoneInfo) -> None:
        super().__init__(OrderedRows(users), order_by=order)
        self.form = form  # writes the addresses of the same list, sorted otherwise
        self.zone = zone

    def render_name(self, record: User) -> SafeString:
        return format_html(
            '<span class="cell-text"><a href="{}">{}</a>{}</span>',
            reverse("reports:user", args=[record.pk]),
            record.get_full_name() or record.username,
            format_html('<span class="cell-sub">{}</span>', record.email) if record.email else "",
        )

    def render_username(self, value: str) -> SafeString:
        return format_html('<span class="cell-text">{}</span>', value)

    def render_role(self, record: Any) -> str:
        return str((Role.ADMINISTRATOR if record.is_head else Role.TEACHER).label)

    def render_rooms(self, record: Any) -> str | SafeString:
        if record.is_head:
            return gettext("every room")
        if not record.room_count:
            return format_html('<span class="unknown">{}</span>', gettext("none yet"))
        return format_html('<span class="cell-text">{}</span>', rooms_text(record))

    def render_last_sign_in(self, value: datetime | None) -> str | SafeString:
        if value is None:
            return format_html('<span class="unknown">{}</span>', gettext("never"))
        return moment_text(value, self.zone)

    def render_active(self, value: bool) -> SafeString:
        return active_mark(value)


def rooms_text(user: User) -> str:
    """Return the names of the rooms given to the user, the first ones by name."""
    names = sorted(str(grant.room) for grant in user.room_grants.all())
    shown = ", ".join(names[:ROOMS_NAMED])
    if (more := len(names) - ROOMS_NAMED) <= 0:
        return shown
    text = ngettext("%(rooms)s and %(n)s more", "%(rooms)s and %(n)s more", more)
    return text % {"rooms": shown, "n": count_text(more)}


def active_mark(is_active: bool) -> SafeString:
    """Return sign and words for whether somebody may sign in."""
    sign, css_class, words = (
        ("●", "sign-calm", gettext("enabled")) if is_active else ("○", "", gettext("disabled"))
    )
    return format_html(
        '<span class="sign {}"><span aria-hidden="true">{}</span>{}</span>', css_class, sign, words
    )
