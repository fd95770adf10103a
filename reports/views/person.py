"""One person: every session that they attended, and their time against the sessions' length."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reports.access import Viewer, record_view
from reports.charts.person import person_chart
from reports.exports.people import export_visits
from reports.forms.people import PersonForm
from reports.models import Person
from reports.models.session import RoomSessionQuerySet
from reports.queries.attendees import AttendanceRow
from reports.queries.people import PersonLine, person_line, person_sessions
from reports.queries.sessions import session_list
from reports.queries.visits import length_attended, ordered_rows, visits
from reports.tables.people import VisitTable, remark_of, type_text
from reports.tables.rows import or_unknown
from reports.views.files import Extension, export_response
from reports.views.guard import for_viewers
from reports.views.lists import first_of, page_of
from reports.views.ranges import range_context, refused, scope_of, why_empty
from reports.views.zone import reader_zone

TEMPLATE = "reports/person.html"


@dataclass(frozen=True)
class Known:
    """A person of whom the viewer may see something."""

    person: Person
    sessions: RoomSessionQuerySet  # the viewer's in which the person was
    since: datetime | None  # start of the first of them


@require_safe
@for_viewers
def person(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return the person's page; 400 with the form where the address can't be read."""
    known = known_person(viewer, pk)
    form = PersonForm(request.GET, reader_zone(request), known.since)
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, "people")
    scope = scope_of(viewer, form)
    record_view(request, f"person {pk}", account=known.person.account_id)
    context = range_context(viewer, form, scope, known.sessions)
    found = session_list(known.sessions, form.wanted())
    rows = person_sessions(known.person, found)
    line = person_line(known.person, found) if rows else None
    context |= _identity(known.person, line) | {"section": "people"}
    context |= _listed(known, form, rows) if rows else why_empty(viewer, form, known.sessions)
    return render(request, TEMPLATE, context)


@require_safe
@for_viewers
def person_file(
    request: HttpRequest, viewer: Viewer, pk: int, extension: Extension
) -> HttpResponseBase:
    """Return the person's sessions of the address as CSV or workbook."""
    known = known_person(viewer, pk)
    form = PersonForm(request.GET, reader_zone(request), known.since)
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, "people")
    scope_of(viewer, form)
    rows = person_sessions(known.person, session_list(known.sessions, form.wanted()))
    export = export_visits(ordered_rows(rows, form.sort_wanted), form.shape_wanted, form.zone)
    return export_response(
        request,
        export,
        extension,
        form.from_at,
        form.to_at,
        target=f"attendees of person {pk}",
        account=known.person.account_id,
        query=form.query(),
    )


def known_person(viewer: Viewer, pk: int) -> Known:
    """Return the person. Raises: Http404 for one who was in no session that the viewer may see."""
    people = viewer.people().select_related("account")
    person = get_object_or_404(people.defer("account__secret", "account__erasure_key"), pk=pk)
    sessions = viewer.sessions().filter(pk__in=person.attendances.values("session"))
    since = sessions.order_by("started_at").values_list("started_at", flat=True).first()
    return Known(person, sessions, since)


def _identity(person: Person, line: PersonLine | None) -> dict[str, Any]:
    """Return who it is, as far as Kaltura tells; a placeholder's id names nobody."""
    is_erased = person.erased_at is not None
    user_id = "" if person.is_placeholder else person.user_id
    return {
        "person": person,
        "name": person.name or user_id or _("Person without a name"),
        "remark": remark_of(is_erased=is_erased, is_placeholder=person.is_placeholder),
        "user_type": or_unknown(type_text(line.user_type if line else "")),
        "line": line,
    }


def _listed(known: Known, form: PersonForm, rows: Sequence[AttendanceRow]) -> dict[str, Any]:
    """Return a page of the sessions, and what all of them add up to."""
    ordered = ordered_rows(rows, form.sort_wanted)
    page = page_of(len(ordered), form.cleaned_data["page"])
    shown = ordered[first_of(page) : page.end_index()]
    adding = known.person.account.breakouts_add
    found = visits(rows, breakouts_add=adding)
    chart = person_chart(found, form.zone, partial(_days_query, form), form.course_pk)
    return {
        "page": page,
        "table": VisitTable(shown, form=form, zone=form.zone),
        "totals": {"sessions": len(rows)},
        "attended": length_attended(found),
        "unknown_sessions": sum(not row.attendee.is_whole for row in rows),
        "chart": chart,
    }


def _days_query(form: PersonForm, first_on: date, last_on: date) -> str:
    return form.query(**{"from": first_on, "to": last_on, "page": None})
