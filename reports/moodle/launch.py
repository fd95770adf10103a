"""The id_token that a launch brings: verified, and read into plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from pylti1p3.contrib.django import DjangoCacheDataStorage, DjangoMessageLaunch
from pylti1p3.contrib.django.request import DjangoRequest
from pylti1p3.exception import LtiException, LtiInvalidNonceException, LtiKeyException

from reports.models import CourseRole, MoodleTool
from reports.moodle.handshake import StateCookie, UsedOnce
from reports.moodle.refusals import LaunchRefused
from reports.moodle.tools import MoodleConnection, SiteTools, find_tool

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERSHIPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
DEEP_LINKING_REQUEST = "LtiDeepLinkingRequest"
ALGORITHMS = ["RS256"]  # what Moodle signs with
CLOCK_SKEW = 30  # seconds
KEYS_KEPT = 2 * 3600  # seconds
KEYS_ASKED_AGAIN = 60  # seconds between two times of asking anew, whoever sends broken tokens
SITE_ADMINISTRATOR_ROLES = {
    "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
    "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
}
_COURSE_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership"


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


class _Message(DjangoMessageLaunch):
    """The library's checks, with exp, aud, azp and the algorithm checked strictly."""

    _public_key_cache_data_storage: Any

    def validate_jwt_signature(self) -> _Message:
        try:
            self._check_signature()
        except (LtiKeyException, jwt.InvalidSignatureError, jwt.InvalidKeyError):
            if not self._may_ask_again():
                raise
            self._forget_keys()  # Moodle may have new ones
            self._check_signature()
        return self

    def _check_signature(self) -> None:
        key, _algorithm = self.get_public_key()
        claims = jwt.decode(
            self._get_id_token(),
            key,
            algorithms=ALGORITHMS,
            audience=self._registration.get_client_id(),
            issuer=self._registration.get_issuer(),
            leeway=CLOCK_SKEW,
            options={"require": ["exp", "iat", "sub", "aud", "iss", "nonce"]},
        )
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        party = claims.get("azp")
        if (several or party is not None) and party != self._registration.get_client_id():
            raise jwt.InvalidAudienceError("azp is not this client")

    def _may_ask_again(self) -> bool:
        url = self._registration.get_key_set_url()
        return bool(cache.add(f"moodle-keys-asked-{url}", True, KEYS_ASKED_AGAIN))

    def _forget_keys(self) -> None:
        self._registration.set_key_set(None)
        storage, self._public_key_cache_data_storage = self._public_key_cache_data_storage, None
        found = self.fetch_public_key(self._registration.get_key_set_url())
        self._registration.set_key_set(found)
        self._public_key_cache_data_storage = storage


def verified_launch(request: HttpRequest) -> Launch:
    """Return what the posted id_token tells.

    Raises: LaunchRefused. State and nonce are used up whatever comes of it.
    """
    if request.POST.get("error"):
        told = request.POST.get("error_description") or request.POST["error"]
        raise LaunchRefused("refused_there", told[:500])
    parameters = DjangoRequest(request, post_only=True)
    state = request.POST.get("state", "")
    cookie, service = StateCookie(request), UsedOnce(parameters, state)
    if not state or cookie.get_cookie(state) != state:
        raise LaunchRefused("other_browser")
    message = _Message(
        parameters,
        SiteTools(),
        session_service=service,
        cookie_service=cookie,
        requests_session=MoodleConnection(),
    )
    message.set_public_key_caching(DjangoCacheDataStorage(), cache_lifetime=KEYS_KEPT)
    try:
        message.validate()
    except LtiInvalidNonceException as error:
        raise LaunchRefused("over", str(error)) from error
    except LtiKeyException as error:
        raise LaunchRefused("unreachable", str(error)) from error
    except (LtiException, jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        raise LaunchRefused("invalid", str(error)) from error
    return _read(message.get_launch_data())


def _read(claims: Mapping[str, Any]) -> Launch:
    custom = {str(key): _known(value) for key, value in _part(claims, CLAIM + "custom").items()}
    context = _part(claims, CLAIM + "context")
    lis = _part(claims, CLAIM + "lis")
    presentation = _part(claims, CLAIM + "launch_presentation")
    is_deep = claims.get(CLAIM + "message_type") == DEEP_LINKING_REQUEST
    audience = claims["aud"]
    client_id = audience[0] if isinstance(audience, list) else audience
    user_name = _text(_part(claims, CLAIM + "ext").get("user_username"))
    return Launch(
        tool=find_tool(claims["iss"], client_id),
        subject=_text(claims["sub"]),
        role=course_role(claims.get(CLAIM + "roles") or []),
        given_name=_text(claims.get("given_name")),
        family_name=_text(claims.get("family_name")),
        email=_text(claims.get("email")),
        user_name=user_name or custom.get("user_name", ""),
        course_id=_text(context.get("id")),
        title=_text(context.get("title")),
        short_name=_text(context.get("label")),
        id_number=_text(lis.get("course_section_sourcedid")),
        copied_from=tuple(filter(None, custom.get("course_history", "").split(","))),
        starts_at=_moment(custom.get("course_start", "")),
        ends_at=_moment(custom.get("course_end", "")),
        memberships_url=_text(_part(claims, MEMBERSHIPS).get("context_memberships_url")),
        resource_link_id=_text(_part(claims, CLAIM + "resource_link").get("id")),
        custom=custom,
        locale=_text(presentation.get("locale")),
        target=_text(presentation.get("document_target")),
        deep_linking=_part(claims, DEEP_LINKING) if is_deep else None,
    )


def course_role(roles: list[str]) -> CourseRole | None:
    """Return as whom the roles let somebody in, the one that may see most; None: as nobody."""
    if SITE_ADMINISTRATOR_ROLES & set(roles):
        return CourseRole.SITE_ADMINISTRATOR
    in_course = {role.rpartition("#")[2] for role in roles if _is_of_course(role)}
    if in_course & {"Instructor"} or any(f"{_COURSE_ROLE}/Instructor#" in role for role in roles):
        return CourseRole.TEACHER
    return CourseRole.LEARNER if "Learner" in in_course else None


def _is_of_course(role: str) -> bool:
    return role.startswith(_COURSE_ROLE) or "/" not in role  # short words are of the course


def _part(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = claims.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(value: object) -> str:
    """Return the text without what a database can't keep."""
    return "" if value is None else str(value).replace("\x00", "").strip()


def _known(value: object) -> str:
    """Return a custom parameter; what Moodle doesn't know comes back as it was asked for."""
    text = _text(value)
    return "" if text.startswith("$") else text


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return None if found is None or is_naive(found) else found
