"""What a launch tells the tool, claim by claim."""

from collections.abc import Callable
from typing import Any

import pytest

from reports.simulator.moodle.claims import (
    ADMIN_ROLES,
    DEEP_LINKING,
    GRADES_CLAIM,
    GRADES_SCOPE,
    LTI,
    MEMBERSHIPS_CLAIM,
    ROLE,
)
from reports.simulator.moodle.records import Tool
from reports.simulator.moodle.standin import MoodleStandIn, PageShown
from tests.simulator.moodle.cast import (
    ADMIN,
    COURSE,
    EMPTY_COURSE,
    LEARNER,
    OTHER,
    TEACHER,
    TUTOR,
)

IDENTITY = {"name", "given_name", "family_name", "email"}
Launched = Callable[..., dict[str, Any]]


def test_a_resource_link_launch_has_the_standard_claims(
    moodle: MoodleStandIn, tool: Tool, launched: Launched
) -> None:
    activity = moodle.site.add_activity(COURSE.id, tool.id, "Register", description="Who came")
    claims = launched(LEARNER.id, activity_id=activity.id)
    assert claims[LTI + "message_type"] == "LtiResourceLinkRequest"
    assert claims[LTI + "version"] == "1.3.0"
    assert claims[LTI + "deployment_id"] == str(tool.id)
    assert claims[LTI + "target_link_uri"] == tool.tool_url
    assert claims[LTI + "context"] == {
        "id": str(COURSE.id),
        "label": "BIO",
        "title": "Cell Biology",
        "type": ["CourseSection"],
    }
    assert claims[LTI + "resource_link"] == {
        "id": str(activity.id),
        "title": "Register",
        "description": "Who came",
    }
    assert claims[LTI + "lis"] == {
        "person_sourcedid": "L5",
        "course_section_sourcedid": "bio/26",
    }
    assert claims[LTI + "ext"] == {"lms": "moodle-2", "user_username": "s5"}
    assert claims[LTI + "tool_platform"]["product_family_code"] == "moodle"
    assert {name: claims[name] for name in IDENTITY} == {
        "name": "Zoë van der Berg",
        "given_name": "Zoë",
        "family_name": "van der Berg",
        "email": "zoe@x.example",
    }


def test_an_unset_idnumber_is_empty(launched: Launched) -> None:
    claims = launched(TEACHER.id, EMPTY_COURSE.id)
    assert claims[LTI + "lis"] == {"person_sourcedid": "T3", "course_section_sourcedid": ""}
    assert launched(OTHER.id)[LTI + "lis"]["person_sourcedid"] == ""


@pytest.mark.parametrize(
    ("user_id", "roles"),
    [
        (TEACHER.id, [ROLE + "Instructor"]),
        (TUTOR.id, [ROLE + "Instructor"]),
        (LEARNER.id, [ROLE + "Learner"]),
        (ADMIN.id, [ROLE + "Instructor", *ADMIN_ROLES]),
    ],
)
def test_roles_are_full_uris(launched: Launched, user_id: int, roles: list[str]) -> None:
    assert launched(user_id)[LTI + "roles"] == roles


def test_the_presentation_says_where_in_which_language_and_how_back(
    moodle: MoodleStandIn, launched: Launched
) -> None:
    shown = launched(TUTOR.id)[LTI + "launch_presentation"]
    assert (shown["document_target"], shown["locale"]) == ("iframe", "de")
    assert shown["return_url"].startswith(f"{moodle.issuer}/mod/lti/return.php?")
    window = launched(TUTOR.id, container="window")[LTI + "launch_presentation"]
    assert window["document_target"] == "window"


# --- Privacy ------------------------------------------------------------------------------------


def test_names_and_emails_are_withheld_when_the_administrator_never_shares_them(
    moodle: MoodleStandIn, tool: Tool, launched: Launched
) -> None:
    moodle.site.change_tool(tool.id, names="never", emails="never")
    claims = launched(LEARNER.id)
    assert not IDENTITY & claims.keys()
    assert claims[LTI + "ext"] == {"lms": "moodle-2"}
    moodle.site.change_tool(tool.id, emails="always")
    assert IDENTITY & launched(LEARNER.id).keys() == {"email"}


def test_delegated_sharing_is_the_activity_s_choice(
    moodle: MoodleStandIn, tool: Tool, launched: Launched
) -> None:
    moodle.site.change_tool(tool.id, names="delegate", emails="delegate")
    activity = moodle.site.add_activity(COURSE.id, tool.id, share_names=True, share_emails=False)
    assert IDENTITY & launched(LEARNER.id).keys() == IDENTITY - {"email"}
    moodle.site.change_activity(activity.id, share_names=False)
    assert not IDENTITY & launched(LEARNER.id).keys()
    assert not IDENTITY & launched(TEACHER.id, message="deep").keys()


def test_the_user_name_as_a_custom_parameter_arrives_even_when_names_are_withheld(
    moodle: MoodleStandIn, tool: Tool, launched: Launched
) -> None:
    custom = {"username": "$User.username"}
    moodle.site.change_tool(tool.id, names="never", emails="never", custom=custom)
    assert launched(LEARNER.id)[LTI + "custom"] == {"username": "s5"}


# --- Custom parameters --------------------------------------------------------------------------


def test_custom_parameters_are_substituted(
    moodle: MoodleStandIn, tool: Tool, launched: Launched
) -> None:
    moodle.site.change_tool(
        tool.id,
        custom={
            "plain": "as written",
            "history": "$Context.id.history",
            "sourced": "$Context.sourcedId",
            "begin": "$CourseSection.timeFrame.begin",
            "end": "$CourseSection.timeFrame.end",
            "groups": "$Moodle.Person.userGroupIds",
            "person": "$Person.sourcedId",
            "email": "$Person.email.primary",
            "unknown": "$Nobody.knows",
        },
    )
    assert launched(LEARNER.id)[LTI + "custom"] == {
        "plain": "as written",
        "history": "20,9",
        "sourced": "bio/26",
        "begin": "2026-09-01T00:00:00+00:00",
        "end": None,
        "groups": None,
        "person": "L5",
        "email": "zoe@x.example",
        "unknown": "$Nobody.knows",
    }
    custom = launched(TEACHER.id, EMPTY_COURSE.id)[LTI + "custom"]
    assert (custom["history"], custom["sourced"], custom["begin"]) == ("", "", None)


def test_a_key_with_capitals_arrives_twice(
    moodle: MoodleStandIn, tool: Tool, launched: Launched
) -> None:
    moodle.site.change_tool(tool.id, custom={"roomName": "A"})
    assert launched(LEARNER.id)[LTI + "custom"] == {"roomName": "A", "roomname": "A"}


def test_an_activity_s_own_parameters_and_address_win(
    moodle: MoodleStandIn, tool: Tool, launched: Launched
) -> None:
    moodle.site.change_tool(tool.id, custom={"room": "any", "site": "s"})
    url = f"{tool.tool_url}?room=1"
    moodle.site.add_activity(COURSE.id, tool.id, url=url, custom={"room": "1_abc"})
    claims = launched(LEARNER.id)
    assert claims[LTI + "custom"] == {"room": "1_abc", "site": "s"}
    assert claims[LTI + "target_link_uri"] == url


# --- Services -----------------------------------------------------------------------------------


def test_the_members_are_announced_once_the_tool_is_used_in_the_course(
    moodle: MoodleStandIn, tool: Tool, launched: Launched
) -> None:
    assert MEMBERSHIPS_CLAIM not in launched(TEACHER.id, message="deep")
    moodle.site.add_activity(COURSE.id, tool.id)
    url = f"{moodle.issuer}/mod/lti/services.php/CourseSection/21/bindings/{tool.id}/memberships"
    for claims in (launched(TEACHER.id, message="deep"), launched(TEACHER.id)):
        assert claims[MEMBERSHIPS_CLAIM]["context_memberships_url"] == url
    moodle.site.change_tool(tool.id, memberships=False)
    assert MEMBERSHIPS_CLAIM not in launched(TEACHER.id)


def test_grades_are_announced_as_far_as_they_are_granted(
    moodle: MoodleStandIn, tool: Tool, launched: Launched
) -> None:
    assert GRADES_CLAIM not in launched(TEACHER.id)
    moodle.site.change_tool(tool.id, grades="read")
    grades = launched(TEACHER.id)[GRADES_CLAIM]
    assert GRADES_SCOPE + "lineitem" not in grades["scope"]
    items = f"{moodle.issuer}/mod/lti/services.php/{COURSE.id}/lineitems"
    assert grades["lineitems"] == f"{items}?type_id={tool.id}"
    assert "lineitem" not in grades
    moodle.site.change_tool(tool.id, grades="full")
    (activity,) = moodle.site.activities_in(COURSE.id)
    moodle.site.change_activity(activity.id, line_item_id=77)
    grades = launched(TEACHER.id)[GRADES_CLAIM]
    assert GRADES_SCOPE + "lineitem" in grades["scope"]
    assert grades["lineitem"] == f"{items}/77/lineitem?type_id={tool.id}"


# --- Deep linking -------------------------------------------------------------------------------


def test_a_selection_of_content_has_settings_without_data(
    moodle: MoodleStandIn, tool: Tool, launched: Launched
) -> None:
    claims = launched(TEACHER.id, message="deep")
    assert claims[LTI + "message_type"] == "LtiDeepLinkingRequest"
    assert LTI + "resource_link" not in claims
    settings = claims[DEEP_LINKING + "deep_linking_settings"]
    assert settings["accept_types"] == ["ltiResourceLink"]
    assert settings["accept_multiple"] is True
    assert "data" not in settings
    assert settings["deep_link_return_url"].startswith(
        f"{moodle.issuer}/mod/lti/contentitem_return.php?course={COURSE.id}&id={tool.id}&"
    )


@pytest.mark.parametrize("user_id", [TUTOR.id, LEARNER.id])
def test_who_may_not_edit_can_t_select_content(
    moodle: MoodleStandIn, tool: Tool, user_id: int
) -> None:
    with pytest.raises(PageShown, match="403"):
        moodle.launch_form(COURSE.id, user_id, message="deep")
