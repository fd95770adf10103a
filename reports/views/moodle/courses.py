"""The courses that somebody may look at, and a learner's own attendance."""

from django.http import Http404, HttpRequest, HttpResponse

from reports.access import Viewer
from reports.views.guard import for_viewers


@for_viewers
def courses(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List the courses that this session came from, or all of them."""
    raise Http404


@for_viewers
def my_attendance(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show learners their own sessions in a course."""
    raise Http404
