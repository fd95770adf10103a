"""contentitem_return.php: what a tool's selection of content becomes. Only resource links count."""

from __future__ import annotations

from typing import Any

from reports.simulator.moodle.claims import DEEP_LINKING, LTI, may_add_activities
from reports.simulator.moodle.exchange import Refusal, Request
from reports.simulator.moodle.keys import BadSignature
from reports.simulator.moodle.records import Activity, Tool
from reports.simulator.moodle.state import State


def take_selection(state: State, request: Request) -> tuple[list[Activity], str]:
    """Return the activities that were made, and the tool's message to the person.

    Raises Refusal: for a JWT that isn't the tool's, a wrong session key, other items, and with
    the tool's own words when it reports an error.
    """
    tool = _tool(state, request)
    try:
        claims = state.tool_keys.read(
            tool, request.form.get("JWT", ""), audience=state.issuer, now=state.now()
        )
    except BadSignature as error:
        raise Refusal(404, f"The tool's answer can't be trusted: {error}") from error
    expected = {
        "iss": tool.client_id,
        LTI + "message_type": "LtiDeepLinkingResponse",
        LTI + "version": "1.3.0",
        LTI + "deployment_id": tool.deployment_id,
    }
    for name, value in expected.items():
        if claims.get(name) != value:
            raise Refusal(404, f"The tool's answer has {claims.get(name)!r} as {name}.")
    if claims.get(DEEP_LINKING + "errormsg"):
        raise Refusal(400, str(claims[DEEP_LINKING + "errormsg"]))
    items = claims.get(DEEP_LINKING + "content_items", [])
    if any(item.get("type") != "ltiResourceLink" for item in items):
        raise Refusal(400, "Only items of the type ltiResourceLink can be added.")
    course_id = request.number("course")
    made = [_add(state, course_id, tool, item) for item in items]
    return made, str(claims.get(DEEP_LINKING + "msg", ""))


def _tool(state: State, request: Request) -> Tool:
    begun = state.of_session_key(request.value("sesskey"))
    way_back = (request.number("course"), request.number("id"), None)
    if begun is None or (begun.course_id, begun.tool_id, begun.activity_id) != way_back:
        raise Refusal(404, "Your session has most likely timed out.")
    try:
        tool, course = state.site.tool(begun.tool_id), state.site.course(begun.course_id)
        person = state.site.person(begun.user_id)
    except KeyError as error:
        raise Refusal(404, "The tool or the course no longer exists.") from error
    if not may_add_activities(state.site, course, person):
        raise Refusal(403, "You can't add activities in this course.")
    return tool


def _add(state: State, course_id: int, tool: Tool, item: dict[str, Any]) -> Activity:
    activity = state.site.add_activity(
        course_id,
        tool.id,
        item.get("title") or tool.name,
        description=item.get("text", ""),
        url=item.get("url", ""),
        custom={key: str(value) for key, value in item.get("custom", {}).items()},
    )
    if "lineItem" in item and tool.grades != "none":
        # The item of the grade book has an id of its own, unlike the activity's.
        return state.site.change_activity(activity.id, line_item_id=1000 + activity.id)
    return activity
