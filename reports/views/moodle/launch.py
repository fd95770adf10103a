"""What Moodle calls: the key set, the start of a sign-in, its end."""

from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reports.access import record_as
from reports.moodle.arrival import arrive, target_of
from reports.moodle.deep_linking import keep_request
from reports.moodle.destination import destination
from reports.moodle.embedding import let_frame, let_post, remember_site
from reports.moodle.handshake import begin_launch, forget_state_cookie, issuer_of
from reports.moodle.keys import public_keys
from reports.moodle.refusals import LaunchRefused, refusal_page
from reports.moodle.tools import find_tool, origin_of, site_of
from reports.moodle.verification import verified_launch
from reports.sign_ins import NOBODY

log = structlog.get_logger(__name__)

SAFE_HOSTS = {"localhost", "127.0.0.1", "::1"}  # browsers keep secure cookies of these by HTTP
PASSED_ON = (
    "iss",
    "login_hint",
    "target_link_uri",
    "lti_message_hint",
    "lti_deployment_id",
    "client_id",
)


@require_GET
def key_set(request: HttpRequest) -> HttpResponse:
    """Give the public keys that Moodle checks Rollcall's signatures with."""
    return JsonResponse(public_keys())


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Begin a sign-in. First a page finds out whether the browser keeps cookies in this frame."""
    parameters = request.POST if request.method == "POST" else request.GET
    passed = {name: parameters[name] for name in PASSED_ON if parameters.get(name)}
    issuer = passed.get("iss", "")
    try:
        refuse_insecure(request)
        if "cookies" in parameters:
            launch_url = request.build_absolute_uri(reverse("reports:moodle-launch"))
            return begin_launch(request, passed, launch_url)
        tool = find_tool(issuer, passed.get("client_id", ""))
    except LaunchRefused as refused:
        return _refused(request, refused, issuer)
    page = render(request, "moodle/cookies.html", {"passed": passed})
    let_post(page, origin_of(tool.auth_url))  # a browser asks that of where a form is sent on to
    return _framed(page, issuer)


@csrf_exempt
@never_cache
@require_POST
def launch(request: HttpRequest) -> HttpResponse:
    """Take Moodle's word on who it is, and lead to the page that the link is for."""
    issuer = ""
    try:
        refuse_insecure(request)
        issuer = issuer_of(request.POST.get("state", ""))
        told = verified_launch(request)
    except LaunchRefused as refused:
        answer = _refused(request, refused, issuer)
        forget_state_cookie(request, answer)
        return answer
    site = told.tool.site
    try:
        course = arrive(request, told)
        keep_request(request, told, course)
    except LaunchRefused as refused:
        record_as(NOBODY, "launch refused", target_of(told), reason=refused.reason)
        answer = _refused(request, refused, site.issuer)
    else:
        answer = redirect(destination(told, course))
        remember_site(request, answer, site)
    forget_state_cookie(request, answer)
    return answer


def refuse_insecure(request: HttpRequest) -> None:
    """Raise LaunchRefused where a browser would keep no cookie inside of Moodle."""
    if not request.is_secure() and not is_on_this_machine(request):
        raise LaunchRefused("insecure", "plain HTTP; behind a proxy: TRUST_PROXY_HEADER")


def is_on_this_machine(request: HttpRequest) -> bool:
    """Return whether the site is reached by a name that only its own machine has.

    A client may send any name that is allowed here: where there is a proxy, none counts.
    """
    return not settings.BEHIND_HTTPS and urlsplit(f"//{request.get_host()}").hostname in SAFE_HOSTS


def _refused(request: HttpRequest, refused: LaunchRefused, issuer: str) -> HttpResponse:
    log.warning("launch_refused", reason=refused.reason, detail=refused.detail[:500])
    return _framed(refusal_page(request, refused, site_of(issuer)), issuer)


def _framed(response: HttpResponse, issuer: str) -> HttpResponse:
    """Let a registered site show the answer: it holds nothing of anybody."""
    site = site_of(issuer)
    if site is not None:
        let_frame(response, site.origin)
    return response
