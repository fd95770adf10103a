"""The id_token that a launch brings: checked before anything of it is believed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt
from django.http import HttpRequest
from django.utils import timezone
from pylti1p3.contrib.django import DjangoMessageLaunch
from pylti1p3.contrib.django.request import DjangoRequest
from pylti1p3.exception import LtiException

from reports.models import LaunchState
from reports.moodle.handshake import StateCookie, UsedOnce, use_up
from reports.moodle.launch import CLAIM, DEEP_LINKING, Launch, read_launch
from reports.moodle.refusals import LaunchRefused
from reports.moodle.site_keys import (
    ALGORITHM,
    KeysUnreachable,
    KeyUnknown,
    newer_site_key,
    site_key,
)
from reports.moodle.tools import SiteTools, refuse_waiting, registration_of

CLOCK_SKEW = 30  # seconds
# A token that is over so soon after the beginning was made by a slow clock.
SOON = timedelta(minutes=1)
PARTS = (
    *(f"{CLAIM}{name}" for name in ("context", "custom", "ext", "launch_presentation", "lis")),
    *(f"{CLAIM}resource_link", DEEP_LINKING),
)
REFUSED = (
    *(jwt.PyJWTError, LtiException, KeyUnknown),
    # A library over odd claims:
    *(ValueError, TypeError, KeyError, OverflowError, RecursionError),
)


class _Message(DjangoMessageLaunch):
    """The library's checks, of a launch that began here; exp, aud, azp and algorithm strictly."""

    def __init__(self, request: HttpRequest, begun: LaunchState) -> None:
        parameters = DjangoRequest(request, post_only=True)
        super().__init__(
            parameters,
            SiteTools(),
            session_service=UsedOnce(parameters, begun),
            cookie_service=StateCookie(request),
        )
        self.tool = begun.tool

    def validate_jwt_format(self) -> _Message:
        super().validate_jwt_format()
        _refuse_odd_shapes(self._jwt["header"], self._jwt["body"])
        return self

    def validate_registration(self) -> _Message:
        """Take the tool that was asked: another site's word about it does not count."""
        self._registration = registration_of(self.tool)
        return self

    def get_client_id(self) -> str:
        return self.tool.client_id

    def validate_jwt_signature(self) -> _Message:
        url, key_id = self.tool.keys_url, self._jwt["header"]["kid"]
        try:
            self._check(site_key(url, key_id))
        except jwt.InvalidSignatureError:
            self._check(newer_site_key(url, key_id))  # Moodle may sign anew by the same name
        return self

    def _check(self, key: Any) -> None:
        claims = jwt.decode(
            self._get_id_token(),
            key,
            algorithms=[ALGORITHM],
            audience=self.tool.client_id,
            issuer=self.tool.site.issuer,
            leeway=CLOCK_SKEW,
            options={"require": ["exp", "iat", "sub", "aud", "iss", "nonce"]},
        )
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        party = claims.get("azp")
        if (several or party is not None) and party != self.tool.client_id:
            raise jwt.InvalidAudienceError("azp is not this client")

    def validate_deployment(self) -> _Message:
        if self._get_deployment_id() != self.tool.deployment_id:
            raise LaunchRefused("unknown_tool", "another deployment")
        return self


def verified_launch(request: HttpRequest) -> Launch:
    """Return what the posted id_token tells.

    Raises: LaunchRefused. State and nonce are used up whatever comes of it.
    """
    begun = use_up(request)
    refuse_waiting(begun.tool)
    if word := request.POST.get("error"):
        told = f"{word}: {request.POST.get('error_description', '')}".removesuffix(": ")
        raise LaunchRefused("refused_there", told, told=told[:300])
    message = _Message(request, begun)
    try:
        message.validate()
    except KeysUnreachable as error:
        raise LaunchRefused("unreachable", str(error)) from error
    except jwt.ImmatureSignatureError as error:
        raise LaunchRefused("clock", str(error)) from error
    except jwt.ExpiredSignatureError as error:
        is_soon = timezone.now() - begun.began_at < SOON
        raise LaunchRefused("clock" if is_soon else "over", str(error)) from error
    except REFUSED as error:
        raise LaunchRefused("invalid", f"{type(error).__name__}: {error}") from error
    return read_launch(message.get_launch_data(), begun.tool)


def _refuse_odd_shapes(header: object, body: object) -> None:
    """Raise LtiException for what is not of the kind that it has to be; null is as if left out."""
    if not isinstance(header, dict) or not isinstance(header.get("kid"), str):
        raise LtiException("no key is named")
    if not isinstance(body, dict) or not isinstance(body.get("nonce"), str):
        raise LtiException("no nonce")
    for name in PARTS:
        if body.get(name) is None:
            body.pop(name, None)
        elif not isinstance(body[name], dict):
            raise LtiException(f"{name} is no object")
