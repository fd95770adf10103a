"""One learner of a course, as the teacher sees them: every class of the days that the address names."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.access import Viewer, record_view
from reports.charts.learner import Attended, learner_chart
from reports.forms.register import RegisterForm
from reports.models import Course, Enrolment
from reports.queries.freshness import freshness
from reports.queries.register import Register, course_register
from reports.queries.roster import RosterLine
from reports.queries.seats import Row
from reports.tables.marks import rule_text
from reports.tables.register_cell import IdentityTable
from reports.tables.register_learner import LearnerTable
from reports.tables.register_urls import cell_url
from reports.tables.roster import backdated_text, name_remark, shown_name
from reports.views.guard import for_viewers
from reports.views.moodle.course import SECTION, course_of_viewer, target_of
from reports.views.zone import reader_zone

TEMPLATE = "moodle/register_learner.html"


@require_safe
@for_viewers
def register_learner(
    request: HttpRequest, viewer: Viewer, pk: int, enrolment_pk: int
) -> HttpResponse:
    """Show a learner's classes; 400 with the form where the address can't be read."""
    course = course_of_viewer(viewer, pk)
    user = Enrolment.objects.filter(course=course, pk=enrolment_pk).first()
    if user is None:
        raise Http404
    form = RegisterForm(request.GET, reader_zone(request), course)
    account = course.site.account
    context: dict[str, Any] = {
        "section": SECTION,
        "course": course,
        "form": form,
        "zone": form.zone,
        "name": user.name or user.user_name or user.moodle_user_id,
        "freshness": freshness([account]) if account else None,
        "accounts": [account] if account else [],
    }
    if not form.is_valid():
        return render(request, TEMPLATE, context, status=400)
    record_view(request, target_of(course), register=True, moodle_user=user.moodle_user_id)
    register = course_register(
        course, viewer.sessions(), form.from_at, form.to_at, only=user.moodle_user_id
    )
    return render(request, TEMPLATE, context | _learner(course, register, user, form))


def _learner(
    course: Course, register: Register, user: Enrolment, form: RegisterForm
) -> dict[str, Any]:
    lines = {line.enrolment_id: line for line in register.roster.lines}
    line, row = lines[user.pk], register.row(user.moodle_user_id)
    query = form.query(page=form.cleaned_data["page"])
    context: dict[str, Any] = {
        "zone": form.zone,
        "query": query,
        "line": line,
        "name": shown_name(line),
        "remark": name_remark(line),
        "backdated": backdated_text(line),
        "rule_text": rule_text(register.rule.rule),
    }
    if row is not None and row.seats:
        context |= _classes(course, register, line, row, form, query)
    return context


def _classes(
    course: Course,
    register: Register,
    line: RosterLine,
    row: Row,
    form: RegisterForm,
    query: str,
) -> dict[str, Any]:
    """Return the learner's classes, and what they add up to."""
    classes = [
        Attended(one, seat, cell_url(course, one, line.enrolment_id, query))
        for one, seat in zip(register.classes, row.seats, strict=True)
    ]
    presences = {it.person.pk: it for seat in row.seats for it in seat.presences}
    return {
        "row": row,
        "count": len(classes),
        "table": LearnerTable(classes, line, form.zone),
        "chart": learner_chart(classes, form.zone),
        "identities": IdentityTable(presences.values(), course, form.zone) if presences else None,
        "contradicted": sum(seat.is_contradicted for seat in row.seats),
    }
