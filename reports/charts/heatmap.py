"""The hours of the week: when sessions start, as a heat map with the count in each cell."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import dates
from django.utils.formats import number_format
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from reports.analytics.heatmap import WEEKDAYS, HeatCell, Heatmap
from reports.analytics.periods import DAY
from reports.charts.figure import ChartColumn, ChartFigure, ChartRow
from reports.charts.trend import days_text
from reports.tables.figures import count_text, hours_text, unknown_text

# Hours that are always shown, whether a session starts in them or not.
FIRST_HOUR, LAST_HOUR = 8, 18
LEAST_WIDTH = 640  # px; in narrower cells no count fits

COLUMNS = (
    ChartColumn(gettext_lazy("Weekday and hour")),
    ChartColumn(gettext_lazy("Sessions"), "sessions"),
    ChartColumn(gettext_lazy("Sessions on average"), "hour_of_week"),
    ChartColumn(gettext_lazy("Attendances"), "attendances"),
    ChartColumn(gettext_lazy("Attendances on average"), "hour_of_week"),
)


def heatmap_chart(
    week: Heatmap,
    first_on: date,
    last_on: date,
    zone: ZoneInfo,
    link_of: Callable[[HeatCell], str],
) -> ChartFigure:
    """Return the chart of these days. `link_of` says where a click on an hour leads."""
    title = _("When sessions start")
    if week.is_empty:
        why = _("There is no chart: it isn't known when the sessions started.")
        return ChartFigure("hours", title, "", empty=why, definition="sessions")
    weekdays = shown_weekdays(first_on, last_on)
    return ChartFigure(
        "hours",
        title,
        " ".join(_caption(week, days_text(first_on, last_on, zone), zone.key)),
        summary=_summary(week),
        option=_option(week, weekdays, link_of),
        columns=COLUMNS,
        rows=tuple(
            ChartRow(_cells(cell), link_of(cell))
            for row in week.rows
            for cell in row
            if cell.sessions
        ),
        height="" if len(weekdays) > 3 else "small",
        definition="sessions",
        hint=_("A click on an hour leads to its sessions."),
    )


def when_text(cell: HeatCell) -> str:
    """Return `Monday, 14:00–15:00`."""
    return f"{dates.WEEKDAYS[cell.weekday - 1]}, {hours_text(cell.hour)}"


def shown_hours(week: Heatmap) -> range:
    """Return the hours from the first to the last in which a session starts, and the day's."""
    used = {cell.hour for row in week.rows for cell in row if cell.sessions}
    return range(min(FIRST_HOUR, *used), max(LAST_HOUR, *used) + 1)


def shown_weekdays(first_on: date, last_on: date) -> list[int]:
    """Return the weekdays of the range, from Monday."""
    days = min((last_on - first_on).days + 1, len(WEEKDAYS))
    return sorted((first_on + n * DAY).isoweekday() for n in range(days))


def _caption(week: Heatmap, days: str, zone_name: str) -> Iterator[str]:
    yield _("Sessions by weekday and hour of their start; %(days)s, in %(zone)s.") % {
        "days": days,
        "zone": zone_name,
    }
    hours = shown_hours(week)
    if len(hours) < 24:
        yield _("None started in the hours that are left out.")
    if week.guessed_sessions:
        words = ngettext(
            "%(n)s session is left out: when it started isn't known.",
            "%(n)s sessions are left out: when they started isn't known.",
            week.guessed_sessions,
        )
        yield words % {"n": count_text(week.guessed_sessions)}


def _summary(week: Heatmap) -> str:
    """Return the one hour with the most sessions; "" where several have as many."""
    most = week.most_sessions
    found = [cell for row in week.rows for cell in row if cell.sessions == most]
    if len(found) > 1:
        return ""
    words = ngettext("Most: %(when)s, %(n)s session.", "Most: %(when)s, %(n)s sessions.", most)
    return words % {"when": when_text(found[0]), "n": count_text(most)}


def _cells(cell: HeatCell) -> tuple[str, ...]:
    return (
        when_text(cell),
        count_text(cell.sessions),
        _average_text(cell.average_sessions),
        count_text(cell.attendances),
        _average_text(cell.average_attendances),
    )


def _average_text(average: float | None) -> str:
    return unknown_text() if average is None else str(number_format(average, 1))


def _option(
    week: Heatmap, weekdays: list[int], link_of: Callable[[HeatCell], str]
) -> dict[str, Any]:
    """Return a cell an hour, Monday on top; none where no such day is known. Shape: ECharts'."""
    hours = shown_hours(week)
    return {
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 32, "containLabel": True},
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        "xAxis": {
            "type": "category",
            "name": _("Hour in which they start"),
            "nameLocation": "middle",
            "nameGap": 30,
            "data": [f"{hour:02d}" for hour in hours],
        },
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [str(dates.WEEKDAYS_ABBR[weekday - 1]) for weekday in weekdays],
        },
        "series": [
            {
                "type": "scatter",
                "symbol": "rect",
                "heat": week.most_sessions,
                "itemStyle": {"opacity": 1},
                "emphasis": {"scale": False},
                "label": {"show": True, "formatter": "{@[2]}"},
                "data": [
                    _datum(cell, [column, line, cell.sessions], link_of)
                    for line, weekday in enumerate(weekdays)
                    for column, cell in enumerate(week.cell(weekday, hour) for hour in hours)
                    if cell.sessions or week.days[weekday - 1]
                ],
            }
        ],
        "media": [
            {
                "query": {"maxWidth": LEAST_WIDTH},
                "option": {"series": [{"label": {"show": False}}]},
            },
            {"option": {"series": [{"label": {"show": True}}]}},  # wide again
        ],
    }


def _datum(cell: HeatCell, place: list[int], link_of: Callable[[HeatCell], str]) -> dict[str, Any]:
    datum: dict[str, Any] = {"name": "\n".join(_said(cell)), "value": place}
    if cell.sessions:
        return datum | {"link": link_of(cell)}
    return datum | {"label": {"show": False}}


def _said(cell: HeatCell) -> Iterator[str]:
    """Yield the lines of the tooltip."""
    yield when_text(cell)
    if not cell.sessions:
        yield _("No session")
        return
    yield _("Sessions: %(n)s") % {"n": count_text(cell.sessions)}
    yield _("Attendances: %(n)s") % {"n": count_text(cell.attendances)}
    if cell.average_sessions is not None:
        yield _("On average %(n)s sessions") % {"n": _average_text(cell.average_sessions)}
    yield _("A click leads to these sessions.")
