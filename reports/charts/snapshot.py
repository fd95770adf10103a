"""The chart of one answer: sessions by day, minutes of its people, participants of its breakouts."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _, gettext_lazy, ngettext

from reports.analytics.periods import DAY, Bucket, Period, bucket_of, periods
from reports.charts.figure import (
    GRID,
    ChartColumn,
    ChartFigure,
    ChartRow,
    category_axis,
    value_axis,
)
from reports.kaltura import ATTENDEES, SESSIONS
from reports.queries.snapshots import SnapshotView
from reports.sync.snapshot_summary import BIN_SECONDS, Group
from reports.tables.figures import count_text, day_text, estimate_text, moment_text, unknown_text

KEY = "snapshot"
LONGEST_DAYS = 5 * 366  # of a longer range only the part with sessions is drawn
LONGEST_NAME = 24  # characters
MOST_SIZE = 30  # participants; breakouts with more stand together

Bar = tuple[str, str, int]  # on the axis, in full, value


def snapshot_chart(view: SnapshotView, zone: ZoneInfo) -> ChartFigure:
    """Return the chart of the answer."""
    if view.spec.id == SESSIONS:
        return _sessions_chart(view, zone)
    if view.spec.id == ATTENDEES:
        return _minutes_chart(view)
    if view.summary.groups:
        return _groups_chart(view, zone)
    return _sizes_chart(view)


# --- Report 6000: sessions by day ---------------------------------------------------------------


def _sessions_chart(view: SnapshotView, zone: ZoneInfo) -> ChartFigure:
    starts = {int(start): count for start, count in view.summary.starts.items()}
    bucket, spans = _periods(view, starts, zone)
    title = {
        Bucket.DAY: _("Sessions by day"),
        Bucket.WEEK: _("Sessions by week"),
        Bucket.MONTH: _("Sessions by month"),
    }[bucket]
    if not starts:
        why = _("There is no chart: the answer has no start of a session.")
        if view.summary.earlier_count:
            why = _("There is no chart: every session began before the range.")
        return ChartFigure(KEY, title, "", empty=why)
    counts = _by_period(starts, spans, zone)
    bars = [
        (day_text(_noon(span.first_on, zone), zone), _span_text(span, zone), count)
        for span, count in zip(spans, counts, strict=True)
    ]
    return ChartFigure(
        KEY,
        title,
        _sessions_caption(view, zone),
        summary=_sessions_summary(bars),
        option=_bars(bars, "", _("Sessions")),
        columns=(ChartColumn(gettext_lazy("Began")), ChartColumn(gettext_lazy("Sessions"))),
        rows=tuple(ChartRow((full, count_text(count))) for _axis, full, count in bars),
    )


def _sessions_caption(view: SnapshotView, zone: ZoneInfo) -> str:
    caption = _("Sessions by when they began, in %(zone)s.") % {"zone": zone.key}
    earlier = view.summary.earlier_count
    if not earlier:
        return caption
    words = ngettext(
        "%(n)s session that began before the range is not in the chart.",
        "%(n)s sessions that began before the range are not in the chart.",
        earlier,
    )
    return f"{caption} {words % {'n': count_text(earlier)}}"


def _sessions_summary(bars: list[Bar]) -> str:
    """Return the one period with the most sessions; "" where several have as many."""
    most = max(count for _axis, _full, count in bars)
    busiest = [full for _axis, full, count in bars if count == most]
    if len(bars) < 2 or len(busiest) > 1:
        return ""
    words = ngettext(
        "The most began on %(when)s: %(n)s session.",
        "The most began on %(when)s: %(n)s sessions.",
        most,
    )
    return words % {"when": busiest[0], "n": count_text(most)}


def _periods(
    view: SnapshotView, starts: dict[int, int], zone: ZoneInfo
) -> tuple[Bucket, list[Period]]:
    first, last = view.from_at, view.to_at - timedelta(seconds=1)
    if (last - first).days > LONGEST_DAYS and starts:
        first, last = _at(min(starts)), _at(max(starts))
    from_on, to_on = first.astimezone(zone).date(), last.astimezone(zone).date()
    bucket = bucket_of((to_on - from_on).days + 1)
    return bucket, periods(from_on, to_on, bucket) if starts else []


def _by_period(starts: dict[int, int], spans: list[Period], zone: ZoneInfo) -> list[int]:
    days: Counter[date] = Counter()
    for start, count in starts.items():
        days[_at(start).astimezone(zone).date()] += count
    return [
        sum(days[span.first_on + n * DAY] for n in range((span.last_on - span.first_on).days + 1))
        for span in spans
    ]


def _at(unix: int) -> datetime:
    return datetime.fromtimestamp(unix, UTC)


def _noon(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=zone)


def _span_text(span: Period, zone: ZoneInfo) -> str:
    first = day_text(_noon(span.first_on, zone), zone)
    if span.first_on == span.last_on:
        return first
    return f"{first} – {day_text(_noon(span.last_on, zone), zone)}"


# --- Report 6001: minutes -----------------------------------------------------------------------


def _minutes_chart(view: SnapshotView) -> ChartFigure:
    title = _("How long people stayed")
    bins = view.summary.bins
    if not bins:
        return ChartFigure(
            KEY, title, "", empty=_("There is no chart: the answer has no time in session.")
        )
    if not sum(bins):
        return ChartFigure(KEY, title, "", empty=_("There is no chart: nobody was connected."))
    bars = [(axis, full, count) for (axis, full), count in zip(_bins(len(bins)), bins, strict=True)]
    caption = _(
        "People in sessions by their time in session within the range: somebody who came to three"
        " sessions counts thrice."
    )
    return ChartFigure(
        KEY,
        title,
        caption,
        summary=_minutes_summary(bins),
        option=_bars(bars, _("Time in session, minutes"), _("People in sessions")),
        columns=(
            ChartColumn(gettext_lazy("Time in session"), "time_in_session"),
            ChartColumn(gettext_lazy("People in sessions")),
        ),
        rows=tuple(ChartRow((full, count_text(count))) for _axis, full, count in bars),
    )


def _bins(count: int) -> Iterator[tuple[str, str]]:
    """Yield each bin's range for the axis and with its unit."""
    step = BIN_SECONDS // 60
    for first in range(0, (count - 1) * step, step):
        span = f"{first}–{first + step}"
        yield span, _("%(span)s min") % {"span": span}
    last = (count - 1) * step
    yield f"≥\N{NO-BREAK SPACE}{last}", _("%(n)s min or more") % {"n": last}


def _minutes_summary(bins: list[int]) -> str:
    """Return from which edge on at least half of all are."""
    above, edge = 0, 0
    for edge in reversed(range(len(bins))):
        above += bins[edge]
        if 2 * above >= sum(bins):
            break
    step = BIN_SECONDS // 60
    if edge == 0:
        return _("More than half stayed for less than %(n)s min.") % {"n": step}
    return _("At least half stayed for %(n)s min or longer.") % {"n": edge * step}


# --- Report 6002: participants ------------------------------------------------------------------


def _groups_chart(view: SnapshotView, zone: ZoneInfo) -> ChartFigure:
    def began(group: Group) -> str:
        at = group.start_unix
        return unknown_text() if at is None else moment_text(_at(at), zone)

    groups = sorted(
        view.summary.groups, key=lambda group: (group.start_unix or 0, group.name or "")
    )
    named = [(group.name or unknown_text(), began(group), group.participants) for group in groups]
    option = {
        "grid": GRID | {"left": 20, "bottom": 32, "right": 24},
        "tooltip": {"trigger": "item", "formatter": "{b}\n" + _("Participants: ≈ {c}")},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [_end_of(name) for name, _when, _count in named],
            "axisLabel": {"hideOverlap": True},
        },
        "xAxis": value_axis(_("Participants"), nameLocation="middle", nameGap=30),
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 28,
                "label": {"show": True, "position": "right"},
                "data": [
                    {"name": f"{name}, {when}", "value": count} for name, when, count in named
                ],
            }
        ],
    }
    return ChartFigure(
        KEY,
        _("Participants of each breakout"),
        _("Kaltura's estimate of different viewers within the range; times in %(zone)s.")
        % {"zone": zone.key},
        option=option,
        columns=(
            ChartColumn(gettext_lazy("Breakout room")),
            ChartColumn(gettext_lazy("Began"), is_number=False),
            ChartColumn(gettext_lazy("Participants"), "kaltura_participant_count"),
        ),
        rows=tuple(ChartRow((name, when, estimate_text(count))) for name, when, count in named),
        height="tall" if len(named) > 8 else "",
    )


def _end_of(name: str) -> str:
    """Return what fits beside a bar: of a long name its end, where breakouts mostly differ."""
    return name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"


def _sizes_chart(view: SnapshotView) -> ChartFigure:
    title = _("Breakouts by their participants")
    sizes = {int(size): count for size, count in view.summary.sizes.items()}
    if not sizes:
        return ChartFigure(
            KEY, title, "", empty=_("There is no chart: the answer has no participants.")
        )
    last = min(max(sizes), MOST_SIZE)
    bars = []
    for size in range(min(*sizes, last), last + 1):
        is_open = size == MOST_SIZE and max(sizes) > MOST_SIZE
        count = sum(n for s, n in sizes.items() if s == size or (is_open and s > size))
        text = f"≥\N{NO-BREAK SPACE}{size}" if is_open else str(size)
        bars.append((text, _("%(size)s participants") % {"size": text}, count))
    return ChartFigure(
        KEY,
        title,
        _("Breakouts by Kaltura's estimate of their different viewers within the range."),
        option=_bars(bars, _("Participants, estimated by Kaltura"), _("Breakouts")),
        columns=(ChartColumn(gettext_lazy("Participants")), ChartColumn(gettext_lazy("Breakouts"))),
        rows=tuple(ChartRow((full, count_text(count))) for _axis, full, count in bars),
    )


def _bars(bars: list[Bar], across: str, up: str) -> dict[str, Any]:
    """Return bars from zero with their counts on them where these fit. Shape: ECharts' option."""
    is_roomy = len(bars) <= 31
    return {
        "grid": GRID,
        "tooltip": {"trigger": "item", "formatter": "{b}\n" + f"{up}: {{c}}"},
        "xAxis": category_axis([axis for axis, _full, _count in bars], across),
        "yAxis": value_axis(up),
        "series": [
            {
                "type": "bar",
                "barCategoryGap": "12%",
                "barMaxWidth": 64,
                "label": {"show": is_roomy, "position": "top"},
                "data": [
                    {"name": full, "value": count, "label": {"show": count > 0 and is_roomy}}
                    for _axis, full, count in bars
                ],
            }
        ],
    }
