"""Which rooms belong to a course: evidence, claims, decisions."""

from django.http import Http404, HttpRequest, HttpResponse

from reports.access import Viewer
from reports.views.guard import for_administrators, for_viewers


@for_viewers
def course_rooms(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show the rooms of a course, and suggestions."""
    raise Http404


@for_viewers
def course_room_claim(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Claim a room for the course."""
    raise Http404


@for_viewers
def course_room_undo(request: HttpRequest, viewer: Viewer, pk: int, claim_pk: int) -> HttpResponse:
    """Take a room from the course."""
    raise Http404


@for_administrators
def claims(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List the claims that wait for an administrator."""
    raise Http404


@for_administrators
def claim_decide(request: HttpRequest, viewer: Viewer, claim_pk: int) -> HttpResponse:
    """Confirm a claim or turn it down."""
    raise Http404
