"""One class of a course: its learners with their marks, who else was there, how it adds up."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.access import Viewer, record_view
from reports.forms.register import RegisterForm
from reports.models import Course
from reports.queries.freshness import freshness
from reports.queries.register_class import FoundClass, find_class
from reports.tables.figures import span_text
from reports.tables.marks import class_title
from reports.tables.register_class import (
    ClassTable,
    OthersTable,
    ignored_texts,
    length_texts,
    part_lines,
)
from reports.views.guard import for_viewers
from reports.views.moodle.course import SECTION, course_of_viewer, target_of
from reports.views.zone import reader_zone

TEMPLATE = "moodle/register_class.html"


@require_safe
@for_viewers
def register_class(
    request: HttpRequest, viewer: Viewer, pk: int, cue_point_id: str
) -> HttpResponse:
    """Show the class that a session of the course is in, or that it is ignored."""
    course = course_of_viewer(viewer, pk)
    form = RegisterForm(request.GET, reader_zone(request), course)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    found = find_class(course, viewer.sessions(), cue_point_id)
    if found is None:
        raise Http404
    record_view(request, target_of(course), register=True, session=found.one.cue_point_id)
    context = class_context(course, found, form) | {
        "times": length_texts(found.one, form.zone),
        "parts": part_lines(found.one.parts, course, form.zone),
        "breakouts": part_lines(found.one.breakouts, course, form.zone),
        "sums": found.sums,
    }
    query = context["query"]
    if found.seats:
        table = ClassTable(found.seats, found.one, course, form=form, query=query)
        context |= {"table": table, "count": len(found.seats)}
    if found.others:
        context["others"] = OthersTable(found.others, course, form.zone)
    return render(request, TEMPLATE, context)


def class_context(course: Course, found: FoundClass, form: RegisterForm) -> dict[str, Any]:
    """Return what every page about a class shows of it."""
    one, account = found.one, course.site.account
    return {
        "section": SECTION,
        "course": course,
        "form": form,
        "zone": form.zone,
        "query": form.query(page=form.cleaned_data["page"]),
        "one": one,
        "title": class_title(one, form.zone),
        "held": _held(found, form.zone),
        "ignored": ignored_texts(one, form.zone),
        "rule": found.register.rule,
        "freshness": freshness([account]) if account else None,
        "accounts": [account] if account else [],
    }


def _held(found: FoundClass, zone: ZoneInfo) -> str:
    one = found.one
    return span_text(one.starts_at, one.ends_at, zone) if one.has_start else ""
