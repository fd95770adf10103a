"""What the buttons on the page of a course's classes do: merge, ignore, class times, undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST

from reports.access import Viewer
from reports.decisions import classes as decisions
from reports.forms.course_classes import SeriesForm, SessionsForm, TimeForm, UndoForm
from reports.models import Course
from reports.queries.class_times import rooms_in
from reports.queries.classes import MERGED_WITHIN, CourseClass, CourseClasses, course_classes
from reports.queries.session_lines import SessionLine, session_lines
from reports.queries.sessions import SessionFilter, session_list
from reports.tables.classes import series_text
from reports.tables.figures import count_text
from reports.views.guard import for_viewers
from reports.views.moodle.course import course_of_viewer
from reports.views.moodle.course_classes import classes_page, open_until, shown_form


class Refused(Exception):
    """Why nothing came of it, in words."""


@dataclass(frozen=True)
class _Chosen:
    """Sessions that were chosen, by start, and the classes around them."""

    lines: tuple[SessionLine, ...]
    found: CourseClasses

    def class_of(self, line: SessionLine) -> CourseClass | None:
        """Return the class that a session is a part of; None: it is a breakout."""
        return self.found.find(line.cue_point_id)


def _chosen(viewer: Viewer, course: Course, cues: Sequence[str]) -> _Chosen:
    """Return the sessions. Raises: Http404 where one isn't the course's."""
    wanted = SessionFilter(course_id=course.pk, account_id=course.site.account_id)
    own = viewer.sessions().filter(cue_point_id__in=cues)
    lines = tuple(session_lines(session_list(own, wanted))) if course.site.account_id else ()
    if {line.cue_point_id for line in lines} != set(cues) or not lines:
        raise Http404
    first, last = lines[0].stored_started_at, lines[-1].stored_started_at
    span = (first - MERGED_WITHIN, last + MERGED_WITHIN + timedelta(seconds=1))
    return _Chosen(lines, course_classes(course, viewer.sessions(), *span))


@require_POST
@for_viewers
def merge(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Count sessions of a room as one class, or a breakout as a part of a class."""
    course = course_of_viewer(viewer, pk)
    form = SessionsForm(request.POST)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    cues, into = form.cleaned_data["session"], form.cleaned_data["into"]
    reason = form.cleaned_data["reason"]
    try:
        with transaction.atomic():  # all or none: somebody may ignore one of them meanwhile
            if into:
                count = _assign(request, viewer, course, cues, into, reason)
            else:
                count = _merge(request, viewer, course, cues, reason)
    except decisions.IsIgnored:
        text = _("An ignored session counts as no class: undo that first.")
        return _refused(request, viewer, course, form, text)
    except (Refused, decisions.WouldTurnInCircles) as refused:
        text = str(refused) or _("These sessions count as one class already.")
        return _refused(request, viewer, course, form, text)
    if not count:
        messages.info(request, _("They count as one class already, so nothing was stored."))
    elif into:
        messages.success(request, _("The breakout counts with that class now."))
    else:
        messages.success(request, _("These sessions count as one class now."))
    return _back(request, course)


def _merge(
    request: HttpRequest, viewer: Viewer, course: Course, cues: Sequence[str], reason: str
) -> int:
    """Merge the classes of the chosen sessions into the earliest one; return how many were."""
    if len(cues) < 2:
        raise Refused(_("Tick at least two sessions that are to count as one class."))
    chosen = _chosen(viewer, course, cues)
    classes: dict[str, CourseClass] = {}
    for line in chosen.lines:
        one = chosen.class_of(line)
        if one is None:
            raise Refused(_("A breakout counts with the class that it is put to, further below."))
        if one.ignores:
            raise decisions.IsIgnored
        classes[one.cue_point_id] = one
    parts = [part for one in classes.values() for part in one.parts]
    if len({part.room_id for part in parts}) > 1:
        raise Refused(_("Only sessions of one room can count as one class."))
    starts = [part.stored_started_at for part in parts]
    if max(starts) - min(starts) > MERGED_WITHIN:
        raise Refused(_("Sessions of one class begin within a day."))
    first, *others = sorted(classes.values(), key=lambda it: it.starts_at)
    made = [
        decisions.merge(request, course, _end_of_way(one), _end_of_way(first), reason)
        for one in others
    ]
    return sum(it is not None for it in made)


def _end_of_way(one: CourseClass) -> str:
    """Return the session that the others of the class are merged into."""
    merged = {it.cue_point_id for it in one.merges}
    return next(cue for cue in one.cue_point_ids if cue not in merged)


def _assign(
    request: HttpRequest,
    viewer: Viewer,
    course: Course,
    cues: Sequence[str],
    into: str,
    reason: str,
) -> int:
    """Put breakouts to a class of their main room; return how many were."""
    if not cues or into in cues:
        raise Refused(_("Choose a breakout, and the class that it is to count with."))
    chosen = _chosen(viewer, course, [*cues, into])
    [target] = [line for line in chosen.lines if line.cue_point_id == into]
    one = chosen.class_of(target)
    if one is None:
        raise Refused(_("A breakout can't count with another breakout."))
    if one.ignores:
        raise decisions.IsIgnored
    breakouts = [line for line in chosen.lines if line.cue_point_id != into]
    for line in breakouts:
        if chosen.class_of(line) is not None or line.parent_id != target.room_id:
            raise Refused(_("A breakout counts with a class of its own main room."))
        if abs(line.stored_started_at - target.stored_started_at) > MERGED_WITHIN:
            raise Refused(_("A breakout and its class begin within a day."))
    made = [decisions.merge(request, course, line.cue_point_id, into, reason) for line in breakouts]
    return sum(it is not None for it in made)


@require_POST
@for_viewers
def ignore(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Let sessions not count."""
    course = course_of_viewer(viewer, pk)
    form = SessionsForm(request.POST)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    cues = form.cleaned_data["session"]
    if not cues:
        text = _("Tick the sessions that are not to count.")
        return _refused(request, viewer, course, form, text)
    chosen = _chosen(viewer, course, cues)
    if any(chosen.class_of(line) is None for line in chosen.lines):
        text = _("A breakout can't be ignored by itself: it counts with its session.")
        return _refused(request, viewer, course, form, text)
    count = decisions.ignore(request, course, cues, form.cleaned_data["reason"])
    if count:
        words = ngettext(
            "%(n)s session does not count any more.", "%(n)s sessions do not count any more.", count
        )
        messages.success(request, words % {"n": count_text(count)})
    else:
        messages.info(request, _("This was ignored already, so nothing was stored."))
    return _back(request, course)


@require_POST
@for_viewers
def set_time(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Set the class time of one class."""
    course = course_of_viewer(viewer, pk)
    shown = shown_form(request, course)
    form = TimeForm(request.POST, shown.zone)
    cue = request.POST.get("session", "")[:64]
    if not cue or "\x00" in cue:
        raise Http404
    chosen = _chosen(viewer, course, [cue])
    one = chosen.class_of(chosen.lines[0])
    if one is None or one.ignores or not one.has_start:
        text = _("Only a class that counts, and of which the start is known, has a class time.")
        messages.error(request, text)
        return _back(request, course)
    if form.is_valid():
        begins, ends = form.cleaned_data["begins"], form.cleaned_data["ends"]
        if not _overlaps(one, begins, ends):
            text = _("The session took place at another time: the class time has to overlap it.")
            form.add_error("begins", text)
    if not form.is_valid():
        return classes_page(request, viewer, course, shown, timed=one, time_form=form)
    made = decisions.set_class_time(
        request, course, one.cue_point_id, begins, ends, form.cleaned_data["reason"]
    )
    if made is None:
        messages.info(request, _("This class time counts already, so nothing was stored."))
    else:
        messages.success(request, _("The class time is set."))
    return _back(request, course)


def _overlaps(one: CourseClass, begins: Any, ends: Any) -> bool:
    """Whether any of the class's sessions lies within the time."""
    last = one.parts[-1]
    return any(
        begins < (open_until(one) if part is last else part.ended_at or open_until(one))
        and part.stored_started_at < ends
        for part in one.parts
    )


@require_POST
@for_viewers
def set_series(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Set the class time of a weekly series; "preview" leads to a look at it."""
    course = course_of_viewer(viewer, pk)
    shown = shown_form(request, course)
    if request.POST.get("do") == "preview":
        typed = {name: request.POST.get(name, "")[:64] for name in SeriesForm.NAMES}
        return redirect(f"{_url(course)}?{shown.query()}&{urlencode(typed)}#series")
    form = SeriesForm(request.POST, shown.zone, rooms_in(course))
    if not form.is_valid():
        return classes_page(request, viewer, course, shown, series_form=form)
    if course.site.account_id is None:
        raise Http404
    made = decisions.set_series(request, course, **form.values())
    if made is None:
        text = _("This weekly class time is set already, so nothing was stored.")
        messages.info(request, text)
    else:
        text = _("The class time is set: %(series)s.")
        messages.success(request, text % {"series": series_text(made)})
    return _back(request, course)


@require_POST
@for_viewers
def undo(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Take decisions back."""
    course = course_of_viewer(viewer, pk)
    form = UndoForm(request.POST)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    kind, keys = form.cleaned_data["kind"], form.cleaned_data["decision"]
    if not decisions.KINDS[kind].objects.filter(course=course, pk__in=keys).exists():
        raise Http404
    if decisions.undo_of_classes(request, course, kind, keys):
        messages.success(request, _("It was undone."))
    else:
        messages.info(request, _("It was undone already."))
    return _back(request, course)


def _refused(
    request: HttpRequest, viewer: Viewer, course: Course, form: SessionsForm, text: str
) -> HttpResponse:
    """Return the page with what was ticked and typed, and why nothing came of it."""
    return classes_page(
        request,
        viewer,
        course,
        shown_form(request, course),
        problem=text,
        ticked=form.cleaned_data["session"],
        reason=form.cleaned_data["reason"],
    )


def _url(course: Course) -> str:
    return reverse("reports:course-classes", args=[course.pk])


def _back(request: HttpRequest, course: Course) -> HttpResponse:
    """Lead back to the page as it was shown."""
    shown = shown_form(request, course)
    return redirect(f"{_url(course)}?{shown.query(page=shown.cleaned_data['page'])}")
