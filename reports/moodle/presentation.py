"""How pages look inside of Moodle: in its language, and in a frame without a header of ours."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_supported_language_variant

from reports.access import MOODLE_SESSION, Viewer
from reports.models import Course

SOURCE = "en"  # what is spoken where Moodle's language isn't
OTHER_CODES = {"no": "nb"}  # what Moodle calls a language, where everybody else has another code
FRAMES = {"iframe", "frame"}

Respond = Callable[[HttpRequest], HttpResponse]


class Presentation:
    """Middleware, inside of those for sessions and languages: a session from Moodle has its own."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in Moodle's language, unless another one was chosen in this browser."""
        came = request.session.get(MOODLE_SESSION)
        if not came:
            return self.get_response(request)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(language_of(str(came.get("locale", ""))))
            request.LANGUAGE_CODE = translation.get_language()
        response = self.get_response(request)
        patch_vary_headers(response, ["Sec-Fetch-Dest"])
        return response


def language_of(locale: str) -> str:
    """Return the offered language nearest to Moodle's code, such as pt_br or de_du; else English."""
    code = locale.replace("_", "-").lower()
    try:
        return get_supported_language_variant(OTHER_CODES.get(code, code))
    except LookupError:
        return SOURCE


def is_embedded(request: HttpRequest) -> bool:
    """Return whether Moodle shows the page in a frame: its own header and navigation are around it.

    A browser that doesn't tell shows it as the session was launched.
    """
    session: Any = getattr(request, "session", None)
    came = session.get(MOODLE_SESSION) if session is not None else None
    if not came:
        return False
    shown_in = request.headers.get("Sec-Fetch-Dest")
    return bool(came.get("is_framed")) if shown_in is None else shown_in in FRAMES


def embedded(request: HttpRequest) -> dict[str, Any]:
    """Return what every template may use: `is_embedded`."""
    return {"is_embedded": is_embedded(request)}


def course_of_page(request: HttpRequest, viewer: Viewer) -> Course | None:
    """Return the course that a page is in, for the bar above it; None: none that they may see.

    It is the one in the path, or else in the query, or else the one that was opened last.
    """
    came = request.session.get(MOODLE_SESSION) or {}
    until: dict[str, float] = came.get("until", {})
    latest = max(until, key=lambda pk: until[pk], default="")
    match = request.resolver_match
    in_path = match.kwargs.get("pk") if match and match.route.startswith("courses/") else None
    wanted = str(in_path or request.GET.get("course", "") or latest)
    listed = {str(course.pk): course for course in _known(viewer, {wanted, latest})}
    return listed.get(wanted) or listed.get(latest)


def _known(viewer: Viewer, keys: set[str]) -> Any:
    """Return the courses of these keys of which the viewer may see anything."""
    numbers = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
    return viewer.courses_listed().filter(pk__in=numbers)
