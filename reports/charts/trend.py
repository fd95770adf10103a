"""What happened over time: sessions and attendances in two panels, and engagement as a line.

A period of which nothing is known is a gap: no mark, and a band where nothing was synced.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from reports.analytics.periods import Bucket
from reports.analytics.trends import PeriodSums
from reports.charts.figure import (
    GRID,
    ChartColumn,
    ChartFigure,
    ChartRow,
    category_axis,
    value_axis,
)
from reports.tables.figures import count_text, day_text, duration_text, share_text

BAR = {"type": "bar", "barMaxWidth": 48, "barCategoryGap": "25%"}
LOWER_HEIGHT = 64  # px, of the panel of sessions
NO_AXIS: dict[str, Any] = {
    "show": False,
    "axisPointer": {"show": False, "triggerTooltip": False},
}

COLUMNS = (
    ChartColumn(gettext_lazy("Days")),
    ChartColumn(gettext_lazy("Sessions"), "sessions"),
    ChartColumn(gettext_lazy("Attendances"), "attendances"),
    ChartColumn(gettext_lazy("Time in session"), "time_in_session"),
)
ENGAGEMENT_COLUMNS = (
    ChartColumn(gettext_lazy("Days")),
    ChartColumn(gettext_lazy("Engagement"), "engagement"),
    ChartColumn(gettext_lazy("Engaged time"), "engaged_time"),
)
REMARKS = ChartColumn(gettext_lazy("Remark"), is_number=False)


@dataclass(frozen=True)
class Trend:
    """The periods of a range, and how they are named and linked."""

    sums: Sequence[PeriodSums]
    bucket: Bucket
    zone: ZoneInfo
    today: date
    link_of: Callable[[date, date], str]  # where a click on these days leads

    @property
    def days_text(self) -> str:
        """The days of the range."""
        return days_text(self.sums[0].first_on, self.sums[-1].last_on, self.zone)

    @property
    def axis_name(self) -> str:
        names = {
            Bucket.DAY: _("Day"),
            Bucket.WEEK: _("Week, by its first day"),
            Bucket.MONTH: _("Month"),
        }
        return names[self.bucket]

    @property
    def axis_labels(self) -> list[str]:
        """Short names of the periods."""
        form = "M Y" if self.bucket is Bucket.MONTH else "j M"
        return [date_format(_noon(period.first_on, self.zone), form) for period in self.sums]

    @property
    def hint(self) -> str:
        """What a click does."""
        if len(self.sums) == 1:
            return _("A click on a mark leads to its sessions.")
        return _("A click on a mark narrows the page to its days.")

    def name(self, period: PeriodSums) -> str:
        """Return the days of a period in full."""
        if self.bucket is Bucket.MONTH and not period.is_partial:
            return date_format(_noon(period.first_on, self.zone), "F Y")
        return days_text(period.first_on, period.last_on, self.zone)

    def remark(self, period: PeriodSums) -> str:
        """Return how far the figures of a period can be relied on; "" where nothing is to say."""
        if period.is_gap:
            return _("still to come") if self.is_future(period) else _("not synced")
        said = []
        if not period.is_complete:
            is_over = period.last_on < self.today
            said.append(_("not wholly synced") if is_over else _("not over yet"))
        if period.is_provisional:
            said.append(_("may still change"))
        if period.unknown_sessions:
            words = ngettext(
                "%(n)s session with unknown attendance",
                "%(n)s sessions with unknown attendance",
                period.unknown_sessions,
            )
            said.append(words % {"n": count_text(period.unknown_sessions)})
        return ", ".join(said)

    def is_future(self, period: PeriodSums) -> bool:
        return period.first_on > self.today

    def is_hatched(self, period: PeriodSums) -> bool:
        """Return whether the figures are there, but not for good."""
        return not period.is_gap and (period.is_provisional or not period.is_complete)

    @property
    def gaps(self) -> list[bool]:
        """Of each period whether nothing of it was synced."""
        return [period.is_gap and not self.is_future(period) for period in self.sums]

    def marks_text(self) -> str:
        """Return what hatched bars and bands mean, as far as there are any."""
        said = []
        if any(map(self.is_hatched, self.sums)):
            said.append(_("Hatched bars may still change, or are not wholly synced."))
        return " ".join(said + self.bands_text())

    def bands_text(self) -> list[str]:
        """Return what the bands mean; nothing without any."""
        return (
            [_("Where there is a grey band, not everything was synced.")] if any(self.gaps) else []
        )


def trend_chart(trend: Trend) -> ChartFigure:
    """Return sessions and attendances by period: bars in two panels over the same days."""
    caption = _("By when the sessions started: %(days)s, in %(zone)s.") % {
        "days": trend.days_text,
        "zone": trend.zone.key,
    }
    return ChartFigure(
        "trend",
        {
            Bucket.DAY: _("Attendances and sessions by day"),
            Bucket.WEEK: _("Attendances and sessions by week"),
            Bucket.MONTH: _("Attendances and sessions by month"),
        }[trend.bucket],
        f"{caption} {trend.marks_text()}".strip(),
        summary=_most(trend),
        option=_trend_option(trend),
        **_table(
            trend,
            COLUMNS,
            lambda period: (
                count_text(period.sessions),
                count_text(period.attendances),
                duration_text(period.view_seconds),
            ),
        ),
        height="tall",
        definition="attendances",
        hint=trend.hint,
    )


def engagement_chart(trend: Trend) -> ChartFigure:
    """Return the engagement of everybody by period: a line that is broken where it isn't known."""
    title = {
        Bucket.DAY: _("Engagement by day"),
        Bucket.WEEK: _("Engagement by week"),
        Bucket.MONTH: _("Engagement by month"),
    }[trend.bucket]
    shares = [period.engagement for period in trend.sums if period.engagement is not None]
    if not shares:
        why = _("There is no chart: nobody's time in session is known.")
        return ChartFigure("engagement", title, "", empty=why, definition="engagement")
    said = [_("Of everybody's time in session; %(days)s.") % {"days": trend.days_text}]
    if any(map(trend.is_hatched, trend.sums)):
        said.append(_("Hollow points may still change, or are not wholly synced."))
    return ChartFigure(
        "engagement",
        title,
        " ".join(said + trend.bands_text()),
        summary=_("From %(least)s to %(most)s.")
        % {"least": share_text(min(shares)), "most": share_text(max(shares))}
        if len(shares) > 1
        else "",
        option=_engagement_option(trend),
        **_table(
            trend,
            ENGAGEMENT_COLUMNS,
            lambda period: (
                share_text(period.engagement),
                duration_text(period.engaged_seconds),
            ),
        ),
        definition="engagement",
        hint=trend.hint,
    )


def days_text(first_on: date, last_on: date, zone: ZoneInfo) -> str:
    """Return `Tue 18 Nov`, or `Mon 17 Nov – Sun 23 Nov`."""
    first = day_text(_noon(first_on, zone), zone)
    if first_on == last_on:
        return first
    return f"{first} – {day_text(_noon(last_on, zone), zone)}"


def _noon(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(12), zone)


def _table(
    trend: Trend,
    columns: tuple[ChartColumn, ...],
    figures_of: Callable[[PeriodSums], tuple[str, ...]],
) -> dict[str, Any]:
    """Return columns and rows of a chart's table; the remarks only where there are any."""
    remarks = [trend.remark(period) for period in trend.sums]
    return {
        "columns": (*columns, REMARKS) if any(remarks) else columns,
        "rows": tuple(
            ChartRow(
                (trend.name(period), *figures_of(period), *([remark] if any(remarks) else [])),
                link="" if period.is_gap else trend.link_of(period.first_on, period.last_on),
            )
            for period, remark in zip(trend.sums, remarks, strict=True)
        ),
    }


def _most(trend: Trend) -> str:
    """Return the one period with the most attendances; "" where several have as many."""
    most = max((period.attendances or 0 for period in trend.sums), default=0)
    found = [period for period in trend.sums if period.attendances == most]
    if not most or len(found) > 1 or len(trend.sums) < 2:
        return ""
    words = ngettext(
        "Most: %(n)s attendance, %(when)s.", "Most: %(n)s attendances, %(when)s.", most
    )
    return words % {"n": count_text(most), "when": trend.name(found[0])}


def _trend_option(trend: Trend) -> dict[str, Any]:
    """Return two panels, each with bars from zero. Shape: ECharts' option."""
    highest = max((period.attendances or 0 for period in trend.sums), default=0)
    sides = {"left": _axis_width(highest), "right": 8}  # the same, so that the days stand in line
    labels = trend.axis_labels
    panels = (
        ("attendances", _("Attendances"), {"top": 36, "bottom": LOWER_HEIGHT + 88}),
        ("sessions", _("Sessions"), {"height": LOWER_HEIGHT, "bottom": 48}),
    )
    option: dict[str, Any] = {
        "grid": [sides | place for _key, _name, place in panels],
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "formatter": "{b}"},
        "axisPointer": {"link": [{"xAxisIndex": [0, 1]}]},
        "xAxis": [
            category_axis(labels, gridIndex=0, axisLabel={"show": False}),
            category_axis(labels, trend.axis_name, gridIndex=1),
        ],
        "yAxis": [
            value_axis(name, gridIndex=index, splitNumber=4 if index == 0 else 2)
            for index, (_key, name, _place) in enumerate(panels)
        ],
        "series": [
            {
                **BAR,
                "name": name,
                "xAxisIndex": index,
                "yAxisIndex": index,
                "data": [_datum(trend, period, getattr(period, key)) for period in trend.sums],
            }
            for index, (key, name, _place) in enumerate(panels)
        ],
    }
    return _with_bands(option, trend, sides | {"top": 36, "bottom": 48})


def _engagement_option(trend: Trend) -> dict[str, Any]:
    """Return a line in per cent with a point a period. Shape: ECharts' option."""
    sides = {"left": _axis_width(100), "right": 16}
    grid = GRID | sides | {"containLabel": False, "bottom": 48}
    axis = category_axis(trend.axis_labels, trend.axis_name)
    option: dict[str, Any] = {
        "grid": [grid],
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "line"}, "formatter": "{b}"},
        "xAxis": [axis],
        "yAxis": [value_axis(_("Engagement, %"), max=100)],
        "series": [
            {
                "type": "line",
                "name": _("Engagement"),
                "connectNulls": False,
                "showAllSymbol": True,
                "symbol": "circle",
                "symbolSize": 7,
                "lineStyle": {"width": 2},
                "data": [_point(trend, period) for period in trend.sums],
            }
        ],
    }
    return _with_bands(option, trend, grid)


def _axis_width(highest: int) -> int:
    """Return about how much room the numbers of a vertical axis need, in px."""
    return 20 + 8 * len(count_text(highest))


def _point(trend: Trend, period: PeriodSums) -> dict[str, Any]:
    share = period.engagement
    return _datum(trend, period, None if share is None else round(100 * share, 1))


def _datum(trend: Trend, period: PeriodSums, value: float | None) -> dict[str, Any]:
    """Return a mark, whose name is all of what the tooltip says."""
    datum: dict[str, Any] = {"name": "\n".join(_said(trend, period)), "value": value}
    if trend.is_hatched(period):
        datum["hatched"] = True
    if not period.is_gap:
        datum["link"] = trend.link_of(period.first_on, period.last_on)
    return datum


def _said(trend: Trend, period: PeriodSums) -> Iterator[str]:
    yield trend.name(period)
    if not period.is_gap:
        yield _("Attendances: %(n)s") % {"n": count_text(period.attendances)}
        yield _("Sessions: %(n)s") % {"n": count_text(period.sessions)}
        yield _("Engagement: %(share)s") % {"share": share_text(period.engagement)}
    if remark := trend.remark(period):
        yield remark
    if not period.is_gap:
        yield trend.hint


def _with_bands(option: dict[str, Any], trend: Trend, grid: dict[str, Any]) -> dict[str, Any]:
    """Return the option with a band behind the periods that were not synced.

    The bands have axes of their own, so that the bars before them keep their width.
    """
    if not any(trend.gaps):
        return option
    index = len(option["grid"])
    band = {
        "type": "bar",
        "band": True,  # chart.js gives it a quiet colour
        "silent": True,
        "barWidth": "100%",
        "z": -1,  # behind the names of the axes too
        "xAxisIndex": index,
        "yAxisIndex": index,
        "data": [1 if is_gap else None for is_gap in trend.gaps],
    }
    names = ["" for _period in trend.sums]
    return option | {
        "grid": [*option["grid"], grid],
        "xAxis": [
            *option["xAxis"],
            {"type": "category", "data": names, "gridIndex": index} | NO_AXIS,
        ],
        "yAxis": [*option["yAxis"], {"type": "value", "max": 1, "gridIndex": index} | NO_AXIS],
        "series": [*option["series"], band],
    }
