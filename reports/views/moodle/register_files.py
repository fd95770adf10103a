"""The register as files: for people, for who computes with it, and for Moodle's importers."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reports.access import Viewer
from reports.exports.export import Export
from reports.exports.moodle_presets import open_gradebook, open_marked_session
from reports.exports.register import RegisterShown, open_register
from reports.exports.register_tidy import open_register_tidy
from reports.forms.register import RegisterForm
from reports.forms.register_files import MarkedSessionForm
from reports.models import Course
from reports.queries.register import course_register
from reports.queries.register_order import ordered_rows
from reports.views.files import Extension, export_response
from reports.views.guard import for_viewers
from reports.views.moodle.course import course_of_viewer, target_of
from reports.views.zone import reader_zone


@require_safe
@for_viewers
def register_file(
    request: HttpRequest, viewer: Viewer, pk: int, extension: Extension
) -> HttpResponseBase:
    """Return a row for each learner, with columns for each class."""
    course = course_of_viewer(viewer, pk)
    form = RegisterForm(request.GET, reader_zone(request), course)
    if not form.is_valid():
        return _refused(request, form.errors)
    return _sent(request, course, form, open_register(_shown(viewer, course, form)), extension)


@require_safe
@for_viewers
def register_tidy_file(
    request: HttpRequest, viewer: Viewer, pk: int, extension: Extension
) -> HttpResponseBase:
    """Return a row for each learner in each class."""
    course = course_of_viewer(viewer, pk)
    form = RegisterForm(request.GET, reader_zone(request), course)
    if not form.is_valid():
        return _refused(request, form.errors)
    export = open_register_tidy(_shown(viewer, course, form))
    return _sent(request, course, form, export, extension)


@require_safe
@for_viewers
def register_gradebook_file(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponseBase:
    """Return the shares of classes attended, for the import of grades."""
    course = course_of_viewer(viewer, pk)
    form = RegisterForm(request.GET, reader_zone(request), course)
    if not form.is_valid():
        return _refused(request, form.errors)
    return _sent(request, course, form, open_gradebook(_shown(viewer, course, form)), "csv")


@require_safe
@for_viewers
def register_attendance_file(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponseBase:
    """Return the marks of one class, for the attendance activity; of the latest if none is named."""
    course = course_of_viewer(viewer, pk)
    form = MarkedSessionForm(request.GET, reader_zone(request), course)
    if not form.is_valid():
        return _refused(request, form.errors)
    shown = _shown(viewer, course, form)
    register, wanted = shown.register, form.cleaned_data["class_id"]
    place = register.index(wanted) if wanted else len(register.classes) - 1
    if place is None:
        words = _("These days have no such class: it may have been ignored or merged since.")
        return _refused(request, {_("Class"): [words]})
    export = open_marked_session(shown, place if register.classes else None, form.statuses)
    if not register.classes:
        return _sent(request, course, form, export, "csv")
    one = register.classes[place]
    began = f"{one.starts_at.astimezone(form.zone):%Y-%m-%d-%H%M}"
    return export_response(
        request,
        export,
        "csv",
        name=f"rollcall-{export.table.name}-{began}.csv",
        target=target_of(course),
        table=export.table.name,
        query=form.query(**{"class": one.cue_point_id}),
    )


def _shown(viewer: Viewer, course: Course, form: RegisterForm) -> RegisterShown:
    register = course_register(course, viewer.sessions(), form.from_at, form.to_at)
    days = (form.cleaned_data["from_on"], form.cleaned_data["to_on"])
    rows = ordered_rows(register.rows, form.sort_wanted)
    return RegisterShown(register, rows, form.zone, *days)


def _sent(
    request: HttpRequest, course: Course, form: RegisterForm, export: Export, extension: Extension
) -> HttpResponseBase:
    # The days of the page and its zone, not the UTC days that they begin and end in.
    days = "-".join(str(form.cleaned_data[name]) for name in ("from_on", "to_on"))
    return export_response(
        request,
        export,
        extension,
        name=f"rollcall-{export.table.name}-{days}.{extension}",
        target=target_of(course),
        table=export.table.name,
        query=form.query(),
    )


def _refused(request: HttpRequest, errors: Any) -> HttpResponseBase:
    return render(request, "400.html", {"errors": errors}, status=400)
