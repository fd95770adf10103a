"""Names and roles: the members of a course, as far as a tool may know them.

Who teaches without editing is a Learner here, though an Instructor in a launch. Suspended people
and administrators who aren't enrolled are missing.
"""

from __future__ import annotations

from typing import Any

from reports.simulator.moodle.claims import LTI, MEMBERSHIPS_SCOPE, shares
from reports.simulator.moodle.exchange import Refusal, Request, Response, json_response
from reports.simulator.moodle.records import Activity, Enrolment, Person, Tool
from reports.simulator.moodle.state import State

MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


def list_members(state: State, request: Request, course_id: int, tool_id: int) -> Response:
    """Return a page of members. Raises Refusal: 400 by Accept, 401, 403, 404."""
    _check_accept(request)
    tool = _authorised(state, request, tool_id)
    try:
        course = state.site.course(course_id)
    except KeyError as error:
        raise Refusal(404, "There is no such course.") from error
    activity = _activity(state, request, course_id)
    members = [
        (person, enrolment)
        for person, enrolment in state.site.members(course_id)
        if _is_listed(request.value("role"), person, enrolment, activity)
    ]
    members.sort(key=lambda member: (member[0].family_name, member[0].given_name, member[0].id))
    here = f"{state.issuer}{request.path}"
    shown, headers = _page(request, members, here)
    content = {
        "id": here,
        "context": {
            "id": str(course.id),
            "label": course.short_name,
            "title": course.full_name,
        },
        "members": [_member(tool, activity, *member) for member in shown],
    }
    body = json_response(content).body
    return Response(body, 200, MEDIA_TYPE, headers)


def _check_accept(request: Request) -> None:
    accept = request.headers.get("accept", "")
    if accept != MEDIA_TYPE and "*/*" not in accept:
        raise Refusal(400, "Accept names no format that this service has.")


def _authorised(state: State, request: Request, tool_id: int) -> Tool:
    token = state.token(request.bearer())
    if token is None:
        raise Refusal(401, "No valid access token.")
    tool = state.site.tool(token.tool_id)
    if tool.id != tool_id or MEMBERSHIPS_SCOPE not in token.scopes or not tool.memberships:
        raise Refusal(403, "The token isn't for this.")
    return tool


def _activity(state: State, request: Request, course_id: int) -> Activity | None:
    """Return the activity of rlid, None without one. Raises Refusal 404 for a wrong one."""
    if not request.value("rlid"):
        return None
    try:
        activity = state.site.activity(request.number("rlid"))
    except KeyError as error:
        raise Refusal(404, "There is no such resource link.") from error
    if activity.course_id != course_id:
        raise Refusal(404, "There is no such resource link in this course.")
    return activity


def _is_listed(role: str, person: Person, enrolment: Enrolment, activity: Activity | None) -> bool:
    if enrolment.is_suspended or (activity is not None and person.id in activity.hidden_from):
        return False
    asked = role.removeprefix(VOCABULARY)
    return asked not in ("Instructor", "Learner") or asked == _role(enrolment)


def _role(enrolment: Enrolment) -> str:
    return "Instructor" if enrolment.role == "editingteacher" else "Learner"


def _page(
    request: Request, members: list[tuple[Person, Enrolment]], here: str
) -> tuple[list[tuple[Person, Enrolment]], dict[str, str]]:
    """Return the members of the asked page, and the header that links to the next one."""
    limit = request.number("limit")
    if not limit:
        return members, {}
    first = request.number("from")
    if first + limit >= len(members):
        return members[first:], {}
    following = f"{here}?limit={limit}&from={first + limit}"
    if request.value("rlid"):  # but not the role: it is lost
        following += f"&rlid={request.value('rlid')}"
    return members[first : first + limit], {"Link": f'<{following}>; rel="next"'}


def _member(
    tool: Tool, activity: Activity | None, person: Person, enrolment: Enrolment
) -> dict[str, Any]:
    member: dict[str, Any] = {
        "status": "Active",
        "roles": [_role(enrolment)],
        "user_id": str(person.id),
        "lis_person_sourcedid": person.idnumber,
    }
    if shares(tool.names, activity.share_names if activity else None):
        member |= {
            "name": person.name,
            "given_name": person.given_name,
            "family_name": person.family_name,
            "ext_user_username": person.username,
        }
    if shares(tool.emails, activity.share_emails if activity else None):
        member["email"] = person.email
    if activity is not None:
        member["message"] = [{LTI + "message_type": "LtiResourceLinkRequest"}]
    return member
