"""The histogram of minutes: of one session, and of the sessions of a range together."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy, ngettext

from reports.analytics.distribution import TENTHS, Distribution, Stays, Tenth
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
STAYS_COLUMNS = (
    ChartColumn(gettext_lazy("Of the session")),
    ChartColumn(gettext_lazy("Attendances"), "attendances"),
    ChartColumn(gettext_lazy("Of all attendances")),
)


def minutes_chart(distribution: Distribution | None, held: str, *, why_none: str) -> ChartFigure:
    """Return the chart of a session that was `held` then; without a distribution `why_none`."""
    title = _("How long people stayed")
    if distribution is None:
        return ChartFigure("minutes", title, "", empty=why_none)
    caption = _("Attendees by their time in session, in tenths of its length; %(held)s.")
    caption += _over_text(distribution.over)
    return ChartFigure(
        "minutes",
        title,
        caption % {"held": held, "n": count_text(distribution.over)},
        summary=minutes_summary(distribution),
        option=minutes_option(distribution),
        columns=COLUMNS,
        rows=tuple(
            ChartRow(
                (
                    minutes_text(tenth),
                    percent_text(tenth.number),
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


def percent_text(number: int) -> str:
    """Return the range of a tenth, 0 to 9, as `50–60 %`."""
    return f"{_percent(number)}\N{NO-BREAK SPACE}%"


def _percent(number: int) -> str:
    return f"{number * 10}–{number * 10 + 10}"


def minutes_summary(distribution: Distribution) -> str:
    """Return what the chart shows in one sentence."""
    return ngettext(
        "%(stayed)d of %(n)d person stayed for at least 90 %% of the session.",
        "%(stayed)d of %(n)d people stayed for at least 90 %% of the session.",
        distribution.people,
    ) % {"stayed": distribution.stayed(9), "n": distribution.people}


def minutes_option(distribution: Distribution) -> dict[str, Any]:
    """Return the chart: a bar a tenth from zero, with its count on it. Shape: ECharts' option."""
    names = [
        f"{minutes_text(tenth)} ({percent_text(tenth.number)})" for tenth in distribution.tenths
    ]
    counts = [tenth.people for tenth in distribution.tenths]
    return _option(names, counts, _("People"), _("People: {c}"))


def stays_chart(found: Stays, days: str) -> ChartFigure:
    """Return the chart of the attendances of these days; without any it says why there is none."""
    title = _("How long people stayed")
    if not found.total:
        why = _("There is no chart: of no session both length and attendance are known.")
        return ChartFigure("minutes", title, "", empty=why)
    caption = _(
        "Attendances by their time in session, in tenths of each session's length; %(days)s."
        " Breakouts are left out, and sessions whose length or attendance isn't known."
    )
    caption += _over_text(found.over)
    summary = _("%(share)s of %(n)s attendances lasted for at least 90 %% of the session.")
    names = [percent_text(number) for number in range(TENTHS)]
    return ChartFigure(
        "minutes",
        title,
        caption % {"days": days, "n": count_text(found.over)},
        summary=summary
        % {"share": share_text(found.stayed(9) / found.total), "n": count_text(found.total)},
        option=_option(names, found.counts, _("Attendances"), _("Attendances: {c}")),
        columns=STAYS_COLUMNS,
        rows=tuple(
            ChartRow((name, count_text(count), share_text(count / found.total)))
            for name, count in zip(names, found.counts, strict=True)
        ),
        definition="time_in_session",
    )


def _over_text(over: int) -> str:
    """Return the sentence about those who stayed longer, with a gap before it; "" of nobody."""
    if not over:
        return ""
    return " " + ngettext(
        "%(n)s was connected for longer than the session and counts in the last tenth.",
        "%(n)s were connected for longer than the session and count in the last tenth.",
        over,
    )


def _option(names: Sequence[str], counts: Sequence[int], unit: str, tooltip: str) -> dict[str, Any]:
    return {
        "grid": GRID,
        "tooltip": {"trigger": "item", "formatter": "{b}\n" + tooltip},
        "xAxis": category_axis(
            [_percent(number) for number in range(TENTHS)],
            _("Time in session, % of its length"),
        ),
        "yAxis": value_axis(unit),
        "series": [
            {
                "type": "bar",
                "barCategoryGap": "12%",
                "label": {"show": True, "position": "top"},
                "data": [
                    {"name": name, "value": count, "label": {"show": count > 0}}
                    for name, count in zip(names, counts, strict=True)
                ],
            }
        ],
    }
