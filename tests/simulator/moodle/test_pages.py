"""The pages that people see: labelled, complete, and refusing whom Moodle would refuse."""

import re
from html import unescape
from typing import Any

import pytest
import requests

from reports.simulator.moodle.layout import LABEL
from reports.simulator.moodle.records import Activity, Tool
from reports.simulator.moodle.standin import MoodleStandIn
from tests.simulator.moodle.cast import (
    ADMIN,
    COURSE,
    LEARNER,
    OUTSIDER,
    SUSPENDED,
    TEACHER,
    TUTOR,
)
from tests.simulator.moodle.tool import SmallTool


@pytest.fixture
def activity(moodle: MoodleStandIn, tool: Tool) -> Activity:
    """Return the tool's activity in the course."""
    return moodle.site.add_activity(COURSE.id, tool.id, "Who <came>")


def get(moodle: MoodleStandIn, path: str, **query: Any) -> requests.Response:
    """Return a page; `as_` is the parameter `as`."""
    parameters = {name.rstrip("_"): value for name, value in query.items()}
    return requests.get(f"{moodle.issuer}{path}", params=parameters, timeout=30)


def post(moodle: MoodleStandIn, path: str, **form: Any) -> requests.Response:
    """Return the page after a form was posted."""
    fields = {name.rstrip("_"): value for name, value in form.items()}
    return requests.post(f"{moodle.issuer}{path}", data=fields, timeout=30)


def addresses(page: str) -> list[str]:
    """Return where a page's links and frames lead."""
    return [unescape(found) for found in re.findall(r'(?:href|src)="(http[^"]*)"', page)]


def test_every_page_says_that_it_is_not_moodle(
    moodle: MoodleStandIn, tool: Tool, activity: Activity
) -> None:
    course, teacher = COURSE.id, TEACHER.id
    for page in (
        get(moodle, "/"),
        get(moodle, "/course/view.php", id=course, as_=teacher),
        get(moodle, "/mod/lti/view.php", id=activity.id, as_=teacher),
        get(moodle, "/course/modedit.php", course=course, id=tool.id, as_=teacher),
        get(moodle, "/mod/lti/toolconfigure.php", as_=ADMIN.id),
        get(moodle, "/mod/lti/addltiadvantage.php", url="http://t.example", as_=ADMIN.id),
        get(moodle, "/mod/lti/toolconfigure.php", as_=TEACHER.id),
    ):
        assert LABEL in page.text
        assert page.text.count("<h1>") == 1
        assert "<came>" not in page.text


def test_the_first_page_leads_everybody_everywhere(
    moodle: MoodleStandIn, tool: Tool, activity: Activity
) -> None:
    page = get(moodle, "/").text
    for words in (
        "Robin Castellan</a>, Site administrator",
        "Ada Lovelace</a>, Teacher",
        "Grace Hopper</a>, Non-editing teacher",
        "Zoë van der Berg</a>, Learner",
        "Kim Vogel</a>, Learner, suspended",
    ):
        assert words in page
    for url in addresses(page):
        refused = f"as={SUSPENDED.id}" in url
        assert requests.get(url, timeout=30).status_code == (403 if refused else 200), url


def test_a_course_offers_its_activities_in_a_frame_and_in_a_window(
    moodle: MoodleStandIn, tool: Tool, activity: Activity
) -> None:
    page = get(moodle, "/course/view.php", id=COURSE.id, as_=LEARNER.id).text
    assert "Who &lt;came&gt;" in page
    assert f"/mod/lti/view.php?id={activity.id}&as={LEARNER.id}" in unescape(page)
    assert f"launch.php?container=window&id={activity.id}&as={LEARNER.id}" in unescape(page)
    assert "Add an activity" not in page
    assert "Add an activity" not in get(moodle, "/course/view.php", id=COURSE.id, as_=TUTOR.id).text


def test_the_frame_s_first_page_posts_the_initiation_to_the_tool(
    moodle: MoodleStandIn, small_tool: SmallTool, activity: Activity
) -> None:
    page = get(moodle, "/mod/lti/view.php", id=activity.id, as_=LEARNER.id).text
    (frame,) = re.findall("<iframe.*?>", page)
    assert "sandbox" not in frame
    assert f"microphone {small_tool.url}; camera {small_tool.url};" in frame
    (source,) = (url for url in addresses(frame))
    first = requests.get(source, timeout=30).text
    assert f'<form method="post" action="{small_tool.url}/login"' in first
    assert ".submit();" in first
    for name in ("iss", "login_hint", "lti_message_hint", "client_id", "lti_deployment_id"):
        assert f'name="{name}"' in first


def test_a_teacher_adds_an_activity(moodle: MoodleStandIn, tool: Tool) -> None:
    form = {"course": COURSE.id, "tool": tool.id}
    page = post(moodle, "/course/mod.php", as_=TEACHER.id, **form)
    assert f">{tool.name}</a>" in page.text
    assert len(moodle.site.activities_in(COURSE.id, tool.id)) == 1
    assert post(moodle, "/course/mod.php", as_=TUTOR.id, **form).status_code == 403
    assert get(moodle, "/course/mod.php", as_=TEACHER.id, **form).status_code == 403
    assert len(moodle.site.activities_in(COURSE.id, tool.id)) == 1


def test_an_administrator_activates_and_deletes_tools(moodle: MoodleStandIn, tool: Tool) -> None:
    moodle.site.change_tool(tool.id, is_active=False)
    path, admin = "/mod/lti/toolconfigure.php", ADMIN.id
    assert "(pending)" in get(moodle, path, as_=admin).text
    assert post(moodle, path, action="activate", tool=tool.id, as_=TEACHER.id).status_code == 403
    assert "(active)" in post(moodle, path, action="activate", tool=tool.id, as_=admin).text
    assert moodle.site.tool(tool.id).is_active
    assert "no tool yet" in post(moodle, path, action="delete", tool=tool.id, as_=admin).text
    assert moodle.site.tools == ()


def test_a_registration_starts_in_a_frame_that_leads_to_the_tool(
    moodle: MoodleStandIn, small_tool: SmallTool
) -> None:
    url = f"{small_tool.url}/register?key=1"
    page = get(moodle, "/mod/lti/addltiadvantage.php", url=url, as_=ADMIN.id).text
    (frame,) = re.findall("<iframe.*?>", page)
    (source,) = addresses(frame)
    answer = requests.get(source, timeout=30, allow_redirects=False)
    target = answer.headers["Location"]
    assert target.startswith(f"{url}&openid_configuration=")
    assert "&registration_token=" in target
    wrong = {"url": "javascript:alert(1)", "as_": ADMIN.id}
    assert get(moodle, "/mod/lti/startltiadvregistration.php", **wrong).status_code == 400


def test_outsiders_and_suspended_people_are_kept_out(
    moodle: MoodleStandIn, tool: Tool, activity: Activity
) -> None:
    for user_id in (OUTSIDER.id, SUSPENDED.id):
        assert get(moodle, "/course/view.php", id=COURSE.id, as_=user_id).status_code == 403
        assert get(moodle, "/mod/lti/view.php", id=activity.id, as_=user_id).status_code == 403
        assert get(moodle, "/mod/lti/launch.php", id=activity.id, as_=user_id).status_code == 403


def test_an_activity_of_a_deleted_tool_can_t_be_opened(
    moodle: MoodleStandIn, tool: Tool, activity: Activity
) -> None:
    moodle.site.delete_tool(tool.id)
    page = get(moodle, "/mod/lti/view.php", id=activity.id, as_=LEARNER.id)
    assert (page.status_code, "no such tool any more" in page.text) == (404, True)


def test_unknown_people_and_things_are_not_found(moodle: MoodleStandIn) -> None:
    assert get(moodle, "/course/view.php", id=COURSE.id, as_=999).status_code == 404
    assert get(moodle, "/course/view.php", id="x", as_=TEACHER.id).status_code == 404
    assert get(moodle, "/mod/lti/view.php", id=999, as_=TEACHER.id).status_code == 404


def test_the_tool_s_way_back_leads_to_the_course_with_its_message(
    moodle: MoodleStandIn, tool: Tool, activity: Activity, small_tool: SmallTool
) -> None:
    moodle.browser().launch(COURSE.id, LEARNER.id)
    claims = moodle.claims_of(small_tool.launched[-1]["id_token"])
    presentation = claims["https://purl.imsglobal.org/spec/lti/claim/launch_presentation"]
    back = requests.get(
        presentation["return_url"], params={"lti_errormsg": "It <broke>"}, timeout=30
    ).text
    assert "It &lt;broke&gt;" in back
    assert f"/course/view.php?id={COURSE.id}&as={LEARNER.id}" in unescape(back)
    assert get(moodle, "/mod/lti/return.php", sesskey="forged").status_code == 404
