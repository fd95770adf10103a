"""From Moodle's frame into a window of its own."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from reports.access import MOODLE_SESSION, Viewer, record
from reports.moodle.refusals import LaunchRefused, refusal_page
from reports.moodle.window import is_sent_by_us, make_ticket, own_path, use_ticket
from reports.views.guard import for_learners_too


@never_cache
@require_POST
@for_learners_too
def leave_frame(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Make a ticket, and a page in the frame whose button opens the window with it."""
    if not request.session.get(MOODLE_SESSION):
        raise Http404
    path = own_path(request.POST.get("path", ""))
    context = {"path": path, "ticket": make_ticket(request, path)}
    return render(request, "moodle/leave_frame.html", context)


@csrf_exempt  # the window has no cookie yet; who sent the form is asked of the browser
@never_cache
@require_POST
def open_window(request: HttpRequest) -> HttpResponse:
    """Open the page of the ticket in a window, signed in as in the frame."""
    path = use_ticket(request, request.POST.get("ticket", "")) if is_sent_by_us(request) else None
    if path is None:
        return refusal_page(request, LaunchRefused("window_over"), None)
    record(request, "opened a window", "site")
    return redirect(path)
