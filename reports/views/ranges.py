"""What every page over a range shares: its scope, its presets, the filters that can be removed.

A page's own rows are not here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import dates, timezone
from django.utils.translation import gettext as _, ngettext

from reports.access import Viewer
from reports.forms.ranges import DEFAULT_DAYS, MOST_COURSES, MOST_ROOMS, CourseForm, RangeForm
from reports.models import Account, Course, Room, VirtualEvent
from reports.models.session import RoomSessionQuerySet
from reports.queries.courses import has_room
from reports.queries.freshness import freshness, freshness_of_page
from reports.queries.room_sessions import seen_parent
from reports.tables.figures import hours_text
from reports.views.zone import reader_zone

LAST_DAYS = (7, 30, 90)  # up to today


@dataclass(frozen=True)
class Scope:
    """What the address narrows the page to; None: not narrowed."""

    account: Account | None
    room: Room | None
    event: VirtualEvent | None
    accounts: list[Account]  # of which the viewer sees anything
    parent: Room | None = None  # of a breakout room: its main room, if the viewer sees that too
    course: Course | None = None

    @property
    def about(self) -> list[Account]:
        """The accounts whose freshness the page's figures hang on."""
        if self.room:
            return [self.room.account]
        if self.account:
            return [self.account]
        if self.course:
            of_site = [one for one in self.accounts if one.pk == self.course.site.account_id]
            return of_site or self.accounts
        return self.accounts


@dataclass(frozen=True)
class Choice:
    """A link in the filter bar: to other days, or to the same page without a filter."""

    label: str
    query: str
    is_current: bool = False


Form = TypeVar("Form", bound=RangeForm)


def form_for(viewer: Viewer, request: HttpRequest, kind: type[Form]) -> Form:
    """Return the page's form over the address, with what there is to choose in it."""
    form = kind(request.GET, reader_zone(request))
    rooms = viewer.rooms().filter(parent__isnull=True).order_by("name", "pk")
    form.offer(
        list(viewer.accounts_seen()),
        list(viewer.events().order_by("name", "event_id")),
        list(rooms[: MOST_ROOMS + 1]) if kind.can_choose_room else (),
        _courses_to_choose(viewer),
    )
    return form


def _courses_to_choose(viewer: Viewer) -> list[Course]:
    """Return the viewer's courses, at most MOST_COURSES and one more. No query without any."""
    if not viewer.has_courses:
        return []
    found = viewer.courses().order_by("short_name", "title", "pk")
    return list(found[: MOST_COURSES + 1])


def course_of(viewer: Viewer, form: CourseForm) -> Course | None:
    """Return the course that a valid form names. Raises: Http404 for one that is not the viewer's."""
    if form.course_pk is None:
        return None
    course: Course = get_object_or_404(viewer.courses(), pk=form.course_pk)
    return course


def check_in_course(course: Course | None, room: Room) -> None:
    """Raise Http404 where the address names a course that the room isn't in."""
    if course is not None and not has_room(course, room):
        raise Http404


def scope_of(viewer: Viewer, form: RangeForm) -> Scope:
    """Return what a valid form names. Raises: Http404 for what is not the viewer's."""
    values = form.cleaned_data
    account = room = event = parent = None
    if values["account"]:
        account = get_object_or_404(viewer.accounts_seen(), pk=values["account"])
    if values["room"]:
        rooms = viewer.rooms().select_related("account", "parent")
        room = get_object_or_404(rooms, pk=values["room"])
        parent = seen_parent(viewer, room)
    if values["event"]:
        event = get_object_or_404(viewer.events(), pk=values["event"])
    accounts = viewer.accounts_seen() if form.accounts is None else form.accounts
    return Scope(account, room, event, list(accounts), parent, course_of(viewer, form))


def range_context(
    viewer: Viewer, form: RangeForm, scope: Scope, sessions: RoomSessionQuerySet | None = None
) -> dict[str, Any]:
    """Return what the templates of a page over a range need besides its rows.

    `sessions` are all that the page could be about; without them all of the viewer's.
    """
    altogether, in_range = freshness_of_page(scope.about, form.from_at, form.to_at)
    return {
        "form": form,
        "zone": form.zone,
        "scope": scope,
        "accounts": scope.accounts,
        "presets": list(presets(viewer, form, sessions)),
        "chips": list(chips(form, scope)),
        "freshness": altogether,
        "in_range": in_range,
    }


def refused(
    request: HttpRequest,
    viewer: Viewer,
    form: RangeForm,
    template: str,
    section: str,
    **more: Any,
) -> HttpResponse:
    """Return the page as 400: the form with its reasons, and no figure. `more` is for the template."""
    accounts = list(viewer.accounts_seen())
    context = {
        "section": section,
        "form": form,
        "zone": form.zone,
        "accounts": accounts,
        "freshness": freshness(accounts),
    }
    return render(request, template, context | more, status=400)


def presets(
    viewer: Viewer, form: RangeForm, sessions: RoomSessionQuerySet | None = None
) -> Iterator[Choice]:
    """Yield the ranges that are one click away."""
    today = timezone.now().astimezone(form.zone).date()
    shown = (form.cleaned_data["from_on"], form.cleaned_data["to_on"])
    ranges = [(_("This week"), today - timedelta(days=today.weekday()))]
    for days in LAST_DAYS:
        label = ngettext("Last %(n)d day", "Last %(n)d days", days) % {"n": days}
        ranges.append((label, today - timedelta(days=days - 1)))
    term = term_start(today)
    if term:
        ranges.append((_("This term"), term))
    every = viewer.sessions() if sessions is None else sessions
    first = every.order_by("started_at").values_list("started_at", flat=True).first()
    if first is not None:
        ranges.append((_("Everything"), min(first.astimezone(form.zone).date(), today)))
    for label, first_on in ranges:
        query = form.query(**{"from": first_on, "to": today, "page": None})
        yield Choice(label, query, is_current=shown == (first_on, today))


def term_start(today: date) -> date | None:
    """Return the first day of the term that is on; None where the site has named no terms."""
    starts = [
        date(year, month, day)
        for year in (today.year - 1, today.year)
        for month, day in settings.TERM_STARTS
    ]
    return max((start for start in starts if start <= today), default=None)


def chips(form: RangeForm, scope: Scope) -> Iterator[Choice]:
    """Yield the filters that are on, each with the address of the page without it."""
    values = form.cleaned_data
    for name in ("account", "course", "room", "event"):
        if values[name]:
            yield Choice(str(getattr(scope, name)), form.query(**{name: None, "page": None}))
    weekday, hour = values.get("weekday"), values.get("hour")
    if weekday or hour is not None:
        words = [str(dates.WEEKDAYS[weekday - 1])] if weekday else []
        words += [hours_text(hour)] if hour is not None else []
        query = form.query(weekday=None, hour=None, page=None)
        yield Choice(_("starting %(when)s") % {"when": " ".join(words)}, query)
    for name in form.more_fields:
        if values[name] in (None, "") or name in ("account", "course", "room", "event"):
            continue  # these have their chip already
        field = form.fields[name]
        words_of = dict(getattr(field, "choices", []))
        text = words_of.get(str(values[name]), values[name])
        yield Choice(f"{field.label}: {text}", form.query(**{name: None, "page": None}))


def why_empty(
    viewer: Viewer, form: RangeForm, sessions: RoomSessionQuerySet | None = None
) -> dict[str, Any]:
    """Return the latest session that there is, and the address of the days before it."""
    every = viewer.sessions() if sessions is None else sessions
    if form.course_pk is not None:
        every = every.in_course(form.course_pk)
    latest = every.order_by("-started_at").values_list("started_at", flat=True).first()
    if latest is None:
        return {"latest": None}
    last = latest.astimezone(form.zone).date()
    first = last - timedelta(days=DEFAULT_DAYS - 1)
    filters = dict.fromkeys(form.state().keys() - {"from", "to", "tz", "sort", "course"})
    return {"latest": latest, "latest_query": form.query(**{"from": first, "to": last}, **filters)}
