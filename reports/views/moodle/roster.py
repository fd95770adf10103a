"""Who is enrolled in a course, as Moodle tells it and as the teacher corrects it."""

from django.http import Http404, HttpRequest, HttpResponse

from reports.access import Viewer
from reports.views.guard import for_viewers


@for_viewers
def roster(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show the roster."""
    raise Http404


@for_viewers
def roster_ask(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Ask Moodle for the roster now."""
    raise Http404


@for_viewers
def roster_mark(request: HttpRequest, viewer: Viewer, pk: int, enrolment_pk: int) -> HttpResponse:
    """Mark somebody as staff or learner, or take that back."""
    raise Http404


@for_viewers
def roster_backdate(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Count learners from an earlier day on, or take that back."""
    raise Http404
