"""The classes of one learner, with a box to choose each by."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from reports.charts.learner import Attended
from reports.queries.roster import RosterLine
from reports.tables.corrections import correction_cell
from reports.tables.figures import duration_text, share_text
from reports.tables.marks import class_title, mark_text
from reports.tables.people import NOWRAP
from reports.tables.register_class import cell_box, time_cell
from reports.tables.rows import NUMBER, DataTable, OrderedRows, labelled, or_unknown
from reports.tables.sessions import WIDE


class LearnerTable(DataTable):
    """One learner's classes, in order of start."""

    caption = _("Classes of this learner")
    definitions = {"length": "class_length", "time": "time_in_class", "share": "share_of_class"}

    at = tables.Column(verbose_name=_("Class"), empty_values=(), accessor="one", attrs=NOWRAP)
    room = tables.Column(verbose_name=_("Room"), empty_values=(), accessor="one", attrs=WIDE)
    mark = tables.Column(verbose_name=_("Presence"), empty_values=(), accessor="seat")
    time = tables.Column(
        verbose_name=_("Time in class"),
        empty_values=(),
        accessor="seat",
        attrs=labelled(_("Time in class"), NUMBER),
    )
    length = tables.Column(
        verbose_name=_("Length"),
        empty_values=(),
        accessor="one",
        attrs=labelled(_("Length"), NUMBER),
    )
    share = tables.Column(
        verbose_name=_("Share"),
        empty_values=(),
        accessor="seat",
        attrs=labelled(_("Share"), NUMBER),
    )
    correction = tables.Column(verbose_name=_("Correction"), empty_values=(), accessor="seat")

    class Meta(DataTable.Meta):
        attrs = {"class": "data-table as-cards"}

    def __init__(self, classes: Iterable[Attended], line: RosterLine, zone: ZoneInfo) -> None:
        super().__init__(OrderedRows(classes))
        self.line = line
        self.zone = zone

    def render_at(self, record: Attended) -> SafeString:
        title = class_title(record.one, self.zone)
        return format_html(
            '{}<a href="{}">{}</a>', cell_box(record.one, self.line, title), record.link, title
        )

    def render_room(self, record: Attended) -> SafeString:
        return format_html('<bdi class="cell-text">{}</bdi>', record.one.room_name)

    def render_mark(self, record: Attended) -> SafeString:
        return mark_text(record.seat.mark, is_corrected=record.seat.correction is not None)

    def render_time(self, record: Attended) -> SafeString | str:
        return time_cell(record.seat)

    def render_length(self, record: Attended) -> SafeString | str:
        return or_unknown(duration_text(record.one.length_seconds))

    def render_share(self, record: Attended) -> SafeString | str:
        return or_unknown(share_text(record.seat.share))

    def render_correction(self, record: Attended) -> SafeString | str:
        return correction_cell(record.seat, self.zone)
