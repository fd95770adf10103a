"""The files of one session: the rows of its page's tables."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.access import Viewer
from reports.exports.export import Export, table_of
from reports.forms.attendees import AttendeesForm
from reports.forms.ranges import CourseForm
from reports.models import RoomSession
from reports.queries.attendees import AttendanceRow, attendees_of
from reports.queries.breakouts import breakout_lines, breakouts_of
from reports.queries.session_attendees import attendee_list
from reports.views.files import Extension, export_response
from reports.views.guard import for_viewers
from reports.views.ranges import check_in_course, course_of
from reports.views.session import line_of, session_of
from reports.views.zone import reader_zone


@require_safe
@for_viewers
def attendees_file(
    request: HttpRequest,
    viewer: Viewer,
    account_pk: int,
    cue_point_id: str,
    extension: Extension,
) -> HttpResponseBase:
    """Return the session's attendees as CSV or workbook: those of the address, in its order."""
    session = session_of(viewer, account_pk, cue_point_id)
    form = AttendeesForm(request.GET, reader_zone(request))
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    check_in_course(course_of(viewer, form), session.room)
    line = line_of(viewer, session)
    found = attendee_list(attendees_of(session), form.wanted())
    rows = (AttendanceRow(line, attendee) for attendee in found)
    export = Export(table_of("attendees", form.shape_wanted), rows, form.zone)
    return _response(request, session, export, extension, query=form.query())


@require_safe
@for_viewers
def breakouts_file(
    request: HttpRequest,
    viewer: Viewer,
    account_pk: int,
    cue_point_id: str,
    extension: Extension,
) -> HttpResponseBase:
    """Return the session's breakouts as CSV or workbook."""
    session = session_of(viewer, account_pk, cue_point_id)
    form = CourseForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    check_in_course(course_of(viewer, form), session.room)
    zone = reader_zone(request, form.cleaned_data["tz"])
    own = breakout_lines(breakouts_of(viewer.sessions(), session))
    export = Export(table_of("breakouts", form.shape_wanted), ((line, None) for line in own), zone)
    return _response(request, session, export, extension)


def _response(
    request: HttpRequest,
    session: RoomSession,
    export: Export,
    extension: Extension,
    **detail: Any,
) -> HttpResponseBase:
    return export_response(
        request,
        export,
        extension,
        session.started_at,
        target=f"{export.table.name} of session {session.cue_point_id}",
        account=session.account_id,
        **detail,
    )
