"""The overview: what a range adds up to, how it went over time, and where each figure leads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from reports.access import Viewer
from reports.forms.ranges import RangeForm
from reports.queries.sessions import session_list
from reports.views.glance import at_a_glance, sums_of
from reports.views.guard import for_learners_too
from reports.views.ranges import form_for, range_context, refused, scope_of, why_empty

TEMPLATE = "reports/overview.html"


@require_safe
@for_learners_too
def overview(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the range that the address names at a glance; 400 with the form if it can't be read.

    The site's front door: learners, who have no overview, are led to their courses.
    """
    if viewer.is_learner:
        return redirect("reports:courses")
    form = form_for(viewer, request, RangeForm)
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, "overview")
    scope = scope_of(viewer, form)
    context = range_context(viewer, form, scope) | {"section": "overview"}
    sessions = session_list(viewer.sessions(), form.wanted())
    quarters = sums_of(viewer, form, sessions)
    if not quarters:
        return render(request, TEMPLATE, context | why_empty(viewer, form))
    context |= at_a_glance(viewer, form, scope, sessions, quarters, context["in_range"])
    return render(request, TEMPLATE, context)
