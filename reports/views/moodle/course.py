"""A course: its sessions, who came, when and for how long."""

from django.http import Http404, HttpRequest, HttpResponse

from reports.access import Viewer
from reports.views.guard import for_viewers


@for_viewers
def course(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show the overview of a course."""
    raise Http404


@for_viewers
def course_settings(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Let learners see their own attendance, or not."""
    raise Http404
