"""The small site, served, with a tool that runs for real."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reports.simulator.moodle.moodle_site import MoodleSite
from reports.simulator.moodle.records import Tool
from reports.simulator.moodle.standin import MoodleStandIn
from tests.simulator.moodle.cast import COURSE, small_site
from tests.simulator.moodle.tool import SmallTool


@pytest.fixture
def site() -> MoodleSite:
    """Return the small site."""
    return small_site()


@pytest.fixture
def small_tool() -> Iterator[SmallTool]:
    """Serve the tool until the test ends."""
    with SmallTool() as running:
        yield running


@pytest.fixture
def moodle(site: MoodleSite, small_tool: SmallTool) -> Iterator[MoodleStandIn]:
    """Serve the site, below a path, until the test ends."""
    with MoodleStandIn(site, path="/moodle") as running:
        small_tool.moodle = running
        yield running


@pytest.fixture
def tool(moodle: MoodleStandIn, small_tool: SmallTool) -> Tool:
    """Return the tool as it is registered in the site."""
    return moodle.register_tool(**small_tool.settings())


@pytest.fixture
def launched(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> Callable[..., dict[str, Any]]:
    """Return a function: the claims that the tool was sent when somebody launched it."""

    def claims(user_id: int, course_id: int = COURSE.id, **settings: Any) -> dict[str, Any]:
        moodle.browser().launch(course_id, user_id, **settings)
        return moodle.claims_of(small_tool.launched[-1]["id_token"])

    return claims
