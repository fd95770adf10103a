"""Lets a registered, active site show Rollcall in a frame: headers and cookies, nobody else's."""

from collections.abc import Callable
from http.cookies import Morsel
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from reports.access import MOODLE_SESSION
from reports.models import MoodleSite

# Python before 3.14 doesn't know the attribute that keeps a cookie apart for each site around it.
Morsel._reserved.setdefault("partitioned", "Partitioned")  # type: ignore[attr-defined]
Morsel._flags.add("partitioned")  # type: ignore[attr-defined]

Respond = Callable[[HttpRequest], HttpResponse]


class Embedding:
    """Middleware, outside of the one for sessions: it changes the cookies that one sets."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; where the session came from Moodle, so that its site may frame the answer."""
        response = self.get_response(request)
        session: Any = getattr(request, "session", None)
        known = session.get(MOODLE_SESSION) if session is not None else None
        if known:
            site = MoodleSite.objects.filter(pk=known["site"], is_active=True).first()
            if site is not None:
                let_frame(response, site.origin)
            keep_in_frame(response)
        return response


def let_frame(response: HttpResponse, origin: str) -> None:
    """Let pages of this origin show the answer in a frame."""
    setattr(response, "_csp_replace", {"frame-ancestors": [origin]})  # noqa: B010 — django-csp's
    setattr(response, "xframe_options_exempt", True)  # noqa: B010 — Django's
    del response.headers["X-Frame-Options"]  # knows no list of origins: the policy decides


def keep_in_frame(response: HttpResponse) -> None:
    """Mark the cookies so that a browser keeps them in another site's frame."""
    for name in (
        settings.SESSION_COOKIE_NAME,
        settings.CSRF_COOKIE_NAME,
        settings.LANGUAGE_COOKIE_NAME,
    ):
        if name in response.cookies:
            response.cookies[name]["samesite"] = "None"
            response.cookies[name]["secure"] = True
            response.cookies[name]["partitioned"] = True
