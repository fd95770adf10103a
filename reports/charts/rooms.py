"""The busiest rooms: horizontal bars of the time that everybody spent in them."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy, ngettext

from reports.charts.figure import ChartColumn, ChartFigure, ChartRow, value_axis
from reports.queries.rooms import RoomLine
from reports.tables.figures import count_text, duration_text, share_text

COLUMNS = (
    ChartColumn(gettext_lazy("Room")),
    ChartColumn(gettext_lazy("Sessions"), "sessions"),
    ChartColumn(gettext_lazy("Breakouts"), "breakout"),
    ChartColumn(gettext_lazy("Attendances"), "attendances"),
    ChartColumn(gettext_lazy("Time in session"), "time_in_session"),
    ChartColumn(gettext_lazy("Engagement"), "engagement"),
)
NAME_WIDTH = 200  # px; a longer name is cut off, and whole in the tooltip
NARROW = 480  # px, a phone: there is room for half of the name


def rooms_chart(
    lines: Sequence[RoomLine],
    days: str,
    view_seconds: int | None,
    link_of: Callable[[RoomLine], str],
) -> ChartFigure:
    """Return the chart of these rooms, which come with the busiest first.

    `view_seconds` is the time in all rooms together; `link_of` where a click on a room leads.
    """
    title = _("Busiest rooms")
    if not lines:
        why = _("There is no chart: nobody's time in session is known.")
        return ChartFigure("rooms", title, "", empty=why, definition="time_in_session")
    caption = _("Time in session of everybody together, breakouts included; %(days)s.")
    return ChartFigure(
        "rooms",
        title,
        caption % {"days": days},
        summary=_summary(lines, view_seconds),
        option=_option(lines, link_of),
        columns=COLUMNS,
        rows=tuple(ChartRow(_cells(line), link_of(line)) for line in lines),
        definition="time_in_session",
        hint=_("A click on a bar leads to the room."),
    )


def _summary(lines: Sequence[RoomLine], view_seconds: int | None) -> str:
    """Return how much of all the time these rooms hold; "" for a single room, which says nothing."""
    if len(lines) < 2 or not view_seconds:
        return ""
    shown = sum(line.view_seconds or 0 for line in lines)
    words = ngettext(
        "This room holds %(share)s of all the time.",
        "These %(n)s rooms hold %(share)s of all the time.",
        len(lines),
    )
    return words % {"n": count_text(len(lines)), "share": share_text(shown / view_seconds)}


def _cells(line: RoomLine) -> tuple[str, ...]:
    return (
        line.label,
        count_text(line.sessions),
        count_text(line.breakout_sessions),
        count_text(line.attendances),
        duration_text(line.view_seconds),
        share_text(line.engagement),
    )


def _option(lines: Sequence[RoomLine], link_of: Callable[[RoomLine], str]) -> dict[str, Any]:
    """Return a bar a room from zero, the busiest on top. Shape: ECharts' option."""
    hours = value_axis(_("Hours"), nameLocation="middle", nameGap=28)
    return {
        "grid": {"left": 8, "right": 88, "top": 8, "bottom": 36, "containLabel": True},
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        "xAxis": hours,
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [line.label for line in lines],
        },
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 22,
                "barCategoryGap": "25%",
                "data": [
                    {
                        "name": _said(line),
                        "value": round((line.view_seconds or 0) / 3600, 2),
                        "label": {
                            "show": True,
                            "position": "right",
                            "formatter": duration_text(line.view_seconds),
                        },
                        "link": link_of(line),
                    }
                    for line in lines
                ],
            }
        ],
        "media": [
            {"query": {"maxWidth": NARROW}, "option": _in_width(NAME_WIDTH // 2, 2)},
            {"option": _in_width(NAME_WIDTH, 4)},  # wide again
        ],
    }


def _in_width(name_width: int, ticks: int) -> dict[str, Any]:
    return {
        "xAxis": {"splitNumber": ticks},
        "yAxis": {"axisLabel": {"width": name_width, "overflow": "truncate"}},
    }


def _said(line: RoomLine) -> str:
    """Return what the tooltip says."""
    return "\n".join(
        (
            line.label,
            _("Time in session: %(time)s") % {"time": duration_text(line.view_seconds)},
            _("Attendances: %(n)s") % {"n": count_text(line.attendances)},
            _("Engagement: %(share)s") % {"share": share_text(line.engagement)},
            _("A click on a bar leads to the room."),
        )
    )
