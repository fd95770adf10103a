"""A session's breakouts on its clock: a bar from start to end for each, its people inside.

The times of day are the labels of an axis of their own, made here: ECharts would write them in the
browser's time zone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _, gettext_lazy, ngettext

from reports.charts.figure import GRID, ChartColumn, ChartFigure, ChartRow, category_axis
from reports.queries.session_lines import SessionLine
from reports.tables.breakouts import short_names
from reports.tables.figures import (
    count_text,
    duration_text,
    moment_text,
    share_text,
    time_text,
)
from reports.tables.sessions import held_text, room_name, session_url

STEPS = (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)  # minutes between two labels
MOST_LABELS = 12
MOST_COUNTS = 24  # with more bars than that they are too thin to write into
ROOM_FOR_COUNT = 0.08  # of the width: a shorter bar has its count beside it, as a hatched one has
MARK = 0.006  # of the width: the mark of a breakout without an end

COLUMNS = (
    ChartColumn(gettext_lazy("Breakout")),
    ChartColumn(gettext_lazy("Held"), is_number=False),
    ChartColumn(gettext_lazy("Length"), "length"),
    ChartColumn(gettext_lazy("Attendees"), "attendees"),
    ChartColumn(gettext_lazy("Engagement"), "engagement"),
)


@dataclass(frozen=True)
class Clock:
    """The times that the chart reaches over, on full minutes of the zone's clock."""

    start_at: datetime
    end_at: datetime
    step: int  # minutes
    zone: ZoneInfo

    @property
    def minutes(self) -> float:
        return self.minute_of(self.end_at)

    def minute_of(self, at: datetime) -> float:
        """Return how many minutes after its start the moment is."""
        return round((at - self.start_at).total_seconds() / 60, 2)

    def labels(self) -> list[str]:
        """Return the times of day at every step, both ends included; with days when there are two."""
        steps = int(self.minutes // self.step)
        moments = [self.start_at + timedelta(minutes=self.step * n) for n in range(steps + 1)]
        write = moment_text if self.minutes > 24 * 60 else time_text
        return [write(at, self.zone) for at in moments]


def clock_of(from_at: datetime, to_at: datetime, zone: ZoneInfo) -> Clock:
    """Return the clock that holds both moments, with few enough labels to be read."""
    step = _step((to_at - from_at).total_seconds() / 60)
    local = from_at.astimezone(zone)
    past = timedelta(
        minutes=(local.hour * 60 + local.minute) % step,
        seconds=local.second,
        microseconds=local.microsecond,
    )
    start_at = from_at - past
    steps = -((start_at - to_at) // timedelta(minutes=step))  # rounded up
    return Clock(start_at, start_at + timedelta(minutes=step * max(steps, 1)), step, zone)


def timeline_chart(
    main: SessionLine,
    breakouts: Sequence[SessionLine],
    zone: ZoneInfo,
    course_pk: int | None = None,
) -> ChartFigure | None:
    """Return the chart of the main session's breakouts, which come by start; None without any.

    A bar leads to its breakout, in the course.
    """
    placed = [line for line in breakouts if line.started_at is not None]
    if main.started_at is None or not placed:
        return None
    return ChartFigure(
        "timeline",
        _("When the breakouts took place"),
        _caption(main, placed, zone),
        summary=_summary(placed, zone),
        option=_option(main, placed, zone, course_pk),
        columns=COLUMNS,
        rows=tuple(
            ChartRow(
                (
                    room_name(line),
                    held_text(line, zone),
                    duration_text(line.length_seconds),
                    count_text(line.attendee_count),
                    share_text(line.engagement),
                ),
                session_url(line, zone, course_pk),
            )
            for line in placed
        ),
        height="small" if len(placed) <= 3 else ("tall" if len(placed) > 8 else ""),
        definition="breakout",
        hint=_("Click a bar to open the breakout."),
    )


def _step(minutes: float) -> int:
    """Return how many minutes lie between two labels; beyond the usual steps, whole days."""
    for step in STEPS:
        if minutes / step <= MOST_LABELS - 2:
            return step
    return STEPS[-1] * math.ceil(minutes / STEPS[-1] / (MOST_LABELS - 2))


def _caption(main: SessionLine, placed: Sequence[SessionLine], zone: ZoneInfo) -> str:
    sentences = [
        _(
            "A bar for each breakout from its start to its end, with its attendees; the session is"
            " shaded: %(held)s (%(zone)s)."
        )
        % {"held": held_text(main, zone), "zone": zone.key}
    ]
    if any(line.is_provisional for line in placed):
        sentences.append(_("Hatched: may still change."))
    if any(line.is_open for line in placed):
        sentences.append(_("A thin mark: Kaltura gives no end, so the length isn't known."))
    return " ".join(sentences)


def _summary(placed: Sequence[SessionLine], zone: ZoneInfo) -> str:
    """Return how many there were, when they began, and how large they were."""
    starts = [line.started_at for line in placed if line.started_at is not None]
    first, last = time_text(min(starts), zone), time_text(max(starts), zone)
    if first == last:
        text = ngettext(
            "%(n)s breakout began at %(first)s.", "%(n)s breakouts began at %(first)s.", len(placed)
        )
    else:
        text = _("%(n)s breakouts began from %(first)s to %(last)s.")
    text %= {"n": count_text(len(placed)), "first": first, "last": last}
    sizes = [line.attendee_count for line in placed if line.attendee_count is not None]
    if len(sizes) < 2 or len(sizes) < len(placed):
        return text
    if min(sizes) == max(sizes):
        more = ngettext("Each had %(n)s attendee.", "Each had %(n)s attendees.", sizes[0])
        return f"{text} {more % {'n': count_text(sizes[0])}}"
    more = _("The smallest had %(least)s attendees, the largest %(most)s.")
    return f"{text} {more % {'least': count_text(min(sizes)), 'most': count_text(max(sizes))}}"


def _option(
    main: SessionLine, placed: Sequence[SessionLine], zone: ZoneInfo, course_pk: int | None
) -> dict[str, Any]:
    """Return the chart. Shape: ECharts' option; values are minutes on the clock.

    A bar that isn't seen reaches up to each breakout's start, the one that is seen is stacked on it.
    """
    assert main.started_at is not None  # noqa: S101 - for mypy: timeline_chart has looked
    ends = [at for line in (main, *placed) for at in (line.started_at, line.ended_at) if at]
    clock = clock_of(min(ends), max(ends), zone)
    session = [{"xAxis": clock.minute_of(at)} for at in (main.started_at, main.ended_at) if at]
    return {
        "grid": GRID | {"top": 8, "right": 28},  # room for half of the last label
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        "xAxis": [
            {
                "type": "value",
                "min": 0,
                "max": clock.minutes,
                "interval": clock.step,
                "axisLabel": {"show": False},
            },
            category_axis(
                clock.labels(),
                _("Time of day (%(zone)s)") % {"zone": zone.key},
                boundaryGap=False,
                position="bottom",
            ),
        ],
        "yAxis": category_axis(
            short_names(placed),
            inverse=True,
            axisLabel={"width": 120, "overflow": "truncate"},
        ),
        "series": [
            {
                "type": "bar",
                "stack": "breakouts",
                "silent": True,
                "itemStyle": {"color": "transparent"},  # so that the first colour is for the bars
                "data": [clock.minute_of(line.started_at) for line in placed if line.started_at],
            },
            {
                "type": "bar",
                "stack": "breakouts",
                "barMaxWidth": 28,
                "barMinHeight": 3,
                "data": [
                    _bar(
                        line,
                        clock,
                        session_url(line, zone, course_pk),
                        with_count=len(placed) <= MOST_COUNTS,
                    )
                    for line in placed
                ],
                "markArea": {
                    "silent": True,
                    "itemStyle": {"opacity": 0.08},
                    "data": [session] if len(session) == 2 else [],
                },
            },
        ],
    }


def _bar(line: SessionLine, clock: Clock, link: str, *, with_count: bool) -> dict[str, Any]:
    minutes = (line.length_seconds or 0) / 60
    is_readable = minutes > clock.minutes * ROOM_FOR_COUNT and not line.is_provisional
    people = "?" if line.attendee_count is None else count_text(line.attendee_count)
    return {
        "name": _tooltip(line, clock.zone),
        "value": round(minutes, 2) or round(clock.minutes * MARK, 2),
        "link": link,
        "hatched": line.is_provisional,
        "label": {
            "show": with_count,
            "position": "inside" if is_readable else "right",
            "formatter": people,
        },
    }


def _tooltip(line: SessionLine, zone: ZoneInfo) -> str:
    return "\n".join(
        (
            room_name(line),
            held_text(line, zone),
            _("Attendees: %(n)s") % {"n": count_text(line.attendee_count)},
            _("Engagement: %(share)s") % {"share": share_text(line.engagement)},
        )
    )
