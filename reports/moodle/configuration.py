"""What a Moodle says of itself when a tool registers, and what Rollcall says of itself there.

The address of a Moodle's configuration comes from outside, so it is bounded before it is asked for:
HTTPS, Moodle's own page below the issuer, no other host, no redirect, a limited size and time. What
it says is believed only as far as it speaks of this very site.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from django.http import HttpRequest
from django.urls import reverse

from reports.moodle.registration_refusals import RegistrationRefused
from reports.moodle.tools import MoodleConnection, json_object, read_json

TIMEOUT = (5, 15)  # seconds to connect, and to wait: somebody stands in front of it
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
MOODLE_PAGES = "/mod/lti/"
LONGEST_ISSUER = 200  # characters, as it is stored
TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
MEMBERSHIPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
_GRADES = "https://purl.imsglobal.org/spec/lti-ags/scope/"
GRADES_SCOPES = (_GRADES + "lineitem", _GRADES + "result.readonly", _GRADES + "score")
CLAIMS = ("iss", "sub", "name", "given_name", "family_name", "email")
# What `launch` reads; id numbers of courses and people come with every launch anyway.
CUSTOM_PARAMETERS = {
    "user_name": "$User.username",
    "course_history": "$Context.id.history",
    "course_start": "$CourseSection.timeFrame.begin",
    "course_end": "$CourseSection.timeFrame.end",
}
# No percent signs and no dots alone: a server might read another path into them.
_PATH = re.compile(r"(/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?")
_PAGE = re.compile(r"/mod/lti/[A-Za-z0-9_-]+\.php(?:\?[A-Za-z0-9._~=&-]*)?")


@dataclass(frozen=True)
class Configuration:
    """A Moodle's addresses, all of them its own."""

    issuer: str
    auth_url: str
    token_url: str
    keys_url: str
    registration_url: str


@dataclass(frozen=True)
class ToolAddresses:
    """Where Moodle finds Rollcall, as this request reached it."""

    launch: str  # the redirection and deep-linking address too
    sign_in: str
    keys: str

    @property
    def domain(self) -> str:
        return urlsplit(self.launch).netloc


def tool_addresses(request: HttpRequest) -> ToolAddresses:
    """Return Rollcall's addresses by the name that it is reached by."""
    launch, sign_in, keys = (
        request.build_absolute_uri(reverse(f"reports:moodle-{name}"))
        for name in ("launch", "sign-in", "keys")
    )
    return ToolAddresses(launch, sign_in, keys)


def moodles_shape(issuer: str) -> Configuration:
    """Return the addresses that every Moodle has below its issuer."""
    base = issuer + MOODLE_PAGES
    return Configuration(
        issuer=issuer,
        auth_url=base + "auth.php",
        token_url=base + "token.php",
        keys_url=base + "certs.php",
        registration_url=base + "openid-registration.php",
    )


def is_issuer(text: str, *, with_loopback: bool) -> bool:
    """Return whether the text can be a site's address: HTTPS, or plain HTTP on this machine."""
    try:
        parts = urlsplit(text)
        origin, host, _ = f"{parts.scheme}://{parts.netloc}", parts.hostname, parts.port
    except ValueError:
        return False
    is_plain = text == f"{origin}{parts.path}" and len(text) <= LONGEST_ISSUER
    is_safe = parts.scheme == "https" or (with_loopback and host in LOOPBACK)
    return bool(is_plain and is_safe and _ORIGIN.fullmatch(origin) and _PATH.fullmatch(parts.path))


def is_page_of(issuer: str, url: object) -> bool:
    """Return whether the address is one of the site's own pages for tools."""
    if not isinstance(url, str) or len(url) > 500 or not url.startswith(issuer):
        return False
    return _PAGE.fullmatch(url[len(issuer) :]) is not None


def issuer_in(configuration_url: str, *, with_loopback: bool) -> str:
    """Return the site whose configuration lies at the address.

    Raises: RegistrationRefused for an address that no Moodle has, or that isn't safe.
    """
    issuer = configuration_url.rpartition(MOODLE_PAGES)[0]
    good = is_issuer(issuer, with_loopback=with_loopback) and is_page_of(issuer, configuration_url)
    if not good:
        raise RegistrationRefused("address", configuration_url[:200])
    return issuer


def fetch_configuration(url: str, *, with_loopback: bool) -> Configuration:
    """Return what the site says of itself.

    Raises: RegistrationRefused where it can't be reached, says nothing of use, or speaks of another
    site than the one that was asked.
    """
    issuer = issuer_in(url, with_loopback=with_loopback)
    try:
        told = read_json(MoodleConnection(), url, timeout=TIMEOUT)
    except requests.TooManyRedirects as error:  # one is too many
        raise RegistrationRefused("no_configuration", str(error)) from error
    except requests.RequestException as error:
        raise RegistrationRefused("unreachable", str(error)) from error
    except ValueError as error:
        raise RegistrationRefused("no_configuration", str(error)) from error
    found = [
        told.get(name)
        for name in (
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "registration_endpoint",
        )
    ]
    if told.get("issuer") != issuer or not all(is_page_of(issuer, page) for page in found):
        raise RegistrationRefused("disagrees", f"{issuer}: {told.get('issuer')!r:.200}")
    return Configuration(issuer, *(str(page) for page in found))


def own_configuration(
    addresses: ToolAddresses, *, name: str, description: str, link_label: str, with_grades: bool
) -> dict[str, Any]:
    """Return what Rollcall asks a Moodle to register."""
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": addresses.sign_in,
        "redirect_uris": [addresses.launch],
        "client_name": name,
        "jwks_uri": addresses.keys,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(scopes(with_grades=with_grades)),
        TOOL_CONFIGURATION: {
            "domain": addresses.domain,
            "description": description,
            "target_link_uri": addresses.launch,
            "custom_parameters": CUSTOM_PARAMETERS,
            "claims": list(CLAIMS),
            "messages": [
                {"type": "LtiResourceLinkRequest", "target_link_uri": addresses.launch},
                {
                    "type": "LtiDeepLinkingRequest",
                    "target_link_uri": addresses.launch,
                    "label": link_label,
                },
            ],
        },
    }


def scopes(*, with_grades: bool) -> list[str]:
    """Return the services that are asked for."""
    return [MEMBERSHIPS_SCOPE, *(GRADES_SCOPES if with_grades else ())]


def post_registration(url: str, token: str, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return Moodle's answer to the registration.

    Raises: RegistrationRefused.
    """
    until = time.monotonic() + TIMEOUT[1]
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    try:
        with MoodleConnection().post(
            url, json=configuration, headers=headers, timeout=TIMEOUT, stream=True
        ) as answer:
            if answer.status_code in (401, 403):
                raise RegistrationRefused("token_refused", f"status {answer.status_code}")
            if answer.status_code not in (200, 201):
                raise RegistrationRefused("refused", f"status {answer.status_code}")
            return json_object(answer, until)
    except requests.TooManyRedirects as error:
        raise RegistrationRefused("refused", str(error)) from error
    except requests.RequestException as error:
        raise RegistrationRefused("unreachable", str(error)) from error
    except ValueError as error:
        raise RegistrationRefused("no_answer", str(error)) from error
