"""The table of a course's roster, with a box to choose each person by."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from reports.definitions import ENROLMENT_KINDS, ROSTER_REASONS
from reports.models import Course, Enrolment
from reports.queries.roster import RosterLine
from reports.tables.figures import day_text
from reports.tables.people import NOWRAP, email_cell, id_cell
from reports.tables.rows import DataTable, OrderedRows, or_unknown
from reports.tables.sessions import WIDE

Kind = Enrolment.Kind


class RosterTable(DataTable):
    """People of a course. A sortable column is called as in `queries.roster.ROSTER_ORDERS`."""

    caption = _("Roster")
    row_header = "name"
    definitions = {
        "kind": "staff",
        "first": "first_listed",
        "latest": "latest_listed",
        "counted": "counted_from",
    }

    name = tables.Column(verbose_name=_("Name"), accessor="shown_name", empty_values=(), attrs=WIDE)
    user_name = tables.Column(verbose_name=_("User name"), empty_values=())
    email = tables.Column(verbose_name=_("E-mail"), empty_values=())
    kind = tables.Column(verbose_name=_("Kind"), empty_values=())
    first = tables.Column(
        verbose_name=_("First listed"),
        accessor="first_seen_at",
        attrs=NOWRAP,
        initial_sort_descending=True,
    )
    latest = tables.Column(
        verbose_name=_("Latest listed"),
        accessor="last_seen_at",
        attrs=NOWRAP,
        initial_sort_descending=True,
    )
    counted = tables.Column(
        verbose_name=_("Counted from"), accessor="counted_since", attrs=NOWRAP, empty_values=()
    )

    class Meta(DataTable.Meta):
        orderable = True

    def __init__(
        self, lines: Iterable[RosterLine], course: Course, *, form: Any, zone: ZoneInfo
    ) -> None:
        super().__init__(OrderedRows(lines), order_by=form.sort_wanted)
        self.course = course
        self.form = form  # writes the addresses of the same list, sorted otherwise
        self.zone = zone

    def render_name(self, record: RosterLine) -> SafeString:
        box = format_html(
            '<input class="form-check-input" type="checkbox" name="people" value="{}"'
            ' id="person-{}">',
            record.enrolment_id,
            record.enrolment_id,
        )
        remark = name_remark(record)
        return format_html(
            '<span class="cell-text">{} <label for="person-{}"><bdi>{}</bdi></label>{}</span>',
            box,
            record.enrolment_id,
            shown_name(record),
            format_html('<span class="cell-sub">{}</span>', remark) if remark else "",
        )

    def render_user_name(self, value: str) -> SafeString:
        return id_cell(value)

    def render_email(self, record: RosterLine) -> SafeString:
        shared = gettext("shared with somebody else of the course")
        remark = format_html('<span class="cell-sub">{}</span>', shared)
        return format_html("{}{}", email_cell(record.email), remark if record.shares_email else "")

    def render_kind(self, record: RosterLine) -> SafeString:
        return format_html(
            '<span class="cell-text">{}<span class="cell-sub">{}</span></span>{}',
            kind_text(record),
            reason_text(record),
            self._mark_button(record),
        )

    def render_first(self, value: datetime) -> str:
        return day_text(value, self.zone)

    def render_latest(self, value: datetime) -> str:
        return day_text(value, self.zone)

    def render_counted(self, record: RosterLine) -> str | SafeString:
        if not record.is_learner:
            return format_html('<span class="unknown">{}</span>', gettext("not counted"))
        if record.counted_from is None:
            return or_unknown(day_text(record.counted_since, self.zone))
        return format_html(
            '{}<span class="cell-sub">{}</span>',
            day_text(record.counted_since, self.zone),
            backdated_text(record),
        )

    def _mark_button(self, record: RosterLine) -> SafeString:
        """Return a button that needs no choosing first."""
        if record.reason == "marked":
            word, text = "listed", gettext("Take the mark back")
        elif record.is_learner:
            word, text = Kind.STAFF.value, gettext("Mark as staff")
        else:
            word, text = Kind.LEARNER.value, gettext("Mark as learner")
        return format_html(
            '<button type="submit" class="btn btn-quiet btn-sm nowrap" formaction="{}" name="kind"'
            ' value="{}">{}<span class="visually-hidden"> {}</span></button>',
            reverse("reports:roster-mark", args=[self.course.pk, record.enrolment_id]),
            word,
            text,
            shown_name(record),
        )


def shown_name(line: RosterLine) -> str:
    """Return the name, or what stands in for it, in words; with more where two have one name."""
    if line.name and line.shares_name:
        beside = line.user_name or line.email or line.moodle_user_id
        return gettext("%(name)s (%(beside)s)") % {"name": line.name, "beside": beside}
    if line.name or line.user_name:
        return line.shown_name
    return gettext("Moodle user %(id)s") % {"id": line.moodle_user_id}


def name_remark(line: RosterLine) -> str:
    """Return why there is no name, and whether the person has left; "" for most."""
    remarks = []
    if line.is_erased:
        remarks.append(gettext("erased"))
    elif not line.name:
        remarks.append(gettext("Moodle tells no name"))
    if not line.is_current:
        remarks.append(gettext("left"))
    return ", ".join(remarks)


def kind_text(line: RosterLine) -> str:
    """Return whether the person counts as a learner or as staff."""
    return str(ENROLMENT_KINDS[line.kind])


def reason_text(line: RosterLine) -> str:
    """Return why that is so, and who said it."""
    if line.reason == "marked" and line.marked_by:
        return gettext("marked by %(who)s") % {"who": line.marked_by}
    return str(ROSTER_REASONS[line.reason])


def backdated_text(line: RosterLine) -> str:
    """Return who dated somebody back; "" where nobody did."""
    if line.counted_from is None:
        return ""
    if not line.backdated_by:
        return gettext("dated back")
    return gettext("dated back by %(who)s") % {"who": line.backdated_by}
