"""Which part of the site answers which path, and what a refusal looks like there.

Each endpoint belongs to a service, which is the name that a fault may single out: `jwks`, `auth`,
`token`, `configuration`, `registration`, `memberships`, or `pages` for what people see.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from reports.simulator.moodle import (
    control,
    course_pages,
    frame_pages,
    logins,
    manage_pages,
    memberships,
    registration,
    tokens,
)
from reports.simulator.moodle.exchange import Refusal, Request, Response, json_response
from reports.simulator.moodle.layout import asset, refusal_page
from reports.simulator.moodle.state import State

Answer = Callable[[State, Request], Response]
MEMBERSHIPS = re.compile(r"/mod/lti/services\.php/CourseSection/(\d+)/bindings/(\d+)/memberships")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Something that answers."""

    service: str
    answer: Answer
    refuse: Callable[[Refusal], Response] = refusal_page


def find(path: str) -> Endpoint:
    """Return what answers a path below the site's root; for others, what says that it's unknown."""
    if match := MEMBERSHIPS.fullmatch(path):
        course_id, tool_id = (int(number) for number in match.groups())
        members = partial(memberships.list_members, course_id=course_id, tool_id=tool_id)
        return Endpoint("memberships", members, _plain)
    return ENDPOINTS.get(path) or Endpoint("pages", _unknown)


def _plain(refusal: Refusal) -> Response:
    """Return a refusal for a program."""
    return Response(refusal.text.encode(), refusal.status, "text/html; charset=utf-8")


def _unknown(state: State, request: Request) -> Response:
    raise Refusal(404, "There is no such page.")


def _keys(state: State, request: Request) -> Response:
    return json_response(state.key.key_set())


def _configuration(state: State, request: Request) -> Response:
    return registration.configuration(state)


PAGES: dict[str, Answer] = {
    "/": course_pages.start,
    "/course/view.php": course_pages.course_page,
    "/course/mod.php": course_pages.add_activity,
    "/course/modedit.php": frame_pages.selection_page,
    "/mod/lti/view.php": frame_pages.activity_page,
    "/mod/lti/launch.php": frame_pages.launch,
    "/mod/lti/contentitem.php": frame_pages.select,
    "/mod/lti/contentitem_return.php": frame_pages.selected,
    "/mod/lti/return.php": frame_pages.come_back,
    "/mod/lti/toolconfigure.php": manage_pages.tools_page,
    "/mod/lti/addltiadvantage.php": manage_pages.registration_page,
    "/mod/lti/startltiadvregistration.php": manage_pages.start_registration,
    "/standin/standin.css": asset,
    "/standin/standin.js": asset,
}
ENDPOINTS = {
    "/mod/lti/certs.php": Endpoint("jwks", _keys),
    "/mod/lti/auth.php": Endpoint("auth", logins.authenticate),
    "/mod/lti/token.php": Endpoint("token", tokens.give_token),
    "/mod/lti/openid-configuration.php": Endpoint("configuration", _configuration),
    "/mod/lti/openid-registration.php": Endpoint("registration", registration.register, _plain),
    "/standin/tools": Endpoint("control", control.put_tool, _plain),
    **{path: Endpoint("pages", answer) for path, answer in PAGES.items()},
}
