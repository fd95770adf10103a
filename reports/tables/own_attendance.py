"""The table of a learner's own classes. Nothing in it leads to a page about others."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from reports.queries.own_attendance import OwnClass, OwnCorrection
from reports.tables.figures import (
    count_text,
    day_text,
    duration_text,
    share_text,
    span_text,
    time_text,
    unknown_text,
)
from reports.tables.marks import mark_text, mark_word
from reports.tables.rows import NUMBER, DataTable, FigureColumn, OrderedRows, or_unknown
from reports.tables.sessions import WIDE

WHY_UNKNOWN: dict[str, str | Promise] = {
    "removed": gettext_lazy(
        "Unknown: the figures of that time were removed after the time for which they may be kept."
    ),
    "open": gettext_lazy("Unknown: the session is still running or was never closed."),
    "not_whole": gettext_lazy("Unknown: Kaltura's figures of this class are not all here yet."),
    "late": gettext_lazy(
        "Unknown: it ended a short while ago, and Kaltura may not have told of everybody yet."
    ),
    "enrolment": gettext_lazy("Unknown: it is not recorded whether you were enrolled then."),
    "names": gettext_lazy(
        "Unknown: names of that time were removed, so it can't be told who came."
    ),
}


def _figure(write: Callable[[Any], str], name: str | Promise, accessor: str) -> FigureColumn:
    """Return a column whose cells say what they are: on a phone there is no head above them."""
    attrs = {"th": NUMBER["th"], "td": NUMBER["td"] | {"data-label": name}}
    return FigureColumn(write, verbose_name=name, accessor=accessor, attrs=attrs)


class OwnClassTable(DataTable):
    """One's own classes of a course, the missed ones too."""

    caption = gettext_lazy("Your classes")
    definitions = {
        "mark": "presence_rule",
        "time": "time_in_class",
        "share": "share_of_class",
        "length": "class_length",
        "engagement": "engagement",
    }

    start = tables.Column(
        verbose_name=gettext_lazy("Class"), accessor="room_name", empty_values=(), attrs=WIDE
    )
    mark = tables.Column(verbose_name=gettext_lazy("You were"), empty_values=(), attrs=WIDE)
    time = _figure(duration_text, gettext_lazy("Time in class"), "seconds")
    share = _figure(share_text, gettext_lazy("Share of the class"), "share")
    length = _figure(duration_text, gettext_lazy("Length"), "length_seconds")
    engagement = _figure(share_text, gettext_lazy("Engagement"), "engagement")

    class Meta(DataTable.Meta):
        attrs = {"class": "data-table as-cards"}

    def __init__(self, rows: Iterable[OwnClass], *, zone: ZoneInfo, breakouts_add: bool) -> None:
        super().__init__(OrderedRows(rows))
        self.zone = zone
        self.breakouts_add = breakouts_add

    def render_start(self, record: OwnClass) -> SafeString:
        when = unknown_text()
        if record.starts_at:
            when = span_text(record.starts_at, record.ends_at, self.zone)
        notes = [format_html("<bdi>{}</bdi>", record.room_name), *self._about(record)]
        below = format_html_join(
            "", '<span class="cell-sub">{}</span>', ((it,) for it in notes if it)
        )
        return format_html('<span class="cell-text">{}{}</span>', or_unknown(when), below)

    def render_mark(self, record: OwnClass) -> SafeString:
        notes = [str(WHY_UNKNOWN[record.why_unknown])] if record.why_unknown else []
        if record.correction:
            notes = [*self._corrected(record.correction), *notes]
        below = format_html_join("", '<span class="cell-sub">{}</span>', ((it,) for it in notes))
        return format_html('<span class="cell-text">{}{}</span>', mark_text(record.mark), below)

    def render_time(self, record: OwnClass) -> SafeString:
        notes = []
        if record.seconds is not None and record.breakout_seconds:
            time = {"time": duration_text(record.breakout_seconds)}
            if self.breakouts_add:
                notes.append(_("%(time)s of it in breakouts") % time)
            else:
                notes.append(_("%(time)s in breakouts, in it already") % time)
        if record.identities > 1:
            text = ngettext(
                "%(n)s sign-in of yours added up",
                "%(n)s sign-ins of yours added up",
                record.identities,
            )
            notes.append(text % {"n": count_text(record.identities)})
        below = format_html_join("", '<span class="cell-sub">{}</span>', ((it,) for it in notes))
        return format_html("{}{}", or_unknown(duration_text(record.seconds)), below)

    def render_engagement(self, record: OwnClass) -> SafeString | str:
        """Nothing where somebody wasn't there: there was no time of which it could be a share."""
        if record.seconds == 0:
            return ""
        return or_unknown(share_text(record.engagement))

    def _about(self, record: OwnClass) -> Iterator[str]:
        """Yield what makes the class other than one plain session."""
        if record.parts > 1:
            text = ngettext(
                "%(n)s session that counts as one class",
                "%(n)s sessions that count as one class",
                record.parts,
            )
            yield text % {"n": count_text(record.parts)}
        if record.class_time:
            begins, ends = (time_text(at, self.zone) for at in record.class_time)
            yield _("class time %(begins)s–%(ends)s") % {"begins": begins, "ends": ends}
        if record.is_disputed:
            yield _(
                "Kaltura's reports disagree about this class: ask your teacher if it looks wrong"
            )
        elif record.is_provisional:
            yield _("figures may still change")

    def _corrected(self, made: OwnCorrection) -> list[str]:
        """Return what a teacher said and why, and what stands without it. No teacher is named."""
        told: dict[str, str] = {
            "mark": mark_word(made.mark),
            "day": day_text(made.made_at, self.zone),
            "reason": made.reason,
        }
        if made.reason:
            said = _("Your teacher marked this “%(mark)s” on %(day)s: %(reason)s") % told
        else:
            said = _("Your teacher marked this “%(mark)s” on %(day)s.") % told
        by_rule = _("By the rule alone: %(mark)s.") % {"mark": mark_word(made.computed)}
        return [said, by_rule]


def rule_since_text(version: int, source: str, made_at: datetime | None, zone: ZoneInfo) -> str:
    """Return whose rule counts, which version and since when; nobody is named."""
    if source == "built_in" or made_at is None:
        return _("Nobody has set another rule.")
    told = {"version": count_text(version), "day": day_text(made_at, zone)}
    if source == "course":
        return _("Rule of this course, version %(version)s, since %(day)s.") % told
    return _("Rule of all courses here, version %(version)s, since %(day)s.") % told
