"""Claims to rooms, for administrators: the evidence, and the decision."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from reports.access import Viewer
from reports.forms.course_rooms import CONFIRM, ClaimsForm, DecisionForm
from reports.models import CourseRoom
from reports.moodle.course_rooms import Outcome, RoomUnknown, confirm, turn_down
from reports.queries.course_rooms import waiting_claims
from reports.views.guard import for_administrators
from reports.views.zone import reader_zone

CLAIMS_A_PAGE = 20


@require_safe
@for_administrators
def claims(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List the claims that wait for an administrator, the oldest first."""
    form = ClaimsForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    waiting = (
        CourseRoom.objects.waiting()
        .select_related("course__site__account", "room", "claimed_by")
        .defer("course__site__account__secret", "course__site__account__erasure_key")
        .order_by("claimed_at", "pk")
    )
    page = Paginator(waiting, CLAIMS_A_PAGE).get_page(form.cleaned_data["page"] or 1)
    context = {
        "section": "course-room-claims",
        "page": page,
        "claims": waiting_claims(page.object_list),
        "zone": reader_zone(request),
    }
    return render(request, "moodle/claims.html", context)


@require_POST
@for_administrators
def claim_decide(request: HttpRequest, viewer: Viewer, claim_pk: int) -> HttpResponse:
    """Confirm a claim or turn it down."""
    claims = CourseRoom.objects.select_related("course__site", "room")
    claim = get_object_or_404(claims, pk=claim_pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    if claim.confirmed_at or claim.undone_at:
        messages.info(request, _("This claim was decided on, or taken back, in the meantime."))
    elif form.cleaned_data["decision"] == CONFIRM:
        _confirm(request, claim)
    elif turn_down(request, claim):
        messages.success(request, _("The claim was turned down."))
    return redirect("reports:course-room-claims")


def _confirm(request: HttpRequest, claim: CourseRoom) -> None:
    try:
        outcome = confirm(request, claim)
    except RoomUnknown:
        messages.error(
            request,
            _(
                "No room of this id is known yet, so nothing was confirmed. A room becomes known when"
                " a session in it was synced."
            ),
        )
        return
    if outcome == Outcome.ADDED:
        messages.success(
            request, _("The room belongs to “%(course)s” now.") % {"course": claim.course}
        )
    else:
        messages.info(request, _("The room was in the course already."))
