"""Services of a Moodle that a tool may ask: signed in with our key, every answer bounded.

An access token is good for one client and its scopes; it is kept in the cache, sealed, until shortly
before it ends. What of an answer is stored is not here: `roster`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from hashlib import sha256
from io import BytesIO
from typing import Any

import requests
from cryptography.fernet import InvalidToken
from django.core.cache import cache
from pylti1p3.exception import LtiException, LtiServiceException
from pylti1p3.service_connector import ServiceConnector

from reports.models import MoodleTool
from reports.models.encrypted import secret_box
from reports.moodle.tools import TIMEOUT, MoodleConnection, TooSlow, bounded_body, registration_of

LARGEST_ANSWER = 20_000_000  # bytes; a member takes some 300
EARLIER = 60  # seconds before its end a token is no longer used
LONGEST_KEPT = 3600  # seconds
REASONS = {401: "refused", 403: "refused", 400: "refused", 404: "gone", 410: "gone"}


class ServiceRefused(Exception):
    """Moodle did not give what it was asked for. `reason` is a key of definitions.ROSTER_ERRORS.

    `detail` is for the log alone.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason
        self.detail = detail


class BoundedConnection(MoodleConnection):
    """Reads every answer whole, within a size and, all of them together, within a time."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.until = time.monotonic() + seconds

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Return the answer with its body read. Raises: requests.RequestException; ValueError."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise requests.Timeout("the time for all of it is over")
        kwargs["timeout"] = tuple(min(longest, left) for longest in TIMEOUT)
        kwargs["stream"] = True
        with super().request(*args, **kwargs) as answer:
            body = bounded_body(answer, self.until, LARGEST_ANSWER)
        answer.raw = BytesIO(body)
        return answer

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return None: nowhere. To find out where else, its body would be read without bounds."""
        return None


class Service(ServiceConnector):
    """A tool's way to the services of its site, for so many seconds altogether."""

    def __init__(self, tool: MoodleTool, *, seconds: float) -> None:
        super().__init__(registration_of(tool), BoundedConnection(seconds))
        self.tool = tool
        self._tokens: dict[str, str] = {}  # of this connection: one may be too short-lived to keep

    def page(self, url: str, *, scope: str, accept: str) -> tuple[dict[str, Any], str]:
        """Return the JSON object at the address, and where the next page is; "" on the last one.

        Raises: ServiceRefused.
        """
        try:
            self._token(scope)
            return self._page(url, scope, accept)
        except TooSlow as error:
            raise ServiceRefused("unreachable", str(error)) from error
        except requests.JSONDecodeError as error:
            raise ServiceRefused("unreadable", str(error)) from error
        except requests.RequestException as error:
            raise ServiceRefused("unreachable", str(error)) from error
        except (LtiException, ValueError, TypeError, KeyError, RecursionError) as error:
            raise ServiceRefused("unreadable", f"{type(error).__name__}: {error}") from error

    def _page(self, url: str, scope: str, accept: str) -> tuple[dict[str, Any], str]:
        try:
            answer = self.make_service_request([scope], url, accept=accept)
        except LtiServiceException as error:
            if error.response.status_code != 401:
                raise _refused(error) from error
            self._forget(scope)  # Moodle did, too
            self._token(scope)
            try:
                answer = self.make_service_request([scope], url, accept=accept)
            except LtiServiceException as again:
                raise _refused(again) from again
        body = answer["body"]
        if not isinstance(body, dict):
            raise ValueError("no JSON object")
        return body, answer["next_page_url"] or ""

    # Access tokens -------------------------------------------------------------------------------

    def _token(self, scope: str) -> None:
        """See to it that there is a token. Raises: ServiceRefused."""
        try:
            token = self.get_access_token([scope])
        except LtiServiceException as error:
            raise _token_refused(error) from error
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            self._forget(scope)
            raise ValueError("no access token")

    def _scope_key(self, scopes: Iterable[str]) -> str:
        tool = self.tool
        asked = json.dumps([tool.site.issuer, tool.client_id, tool.token_url, sorted(scopes)])
        return f"moodle-token:{sha256(asked.encode()).hexdigest()}"

    def _get_cached_access_token(self, scope_key: str) -> str | None:
        if scope_key in self._tokens:
            return self._tokens[scope_key]
        sealed = cache.get(scope_key)
        try:
            return secret_box().decrypt(sealed).decode() if sealed else None
        except InvalidToken:  # sealed with a key that is gone
            return None

    def _cache_access_token(self, scope_key: str, access_token: str, expires_in: float) -> None:
        self._tokens[scope_key] = access_token
        seconds = min(int(expires_in), LONGEST_KEPT) - EARLIER
        if seconds > 0:
            cache.set(scope_key, secret_box().encrypt(str(access_token).encode()), seconds)

    def _forget(self, scope: str) -> None:
        key = self._scope_key([scope])
        self._tokens.pop(key, None)
        cache.delete(key)


def _refused(error: LtiServiceException) -> ServiceRefused:
    status = error.response.status_code
    reason = "trouble" if status >= 500 or status == 429 else REASONS.get(status, "unreadable")
    return ServiceRefused(reason, str(error))


def _token_refused(error: LtiServiceException) -> ServiceRefused:
    """Return what it means that no token was given: Moodle's own word is in the body."""
    answer = error.response
    if answer.ok:
        return ServiceRefused("unreadable", str(error))
    if answer.status_code >= 500 or answer.status_code == 429:
        return ServiceRefused("trouble", str(error))
    is_about_scope = "invalid_scope" in answer.text
    return ServiceRefused("not_granted" if is_about_scope else "tool_unknown", str(error))
