"""What a page over a range shows at a glance: the overview of everything, and that of one course.

Every part is about the sessions that the page's form wants. What only one page has is not here.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from reports.access import Viewer
from reports.analytics.heatmap import heatmap
from reports.analytics.periods import Period, bucket_of, periods
from reports.analytics.quarters import QuarterSums, step_of
from reports.analytics.trends import trend
from reports.charts.figure import ChartFigure
from reports.charts.heatmap import heatmap_chart
from reports.charts.rooms import rooms_chart
from reports.charts.trend import Trend, days_text, engagement_chart, trend_chart
from reports.forms.ranges import RangeForm
from reports.models import Course
from reports.models.session import RoomSessionQuerySet
from reports.queries.class_remarks import remarks_of
from reports.queries.freshness import Freshness
from reports.queries.people_counts import people_count
from reports.queries.quarters import quarter_sums
from reports.queries.rooms import busiest_rooms
from reports.queries.session_lines import session_lines
from reports.queries.sessions import session_list
from reports.tables.headline import RangeFigures, headlines
from reports.tables.latest import LatestTable
from reports.tables.rooms import days_query, room_url
from reports.views.comparison import DaysBefore, days_before
from reports.views.ranges import Scope

LATEST = 8  # sessions in the short table
LONG_DAYS = 92  # sums over more are kept: making them takes longer than all else


def sums_of(viewer: Viewer, form: RangeForm, sessions: RoomSessionQuerySet) -> list[QuarterSums]:
    """Return what the sessions of the form's days add up to by quarters; empty without any."""
    days = (form.cleaned_data["from_on"], form.cleaned_data["to_on"])
    return quarter_sums(sessions, step_of(form.zone, *days), _keeper(viewer, form))


def _keeper(viewer: Viewer, form: RangeForm) -> Viewer | None:
    """Return for whom sums of the form's days are kept; None where they are too few for that."""
    return viewer if form.day_count > LONG_DAYS else None


def at_a_glance(
    viewer: Viewer,
    form: RangeForm,
    scope: Scope,
    sessions: RoomSessionQuerySet,
    quarters: list[QuarterSums],
    in_range: Freshness,
) -> dict[str, Any]:
    """Return headline figures, charts and the latest sessions. `quarters` are the sessions' sums."""
    days = (form.cleaned_data["from_on"], form.cleaned_data["to_on"])
    now = _figures(viewer, sessions, quarters, *days, form.zone)
    before = days_before(form, scope.about, in_range)
    return {
        "totals": now.sums,
        **_headlines(viewer, form, now, before),
        **_charts(form, quarters, in_range),
        "rooms_chart": None if scope.room else _rooms_chart(viewer, form, sessions, now),
        "table": _latest(viewer, form, scope.course),
    }


def _figures(
    viewer: Viewer,
    sessions: RoomSessionQuerySet,
    quarters: list[QuarterSums],
    first_on: date,
    last_on: date,
    zone: ZoneInfo,
) -> RangeFigures:
    """Return what the sessions of these days add up to; `quarters` are their sums."""
    [sums] = trend(quarters, zone, [Period(first_on, last_on, is_partial=False)])
    people = people_count(viewer, sessions) if sums.attendances else sums.attendances
    return RangeFigures(sums, people)


def _headlines(
    viewer: Viewer, form: RangeForm, now: RangeFigures, before: DaysBefore
) -> dict[str, Any]:
    """Return the headline figures, and the days that they are compared with."""
    then = None
    if not before.why_not:
        wanted = replace(form.wanted(), from_at=before.from_at, to_at=before.to_at)
        sessions = session_list(viewer.sessions(), wanted)
        days = (before.first_on, before.last_on)
        quarters = quarter_sums(sessions, step_of(form.zone, *days), _keeper(viewer, form))
        then = _figures(viewer, sessions, quarters, *days, form.zone)
    return {
        "headlines": list(headlines(now, then, form.day_count, _links(form))),
        "before": before,
        "before_days": days_text(before.first_on, before.last_on, form.zone),
        "before_query": form.query(**{"from": before.first_on, "to": before.last_on}),
    }


def _links(form: RangeForm) -> dict[str, str]:
    """Return where each headline figure leads: to what it counts, over the same days and rooms."""
    sessions, people = reverse("reports:sessions"), reverse("reports:people")
    by_time = form.range_query(sort="-time_in_session")
    return {
        "sessions": f"{sessions}?{form.range_query()}",
        "attendances": f"{people}?{form.range_query()}",
        "people": f"{people}?{form.range_query()}",
        "time_in_session": f"{reverse('reports:rooms')}?{by_time}",
        "engagement": f"{sessions}?{form.range_query(sort='-engagement')}",
    }


def _charts(form: RangeForm, quarters: list[QuarterSums], in_range: Freshness) -> dict[str, Any]:
    """Return the charts that quarter-hours make: over time, and over the hours of the week."""
    first_on, last_on = form.cleaned_data["from_on"], form.cleaned_data["to_on"]
    now = timezone.now()
    bucket = bucket_of(form.day_count)
    sums = trend(
        quarters,
        form.zone,
        periods(first_on, last_on, bucket),
        uncovered=in_range.uncovered,
        provisional_from=in_range.provisional_from,
        now=now,
    )
    over_time = Trend(
        sums, bucket, form.zone, now.astimezone(form.zone).date(), _days_link(form, len(sums))
    )
    week = heatmap(quarters, form.zone, first_on, last_on, uncovered=in_range.uncovered, now=now)
    return {
        "trend_chart": trend_chart(over_time),
        "engagement_chart": engagement_chart(over_time),
        "heatmap_chart": heatmap_chart(
            week,
            first_on,
            last_on,
            form.zone,
            lambda cell: _sessions_url(form, weekday=cell.weekday, hour=cell.hour),
        ),
    }


def _days_link(form: RangeForm, count: int) -> Callable[[date, date], str]:
    """Return where a period leads: to this page over its days, or from the last one to its sessions."""
    if count == 1:
        return lambda _first, _last: _sessions_url(form)
    return lambda first, last: "?" + form.query(**{"from": first, "to": last})


def _rooms_chart(
    viewer: Viewer, form: RangeForm, sessions: RoomSessionQuerySet, now: RangeFigures
) -> ChartFigure:
    first_on, last_on = form.cleaned_data["from_on"], form.cleaned_data["to_on"]
    query = days_query(form)
    return rooms_chart(
        busiest_rooms(viewer, sessions, keep=_keeper(viewer, form) is not None),
        days_text(first_on, last_on, form.zone),
        now.sums.view_seconds,
        lambda line: room_url(line.account_id, line.entry_id, query),
    )


def _latest(viewer: Viewer, form: RangeForm, course: Course | None) -> LatestTable:
    """Return the latest sessions in rooms themselves: breakouts would push them out of the table."""
    wanted = replace(form.wanted(), with_breakouts=False, order="-start")
    lines = list(session_lines(session_list(viewer.sessions(), wanted)[:LATEST]))
    remarks = remarks_of(course, viewer.sessions(), lines) if course else None
    return LatestTable(lines, form=form, order="", zone=form.zone, remarks=remarks)


def _sessions_url(form: RangeForm, **changes: object) -> str:
    return f"{reverse('reports:sessions')}?{form.range_query(**changes)}"
