"""Who is enrolled in a course, as Moodle tells it and as the teacher corrects it."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST, require_safe

from reports.access import Viewer, record, record_view
from reports.definitions import ROSTER_ERRORS
from reports.exports.roster import open_roster
from reports.forms.corrections import shown_register
from reports.forms.roster import BackdateForm, MarkForm, RosterForm
from reports.models import Course, Enrolment
from reports.moodle.enrolments import backdate, mark, roster_target, undo_backdating
from reports.moodle.roster import ask_roster, claim_roster
from reports.moodle.services import ServiceRefused
from reports.queries.roster import (
    is_roster_awaited,
    roster_counts,
    roster_lines,
    roster_rows,
)
from reports.tables.figures import count_text, day_text
from reports.tables.roster import RosterTable
from reports.views.files import Extension, export_response
from reports.views.guard import for_viewers
from reports.views.lists import first_of, page_of
from reports.views.zone import reader_zone

TEMPLATE = "moodle/roster.html"
ASK_SECONDS = 20  # somebody waits for Moodle
LONGEST_QUERY = 1000  # characters of a list's address


@require_safe
@for_viewers
def roster(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show the roster; 400 with the form where the address can't be read."""
    course = _course(viewer, pk)
    form = RosterForm(request.GET, reader_zone(request))
    if not form.is_valid():
        return render(request, TEMPLATE, _page(course, form), status=400)
    record_view(request, roster_target(course))
    return render(request, TEMPLATE, _page(course, form) | _listed(course, form))


@require_safe
@for_viewers
def roster_file(
    request: HttpRequest, viewer: Viewer, pk: int, extension: Extension
) -> HttpResponseBase:
    """Return the people of the address as CSV or workbook, whatever the page."""
    course = _course(viewer, pk)
    form = RosterForm(request.GET, reader_zone(request))
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    export = open_roster(roster_lines(course, roster_rows(course, form.wanted())), form.zone)
    target = roster_target(course)
    return export_response(request, export, extension, target=target, query=form.query())


def _course(viewer: Viewer, pk: int) -> Course:
    courses = viewer.courses().select_related("site", "tool__site")
    course: Course = get_object_or_404(courses, pk=pk)
    return course


def _page(course: Course, form: RosterForm) -> dict[str, Any]:
    return {"section": "courses", "course": course, "form": form, "zone": form.zone}


def _listed(course: Course, form: RosterForm) -> dict[str, Any]:
    """Return one page of the people, what they add up to, and how the roster stands."""
    counts = roster_counts(course)
    rows = roster_rows(course, form.wanted())
    page = page_of(rows.count(), form.cleaned_data["page"])
    lines = roster_lines(course, rows[first_of(page) : page.end_index()])
    return {
        "counts": counts,
        "page": page,
        "table": RosterTable(lines, course, form=form, zone=form.zone),
        "is_awaited": is_roster_awaited(course),
        "problem": ROSTER_ERRORS.get(course.roster_error),
        "backdate_form": BackdateForm(None, form.zone, _suggested(course, form.zone)),
    }


def _suggested(course: Course, zone: ZoneInfo) -> date | None:
    """Return the course's first day, if it has begun."""
    begins = course.starts_at
    return begins.astimezone(zone).date() if begins and begins <= timezone.now() else None


# What buttons do ---------------------------------------------------------------------------------


@require_POST
@for_viewers
def roster_ask(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Ask Moodle for the roster now."""
    course = _course(viewer, pk)
    if not claim_roster(course, timezone.now()):
        messages.info(request, _("Moodle was asked a moment ago. Look again in some seconds."))
        return _back(request, course)
    try:
        change = ask_roster(course, seconds=ASK_SECONDS)
    except ServiceRefused as refused:
        record(request, "asked Moodle", roster_target(course), failed=refused.reason)
        problem = ROSTER_ERRORS[refused.reason]
        kept = _("What was known stays as it was.")
        messages.error(request, f"{problem.sentence} {kept} {problem.advice}")
        return _back(request, course)
    record(request, "asked Moodle", roster_target(course), **vars(change))
    listed = ngettext("%(n)s person is enrolled.", "%(n)s people are enrolled.", change.listed)
    words = _("New: %(new)s, come back: %(back)s, left: %(left)s.") % {
        "new": count_text(change.joined),
        "back": count_text(change.came_back),
        "left": count_text(change.left),
    }
    messages.success(request, f"{listed % {'n': count_text(change.listed)}} {words}")
    return _back(request, course)


@require_POST
@for_viewers
def roster_mark(request: HttpRequest, viewer: Viewer, pk: int, enrolment_pk: int) -> HttpResponse:
    """Mark somebody as staff or learner, or take that back."""
    course = _course(viewer, pk)
    get_object_or_404(Enrolment, course=course, pk=enrolment_pk)
    return _marked(request, course, [enrolment_pk])


@require_POST
@for_viewers
def roster_mark_several(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Mark the chosen people as staff or learners, or take that back."""
    return _marked(request, _course(viewer, pk), None)


def _marked(request: HttpRequest, course: Course, people: list[int] | None) -> HttpResponse:
    form = MarkForm(request.POST)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    chosen = form.cleaned_data["people"] if people is None else people
    if not chosen:
        messages.warning(request, _("Nobody was chosen: tick the boxes before the names first."))
        return _back(request, course)
    count = mark(request, course, chosen, form.kind_wanted)
    words = {
        Enrolment.Kind.STAFF: ngettext(
            "%(n)s person is marked as staff.", "%(n)s people are marked as staff.", count
        ),
        Enrolment.Kind.LEARNER: ngettext(
            "%(n)s person is marked as a learner.", "%(n)s people are marked as learners.", count
        ),
        None: ngettext(
            "%(n)s person counts as Moodle lists them again.",
            "%(n)s people count as Moodle lists them again.",
            count,
        ),
    }[form.kind_wanted]
    messages.success(request, words % {"n": count_text(count)})
    return _back(request, course)


@require_POST
@for_viewers
def roster_backdate(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Count learners from an earlier day on, or take that back."""
    course = _course(viewer, pk)
    form = BackdateForm(request.POST, _zone_shown(request, course))
    if form.errors.keys() == {"counted_on"}:
        messages.error(request, " ".join(map(str, form.errors["counted_on"])))
        return _back(request, course)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    if form.chosen == []:
        messages.warning(request, _("Nobody was chosen: tick the boxes before the names first."))
        return _back(request, course)
    if form.cleaned_data["how"] == "undo":
        count = undo_backdating(request, course, form.chosen)
        words = ngettext(
            "%(n)s person is counted from the first roster on again.",
            "%(n)s people are counted from their first roster on again.",
            count,
        )
    else:
        day = form.cleaned_data["counted_on"]
        count = backdate(request, course, form.chosen, form.counted_from, day)
        if form.chosen is None:  # staff among them: their number would be none of the learners'
            text = _("Everybody is counted from %(day)s on.")
            messages.success(request, text % {"day": day_text(form.counted_from, form.zone)})
            return _back(request, course)
        words = ngettext(
            "%(n)s person is counted from the day on that you named.",
            "%(n)s people are counted from the day on that you named.",
            count,
        )
    messages.success(request, words % {"n": count_text(count)})
    return _back(request, course)


def _zone_shown(request: HttpRequest, course: Course) -> ZoneInfo:
    """Return the zone of the page that the button stood on."""
    if request.POST.get("next") == "register":
        return shown_register(request.POST.get("shown", ""), reader_zone(request), course).zone
    return _shown(request).zone


def _shown(request: HttpRequest) -> RosterForm:
    """Return the list that the button stood on: its address comes along with the form."""
    query = request.POST.get("shown", "")[:LONGEST_QUERY]
    form = RosterForm(QueryDict(query), reader_zone(request))
    if form.is_valid():
        return form
    form = RosterForm(QueryDict(), reader_zone(request))
    form.is_valid()
    return form


def _back(request: HttpRequest, course: Course) -> HttpResponse:
    """Lead back to the list as it was shown, or to the register that the button stood on."""
    if request.POST.get("next") == "register":
        register = shown_register(request.POST.get("shown", ""), reader_zone(request), course)
        return redirect(f"{reverse('reports:register', args=[course.pk])}?{register.query()}")
    shown = _shown(request)
    query = shown.query(page=shown.cleaned_data["page"])
    address = reverse("reports:roster", args=[course.pk])
    return redirect(f"{address}?{query}" if query else address)
