"""One's own password and time zone, and the one-time link by which a first password is set.

A password is only ever typed by the person whose it is. Links are signed with the stored password,
so that using one makes it useless; log lines leave them out (`config.logs`).
"""

from smtplib import SMTPException

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reports.access import Viewer
from reports.forms.users import OwnZoneForm
from reports.membership import forget_earlier_links, set_password, set_time_zone
from reports.models import User
from reports.models.user import MOODLE_NAME
from reports.queries.users import given_rooms
from reports.views.guard import for_learners_too
from reports.views.zone import reader_zone

UNSENT = (
    "django.core.mail.backends.console.EmailBackend",
    "django.core.mail.backends.dummy.EmailBackend",
)


@sensitive_variables("token")
def link_for(request: HttpRequest, user: User) -> str:
    """Return the address at which the user can set a password, once, for `link_days` days."""
    forget_earlier_links(user)
    token = default_token_generator.make_token(user)
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return request.build_absolute_uri(reverse("reports:password-set", args=[uid, token]))


def link_days() -> int:
    """Return for how many days a link works."""
    return max(1, settings.PASSWORD_RESET_TIMEOUT // 86400)


def can_mail(user: User) -> bool:
    """Return whether mail leaves this machine and the user has an address."""
    return bool(user.email) and settings.EMAIL_BACKEND not in UNSENT


@sensitive_variables("link")
def mail_link(user: User, link: str) -> bool:
    """Send the link and return whether the mail server took it."""
    context = {"user": user, "link": link, "days": link_days(), "site": settings.SITE_NAME}
    text = render_to_string("registration/password_mail.txt", context)
    subject = _("Your password for %(site)s") % {"site": settings.SITE_NAME}
    try:
        return send_mail(subject, text, None, [user.email]) == 1
    except (SMTPException, OSError):
        return False


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password_set(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Return the form for a new password to whoever has a link that still works; 404 else."""
    user = _user_of(uid)
    if user is None or not default_token_generator.check_token(user, token):
        return render(request, "registration/password_link_over.html", status=404)
    form = SetPasswordForm(user, request.POST or None)
    if form.is_valid():
        set_password(request, user, form.cleaned_data["new_password1"], how="one-time link")
        messages.success(request, _("The password is set. Sign in with it now."))
        return redirect("login")
    # The site's name for the person, not the reader's: another one may be signed in here.
    context = {"form": form, "username": user.username}
    return render(request, "registration/password_set.html", context, status=_status(request))


def _user_of(uid: str) -> User | None:
    try:
        pk = int(urlsafe_base64_decode(uid))
        return User.objects.exclude(username__startswith=MOODLE_NAME).get(pk=pk, is_active=True)
    except (ValueError, OverflowError, User.DoesNotExist):
        return None


@require_safe
@for_learners_too
def me(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the page of the reader's own settings."""
    return _me_page(request, viewer)


@sensitive_post_parameters()
@require_POST
@for_learners_too
def me_password(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Store a new password for who knows the old one; all other sessions end."""
    if viewer.user.is_from_moodle:
        raise Http404
    form = PasswordChangeForm(viewer.user, request.POST)
    if not form.is_valid():
        return _me_page(request, viewer, password_form=form)
    set_password(request, viewer.user, form.cleaned_data["new_password1"], how="old password")
    update_session_auth_hash(request, viewer.user)
    messages.success(request, _("Your password was changed. Elsewhere you are signed out now."))
    return redirect("reports:me")


@require_POST
@for_learners_too
def me_zone(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Store the zone in which the reader wants times."""
    form = OwnZoneForm(request.POST)
    if not form.is_valid():
        return _me_page(request, viewer, zone_form=form)
    set_time_zone(request, viewer.user, form.cleaned_data["time_zone"])
    messages.success(request, _("Times are in %(zone)s now.") % {"zone": reader_zone(request).key})
    return redirect("reports:me")


def _me_page(
    request: HttpRequest,
    viewer: Viewer,
    *,
    password_form: PasswordChangeForm | None = None,
    zone_form: OwnZoneForm | None = None,
) -> HttpResponse:
    """Return the page; with a refused form, that form and its messages, as 400."""
    password = password_form or PasswordChangeForm(viewer.user)
    password.fields["old_password"].widget.attrs.pop("autofocus", None)  # it isn't all of the page
    context = {
        "section": "me",
        "grants": given_rooms(viewer.user),
        "password_form": password,
        "zone_form": zone_form or OwnZoneForm(initial={"time_zone": viewer.user.time_zone}),
        "zone": reader_zone(request),
    }
    return render(request, "reports/me.html", context, status=_status(request))


def _status(request: HttpRequest) -> int:
    """Return 400 for a form that is shown again."""
    return 400 if request.method == "POST" else 200
