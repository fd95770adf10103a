"""What every chart on a page is: words, a drawing and the same numbers as a table.

A builder in this package makes a `ChartFigure` out of plain values; `templates/_chart.html` shows it;
`static/js/chart.js` draws it. An option holds no colour: those are the stylesheet's.

In an option a datum may hold, beside ECharts' own `name` and `value`:
`link` where a click on it leads; `hatched` True where its value may still change.
A series may hold: `band` True behind what wasn't synced; `heat`, the highest value, where each mark
fills its cell, the darker the nearer to that; `across` where a mark is a line across its place on
the axis: its `share` of the width, `most` px wide, and its `height` in px.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.functional import Promise


@dataclass(frozen=True)
class ChartColumn:
    """A column of the chart's table."""

    title: str | Promise
    definition: str = ""  # a key of DEFINITIONS
    is_number: bool = True  # right-aligned


@dataclass(frozen=True)
class ChartRow:
    """A line of the chart's table: what a mark stands for, and its figures as text."""

    cells: tuple[str, ...]  # the first names the line
    link: str = ""  # where a click on the mark leads


@dataclass(frozen=True)
class ChartFigure:
    """A chart. Without an option there is nothing to draw, and `empty` says why."""

    key: str  # in ids on the page, such as "trend"
    title: str | Promise
    caption: str  # definition and period
    summary: str = ""  # what is to be seen, in one sentence; also read aloud for the drawing
    option: dict[str, Any] | None = None
    columns: tuple[ChartColumn, ...] = ()
    rows: tuple[ChartRow, ...] = ()
    empty: str = ""
    height: Literal["", "small", "tall"] = ""
    definition: str = ""  # a key of DEFINITIONS
    hint: str = ""  # what a click does, below the drawing
    marks: dict[str, str] = field(default_factory=dict)  # said in the legend below: sign -> words

    @property
    def option_id(self) -> str:
        return f"{self.key}-option"

    @property
    def title_id(self) -> str:
        return f"{self.key}-chart"


GRID: dict[str, Any] = {"left": 8, "right": 8, "top": 36, "bottom": 28, "containLabel": True}


def value_axis(name: str, **more: Any) -> dict[str, Any]:
    """Return a vertical axis from zero, with its unit above it."""
    return {
        "type": "value",
        "name": name,
        "nameTextStyle": {"align": "left"},
        "min": 0,
        "minInterval": 1,
    } | more


def category_axis(names: list[str], name: str = "", **more: Any) -> dict[str, Any]:
    """Return a horizontal axis of named places; `name` says what they are."""
    titled = {"name": name, "nameLocation": "middle", "nameGap": 30} if name else {}
    return {"type": "category", "data": names, "axisLabel": {"hideOverlap": True}} | titled | more
