"""Names and roles: who is listed, as what, and how much of them is told."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from reports.simulator.moodle.claims import GRADES_SCOPE, MEMBERSHIPS_SCOPE, memberships_url
from reports.simulator.moodle.memberships import MEDIA_TYPE
from reports.simulator.moodle.records import Tool
from reports.simulator.moodle.standin import MoodleStandIn
from tests.simulator.moodle.cast import ADMIN, COURSE, EMPTY_COURSE, LEARNER, TEACHER, TUTOR
from tests.simulator.moodle.tool import SmallTool, ask_members, ask_token

Ask = Callable[..., requests.Response]
FULL = {"name", "given_name", "family_name", "email", "ext_user_username"}


@pytest.fixture
def ask(moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool) -> Ask:
    """Return a function that asks for the course's members with a fresh token."""

    def members(**settings: Any) -> requests.Response:
        token = ask_token(moodle, tool, small_tool.key, MEMBERSHIPS_SCOPE).json()["access_token"]
        return ask_members(memberships_url(moodle.issuer, COURSE, tool), token, **settings)

    return members


def by_id(answer: requests.Response) -> dict[str, dict[str, Any]]:
    """Return the members of an answer."""
    assert answer.status_code == 200, answer.text
    return {member["user_id"]: member for member in answer.json()["members"]}


def test_active_members_are_listed_with_short_role_words(ask: Ask) -> None:
    roles = {user_id: member["roles"] for user_id, member in by_id(ask()).items()}
    # No suspended person, and no administrator who isn't enrolled; the tutor is a Learner here.
    assert roles == {
        "3": ["Instructor"],
        "4": ["Learner"],
        "5": ["Learner"],
        "6": ["Learner"],
    }


def test_an_administrator_is_listed_once_enrolled(moodle: MoodleStandIn, ask: Ask) -> None:
    moodle.site.enrol(COURSE.id, ADMIN.id, "editingteacher")
    assert by_id(ask())["2"]["roles"] == ["Instructor"]


def test_the_answer_names_its_course_and_its_format(
    moodle: MoodleStandIn, tool: Tool, ask: Ask
) -> None:
    answer = ask()
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.json()["id"] == memberships_url(moodle.issuer, COURSE, tool)
    assert answer.json()["context"] == {"id": "21", "label": "BIO", "title": "Cell Biology"}


def test_a_member_has_no_more_than_moodle_tells(ask: Ask) -> None:
    assert by_id(ask())[str(LEARNER.id)] == {
        "user_id": "5",
        "status": "Active",
        "roles": ["Learner"],
        "lis_person_sourcedid": "L5",
        "name": "Zoë van der Berg",
        "given_name": "Zoë",
        "family_name": "van der Berg",
        "email": "zoe@x.example",
        "ext_user_username": "s5",
    }


@pytest.mark.parametrize("accept", ["application/json", f"{MEDIA_TYPE}; q=1", "text/html", ""])
def test_another_accept_header_is_refused(ask: Ask, accept: str) -> None:
    assert ask(accept=accept).status_code == 400


@pytest.mark.parametrize("accept", ["*/*", "text/html, */*;q=0.8"])
def test_an_accept_header_for_everything_is_fine(ask: Ask, accept: str) -> None:
    assert len(by_id(ask(accept=accept))) == 4


# --- Privacy ------------------------------------------------------------------------------------


def test_names_and_emails_may_be_withheld(moodle: MoodleStandIn, tool: Tool, ask: Ask) -> None:
    moodle.site.change_tool(tool.id, names="never")
    assert FULL & by_id(ask())["5"].keys() == {"email"}
    moodle.site.change_tool(tool.id, emails="never")
    assert not FULL & by_id(ask())["5"].keys()
    assert by_id(ask())["5"]["lis_person_sourcedid"] == "L5"


def test_delegated_names_come_with_the_resource_link_only(
    moodle: MoodleStandIn, tool: Tool, ask: Ask
) -> None:
    moodle.site.change_tool(tool.id, names="delegate", emails="delegate")
    activity = moodle.site.add_activity(COURSE.id, tool.id)
    assert not FULL & by_id(ask())["5"].keys()
    assert by_id(ask(rlid=activity.id))["5"].keys() >= FULL
    moodle.site.change_activity(activity.id, share_names=False)
    assert FULL & by_id(ask(rlid=activity.id))["5"].keys() == {"email"}


def test_the_resource_link_applies_the_activity_s_access_rules(
    moodle: MoodleStandIn, tool: Tool, ask: Ask
) -> None:
    activity = moodle.site.add_activity(COURSE.id, tool.id, hidden_from=frozenset({LEARNER.id}))
    assert "5" in by_id(ask())
    assert "5" not in by_id(ask(rlid=activity.id))


def test_a_wrong_resource_link_is_not_found(moodle: MoodleStandIn, tool: Tool, ask: Ask) -> None:
    elsewhere = moodle.site.add_activity(EMPTY_COURSE.id, tool.id)
    for rlid in (999, "x", elsewhere.id):
        assert ask(rlid=rlid).status_code == 404


# --- Pages and roles ----------------------------------------------------------------------------


def test_pages_are_linked_until_the_last(moodle: MoodleStandIn, ask: Ask) -> None:
    answer = ask(limit=3)
    assert len(by_id(answer)) == 3
    following = answer.links["next"]["url"]
    token = answer.request.headers["Authorization"].removeprefix("Bearer ")
    last = ask_members(following, token)
    assert "next" not in last.links
    assert len(by_id(answer) | by_id(last)) == 4
    assert "next" not in ask(limit=4).links
    assert "next" not in ask().links


def test_the_role_is_lost_from_the_next_link(moodle: MoodleStandIn, tool: Tool, ask: Ask) -> None:
    activity = moodle.site.add_activity(COURSE.id, tool.id)
    answer = ask(limit=1, role="Learner", rlid=activity.id)
    assert "role" not in answer.links["next"]["url"]
    assert f"rlid={activity.id}" in answer.links["next"]["url"]


def test_members_may_be_asked_for_by_role(ask: Ask) -> None:
    assert by_id(ask(role="Instructor")).keys() == {str(TEACHER.id)}
    learners = by_id(ask(role="http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"))
    assert learners.keys() == {str(TUTOR.id), "5", "6"}


# --- Who may ask --------------------------------------------------------------------------------


def test_without_a_good_token_nobody_is_listed(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    url = memberships_url(moodle.issuer, COURSE, tool)
    assert ask_members(url, "nonsense").status_code == 401
    token = ask_token(moodle, tool, small_tool.key, MEMBERSHIPS_SCOPE).json()["access_token"]
    moodle.clock_offset_seconds = 3599
    assert ask_members(url, token).status_code == 200
    moodle.clock_offset_seconds = 3601
    assert ask_members(url, token).status_code == 401


def test_tokens_may_be_forgotten(moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool) -> None:
    token = ask_token(moodle, tool, small_tool.key, MEMBERSHIPS_SCOPE).json()["access_token"]
    moodle.forget_tokens()
    assert ask_members(memberships_url(moodle.issuer, COURSE, tool), token).status_code == 401


def test_a_token_for_something_else_or_of_another_tool_is_refused(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    moodle.site.change_tool(tool.id, grades="full")
    url = memberships_url(moodle.issuer, COURSE, tool)
    token = ask_token(moodle, tool, small_tool.key, f"{GRADES_SCOPE}score").json()["access_token"]
    assert ask_members(url, token).status_code == 403
    other = moodle.register_tool(**small_tool.settings())
    token = ask_token(moodle, other, small_tool.key, MEMBERSHIPS_SCOPE).json()["access_token"]
    assert ask_members(url, token).status_code == 403


def test_a_service_that_is_switched_off_refuses_the_token_it_gave(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    url = memberships_url(moodle.issuer, COURSE, tool)
    token = ask_token(moodle, tool, small_tool.key, MEMBERSHIPS_SCOPE).json()["access_token"]
    moodle.site.change_tool(tool.id, memberships=False)
    assert ask_members(url, token).status_code == 403
    moodle.site.delete_tool(tool.id)
    assert ask_members(url, token).status_code == 401


def test_a_deleted_course_is_not_found(moodle: MoodleStandIn, ask: Ask) -> None:
    moodle.site.delete_course(COURSE.id)
    assert ask().status_code == 404
