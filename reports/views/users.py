"""People and access, for administrators: who may sign in, as what, and with which rooms."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reports.access import Viewer, record
from reports.forms.users import GiveForm, NewUserForm, RoomSearchForm, UserForm, UsersForm
from reports.membership import (
    LastAdministrator,
    change_user,
    create_user,
    disable_user,
    enable_user,
    give_rooms,
    take_room,
)
from reports.models import MoodleUser, Role, Room, User
from reports.queries.users import given_rooms, rooms_to_give, user_list
from reports.tables.users import UserTable
from reports.views.guard import for_administrators
from reports.views.password import can_mail, link_days, link_for, mail_link
from reports.views.zone import reader_zone

ROWS_A_PAGE = 50
ROOMS_SHOWN = 20


@require_safe
@for_administrators
def users(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the people that the address asks for; 400 with the form where it can't be read."""
    form = UsersForm(request.GET)
    zone = reader_zone(request)
    context = {"section": "users", "form": form, "zone": zone}
    if not form.is_valid():
        return render(request, "reports/users.html", context, status=400)
    pages = Paginator(user_list(form.wanted()), ROWS_A_PAGE)
    page = pages.get_page(form.cleaned_data["page"] or 1)
    table = UserTable(page.object_list, form=form, order=form.sort_wanted, zone=zone)
    context |= {"page": page, "table": table}
    return render(request, "reports/users.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def user_new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the form for a new person; a POST stores them and hands out the link."""
    form = NewUserForm(request.POST or None, initial={"role": Role.TEACHER})
    if form.is_valid():
        user = form.save(commit=False)
        create_user(request, user)
        return _hand_out_link(request, user, by_mail=can_mail(user))
    context = {"section": "users", "form": form}
    status = 400 if request.method == "POST" else 200
    return render(request, "reports/user_new.html", context, status=status)


@require_safe
@for_administrators
def user(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return one person's page."""
    return _user_page(request, viewer, get_object_or_404(User, pk=pk))


@require_POST
@for_administrators
def user_edit(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Store names, address and role."""
    stored = get_object_or_404(User, pk=pk)
    form = UserForm(request.POST, instance=get_object_or_404(User, pk=pk))
    if form.is_valid():
        try:
            change_user(request, stored, **form.cleaned_data)
        except LastAdministrator as error:
            form.add_error("role", str(error))
        else:
            messages.success(request, _("The changes are stored."))
            return redirect("reports:user", pk)
    return _user_page(request, viewer, stored, edit_form=form)


@require_POST
@for_administrators
def user_disable(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Keep somebody from signing in; their open sessions end at once."""
    stored = get_object_or_404(User, pk=pk)
    if stored.pk == viewer.user.pk:
        messages.error(
            request, _("Nobody can disable themselves: ask another administrator to do it.")
        )
        return redirect("reports:user", pk)
    try:
        disable_user(request, stored)
    except LastAdministrator as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            _("%(name)s can no longer sign in, and is signed out everywhere.") % _named(stored),
        )
    return redirect("reports:user", pk)


@require_POST
@for_administrators
def user_enable(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Let somebody sign in again."""
    stored = get_object_or_404(User, pk=pk)
    enable_user(request, stored)
    messages.success(request, _("%(name)s can sign in again.") % _named(stored))
    return redirect("reports:user", pk)


@never_cache
@require_POST
@for_administrators
def user_link(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Make a link by which somebody sets a password: sent by mail, or shown this once."""
    stored = get_object_or_404(User, pk=pk, is_active=True)
    if stored.is_from_moodle:  # signs in from there alone
        raise Http404
    by_mail = request.POST.get("how") == "mail" and can_mail(stored)
    return _hand_out_link(request, stored, by_mail=by_mail)


@sensitive_variables("link")
def _hand_out_link(request: HttpRequest, user: User, *, by_mail: bool) -> HttpResponse:
    """Send the link; where that isn't wanted or fails, return the only page that shows it."""
    link = link_for(request, user)
    is_sent = by_mail and mail_link(user, link)
    record(request, "gave link", f"user {user.username}", how="mail" if is_sent else "shown")
    if is_sent:
        text = _("A link to set the password was sent to %(address)s. It works for %(days)s days.")
        messages.success(request, text % {"address": user.email, "days": link_days()})
        return redirect("reports:user", user.pk)
    context = {
        "section": "users",
        "shown_user": user,
        "link": link,
        "days": link_days(),
        "is_mail_refused": by_mail,
    }
    return render(request, "reports/user_link.html", context)


@require_POST
@for_administrators
def user_rooms_give(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Give the ticked rooms to somebody."""
    stored = get_object_or_404(User, pk=pk)
    form = GiveForm(request.POST)
    if not form.is_valid():
        for error in form.errors["room"]:
            messages.error(request, str(error))
        return redirect("reports:user", pk)
    given = give_rooms(request, stored, form.cleaned_data["room"])
    text = ngettext("%(n)d room was given.", "%(n)d rooms were given.", len(given))
    messages.success(request, text % {"n": len(given)})
    return redirect("reports:user", pk)


@require_POST
@for_administrators
def user_room_take(request: HttpRequest, viewer: Viewer, pk: int, room_pk: int) -> HttpResponse:
    """Take one room from somebody."""
    stored = get_object_or_404(User, pk=pk)
    room = get_object_or_404(Room, pk=room_pk)
    take_room(request, stored, room)
    messages.success(request, _("“%(room)s” was taken away.") % {"room": room})
    return redirect("reports:user", pk)


def _user_page(
    request: HttpRequest, viewer: Viewer, shown: User, edit_form: UserForm | None = None
) -> HttpResponse:
    """Return the person's page; with a refused form, that form and its messages, as 400."""
    search_form = RoomSearchForm(request.GET)
    search = search_form.cleaned_data["room"] if search_form.is_valid() else ""
    choices, choice_count = rooms_to_give(shown, search, ROOMS_SHOWN)
    is_head = shown.is_superuser or shown.role == Role.ADMINISTRATOR
    role = Role.ADMINISTRATOR if is_head else Role.TEACHER
    context = {
        "section": "users",
        "shown_user": shown,  # not `user`, which is the reader
        "role": role,
        "is_head": is_head,
        "moodle_user": MoodleUser.objects.filter(user=shown).select_related("site").first(),
        "is_self": shown.pk == viewer.user.pk,
        "can_mail": can_mail(shown),
        "edit_form": edit_form or UserForm(instance=shown, initial={"role": role}),
        "search_form": search_form,
        "search": search,
        "choices": choices,
        "choice_count": choice_count,
        "grants": given_rooms(shown),
        "zone": reader_zone(request),
    }
    is_bad = edit_form is not None or not search_form.is_valid()
    return render(request, "reports/user.html", context, status=400 if is_bad else 200)


def _named(user: User) -> dict[str, str]:
    return {"name": user.get_full_name() or user.username}
