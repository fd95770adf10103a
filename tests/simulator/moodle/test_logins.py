"""Single sign-on: what auth.php wants, what it answers, and how it refuses."""

import json
from urllib.parse import urlencode

import pytest
import requests

from reports.simulator.moodle.records import Tool
from reports.simulator.moodle.standin import MoodleStandIn, PageShown
from tests.simulator.moodle.cast import ADMIN, COURSE, LEARNER, OUTSIDER, SUSPENDED, TEACHER
from tests.simulator.moodle.tool import NONCE, STATE, SmallTool


def auth_url(
    moodle: MoodleStandIn, small_tool: SmallTool, user_id: int = TEACHER.id, **changes: str | None
) -> str:
    """Return where a tool would send the browser after a fresh initiation."""
    start = moodle.launch_form(COURSE.id, user_id)
    query = small_tool.authentication(start.fields, **changes)
    return f"{moodle.issuer}/mod/lti/auth.php?{urlencode(query)}"


def test_the_issuer_is_the_site_with_its_path_and_without_a_slash(moodle: MoodleStandIn) -> None:
    assert moodle.issuer == f"http://localhost:{moodle.port}/moodle"


def test_the_initiation_holds_what_moodle_sends(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    activity = moodle.site.add_activity(COURSE.id, tool.id)
    form = moodle.launch_form(COURSE.id, LEARNER.id, activity.id)
    assert form.action == f"{small_tool.url}/login"
    hint = json.loads(form.fields["lti_message_hint"])
    assert hint.keys() == {"cmid", "launchid"}
    assert {**form.fields, "lti_message_hint": ""} == {
        "iss": moodle.issuer,
        "target_link_uri": f"{small_tool.url}/launch",
        "login_hint": str(LEARNER.id),
        "lti_message_hint": "",
        "client_id": tool.client_id,
        "lti_deployment_id": str(tool.id),
    }


def test_the_initiation_can_be_sent_by_get(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    form = moodle.launch_form(COURSE.id, LEARNER.id)
    assert form.as_url().startswith(f"{small_tool.url}/login?iss=")
    answer = requests.get(form.as_url(), timeout=30, allow_redirects=False)
    assert "id_token" in moodle.authorize(answer.headers["Location"]).fields


def test_the_whole_walk_ends_in_the_tool(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    answer = moodle.browser().launch(COURSE.id, TEACHER.id)
    assert "launched" in answer.text
    (posted,) = small_tool.launched
    assert posted.keys() == {"id_token", "state"}
    assert posted["state"] == STATE
    claims = moodle.claims_of(posted["id_token"])
    assert (claims["nonce"], claims["iss"]) == (NONCE, moodle.issuer)
    assert (claims["aud"], claims["sub"]) == (tool.client_id, str(TEACHER.id))


def test_the_authentication_may_be_posted(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    start = moodle.launch_form(COURSE.id, TEACHER.id)
    fields = small_tool.authentication(start.fields)
    answer = requests.post(f"{moodle.issuer}/mod/lti/auth.php", data=fields, timeout=30)
    assert 'name="id_token"' in answer.text


def test_the_id_token_lives_a_minute_and_is_signed_by_a_published_key(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    import jwt

    form = moodle.authorize(auth_url(moodle, small_tool))
    token = form.fields["id_token"]
    (key,) = requests.get(f"{moodle.issuer}/mod/lti/certs.php", timeout=30).json()["keys"]
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["kid"]) == ("RS256", key["kid"])
    claims = jwt.decode(
        token, jwt.PyJWK.from_dict(key).key, algorithms=["RS256"], audience=tool.client_id
    )
    assert claims["exp"] == claims["iat"] + 60


def test_a_message_hint_is_good_once(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    url = auth_url(moodle, small_tool)
    moodle.authorize(url)
    with pytest.raises(PageShown, match="used already"):
        moodle.authorize(url)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "openid profile"}, "invalid_scope"),
        ({"response_type": "code"}, "unsupported_response_type"),
        ({"client_id": "another"}, "unauthorized_client"),
        ({"login_hint": str(LEARNER.id)}, "access_denied"),
    ],
)
def test_an_error_is_posted_to_the_tool_with_its_state(
    moodle: MoodleStandIn,
    tool: Tool,
    small_tool: SmallTool,
    changes: dict[str, str | None],
    error: str,
) -> None:
    form = moodle.authorize(auth_url(moodle, small_tool, **changes))
    assert form.action == f"{small_tool.url}/launch"
    assert form.fields == {"error": error, "state": STATE}


@pytest.mark.parametrize(
    ("changes", "description"),
    [
        ({"response_mode": "query"}, "Invalid response_mode"),
        ({"response_mode": None}, "Missing response_mode"),
        ({"prompt": "login"}, "Invalid prompt"),
    ],
)
def test_an_invalid_request_is_described(
    moodle: MoodleStandIn,
    tool: Tool,
    small_tool: SmallTool,
    changes: dict[str, str | None],
    description: str,
) -> None:
    form = moodle.authorize(auth_url(moodle, small_tool, **changes))
    assert form.fields == {
        "error": "invalid_request",
        "error_description": description,
        "state": STATE,
    }


def test_prompt_may_be_left_out(moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool) -> None:
    assert "id_token" in moodle.authorize(auth_url(moodle, small_tool, prompt=None)).fields


@pytest.mark.parametrize("name", ["nonce", "scope", "redirect_uri", "client_id", "login_hint"])
def test_without_a_needed_parameter_the_site_shows_its_own_page(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool, name: str
) -> None:
    with pytest.raises(PageShown, match=f"404: Invalid request: {name} is missing"):
        moodle.authorize(auth_url(moodle, small_tool, **{name: None}))


@pytest.mark.parametrize("end", ["/", "?x=1", "/../launch"])
def test_nothing_is_posted_to_an_address_that_isn_t_the_tools(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool, end: str
) -> None:
    url = auth_url(moodle, small_tool, redirect_uri=f"{small_tool.url}/launch{end}")
    with pytest.raises(PageShown, match="address to answer to"):
        moodle.authorize(url)


def test_a_hint_that_is_no_json_is_refused(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    for hint in ("launch1", "[]", "{}"):
        with pytest.raises(PageShown, match="404"):
            moodle.authorize(auth_url(moodle, small_tool, lti_message_hint=hint))


@pytest.mark.parametrize("user_id", [SUSPENDED.id, OUTSIDER.id])
def test_who_is_not_in_the_course_can_t_begin(
    moodle: MoodleStandIn, tool: Tool, user_id: int
) -> None:
    with pytest.raises(PageShown, match="403"):
        moodle.launch_form(COURSE.id, user_id)


def test_an_administrator_needs_no_enrolment(moodle: MoodleStandIn, tool: Tool) -> None:
    assert moodle.launch_form(COURSE.id, ADMIN.id).fields["login_hint"] == str(ADMIN.id)


def test_who_is_unenrolled_between_the_steps_is_refused(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    url = auth_url(moodle, small_tool, LEARNER.id)
    moodle.site.unenrol(COURSE.id, LEARNER.id)
    with pytest.raises(PageShown, match="403"):
        moodle.authorize(url)


def test_a_pending_tool_and_a_deleted_one_can_t_be_opened(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    url = auth_url(moodle, small_tool)
    moodle.site.change_tool(tool.id, is_active=False)
    with pytest.raises(PageShown, match="isn't active"):
        moodle.launch_form(COURSE.id, TEACHER.id)
    moodle.site.delete_tool(tool.id)
    with pytest.raises(PageShown, match="404"):
        moodle.authorize(url)
