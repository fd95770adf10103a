"""Dynamic registration: the page that Moodle opens in its frame."""

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from reports.forms.moodle_sites import RegistrationForm
from reports.models import MoodleSite, RegistrationLink
from reports.moodle.configuration import issuer_in
from reports.moodle.embedding import let_frame
from reports.moodle.refusals import LaunchRefused
from reports.moodle.registration import Words, find_link, refuse_closed, register as register_tool
from reports.moodle.registration_refusals import RegistrationRefused
from reports.moodle.tools import origin_of
from reports.views.moodle.launch import is_on_this_machine, refuse_insecure

log = structlog.get_logger(__name__)


@csrf_exempt  # in Moodle's frame a browser may keep no cookie; the address is the secret
@never_cache
@sensitive_post_parameters("registration_token")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a Moodle would let Rollcall have; a POST registers with it.

    A Moodle may frame the page once the address was found good: it says where it comes from.
    """
    origin = ""
    try:
        refuse_insecure(request)
        link = find_link(token)
        form = RegistrationForm(request.POST if request.method == "POST" else request.GET)
        if not form.is_valid():
            refuse_closed(link)
            raise RegistrationRefused("not_from_moodle")
        local = is_on_this_machine(request)
        issuer = issuer_in(form.cleaned_data["openid_configuration"], with_loopback=local)
        origin = origin_of(issuer)
        refuse_closed(link)  # after that: Moodle's frame may say so
        if request.method == "POST":
            page = _registered(request, link, form, with_loopback=local)
        else:
            page = _offer(request, link, form, issuer)
    except (RegistrationRefused, LaunchRefused) as refused:
        log.warning("registration_refused", reason=refused.reason, detail=refused.detail[:500])
        context = {"refusal": refused.refusal}
        page = render(request, "moodle/refused.html", context, status=refused.refusal.status)
    if origin:
        let_frame(page, origin)
    return page


def _offer(
    request: HttpRequest, link: RegistrationLink, form: RegistrationForm, issuer: str
) -> HttpResponse:
    context = {
        "issuer": issuer,
        "form": form,
        "with_grades": link.with_grades,
        "known": MoodleSite.objects.filter(issuer=issuer, is_active=True).exists(),
    }
    return render(request, "moodle/registering.html", context)


def _registered(
    request: HttpRequest, link: RegistrationLink, form: RegistrationForm, *, with_loopback: bool
) -> HttpResponse:
    done = register_tool(
        request,
        link,
        configuration_url=form.cleaned_data["openid_configuration"],
        registration_token=form.cleaned_data["registration_token"],
        words=_words(),
        with_loopback=with_loopback,
    )
    context = {"site": done.site, "parent_origin": done.site.origin}
    return render(request, "moodle/registered.html", context)


def _words() -> Words:
    return Words(
        name=settings.SITE_NAME,
        description=_("Who was in the Kaltura rooms of a course, and for how long."),
        link_label=_("A course's attendance, or one room"),
    )
