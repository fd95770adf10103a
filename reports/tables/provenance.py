"""The tables of where one session's figures come from. Rows: `SessionDay`s and `Restated`s."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _, ngettext

from reports.models import FindingKind
from reports.queries.provenance import Restated, SessionDay
from reports.tables.figures import count_text, day_text, duration_text, moment_text, span_text
from reports.tables.rows import NUMBER, DataTable, FigureColumn, OrderedRows

NOWRAP = {"th": {"class": "nowrap"}, "td": {"class": "nowrap"}}


class SourceTable(DataTable):
    """The UTC days that a session's figures come from. For administrators."""

    caption = _("Day by day, as Kaltura was asked")
    definitions = {"day": "tile", "state": "provisional", "noticed": "finding"}

    day = tables.Column(verbose_name=_("UTC day"), accessor="start_at", attrs=NOWRAP)
    asked = tables.Column(
        verbose_name=_("Asked"), accessor="asked_at", empty_values=(), attrs=NOWRAP
    )
    state = tables.Column(verbose_name=_("Figures"), accessor="settles_at", empty_values=())
    attendees = FigureColumn(count_text, verbose_name=_("Attendees"), accessor="attendee_count")
    time_in_session = FigureColumn(
        duration_text, verbose_name=_("Time in session"), accessor="view_seconds"
    )
    compared = tables.Column(verbose_name=_("Kaltura's reports"), accessor="check", empty_values=())
    noticed = tables.Column(verbose_name=_("Findings"), accessor="findings", empty_values=())
    set_aside = tables.Column(verbose_name=_("Lines set aside that day"), attrs=NUMBER)

    class Meta(DataTable.Meta):
        pass

    def __init__(self, days: Iterable[SessionDay], zone: ZoneInfo) -> None:
        super().__init__(OrderedRows(days))
        self.zone = zone

    def render_day(self, record: SessionDay) -> str | SafeString:
        if not record.is_upload:
            return day_text(record.start_at, UTC)
        span = span_text(record.start_at, record.end_at, UTC)
        return format_html('{}<span class="cell-sub">{}</span>', span, gettext("uploaded files"))

    def render_asked(self, record: SessionDay) -> str | SafeString:
        if record.asked_at is None:
            gone = gettext("removed by now") if record.is_removed else gettext("not yet")
            return format_html('<span class="unknown">{}</span>', gone)
        asked = moment_text(record.asked_at, self.zone)
        if record.is_covered or record.is_upload:
            return asked
        note = gettext("for some rooms or events alone")
        return format_html('{}<span class="cell-sub">{}</span>', asked, note)

    def render_state(self, record: SessionDay) -> str | SafeString:
        if record.asked_at is None:
            return format_html('<span class="unknown">{}</span>', gettext("missing"))
        if record.is_cut:
            return _sign("sign-wrong", "≠", gettext("cut by Kaltura"))
        if not record.is_provisional:
            return _sign("sign-calm", "●", gettext("settled"))
        until = gettext("may change until %(at)s") % {
            "at": moment_text(record.settles_at, self.zone)
        }
        return _sign("sign-uncertain", "◐", until)

    def render_compared(self, record: SessionDay) -> str | SafeString:
        if record.check is None:
            return format_html('<span class="unknown">{}</span>', gettext("nothing of it there"))
        return str(record.check.label)

    def render_noticed(self, record: SessionDay) -> str | SafeString:
        own = format_html_join(
            "",
            '<span class="cell-text">{}{}</span>',
            (
                (FindingKind(kind).label, f" × {count_text(n)}" if n > 1 else "")
                for kind, n in sorted(record.findings.items())
            ),
        )
        of_day = ngettext(
            "%(n)s in the whole day", "%(n)s in the whole day", record.day_findings
        ) % {"n": count_text(record.day_findings)}
        return format_html(
            '{}<span class="cell-sub">{}</span>', own or gettext("none of this session"), of_day
        )


class RestatementTable(DataTable):
    """What Kaltura changed of a session after its figures had settled."""

    caption = _("Changed after it had settled")
    definitions = {"time_in_session": "time_in_session", "engaged_time": "engaged_time"}

    noticed = tables.Column(verbose_name=_("Noticed"), accessor="noticed_at", attrs=NOWRAP)
    day = tables.Column(verbose_name=_("UTC day"), accessor="day_start_at", attrs=NOWRAP)
    attendees = tables.Column(verbose_name=_("Attendees"), accessor="attendees_after", attrs=NUMBER)
    time_in_session = tables.Column(
        verbose_name=_("Time in session"), accessor="view_seconds_after", attrs=NUMBER
    )
    engaged_time = tables.Column(
        verbose_name=_("Engaged time"), accessor="engaged_seconds_after", attrs=NUMBER
    )

    class Meta(DataTable.Meta):
        pass

    def __init__(self, changes: Iterable[Restated], zone: ZoneInfo) -> None:
        super().__init__(OrderedRows(changes))
        self.zone = zone

    def render_noticed(self, value: datetime) -> str:
        return moment_text(value, self.zone)

    def render_day(self, value: datetime) -> str:
        return day_text(value, UTC)

    def render_attendees(self, record: Restated) -> str:
        before, after = record.attendees_before, record.attendees_after
        if before == after:
            return count_text(after)
        return was_text(count_text(before), count_text(after))

    def render_time_in_session(self, record: Restated) -> str:
        return changed_duration(record.view_seconds_before, record.view_seconds_after)

    def render_engaged_time(self, record: Restated) -> str:
        return changed_duration(record.engaged_seconds_before, record.engaged_seconds_after)


def changed_duration(before: int, after: int) -> str:
    """Return the time now and before; in seconds where minutes would be the same."""
    if before == after:
        return duration_text(after)
    if duration_text(before) != duration_text(after):
        return was_text(duration_text(before), duration_text(after))
    seconds = gettext("%(n)s s")
    return was_text(seconds % {"n": count_text(before)}, seconds % {"n": count_text(after)})


def was_text(before: str, after: str) -> str:
    return gettext("%(after)s (was %(before)s)") % {"before": before, "after": after}


def _sign(css_class: str, sign: str, words: str) -> SafeString:
    return format_html(
        '<span class="sign {}"><span aria-hidden="true">{}</span>{}</span>', css_class, sign, words
    )
