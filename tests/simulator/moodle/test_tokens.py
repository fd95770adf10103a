"""Access tokens: JSON that is called HTML, for assertions that the tool's own key has signed."""

import pytest
import requests

from reports.simulator.moodle.claims import GRADES_SCOPE, MEMBERSHIPS_SCOPE
from reports.simulator.moodle.keys import SigningKey
from reports.simulator.moodle.records import Tool
from reports.simulator.moodle.standin import MoodleStandIn
from tests.simulator.moodle.tool import SmallTool, ask_token, assertion


def refused(answer: requests.Response) -> str:
    """Return OAuth's word of a refusal."""
    assert answer.status_code == 400
    return str(answer.json()["error"])


def test_the_answer_is_json_that_is_called_html(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    answer = ask_token(moodle, tool, small_tool.key, MEMBERSHIPS_SCOPE)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    content = answer.json()
    assert content.pop("access_token")
    assert content == {"token_type": "Bearer", "expires_in": 3600, "scope": MEMBERSHIPS_SCOPE}


def test_only_granted_scopes_are_given(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    asked = f"{GRADES_SCOPE}score {MEMBERSHIPS_SCOPE} {GRADES_SCOPE}lineitem"
    assert ask_token(moodle, tool, small_tool.key, asked).json()["scope"] == MEMBERSHIPS_SCOPE
    moodle.site.change_tool(tool.id, memberships=False, grades="read")
    given = ask_token(moodle, tool, small_tool.key, asked).json()["scope"]
    assert given == f"{GRADES_SCOPE}score"
    assert refused(ask_token(moodle, tool, small_tool.key, MEMBERSHIPS_SCOPE)) == "invalid_scope"


def test_the_tool_s_keys_are_kept_and_fetched_anew_when_a_signature_fails(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    for _ in range(2):
        assert ask_token(moodle, tool, small_tool.key, MEMBERSHIPS_SCOPE).ok
    assert small_tool.key_fetches == 1
    small_tool.key = SigningKey()
    assert ask_token(moodle, tool, small_tool.key, MEMBERSHIPS_SCOPE).ok
    assert small_tool.key_fetches == 2


def test_another_s_signature_is_refused(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    answer = ask_token(moodle, tool, SigningKey(), MEMBERSHIPS_SCOPE)
    assert refused(answer) == "invalid_client"


@pytest.mark.parametrize("missing", ["kid", "alg"])
def test_a_published_key_needs_kid_and_alg(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool, missing: str
) -> None:
    (key,) = small_tool.key.key_set()["keys"]
    poor = {name: value for name, value in key.items() if name != missing}
    moodle.site.change_tool(tool.id, jwks={"keys": [poor]})
    assert refused(ask_token(moodle, tool, small_tool.key, MEMBERSHIPS_SCOPE)) == "invalid_client"


def test_keys_given_by_hand_need_no_fetch(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    moodle.site.change_tool(tool.id, jwks=small_tool.key.key_set())
    assert ask_token(moodle, tool, small_tool.key, MEMBERSHIPS_SCOPE).ok
    assert small_tool.key_fetches == 0


def test_moodle_refuses_to_fetch_keys_from_this_machine_by_default(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    moodle.blocks_private_hosts = True
    answer = ask_token(moodle, tool, small_tool.key, MEMBERSHIPS_SCOPE)
    assert (refused(answer), small_tool.key_fetches) == ("invalid_client", 0)


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"exp": 1}, "invalid_client"),
        ({"aud": "https://elsewhere.example"}, "invalid_client"),
        ({"iat": 2**40}, "invalid_client"),
        ({"sub": "nobody"}, "invalid_client"),
    ],
)
def test_a_wrong_assertion_is_refused(
    moodle: MoodleStandIn,
    tool: Tool,
    small_tool: SmallTool,
    claims: dict[str, object],
    error: str,
) -> None:
    wrong = assertion(moodle, tool, small_tool.key, **claims)
    answer = ask_token(moodle, tool, small_tool.key, MEMBERSHIPS_SCOPE, client_assertion=wrong)
    assert refused(answer) == error


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"scope": None}, "invalid_request"),
        ({"client_assertion": "no.j.wt"}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "secret"}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_form_is_refused(
    moodle: MoodleStandIn,
    tool: Tool,
    small_tool: SmallTool,
    form: dict[str, object],
    error: str,
) -> None:
    settings = {"scope": MEMBERSHIPS_SCOPE, **form}
    scope = str(settings.pop("scope") or "")
    assert refused(ask_token(moodle, tool, small_tool.key, scope, **settings)) == error
