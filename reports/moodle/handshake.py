"""A sign-in from Moodle that begins here: state and nonce, each good once, in this browser only."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from pylti1p3.contrib.django import DjangoOIDCLogin
from pylti1p3.contrib.django.request import DjangoRequest
from pylti1p3.cookie import CookieService
from pylti1p3.exception import OIDCException
from pylti1p3.session import SessionService

from reports.models import LaunchState
from reports.moodle.refusals import LaunchRefused
from reports.moodle.tools import SiteTools, find_tool

GOOD_FOR = timedelta(minutes=5)
COOKIE = "rollcall-"  # and the state after it: several links of a page may open at once


class StateCookie(CookieService):
    """The cookie that says which browser began the sign-in."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.state = ""

    def get_cookie(self, name: str) -> str | None:
        return self.request.COOKIES.get(COOKIE + name)

    def set_cookie(self, name: str, value: Any, exp: int | None = None) -> None:
        self.state = str(value)


class UsedOnce(SessionService):
    """Remembers state and nonce in the database, where every web process sees them used up."""

    def __init__(self, request: DjangoRequest, state: str = "") -> None:
        super().__init__(request)
        self.state = state
        self.nonce = ""

    def save_nonce(self, nonce: str) -> None:
        self.nonce = nonce

    def check_nonce(self, nonce: str) -> bool:
        """Use up the state of the launch with its nonce; True once."""
        unused = LaunchState.objects.filter(
            state_hash=digest(self.state),
            nonce_hash=digest(nonce),
            used_at__isnull=True,
            expires_at__gt=timezone.now(),
        )
        return unused.update(used_at=timezone.now()) == 1

    def check_state_is_valid(self, state: str, id_token_hash: str) -> bool:
        return False  # never by what was there before: the cookie decides

    def save_launch_data(self, key: str, jwt_body: Any) -> None:
        """Keep nothing: what counts of a launch is stored by `arrival`."""

    def set_state_valid(self, state: str, id_token_hash: str) -> None:
        """Keep nothing: a state is good once."""


def begin_launch(request: HttpRequest, launch_url: str) -> HttpResponse:
    """Return the redirect to Moodle that asks who it is.

    Raises: LaunchRefused for an unknown site or tool, or a request without who asks.
    """
    parameters = DjangoRequest(request)
    issuer = parameters.get_param("iss") or ""
    client_id = parameters.get_param("client_id") or ""
    tool = find_tool(issuer, client_id)
    cookie, service = StateCookie(request), UsedOnce(parameters)
    login = DjangoOIDCLogin(request, SiteTools(), session_service=service, cookie_service=cookie)
    try:
        address = login.get_redirect_object(launch_url).get_redirect_url()
    except OIDCException as error:
        raise LaunchRefused("refused_there", str(error)) from error
    now = timezone.now()
    LaunchState.objects.filter(expires_at__lt=now - GOOD_FOR).delete()
    LaunchState.objects.create(
        state_hash=digest(cookie.state),
        nonce_hash=digest(service.nonce),
        tool=tool,
        expires_at=now + GOOD_FOR,
    )
    answer = HttpResponse(status=302, headers={"Location": address})
    answer.set_cookie(
        COOKIE + cookie.state,
        cookie.state,
        max_age=int(GOOD_FOR.total_seconds()),
        secure=True,
        httponly=True,
        samesite="None",
        path="/moodle/",
    )
    answer.cookies[COOKIE + cookie.state]["partitioned"] = True
    return answer


def digest(text: str) -> str:
    """Return what is stored of a secret that has to be recognised only."""
    return sha256(text.encode()).hexdigest()


def issuer_of(state: str) -> str:
    """Return the site that a state was made for; "" for one that is unknown."""
    found = LaunchState.objects.filter(state_hash=digest(state)).select_related("tool__site")
    begun = found.first()
    return begun.tool.site.issuer if begun else ""
