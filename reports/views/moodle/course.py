"""A course: its sessions, who came, when and for how long; what is known of rooms and roster."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reports.access import Viewer, record
from reports.analytics.periods import DAY, bucket_of, day_start, periods
from reports.analytics.trends import trend
from reports.charts.course import enrolled_chart
from reports.charts.figure import ChartFigure
from reports.charts.minutes import stays_chart
from reports.charts.room import MOST_MARKS, RoomMark, period_marks, session_marks
from reports.charts.trend import days_text
from reports.definitions import DEFINITIONS, ROSTER_ERRORS
from reports.forms.course import CoursePageForm, CourseSettingsForm
from reports.forms.register import RegisterForm
from reports.models import Course
from reports.models.session import RoomSessionQuerySet
from reports.queries.attention import attention_list, register_summary
from reports.queries.course import CourseRooms, Learners, learners_of, rooms_of_course, stays_in
from reports.queries.freshness import Freshness
from reports.queries.quarters import quarter_sums
from reports.queries.roster import is_roster_awaited
from reports.queries.session_lines import SessionLine, session_lines
from reports.queries.sessions import session_list
from reports.tables.sessions import room_name
from reports.views.glance import at_a_glance, sums_of
from reports.views.guard import for_viewers
from reports.views.ranges import Choice, Scope, range_context, refused, why_empty
from reports.views.zone import reader_zone

TEMPLATE = "moodle/course.html"
SECTION = "courses"


@require_safe
@for_viewers
def course(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show the overview of a course over the days that the address names."""
    course = course_of_viewer(viewer, pk)
    form = CoursePageForm(request.GET, reader_zone(request), course, list(viewer.accounts_seen()))
    rooms, learners = rooms_of_course(course), learners_of(course)
    about = {
        "course": course,
        "rooms": rooms,
        "learners": learners,
        "is_awaited": is_roster_awaited(course),
        "problem": ROSTER_ERRORS.get(course.roster_error),
    }
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, SECTION, **about)
    scope = Scope(None, None, None, list(form.accounts or ()), course=course)
    every = viewer.sessions().in_course(course.pk)
    context = range_context(viewer, form, scope, every) | about | {"section": SECTION, "chips": []}
    context["presets"] += presets_of_course(form)
    context |= _register(viewer, course, form.zone)
    sessions = session_list(viewer.sessions(), form.wanted())
    quarters = sums_of(viewer, form, sessions)
    if not quarters:
        return render(request, TEMPLATE, context | why_empty(viewer, form, every))
    in_range = context["in_range"]
    context |= at_a_glance(viewer, form, scope, sessions, quarters, in_range)
    context |= _own_charts(viewer, form, rooms, learners, in_range)
    return render(request, TEMPLATE, context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewers
def course_settings(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Let learners see their own attendance, or not."""
    course = course_of_viewer(viewer, pk)
    form = CourseSettingsForm(request.POST if request.method == "POST" else None, instance=course)
    if form.is_valid():
        return _stored(request, form)
    context = {"section": SECTION, "course": course, "form": form}
    return render(request, "moodle/course_settings.html", context)


def course_of_viewer(viewer: Viewer, pk: int) -> Course:
    """Return the course with its site. Raises: Http404 for one that isn't the viewer's."""
    course: Course = get_object_or_404(viewer.courses(), pk=pk)
    return course


def target_of(course: Course) -> str:
    """Return how the access log names the course."""
    return f"course {course.course_id} of {course.site.issuer}"


def _stored(request: HttpRequest, form: CourseSettingsForm) -> HttpResponse:
    course = form.instance
    if form.has_changed():
        course.save(update_fields=["learners_see_own"])
        record(request, "changed", target_of(course), learners_see_own=course.learners_see_own)
    messages.success(
        request,
        _("Learners may see their own attendance now.")
        if course.learners_see_own
        else _("Learners see nothing here now."),
    )
    return redirect("reports:course", course.pk)


def _register(viewer: Viewer, course: Course, zone: ZoneInfo) -> dict[str, Any]:
    """Return the course's register in one line, over the days that its page shows by itself.

    Nothing before the first roster: nobody is missed then.
    """
    days = RegisterForm({"tz": zone.key}, zone, course)
    if course.roster_asked_at is None or not days.is_valid():
        return {}
    found = attention_list(course, viewer.sessions(), days.from_at, days.to_at)
    return {"register": register_summary(found), "register_days": days}


def presets_of_course(form: CoursePageForm) -> list[Choice]:
    """Return the days since the course began, where Moodle told when that was."""
    starts_at, today = form.of_course.starts_at, timezone.now().astimezone(form.zone).date()
    if starts_at is None:
        return []
    first_on = starts_at.astimezone(form.zone).date()
    if first_on > today:
        return []
    query = form.query(**{"from": first_on, "to": today})
    shown = (form.cleaned_data["from_on"], form.cleaned_data["to_on"])
    return [Choice(_("Since the course began"), query, is_current=shown == (first_on, today))]


def _own_charts(
    viewer: Viewer,
    form: CoursePageForm,
    rooms: CourseRooms,
    learners: Learners,
    in_range: Freshness,
) -> dict[str, Any]:
    """Return what only a course's page has: attendance against enrolment, minutes of everybody."""
    wanted = replace(form.wanted(), with_breakouts=False, order="start")
    found = session_list(viewer.sessions(), wanted)
    days = days_text(form.cleaned_data["from_on"], form.cleaned_data["to_on"], form.zone)
    return {
        "enrolled_chart": _enrolled(form, rooms, learners, in_range, found, days),
        "minutes_chart": stays_chart(stays_in(viewer, found), days),
        "engagement_words": [DEFINITIONS[key] for key in ("engagement", "engaged_time")],
    }


def _enrolled(
    form: CoursePageForm,
    rooms: CourseRooms,
    learners: Learners,
    in_range: Freshness,
    found: RoomSessionQuerySet,
    days: str,
) -> ChartFigure:
    """Return the chart of the sessions one by one or, of many, by periods."""
    lines = list(session_lines(found[: MOST_MARKS + 1]))
    if len(lines) <= MOST_MARKS:
        marks = session_marks(lines, form.zone, form.of_course.pk)
        if len(rooms.rooms) > 1:
            marks = [_with_room(mark, line) for mark, line in zip(marks, lines, strict=True)]
        then = [learners.at(line.started_at) if line.started_at else None for line in lines]
        return enrolled_chart(marks, then, None, days)
    now = timezone.now()
    bucket = bucket_of(form.day_count)
    sums = trend(
        quarter_sums(found),
        form.zone,
        periods(form.cleaned_data["from_on"], form.cleaned_data["to_on"], bucket),
        uncovered=in_range.uncovered,
        provisional_from=in_range.provisional_from,
        now=now,
    )
    marks = period_marks(
        sums,
        bucket,
        form.zone,
        lambda first, last: "?" + form.query(**{"from": first, "to": last}),
    )
    ends: list[datetime] = [day_start(period.last_on + DAY, form.zone) for period in sums]
    starts = [day_start(period.first_on, form.zone) for period in sums]
    then = [
        learners.at(min(end, now)) if start < now else None
        for start, end in zip(starts, ends, strict=True)
    ]
    return enrolled_chart(marks, then, bucket, days)


def _with_room(mark: RoomMark, line: SessionLine) -> RoomMark:
    return replace(mark, name=f"{mark.name}, {room_name(line)}")
