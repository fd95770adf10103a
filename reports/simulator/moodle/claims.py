"""What a launch tells the tool: the claims of its id_token.

Two messages: a resource link (an activity is opened) and deep linking (a teacher selects content).
Names, spellings and quirks are Moodle's, as observed on 4.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from reports.simulator.moodle.custom import custom_parameters
from reports.simulator.moodle.moodle_site import MoodleSite
from reports.simulator.moodle.records import Activity, Course, Person, Sharing, Tool

Message = Literal["resource", "deep"]
Container = Literal["iframe", "window", "frame"]

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
MEMBERSHIPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
GRADES_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
MEMBERSHIPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
GRADES_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
ADMIN_ROLES = (
    "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
    "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
)
RELEASE = "2024100706"  # Moodle 4.5.6


@dataclass(frozen=True, slots=True)
class Launch:
    """Who opens what, and where."""

    tool: Tool
    course: Course
    person: Person
    activity: Activity | None  # None: content is selected
    container: Container
    return_url: str  # of the launch, or of the selection


def may_enter(site: MoodleSite, course: Course, person: Person) -> bool:
    """Say whether somebody may open a course: suspended people and outsiders may not."""
    enrolment = site.enrolment(course.id, person.id)
    return person.is_admin or (enrolment is not None and not enrolment.is_suspended)


def may_add_activities(site: MoodleSite, course: Course, person: Person) -> bool:
    """Say whether somebody may select content: a non-editing teacher may not."""
    enrolment = site.enrolment(course.id, person.id)
    is_editing = enrolment is not None and enrolment.role == "editingteacher"
    return may_enter(site, course, person) and (person.is_admin or is_editing)


def launch_claims(site: MoodleSite, issuer: str, launch: Launch) -> dict[str, Any]:
    """Return all claims but nonce, iat and exp."""
    tool, course, person, activity = launch.tool, launch.course, launch.person, launch.activity
    roles = launch_roles(site, launch)
    custom = {**tool.custom, **(activity.custom if activity else {})}
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": tool.client_id,
        "sub": str(person.id),
        LTI + "deployment_id": tool.deployment_id,
        LTI + "version": "1.3.0",
        LTI + "roles": roles,
        LTI + "context": {
            "id": str(course.id),
            "label": course.short_name,
            "title": course.full_name,
            "type": ["CourseSection"],
        },
        LTI + "lis": {
            "person_sourcedid": person.idnumber,
            "course_section_sourcedid": course.idnumber,
        },
        LTI + "launch_presentation": {
            "locale": person.language,
            "document_target": launch.container,
            "return_url": launch.return_url,
        },
        LTI + "tool_platform": {
            "product_family_code": "moodle",
            "version": RELEASE,
            "guid": issuer.partition("://")[2],
            "name": site.short_name,
            "description": site.name,
        },
        LTI + "custom": custom_parameters(
            custom, person=person, course=course, activity=activity, roles=",".join(roles)
        ),
    }
    claims |= _identity(launch)
    claims |= _services(site, issuer, launch)
    return claims | (_resource_link(tool, activity) if activity else _deep_linking(launch))


def launch_roles(site: MoodleSite, launch: Launch) -> list[str]:
    """Return full URIs. A non-editing teacher may manage an activity, and is an Instructor here."""
    enrolment = site.enrolment(launch.course.id, launch.person.id)
    is_learner = enrolment is None or enrolment.role == "student"
    if launch.person.is_admin:
        return [ROLE + "Instructor", *ADMIN_ROLES]
    return [ROLE + ("Learner" if is_learner else "Instructor")]


def shares(sharing: Sharing, chosen: bool | None) -> bool:
    """Say whether a field is shared: `chosen` is the activity's choice, None without activity."""
    return sharing == "always" or (sharing == "delegate" and bool(chosen))


def _identity(launch: Launch) -> dict[str, Any]:
    tool, person, activity = launch.tool, launch.person, launch.activity
    ext = {"lms": "moodle-2"}
    claims: dict[str, Any] = {LTI + "ext": ext}
    if shares(tool.names, activity.share_names if activity else None):
        ext["user_username"] = person.username
        claims |= {
            "name": person.name,
            "given_name": person.given_name,
            "family_name": person.family_name,
        }
    if shares(tool.emails, activity.share_emails if activity else None):
        claims["email"] = person.email
    return claims


def _resource_link(tool: Tool, activity: Activity) -> dict[str, Any]:
    return {
        LTI + "message_type": "LtiResourceLinkRequest",
        LTI + "target_link_uri": activity.url or tool.tool_url,
        LTI + "resource_link": {
            "id": str(activity.id),
            "title": activity.title,
            "description": activity.description,
        },
    }


def _deep_linking(launch: Launch) -> dict[str, Any]:
    return {
        LTI + "message_type": "LtiDeepLinkingRequest",
        LTI + "target_link_uri": launch.tool.deep_link_url or launch.tool.tool_url,
        DEEP_LINKING + "deep_linking_settings": {
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["frame", "iframe", "window"],
            "accept_multiple": True,
            "accept_copy_advice": False,
            "accept_unsigned": False,
            "auto_create": False,
            "can_confirm": False,
            "deep_link_return_url": launch.return_url,
            "title": "",
            "text": "",
        },
    }


def _services(site: MoodleSite, issuer: str, launch: Launch) -> dict[str, Any]:
    tool, course, activity = launch.tool, launch.course, launch.activity
    claims: dict[str, Any] = {}
    # Only where the tool is used already: a first selection of content goes without.
    if tool.memberships and site.activities_in(course.id, tool.id):
        claims[MEMBERSHIPS_CLAIM] = {
            "context_memberships_url": memberships_url(issuer, course, tool),
            "service_versions": ["1.0", "2.0"],
        }
    if tool.grades != "none":
        line_items = f"{issuer}/mod/lti/services.php/{course.id}/lineitems"
        endpoint: dict[str, Any] = {
            "scope": grade_scopes(tool),
            "lineitems": f"{line_items}?type_id={tool.id}",
        }
        if activity is not None and activity.line_item_id is not None:
            endpoint["lineitem"] = (
                f"{line_items}/{activity.line_item_id}/lineitem?type_id={tool.id}"
            )
        claims[GRADES_CLAIM] = endpoint
    return claims


def memberships_url(issuer: str, course: Course, tool: Tool) -> str:
    """Return where the course's members are listed for the tool."""
    return f"{issuer}/mod/lti/services.php/CourseSection/{course.id}/bindings/{tool.id}/memberships"


def grade_scopes(tool: Tool) -> list[str]:
    """Return the scopes of grades that the tool is granted."""
    if tool.grades == "none":
        return []
    names = ["lineitem.readonly", "result.readonly", "score"]
    return [
        GRADES_SCOPE + name for name in (["lineitem", *names] if tool.grades == "full" else names)
    ]


def granted_scopes(tool: Tool) -> list[str]:
    """Return every scope that the tool may ask a token for."""
    return grade_scopes(tool) + ([MEMBERSHIPS_SCOPE] if tool.memberships else [])
