"""The tools that Rollcall is known as, as the LTI library wants them."""

import json
import time
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import requests
from pylti1p3.deployment import Deployment
from pylti1p3.registration import Registration
from pylti1p3.tool_config import ToolConfAbstract
from urllib3.exceptions import HTTPError

from reports.models import MoodleSite, MoodleTool, ToolKey
from reports.moodle.keys import signing_key
from reports.moodle.refusals import LaunchRefused

TIMEOUT = (5, 20)  # seconds to connect, and to wait for an answer
LARGEST_JSON = 1_000_000  # bytes of an answer that is read whole


class TooSlow(ValueError):
    """An answer that dripped for longer than it is waited for."""


class MoodleConnection(requests.Session):
    """A connection that neither waits for ever nor is led elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.headers["User-Agent"] = "Rollcall"
        self.max_redirects = 0

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", TIMEOUT)
        kwargs["allow_redirects"] = False
        return super().request(*args, **kwargs)


def read_json(
    connection: requests.Session, url: str, *, timeout: tuple[int, int] = TIMEOUT
) -> dict[str, Any]:
    """Return the JSON object at the address.

    Raises: requests.RequestException; ValueError for another status than 200, no object, one too
    large, or one that takes longer than the time to wait, however slowly it drips.
    """
    until = time.monotonic() + timeout[1]
    with connection.get(url, timeout=timeout, stream=True) as answer:
        if answer.status_code != 200:
            raise ValueError(f"status {answer.status_code}")
        return json_object(answer, until)


def json_object(answer: requests.Response, until: float) -> dict[str, Any]:
    """Return the JSON object that a streamed answer holds; `until` is of the monotonic clock.

    Raises: requests.RequestException; ValueError as `read_json`, but for the status.
    """
    try:
        found = json.loads(bounded_body(answer, until, LARGEST_JSON))
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found


def bounded_body(answer: requests.Response, until: float, largest: int) -> bytes:
    """Return what a streamed answer holds; at most `largest` bytes, till `until` (monotonic).

    Raises: requests.RequestException; ValueError for more than that, TooSlow for longer.
    """
    body = b""
    while part := _next_part(answer):
        body += part
        if len(body) > largest:
            raise ValueError("too large")
        if time.monotonic() > until:
            raise TooSlow("too slow")
    return body


def _next_part(answer: requests.Response) -> bytes:
    """Return what has arrived, at the end nothing; doesn't wait for a whole block."""
    try:
        part: bytes = answer.raw.read1(65_536, decode_content=True)
    except HTTPError as error:
        raise requests.RequestException(str(error)) from error
    return part


def find_tool(issuer: str, client_id: str = "") -> MoodleTool:
    """Return the tool of an active site.

    Raises: LaunchRefused for a site or a tool that is not known, or not confirmed. Without a client
    id the site must know Rollcall as one tool only.
    """
    if not issuer:
        raise LaunchRefused("incomplete", "no issuer")
    if "\x00" in issuer + client_id:  # a database can't even be asked for it
        raise LaunchRefused("unknown_site")
    tools = list(MoodleTool.objects.select_related("site").filter(site__issuer=issuer))
    if not tools:
        raise LaunchRefused("unknown_site", issuer)
    if client_id:
        found = [tool for tool in tools if tool.client_id == client_id]
    else:  # a tool that waits takes nothing from the one that doesn't
        found = [tool for tool in tools if tool.confirmed_at] or tools
    if len(found) != 1:
        raise LaunchRefused("unknown_tool", f"{issuer} {client_id}")
    refuse_waiting(found[0])
    return found[0]


def refuse_waiting(tool: MoodleTool) -> None:
    """Raise LaunchRefused unless an administrator has confirmed both the site and the tool."""
    if not tool.site.is_active:
        raise LaunchRefused("inactive", tool.site.issuer)
    if tool.confirmed_at is None:
        raise LaunchRefused("tool_waits", f"{tool.site.issuer} {tool.client_id}")


class ToolRegistration(Registration):
    """What the LTI library knows of a tool. Our key is read when something is to be signed."""

    @cached_property
    def _key(self) -> ToolKey:
        return signing_key()

    def get_tool_private_key(self) -> str:
        return self._key.private_key

    def get_kid(self) -> str:
        return self._key.kid


def registration_of(tool: MoodleTool) -> ToolRegistration:
    """Return what the LTI library has to know of a tool, our key included."""
    found = ToolRegistration()
    found.set_issuer(tool.site.issuer).set_client_id(tool.client_id)
    found.set_auth_login_url(tool.auth_url).set_auth_token_url(tool.token_url)
    found.set_key_set_url(tool.keys_url)
    return found


class SiteTools(ToolConfAbstract):
    """Looks tools up in the database; several clients a site."""

    def check_iss_has_one_client(self, iss: str) -> bool:
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:
        return True

    def find_registration_by_issuer(self, iss: str, *_: Any, **__: Any) -> Registration:
        return registration_of(find_tool(iss))

    def find_registration_by_params(
        self, iss: str, client_id: str, *_: Any, **__: Any
    ) -> Registration:
        return registration_of(find_tool(iss, client_id))

    def find_deployment(self, iss: str, deployment_id: str) -> Deployment | None:
        return _deployment(find_tool(iss), deployment_id)

    def find_deployment_by_params(
        self, iss: str, deployment_id: str, client_id: str, *_: Any, **__: Any
    ) -> Deployment | None:
        return _deployment(find_tool(iss, client_id), deployment_id)


def _deployment(tool: MoodleTool, deployment_id: str) -> Deployment | None:
    if tool.deployment_id != deployment_id:
        return None
    return Deployment().set_deployment_id(deployment_id)


def site_of(issuer: str) -> MoodleSite | None:
    """Return the site with this issuer, confirmed or not; None when it is not registered."""
    if not issuer or "\x00" in issuer:
        return None
    return MoodleSite.objects.filter(issuer=issuer).first()


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
