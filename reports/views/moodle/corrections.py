"""A teacher puts cells of the register right, and takes that back: chosen, said, written, undone."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST

from reports.access import Viewer, record_view
from reports.analytics.presence import Mark
from reports.decisions.corrections import CorrectedCell, correct, undo_corrections
from reports.forms.corrections import CorrectionForm, UndoForm, WayBackForm, shown_register
from reports.models import Course, Enrolment, PresenceCorrection
from reports.queries.register_class import CellKey, ChosenCells, OpenCell, chosen_cells
from reports.tables.corrections import ChosenTable, refused_text
from reports.tables.figures import count_text
from reports.tables.marks import class_title, mark_word
from reports.tables.roster import shown_name
from reports.views.guard import for_viewers
from reports.views.moodle.course import course_of_viewer, target_of
from reports.views.zone import reader_zone

TEMPLATE = "moodle/register_correct.html"


@require_POST
@for_viewers
def register_correct(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Correct the chosen cells; without a presence show them with the form, and write nothing.

    All or none: what can't be corrected is said, and the others wait with what was typed.
    """
    course = course_of_viewer(viewer, pk)
    form = CorrectionForm(request.POST)
    form.is_valid()
    if "cell" in form.errors:
        return render(request, "400.html", {"errors": {"": form.errors["cell"]}}, status=400)
    keys: list[CellKey] = form.cleaned_data["cell"]
    if not keys:
        messages.warning(request, _("Nothing was chosen: tick the boxes of learners first."))
        return _back(request, course, form, None)
    chosen = chosen_cells(course, viewer.sessions(), keys)
    is_noted = form.cleaned_data["with_not_enrolled"] or not any(
        cell.is_not_enrolled for cell in chosen.cells
    )
    if form.is_valid() and chosen.cells and not chosen.refused and is_noted:
        return _corrected(request, course, form, chosen.cells)
    if form.is_sent:
        return _asked(request, course, form, chosen, status=200 if form.is_valid() else 400)
    first = CorrectionForm(initial={"reason": request.POST.get("reason", "")})
    first.cleaned_data = form.cleaned_data
    return _asked(request, course, first, chosen, status=200)


@require_POST
@for_viewers
def register_correct_undo(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Take corrections back: what was said before, or what is computed, counts again."""
    course = course_of_viewer(viewer, pk)
    form = UndoForm(request.POST)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    keys = form.cleaned_data["correction"]
    first = PresenceCorrection.objects.filter(course=course, pk__in=keys).order_by("pk").first()
    count = undo_corrections(request, course, keys)
    if count:
        words = ngettext(
            "%(n)s correction is undone: what was said before, or what is computed, counts again.",
            "%(n)s corrections are undone: what was said before, or what is computed, counts again.",
            count,
        )
        messages.success(request, words % {"n": count_text(count)})
    else:
        messages.info(request, _("That was undone already: nothing has changed."))
    cell = None
    if first is not None:
        of = Enrolment.objects.filter(course=course, moodle_user_id=first.moodle_user_id).first()
        cell = CellKey(first.cue_point_id, of.pk) if of else None
    return _back(request, course, form, cell)


def _corrected(
    request: HttpRequest, course: Course, form: CorrectionForm, cells: Sequence[OpenCell]
) -> HttpResponse:
    presence, reason = form.presence_wanted, form.cleaned_data["reason"]
    new = [cell for cell in cells if not _is_said(cell, presence, reason)]
    made = correct(request, course, [_as_seen(cell) for cell in new], presence, reason)
    zone = shown_register(form.cleaned_data["shown"], reader_zone(request), course).zone
    if made:
        words = _made_text(cells, len(made), mark_word(Mark(presence.value)), zone)
        messages.success(
            request, format_html("{} {}", words, _undo_form(request, course, form, made))
        )
    else:
        messages.info(request, _("That was noted already, in the same words: nothing has changed."))
    return _back(request, course, form, cells[0].key)


def _is_said(cell: OpenCell, presence: str, reason: str) -> bool:
    made = cell.seat.correction
    return made is not None and (made.presence, made.reason) == (presence, reason)


def _as_seen(cell: OpenCell) -> CorrectedCell:
    """Return the cell with what is computed of it now, which the browser has no say in."""
    return CorrectedCell(
        cue_point_id=cell.one.cue_point_id,
        moodle_user_id=cell.line.moodle_user_id,
        computed_mark=cell.seat.computed.value,
        computed_seconds=cell.seat.seconds,
        seen=cell.seat.correction.pk if cell.seat.correction else None,
    )


def _made_text(cells: Sequence[OpenCell], count: int, mark: str, zone: ZoneInfo) -> str:
    """Return what changed: whom and when where it is one, else how many."""
    if len(cells) == 1:
        name, title = shown_name(cells[0].line), class_title(cells[0].one, zone)
        words = _("%(name)s, %(class)s: marked as %(mark)s.")
        return words % {"name": name, "class": title, "mark": mark}
    text = ngettext(
        "%(n)s cell is marked as %(mark)s.", "%(n)s cells are marked as %(mark)s.", count
    ) % {"n": count_text(count), "mark": mark}
    same = len(cells) - count
    if not same:
        return text
    words = ngettext(
        "%(n)s was so already, in the same words.",
        "%(n)s were so already, in the same words.",
        same,
    )
    return f"{text} {words % {'n': count_text(same)}}"


def _undo_form(
    request: HttpRequest, course: Course, form: WayBackForm, made: Sequence[PresenceCorrection]
) -> SafeString:
    """Return a button that takes all of it back, within the message."""
    return format_html(
        '<form class="notice-form" method="post" action="{}">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<input type="hidden" name="correction" value="{}">'
        '<input type="hidden" name="next" value="{}"><input type="hidden" name="shown" value="{}">'
        '<button type="submit" class="btn btn-quiet btn-sm">{}</button></form>',
        reverse("reports:register-correct-undo", args=[course.pk]),
        get_token(request),
        ",".join(str(it.pk) for it in made),
        form.cleaned_data["next"],
        form.cleaned_data["shown"],
        _("Undo"),
    )


def _asked(
    request: HttpRequest,
    course: Course,
    form: CorrectionForm,
    chosen: ChosenCells,
    *,
    status: int,
) -> HttpResponse:
    """Return the page with the cells and the form; nothing that was typed is lost.

    It shows what learners were and why, so it is a look at them like any other page of the register.
    """
    users = sorted({cell.line.moodle_user_id for cell in chosen.cells})
    record_view(request, target_of(course), register=True, moodle_users=users)
    shown = shown_register(form.cleaned_data["shown"], reader_zone(request), course)
    query = shown.query(page=shown.cleaned_data["page"])
    cells = chosen.cells
    context: dict[str, Any] = {
        "section": "courses",
        "course": course,
        "form": form,
        "zone": shown.zone,
        "shown": query,
        "next": form.cleaned_data["next"],
        "table": ChosenTable(cells, course, query, shown.zone) if cells else None,
        "count": len(cells),
        "refused": [refused_text(cell, shown.zone) for cell in chosen.refused],
        "not_enrolled": sum(cell.is_not_enrolled for cell in cells),
        "has_account": course.site.account_id is not None,
        "back": _address(course, form.cleaned_data["next"], query, cells[0].key if cells else None),
    }
    return render(request, TEMPLATE, context, status=status)


def _back(
    request: HttpRequest, course: Course, form: WayBackForm, cell: CellKey | None
) -> HttpResponse:
    """Lead back to where the form stood."""
    shown = shown_register(form.cleaned_data["shown"], reader_zone(request), course)
    query = shown.query(page=shown.cleaned_data["page"])
    return redirect(_address(course, form.cleaned_data["next"], query, cell))


def _address(course: Course, page: str, query: str, cell: CellKey | None) -> str:
    """Return the address of the page; of the register where the cell isn't known."""
    name: str = "register"
    args: list[int | str] = [course.pk]
    if cell is not None and page == "class":
        name, args = "register-class", [course.pk, cell.cue_point_id]
    elif cell is not None and page == "cell":
        name, args = "register-cell", [course.pk, cell.cue_point_id, cell.enrolment_pk]
    elif cell is not None and page == "learner":
        name, args = "register-learner", [course.pk, cell.enrolment_pk]
    return f"{reverse(f'reports:{name}', args=args)}?{query}"
