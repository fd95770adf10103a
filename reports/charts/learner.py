"""One learner's time in each class of a course against the class's length."""

from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _, gettext_lazy

from reports.analytics.presence import Mark as Presence
from reports.charts.figure import ChartColumn, ChartFigure, ChartRow
from reports.charts.person import Mark, visits_option
from reports.queries.classes import CourseClass
from reports.queries.seats import Seat
from reports.tables.figures import day_text, duration_text, share_text
from reports.tables.marks import class_title, mark_word

COLUMNS = (
    ChartColumn(gettext_lazy("Class")),
    ChartColumn(gettext_lazy("Presence"), is_number=False),
    ChartColumn(gettext_lazy("Time in class"), "time_in_class"),
    ChartColumn(gettext_lazy("Length"), "class_length"),
    ChartColumn(gettext_lazy("Share"), "share_of_class"),
)


class Attended(NamedTuple):
    """A class, the learner's seat in it, and where a click on it leads."""

    one: CourseClass
    seat: Seat
    link: str


def learner_chart(classes: Sequence[Attended], zone: ZoneInfo) -> ChartFigure:
    """Return the chart of the learner's own classes, in order of start."""
    title = _("Time in each class")
    own = [it for it in classes if it.seat.mark != Presence.NOT_ENROLLED]
    if not any(it.seat.seconds is not None for it in own):
        why = _("There is no chart: of no class the time is known.")
        return ChartFigure("classes", title, "", empty=why)
    marks = [_mark(it, zone) for it in own]
    caption = _("Bars: time in class. Lines: the length of the class.")
    if any(mark.is_provisional for mark in marks):
        caption += " " + _("What is hatched may still change.")
    return ChartFigure(
        "classes",
        title,
        caption,
        option=visits_option(marks, _("Time in class")),
        columns=COLUMNS,
        rows=tuple(_row(it, mark) for it, mark in zip(own, marks, strict=True)),
        height="small",
        definition="time_in_class",
        hint=_("A click on a bar leads to what is behind it."),
    )


def _mark(it: Attended, zone: ZoneInfo) -> Mark:
    return Mark(
        axis=day_text(it.one.starts_at, zone),
        name=class_title(it.one, zone),
        what=mark_word(it.seat.mark),
        view_seconds=it.seat.seconds,
        length_seconds=it.one.length_seconds,
        share=it.seat.share,
        breakout_seconds=it.seat.breakout_seconds,
        is_provisional=it.one.is_provisional,
        link=it.link,
    )


def _row(it: Attended, mark: Mark) -> ChartRow:
    figures = (
        duration_text(mark.view_seconds),
        duration_text(mark.length_seconds),
        share_text(mark.share),
    )
    return ChartRow((mark.name, mark.what, *figures), it.link)
