"""A learner's own attendance in a course: their row of its register, or the sessions they were in."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reports.access import Viewer, record_view
from reports.forms.courses import OwnAttendanceForm
from reports.forms.register import RegisterForm
from reports.models import Course, Person
from reports.queries.attendees import AttendanceRow
from reports.queries.freshness import freshness
from reports.queries.own_attendance import OwnRegister, own_register
from reports.queries.people import person_line, person_sessions
from reports.queries.sessions import SessionFilter, session_list
from reports.queries.visits import length_attended, visits
from reports.tables.attention import attended_text, percent_text, share_below_text
from reports.tables.courses import OwnVisitTable
from reports.tables.figures import count_text
from reports.tables.marks import rule_text
from reports.tables.own_attendance import OwnClassTable, rule_since_text
from reports.views.guard import for_learners_too
from reports.views.lists import first_of, page_of
from reports.views.moodle.course import target_of
from reports.views.zone import reader_zone

SECTION = "courses"


@require_safe
@for_learners_too
def my_attendance(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show learners what the course's register says of them; others, what that page is.

    The same classes, marks and reasons as their teachers see, without anybody's name: whoever made a
    correction is “your teacher”. Where the register has no row of theirs, the sessions in which
    they were, by their user name.
    """
    sealed = ("site__account__secret", "site__account__erasure_key")
    courses = viewer.courses_listed().select_related("site__account").defer(*sealed)
    course = get_object_or_404(courses, pk=pk)
    form = RegisterForm(request.GET, reader_zone(request), course)
    is_valid = form.is_valid()
    context: dict[str, Any] = {
        "section": SECTION,
        "course": course,
        "form": form,
        "zone": form.zone,
    }
    if not viewer.courses_attended().filter(pk=pk).exists():
        return render(request, "moodle/my_attendance_of_learners.html", context)
    if not is_valid:
        return render(request, "moodle/my_register.html", context, status=400)
    record_view(request, target_of(course), own_attendance=True)
    own = own_register(viewer, course, form.from_at, form.to_at)
    if own is not None:
        return render(request, "moodle/my_register.html", context | _register(course, form, own))
    return render(request, "moodle/my_attendance.html", context | _visited(request, viewer, course))


def _register(course: Course, form: RegisterForm, own: OwnRegister) -> dict[str, Any]:
    """Return one page of the learner's classes, and what they add up to."""
    page = page_of(len(own.classes), form.cleaned_data["page"])
    shown = own.classes[first_of(page) : page.end_index()]
    in_force, account = own.rule, course.site.account
    required = own.required_percent
    return {
        "own": own,
        "page": page,
        "table": OwnClassTable(shown, zone=form.zone, breakouts_add=own.breakouts_add),
        "attended": attended_text(own.tally),
        "required": None if required is None else percent_text(required),
        "may_miss": _("out of reach") if own.may_miss is None else count_text(own.may_miss),
        "best": share_below_text(own.best, required or 0),
        "rule_text": rule_text(in_force.rule),
        "rule_since": rule_since_text(
            in_force.version, in_force.source, in_force.made_at, form.zone
        ),
        "freshness": freshness([account]) if account else None,
    }


# Where the register has no row -------------------------------------------------------------------


def _visited(request: HttpRequest, viewer: Viewer, course: Course) -> dict[str, Any]:
    """Return the sessions in which the viewer was, if it is known whom Kaltura knows them as."""
    form = OwnAttendanceForm(request.GET)  # its fields are some of the register's
    form.is_valid()
    zone = reader_zone(request, form.cleaned_data["tz"])
    context: dict[str, Any] = {"form": form, "zone": zone}
    person = viewer.self_in(course)
    if person is None:
        return context
    context |= _own(viewer, course, person) | {"freshness": freshness([person.account])}
    return context | _listed(context["rows"], form, zone)


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
