"""A launch walked without a real browser: what a browser would post and follow, by requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from typing import Any

import requests

from reports.simulator.moodle.exchange import PostForm

SECONDS = 30


class Browser:
    """Somebody's browser: keeps the tool's cookies from one launch to the next."""

    def __init__(
        self, launch_form: Callable[..., PostForm], authorize: Callable[[str], PostForm]
    ) -> None:
        self.session = requests.Session()
        self._launch_form = launch_form
        self._authorize = authorize

    def launch(self, course_id: int, user_id: int, **settings: Any) -> requests.Response:
        """Return the tool's last answer, redirects followed. Settings are launch_form's."""
        start = self._launch_form(course_id, user_id, **settings)
        sent_on = self.session.post(
            start.action, data=dict(start.fields), allow_redirects=False, timeout=SECONDS
        )
        if "Location" not in sent_on.headers:
            return sent_on  # the tool refused already
        back = self._authorize(sent_on.headers["Location"])
        return self.session.post(back.action, data=dict(back.fields), timeout=SECONDS)


def posted_form(answer: requests.Response) -> PostForm | None:
    """Return the form that a page posts by itself, None if there is none."""
    reader = _FormReader()
    reader.feed(answer.text)
    return PostForm(reader.action, reader.fields) if reader.action is not None else None


def sentence_of(answer: requests.Response) -> str:
    """Return what a page of the site's own says to the person."""
    found = re.search('<p id="refusal">(.*?)</p>', answer.text)
    return unescape(found[1]) if found else answer.text


class _FormReader(HTMLParser):
    """Finds the form that PostForm.page writes, by its id."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form" and values.get("id") == "form":
            self.action = values.get("action", "")
        if tag == "input" and self.action is not None:
            self.fields[values.get("name", "")] = values.get("value", "")
