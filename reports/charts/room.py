"""One room over time: attendees, minutes of each of them and engagement, a mark a session.

With more sessions than can be told apart a mark is a day, a week or a month of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _, ngettext

from reports.analytics.periods import Bucket, day_start
from reports.analytics.trends import PeriodSums
from reports.charts.figure import (
    GRID,
    ChartColumn,
    ChartFigure,
    ChartRow,
    category_axis,
    value_axis,
)
from reports.queries.session_lines import SessionLine
from reports.queries.shares import engagement
from reports.tables.figures import (
    count_text,
    day_text,
    duration_text,
    mean_text,
    share_text,
    unknown_text,
)
from reports.tables.sessions import held_text, session_url

MOST_MARKS = 60  # more sessions are shown by periods
MOST_LABELS = 24  # bars with their number on them, in the wide chart;
MOST_LABELS_SMALL = 8  # and in a chart of half its width


@dataclass(frozen=True)
class RoomMark:
    """A session, or the sessions of a period: sums, of which the charts show ratios."""

    label: str  # on the axis
    name: str  # in full
    link: str
    sessions: int | None  # None: a period of which this isn't known
    known_sessions: int  # of them, whole: the sums are theirs
    attendances: int | None
    view_seconds: int | None
    engaged_seconds: int | None
    is_provisional: bool

    @property
    def attendees(self) -> float | None:
        """Attendees of the session, or of a session on average."""
        if self.attendances is None or not self.known_sessions:
            return None
        return self.attendances / self.known_sessions

    @property
    def seconds_each(self) -> float | None:
        """Time in session of an attendee, on average."""
        if self.view_seconds is None or not self.attendances:
            return None
        return self.view_seconds / self.attendances

    @property
    def engagement(self) -> float | None:
        return engagement(self.engaged_seconds, self.view_seconds)


@dataclass(frozen=True)
class RoomTrend:
    """The marks in order of time, and what each of them stands for."""

    marks: Sequence[RoomMark]
    bucket: Bucket | None  # None: a mark is a session
    period: str  # the range in words
    empty: str = ""  # why there is no mark


def session_marks(
    lines: Iterable[SessionLine], zone: ZoneInfo, course_pk: int | None = None
) -> list[RoomMark]:
    """Return a mark for each session, which leads to it in the course."""
    return [
        RoomMark(
            label=day_text(line.started_at, zone) if line.started_at else unknown_text(),
            name=held_text(line, zone),
            link=session_url(line, zone, course_pk),
            sessions=1,
            known_sessions=int(line.is_whole),
            attendances=line.attendee_count if line.is_whole else None,
            view_seconds=line.view_seconds,
            engaged_seconds=line.engaged_seconds,
            is_provisional=line.is_provisional,
        )
        for line in lines
    ]


def period_marks(
    sums: Iterable[PeriodSums], bucket: Bucket, zone: ZoneInfo, link: Callable[[date, date], str]
) -> list[RoomMark]:
    """Return a mark for each period; `link` leads to its days."""
    marks = []
    for period in sums:
        label, name = _period_names(period, bucket, zone)
        marks.append(
            RoomMark(
                label=label,
                name=name,
                link=link(period.first_on, period.last_on),
                sessions=period.sessions,
                known_sessions=(period.sessions or 0) - (period.unknown_sessions or 0),
                attendances=period.attendances,
                view_seconds=period.view_seconds,
                engaged_seconds=period.engaged_seconds,
                is_provisional=period.is_provisional,
            )
        )
    return marks


def room_charts(trend: RoomTrend) -> list[ChartFigure]:
    """Return the three charts of the marks: attendees, minutes of each of them, engagement."""
    return [_attendees_chart(trend), _minutes_chart(trend), _engagement_chart(trend)]


def _attendees_chart(trend: RoomTrend) -> ChartFigure:
    per_session = trend.bucket is None
    title = _("Attendees") if per_session else _("Attendees per session")
    caption = {
        None: _("Different people in each session; %(period)s."),
        Bucket.DAY: _("Attendees per session, by day; %(period)s."),
        Bucket.WEEK: _("Attendees per session, by week; %(period)s."),
        Bucket.MONTH: _("Attendees per session, by month; %(period)s."),
    }[trend.bucket]
    known = [mark.attendees for mark in trend.marks if mark.attendees is not None]
    values = [_rounded(mark.attendees) for mark in trend.marks]
    return _chart(
        trend,
        "room-attendees",
        title,
        caption,
        values=values,
        texts=[
            _cell(mark, count_text(mark.attendances) if per_session else mean_text(mark.attendees))
            for mark in trend.marks
        ],
        option=_bars(trend, values, _("People"), _("Attendees: {c}"), MOST_LABELS),
        summary=_range_sentence(known, per_session=per_session),
        definition="attendees" if per_session else "mean_attendees",
        height="",
    )


def _minutes_chart(trend: RoomTrend) -> ChartFigure:
    values = [
        _rounded(mark.seconds_each / 60 if mark.seconds_each is not None else None)
        for mark in trend.marks
    ]
    view = sum(mark.view_seconds or 0 for mark in trend.marks)
    attendances = sum(mark.attendances or 0 for mark in trend.marks)
    summary = _("On average an attendee was connected for %(time)s of a session.") % {
        "time": duration_text(round(view / attendances) if attendances else None)
    }
    return _chart(
        trend,
        "room-minutes",
        _("Time per attendee"),
        _("Time in session divided by attendees; %(period)s."),
        values=values,
        texts=[_cell(mark, _time(mark.seconds_each)) for mark in trend.marks],
        option=_bars(trend, values, _("Minutes"), _("Minutes per attendee: {c}"), MOST_LABELS_SMALL)
        | {"yAxis": value_axis(_("Minutes"), splitNumber=3)},
        summary=summary,
        definition="mean_time_in_session",
        height="small",
    )


def _engagement_chart(trend: RoomTrend) -> ChartFigure:
    values = [
        _rounded(mark.engagement * 100 if mark.engagement is not None else None)
        for mark in trend.marks
    ]
    view = sum(mark.view_seconds or 0 for mark in trend.marks)
    engaged = sum(mark.engaged_seconds or 0 for mark in trend.marks)
    return _chart(
        trend,
        "room-engagement",
        _("Engagement"),
        _("Engaged time divided by time in session, of everybody together; %(period)s."),
        values=values,
        texts=[_cell(mark, share_text(mark.engagement)) for mark in trend.marks],
        option=_line(trend, values),
        summary=_("%(share)s of the time in session was engaged.")
        % {"share": share_text(engagement(engaged, view))},
        definition="engagement",
        height="small",
    )


def _chart(
    trend: RoomTrend,
    key: str,
    title: str,
    caption: str,
    *,
    values: Sequence[float | None],
    texts: Sequence[str],
    option: dict[str, Any],
    summary: str,
    definition: str,
    height: Any,
) -> ChartFigure:
    """Return one of the charts; without a value, why there is none."""
    if not any(value is not None for value in values):
        why = trend.empty or _("There is no chart yet: of no session all attendance is known.")
        return ChartFigure(key, title, "", empty=why, definition=definition)
    by_period = trend.bucket is not None
    first = ChartColumn(_("Period") if by_period else _("Session"), is_number=False)
    columns = (first, *([ChartColumn(_("Sessions"))] if by_period else []), ChartColumn(title))
    rows = tuple(
        ChartRow(
            (mark.name, *([count_text(mark.sessions)] if by_period else []), text), link=mark.link
        )
        for mark, text in zip(trend.marks, texts, strict=True)
    )
    return ChartFigure(
        key,
        title,
        caption % {"period": trend.period},
        summary=summary,
        option=option,
        columns=columns,
        rows=rows,
        definition=definition,
        height=height,
        hint=_hint(trend, option["series"][0]["type"]),
    )


def _hint(trend: RoomTrend, drawn_as: str) -> str:
    """Return what a click does, and what the marks are that may still change."""
    hint = (
        _("A click on a mark leads to its session.")
        if trend.bucket is None
        else _("A click on a mark leads to its days.")
    )
    if any(mark.is_provisional for mark in trend.marks):
        hint += " " + (
            _("Hatched bars may still change.")
            if drawn_as == "bar"
            else _("Hollow points may still change.")
        )
    return hint


def _bars(
    trend: RoomTrend, values: Sequence[float | None], unit: str, tooltip: str, most_labels: int
) -> dict[str, Any]:
    """Return a bar a mark from zero. Shape: ECharts' option."""
    return _option(trend, value_axis(unit), tooltip) | {
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 44,
                "barCategoryGap": "20%",
                "label": {"show": len(trend.marks) <= most_labels, "position": "top"},
                "data": [
                    _datum(mark, value) | ({"hatched": True} if mark.is_provisional else {})
                    for mark, value in zip(trend.marks, values, strict=True)
                ],
            }
        ]
    }


def _line(trend: RoomTrend, values: Sequence[float | None]) -> dict[str, Any]:
    """Return points that a line joins, but for gaps. Shape: ECharts' option."""
    axis = value_axis(_("Engagement, %"), max=100, interval=25)
    return _option(trend, axis, _("Engagement: {c} %")) | {
        "series": [
            {
                "type": "line",
                "symbol": "circle",
                "symbolSize": 8,
                "showAllSymbol": True,
                "connectNulls": False,
                "data": [
                    _datum(mark, value) | ({"symbol": "emptyCircle"} if mark.is_provisional else {})
                    for mark, value in zip(trend.marks, values, strict=True)
                ],
            }
        ]
    }


def _option(trend: RoomTrend, axis: dict[str, Any], tooltip: str) -> dict[str, Any]:
    return {
        "grid": GRID,
        "tooltip": {"trigger": "item", "formatter": "{b}\n" + tooltip},
        "xAxis": category_axis([mark.label for mark in trend.marks]),
        "yAxis": axis,
    }


def _datum(mark: RoomMark, value: float | None) -> dict[str, Any]:
    return {"name": mark.name, "value": value, "link": mark.link}


def _rounded(value: float | None) -> float | None:
    """Return the value as it is drawn: whole where it is whole."""
    if value is None:
        return None
    rounded = round(value, 1)
    return int(rounded) if rounded.is_integer() else rounded


def _cell(mark: RoomMark, text: str) -> str:
    """Return the figure's text; of a period without sessions, and of nobody, what it says."""
    if mark.sessions == 0:
        return _("no session")
    return text


def _time(seconds: float | None) -> str:
    return duration_text(None if seconds is None else round(seconds))


def _range_sentence(known: Sequence[float], *, per_session: bool) -> str:
    """Return from how many to how many attendees there were."""
    if not known:
        return ""
    least, most = min(known), max(known)
    write = (lambda value: count_text(round(value))) if per_session else mean_text
    if write(least) == write(most):
        n = round(most)
        text = ngettext("%(n)s attendee each time.", "%(n)s attendees each time.", n)
        return text % {"n": write(most)}
    return _("From %(least)s to %(most)s attendees.") % {"least": write(least), "most": write(most)}


def _period_names(period: PeriodSums, bucket: Bucket, zone: ZoneInfo) -> tuple[str, str]:
    """Return the period's name for the axis, and in full."""
    first = day_text(day_start(period.first_on, zone), zone)
    last = day_text(day_start(period.last_on, zone), zone)
    if bucket is Bucket.DAY:
        return first, first
    if bucket is Bucket.MONTH:
        month = str(date_format(period.first_on, "YEAR_MONTH_FORMAT"))
        return month, f"{first} – {last}" if period.is_partial else month
    return first, f"{first} – {last}"
