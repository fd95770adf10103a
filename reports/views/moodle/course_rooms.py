"""The rooms of a course: what is in it and why, claims, taking out. Deciding is in `room_claims`."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reports.access import Viewer, record_view
from reports.forms.course_rooms import ClaimForm, SuggestedForm
from reports.models import Course, CourseCategory, CourseRoom, Room
from reports.moodle.course_rooms import (
    Outcome,
    category_name,
    claim_own,
    claim_typed,
    course_target,
    is_shared_category,
    put_in,
    take_out,
)
from reports.moodle.room_categories import ask_category, can_ask
from reports.queries import course_rooms as reads
from reports.views.guard import for_viewers
from reports.views.zone import reader_zone

ASKED_LATELY_SECONDS = 30  # Kaltura isn't asked again for a second click


@require_safe
@for_viewers
def course_rooms(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show the rooms of a course, claims and suggestions."""
    course = _course(viewer, pk)
    record_view(request, course_target(course), rooms=True)
    return _page(request, viewer, course)


@require_POST
@for_viewers
def course_room_claim(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Claim a room for the course: the ticked ones, or the one that was typed."""
    course = _course(viewer, pk)
    if course.site.account_id is None:
        messages.error(request, _("This Moodle has no Kaltura account yet, so it has no rooms."))
    elif "entry" in request.POST:
        form = ClaimForm(request.POST)
        if not form.is_valid():
            return _page(request, viewer, course, form=form)
        _tell(request, claim_typed(request, viewer, course, form.cleaned_data["entry"]))
    else:
        _claim_shown(request, viewer, course)
    return redirect("reports:course-rooms", pk)


@require_POST
@for_viewers
def course_rooms_ask(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Ask Kaltura now what is published in the course's category."""
    course = _course(viewer, pk)
    known = CourseCategory.objects.filter(course=course).first()
    if not can_ask(course):
        messages.error(request, _("Kaltura can't be asked for the rooms of this course."))
    elif known and (timezone.now() - known.tried_at).total_seconds() < ASKED_LATELY_SECONDS:
        messages.info(request, _("Kaltura was asked just now: this is what it said."))
    else:
        kept = ask_category(course, request=request)
        if kept.state == CourseCategory.State.FOUND:
            messages.success(request, _("Kaltura was asked: the rooms below are up to date."))
        else:
            messages.warning(request, _("Kaltura was asked; what came of it stands below."))
    return redirect("reports:course-rooms", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewers
def course_room_undo(request: HttpRequest, viewer: Viewer, pk: int, claim_pk: int) -> HttpResponse:
    """Ask whether to take a room from the course, or a claim back; a POST does it."""
    course = _course(viewer, pk)
    claims = CourseRoom.objects.filter(course=course).select_related("course__site", "room")
    claim = get_object_or_404(claims, pk=claim_pk)
    line = next((it for it in _active(viewer, course) if it.claim.pk == claim.pk), None)
    if line is None:
        messages.info(request, _("This is out of the course already."))
        return redirect("reports:course-rooms", pk)
    if request.method == "POST":
        take_out(request, claim)
        if claim.confirmed_at:
            messages.success(request, _("“%(room)s” is out of the course.") % {"room": line.label})
        else:
            messages.success(request, _("The claim was taken back."))
        return redirect("reports:course-rooms", pk)
    context = {"section": "courses", "course": course, "line": line}
    return render(request, "moodle/course_room_undo.html", context)


def _active(viewer: Viewer, course: Course) -> list[reads.CourseRoomLine]:
    found = reads.course_rooms(viewer, course)
    return [*found.in_force, *found.waiting]


def _claim_shown(request: HttpRequest, viewer: Viewer, course: Course) -> None:
    """Claim or put back rooms that the page offers: what it doesn't show can't be ticked."""
    offered = {one.room.pk: one.reasons for one in reads.suggestions(viewer, course)}
    for line in reads.course_rooms(viewer, course).ended:
        if line.room and line.may_put_back:
            offered.setdefault(line.room.pk, [])
    form = SuggestedForm(Room.objects.filter(pk__in=offered), request.POST)
    if not form.is_valid():
        for error in form.errors["room"]:
            messages.error(request, str(error))
        return
    outcomes = []
    for room in form.cleaned_data["room"]:
        reasons = offered[room.pk]
        if viewer.is_administrator:
            evidence = {"suggested": reasons} if reasons else None
            outcomes.append(put_in(request, course, room, evidence))
        else:
            outcomes.append(claim_own(request, course, room, reasons))
    for outcome in dict.fromkeys(outcomes):
        _tell(request, outcome, outcomes.count(outcome))


def _tell(request: HttpRequest, outcome: Outcome, count: int = 1) -> None:
    """Say what came of claims. What waits is said in the same words whether or not it exists."""
    if outcome == Outcome.ADDED:
        text = ngettext("The room is in the course.", "%(n)d rooms are in the course.", count)
        messages.success(request, text % {"n": count})
    elif outcome == Outcome.WAITING:
        messages.success(
            request, _("The claim is stored. It counts once an administrator has confirmed it.")
        )
    elif outcome == Outcome.THERE:
        messages.info(request, _("This room is in the course already."))
    elif outcome == Outcome.UNKNOWN:
        messages.error(
            request,
            _(
                "No room of this id is known here. A room becomes known when a session in it was"
                " synced; nothing was changed."
            ),
        )
    else:
        messages.error(
            request,
            _(
                "Too many claims of this course wait already. Take one back, or ask an administrator."
            ),
        )


def _course(viewer: Viewer, pk: int) -> Course:
    courses = viewer.courses().select_related("site__account")
    courses = courses.defer("site__account__secret", "site__account__erasure_key")
    course: Course = get_object_or_404(courses, pk=pk)
    return course


def _page(
    request: HttpRequest, viewer: Viewer, course: Course, *, form: ClaimForm | None = None
) -> HttpResponse:
    """Return the page; with a refused form, that form and its messages, as 400."""
    site = course.site
    context: dict[str, Any] = {
        "section": "courses",
        "course": course,
        "viewer": viewer,
        "rooms": reads.course_rooms(viewer, course),
        "suggestions": reads.suggestions(viewer, course),
        "category": CourseCategory.objects.filter(course=course).first(),
        "category_name": category_name(course),
        "can_ask": can_ask(course),
        "is_shared_category": site.account_id is not None and is_shared_category(site),
        "form": form or ClaimForm(),
        "zone": reader_zone(request),
    }
    status = 400 if form else 200
    return render(request, "moodle/course_rooms.html", context, status=status)
