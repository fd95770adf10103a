"""The courses that somebody may look at."""

from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.access import Viewer
from reports.forms.courses import CoursesForm
from reports.queries.courses import course_lines, course_list
from reports.tables.courses import CourseTable
from reports.views.guard import for_learners_too
from reports.views.lists import ROWS_A_PAGE
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
