"""Attendance against enrolment: bars for who came, a line for the learners enrolled at the time.

The bars count everybody in the room, the line learners alone: who of them came isn't told here.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from reports.analytics.periods import Bucket
from reports.charts.figure import (
    GRID,
    ChartColumn,
    ChartFigure,
    ChartRow,
    category_axis,
    value_axis,
)
from reports.charts.room import RoomMark
from reports.tables.figures import count_text, mean_text

SESSION = ChartColumn(gettext_lazy("Session"), is_number=False)
PERIOD = ChartColumn(gettext_lazy("Period"), is_number=False)
SESSIONS = ChartColumn(gettext_lazy("Sessions"), "sessions")
ATTENDEES = ChartColumn(gettext_lazy("Attendees"), "attendees")
MEAN = ChartColumn(gettext_lazy("Attendees per session"), "mean_attendees")
ENROLLED = ChartColumn(gettext_lazy("Learners enrolled"), "learners_enrolled")


def enrolled_chart(
    marks: Sequence[RoomMark], enrolled: Sequence[int | None], bucket: Bucket | None, days: str
) -> ChartFigure:
    """Return the chart. Each mark has the learners enrolled then; None: unknown.

    Without a bucket a mark is a session, otherwise the sessions of a period: their mean, and the
    learners at its end.
    """
    title = _("Attendees, and learners enrolled")
    definition = "attendees" if bucket is None else "mean_attendees"
    if not any(mark.attendees is not None for mark in marks):
        why = _("There is no chart yet: of no session all attendance is known.")
        return ChartFigure("enrolled", title, "", empty=why, definition=definition)
    return ChartFigure(
        "enrolled",
        title,
        " ".join(_caption(enrolled, bucket, days)),
        option=_option(marks, enrolled, bucket),
        columns=(
            (SESSION, ATTENDEES, ENROLLED) if bucket is None else (PERIOD, SESSIONS, MEAN, ENROLLED)
        ),
        rows=tuple(
            ChartRow(_cells(mark, learners, bucket), link=mark.link)
            for mark, learners in zip(marks, enrolled, strict=True)
        ),
        definition=definition,
        hint=_hint(marks, bucket),
    )


def _caption(enrolled: Sequence[int | None], bucket: Bucket | None, days: str) -> list[str]:
    bars = {
        None: _("Bars: everybody in the session, breakouts left out; %(days)s."),
        Bucket.DAY: _("Bars: everybody in a session on average, by day; %(days)s."),
        Bucket.WEEK: _("Bars: everybody in a session on average, by week; %(days)s."),
        Bucket.MONTH: _("Bars: everybody in a session on average, by month; %(days)s."),
    }[bucket]
    said = [bars % {"days": days}]
    known = [learners is not None for learners in enrolled]
    if not any(known):
        said.append(_("How many learners were enrolled isn't known for these days."))
    else:
        said.append(
            _("Line: the learners enrolled at the time.")
            if bucket is None
            else _("Line: the learners enrolled at the end of the period.")
        )
        said.append(_("Teachers and guests are in the bars, and not in the line."))
        if not all(known):
            said.append(_("Where the line is missing, no roster had been fetched yet."))
    return said


def _cells(mark: RoomMark, learners: int | None, bucket: Bucket | None) -> tuple[str, ...]:
    figures = (_came(mark, bucket), count_text(learners))
    if bucket is None:
        return (mark.name, *figures)
    return (mark.name, count_text(mark.sessions), *figures)


def _came(mark: RoomMark, bucket: Bucket | None) -> str:
    """Return how many came to the session, or on average."""
    if mark.sessions == 0:
        return _("no session")
    return count_text(mark.attendances) if bucket is None else mean_text(mark.attendees)


def _hint(marks: Sequence[RoomMark], bucket: Bucket | None) -> str:
    """Return what a click does, and what the marks are that may still change."""
    hint = (
        _("A click on a bar leads to its session.")
        if bucket is None
        else _("A click on a bar leads to its days.")
    )
    if any(mark.is_provisional for mark in marks):
        hint += " " + _("Hatched bars may still change.")
    return hint


def _option(
    marks: Sequence[RoomMark], enrolled: Sequence[int | None], bucket: Bucket | None
) -> dict[str, Any]:
    """Return bars from zero and a thin line before them. Shape: ECharts' option."""
    series: list[dict[str, Any]] = [
        {
            "type": "bar",
            "name": _("Attendees"),
            "barMaxWidth": 44,
            "barCategoryGap": "20%",
            "data": [
                _bar(mark, learners, bucket) for mark, learners in zip(marks, enrolled, strict=True)
            ],
        }
    ]
    if any(learners is not None for learners in enrolled):
        series.append(
            {
                "type": "line",
                "name": _("Learners enrolled"),
                "step": "middle",
                "symbol": "circle",
                "symbolSize": 4,
                "showAllSymbol": True,
                "connectNulls": False,
                "lineStyle": {"width": 1.5},
                "data": [
                    {"name": mark.name, "value": learners}
                    for mark, learners in zip(marks, enrolled, strict=True)
                ],
            }
        )
    return {
        "grid": GRID,
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "formatter": "{b}"},
        "xAxis": category_axis([mark.label for mark in marks]),
        "yAxis": value_axis(_("People")),
        "series": series,
    }


def _bar(mark: RoomMark, learners: int | None, bucket: Bucket | None) -> dict[str, Any]:
    """Return a mark, whose name is all of what the tooltip says."""
    said = [
        mark.name,
        _("Attendees: %(n)s") % {"n": _came(mark, bucket)},
        _("Learners enrolled: %(n)s") % {"n": count_text(learners)},
    ]
    value = None if mark.attendees is None else round(mark.attendees, 1)
    datum: dict[str, Any] = {"name": "\n".join(said), "value": value, "link": mark.link}
    return datum | {"hatched": True} if mark.is_provisional else datum
