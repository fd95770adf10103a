"""A sign-in from Moodle that begins here: state and nonce, each good once, in this browser only."""

from collections.abc import Mapping
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
from reports.moodle.embedding import is_framed, mark_cookie
from reports.moodle.refusals import LaunchRefused
from reports.moodle.tools import SiteTools, find_tool

GOOD_FOR = timedelta(minutes=5)
# And the state after it: several links of a page may open at once. Browsers take a cookie of this
# name from this very host alone: a page of a host beside it can't say that a sign-in began here.
COOKIE = "__Host-rollcall-"
PLAIN_COOKIE = "rollcall-"  # by plain HTTP, so on one's own machine: browsers take no other there
# Of a browser: another site's page could make it begin sign-ins until it sends too much.
MOST_COOKIES = 10
MOST_STATES = 20_000  # stored at once; a flood drops those that it began itself before true ones


class StateCookie(CookieService):
    """The cookie that says which browser began the sign-in."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.state = ""

    def get_cookie(self, name: str) -> str | None:
        return self.request.COOKIES.get(cookie_prefix(self.request) + name)

    def set_cookie(self, name: str, value: Any, exp: int | None = None) -> None:
        self.state = str(value)


class UsedOnce(SessionService):
    """Knows the nonce of one sign-in. That it is good once is decided before: `use_up`."""

    def __init__(self, request: DjangoRequest, begun: LaunchState | None = None) -> None:
        super().__init__(request)
        self.begun = begun
        self.nonce = ""

    def save_nonce(self, nonce: str) -> None:
        self.nonce = nonce

    def check_nonce(self, nonce: str) -> bool:
        return self.begun is not None and self.begun.nonce_hash == digest(nonce)

    def check_state_is_valid(self, state: str, id_token_hash: str) -> bool:
        return False  # never by what was there before: the cookie decides

    def save_launch_data(self, key: str, jwt_body: Any) -> None:
        """Keep nothing: what counts of a launch is stored by `arrival`."""

    def set_state_valid(self, state: str, id_token_hash: str) -> None:
        """Keep nothing: a state is good once."""


class _Login(DjangoOIDCLogin):
    """The library's redirect, from the parameters that were read here."""

    def __init__(self, request: HttpRequest, parameters: Mapping[str, str]) -> None:
        self.cookie = StateCookie(request)
        self.service = UsedOnce(DjangoRequest(request))
        super().__init__(
            request, SiteTools(), session_service=self.service, cookie_service=self.cookie
        )
        self.parameters = parameters

    def _get_request_param(self, key: str) -> str:
        return self.parameters.get(key, "")


def begin_launch(
    request: HttpRequest, parameters: Mapping[str, str], launch_url: str
) -> HttpResponse:
    """Return the redirect to Moodle that asks who it is.

    Raises: LaunchRefused for an unknown site or tool, or a request without who asks.
    """
    tool = find_tool(parameters.get("iss", ""), parameters.get("client_id", ""))
    login = _Login(request, parameters)
    try:
        address = login.get_redirect_object(launch_url).get_redirect_url()
    except OIDCException as error:
        raise LaunchRefused("incomplete", str(error)) from error
    now = timezone.now()
    LaunchState.objects.filter(expires_at__lt=now - GOOD_FOR).delete()
    begun = LaunchState.objects.create(
        state_hash=digest(login.cookie.state),
        nonce_hash=digest(login.service.nonce),
        tool=tool,
        expires_at=now + GOOD_FOR,
    )
    LaunchState.objects.filter(pk__lte=begun.pk - MOST_STATES).delete()
    answer = HttpResponse(status=302, headers={"Location": address})
    _forget_earliest(request, answer)
    name = cookie_prefix(request) + login.cookie.state
    seconds = int(GOOD_FOR.total_seconds())
    answer.set_cookie(name, login.cookie.state, seconds, httponly=True)
    mark_cookie(answer, name, is_partitioned=is_framed(request))
    return answer


def cookie_prefix(request: HttpRequest) -> str:
    """Return how the names of the cookies of sign-ins begin."""
    return COOKIE if request.is_secure() else PLAIN_COOKIE


def _forget_earliest(request: HttpRequest, response: HttpResponse) -> None:
    """Take away cookies of sign-ins that nobody ended; browsers name the earliest first."""
    prefix = cookie_prefix(request)
    open_ones = [name for name, value in request.COOKIES.items() if name == prefix + value]
    for name in open_ones[: max(0, len(open_ones) + 1 - MOST_COOKIES)]:
        _forget(request, response, name)


def _forget(request: HttpRequest, response: HttpResponse, name: str) -> None:
    response.delete_cookie(name)
    mark_cookie(response, name, is_partitioned=is_framed(request))


def use_up(request: HttpRequest) -> LaunchState:
    """Return the sign-in that the post ends, with tool and site; it can't be ended again.

    Raises: LaunchRefused where this browser did not begin it, or it is over.
    """
    state = request.POST.get("state", "")
    found = LaunchState.objects.filter(state_hash=digest(state))
    if not state or StateCookie(request).get_cookie(state) != state:
        is_used = found.filter(used_at__isnull=False).exists()  # a page that is loaded again
        raise LaunchRefused("over" if is_used else "other_browser")
    now = timezone.now()
    if not found.filter(used_at__isnull=True, expires_at__gt=now).update(used_at=now):
        raise LaunchRefused("over")
    begun = found.select_related("tool__site").first()
    if begun is None:  # its tool was taken away in this moment
        raise LaunchRefused("unknown_tool")
    return begun


def forget_state_cookie(request: HttpRequest, response: HttpResponse) -> None:
    """Take away the cookie of the sign-in that the post ended."""
    name = cookie_prefix(request) + request.POST.get("state", "")
    if name in request.COOKIES:
        _forget(request, response, name)


def digest(text: str) -> str:
    """Return what is stored of a secret that has to be recognised only."""
    return sha256(text.encode(errors="replace")).hexdigest()


def issuer_of(state: str) -> str:
    """Return the site that a state was made for; "" for one that is unknown."""
    found = LaunchState.objects.filter(state_hash=digest(state)).select_related("tool__site")
    begun = found.first()
    return begun.tool.site.issuer if begun else ""
