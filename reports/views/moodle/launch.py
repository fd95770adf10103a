"""What Moodle calls: the key set, the start of a sign-in, its end."""

from urllib.parse import urlsplit

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reports.moodle.arrival import arrive
from reports.moodle.destination import destination
from reports.moodle.embedding import let_frame
from reports.moodle.handshake import COOKIE, begin_launch, issuer_of
from reports.moodle.keys import public_keys
from reports.moodle.launch import verified_launch
from reports.moodle.refusals import LaunchRefused
from reports.moodle.tools import find_tool, site_of

log = structlog.get_logger(__name__)

SAFE_HOSTS = {"localhost", "127.0.0.1", "[::1]"}  # browsers keep secure cookies of these by HTTP
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
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Begin a sign-in. First a page finds out whether the browser keeps cookies in this frame."""
    parameters = request.POST if request.method == "POST" else request.GET
    issuer = parameters.get("iss", "")
    try:
        _refuse_insecure(request)
        find_tool(issuer, parameters.get("client_id", ""))
        if "cookies" not in parameters:
            passed = {name: parameters[name] for name in PASSED_ON if parameters.get(name)}
            return _framed(render(request, "moodle/cookies.html", {"passed": passed}), issuer)
        return begin_launch(request, request.build_absolute_uri(reverse("reports:moodle-launch")))
    except LaunchRefused as refused:
        return _refused(request, refused, issuer)


@csrf_exempt
@require_POST
def launch(request: HttpRequest) -> HttpResponse:
    """Take Moodle's word on who it is, and lead to the page that the link is for."""
    try:
        _refuse_insecure(request)
        told = verified_launch(request)
    except LaunchRefused as refused:
        return _refused(request, refused, issuer_of(request.POST.get("state", "")))
    try:
        course = arrive(request, told)
    except LaunchRefused as refused:
        return _refused(request, refused, told.tool.site.issuer)
    answer = redirect(destination(told, course))
    answer.delete_cookie(COOKIE + request.POST.get("state", ""), path="/moodle/", samesite="None")
    return answer


def _refuse_insecure(request: HttpRequest) -> None:
    host = urlsplit(f"//{request.get_host()}").hostname
    if not request.is_secure() and host not in SAFE_HOSTS:
        raise LaunchRefused("insecure")


def _refused(request: HttpRequest, refused: LaunchRefused, issuer: str) -> HttpResponse:
    log.warning("launch_refused", reason=refused.reason, detail=refused.detail[:500])
    site = site_of(issuer)
    context = {"refusal": refused.refusal, "contact": site.contact if site else ""}
    answer = render(request, "moodle/refused.html", context, status=refused.refusal.status)
    return _framed(answer, issuer)


def _framed(response: HttpResponse, issuer: str) -> HttpResponse:
    """Let a registered site show the answer: it holds nothing of anybody."""
    site = site_of(issuer)
    if site is not None:
        let_frame(response, site.origin)
    return response
