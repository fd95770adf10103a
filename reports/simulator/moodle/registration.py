"""Dynamic registration: the site's configuration, its tokens, and what a tool says of itself.

A registered tool stays pending until an administrator activates it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from reports.simulator.moodle.claims import (
    GRADES_SCOPE,
    MEMBERSHIPS_SCOPE,
    RELEASE,
    granted_scopes,
)
from reports.simulator.moodle.custom import known_names
from reports.simulator.moodle.exchange import Refusal, Request, Response, json_response
from reports.simulator.moodle.keys import BadSignature
from reports.simulator.moodle.moodle_site import new_client_id
from reports.simulator.moodle.records import Grades, Tool
from reports.simulator.moodle.state import State

TOKEN_SECONDS = 3600
AUDIENCE = "registration"
PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
SERVICE_SCOPES = [
    *(
        GRADES_SCOPE + name
        for name in ("lineitem.readonly", "result.readonly", "score", "lineitem")
    ),
    MEMBERSHIPS_SCOPE,
]


def start_url(state: State, registration_url: str) -> str:
    """Return the tool's registration URL with the configuration's URL and a new token."""
    expires_at = int(state.now()) + TOKEN_SECONDS
    token = state.key.sign({"sub": new_client_id(), "aud": AUDIENCE, "exp": expires_at})
    query = urlencode(
        {
            "openid_configuration": f"{state.issuer}/mod/lti/openid-configuration.php",
            "registration_token": token,
        }
    )
    return f"{registration_url}{'&' if '?' in registration_url else '?'}{query}"


def configuration(state: State) -> Response:
    """Return the site's OpenID configuration."""
    base = f"{state.issuer}/mod/lti"
    return json_response(
        {
            "issuer": state.issuer,
            "token_endpoint": f"{base}/token.php",
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "jwks_uri": f"{base}/certs.php",
            "authorization_endpoint": f"{base}/auth.php",
            "registration_endpoint": f"{base}/openid-registration.php",
            "scopes_supported": [*SERVICE_SCOPES, "openid"],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public", "pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
            PLATFORM_CONFIGURATION: {
                "product_family_code": "moodle",
                "version": f"4.5.6 (Build: {RELEASE[:8]})",
                "messages_supported": ["LtiResourceLinkRequest", "LtiDeepLinkingRequest"],
                "placements": ["AddContentMenu"],
                "variables": known_names(),
            },
        }
    )


def register(state: State, request: Request) -> Response:
    """Add a pending tool and return its registration. Raises Refusal 400, 401."""
    if request.method != "POST" or not request.bearer():
        raise Refusal(401, "missing_registration_token")
    try:
        token = state.key.read(request.bearer(), audience=AUDIENCE, now=state.now())
    except BadSignature as error:
        raise Refusal(401, f"invalid_registration_token: {error}") from error
    client_id = token["sub"]
    if any(tool.client_id == client_id for tool in state.site.tools):
        raise Refusal(401, "token_already_used")
    settings = _settings(request.json())
    tool = state.site.add_tool(client_id=client_id, is_active=False, **settings)
    return json_response(_registered(tool))


def _needed(content: dict[str, Any], key: str) -> Any:
    if not content.get(key):
        raise Refusal(400, f"missing required attribute {key}")
    return content[key]


def _settings(content: dict[str, Any]) -> dict[str, Any]:
    """Return a tool's settings out of its registration. Raises Refusal 400."""
    if "id_token" not in _needed(content, "response_types"):
        raise Refusal(400, "invalid_response_types")
    redirect_urls = _needed(content, "redirect_uris")
    if not isinstance(redirect_urls, list):
        raise Refusal(400, "invalid_redirect_uris")
    if _needed(content, "token_endpoint_auth_method") != "private_key_jwt":
        raise Refusal(400, "invalid_token_endpoint_auth_method")
    if content.get("application_type", "web") != "web":
        raise Refusal(400, "invalid_application_type")
    lti = _needed(content, TOOL_CONFIGURATION)
    target = _needed(lti, "target_link_uri")
    if _needed(lti, "domain") not in (urlsplit(target).netloc, urlsplit(target).hostname):
        raise Refusal(400, "domain_and_target_link_uri_differ")
    messages = {message["type"]: message for message in lti.get("messages", [])}
    selection = messages.get("LtiDeepLinkingRequest")
    scopes = content.get("scope", "").split()
    claims = set(lti.get("claims", []))
    return {
        "name": _needed(content, "client_name"),
        "description": lti.get("description", ""),
        "tool_url": target,
        "login_url": _needed(content, "initiate_login_uri"),
        "redirect_urls": tuple(redirect_urls),
        "jwks_url": _needed(content, "jwks_uri"),
        "deep_link_url": None if selection is None else selection.get("target_link_uri", ""),
        "custom": dict(lti.get("custom_parameters", {})),
        "memberships": MEMBERSHIPS_SCOPE in scopes,
        "grades": _grades(scopes),
        "names": "always" if claims & {"name", "given_name", "family_name"} else "never",
        "emails": "always" if "email" in claims else "never",
    }


def _grades(scopes: list[str]) -> Grades:
    if GRADES_SCOPE + "lineitem" in scopes:
        return "full"
    return "read" if any(scope.startswith(GRADES_SCOPE) for scope in scopes) else "none"


def _registered(tool: Tool) -> dict[str, Any]:
    lti: dict[str, Any] = {
        "deployment_id": tool.deployment_id,
        "target_link_uri": tool.tool_url,
        "domain": urlsplit(tool.tool_url).netloc,
        "description": tool.description,
        "claims": ["sub", "iss"],
    }
    if tool.deep_link_url is not None:
        lti["messages"] = [{"type": "LtiDeepLinkingRequest", "target_link_uri": tool.deep_link_url}]
    if tool.custom:
        lti["custom_parameters"] = dict(tool.custom)
    return {
        "client_id": tool.client_id,
        "client_name": tool.name,
        "token_endpoint_auth_method": "private_key_jwt",
        "response_types": ["id_token"],
        "grant_types": ["client_credentials", "implicit"],
        "application_type": ["web"],
        "jwks_uri": tool.jwks_url,
        "initiate_login_uri": tool.login_url,
        "redirect_uris": list(tool.redirect_urls),
        "logo_uri": "",
        "scope": " ".join(granted_scopes(tool)),
        TOOL_CONFIGURATION: lti,
    }
