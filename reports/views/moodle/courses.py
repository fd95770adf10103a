"""The courses that somebody may look at, and a learner's own attendance."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from reports.access import Viewer, record_view
from reports.forms.courses import CoursesForm, OwnAttendanceForm
from reports.models import Course, Person
from reports.queries.attendees import AttendanceRow
from reports.queries.courses import course_lines, course_list
from reports.queries.freshness import freshness
from reports.queries.people import person_line, person_sessions
from reports.queries.sessions import SessionFilter, session_list
from reports.queries.visits import length_attended, visits
from reports.tables.courses import CourseTable, OwnVisitTable
from reports.views.guard import for_learners_too
from reports.views.lists import ROWS_A_PAGE, first_of, page_of
from reports.views.zone import reader_zone


@require_safe
@for_learners_too
def courses(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List the courses that this session came from, or all of them."""
    form = CoursesForm(request.GET)
    zone = reader_zone(request)
    context: dict[str, Any] = {"section": "courses", "form": form, "zone": zone, "viewer": viewer}
    if not form.is_valid():
        return render(request, "moodle/courses.html", context, status=400)
    found = course_list(viewer, form.cleaned_data["search"])
    page = Paginator(found, ROWS_A_PAGE).get_page(form.cleaned_data["page"] or 1)
    context |= {"page": page, "table": _table(viewer, page, zone)}
    return render(request, "moodle/courses.html", context)


def _table(viewer: Viewer, page: Page[Any], zone: ZoneInfo) -> CourseTable:
    """Return the courses of the page, without columns that would be the same or empty in each row."""
    exclude: list[str] = []
    if viewer.is_administrator:
        exclude.append("seen_as")
    if viewer.is_learner:
        exclude += ("rooms", "roster")
    return CourseTable(course_lines(viewer, page.object_list), zone=zone, exclude=exclude)


@require_safe
@for_learners_too
def my_attendance(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show learners their own sessions in a course; others who see the course, what that page is."""
    course = get_object_or_404(viewer.courses_listed(), pk=pk)
    form = OwnAttendanceForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    zone = reader_zone(request, form.cleaned_data["tz"])
    context: dict[str, Any] = {"section": "courses", "course": course, "form": form, "zone": zone}
    if not viewer.courses_attended().filter(pk=pk).exists():
        return render(request, "moodle/my_attendance_of_learners.html", context)
    target = f"course {course.course_id} of {course.site.issuer}"
    record_view(request, target, own_attendance=True)
    person = viewer.self_in(course)
    if person is not None:
        context |= _own(viewer, course, person) | {"freshness": freshness([person.account])}
        context |= _listed(context["rows"], form, zone)
    return render(request, "moodle/my_attendance.html", context)


def _own(viewer: Viewer, course: Course, person: Person) -> dict[str, Any]:
    """Return the person's sessions in the course, and what they add up to."""
    wanted = SessionFilter(order=OwnAttendanceForm.sort_wanted)
    found = session_list(viewer.sessions_attended(course, person), wanted)
    rows = person_sessions(person, found)
    own = visits(rows, breakouts_add=person.account.breakouts_add)
    return {
        "person": person,
        "rows": rows,
        "line": person_line(person, found) if rows else None,
        "totals": {"sessions": len(rows)},
        "attended": length_attended(own),
        "unknown_sessions": sum(not row.attendee.is_whole for row in rows),
    }


def _listed(
    rows: Sequence[AttendanceRow], form: OwnAttendanceForm, zone: ZoneInfo
) -> dict[str, Any]:
    page = page_of(len(rows), form.cleaned_data["page"])
    shown = rows[first_of(page) : page.end_index()]
    return {"page": page, "table": OwnVisitTable(shown, form=form, zone=zone)}
