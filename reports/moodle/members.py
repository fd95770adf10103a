"""Who is in a course, as Moodle's names and roles service lists them: read whole or not at all.

Who is listed is asked for without the activity: its access rules would hide people. Where names or
addresses are not in that answer, it is asked again for the activity, which is how Moodle gives them
when the site leaves the sharing to teachers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pylti1p3.utils import add_param_to_url

from reports.models import Course, CourseRole, Enrolment
from reports.moodle.configuration import MEMBERSHIPS_SCOPE
from reports.moodle.launch import LONGEST_ID, course_role, plain_text
from reports.moodle.services import Service, ServiceRefused

ACCEPT = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"  # exactly, or Moodle says 400
PAGE_SIZE = 1000  # members: most courses come in one answer, in which nobody can be missed
MOST_PAGES = 500
# A field of ours, Moodle's name for it, and how long it may be.
FIELDS = (
    ("name", "name", 400),
    ("user_name", "ext_user_username", 200),
    ("email", "email", 400),
    ("id_number", "lis_person_sourcedid", 200),
)
SHARED = ("name", "email")  # what a site may keep to itself


@dataclass(frozen=True)
class Member:
    """Somebody in a course. `told` holds our fields that Moodle said anything about."""

    moodle_user_id: str
    kind: Enrolment.Kind
    told: dict[str, str]


def read_members(course: Course, service: Service) -> list[Member]:
    """Return everybody who is in the course now. Raises: ServiceRefused."""
    url = course.memberships_url
    found = _read(course, service, url)
    if course.resource_link_id and any(_is_hidden(member) for member in found.values()):
        named = _named(course, service, add_param_to_url(url, "rlid", course.resource_link_id))
        # Of whom the activity tells without a name, there is none to be told.
        nothing = {theirs: "" for _, theirs, _ in FIELDS}
        for user_id, member in named.items():
            if user_id in found:
                found[user_id] = nothing | found[user_id] | member
    return [_member(user_id, told) for user_id, told in found.items()]


def _named(course: Course, service: Service, url: str) -> dict[str, dict[str, Any]]:
    """Return what is told for the activity; nothing where the activity is gone."""
    try:
        return _read(course, service, url)
    except ServiceRefused as refused:
        if refused.reason in ("gone", "refused"):
            return {}
        raise


def _read(course: Course, service: Service, url: str) -> dict[str, dict[str, Any]]:
    """Return the active members by Moodle's id, out of all pages. Raises: ServiceRefused."""
    found: dict[str, dict[str, Any]] = {}
    asked: set[str] = set()
    following = add_param_to_url(
        url, "limit", PAGE_SIZE
    )  # never with a role: it is lost on the way
    while following:
        if following in asked or len(asked) >= MOST_PAGES or not _is_same(following, url):
            raise ServiceRefused("unreadable", "pages that lead nowhere")
        asked.add(following)
        body, following = service.page(following, scope=MEMBERSHIPS_SCOPE, accept=ACCEPT)
        for user_id, member in _listed(course, body):
            known = found.get(user_id, {"roles": []})  # one who moved from a page to the next
            roles = [*known["roles"], *member["roles"]]
            found[user_id] = known | member | {"roles": roles}
    return found


def _listed(course: Course, body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return a page's active members. Raises: ServiceRefused for anything but such a page."""
    members, context = body.get("members"), body.get("context")
    if not isinstance(members, list) or not all(isinstance(it, dict) for it in members):
        raise ServiceRefused("unreadable", "no list of members")
    if isinstance(context, dict) and plain_text(context.get("id")) not in ("", course.course_id):
        raise ServiceRefused("unreadable", "members of another course")
    listed = []
    for member in members:
        user_id = plain_text(member.get("user_id"))
        if not user_id or len(user_id) > LONGEST_ID or not isinstance(member.get("roles"), list):
            raise ServiceRefused("unreadable", "a member without an id or roles")
        if plain_text(member.get("status") or "Active") == "Active":
            listed.append((user_id, member))
    return listed


def _is_same(url: str, as_url: str) -> bool:
    """Return whether the address is the same service's: ours goes nowhere else with its token."""
    one, other = urlsplit(url), urlsplit(as_url)
    return (one.scheme, one.netloc, one.path) == (other.scheme, other.netloc, other.path)


def _is_hidden(member: dict[str, Any]) -> bool:
    return any(field not in member for field in SHARED)


def _member(user_id: str, told: dict[str, Any]) -> Member:
    """Return the member. Whoever is neither a teacher nor a learner is not to be present: staff."""
    is_learner = course_role(told["roles"]) == CourseRole.LEARNER
    kind = Enrolment.Kind.LEARNER if is_learner else Enrolment.Kind.STAFF
    fields = {
        ours: plain_text(told[theirs])[:longest]
        for ours, theirs, longest in FIELDS
        if theirs in told
    }
    return Member(user_id, kind, fields)
