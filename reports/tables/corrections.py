"""How corrections are written, and the tables of those of a cell and of cells that were chosen."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from reports.analytics.presence import Mark
from reports.models import Course, PresenceCorrection
from reports.queries.register_class import OpenCell, RefusedCell
from reports.queries.seats import Seat
from reports.tables.figures import duration_text, moment_text, unknown_text
from reports.tables.marks import author_text, class_title, mark_text, mark_word
from reports.tables.people import NOWRAP
from reports.tables.register_urls import cell_url, cell_value
from reports.tables.roster import shown_name
from reports.tables.rows import DataTable, OrderedRows, labelled, or_unknown
from reports.tables.sessions import WIDE

# Why a cell can't be corrected: a Refusal of queries.register_class.
REFUSALS = {
    "no_class": _("this course has no such class"),
    "ignored": _("this class is ignored: let it count again first"),
    "no_learner": _("nobody of this course"),
    "staff": _("counts as staff, not as a learner"),
    "erased": _("was erased: nothing more is noted about them"),
}


def said_text(made: PresenceCorrection, zone: ZoneInfo) -> SafeString:
    """Return who said so when, and why."""
    words = gettext("%(who)s, %(at)s") % {
        "who": author_text(made.made_by),
        "at": moment_text(made.made_at, zone),
    }
    reason = (
        format_html("<bdi>{}</bdi>", made.reason) if made.reason else gettext("no reason given")
    )
    return format_html("{}: {}", words, reason)


def computed_text(mark: Mark | str, seconds: int | None) -> str:
    """Return what was or is computed, such as `absent, 5 min`."""
    word = mark_word(Mark(mark)) if mark in set(Mark) else unknown_text()
    if seconds is None or mark == Mark.UNKNOWN:
        return word
    return f"{word}, {duration_text(seconds)}"


def contradiction_text(seat: Seat) -> str:
    """Return what data that came later says, where it contradicts the correction; else ""."""
    made = seat.correction
    if made is None or not seat.is_contradicted:
        return ""
    return gettext(
        "Later data says otherwise: it was %(then)s when this was corrected; it is %(now)s now"
    ) % {
        "then": computed_text(made.computed_mark, made.computed_seconds),
        "now": computed_text(seat.computed, seat.seconds),
    }


def correction_cell(seat: Seat, zone: ZoneInfo) -> SafeString | str:
    """Return who corrected a seat and why, with what is computed beside it; "" of one that isn't."""
    if seat.correction is None:
        return ""
    later = contradiction_text(seat)
    return format_html(
        '<span class="cell-text">{}</span><span class="cell-sub">{}</span>{}',
        said_text(seat.correction, zone),
        gettext("Computed: %(what)s") % {"what": computed_text(seat.computed, seat.seconds)},
        format_html('<span class="sign sign-uncertain cell-later">≠ {}</span>', later)
        if later
        else "",
    )


class CorrectionsTable(DataTable):
    """Every correction of a cell, the newest first. The first of those in force counts."""

    caption = _("Corrections of this cell")
    definitions = {"said": "correction"}

    said = tables.Column(
        verbose_name=_("Marked as"), accessor="presence", empty_values=(), attrs=NOWRAP
    )
    why = tables.Column(verbose_name=_("Reason"), accessor="reason", empty_values=(), attrs=WIDE)
    who = tables.Column(verbose_name=_("By"), accessor="pk", attrs=labelled(_("By")))
    computed = tables.Column(
        verbose_name=_("Computed then"),
        accessor="computed_mark",
        empty_values=(),
        attrs=labelled(_("Computed then")),
    )
    state = tables.Column(
        verbose_name=_("State"), accessor="undone_at", empty_values=(), attrs=labelled(_("State"))
    )

    class Meta(DataTable.Meta):
        attrs = {"class": "data-table as-cards"}

    def __init__(
        self, made: Iterable[PresenceCorrection], counts: PresenceCorrection | None, zone: ZoneInfo
    ) -> None:
        super().__init__(OrderedRows(made))
        self.counts = counts.pk if counts else None
        self.zone = zone

    def render_said(self, record: PresenceCorrection) -> SafeString:
        return mark_text(Mark(record.presence))

    def render_why(self, record: PresenceCorrection) -> SafeString:
        reason = record.reason or gettext("no reason given")
        return format_html('<bdi class="cell-text">{}</bdi>', reason)

    def render_who(self, record: PresenceCorrection) -> SafeString:
        return format_html(
            '{}<span class="cell-sub">{}</span>',
            author_text(record.made_by),
            moment_text(record.made_at, self.zone),
        )

    def render_computed(self, record: PresenceCorrection) -> str | SafeString:
        return or_unknown(computed_text(record.computed_mark, record.computed_seconds))

    def render_state(self, record: PresenceCorrection) -> str | SafeString:
        if record.undone_at is not None:
            undone = gettext("by %(who)s, %(at)s") % {
                "who": author_text(record.undone_by),
                "at": moment_text(record.undone_at, self.zone),
            }
            return format_html('{}<span class="cell-sub">{}</span>', gettext("undone"), undone)
        if record.pk != self.counts:
            return gettext("a newer one counts")
        return format_html(
            '{}<button type="submit" class="btn btn-quiet btn-sm nowrap cell-button"'
            ' form="undo-correction" name="correction" value="{}">{}</button>',
            format_html('<span class="cell-text">{}</span>', gettext("counts")),
            record.pk,
            gettext("Undo this correction"),
        )


class ChosenTable(DataTable):
    """Cells that are about to be corrected, each with its key in the form around the table."""

    caption = _("What you are about to correct")
    row_header = "name"

    name = tables.Column(verbose_name=_("Name"), empty_values=(), accessor="key", attrs=WIDE)
    at = tables.Column(verbose_name=_("Class"), empty_values=(), accessor="key", attrs=NOWRAP)
    computed = tables.Column(
        verbose_name=_("Computed now"),
        empty_values=(),
        accessor="key",
        attrs=labelled(_("Computed now")),
    )
    correction = tables.Column(
        verbose_name=_("Corrected before"),
        empty_values=(),
        accessor="key",
        attrs=labelled(_("Corrected before")),
    )

    class Meta(DataTable.Meta):
        attrs = {"class": "data-table as-cards"}

    def __init__(
        self, cells: Iterable[OpenCell], course: Course, query: str, zone: ZoneInfo
    ) -> None:
        super().__init__(OrderedRows(cells))
        self.course = course
        self.query = query
        self.zone = zone

    def render_name(self, record: OpenCell) -> SafeString:
        return format_html(
            '<span class="cell-text"><bdi>{}</bdi></span><input type="hidden" name="cell" value="{}">',
            shown_name(record.line),
            cell_value(record.one, record.line.enrolment_id),
        )

    def render_at(self, record: OpenCell) -> SafeString:
        url = cell_url(self.course, record.one, record.line.enrolment_id, self.query)
        return format_html(
            '<a href="{}">{}</a><span class="cell-sub"><bdi>{}</bdi></span>',
            url,
            class_title(record.one, self.zone),
            record.one.room_name,
        )

    def render_computed(self, record: OpenCell) -> SafeString:
        time = duration_text(record.seat.seconds)
        return format_html(
            '{}<span class="cell-sub">{}</span>', mark_text(record.seat.computed), time
        )

    def render_correction(self, record: OpenCell) -> SafeString | str:
        made = record.seat.correction
        if made is None:
            return gettext("no")
        return format_html(
            '{}<span class="cell-sub">{}</span>',
            mark_text(Mark(made.presence)),
            said_text(made, self.zone),
        )


def refused_text(cell: RefusedCell, zone: ZoneInfo) -> SafeString:
    """Return which chosen cell is left out, and why."""
    name = shown_name(cell.line) if cell.line else gettext("Somebody else")
    at = f", {class_title(cell.one, zone)}" if cell.one else ""
    return format_html("<bdi>{}</bdi>{}: {}", name, at, REFUSALS[cell.why])
