"""The histogram of minutes in one session, as ECharts' option."""

from typing import Any

from django.utils.translation import gettext as _, ngettext

from reports.analytics.distribution import Distribution, Tenth


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
        "grid": {"left": 8, "right": 8, "top": 36, "bottom": 28, "containLabel": True},
        "tooltip": {"trigger": "item", "formatter": "{b}\n" + _("People: {c}")},
        "xAxis": {
            "type": "category",
            "name": _("Time in session, % of its length"),
            "nameLocation": "middle",
            "nameGap": 30,
            "data": [f"{tenth.number * 10}–{tenth.number * 10 + 10}" for tenth in tenths],
            "axisLabel": {"hideOverlap": True},
        },
        "yAxis": {
            "type": "value",
            "name": _("People"),
            "nameTextStyle": {"align": "left"},
            "min": 0,
            "minInterval": 1,
        },
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
