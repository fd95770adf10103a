"""A request and an answer as the stand-in's parts see them, and the pages that post themselves.

No socket is touched here: `standin` turns bytes into a `Request` and a `Response` into bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlencode

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived."""

    method: str
    path: str  # below the site's root, with a leading slash
    query: Mapping[str, str]
    form: Mapping[str, str]  # of a URL-encoded body
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""

    def value(self, name: str) -> str:
        """Return a parameter of the body or the query string, empty without it."""
        return self.form.get(name, self.query.get(name, ""))

    def number(self, name: str) -> int:
        """Return a parameter that is an id, 0 without it or if it is none."""
        text = self.value(name)
        return int(text) if text.isdecimal() else 0

    def bearer(self) -> str:
        """Return the bearer token, empty without one."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme == "Bearer" else ""

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object. Raises Refusal 400."""
        try:
            content = json.loads(self.body)
        except ValueError as error:
            raise Refusal(400, "The body is no JSON.") from error
        if not isinstance(content, dict):
            raise Refusal(400, "The body is no JSON object.")
        return content


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out."""

    body: bytes = b""
    status: int = 200
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """The site refuses with a status and a sentence; nothing is posted to any tool."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class PostForm:
    """A form that a browser posts by itself."""

    action: str
    fields: Mapping[str, str]

    def as_url(self) -> str:
        """Return the address that sends the same by GET."""
        return f"{self.action}{'&' if '?' in self.action else '?'}{urlencode(self.fields)}"

    def page(self, title: str) -> Response:
        """Return the page that posts the form as soon as it is loaded."""
        inputs = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">\n'
            for name, value in self.fields.items()
        )
        page = (
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            f"<title>{escape(title)}</title></head><body>\n"
            f'<form method="post" action="{escape(self.action)}" id="form">\n{inputs}'
            "<noscript><button>Continue</button></noscript></form>\n"
            '<script>document.getElementById("form").submit();</script>\n</body></html>\n'
        )
        return Response(page.encode())


def json_response(content: object, *, status: int = 200, content_type: str = JSON) -> Response:
    """Return an answer in JSON."""
    return Response(json.dumps(content, indent=1).encode(), status, content_type)


def redirect(url: str) -> Response:
    """Return an answer that sends the browser on with a GET."""
    return Response(b"", 303, headers={"Location": url})
