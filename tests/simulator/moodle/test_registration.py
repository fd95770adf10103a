"""Dynamic registration: a tool says what it is, and waits for an administrator."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from reports.simulator.moodle.claims import GRADES_SCOPE, MEMBERSHIPS_SCOPE
from reports.simulator.moodle.registration import TOOL_CONFIGURATION
from reports.simulator.moodle.standin import MoodleStandIn
from tests.simulator.moodle.tool import SmallTool


def description(small_tool: SmallTool, **changes: Any) -> dict[str, Any]:
    """Return a right registration, but for the changes; those of `lti_…` are of the LTI part."""
    lti = {
        "domain": urlsplit(small_tool.url).netloc,
        "target_link_uri": f"{small_tool.url}/launch",
        "description": "Who came",
        "claims": ["iss", "sub", "name", "email"],
        "custom_parameters": {"username": "$User.username"},
        "messages": [
            {"type": "LtiResourceLinkRequest"},
            {"type": "LtiDeepLinkingRequest", "target_link_uri": f"{small_tool.url}/select"},
        ],
    }
    lti |= {k.removeprefix("lti_"): v for k, v in changes.items() if k.startswith("lti_")}
    right = {
        "application_type": "web",
        "response_types": ["id_token"],
        "initiate_login_uri": f"{small_tool.url}/login",
        "redirect_uris": [f"{small_tool.url}/launch", f"{small_tool.url}/select"],
        "client_name": "Small tool",
        "jwks_uri": f"{small_tool.url}/keys",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": MEMBERSHIPS_SCOPE,
        TOOL_CONFIGURATION: lti,
    }
    return right | {k: v for k, v in changes.items() if not k.startswith("lti_")}


def begin(moodle: MoodleStandIn, small_tool: SmallTool) -> tuple[dict[str, Any], str]:
    """Return the site's configuration and a registration token, as a tool gets them."""
    url = moodle.start_registration(f"{small_tool.url}/register?key=1")
    assert url.startswith(f"{small_tool.url}/register?key=1&")
    query = parse_qs(urlsplit(url).query)
    return requests.get(query["openid_configuration"][0], timeout=30).json(), query[
        "registration_token"
    ][0]


def register(moodle: MoodleStandIn, token: str, content: dict[str, Any]) -> requests.Response:
    """Return the answer to a registration."""
    return requests.post(
        f"{moodle.issuer}/mod/lti/openid-registration.php",
        json=content,
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )


def test_the_configuration_names_the_endpoints_of_the_issuer(
    moodle: MoodleStandIn, small_tool: SmallTool
) -> None:
    configuration, _ = begin(moodle, small_tool)
    assert configuration["issuer"] == moodle.issuer
    base = f"{moodle.issuer}/mod/lti"
    assert {name: configuration[name] for name in configuration if name.endswith("_endpoint")} == {
        "token_endpoint": f"{base}/token.php",
        "authorization_endpoint": f"{base}/auth.php",
        "registration_endpoint": f"{base}/openid-registration.php",
    }
    assert configuration["jwks_uri"] == f"{base}/certs.php"
    platform = configuration["https://purl.imsglobal.org/spec/lti-platform-configuration"]
    assert platform["product_family_code"] == "moodle"
    assert "User.username" in platform["variables"]


def test_a_registered_tool_is_pending_with_what_it_asked_for(
    moodle: MoodleStandIn, small_tool: SmallTool
) -> None:
    _, token = begin(moodle, small_tool)
    answer = register(moodle, token, description(small_tool))
    assert answer.status_code == 200
    (tool,) = moodle.site.tools
    content = answer.json()
    assert content["client_id"] == tool.client_id
    assert content[TOOL_CONFIGURATION]["deployment_id"] == tool.deployment_id
    assert content["scope"] == MEMBERSHIPS_SCOPE
    assert not tool.is_active
    assert (tool.names, tool.emails, tool.memberships, tool.grades) == (
        "always",
        "always",
        True,
        "none",
    )
    assert tool.custom == {"username": "$User.username"}
    assert tool.deep_link_url == f"{small_tool.url}/select"
    assert moodle.site.activate_tool(tool.id).is_active


def test_a_tool_gets_only_what_it_lists(moodle: MoodleStandIn, small_tool: SmallTool) -> None:
    _, token = begin(moodle, small_tool)
    modest = description(small_tool, scope="", lti_claims=["sub"], lti_messages=[])
    assert register(moodle, token, modest).ok
    (tool,) = moodle.site.tools
    assert (tool.names, tool.emails, tool.memberships) == ("never", "never", False)
    assert tool.deep_link_url is None


@pytest.mark.parametrize(
    ("scope", "grades"), [("lineitem", "full"), ("score", "read"), ("lineitem.readonly", "read")]
)
def test_grades_follow_from_the_scopes(
    moodle: MoodleStandIn, small_tool: SmallTool, scope: str, grades: str
) -> None:
    _, token = begin(moodle, small_tool)
    assert register(moodle, token, description(small_tool, scope=GRADES_SCOPE + scope)).ok
    assert moodle.site.tools[0].grades == grades


def test_a_token_is_good_once(moodle: MoodleStandIn, small_tool: SmallTool) -> None:
    _, token = begin(moodle, small_tool)
    assert register(moodle, token, description(small_tool)).ok
    again = register(moodle, token, description(small_tool))
    assert (again.status_code, again.text) == (401, "token_already_used")
    assert len(moodle.site.tools) == 1


def test_a_token_lives_an_hour(moodle: MoodleStandIn, small_tool: SmallTool) -> None:
    _, token = begin(moodle, small_tool)
    moodle.clock_offset_seconds = 3601
    assert register(moodle, token, description(small_tool)).status_code == 401
    moodle.clock_offset_seconds = 3590
    assert register(moodle, token, description(small_tool)).status_code == 200


def test_a_token_of_another_s_making_is_refused(
    moodle: MoodleStandIn, small_tool: SmallTool
) -> None:
    forged = small_tool.key.sign({"sub": "x", "aud": "registration", "exp": 2**40})
    assert register(moodle, forged, description(small_tool)).status_code == 401
    assert register(moodle, "", description(small_tool)).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"response_types": ["code"]},
        {"redirect_uris": "https://x.example"},
        {"redirect_uris": []},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"application_type": "native"},
        {"client_name": ""},
        {"jwks_uri": None},
        {"initiate_login_uri": None},
        {TOOL_CONFIGURATION: {}},
        {"lti_domain": "elsewhere.example"},
        {"lti_target_link_uri": None},
    ],
    ids=str,
)
def test_an_incomplete_registration_is_refused_and_leaves_the_token_good(
    moodle: MoodleStandIn, small_tool: SmallTool, changes: dict[str, Any]
) -> None:
    _, token = begin(moodle, small_tool)
    assert register(moodle, token, description(small_tool, **changes)).status_code == 400
    assert moodle.site.tools == ()
    assert register(moodle, token, description(small_tool)).status_code == 200
