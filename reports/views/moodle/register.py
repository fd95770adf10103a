"""The register of a course: its learners by its classes, and who else was there."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from reports.access import Viewer, record_view
from reports.analytics.presence import Mark
from reports.definitions import MARK_SIGNS, MARK_WORDS
from reports.forms.register import RegisterForm
from reports.forms.roster import BackdateForm
from reports.queries.class_offers import register_offers
from reports.queries.course import rooms_of_course
from reports.queries.register import Register, course_register
from reports.queries.register_order import ordered_rows
from reports.queries.register_others import visitors
from reports.tables.marks import rule_text
from reports.tables.register import RegisterGrid, added_up
from reports.tables.register_sums import VisitorTable, class_rows
from reports.views.guard import for_viewers
from reports.views.lists import first_of, page_of
from reports.views.moodle.course import course_of_viewer, presets_of_course, target_of
from reports.views.ranges import Scope, range_context, refused, why_empty
from reports.views.zone import reader_zone

TEMPLATE = "moodle/register.html"
SECTION = "courses"
MOST_CELLS = 15_000  # on a page
# Where the rows go once the page is written: through a dozen nested blocks, each would copy two
# megabytes. No text on a page can be this one, for each is escaped.
ROWS_PLACE = SafeString("<!--rows-->")


@require_safe
@for_viewers
def register(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show the register over the days of the address; 400 with the form where it can't be read."""
    course = course_of_viewer(viewer, pk)
    form = RegisterForm(request.GET, reader_zone(request), course, list(viewer.accounts_seen()))
    about = {"course": course, "rooms": rooms_of_course(course)}
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, SECTION, **about)
    record_view(request, target_of(course), register=True)
    scope = Scope(None, None, None, list(form.accounts or ()), course=course)
    every = viewer.sessions().in_course(course.pk)
    context = range_context(viewer, form, scope, every) | about | {"section": SECTION, "chips": []}
    context["presets"] += presets_of_course(form)
    found = course_register(course, viewer.sessions(), form.from_at, form.to_at)
    context |= {
        "found": found,
        "rule_words": rule_text(found.rule.rule),
        "totals": {"sessions": len(found.classes)},
    }
    if not found.classes:
        return render(request, TEMPLATE, context | why_empty(viewer, form, every))
    shown = _shown(found, form)
    response = render(request, TEMPLATE, context | shown)
    response.content = response.content.replace(ROWS_PLACE.encode(), shown["grid"].body().encode())
    return response


def _shown(found: Register, form: RegisterForm) -> dict[str, Any]:
    """Return one page of the learners; everything else is of everybody."""
    page = page_of(len(found.rows), form.cleaned_data["page"], _rows_a_page(found))
    rows = ordered_rows(found.rows, form.sort_wanted)[first_of(page) : page.end_index()]
    return {
        "page": page,
        "rows_place": ROWS_PLACE,
        "grid": RegisterGrid(found, rows, form, form.zone),
        "sums": added_up(sums.tally for sums in found.sums),
        "class_rows": class_rows(found, form.zone),
        "others": VisitorTable(visitors(found)),
        "legend": [(mark, MARK_SIGNS[mark], MARK_WORDS[mark]) for mark in Mark],
        "provisional": sum(it.is_provisional for it in found.classes),
        "disputed": sum(it.is_disputed for it in found.classes),
        "unknown": sum(not it.is_known for it in found.sums),
        "early": sum(not one.is_told for one in found.classes),
        "endless": [
            one
            for one, it in zip(found.classes, found.sums, strict=True)
            if one.is_open and one.length_seconds is None and it.is_known and it.tally.unknown
        ],
        "enrolment": _enrolment(found, form),
        "offers": register_offers(found),
    }


def _enrolment(found: Register, form: RegisterForm) -> dict[str, Any] | None:
    """Return what to ask about classes before the first roster; None where there are none."""
    unsure, roster_at = found.before_roster, found.roster.began_at
    if not unsure or roster_at is None:
        return None
    first_on = unsure[0].starts_at.astimezone(form.zone).date()
    began_at = found.course.starts_at
    began_on = began_at.astimezone(form.zone).date() if began_at else first_on
    suggested = min(began_on, first_on)
    return {
        "classes": len(unsure),
        "roster_at": roster_at,
        "day": BackdateForm(None, form.zone, suggested)["counted_on"],
    }


def _rows_a_page(found: Register) -> int:
    return max(10, MOST_CELLS // len(found.classes))
