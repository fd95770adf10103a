"""Who is who in a course: who waits for somebody's word, who is known and how, what was said."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST, require_safe

from reports.access import Viewer, record_view
from reports.decisions.identities import LinkedOtherwise, link, unlink
from reports.forms.course_people import (
    SHOWS,
    DoneForm,
    LinkForm,
    PeopleForm,
    UnlinkForm,
    roster_labels,
)
from reports.models import Course
from reports.queries.course import rooms_of_course
from reports.queries.identities import PersonRow, people_by_key
from reports.queries.links import decided, links_undoable, people_of_course
from reports.queries.register import course_register
from reports.queries.roster import course_roster
from reports.queries.unmatched import Evidence, WhoIsWho, who_is_who
from reports.tables.figures import count_text
from reports.tables.identities import (
    decided_row,
    known_row,
    person_text,
    user_text,
    waiting_card,
)
from reports.tables.roster import shown_name
from reports.views.guard import for_viewers
from reports.views.lists import first_of, page_of
from reports.views.moodle.course import SECTION, course_of_viewer, target_of
from reports.views.ranges import Choice, Scope, range_context, refused, why_empty
from reports.views.zone import reader_zone

TEMPLATE = "moodle/course_people.html"
LONGEST_QUERY = 1000  # characters of the page's address


@dataclass(frozen=True)
class Entered:
    """What was sent and refused: shown again where it was typed."""

    people: frozenset[int]
    is_bulk: bool  # with the people ticked on the page, not with those of one card
    named: str
    valid_from: str
    errors: tuple[str, ...]


@require_safe
@for_viewers
def course_people(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show the part of the page that the address names."""
    course = course_of_viewer(viewer, pk)
    form = PeopleForm(request.GET, reader_zone(request), course, list(viewer.accounts_seen()))
    about = {"course": course, "rooms": rooms_of_course(course)}
    if not form.is_valid():
        return refused(request, viewer, form, TEMPLATE, SECTION, **about)
    record_view(request, target_of(course), register=True, people=form.show_wanted)
    return render(request, TEMPLATE, about | _page(request, viewer, course, form))


def _page(
    request: HttpRequest,
    viewer: Viewer,
    course: Course,
    form: PeopleForm,
    entered: Entered | None = None,
) -> dict[str, Any]:
    scope = Scope(None, None, None, list(form.accounts or ()), course=course)
    every = viewer.sessions().in_course(course.pk)
    context = range_context(viewer, form, scope, every)
    found = _who_is_who(viewer, course, form)
    lines = found.register.roster.lines
    context |= {
        "section": SECTION,
        "chips": [],
        "found": found,
        "show": form.show_wanted,
        "is_administrator": viewer.is_administrator,
        "is_empty": not found.register.classes,
        "labels": roster_labels(it for it in lines if not it.is_erased),
        "entered": entered,
        "undo": _undoable(request, viewer, course),
    }
    if not found.register.classes:
        context |= why_empty(viewer, form, every)
    links = decided(course, viewer.sessions(), lines, is_administrator=viewer.is_administrator)
    counts = {
        "waiting": len(found.waiting),
        "matched": sum(bool(it.identities) for it in found.known),
        "decided": len(links),
    }
    context["parts"] = [
        Choice(
            f"{label} {count_text(counts[show])}",
            form.query(show=show, only=None, page=None),
            is_current=show == form.show_wanted,
        )
        for show, label in SHOWS.items()
    ]
    return context | _part(form, found, links, entered)


def _who_is_who(viewer: Viewer, course: Course, form: PeopleForm) -> WhoIsWho:
    return who_is_who(course_register(course, viewer.sessions(), form.from_at, form.to_at))


def _part(
    form: PeopleForm, found: WhoIsWho, links: list[Any], entered: Entered | None
) -> dict[str, Any]:
    """Return one page of the part that is shown."""
    every: dict[str, Any] = {
        "waiting": found.waiting,
        "matched": [it for it in found.known if _is_wanted(it, form.only_wanted)],
        "decided": links,
    }
    rows = [it for it in every[form.show_wanted] if form.is_found(it.texts)]
    page = page_of(len(rows), form.cleaned_data["page"])
    shown = rows[first_of(page) : page.end_index()]
    if form.show_wanted == "waiting":
        chosen = {}
        if entered is not None:
            chosen = {"ticked" if entered.is_bulk else "refused": entered.people}
        made: list[Any] = [waiting_card(it, form.zone, **chosen) for it in shown]
    elif form.show_wanted == "matched":
        made = [known_row(it, form.zone) for it in shown]
    else:
        made = [
            decided_row(it, form.zone, found.first_class(it.person.pk) if it.person else None)
            for it in shown
        ]
    return {"page": page, "rows": made, "onlys": _onlys(form, found)}


def _is_wanted(known: Any, only: str) -> bool:
    return bool({"several": known.has_several, "none": not known.identities}.get(only, True))


def _onlys(form: PeopleForm, found: WhoIsWho) -> list[Choice]:
    """Return which of the matched may be shown alone."""
    counts = {
        "several": sum(it.has_several for it in found.known),
        "none": sum(not it.identities for it in found.known),
    }
    words = {"": _("Everybody"), "several": _("With several identities"), "none": _("Without any")}
    return [
        Choice(
            f"{label} {count_text(counts.get(only, len(found.known)))}",
            form.query(only=only, page=None),
            is_current=only == form.only_wanted,
        )
        for only, label in words.items()
    ]


def _undoable(request: HttpRequest, viewer: Viewer, course: Course) -> list[int]:
    """Return the links that were made a moment ago, as the address says, and are in force."""
    form = DoneForm(request.GET)
    if not form.is_valid() or not form.cleaned_data["done"]:
        return []
    own = links_undoable(course, viewer.sessions(), is_administrator=viewer.is_administrator)
    made = own.in_force().filter(pk__in=form.cleaned_data["done"], made_by=viewer.user)
    return list(made.order_by("pk").values_list("pk", flat=True))


# What buttons do ---------------------------------------------------------------------------------


@require_POST
@for_viewers
def course_people_link(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Say who the chosen people are, or that they are nobody of the course."""
    course = course_of_viewer(viewer, pk)
    if request.POST.get("site_wide") and not viewer.is_administrator:
        raise Http404
    shown = _shown(request, viewer, course)
    form = LinkForm(request.POST, shown.zone, course_roster(course).lines)
    if not form.is_valid():
        record_view(request, target_of(course), register=True, people=shown.show_wanted)
        context = _page(request, viewer, course, shown, _entered(request, form))
        about = {"course": course, "rooms": rooms_of_course(course)}
        return render(request, TEMPLATE, about | context, status=400)
    people = _people(request, viewer, course, form.cleaned_data["person"])
    if not people:
        return _back(course, shown)
    before = _who_is_who(viewer, course, shown)
    user = form.cleaned_data["user"]
    evidence = before.evidence([it.pk for it in people], user)
    try:
        made = link(
            request,
            course,
            {it.key: _stored(evidence[it.pk], shown) for it in people},
            user,
            site_wide=form.cleaned_data["site_wide"],
            valid_from=form.begins_at,
        )
    except LinkedOtherwise as otherwise:
        _refuse_linked(request, otherwise, people, form)
        return _back(course, shown)
    if made:
        after = _who_is_who(viewer, course, shown)
        messages.success(request, _linked_text(people, form, before, after))
    else:
        messages.info(request, _("That was said already, so nothing was changed."))
    return _back(course, shown, [it.pk for it in made])


@require_POST
@for_viewers
def course_people_unlink(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Take links back: of the course, and for administrators those of the whole site."""
    course = course_of_viewer(viewer, pk)
    shown = _shown(request, viewer, course)
    form = UnlinkForm(request.POST)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    keys = form.cleaned_data["link"]
    is_administrator = viewer.is_administrator
    own = links_undoable(course, viewer.sessions(), is_administrator=is_administrator)
    if not keys or own.filter(pk__in=keys).count() < len(keys):
        text = _("This is no link that you can take back in this course. Nothing was changed.")
        messages.error(request, text)
        return _back(course, shown)
    count = unlink(request, course, keys, site_wide=is_administrator)
    if count:
        text = ngettext(
            "%(n)s link is taken back: who that is follows from the keys again, or waits.",
            "%(n)s links are taken back: who they are follows from the keys again, or waits.",
            count,
        )
        messages.success(request, text % {"n": count_text(count)})
    else:
        messages.info(request, _("That was taken back already, so nothing was changed."))
    return _back(course, shown)


def _people(
    request: HttpRequest, viewer: Viewer, course: Course, keys: list[int]
) -> list[PersonRow]:
    """Return the chosen people; nobody, with a message, unless all of them can be linked."""
    own = people_of_course(course, viewer.sessions()).filter(pk__in=keys)
    known = people_by_key(own.values_list("pk", flat=True))
    erased = [it for it in known.values() if it.erased_at is not None]
    if not keys:
        messages.warning(request, _("Nobody was chosen: tick the boxes before the names first."))
    elif len(known) < len(keys):
        text = ngettext(
            "%(n)s of the people chosen is in no session of this course. Nothing was changed.",
            "%(n)s of the people chosen are in no session of this course. Nothing was changed.",
            len(keys) - len(known),
        )
        messages.error(request, text % {"n": count_text(len(keys) - len(known))})
    elif erased:
        text = _(
            "Somebody of the people chosen was erased, and is nobody's any more. Nothing was changed."
        )
        messages.error(request, text)
    else:
        return [known[key] for key in keys]
    return []


def _stored(evidence: Evidence, shown: PeopleForm) -> dict[str, object]:
    """Return the evidence as a link keeps it: without names, which an erasure would have to find."""
    return {
        "reasons": [[it.kind.value, it.n, it.of] for it in evidence.reasons],
        "classes": evidence.classes,
        "from": shown.cleaned_data["from_on"].isoformat(),
        "to": shown.cleaned_data["to_on"].isoformat(),
    }


def _refuse_linked(
    request: HttpRequest, otherwise: LinkedOtherwise, people: list[PersonRow], form: LinkForm
) -> None:
    first = otherwise.links[0]
    person = next(it for it in people if it.key == first.person_key)
    line = form.lines.get(first.moodle_user_id)
    text = (
        _("%(who)s said that “%(typed)s” is %(name)s.")
        if first.moodle_user_id
        else _("%(who)s said that “%(typed)s” is nobody of this course.")
    )
    name = shown_name(line) if line else _("somebody who is not in this course")
    words = {"who": user_text(first.made_by), "typed": person_text(person), "name": name}
    advice = _("Nothing was changed: take that back first, under “Decided”.")
    messages.error(request, f"{text % words} {advice}")


def _linked_text(people: list[PersonRow], form: LinkForm, before: WhoIsWho, after: WhoIsWho) -> str:
    """Return what was said, and what that changes in the register."""
    user = form.cleaned_data["user"]
    count = after.count_of([it.pk for it in people], user)
    words = {"typed": person_text(people[0]), "n": count_text(len(people)), "name": ""}
    if not user:
        text = ngettext(
            "“%(typed)s” is nobody of this course now, and stays among the guests and strangers.",
            "%(n)s people are nobody of this course now, and stay among the guests and strangers.",
            len(people),
        )
        return text % words
    words["name"] = shown_name(form.lines[user])
    text = ngettext(
        "“%(typed)s” counts as %(name)s now.", "%(n)s people count as %(name)s now.", len(people)
    )
    counts = ngettext(
        "That is so in %(n)s class of these days.",
        "That is so in %(n)s classes of these days.",
        count,
    ) % {"n": count_text(count)}
    return f"{text % words} {counts} {_marks_text(before, after, user)}".rstrip()


def _marks_text(before: WhoIsWho, after: WhoIsWho, user: str) -> str:
    """Return how many marks of the register became others; "" where it has no row."""
    earlier, later = before.register.row(user), after.register.row(user)
    if later is None:
        return ""
    marks = [seat.mark for seat in earlier.seats] if earlier else [None] * len(later.seats)
    changed = sum(seat.mark != mark for seat, mark in zip(later.seats, marks, strict=False))
    text = ngettext(
        "%(n)s mark of the register changed.", "%(n)s marks of the register changed.", changed
    )
    return text % {"n": count_text(changed)}


def _entered(request: HttpRequest, form: LinkForm) -> Entered:
    return Entered(
        people=frozenset(form.cleaned_data.get("person", ())),
        is_bulk="ticked" in request.POST,
        named=request.POST.get("named", ""),
        valid_from=request.POST.get("valid_from", ""),
        errors=tuple(str(error) for errors in form.errors.values() for error in errors),
    )


def _shown(request: HttpRequest, viewer: Viewer, course: Course) -> PeopleForm:
    """Return the page that the button stood on: its address comes along with the form."""
    accounts = list(viewer.accounts_seen())
    for query in (request.POST.get("shown", "")[:LONGEST_QUERY], ""):
        form = PeopleForm(QueryDict(query), reader_zone(request), course, accounts)
        if form.is_valid():
            break
    return form


def _back(course: Course, shown: PeopleForm, done: Collection[int] = ()) -> HttpResponse:
    """Lead back to the page as it was shown, with what was done, so that it can be undone."""
    made = ",".join(map(str, done))
    query = shown.query(page=shown.cleaned_data["page"], done=made or None)
    return redirect(f"{reverse('reports:course-people', args=[course.pk])}?{query}")
