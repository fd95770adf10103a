"""The page of a course's classes: what counts as one, what is offered, weekly class times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.access import Viewer, record_view
from reports.decisions.classes import KINDS
from reports.forms.course_classes import ClassesForm, SeriesForm, TimeForm
from reports.models import Course, Room
from reports.queries.class_offers import class_offers
from reports.queries.class_times import concerned_by, rooms_in, series_lines
from reports.queries.classes import (
    MERGED_WITHIN,
    OPEN_FOR,
    CourseClass,
    CourseClasses,
    course_classes,
)
from reports.queries.freshness import freshness
from reports.queries.session_lines import SessionLine
from reports.tables.classes import counted_text, gap_text, in_both_text, series_text, why_text
from reports.views.guard import for_viewers
from reports.views.lists import first_of, page_of
from reports.views.moodle.course import course_of_viewer, target_of
from reports.views.zone import reader_zone

TEMPLATE = "moodle/course_classes.html"
MOST_CONCERNED = 100  # classes of a tried series that are listed


@dataclass(frozen=True)
class ClassLine:
    """A class as the page lists it."""

    one: CourseClass
    counted: str  # the class time in words; "" without one
    own_length: int | None  # of its sessions, whatever the class time; None: not known
    assigned: int  # breakouts that somebody put to it


@dataclass(frozen=True)
class Stray:
    """A breakout that is no class's, with the classes that it may be of."""

    line: SessionLine
    classes: tuple[CourseClass, ...]


@dataclass(frozen=True)
class Offered:
    """Something that is offered, in words."""

    classes: tuple[CourseClass, ...]
    evidence: str


@dataclass(frozen=True)
class RoomClasses:
    """What was held in one of the course's rooms in the days that are shown."""

    name: str
    classes: tuple[CourseClass, ...]  # that count
    ignored: tuple[int, ...]  # the decisions by which the others don't

    @property
    def cue_point_ids(self) -> list[str]:
        return [part.cue_point_id for one in self.classes for part in one.parts]


@require_safe
@for_viewers
def classes(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show the classes that the address names; 400 with the form where it can't be read."""
    course = course_of_viewer(viewer, pk)
    form = ClassesForm(request.GET, reader_zone(request), course)
    if not form.is_valid():
        context = {"section": "courses", "course": course, "form": form, "zone": form.zone}
        return render(request, TEMPLATE, context, status=400)
    record_view(request, target_of(course), register=True)
    return classes_page(request, viewer, course, form)


def classes_page(
    request: HttpRequest,
    viewer: Viewer,
    course: Course,
    form: ClassesForm,
    **refused: Any,
) -> HttpResponse:
    """Return the page. `refused` holds forms, ticks and reasons of a POST that came to nothing: 400."""
    found = course_classes(course, viewer.sessions(), form.from_at, form.to_at)
    rooms = rooms_in(course)
    account = course.site.account
    context: dict[str, Any] = {
        "section": "courses",
        "course": course,
        "freshness": freshness([account]) if account else None,
        "accounts": [account] if account else [],
        "form": form,
        "zone": form.zone,
        "found": found,
        "has_rooms": bool(rooms),
        "undo_kinds": list(KINDS),
        "shown": form.query(page=form.cleaned_data["page"]),
    }
    context |= _listed(form, found) | _offers(course, found)
    context["by_room"] = _by_room(found)
    context |= _times(request, form, found) | _series(request, viewer, course, form, found, rooms)
    tried = context["series_form"]
    is_bad = tried.is_bound and not tried.is_valid()
    return render(request, TEMPLATE, context | refused, status=400 if refused or is_bad else 200)


def _listed(form: ClassesForm, found: CourseClasses) -> dict[str, Any]:
    """Return a page of the classes, those that don't count among them, the latest first."""
    every = sorted((*found.classes, *found.ignored), key=lambda it: it.starts_at, reverse=True)
    page = page_of(len(every), form.cleaned_data["page"])
    lines = [_line(one, form) for one in every[first_of(page) : page.end_index()]]
    strays = [Stray(line, _classes_near(line, found.classes)) for line in found.stray]
    return {"page": page, "lines": lines, "strays": strays}


def _by_room(found: CourseClasses) -> list[RoomClasses]:
    """Return what was held room by room, by name; none where there is one room alone."""
    names = {one.parts[0].room_id: one.room_name for one in (*found.classes, *found.ignored)}
    if len(names) < 2:
        return []
    return [
        RoomClasses(
            name,
            tuple(one for one in found.classes if one.parts[0].room_id == room),
            tuple(
                made.pk
                for one in found.ignored
                if one.parts[0].room_id == room
                for made in one.ignores
            ),
        )
        for room, name in sorted(names.items(), key=lambda it: (it[1].casefold(), it[0]))
    ]


def _line(one: CourseClass, form: ClassesForm) -> ClassLine:
    own = {line.cue_point_id for line in one.breakouts}
    return ClassLine(
        one=one,
        counted=counted_text(one.counted, form.zone) if one.counted else "",
        own_length=length_of(one),
        assigned=sum(it.cue_point_id in own for it in one.merges),
    )


def length_of(one: CourseClass) -> int | None:
    """Return how long the sessions of a class were, whatever counts of it."""
    lengths = [line.length_seconds for line in one.parts]
    known = [seconds for seconds in lengths if seconds is not None]
    return sum(known) if len(known) == len(lengths) else None


def _classes_near(line: SessionLine, classes: Sequence[CourseClass]) -> tuple[CourseClass, ...]:
    """Return the classes of the breakout's main room that began within a day, the nearest first."""
    near = [
        one
        for one in classes
        if one.parts[0].room_id == line.parent_id
        and abs(one.starts_at - line.stored_started_at) <= MERGED_WITHIN
    ]
    return tuple(sorted(near, key=lambda it: abs(it.starts_at - line.stored_started_at)))


def _offers(course: Course, found: CourseClasses) -> dict[str, Any]:
    offers = class_offers(course, found)
    merges = [
        Offered((one, two), f"{gap_text(it)}; {in_both_text(it)}") for one, two, it in offers.merges
    ]
    ignores = [Offered((one,), why_text(it)) for one, it in offers.ignores]
    return {"merge_offers": merges, "ignore_offers": ignores}


def _times(request: HttpRequest, form: ClassesForm, found: CourseClasses) -> dict[str, Any]:
    """Return the form for the class time of the class that the address names."""
    one = found.find(form.cleaned_data["time"]) if form.cleaned_data["time"] else None
    if one is None or one.ignores or not one.has_start:
        return {"timed": None}
    begins, ends = one.starts_at, one.ends_at or one.starts_at + timedelta(hours=1)
    if one.counted is not None:
        begins, ends = one.counted.starts_at, one.counted.ends_at
    initial = {
        "session": one.cue_point_id,
        "begins": _wall(begins, form),
        "ends": _wall(ends, form),
    }
    return {"timed": one, "time_form": TimeForm(None, form.zone, initial=initial)}


def _wall(moment: datetime, form: ClassesForm) -> datetime:
    """Return what a clock on the wall shows."""
    return moment.astimezone(form.zone).replace(tzinfo=None)


def _series(
    request: HttpRequest,
    viewer: Viewer,
    course: Course,
    form: ClassesForm,
    found: CourseClasses,
    rooms: Sequence[Room],
) -> dict[str, Any]:
    """Return the weekly class times, the form for another, and what that would change."""
    data = request.GET if "weekday" in request.GET else None
    first_on = form.cleaned_data["from_on"]
    tried = SeriesForm(data, form.zone, rooms, initial={"first_on": first_on})
    lines = [(line, series_text(line.series)) for line in series_lines(course, found, rooms)]
    context: dict[str, Any] = {"series_form": tried, "series": lines}
    if tried.is_bound and tried.is_valid():
        series = tried.series(course)
        days = (form.from_at, form.to_at)
        concerned = concerned_by(series, course, viewer.sessions(), found, *days)
        context |= {
            "tried": series_text(series),
            "concerned_count": len(concerned),
            "concerned": [
                (it.after, it.before.length_seconds, it.after.length_seconds)
                for it in concerned[:MOST_CONCERNED]
            ],
        }
    return context


def shown_form(request: HttpRequest, course: Course) -> ClassesForm:
    """Return the page that a button stood on: its address comes along with the form."""
    zone = reader_zone(request)
    form = ClassesForm(QueryDict(request.POST.get("shown", "")[:1000]), zone, course)
    if form.is_valid():
        return form
    form = ClassesForm(QueryDict(), zone, course)
    form.is_valid()
    return form


def open_until(one: CourseClass) -> datetime:
    """Return the end of a class, or how long one that was never closed may have gone on."""
    return one.ends_at or one.parts[-1].stored_started_at + OPEN_FOR
