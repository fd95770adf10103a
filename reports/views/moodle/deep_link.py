"""Deep linking: a teacher chooses what a link in the course leads to."""

from django.http import Http404, HttpRequest, HttpResponse

from reports.access import Viewer
from reports.views.guard import for_viewers


@for_viewers
def choose(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Choose what the new link leads to."""
    raise Http404


@for_viewers
def chosen(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Send the choice back to Moodle."""
    raise Http404
