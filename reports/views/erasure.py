"""What a person may ask of the site: everything held about them, and to be erased."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reports.access import Viewer, record
from reports.definitions import MATCH_WORDS
from reports.exports.held import CONTENT_TYPE, archive_name, person_archive
from reports.forms.erasure import EraseForm
from reports.models import Person
from reports.sync.erasure import AlreadyErased, Traces, erase_person, find_traces
from reports.sync.moodle_users import enrolments_of, moodle_users_of
from reports.views.guard import for_administrators
from reports.views.zone import reader_zone


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def person_erase(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return what erasing the person does; a POST with the confirmation does it."""
    person = _person(viewer, pk)
    if person.erased_at is not None:
        messages.info(request, _("Nobody is named here any more: there is nothing to erase."))
        return redirect("reports:person", pk)
    form = EraseForm(person, request.POST or None)
    traces = find_traces(person)
    if request.method == "POST" and form.is_valid():
        return _erased(request, person, traces)
    context = {
        "section": "people",
        "person": person,
        "name": person.name or person.user_id or _("Person without a name"),
        "form": form if request.method == "POST" else EraseForm(person),
        "traces": traces,
        "in_courses": _in_courses(person),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "reports/person_erase.html", context, status=status)


@require_safe
@for_administrators
def person_export(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponseBase:
    """Return everything held about the person as a ZIP, and write down that it was taken."""
    person = _person(viewer, pk)
    record(request, "exported", f"person {pk}", account=person.account_id, format="zip")
    return FileResponse(
        person_archive(person, reader_zone(request)),
        as_attachment=True,
        filename=archive_name(person),
        content_type=CONTENT_TYPE,
        headers={"Cache-Control": "private, no-store"},
    )


def _erased(request: HttpRequest, person: Person, traces: Traces) -> HttpResponse:
    try:
        with transaction.atomic():
            pseudonym = erase_person(person, traces)
            counts = {name: _count(found) for name, found in asdict(traces).items()}
            record(request, "erased", f"person {person.pk}", account=person.account_id, **counts)
    except AlreadyErased:  # by somebody else, a moment ago
        return redirect("reports:person", person.pk)
    messages.success(
        request, _("The person was erased. Their time stays as “%(name)s”.") % {"name": pseudonym}
    )
    return redirect("reports:person", person.pk)


def _in_courses(person: Person) -> list[dict[str, str]]:
    """Return which of whose enrolments lose their names, and why they are taken for the person's."""
    users = moodle_users_of(person)
    rows = enrolments_of(users).select_related("course").order_by("course", "pk")
    found = []
    for row in rows:
        user = next(
            it
            for it in users
            if (it.site_id, it.moodle_user_id) == (row.course.site_id, row.moodle_user_id)
            and it.course_id in (None, row.course_id)
        )
        name = row.name or row.user_name or row.moodle_user_id
        found.append({"name": name, "course": str(row.course), "how": str(MATCH_WORDS[user.how])})
    return found


def _count(found: Any) -> int:
    return found if isinstance(found, int) else len(found)


def _person(viewer: Viewer, pk: int) -> Person:
    person: Person = get_object_or_404(viewer.people().select_related("account"), pk=pk)
    return person
