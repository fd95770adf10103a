"""One person's time in each session against the session's length."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _, gettext_lazy, ngettext

from reports.analytics.periods import Period, bucket_of, day_start, periods
from reports.charts.figure import (
    GRID,
    ChartColumn,
    ChartFigure,
    ChartRow,
    category_axis,
    value_axis,
)
from reports.definitions import STATUSES
from reports.queries.visits import Visit, length_attended
from reports.tables.figures import (
    count_text,
    day_text,
    duration_text,
    moment_text,
    share_text,
    unknown_text,
)
from reports.tables.sessions import room_name, session_url

MOST_MARKS = 60  # of more visits a mark stands for a day, week or month
BAR_SHARE = 0.7  # of the room that a mark has on the axis
WIDEST = 40  # px of a bar
LINE = 3  # px, the thickness of the line at the length

COLUMNS = (
    ChartColumn(gettext_lazy("Start")),
    ChartColumn(gettext_lazy("Room"), is_number=False),
    ChartColumn(gettext_lazy("Time in session"), "time_in_session"),
    ChartColumn(gettext_lazy("Length"), "length"),
    ChartColumn(gettext_lazy("Share attended"), "share_attended"),
)
PERIOD_COLUMNS = (
    ChartColumn(gettext_lazy("Days")),
    ChartColumn(gettext_lazy("Sessions"), "sessions"),
    *COLUMNS[2:],
)


class Mark(NamedTuple):
    """A bar from zero and the line at the length: of one visit, or of those of a period."""

    axis: str  # what stands on the axis
    name: str
    what: str  # the room, or how many sessions
    view_seconds: int | None  # None, as the length: unknown, a gap
    length_seconds: int | None
    share: float | None  # of the length, each session's at most 1
    breakout_seconds: int  # of the time, as far as it is known
    is_provisional: bool
    link: str


def person_chart(
    found: Sequence[Visit],
    zone: ZoneInfo,
    query_of: Callable[[date, date], str],
    course_pk: int | None = None,
) -> ChartFigure:
    """Return the chart of the visits, in order of start.

    `query_of` gives the query of the same page over other days, where a mark of many visits leads.
    A mark of one leads to the session, in the course.
    """
    title = _("Time in each session")
    if not any(visit.view_seconds is not None for visit in found):
        why = _("There is no chart yet: not all attendance of these sessions has been fetched.")
        return ChartFigure("visits", title, "", empty=why)
    is_each = len(found) <= MOST_MARKS
    marks = _each(found, zone, course_pk) if is_each else list(_by_period(found, zone, query_of))
    return ChartFigure(
        "visits",
        title if is_each else _("Time in the sessions of each period"),
        _caption(found, marks, zone),
        summary=_summary(found),
        option=visits_option(marks, _("Time in session")),
        columns=COLUMNS if is_each else PERIOD_COLUMNS,
        rows=tuple(_row(mark) for mark in marks),
        definition="share_attended",
        hint=_("A click on a bar leads to the session.")
        if is_each
        else _("A click on a bar leads to the sessions of these days."),
    )


def _each(found: Sequence[Visit], zone: ZoneInfo, course_pk: int | None) -> list[Mark]:
    return [
        Mark(
            axis=day_text(visit.session.stored_started_at, zone),
            name=_started(visit, zone),
            what=room_name(visit.session),
            view_seconds=visit.view_seconds,
            length_seconds=visit.length_seconds,
            share=visit.share_attended,
            breakout_seconds=visit.breakout_seconds or 0,
            is_provisional=visit.is_provisional,
            link=session_url(visit.session, zone, course_pk),
        )
        for visit in found
    ]


def _by_period(
    found: Sequence[Visit], zone: ZoneInfo, query_of: Callable[[date, date], str]
) -> Iterator[Mark]:
    """Yield a mark for each period that has a visit; sums are of those known."""
    days = [visit.session.stored_started_at.astimezone(zone).date() for visit in found]
    for span in _spans(days):
        group = found[bisect_left(days, span.first_on) : bisect_right(days, span.last_on)]
        if not group:
            continue
        sums = length_attended(group)
        times = [v.view_seconds for v in group if v.view_seconds is not None and v.length_seconds]
        yield Mark(
            axis=_first_text(span, zone),
            name=_span_text(span, zone),
            what=count_text(len(group)),
            view_seconds=sum(times) if times else None,
            length_seconds=sums.length_seconds if sums.sessions else None,
            share=sums.share,
            breakout_seconds=sum(visit.breakout_seconds or 0 for visit in group),
            is_provisional=any(visit.is_provisional for visit in group),
            link=f"?{query_of(span.first_on, span.last_on)}",
        )


def _spans(days: Sequence[date]) -> list[Period]:
    return periods(days[0], days[-1], bucket_of((days[-1] - days[0]).days + 1))


def _first_text(span: Period, zone: ZoneInfo) -> str:
    return day_text(day_start(span.first_on, zone), zone)


def _span_text(span: Period, zone: ZoneInfo) -> str:
    """Return `Mon 12 Jan – Sun 18 Jan`, or the one day."""
    first = _first_text(span, zone)
    if span.first_on == span.last_on:
        return first
    return f"{first} – {day_text(day_start(span.last_on, zone), zone)}"


def _started(visit: Visit, zone: ZoneInfo) -> str:
    at = visit.session.started_at
    return moment_text(at, zone) if at else unknown_text()


def _caption(found: Sequence[Visit], marks: Sequence[Mark], zone: ZoneInfo) -> str:
    """Return what bars and lines are, over which days, and what is missing or added."""
    first, last = (day_text(found[at].session.stored_started_at, zone) for at in (0, -1))
    days = first if first == last else f"{first} – {last}"
    words = _("Bars: time in session. Lines: the length of the session. %(days)s.")
    parts = [words % {"days": days}]
    if any(mark.breakout_seconds for mark in marks):
        parts.append(_("Time in breakouts counts with the session that they belong to."))
    left_out = length_attended(found).left_out
    if left_out:
        words = ngettext(
            "Of %(n)s session time or length is unknown.",
            "Of %(n)s sessions time or length is unknown.",
            left_out,
        )
        parts.append(words % {"n": count_text(left_out)})
    if any(mark.is_provisional for mark in marks):
        parts.append(_("What is hatched may still change."))
    return " ".join(parts)


def _summary(found: Sequence[Visit]) -> str:
    """Return what the chart shows in one sentence; "" where nothing can be compared."""
    sums = length_attended(found)
    if not sums.sessions:
        return ""
    words = ngettext(
        "Attended %(time)s of %(length)s in %(n)s session: %(share)s.",
        "Attended %(time)s of %(length)s in %(n)s sessions: %(share)s.",
        sums.sessions,
    )
    return words % {
        "time": duration_text(sums.attended_seconds),
        "length": duration_text(sums.length_seconds),
        "n": count_text(sums.sessions),
        "share": share_text(sums.share),
    }


def _row(mark: Mark) -> ChartRow:
    figures = (
        duration_text(mark.view_seconds),
        duration_text(mark.length_seconds),
        share_text(mark.share),
    )
    return ChartRow((mark.name, mark.what, *figures), mark.link)


def _tooltip(mark: Mark) -> str:
    lines = [mark.name, mark.what, _attended_text(mark)]
    if mark.breakout_seconds:
        time = duration_text(mark.breakout_seconds)
        lines.append(_("of it %(time)s in breakouts") % {"time": time})
    if mark.is_provisional:
        lines.append(str(STATUSES["provisional"]))
    return "\n".join(lines)


def _attended_text(mark: Mark) -> str:
    """Return `50 min of 1 h 00 min (83 %)`, or what is unknown of it."""
    if mark.view_seconds is None:
        return _("time in session unknown")
    if mark.length_seconds is None:
        return _("%(time)s; the length is unknown") % {"time": duration_text(mark.view_seconds)}
    return _("%(time)s of %(length)s (%(share)s)") % {
        "time": duration_text(mark.view_seconds),
        "length": duration_text(mark.length_seconds),
        "share": share_text(mark.share),
    }


def visits_option(marks: Sequence[Mark], name: str) -> dict[str, Any]:
    """Return a bar a mark from zero, and a line across it at the length. Shape: ECharts' option."""
    return {
        "grid": GRID,
        "legend": {"top": 0, "right": 8, "selectedMode": False},
        "tooltip": {"trigger": "item"},
        "xAxis": category_axis([mark.axis for mark in marks]),
        "yAxis": value_axis(_("Minutes")),
        "series": [
            {
                "type": "bar",
                "name": name,
                "barCategoryGap": f"{100 * (1 - BAR_SHARE):.0f}%",
                "barMaxWidth": WIDEST,
                "data": [_datum(mark, mark.view_seconds) for mark in marks],
            },
            {
                "type": "scatter",
                "name": _("Length"),
                "z": 3,  # in front of a bar that is longer
                "symbol": "rect",
                "across": {"share": BAR_SHARE, "most": WIDEST, "height": LINE},
                "symbolOffset": [0, LINE / 2],  # its upper edge is at the length
                "itemStyle": {"opacity": 1},
                "emphasis": {"scale": False},
                "data": [_datum(mark, mark.length_seconds, is_bar=False) for mark in marks],
            },
        ],
    }


def _datum(mark: Mark, seconds: int | None, *, is_bar: bool = True) -> dict[str, Any]:
    return {
        "name": mark.name,
        "value": None if seconds is None else round(seconds / 60, 1),
        "link": mark.link,
        "tooltip": {"formatter": _tooltip(mark)},
        "hatched": is_bar and mark.is_provisional,
    }
