"""What a verified launch tells, as plain data. Whether it may be believed is `verification`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive

from reports.models import CourseRole, MoodleTool
from reports.moodle.refusals import LaunchRefused

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERSHIPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
RESOURCE_LINK_REQUEST = "LtiResourceLinkRequest"
DEEP_LINKING_REQUEST = "LtiDeepLinkingRequest"
LONGEST_ID = 64  # characters; Moodle's ids are numbers
MOST_ORIGINS = 50  # courses that a course was copied from, one after the other
SITE_ADMINISTRATOR_ROLES = {
    "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
    "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
}
_COURSE_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
_INSTRUCTORS = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#"  # such as assistants


@dataclass(frozen=True)
class Launch:
    """What a verified launch tells. Texts are "" where Moodle gave none."""

    tool: MoodleTool
    subject: str  # Moodle's user id
    role: CourseRole | None
    given_name: str
    family_name: str
    email: str
    user_name: str
    is_user_name_sure: bool  # Moodle's own word; else a parameter, which a teacher might have set
    course_id: str
    title: str
    short_name: str
    id_number: str
    copied_from: tuple[str, ...]
    starts_at: datetime | None
    ends_at: datetime | None
    memberships_url: str
    resource_link_id: str
    custom: Mapping[str, str]
    locale: str
    target: str  # "iframe", "window" or "frame"
    deep_linking: Mapping[str, Any] | None


def read_launch(claims: Mapping[str, Any], tool: MoodleTool) -> Launch:
    """Return what the verified claims tell.

    Raises: LaunchRefused for a message that is no launch, and for ids that can't be Moodle's.
    """
    message = claims.get(CLAIM + "message_type")
    if message not in (RESOURCE_LINK_REQUEST, DEEP_LINKING_REQUEST):
        raise LaunchRefused("invalid", "another message than a launch")
    custom = {str(key): _known(value) for key, value in _part(claims, CLAIM + "custom").items()}
    context = _part(claims, CLAIM + "context")
    lis = _part(claims, CLAIM + "lis")
    presentation = _part(claims, CLAIM + "launch_presentation")
    subject = _id(claims.get("sub"))
    if not subject:
        raise LaunchRefused("invalid", "nobody is named")
    user_name = plain_text(_part(claims, CLAIM + "ext").get("user_username"))
    return Launch(
        tool=tool,
        subject=subject,
        role=course_role(claims.get(CLAIM + "roles")),
        given_name=plain_text(claims.get("given_name")),
        family_name=plain_text(claims.get("family_name")),
        email=_email(claims.get("email")),
        user_name=user_name or custom.get("user_name", ""),
        is_user_name_sure=bool(user_name),
        course_id=_id(context.get("id")),
        title=plain_text(context.get("title")),
        short_name=plain_text(context.get("label")),
        id_number=plain_text(lis.get("course_section_sourcedid")),
        copied_from=_origins(custom.get("course_history", "")),
        starts_at=_moment(custom.get("course_start", "")),
        ends_at=_moment(custom.get("course_end", "")),
        memberships_url=_own_url(_part(claims, MEMBERSHIPS).get("context_memberships_url"), tool),
        resource_link_id=_id(_part(claims, CLAIM + "resource_link").get("id")),
        custom=custom,
        locale=plain_text(presentation.get("locale"))[:35],
        target=plain_text(presentation.get("document_target")),
        deep_linking=_part(claims, DEEP_LINKING) if message == DEEP_LINKING_REQUEST else None,
    )


def course_role(roles: object) -> CourseRole | None:
    """Return as whom the roles let somebody in, the one that may see most; None: as nobody.

    A role is compared whole: `membership/Learner#Instructor` is a learner's.
    """
    told = {role for role in roles if isinstance(role, str)} if isinstance(roles, list) else set()
    if SITE_ADMINISTRATOR_ROLES & told:
        return CourseRole.SITE_ADMINISTRATOR
    in_course = {role.removeprefix(_COURSE_ROLE) for role in told}  # or a short word
    if "Instructor" in in_course or any(role.startswith(_INSTRUCTORS) for role in told):
        return CourseRole.TEACHER
    return CourseRole.LEARNER if "Learner" in in_course else None


def _part(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = claims.get(name)
    return found if isinstance(found, Mapping) else {}


def plain_text(value: object) -> str:
    """Return the text without what a database can't keep: NULs and halves of characters."""
    if value is None:
        return ""
    return str(value).replace("\x00", "").encode(errors="replace").decode().strip()


def _id(value: object) -> str:
    """Return an id whole: cut short it might be another one's. Raises: LaunchRefused."""
    text = plain_text(value)
    if len(text) > LONGEST_ID:
        raise LaunchRefused("invalid", "an id that is too long")
    return text


def _email(value: object) -> str:
    text = plain_text(value)
    try:
        validate_email(text)
    except ValidationError:
        return ""
    return text if len(text) <= 254 else ""


def _own_url(value: object, tool: MoodleTool) -> str:
    """Return an address of the site; "" for another host's, which nobody is to be led to."""
    text = plain_text(value)
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    is_own = f"{parts.scheme}://{parts.netloc}" == tool.site.origin
    return text if is_own and len(text) <= 1000 else ""


def _origins(text: str) -> tuple[str, ...]:
    """Return the ids of courses, the latest origin first."""
    ids = [part.strip() for part in text.split(",")]
    return tuple(part for part in ids if part and len(part) <= LONGEST_ID)[:MOST_ORIGINS]


def _known(value: object) -> str:
    """Return a custom parameter; what Moodle doesn't know comes back as it was asked for."""
    text = plain_text(value)
    return "" if text.startswith("$") else text


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return None if found is None or is_naive(found) else found
