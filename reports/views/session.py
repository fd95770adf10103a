"""One session: its facts, who was there, its breakouts, how long people stayed."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from reports.access import Viewer, record
from reports.analytics.distribution import distribution
from reports.charts.minutes import minutes_option, minutes_summary, minutes_text, percent_text
from reports.forms.sessions import FileForm
from reports.models import RoomSession
from reports.queries.attendees import AttendeeLine, attendees_of
from reports.queries.breakouts import breakouts_of, unplaced_breakouts
from reports.queries.freshness import freshness
from reports.queries.session_lines import session_lines
from reports.queries.sessions import SessionFilter, session_list
from reports.tables.attendees import AttendeeTable
from reports.tables.sessions import BreakoutTable, status_mark
from reports.views.guard import for_viewers
from reports.views.zone import reader_zone


@require_safe
@for_viewers
def session(
    request: HttpRequest, viewer: Viewer, account_pk: int, cue_point_id: str
) -> HttpResponse:
    """Return the session's page."""
    form = FileForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    zone = reader_zone(request, form.cleaned_data["tz"])
    session = session_of(viewer, account_pk, cue_point_id)
    attendees = attendees_of(session)
    record(request, "viewed", f"session {session.cue_point_id}", account=account_pk)
    context = _facts(viewer, session) | _breakouts(viewer, session, zone)
    context |= {
        "section": "sessions",
        "session": session,
        "zone": zone,
        "query": urlencode({"tz": zone.key}),
        "attendees": AttendeeTable(attendees) if attendees else None,
        "freshness": freshness([session.account]),
    }
    return render(request, "reports/session.html", context | _chart(session, attendees))


def session_of(viewer: Viewer, account_pk: int, cue_point_id: str) -> RoomSession:
    """Return the session with room and account. Raises: Http404 for one that isn't theirs."""
    sessions = viewer.sessions().select_related("account", "room__parent", "main_session__room")
    return get_object_or_404(sessions, account_id=account_pk, cue_point_id=cue_point_id)


def _facts(viewer: Viewer, session: RoomSession) -> dict[str, Any]:
    found = session_list(viewer.sessions().filter(pk=session.pk), SessionFilter())
    line = next(session_lines(found), None)
    if line is None:  # withdrawn between two queries
        raise Http404
    main = session.main_session
    sees_main = main is not None and viewer.sessions().filter(pk=main.pk).exists()
    return {
        "line": line,
        "status": status_mark(line.status),
        "main_session": main if sees_main else None,
    }


def _breakouts(viewer: Viewer, session: RoomSession, zone: ZoneInfo) -> dict[str, Any]:
    if session.room.is_breakout:
        return {}
    own = list(session_lines(breakouts_of(viewer.sessions(), session)))
    unplaced = list(session_lines(unplaced_breakouts(viewer.sessions(), session)))
    return {
        "breakouts": BreakoutTable(own, zone) if own else None,
        "unplaced": BreakoutTable(unplaced, zone, place="unplaced") if unplaced else None,
    }


def _chart(session: RoomSession, attendees: list[AttendeeLine]) -> dict[str, Any]:
    """Return the histogram with its numbers; without one the page says why."""
    seconds = [line.view_seconds for line in attendees] if session.is_whole else []
    found = distribution(seconds, session.length_seconds)
    if found is None:
        return {"distribution": None}
    return {
        "distribution": found,
        "chart_option": minutes_option(found),
        "chart_summary": minutes_summary(found),
        "chart_rows": [
            {
                "minutes": minutes_text(tenth),
                "percent": percent_text(tenth),
                "people": tenth.people,
                "share": tenth.people / found.people,
            }
            for tenth in found.tenths
        ],
    }
