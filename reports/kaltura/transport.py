"""One POST to Kaltura: its timeouts, what is tried again, and each failure as one of our errors.

Belongs here: HTTP. Does not belong here: KS, reports, CSV. The form goes into the body, never into
the URL, and redirects are not followed: a KS must not reach another host.

What is tried again is decided here and not by urllib3's Retry, because Kaltura tells its errors in
the body of a 200: a rate limit is one of them.
"""

import email.utils
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

import requests
import urllib3

from reports.kaltura.answers import (
    api_error_in,
    is_error_shaped,
    json_result,
    unreadable,
    web_page_in,
)
from reports.kaltura.errors import (
    BrokenOffAnswer,
    ConnectionFailed,
    HttpFailed,
    KalturaError,
    RateLimited,
    TimedOut,
)

_T = TypeVar("_T")

_CHUNK_BYTES = 64 * 1024
_HEAD_BYTES = 64 * 1024  # enough for every error and header line
_RESULT_BYTES = 1024 * 1024
_LONGEST_WAIT_SECONDS = 120.0  # a server that asks for more gets its answer later, by another run
_SESSION_READ_SECONDS = 60.0
_HEADERS = {"User-Agent": "Rollcall", "Accept": "application/json, text/csv, */*"}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a passing failure is tried again, and how long after: back_off, twice that…"""

    retries: int
    back_off: float  # seconds
    sleep: Callable[[float], None] = time.sleep

    def wait_seconds(self, attempt: int, retry_after: float | None) -> float | None:
        """Return the wait after the attempt (from 0); None when it is not worth it."""
        if attempt >= self.retries or (retry_after or 0) > _LONGEST_WAIT_SECONDS:
            return None
        return max(min(self.back_off * 2.0**attempt, _LONGEST_WAIT_SECONDS), retry_after or 0)


class OpenAnswer:
    """A body that has begun to come and is no error: its first bytes are read, the rest streams."""

    def __init__(
        self, response: requests.Response, asked_at: datetime, read_seconds: float
    ) -> None:
        self.asked_at = asked_at
        self._response = response
        self._rest = _body_chunks(response, read_seconds)
        self.head = b""
        self.is_whole = False

    def read_head(self, limit: int | None = None) -> None:
        """Read until ``head`` holds a header line or a whole error, or up to a limit of bytes."""
        for chunk in self._rest:
            self.head += chunk
            has_line = b"\n" in self.head and not is_error_shaped(self.head)
            if len(self.head) >= (limit or _HEAD_BYTES) or (has_line and limit is None):
                return
        self.is_whole = True

    def chunks(self) -> Iterator[bytes]:
        """Yield the whole body, once.

        **Raises**: BrokenOffAnswer, TimedOut.
        """
        if self.head:
            yield self.head
        yield from self._rest

    def close(self) -> None:
        """Give up what has not been read."""
        self._response.close()


class Transport:
    """Sends calls to one Kaltura server."""

    def __init__(
        self,
        base_url: str,
        http: requests.Session,
        *,
        connect_timeout: float,
        read_timeout: float,
        policy: RetryPolicy,
        now: Callable[[], datetime],
    ) -> None:
        self._base_url = base_url
        self._http = http
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._policy = policy
        self._now = now

    def url(self, service: str, action: str) -> str:
        """Return the address of an action, which holds no parameter."""
        return f"{self._base_url}/api_v3/service/{service}/action/{action}"

    def call(self, service: str, action: str, form: Mapping[str, str], *secrets: str) -> object:
        """Return the decoded JSON result of a small call; None for an empty one.

        **Raises**: ApiError, HttpFailed, HtmlAnswer, UnreadableAnswer, BrokenOffAnswer,
        ConnectionFailed.
        """

        def attempt() -> object:
            seconds = min(self._read_timeout, _SESSION_READ_SECONDS)
            answer = self._opened(service, action, form, secrets, seconds, limit=_RESULT_BYTES)
            try:
                if not answer.is_whole:
                    raise unreadable(answer.head, *secrets)
                return json_result(answer.head, *secrets)
            finally:
                answer.close()

        return self._tried(attempt, retry_timeouts=True)

    def open(self, service: str, action: str, form: Mapping[str, str], *secrets: str) -> OpenAnswer:
        """Return an answer that streams and is no error; the caller closes it.

        **Raises**: as ``call``.
        """

        def attempt() -> OpenAnswer:
            answer = self._opened(service, action, form, secrets, self._read_timeout)
            if not answer.head:
                answer.close()
                raise BrokenOffAnswer("Kaltura's answer is empty.")
            return answer

        # Kaltura gives up before our read timeout: an answer that did not come won't come, and
        # asking again adds load.
        return self._tried(attempt, retry_timeouts=False)

    def _tried(self, attempt: Callable[[], _T], *, retry_timeouts: bool) -> _T:
        number = 0
        while True:
            try:
                return attempt()
            except KalturaError as error:
                wait = None
                if _is_passing(error, retry_timeouts=retry_timeouts):
                    wait = self._policy.wait_seconds(number, error.retry_after)
                if wait is None:
                    raise
            self._policy.sleep(wait)
            number += 1

    def _opened(
        self,
        service: str,
        action: str,
        form: Mapping[str, str],
        secrets: tuple[str, ...],
        read_seconds: float,
        limit: int | None = None,
    ) -> OpenAnswer:
        asked_at = self._now()
        response = self._posted(self.url(service, action), form, read_seconds)
        answer = OpenAnswer(response, asked_at, read_seconds)
        try:
            if 300 <= response.status_code < 400:
                raise _redirect(response)
            answer.read_head(limit)
            _raise_for(response, answer.head, secrets)
        except BaseException:
            response.close()
            raise
        return answer

    def _posted(self, url: str, form: Mapping[str, str], read_seconds: float) -> requests.Response:
        try:
            return self._http.post(
                url,
                data={"format": "1", **form},
                headers=_HEADERS,
                timeout=(self._connect_timeout, read_seconds),
                stream=True,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise _connection_error(error, read_seconds) from error


def _is_passing(error: KalturaError, *, retry_timeouts: bool) -> bool:
    if isinstance(error, TimedOut):
        return retry_timeouts
    if isinstance(error, ConnectionFailed):
        return error.may_pass
    if isinstance(error, HttpFailed):
        return error.status >= 500
    return isinstance(error, RateLimited | BrokenOffAnswer)


def _raise_for(response: requests.Response, head: bytes, secrets: tuple[str, ...]) -> None:
    error: KalturaError | None = api_error_in(head, *secrets)
    if error is None and response.status_code == 429:
        error = RateLimited(code="HTTP_429")
    if error is None and response.status_code != 200:
        error = HttpFailed(response.status_code)
    if error is None:
        error = web_page_in(head, *secrets)
    if error is not None:
        error.retry_after = _retry_after(response)
        raise error


def _retry_after(response: requests.Response) -> float | None:
    """Return the seconds that the server asks to wait, given as a number or as a date."""
    given = response.headers.get("Retry-After", "").strip()
    if given.isascii() and given.isdecimal():
        return float(given[:9])
    try:
        return max(email.utils.parsedate_to_datetime(given).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None


def _redirect(response: requests.Response) -> HttpFailed:
    target = urlsplit(response.headers.get("Location", ""))
    where = f" to {target.scheme}://{target.hostname}" if target.hostname else ""
    return HttpFailed(
        response.status_code,
        f"The server redirects the call{where} (HTTP {response.status_code}), "
        "which is not followed so that the KS stays here.",
        advice="Set the endpoint to the address that answers itself.",
    )


def _body_chunks(response: requests.Response, read_seconds: float) -> Iterator[bytes]:
    try:
        yield from response.iter_content(_CHUNK_BYTES)
    except requests.RequestException as error:
        if _is_read_timeout(error):
            raise _connection_error(error, read_seconds) from error
        _forget_form(error)
        raise BrokenOffAnswer from error


def _connection_error(error: requests.RequestException, read_seconds: float) -> ConnectionFailed:
    _forget_form(error)
    if _is_read_timeout(error):
        return TimedOut(f"Kaltura sent nothing for {read_seconds:g} seconds.")
    if isinstance(error, requests.exceptions.SSLError):
        return ConnectionFailed(
            "The server's certificate can't be trusted.",
            advice="Check the endpoint's address and this server's certificates.",
            may_pass=False,
        )
    if isinstance(error, ValueError):  # an address that can't be one
        return ConnectionFailed("The endpoint's address can't be used.", may_pass=False)
    if isinstance(error, requests.ConnectTimeout):
        return ConnectionFailed("The server did not accept a connection in time.")
    return ConnectionFailed()


def _is_read_timeout(error: requests.RequestException) -> bool:
    causes = (error, *error.args)
    return any(
        isinstance(cause, requests.ReadTimeout | urllib3.exceptions.ReadTimeoutError)
        for cause in causes
    )


def _forget_form(error: requests.RequestException) -> None:
    # The exception stays in the chain and would lead whoever reports it to the form with the KS.
    error.request = None
    error.response = None
