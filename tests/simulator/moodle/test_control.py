"""How another program puts its tool into the running site."""

from typing import Any

import pytest
import requests

from reports.simulator.moodle.standin import MoodleStandIn
from tests.simulator.moodle.cast import COURSE, EMPTY_COURSE
from tests.simulator.moodle.tool import SmallTool


def put(moodle: MoodleStandIn, content: Any) -> requests.Response:
    """Return the answer to the settings of a tool."""
    return requests.post(f"{moodle.issuer}/standin/tools", json=content, timeout=30)


def test_a_tool_is_put_in_once_and_changed_after_that(
    moodle: MoodleStandIn, small_tool: SmallTool
) -> None:
    settings = {**small_tool.settings(), "name": "Rollcall", "client_id": "demo"}
    first = put(moodle, {**settings, "in_every_course": True})
    assert first.json() == {"client_id": "demo", "deployment_id": "1"}
    again = put(moodle, {**settings, "names": "never", "in_every_course": True})
    assert again.json() == first.json()
    (tool,) = moodle.site.tools
    assert tool.names == "never"
    assert tool.redirect_urls == small_tool.settings()["redirect_urls"]
    for course in (COURSE, EMPTY_COURSE):
        assert len(moodle.site.activities_in(course.id, tool.id)) == 1


@pytest.mark.parametrize("content", [{"name": "x"}, {"colour": "red"}, [], "x"], ids=str)
def test_wrong_settings_are_refused(moodle: MoodleStandIn, content: Any) -> None:
    assert put(moodle, content).status_code == 400
    assert moodle.site.tools == ()


def test_a_form_of_another_page_is_refused(moodle: MoodleStandIn) -> None:
    url = f"{moodle.issuer}/standin/tools"
    assert requests.post(url, data={"name": "x"}, timeout=30).status_code == 400
    assert requests.get(url, timeout=30).status_code == 400
