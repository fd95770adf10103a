"""Deep linking: a teacher chooses what a link in the course leads to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from reports.access import Viewer, record
from reports.forms.course import LinkChoiceForm
from reports.moodle.deep_linking import answer_to, request_kept, use_request
from reports.moodle.embedding import let_post
from reports.queries.course import rooms_of_course
from reports.views.guard import for_viewers
from reports.views.moodle.course import SECTION, course_of_viewer, target_of

TEMPLATE = "moodle/deep_link.html"


@never_cache
@require_safe
@for_viewers
def choose(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Choose what the new link leads to; only where Moodle has asked for it."""
    course = course_of_viewer(viewer, pk)
    context = {"section": SECTION, "course": course}
    if request_kept(request, course) is None:
        return render(request, TEMPLATE, context, status=404)
    form = LinkChoiceForm(None, rooms_of_course(course).rooms)
    return render(request, TEMPLATE, context | {"form": form})


@never_cache
@require_POST
@for_viewers
def chosen(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Send the choice back to Moodle, once."""
    course = course_of_viewer(viewer, pk)
    asked = request_kept(request, course)
    context = {"section": SECTION, "course": course}
    if asked is None:
        return render(request, TEMPLATE, context, status=404)
    form = LinkChoiceForm(request.POST, rooms_of_course(course).rooms)
    if not form.is_valid():
        return render(request, TEMPLATE, context | {"form": form}, status=400)
    title = _("Attendance") if form.room is None else str(form.room)
    answer = answer_to(asked, title=title, room=form.room)
    use_request(request, course)
    record(request, "placed a link", target_of(course), room=form.room and form.room.entry_id)
    context |= {"return_url": asked.return_url, "answer": answer}
    page = render(request, "moodle/deep_link_sent.html", context)
    let_post(page, asked.tool.site.origin)
    return page
