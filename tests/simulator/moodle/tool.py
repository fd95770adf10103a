"""A tool as small as can be, running for real: what the stand-in launches in its tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from reports.simulator.listener import HOST, Handler, Service
from reports.simulator.moodle.claims import DEEP_LINKING, LTI
from reports.simulator.moodle.keys import SigningKey
from reports.simulator.moodle.memberships import MEDIA_TYPE
from reports.simulator.moodle.records import Tool
from reports.simulator.moodle.standin import MoodleStandIn
from reports.simulator.moodle.tokens import ASSERTION_TYPE

NONCE, STATE = "a-nonce", "a-state"


@cache
def own_key() -> SigningKey:
    """Return the key that every small tool starts with: making one takes time."""
    return SigningKey()


class SmallTool(Service):
    """Publishes its keys, answers an initiation by going to auth.php, keeps what is posted.

    `page` makes the page that any other request is answered with, out of its parameters.
    """

    def __init__(self) -> None:
        super().__init__(0, _Handler)
        self.key = own_key()
        self.key_fetches = 0
        self.launched: list[dict[str, str]] = []
        self.page: Callable[[dict[str, str]], str] = lambda form: "<h1>launched</h1>"
        self.moodle: MoodleStandIn | None = None

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{HOST}:{self.port}"

    def settings(self) -> dict[str, Any]:
        """Return what register_tool needs of it."""
        return {
            "tool_url": f"{self.url}/launch",
            "login_url": f"{self.url}/login",
            "redirect_urls": (f"{self.url}/launch",),
            "jwks_url": f"{self.url}/keys",
            "deep_link_url": "",
        }

    def authentication(self, fields: Mapping[str, str], **changes: str | None) -> dict[str, str]:
        """Return the right parameters for auth.php, but for the changes; None leaves one out."""
        right = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": fields["client_id"],
            "redirect_uri": f"{self.url}/launch",
            "login_hint": fields["login_hint"],
            "lti_message_hint": fields["lti_message_hint"],
            "nonce": NONCE,
            "state": STATE,
        }
        return {k: v for k, v in {**right, **changes}.items() if v is not None}


class _Handler(Handler):
    def respond(self, body: bytes) -> None:
        tool: SmallTool = self.server.service
        parts = urlsplit(self.path)
        form = dict(parse_qsl(parts.query)) | dict(parse_qsl(body.decode()))
        if parts.path == "/keys":
            tool.key_fetches += 1
            self.send(200, json.dumps(tool.key.key_set()).encode(), "application/json")
        elif parts.path == "/login":
            query = urlencode(tool.authentication(form))
            assert tool.moodle is not None
            there = f"{tool.moodle.issuer}/mod/lti/auth.php?{query}"
            self.send(302, b"", "text/html", {"Location": there})
        else:
            if self.command == "POST":
                tool.launched.append(form)
            self.send(200, tool.page(form).encode(), "text/html")


def assertion(moodle: MoodleStandIn, tool: Tool, key: SigningKey, **changes: object) -> str:
    """Return a right client assertion, but for the changes."""
    now = int(moodle.state.now())
    claims = {
        "iss": tool.client_id,
        "sub": tool.client_id,
        "aud": f"{moodle.issuer}/mod/lti/token.php",
        "iat": now,
        "exp": now + 60,
        "jti": "1",
    }
    return key.sign({**claims, **changes})


def selection(
    moodle: MoodleStandIn,
    tool: Tool,
    key: SigningKey,
    items: list[dict[str, Any]],
    **changes: object,
) -> str:
    """Return the JWT of a right selection of content, but for the changes of its claims."""
    now = int(moodle.state.now())
    claims = {
        "iss": tool.client_id,
        "aud": moodle.issuer,
        "iat": now,
        "exp": now + 60,
        "nonce": "n",
        LTI + "message_type": "LtiDeepLinkingResponse",
        LTI + "version": "1.3.0",
        LTI + "deployment_id": tool.deployment_id,
        DEEP_LINKING + "content_items": items,
    }
    return key.sign({**claims, **changes})


def ask_token(
    moodle: MoodleStandIn, tool: Tool, key: SigningKey, scope: str, **changes: object
) -> requests.Response:
    """Return the answer to a right request for a token, but for the changes of the form."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion(moodle, tool, key),
        "scope": scope,
    }
    data = {name: value for name, value in {**form, **changes}.items() if value is not None}
    return requests.post(f"{moodle.issuer}/mod/lti/token.php", data=data, timeout=30)


def ask_members(
    url: str, token: str, accept: str = MEDIA_TYPE, **query: object
) -> requests.Response:
    """Return the answer to a request for members."""
    headers = {"Authorization": f"Bearer {token}", "Accept": accept}
    return requests.get(url, headers=headers, params=query, timeout=30)
