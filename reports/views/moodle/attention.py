"""Whom a teacher should look at in a course, and why."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_safe

from reports.access import Viewer, record_view
from reports.analytics.attention import ReasonKind
from reports.definitions import REASON_DEFINITIONS, REASON_WORDS, ROSTER_ERRORS
from reports.exports.attention import open_attention
from reports.forms.attention import AttentionForm
from reports.models import Course
from reports.queries.attention import AttentionList, ClassesLeft, attention_list
from reports.queries.course import rooms_of_course
from reports.queries.roster import is_roster_awaited
from reports.tables.attention import AttentionTable
from reports.tables.figures import count_text
from reports.tables.marks import rule_text
from reports.views.files import Extension, export_response
from reports.views.guard import for_viewers
from reports.views.lists import first_of, page_of
from reports.views.moodle.course import course_of_viewer, presets_of_course, target_of
from reports.views.ranges import Scope, range_context, refused
from reports.views.zone import reader_zone

TEMPLATE = "moodle/attention.html"
SECTION = "courses"


@require_safe
@for_viewers
def attention(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show the learners for whom a reason holds; 400 with the form where the address can't be read."""
    course = course_of_viewer(viewer, pk)
    form = _form(request, viewer, course)
    about = {
        "course": course,
        "rooms": rooms_of_course(course),
        "is_awaited": is_roster_awaited(course),
        "problem": ROSTER_ERRORS.get(course.roster_error),
    }
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, SECTION, **about)
    record_view(request, target_of(course), register=True)
    scope = Scope(None, None, None, list(form.accounts or ()), course=course)
    every = viewer.sessions().in_course(course.pk)
    context = range_context(viewer, form, scope, every) | about | {"section": SECTION, "chips": []}
    context["presets"] += presets_of_course(form)
    if course.roster_asked_at is not None:
        context |= _listed(course, form, _found(viewer, course, form))
    return render(request, TEMPLATE, context)


@require_safe
@for_viewers
def attention_file(
    request: HttpRequest, viewer: Viewer, pk: int, extension: Extension
) -> HttpResponseBase:
    """Return the reasons of the address as CSV or workbook, whatever the page."""
    course = course_of_viewer(viewer, pk)
    form = _form(request, viewer, course)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    found = _found(viewer, course, form)
    export = open_attention(found, form.cleaned_data["reason"], form.zone)
    return export_response(
        request,
        export,
        extension,
        form.from_at,
        form.to_at,
        target=target_of(course),
        query=form.query(),
    )


def _form(request: HttpRequest, viewer: Viewer, course: Course) -> AttentionForm:
    accounts = list(viewer.accounts_seen())
    return AttentionForm(request.GET, reader_zone(request), course, accounts)


def _found(viewer: Viewer, course: Course, form: AttentionForm) -> AttentionList:
    in_a_row = form.cleaned_data["in_a_row"]
    return attention_list(course, viewer.sessions(), form.from_at, form.to_at, in_a_row)


def _listed(course: Course, form: AttentionForm, found: AttentionList) -> dict[str, Any]:
    """Return one page of the learners, and what is said of all of them."""
    register, kind = found.register, form.cleaned_data["reason"]
    lines = found.of_kind(kind)
    page = page_of(len(lines), form.cleaned_data["page"])
    shown = lines[first_of(page) : page.end_index()]
    return {
        "found": found,
        "learners": sum(row.line.is_current for row in register.rows),
        "rule_text": rule_text(register.rule.rule),
        "left_text": left_text(found.left, register.rule.rule.planned_classes or 0),
        "provisional": sum(one.is_provisional for one in register.classes),
        "reasons": list(_reasons(form, found)),
        "page": page,
        "table": AttentionTable(shown, course, register.classes, form=form, zone=form.zone),
    }


def _reasons(form: AttentionForm, found: AttentionList) -> list[dict[str, Any]]:
    """Return the reasons to choose among: all, those that hold for somebody, and the chosen one."""
    chosen = form.cleaned_data["reason"]
    kinds = [kind for kind in ReasonKind if found.counts[kind] or kind == chosen]
    everybody = [{"word": _("Every reason"), "kind": "", "count": len(found.lines), "key": ""}]
    choices: list[dict[str, Any]] = everybody + [
        {
            "word": REASON_WORDS[kind],
            "kind": kind,
            "count": found.counts[kind],
            "key": REASON_DEFINITIONS[kind],
        }
        for kind in kinds
    ]
    for choice in choices:
        choice["query"] = form.query(reason=choice["kind"], page=None)
        choice["is_current"] = choice["kind"] == chosen
    return choices


def left_text(left: ClassesLeft, planned: int) -> str:
    """Return how many classes are left, or why nothing is said of them; "" without a plan."""
    if left.why_not == "part":
        return _(
            "These days do not hold all classes of the course so far, so nothing is said about the"
            " classes that are left."
        )
    if left.why_not == "exceeded":
        text = _(
            "More classes were held than the %(n)s that the rule plans, so nothing is said about the"
            " classes that are left."
        )
        return text % {"n": count_text(planned)}
    if left.count is None:
        return ""
    text = ngettext(
        "%(left)s of %(n)s planned class is left.",
        "%(left)s of %(n)s planned classes are left.",
        planned,
    )
    return text % {"left": count_text(left.count), "n": count_text(planned)}
