"""One cell of the register: what counts, why, and every row that it was made of."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.access import Viewer, record_view
from reports.definitions import DEFINITIONS
from reports.forms.corrections import CorrectionForm
from reports.forms.register import RegisterForm
from reports.models import Course, Enrolment
from reports.queries.register_class import FoundClass, find_class
from reports.queries.register_evidence import cell_evidence, corrections_of
from reports.queries.roster import RosterLine
from reports.queries.seats import Seat
from reports.tables.corrections import (
    CorrectionsTable,
    computed_text,
    contradiction_text,
    said_text,
)
from reports.tables.marks import mark_text, rule_text
from reports.tables.register_cell import (
    CellSourceTable,
    IdentityTable,
    computed_because,
    next_step,
    rule_source_text,
    standing_text,
    steps,
)
from reports.tables.register_class import length_texts
from reports.tables.register_urls import cell_value, class_url, learner_url
from reports.tables.roster import backdated_text, shown_name
from reports.views.guard import for_viewers
from reports.views.moodle.course import course_of_viewer, target_of
from reports.views.moodle.register_class import class_context
from reports.views.zone import reader_zone

TEMPLATE = "moodle/register_cell.html"
# The definition of what counts, beside the mark.
DEFINED = {"unknown": "presence_unknown"}


@require_safe
@for_viewers
def register_cell(
    request: HttpRequest, viewer: Viewer, pk: int, cue_point_id: str, enrolment_pk: int
) -> HttpResponse:
    """Show how one figure of the register can be defended before the student it concerns."""
    course = course_of_viewer(viewer, pk)
    form = RegisterForm(request.GET, reader_zone(request), course)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    user = Enrolment.objects.filter(course=course, pk=enrolment_pk).first()
    if user is None:
        raise Http404
    found = find_class(course, viewer.sessions(), cue_point_id, only=user.moodle_user_id)
    if found is None:
        raise Http404
    line = next(
        it for it in found.register.roster.lines if it.moodle_user_id == user.moodle_user_id
    )
    record_view(
        request,
        target_of(course),
        register=True,
        session=found.one.cue_point_id,
        moodle_user=line.moodle_user_id,
    )
    context = class_context(course, found, form)
    query = context["query"]
    context |= {
        "line": line,
        "name": shown_name(line),
        "class_url": class_url(course, found.one, query),
        "learner_url": learner_url(course, line.enrolment_id, query),
        "value": cell_value(found.one, line.enrolment_id),
        "backdated": backdated_text(line),
    }
    seat = found.seat(line) if line.is_learner else None
    if seat is None:
        made = corrections_of(course, found.one, line)
        context["corrections"] = CorrectionsTable(made, None, form.zone) if made else None
    else:
        context |= _cell(course, found, line, seat, form, query)
    return render(request, TEMPLATE, context)


def _cell(
    course: Course,
    found: FoundClass,
    line: RosterLine,
    seat: Seat,
    form: RegisterForm,
    query: str,
) -> dict[str, Any]:
    """Return what the page tells of a cell."""
    evidence = cell_evidence(course, found, line, seat)
    zone, made = form.zone, seat.correction
    key = DEFINED.get(seat.mark.value, seat.mark.value)
    return {
        "seat": seat,
        "mark": mark_text(seat.mark, is_corrected=made is not None),
        "definition_key": key,
        "definition": DEFINITIONS[key],
        "because": computed_because(found, line, seat, evidence),
        "next_step": next_step(course, found, line, seat, query),
        "computed": mark_text(seat.computed),
        "said": said_text(made, zone) if made else "",
        "then": computed_text(made.computed_mark, made.computed_seconds) if made else "",
        "now": computed_text(seat.computed, seat.seconds),
        "contradiction": contradiction_text(seat),
        "rule_text": rule_text(found.register.rule.rule),
        "rule_source": rule_source_text(found.register.rule, zone),
        "times": length_texts(found.one, zone),
        "steps": steps(found, seat, evidence, zone, course),
        "is_in_already": any(not it.counts for it in evidence.times),
        "identities": IdentityTable(seat.presences, course, zone) if seat.presences else None,
        "matched_to_nobody": evidence.matched_to_nobody,
        "standing": standing_text(seat),
        "sources": CellSourceTable(evidence.rows, course, zone) if evidence.rows else None,
        "corrections": CorrectionsTable(evidence.corrections, made, zone)
        if evidence.corrections
        else None,
        "correction_form": None if line.is_erased else CorrectionForm(),
        "is_not_enrolled": seat.computed == "not_enrolled",
    }
