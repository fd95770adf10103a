"""The histogram of minutes in one session."""

from typing import Any

from django.utils.translation import gettext as _, gettext_lazy, ngettext

from reports.analytics.distribution import Distribution, Tenth
from reports.charts.figure import (
    GRID,
    ChartColumn,
    ChartFigure,
    ChartRow,
    category_axis,
    value_axis,
)
from reports.tables.figures import count_text, share_text

COLUMNS = (
    ChartColumn(gettext_lazy("Time in session"), "time_in_session"),
    ChartColumn(gettext_lazy("Of the session")),
    ChartColumn(gettext_lazy("People"), "attendees"),
    ChartColumn(gettext_lazy("Of the attendees")),
)


def minutes_chart(distribution: Distribution | None, held: str, *, why_none: str) -> ChartFigure:
    """Return the chart of a session that was `held` then; without a distribution `why_none`."""
    title = _("How long people stayed")
    if distribution is None:
        return ChartFigure("minutes", title, "", empty=why_none)
    caption = _("Attendees by their time in session, in tenths of its length; %(held)s.")
    over = distribution.over
    if over:
        caption += " " + ngettext(
            "%(n)s was connected for longer than the session and counts in the last tenth.",
            "%(n)s were connected for longer than the session and count in the last tenth.",
            over,
        )
    return ChartFigure(
        "minutes",
        title,
        caption % {"held": held, "n": count_text(over)},
        summary=minutes_summary(distribution),
        option=minutes_option(distribution),
        columns=COLUMNS,
        rows=tuple(
            ChartRow(
                (
                    minutes_text(tenth),
                    percent_text(tenth),
                    count_text(tenth.people),
                    share_text(tenth.people / distribution.people),
                )
            )
            for tenth in distribution.tenths
        ),
    )


def minutes_text(tenth: Tenth) -> str:
    """Return the tenth's range as `45–54 min`; with a decimal where the edges need it."""
    edges = (tenth.from_seconds / 60, tenth.to_seconds / 60)
    decimals = 0 if all(edge.is_integer() for edge in edges) else 1
    return _("%(first)s–%(last)s min") % {
        "first": f"{edges[0]:.{decimals}f}",
        "last": f"{edges[1]:.{decimals}f}",
    }


def percent_text(tenth: Tenth) -> str:
    """Return the tenth's range as `50–60 %`."""
    return f"{tenth.number * 10}–{tenth.number * 10 + 10}\N{NO-BREAK SPACE}%"


def minutes_summary(distribution: Distribution) -> str:
    """Return what the chart shows in one sentence."""
    return ngettext(
        "%(stayed)d of %(n)d person stayed for at least 90 %% of the session.",
        "%(stayed)d of %(n)d people stayed for at least 90 %% of the session.",
        distribution.people,
    ) % {"stayed": distribution.stayed(9), "n": distribution.people}


def minutes_option(distribution: Distribution) -> dict[str, Any]:
    """Return the chart: a bar a tenth from zero, with its count on it. Shape: ECharts' option."""
    tenths = distribution.tenths
    return {
        "grid": GRID,
        "tooltip": {"trigger": "item", "formatter": "{b}\n" + _("People: {c}")},
        "xAxis": category_axis(
            [f"{tenth.number * 10}–{tenth.number * 10 + 10}" for tenth in tenths],
            _("Time in session, % of its length"),
        ),
        "yAxis": value_axis(_("People")),
        "series": [
            {
                "type": "bar",
                "barCategoryGap": "12%",
                "label": {"show": True, "position": "top"},
                "data": [
                    {
                        "name": f"{minutes_text(tenth)} ({percent_text(tenth)})",
                        "value": tenth.people,
                        "label": {"show": tenth.people > 0},
                    }
                    for tenth in tenths
                ],
            }
        ],
    }
