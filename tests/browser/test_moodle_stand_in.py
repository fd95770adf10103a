"""The Moodle stand-in's own pages in Chromium: what its script does with a framed tool."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from reports.simulator.moodle.claims import DEEP_LINKING
from reports.simulator.moodle.records import Tool
from reports.simulator.moodle.standin import MoodleStandIn
from tests.simulator.moodle.cast import ADMIN, COURSE, LEARNER, TEACHER, small_site
from tests.simulator.moodle.tool import SmallTool, selection

FRAME = "#contentframe"


@pytest.fixture
def small_tool() -> Iterator[SmallTool]:
    """Serve a small tool."""
    with SmallTool() as running:
        yield running


@pytest.fixture
def moodle(small_tool: SmallTool) -> Iterator[MoodleStandIn]:
    """Serve the small site below a path."""
    with MoodleStandIn(small_site(), path="/moodle") as running:
        small_tool.moodle = running
        yield running


@pytest.fixture
def tool(moodle: MoodleStandIn, small_tool: SmallTool) -> Tool:
    """Return the tool as it is registered in the site."""
    return moodle.register_tool(**small_tool.settings())


@pytest.mark.parametrize("message", ["message", "JSON.stringify(message)"])
def test_a_tool_on_another_site_is_framed_and_makes_its_frame_higher(
    page: Page, moodle: MoodleStandIn, small_tool: SmallTool, tool: Tool, message: str
) -> None:
    small_tool.page = lambda form: (
        "<h1>In the frame</h1><script>const message = {subject: 'lti.frameResize', height: 930};"
        f"parent.postMessage({message}, '*')</script>"
    )
    activity = moodle.site.add_activity(COURSE.id, tool.id)
    page.goto(f"{moodle.issuer}/mod/lti/view.php?id={activity.id}&as={LEARNER.id}")
    expect(page.frame_locator(FRAME).get_by_role("heading")).to_have_text("In the frame")
    expect(page.locator(FRAME)).to_have_css("height", "930px")


def test_a_frame_is_600_pixels_high_until_the_tool_says_else(
    page: Page, moodle: MoodleStandIn, small_tool: SmallTool, tool: Tool
) -> None:
    activity = moodle.site.add_activity(COURSE.id, tool.id)
    page.goto(f"{moodle.issuer}/mod/lti/view.php?id={activity.id}&as={LEARNER.id}")
    expect(page.frame_locator(FRAME).get_by_role("heading")).to_have_text("launched")
    expect(page.locator(FRAME)).to_have_css("height", "600px")


def test_the_page_goes_on_when_a_registering_tool_is_done(
    page: Page, moodle: MoodleStandIn, small_tool: SmallTool
) -> None:
    close = "parent.postMessage({subject: 'org.imsglobal.lti.close'}, '*')"
    small_tool.page = lambda form: (
        f'<p>{len(form["registration_token"])}</p><button onclick="{close}">Close</button>'
    )
    page.goto(f"{moodle.issuer}/mod/lti/toolconfigure.php?as={ADMIN.id}")
    page.get_by_label("Tool URL").fill(f"{small_tool.url}/register?key=1")
    page.get_by_role("button", name="Add LTI Advantage").click()
    page.frame_locator(FRAME).get_by_role("button", name="Close").click()
    expect(page.get_by_role("heading", name="Manage tools")).to_be_visible()


def test_selected_content_appears_in_the_course(
    page: Page, moodle: MoodleStandIn, small_tool: SmallTool, tool: Tool
) -> None:
    def choose(form: dict[str, str]) -> str:
        settings = moodle.claims_of(form["id_token"])[DEEP_LINKING + "deep_linking_settings"]
        items = [{"type": "ltiResourceLink", "title": "Room 5"}]
        return (
            f'<form method="post" action="{settings["deep_link_return_url"]}">'
            f'<input type="hidden" name="JWT" value="{selection(moodle, tool, small_tool.key, items)}">'
            "<button>Choose room 5</button></form>"
        )

    small_tool.page = choose
    page.goto(f"{moodle.issuer}/course/view.php?id={COURSE.id}&as={TEACHER.id}")
    page.get_by_role("link", name="Choose content").click()
    page.frame_locator(FRAME).get_by_role("button", name="Choose room 5").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(COURSE.full_name)
    expect(page.get_by_role("link", name="Room 5", exact=True)).to_be_visible()


def test_a_tool_opens_in_a_new_window(
    page: Page, moodle: MoodleStandIn, small_tool: SmallTool, tool: Tool
) -> None:
    moodle.site.add_activity(COURSE.id, tool.id)
    page.goto(f"{moodle.issuer}/course/view.php?id={COURSE.id}&as={LEARNER.id}")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="in a new window").click()
    expect(opened.value.get_by_role("heading")).to_have_text("launched")


def test_the_pages_fit_a_phone(
    page: Page, moodle: MoodleStandIn, small_tool: SmallTool, tool: Tool
) -> None:
    activity = moodle.site.add_activity(COURSE.id, tool.id)
    page.set_viewport_size({"width": 320, "height": 640})
    for path in (
        "/",
        f"/course/view.php?id={COURSE.id}&as={TEACHER.id}",
        f"/mod/lti/view.php?id={activity.id}&as={TEACHER.id}",
        f"/mod/lti/toolconfigure.php?as={ADMIN.id}",
    ):
        page.goto(f"{moodle.issuer}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
