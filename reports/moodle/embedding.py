"""Lets a registered, active site show Rollcall in a frame: headers and cookies, nobody else's.

A cookie that a framed page sets is kept apart for the site around it (Partitioned). In a window of
its own it is not: there it takes the place of the cookie of whoever was signed in before.
"""

import re
from collections.abc import Callable
from http.cookies import Morsel
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from reports.access import MOODLE_SESSION
from reports.models import MoodleSite
from reports.moodle.refusals import LaunchRefused, refusal_page

# Python before 3.14 doesn't know the attribute that keeps a cookie apart for each site around it.
Morsel._reserved.setdefault("partitioned", "Partitioned")  # type: ignore[attr-defined]
Morsel._flags.add("partitioned")  # type: ignore[attr-defined]

SITE_COOKIE = "rollcall-site"  # which site framed this browser's pages, longer than a session
SITE_COOKIE_SECONDS = 30 * 24 * 3600
FRAMES = ("iframe", "frame")  # what a browser calls them in Sec-Fetch-Dest
ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-]+(:\d+)?|https?://\[[0-9A-Fa-f:]+\](:\d+)?")

Respond = Callable[[HttpRequest], HttpResponse]


class Embedding:
    """Middleware, outside of the one for sessions: it changes the cookies that one sets."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; where the session came from Moodle, so that its site may frame the answer."""
        response = self.get_response(request)
        session: Any = getattr(request, "session", None)
        came = session.get(MOODLE_SESSION) if session is not None else None
        if came:
            site = _site_of(request, came["site"])
            if site is not None and site.is_active and not _is_decided(response):
                let_frame(response, site.origin)
            _mark_cookies(response, is_partitioned=came.get("is_framed", True))
            patch_cache_control(response, private=True)
        elif was := getattr(request, "came_from_moodle", None):
            _mark_cookies(response, is_partitioned=was.get("is_framed", True), only_removed=True)
        return response


class SessionOfSite:
    """Middleware, inside of the one for sign-ins: a session lasts while its site is active.

    Where a session is over, a frame says so: the sign-in page, which nobody may frame, can't.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, unless the session that the request came with has ended."""
        came = request.session.get(MOODLE_SESSION)
        if came:
            setattr(request, "came_from_moodle", came)  # noqa: B010 — for Embedding
            site = _site_of(request, came["site"])
            if site is None or not site.is_active:
                logout(request)
                if not _is_way_in(request):
                    return _over(request, "stopped", site)
        elif request.headers.get("Sec-Fetch-Dest") in FRAMES and not _is_way_in(request):
            framing = _framing_site(request)
            if framing is not None and not request.user.is_authenticated:
                return _over(request, "session_over", framing)
        return self.get_response(request)


def _is_way_in(request: HttpRequest) -> bool:
    """Return whether the address is one that Moodle opens by itself."""
    return request.path_info.startswith("/moodle/")


def _over(request: HttpRequest, reason: str, site: MoodleSite | None) -> HttpResponse:
    page = refusal_page(request, LaunchRefused(reason), site)
    if site is not None:
        let_frame(page, site.origin)
    return page


def _site_of(request: HttpRequest, pk: int) -> MoodleSite | None:
    """Return the session's site; asked for once a request."""
    site: MoodleSite | None = getattr(request, "moodle_site", None)
    if site is None or site.pk != pk:
        site = MoodleSite.objects.filter(pk=pk).first()
        setattr(request, "moodle_site", site)  # noqa: B010 — an attribute of ours
    return site


def _framing_site(request: HttpRequest) -> MoodleSite | None:
    pk = request.get_signed_cookie(SITE_COOKIE, default="", salt=SITE_COOKIE)
    return MoodleSite.objects.filter(pk=pk, is_active=True).first() if pk else None


def remember_site(request: HttpRequest, response: HttpResponse, site: MoodleSite) -> None:
    """Let this browser's frame be told later, by a page that its site may frame, that it is over."""
    response.set_signed_cookie(
        SITE_COOKIE, str(site.pk), salt=SITE_COOKIE, max_age=SITE_COOKIE_SECONDS, httponly=True
    )
    mark_cookie(response, SITE_COOKIE, is_partitioned=is_framed(request))


def is_framed(request: HttpRequest) -> bool:
    """Return whether the page appears in a frame; so it is taken where a browser doesn't tell."""
    return bool(request.headers.get("Sec-Fetch-Dest") != "document")


def let_frame(response: HttpResponse, origin: str) -> None:
    """Let pages of this origin show the answer in a frame."""
    if not ORIGIN.fullmatch(origin):
        return
    _extend(response, "_csp_replace", "frame-ancestors", origin)
    setattr(response, "xframe_options_exempt", True)  # noqa: B010 — Django's
    del response.headers["X-Frame-Options"]  # knows no list of origins: the policy decides


def let_post(response: HttpResponse, origin: str) -> None:
    """Let a form of the answer be sent, or sent on, to this origin too."""
    if ORIGIN.fullmatch(origin):
        _extend(response, "_csp_update", "form-action", origin)


def _is_decided(response: HttpResponse) -> bool:
    """Return whether the page itself said who may frame it: another site, beginning a sign-in."""
    return "frame-ancestors" in (getattr(response, "_csp_replace", None) or {})


def _extend(response: HttpResponse, attribute: str, directive: str, origin: str) -> None:
    """Write down a directive for django-csp, beside those that are there."""
    known = getattr(response, attribute, None) or {}
    setattr(response, attribute, known | {directive: [origin]})


def mark_cookie(response: HttpResponse, name: str, *, is_partitioned: bool) -> None:
    """Let a browser send a cookie that the answer sets from another site's page, too."""
    cookie = response.cookies[name]
    cookie["samesite"] = "None"
    cookie["secure"] = True
    if is_partitioned:
        cookie["partitioned"] = True


def _mark_cookies(
    response: HttpResponse, *, is_partitioned: bool, only_removed: bool = False
) -> None:
    for name in (
        settings.SESSION_COOKIE_NAME,
        settings.CSRF_COOKIE_NAME,
        settings.LANGUAGE_COOKIE_NAME,
    ):
        cookie = response.cookies.get(name)
        if cookie is not None and (not only_removed or cookie["max-age"] == 0):
            mark_cookie(response, name, is_partitioned=is_partitioned)
