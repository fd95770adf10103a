"""The files of one session: the rows of its page's tables."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.access import Viewer, record
from reports.exports.columns import Name
from reports.exports.export import file_name, open_export
from reports.forms.sessions import FileForm
from reports.models import RoomSession
from reports.models.session import RoomSessionQuerySet
from reports.queries.sessions import SessionFilter
from reports.views.files import csv_response
from reports.views.guard import for_viewers
from reports.views.session import session_of
from reports.views.zone import reader_zone


@require_safe
@for_viewers
def attendees_csv(
    request: HttpRequest, viewer: Viewer, account_pk: int, cue_point_id: str
) -> HttpResponseBase:
    """Return the session's attendees as CSV."""
    session = session_of(viewer, account_pk, cue_point_id)
    return _file(request, session, "attendees", viewer.sessions().filter(pk=session.pk))


@require_safe
@for_viewers
def breakouts_csv(
    request: HttpRequest, viewer: Viewer, account_pk: int, cue_point_id: str
) -> HttpResponseBase:
    """Return the session's breakouts as CSV."""
    session = session_of(viewer, account_pk, cue_point_id)
    return _file(request, session, "breakouts", viewer.sessions().filter(main_session=session))


def _file(
    request: HttpRequest, session: RoomSession, name: Name, sessions: RoomSessionQuerySet
) -> HttpResponseBase:
    form = FileForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    zone = reader_zone(request, form.cleaned_data["tz"])
    export = open_export(name, form.shape_wanted, sessions, SessionFilter(), zone)
    target = f"{name} of session {session.cue_point_id}"
    record(request, "exported", target, shape=form.shape_wanted, account=session.account_id)
    return csv_response(export, file_name(export.table, "csv", session.started_at))
