"""The stand-in as a whole: a Moodle-like site that runs on this machine until its block ends.

It listens on 127.0.0.1 and calls itself localhost, so that for a browser it is another site than a
tool at 127.0.0.1, as a real Moodle is. What is asked and answered is in `endpoints`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import jwt
import requests

from reports.simulator.faults import Fault, Faults
from reports.simulator.listener import Handler, Service
from reports.simulator.moodle import endpoints, registration
from reports.simulator.moodle.browser import Browser, posted_form, sentence_of
from reports.simulator.moodle.claims import Container, Message
from reports.simulator.moodle.exchange import PostForm, Refusal, Request, Response
from reports.simulator.moodle.keys import SigningKey
from reports.simulator.moodle.logins import initiation
from reports.simulator.moodle.moodle_site import MoodleSite
from reports.simulator.moodle.records import Tool
from reports.simulator.moodle.state import State

PUBLIC_HOST = "localhost"
KEPT_REQUESTS = 1000


class MoodleStandIn(Service):
    """A running site. What `site` holds, `faults`, the key and the clock may change meanwhile."""

    def __init__(
        self,
        site: MoodleSite,
        port: int = 0,
        path: str = "",  # below which the site lies, as /moodle
        host: str = PUBLIC_HOST,
        faults: Faults | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(port, _Handler)
        self.faults = faults or Faults()
        self.instead: dict[str, Response] = {}  # by path below the root: what is answered there
        self.state = State(site, clock)
        self._host = host
        self._root = f"/{path.strip('/')}" if path.strip("/") else ""
        self._recorded: deque[Request] = deque(maxlen=KEPT_REQUESTS)

    def start(self) -> Self:
        """Start to answer. Raises OSError if the port is in use."""
        super().start()
        self.state.issuer = f"http://{self._host}:{self.port}{self._root}"
        return self

    # --- The site -------------------------------------------------------------------------------

    @property
    def site(self) -> MoodleSite:
        """What the site consists of."""
        return self.state.site

    @property
    def issuer(self) -> str:
        """The site's address, which is its `iss`. Raises RuntimeError before the first start."""
        if not self.state.issuer:
            raise RuntimeError("The stand-in hasn't been started: use it in a with block.")
        return self.state.issuer

    @property
    def root(self) -> str:
        """The path below which the site lies, empty or with a leading slash."""
        return self._root

    @property
    def requests(self) -> list[Request]:
        """The latest requests, oldest first; their paths are those below the site's root."""
        return list(self._recorded)

    def record(self, request: Request) -> None:
        """Add a request to the list."""
        self._recorded.append(request)

    def rotate_key(self) -> None:
        """Sign with a new key; the old one is no longer published."""
        self.state.key = SigningKey()

    def forget_tokens(self) -> None:
        """Let every access token given so far be refused."""
        self.state.forget_tokens()

    @property
    def blocks_private_hosts(self) -> bool:
        """Whether the site refuses to fetch keys from this machine, as Moodle does by default."""
        return self.state.tool_keys.blocks_private_hosts

    @blocks_private_hosts.setter
    def blocks_private_hosts(self, blocks: bool) -> None:
        self.state.tool_keys.blocks_private_hosts = blocks

    @property
    def clock_offset_seconds(self) -> float:
        """By how much the site's clock is fast."""
        return self.state.clock_offset_seconds

    @clock_offset_seconds.setter
    def clock_offset_seconds(self, seconds: float) -> None:
        self.state.clock_offset_seconds = seconds

    # --- Tools ----------------------------------------------------------------------------------

    def register_tool(
        self,
        *,
        tool_url: str,
        login_url: str,
        redirect_urls: tuple[str, ...],
        name: str = "Rollcall",
        **settings: Any,
    ) -> Tool:
        """Return a tool that was registered by hand, active at once. Settings are those of Tool."""
        return self.site.add_tool(
            name=name,
            tool_url=tool_url,
            login_url=login_url,
            redirect_urls=redirect_urls,
            **settings,
        )

    def start_registration(self, registration_url: str) -> str:
        """Return what an administrator's browser opens to let a tool register itself."""
        return registration.start_url(self.state, registration_url)

    # --- Launches, as a browser would make them -------------------------------------------------

    def launch_form(
        self,
        course_id: int,
        user_id: int,
        activity_id: int | None = None,
        message: Message = "resource",
        tool_id: int | None = None,
        container: Container = "iframe",
    ) -> PostForm:
        """Return the OIDC initiation, to be posted to the tool.

        Without an activity, the course's first one is opened, and made if there is none; without
        a tool, it is the site's first. Raises PageShown where Moodle doesn't let them in.
        """
        tool = self._tool(tool_id)
        activity = None
        if activity_id is not None:
            activity = self.site.activity(activity_id)
            tool = self.site.tool(activity.tool_id)
        elif message == "resource":
            known = self.site.activities_in(course_id, tool.id)
            activity = known[0] if known else self.site.add_activity(course_id, tool.id)
        try:
            return initiation(
                self.state,
                tool=tool,
                course=self.site.course(course_id),
                person=self.site.person(user_id),
                activity=activity,
                container=container,
            )
        except Refusal as refusal:
            raise PageShown(refusal.status, refusal.text) from refusal

    def authorize(self, url: str) -> PostForm:
        """Go where the tool sent the browser; return what is posted back to the tool.

        Raises PageShown where Moodle shows a page of its own instead.
        """
        answer = requests.get(url, timeout=30, headers={"Connection": "close"})
        form = posted_form(answer)
        if form is None:
            raise PageShown(answer.status_code, sentence_of(answer))
        return form

    def browser(self) -> Browser:
        """Return a browser that walks launches against a tool that runs for real."""
        return Browser(self.launch_form, self.authorize)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return any claims as a JWT of the site's own: for forgeries."""
        return self.state.key.sign(claims)

    def claims_of(self, token: str) -> dict[str, Any]:
        """Return the claims of a JWT of the site's own, unchecked."""
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        return claims

    def _tool(self, tool_id: int | None) -> Tool:
        if tool_id is not None:
            return self.site.tool(tool_id)
        tools = self.site.tools
        if not tools:
            raise LookupError("The site knows no tool yet.")
        return tools[0]


class PageShown(Exception):
    """Moodle shows a page of its own instead of going on to the tool."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status
        self.text = text


class _Handler(Handler):
    server_version = "Moodle-stand-in"

    def respond(self, body: bytes) -> None:
        moodle: MoodleStandIn = self.server.service
        headers = dict(self.headers.items())
        request = read_request(self.command, self.path, headers, body, root=moodle.root)
        if request is None:
            self.send(404, b"Nothing of the site lies here.\n", "text/plain")
            return
        moodle.record(request)
        endpoint = endpoints.find(request.path)

        def fires(kind: str) -> Fault | None:
            return moodle.faults.fires(kind, service=endpoint.service)

        if self.fail_instead(fires):
            return
        try:
            other = moodle.instead.get(request.path)
            response = other or endpoint.answer(moodle.state, request)
        except Refusal as refusal:
            response = endpoint.refuse(refusal)
        self.send(response.status, response.body, response.content_type, response.headers)


def read_request(
    method: str, path: str, headers: Mapping[str, str], body: bytes, *, root: str
) -> Request | None:
    """Return what arrived, its parameters read; None for a path that isn't below the root."""
    parts = urlsplit(path)
    inside = parts.path.removeprefix(root) or "/"
    if not parts.path.startswith(root) or not inside.startswith("/"):
        return None
    names = {name.lower(): value for name, value in headers.items()}
    form: dict[str, str] = {}
    if names.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(body.decode("utf-8", errors="replace"), keep_blank_values=True))
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Request(method, inside, query, form, names, body)
