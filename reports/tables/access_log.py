"""The table of the access log. Rows are lines of `queries.access_log.log_lines`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from reports.definitions.log_words import ACTIONS, ACTORS, KINDS, TARGETS
from reports.models import AccessLogEntry
from reports.tables.figures import moment_text
from reports.tables.rows import DataTable, OrderedRows

NOWRAP = {"td": {"class": "nowrap"}}


class AccessLogTable(DataTable):
    """Lines of the log. A sortable column is called as in `queries.access_log.ORDERS`."""

    caption = _("Who viewed, exported or changed what")

    at = tables.Column(verbose_name=_("When"), initial_sort_descending=True, attrs=NOWRAP)
    who = tables.Column(verbose_name=_("Who"), accessor="user_label", empty_values=())
    action = tables.Column(verbose_name=_("What"), empty_values=())
    target = tables.Column(verbose_name=_("On what"), empty_values=())

    class Meta(DataTable.Meta):
        orderable = True

    def __init__(self, lines: Iterable[AccessLogEntry], *, form: Any, zone: ZoneInfo) -> None:
        super().__init__(OrderedRows(lines), order_by=form.sort_wanted)
        self.form = form  # writes the addresses of the same list, sorted otherwise
        self.zone = zone

    def render_at(self, value: datetime) -> str:
        return f"{moment_text(value, self.zone)}"

    def render_who(self, record: AccessLogEntry) -> SafeString:
        if record.user_label in ACTORS and record.user is None:
            return format_html('<span class="cell-text">{}</span>', ACTORS[record.user_label])
        if record.user is None:  # deleted since; the name stays
            return format_html('<bdi class="cell-text">{}</bdi>', record.user_label)
        url = reverse("reports:user", args=[record.user.pk])
        # Of who came from Moodle the log itself holds no name.
        name = record.user.get_full_name() if record.user.is_from_moodle else ""
        return format_html(
            '<a class="cell-text" href="{}"><bdi>{}</bdi></a>{}',
            url,
            record.user_label,
            format_html('<span class="cell-sub"><bdi>{}</bdi></span>', name) if name else "",
        )

    def render_action(self, value: str) -> str | SafeString:
        if value in ACTIONS:
            return str(ACTIONS[value])
        return format_html("<code>{}</code>", value)

    def render_target(self, record: AccessLogEntry) -> SafeString:
        return format_html(
            '<span class="cell-text">{}</span>{}', target_text(record), _detail(record)
        )


def target_text(entry: AccessLogEntry) -> str | SafeString:
    """Return what the line is about: a word of ours and an id, with a link where it leads on."""
    if entry.target in TARGETS:
        return str(TARGETS[entry.target])
    whole, _of, of = entry.target.partition(" of ")
    if whole in TARGETS and of:  # a table of something
        return format_html("{}: {}", TARGETS[whole], _named(of, entry))
    return _named(entry.target, entry)


def _named(target: str, entry: AccessLogEntry) -> SafeString:
    kind, _space, name = target.partition(" ")
    if kind not in KINDS or not name:
        return format_html("<code>{}</code>", target)
    url = _url(kind, name, entry)
    if url:
        return format_html('{} <a href="{}"><code>{}</code></a>', KINDS[kind], url, name)
    return format_html("{} <code>{}</code>", KINDS[kind], name)


def _url(kind: str, name: str, entry: AccessLogEntry) -> str:
    """Return where the thing is shown, if it is still there; "" where the line doesn't say."""
    account = entry.detail.get("account")
    if kind == "person" and name.isdecimal():
        return reverse("reports:person", args=[name])
    if kind == "session" and isinstance(account, int) and "/" not in name:
        return reverse("reports:session", args=[account, name])
    return ""


def _detail(entry: AccessLogEntry) -> SafeString:
    shown = {
        key: value
        for key, value in entry.detail.items()
        if value not in (None, "") and (key != "account" or not isinstance(value, int))
    }  # an account's number means nothing to anybody
    if not shown:
        return SafeString()
    words = ", ".join(f"{key}: {value}" for key, value in sorted(shown.items()))
    return format_html('<span class="cell-sub"><code>{}</code></span>', words)
