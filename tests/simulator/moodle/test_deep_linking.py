"""The way back from a selection of content: what the tool signed becomes activities."""

from typing import Any

import pytest
import requests

from reports.simulator.moodle.browser import sentence_of
from reports.simulator.moodle.claims import DEEP_LINKING, LTI
from reports.simulator.moodle.keys import SigningKey
from reports.simulator.moodle.records import Tool
from reports.simulator.moodle.standin import MoodleStandIn
from tests.simulator.moodle.cast import COURSE, EMPTY_COURSE, TEACHER
from tests.simulator.moodle.tool import SmallTool, selection


@pytest.fixture
def return_url(moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool) -> str:
    """Return where the tool sends a teacher's selection."""
    moodle.browser().launch(COURSE.id, TEACHER.id, message="deep")
    claims = moodle.claims_of(small_tool.launched[-1]["id_token"])
    return str(claims[DEEP_LINKING + "deep_linking_settings"]["deep_link_return_url"])


def send(
    moodle: MoodleStandIn,
    tool: Tool,
    key: SigningKey,
    url: str,
    items: list[dict[str, Any]],
    **changes: Any,
) -> requests.Response:
    """Return the answer to a right selection, but for the changes of its claims."""
    jwt = selection(moodle, tool, key, items, **changes)
    return requests.post(url, data={"JWT": jwt}, timeout=30)


LINK = {"type": "ltiResourceLink", "title": "Register", "custom": {"room": "1_abc"}}


def test_every_selected_link_becomes_an_activity(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool, return_url: str
) -> None:
    other = {"type": "ltiResourceLink", "url": f"{tool.tool_url}?x", "text": "About"}
    answer = send(moodle, tool, small_tool.key, return_url, [LINK, other])
    assert answer.status_code == 200
    first, second = moodle.site.activities_in(COURSE.id, tool.id)
    assert (first.title, first.url, first.custom) == ("Register", "", {"room": "1_abc"})
    assert (second.title, second.url, second.description) == (tool.name, other["url"], "About")


def test_nothing_selected_adds_nothing(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool, return_url: str
) -> None:
    claims = {DEEP_LINKING + "msg": "Never <mind>"}
    answer = send(moodle, tool, small_tool.key, return_url, [], **claims)
    assert "Nothing was selected" in answer.text
    assert "Never &lt;mind&gt;" in answer.text
    assert moodle.site.activities_in(COURSE.id) == []


def test_a_line_item_is_coupled_when_grades_are_granted(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool, return_url: str
) -> None:
    item = {**LINK, "lineItem": {"scoreMaximum": 100}}
    send(moodle, tool, small_tool.key, return_url, [item])
    moodle.site.change_tool(tool.id, grades="read")
    send(moodle, tool, small_tool.key, return_url, [item])
    first, second = moodle.site.activities_in(COURSE.id)
    assert first.line_item_id is None
    assert second.line_item_id is not None


def test_other_items_than_resource_links_are_refused(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool, return_url: str
) -> None:
    answer = send(moodle, tool, small_tool.key, return_url, [LINK, {"type": "link"}])
    assert answer.status_code == 400
    assert moodle.site.activities_in(COURSE.id) == []


def test_the_tool_s_error_is_shown(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool, return_url: str
) -> None:
    claims = {DEEP_LINKING + "errormsg": "No room here"}
    answer = send(moodle, tool, small_tool.key, return_url, [], **claims)
    assert sentence_of(answer) == "No room here"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "another"},
        {"aud": "https://elsewhere.example"},
        {"exp": 1},
        {LTI + "deployment_id": "999"},
        {LTI + "message_type": "LtiResourceLinkRequest"},
        {LTI + "version": "1.1"},
    ],
    ids=str,
)
def test_a_wrong_answer_is_refused(
    moodle: MoodleStandIn,
    tool: Tool,
    small_tool: SmallTool,
    return_url: str,
    changes: dict[str, Any],
) -> None:
    answer = send(moodle, tool, small_tool.key, return_url, [LINK], **changes)
    assert answer.status_code == 404
    assert moodle.site.activities_in(COURSE.id) == []


def test_another_s_signature_is_refused(moodle: MoodleStandIn, tool: Tool, return_url: str) -> None:
    assert send(moodle, tool, SigningKey(), return_url, [LINK]).status_code == 404
    assert requests.post(return_url, data={}, timeout=30).status_code == 404


def test_the_way_back_leads_to_its_own_course_only(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool, return_url: str
) -> None:
    elsewhere = return_url.replace(f"course={COURSE.id}", f"course={EMPTY_COURSE.id}")
    assert elsewhere != return_url
    assert send(moodle, tool, small_tool.key, elsewhere, [LINK]).status_code == 404
    forged = return_url.rpartition("=")[0] + "=forged"
    assert send(moodle, tool, small_tool.key, forged, [LINK]).status_code == 404


def test_who_no_longer_teaches_adds_nothing(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool, return_url: str
) -> None:
    moodle.site.enrol(COURSE.id, TEACHER.id, "teacher")
    assert send(moodle, tool, small_tool.key, return_url, [LINK]).status_code == 403


def test_the_way_back_of_a_plain_launch_adds_nothing(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool, return_url: str
) -> None:
    moodle.browser().launch(COURSE.id, TEACHER.id)
    claims = moodle.claims_of(small_tool.launched[-1]["id_token"])
    back = claims[LTI + "launch_presentation"]["return_url"]
    session_key = back.rpartition("=")[2]
    forged = return_url.rpartition("=")[0] + f"={session_key}"
    assert send(moodle, tool, small_tool.key, forged, [LINK]).status_code == 404
