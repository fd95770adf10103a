"""Single sign-on: the OIDC initiation, and auth.php, which answers with an id_token.

Who somebody is follows from the launch that they began, not from a cookie: the stand-in asks
nobody to sign in. All else is refused as Moodle does: where the tool or the address to answer to
isn't certain, with a page of its own; else by a post to the tool with error and description.
"""

from __future__ import annotations

import json
from urllib.parse import urlencode

from reports.simulator.moodle.claims import (
    Container,
    Launch,
    launch_claims,
    may_add_activities,
    may_enter,
)
from reports.simulator.moodle.exchange import PostForm, Refusal, Request, Response
from reports.simulator.moodle.records import Activity, Course, Person, Tool
from reports.simulator.moodle.state import Begun, State

ID_TOKEN_SECONDS = 60
NEEDED = ("scope", "response_type", "client_id", "redirect_uri", "login_hint", "nonce")


class LoginError(Exception):
    """An error that the tool is told of: OAuth's word, and a description or nothing."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.description = description


def initiation(
    state: State,
    *,
    tool: Tool,
    course: Course,
    person: Person,
    activity: Activity | None,
    container: Container,
) -> PostForm:
    """Return the form that begins a launch; without activity, a selection of content.

    Raises Refusal for somebody who may not, and for a tool that isn't active.
    """
    _allow(state, course, person, activity)
    if not tool.is_active:
        raise Refusal(404, "This tool isn't active.")
    if activity is None and tool.deep_link_url is None:
        raise Refusal(404, "This tool offers no selection of content.")
    begun = Begun(tool.id, course.id, person.id, activity.id if activity else None, container)
    hint: dict[str, object] = {"launchid": state.begin_launch(begun)}
    target = tool.deep_link_url or tool.tool_url
    if activity is not None:
        hint = {"cmid": str(activity.id), **hint}
        target = activity.url or tool.tool_url
    return PostForm(
        tool.login_url,
        {
            "iss": state.issuer,
            "target_link_uri": target,
            "login_hint": str(person.id),
            "lti_message_hint": json.dumps(hint, separators=(",", ":")),
            "client_id": tool.client_id,
            "lti_deployment_id": tool.deployment_id,
        },
    )


def authenticate(state: State, request: Request) -> Response:
    """Return the page that posts id_token and state, or an error, to the tool. Raises Refusal."""
    if not all(request.value(name) for name in NEEDED):
        missing = next(name for name in NEEDED if not request.value(name))
        raise Refusal(404, f"Invalid request: {missing} is missing.")
    begun = state.use_launch(_launch_id(request.value("lti_message_hint")))
    if begun is None:
        raise Refusal(404, "Invalid request: this launch is unknown, or was used already.")
    tool = next((tool for tool in state.site.tools if tool.id == begun.tool_id), None)
    if tool is None or request.value("redirect_uri") not in tool.redirect_urls:
        raise Refusal(404, "Invalid request: the address to answer to isn't the tool's.")
    try:
        _check(request, tool, begun)
        fields = {"id_token": _id_token(state, begun, tool, request.value("nonce"))}
    except LoginError as error:
        fields = {"error": error.error}
        if error.description:
            fields["error_description"] = error.description
    if request.value("state"):
        fields["state"] = request.value("state")
    return PostForm(request.value("redirect_uri"), fields).page("Opening the tool")


def _launch_id(hint: str) -> str:
    try:
        return str(json.loads(hint)["launchid"])
    except (ValueError, TypeError, KeyError) as error:
        raise Refusal(404, "Invalid request: no launch id in the message hint.") from error


def _check(request: Request, tool: Tool, begun: Begun) -> None:
    if request.value("scope") != "openid":
        raise LoginError("invalid_scope")
    if request.value("response_type") != "id_token":
        raise LoginError("unsupported_response_type")
    if request.value("client_id") != tool.client_id:
        raise LoginError("unauthorized_client")
    if request.value("login_hint") != str(begun.user_id):
        raise LoginError("access_denied")
    if request.value("response_mode") != "form_post":
        given = "Invalid" if request.value("response_mode") else "Missing"
        raise LoginError("invalid_request", f"{given} response_mode")
    if request.value("prompt") not in ("", "none"):
        raise LoginError("invalid_request", "Invalid prompt")


def _id_token(state: State, begun: Begun, tool: Tool, nonce: str) -> str:
    try:
        course = state.site.course(begun.course_id)
        person = state.site.person(begun.user_id)
        activity = None
        if begun.activity_id is not None:
            activity = state.site.activity(begun.activity_id)
    except KeyError as error:
        raise Refusal(404, "What was to be opened no longer exists.") from error
    _allow(state, course, person, activity)
    launch = Launch(tool, course, person, activity, begun.container, _return_url(state, begun))
    issued_at = int(state.now())
    claims = launch_claims(state.site, state.issuer, launch)
    times = {"iat": issued_at, "exp": issued_at + ID_TOKEN_SECONDS}
    return state.key.sign({**claims, **times, "nonce": nonce})


def _allow(state: State, course: Course, person: Person, activity: Activity | None) -> None:
    if not may_enter(state.site, course, person):
        raise Refusal(403, "You can't enter this course: you aren't enrolled, or are suspended.")
    if activity is None and not may_add_activities(state.site, course, person):
        raise Refusal(403, "You can't add activities in this course.")
    if activity is not None and person.id in activity.hidden_from and not person.is_admin:
        raise Refusal(403, "This activity isn't available to you.")


def _return_url(state: State, begun: Begun) -> str:
    key = state.session_key(begun)
    if begun.activity_id is None:
        query = {"course": begun.course_id, "id": begun.tool_id, "sesskey": key}
        return f"{state.issuer}/mod/lti/contentitem_return.php?{urlencode(query)}"
    query = {"course": begun.course_id, "instanceid": begun.activity_id, "sesskey": key}
    return f"{state.issuer}/mod/lti/return.php?{urlencode(query)}"
