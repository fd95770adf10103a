"""Rollcall inside of Moodle, in a real Chromium: frame, cookies, windows, and who may frame it.

The stand-in is at localhost and Rollcall at 127.0.0.1: for a browser two sites, as in real life.
Cookies of the one in the other's frame are blocked here, as browsers do, unless kept apart for it.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, BrowserType, Frame, Page, expect
from pytest_django.live_server_helper import LiveServer

from reports.models import MoodleSite, User
from reports.simulator.moodle.exchange import HTML, Response
from reports.simulator.moodle.standin import MoodleStandIn
from tests.browser.every_page import too_wide
from tests.browser.test_accessibility import serious
from tests.moodle.conftest import (
    ANATOMY,
    BOTANY,
    LEARNER,
    TEACHER,
    TUTOR,
    course_of,
    registered,
    small_world,
    user_of,
)

FRAME = "#contentframe"
NO_COOKIES_IN_FRAMES = """
if (window !== window.top) {
  Object.defineProperty(Document.prototype, "cookie", {get: () => "", set: () => {}});
}
"""


@pytest.fixture(scope="module")
def strict_browser(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any]
) -> Iterator[Browser]:
    """Launch a Chromium that blocks another site's cookies in frames."""
    given = browser_type_launch_args
    args = [*given["args"], "--test-third-party-cookie-phaseout"]
    browser = browser_type.launch(**given | {"args": args})
    yield browser
    browser.close()


@pytest.fixture
def context(
    strict_browser: Browser, browser_context_args: dict[str, Any]
) -> Iterator[BrowserContext]:
    made = strict_browser.new_context(**browser_context_args)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, well_behaved_pages: list[str]) -> Page:
    return context.new_page()


@pytest.fixture
def moodle() -> Iterator[MoodleStandIn]:
    cache.clear()
    with MoodleStandIn(small_world()) as running:
        yield running


@pytest.fixture
def other_moodle() -> Iterator[MoodleStandIn]:
    with MoodleStandIn(small_world()) as running:
        yield running


@pytest.fixture
def rollcall(live_server: LiveServer, transactional_db: None) -> str:
    """Return Rollcall's address, another site's than the stand-in's."""
    return f"http://127.0.0.1:{urlsplit(live_server.url).port}"


@pytest.fixture
def site(moodle: MoodleStandIn, rollcall: str) -> MoodleSite:
    return registered(moodle, rollcall)


def opened(page: Page, moodle: MoodleStandIn, course: int = ANATOMY, user: int = TEACHER) -> Frame:
    """Open the course's link in Moodle's page; return the frame, arrived in the course."""
    frame = shown(page, moodle, course, user)
    frame.wait_for_url("**/courses/*/**")
    return frame


def shown(page: Page, moodle: MoodleStandIn, course: int, user: int) -> Frame:
    tool = moodle.site.tools[0].id
    known = moodle.site.activities_in(course, tool)
    activity = known[0] if known else moodle.site.add_activity(course, tool)
    page.goto(f"{moodle.issuer}/mod/lti/view.php?id={activity.id}&as={user}")
    handle = page.wait_for_selector(FRAME)
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    return frame


def go(frame: Frame, path: str) -> None:
    """Follow a link of the frame's page."""
    with frame.expect_navigation():
        frame.evaluate("(path) => { location.href = path }", path)


def who(frame: Frame | Page) -> str:
    """Return whose settings the page of one's own shows."""
    return str(frame.locator("dl.facts").inner_text())


def test_chromium_blocks_the_cookies_of_a_framed_site(
    page: Page, moodle: MoodleStandIn, other_moodle: MoodleStandIn
) -> None:
    """The ground of the other tests here: without Partitioned no cookie would come back."""
    there = f"http://127.0.0.1:{urlsplit(other_moodle.issuer).port}"
    flags = "SameSite=None; Secure; Path=/"
    other_moodle.instead["/set"] = Response(
        b"<h1>set</h1>", 200, HTML, {"Set-Cookie": f"plain=1; {flags}"}
    )
    other_moodle.instead["/apart"] = Response(
        b"<h1>apart</h1>", 200, HTML, {"Set-Cookie": f"apart=1; {flags}; Partitioned"}
    )
    frames = "".join(f'<iframe src="{there}/{path}"></iframe>' for path in ("set", "apart"))
    moodle.instead["/two"] = Response(frames.encode())
    moodle.instead["/again"] = Response(f'<iframe src="{there}/"></iframe>'.encode())
    for path in ("/two", "/again"):
        page.goto(f"{moodle.issuer}{path}")
        page.wait_for_load_state("networkidle")
    asked = [request for request in other_moodle.requests if request.path == "/"]
    assert [request.headers.get("cookie") for request in asked] == ["apart=1"]


def test_a_teacher_works_in_the_frame(page: Page, moodle: MoodleStandIn, site: MoodleSite) -> None:
    frame = opened(page, moodle)
    assert urlsplit(frame.url).path == f"/courses/{course_of(site).pk}/"
    go(frame, reverse("reports:me"))
    assert "Tina Teacher" in who(frame)
    frame.locator("select[name=time_zone]").select_option("Europe/Madrid")
    frame.get_by_role("button", name="Store the time zone").click()
    expect(frame.get_by_text("Times are in Europe/Madrid now.").first).to_be_visible()
    assert user_of(site, TEACHER).time_zone == "Europe/Madrid"


def test_two_courses_in_two_tabs(
    page: Page, context: BrowserContext, moodle: MoodleStandIn, site: MoodleSite
) -> None:
    first = opened(page, moodle)
    go(first, reverse("reports:me"))
    second = opened(context.new_page(), moodle, BOTANY)
    assert course_of(site, BOTANY).pk != course_of(site).pk
    go(second, reverse("reports:me"))
    # The page that was open before the other launch still sends its form.
    first.locator("select[name=time_zone]").select_option("Europe/Rome")
    first.get_by_role("button", name="Store the time zone").click()
    expect(first.get_by_text("Times are in Europe/Rome now.").first).to_be_visible()
    assert "Tina Teacher" in who(second)


def test_somebody_else_in_another_tab_takes_over(
    page: Page, context: BrowserContext, moodle: MoodleStandIn, site: MoodleSite
) -> None:
    first = opened(page, moodle)
    opened(context.new_page(), moodle, BOTANY, TUTOR)
    go(first, reverse("reports:me"))
    assert "Tom Tutor" in who(first)


def test_a_window_of_its_own(
    page: Page, context: BrowserContext, moodle: MoodleStandIn, site: MoodleSite, rollcall: str
) -> None:
    activity = moodle.site.add_activity(ANATOMY, moodle.site.tools[0].id)
    launch = f"{moodle.issuer}/mod/lti/launch.php?id={activity.id}&container=window"
    page.goto(f"{launch}&as={TEACHER}")
    page.wait_for_url("**/courses/*/**")
    page.goto(rollcall + reverse("reports:me"))
    assert "Tina Teacher" in who(page)
    page.goto(f"{launch}&as={TUTOR}")
    page.wait_for_url("**/courses/*/**")
    page.goto(rollcall + reverse("reports:me"))
    assert "Tom Tutor" in who(page)


def test_a_password_counts_again_after_a_window_from_moodle(
    page: Page, moodle: MoodleStandIn, site: MoodleSite, rollcall: str
) -> None:
    """A cookie of the launch that stayed beside the new one would keep its owner out."""
    User.objects.create_superuser("head", "head@example.org", "a long enough password")

    def sign_in() -> None:
        page.goto(f"{rollcall}/sign-in/")
        page.get_by_label("Username").fill("head")
        page.get_by_label("Password").fill("a long enough password")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{rollcall}/")

    sign_in()
    activity = moodle.site.add_activity(ANATOMY, moodle.site.tools[0].id)
    page.goto(f"{moodle.issuer}/mod/lti/launch.php?id={activity.id}&as={TEACHER}&container=window")
    page.wait_for_url("**/courses/*/**")
    page.goto(rollcall + reverse("reports:accounts"))
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here for you")
    user = User.objects.get(username="head")
    page.goto(rollcall + reverse("reports:me"))
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/**")
    sign_in()
    page.goto(rollcall + reverse("reports:user", args=[user.pk]))
    expect(page.get_by_role("heading", level=1)).to_have_text("head")


def test_a_page_of_another_origin_can_not_frame_it(
    page: Page,
    moodle: MoodleStandIn,
    other_moodle: MoodleStandIn,
    site: MoodleSite,
    rollcall: str,
    well_behaved_pages: list[str],
) -> None:
    """The other one is of the same site, so its frame has the session; its origin isn't known."""
    opened(page, moodle)
    me = rollcall + reverse("reports:me")
    html = f'<iframe id="contentframe" src="{me}"></iframe>'.encode()
    moodle.instead["/mine"] = other_moodle.instead["/theirs"] = Response(html)
    page.goto(f"{moodle.issuer}/mine")
    expect(page.frame_locator(FRAME).get_by_text("Tina Teacher").first).to_be_visible()
    assert not well_behaved_pages
    page.goto(f"{other_moodle.issuer}/theirs")
    page.wait_for_load_state("networkidle")
    expect(page.frame_locator(FRAME).get_by_text("Tina Teacher")).to_have_count(0)
    assert any("frame-ancestors" in complaint for complaint in well_behaved_pages)
    well_behaved_pages.clear()


def test_where_cookies_are_blocked_a_new_window_is_offered_and_works(
    page: Page, context: BrowserContext, moodle: MoodleStandIn, site: MoodleSite, rollcall: str
) -> None:
    context.add_init_script(NO_COOKIES_IN_FRAMES)
    frame = shown(page, moodle, ANATOMY, TEACHER)
    expect(frame.get_by_role("heading", name="Open in a new window")).to_be_visible()
    with page.expect_popup() as opened_window:
        frame.get_by_role("button", name="Open in a new window").click()
    window = opened_window.value
    window.wait_for_url("**/courses/*/**")
    window.goto(rollcall + reverse("reports:me"))
    assert "Tina Teacher" in who(window)


def test_a_refusal_is_read_in_the_frame(
    page: Page, moodle: MoodleStandIn, site: MoodleSite
) -> None:
    frame = shown(page, moodle, ANATOMY, LEARNER)
    expect(frame.get_by_role("heading")).to_have_text("Learners can't look at this course here")


def test_a_site_that_waits_reads_so_in_the_frame(
    page: Page, moodle: MoodleStandIn, site: MoodleSite
) -> None:
    MoodleSite.objects.update(is_active=False)
    frame = shown(page, moodle, ANATOMY, TEACHER)
    expect(frame.get_by_role("heading")).to_have_text("Waiting to be confirmed")


def test_a_session_that_is_over_says_so_in_the_frame(
    page: Page, context: BrowserContext, moodle: MoodleStandIn, site: MoodleSite
) -> None:
    frame = opened(page, moodle)
    [session] = [one for one in context.cookies() if one["name"] == "sessionid"]
    context.clear_cookies(name=session["name"])
    go(frame, reverse("reports:me"))
    expect(frame.get_by_role("heading")).to_have_text("Your session is over")
    opened(page, moodle)  # the link of the course leads in again


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_a_sign_in_fit_a_phone_and_axe_finds_nothing(
    page: Page,
    context: BrowserContext,
    moodle: MoodleStandIn,
    site: MoodleSite,
    rollcall: str,
    scheme: Any,
) -> None:
    MoodleSite.objects.update(contact="helpdesk@example.org")
    context.add_init_script(NO_COOKIES_IN_FRAMES.replace("window !== window.top", "true"))
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 320, "height": 600})
    activity = moodle.site.add_activity(ANATOMY, moodle.site.tools[0].id)
    start = moodle.launch_form(ANATOMY, TEACHER, activity_id=activity.id)
    nowhere = f"{rollcall}{reverse('reports:moodle-sign-in')}"
    pages = {
        "Open in a new window": start.as_url(),
        "This address is opened by Moodle": nowhere,
        "This Moodle is not known here": f"{nowhere}?iss=https://moodle.example.org",
        "This link belongs to a tool that is no longer known": (
            f"{nowhere}?iss={site.issuer}&client_id=1"
        ),
    }
    for heading, url in pages.items():
        page.goto(url)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        assert too_wide(page) == [], heading
        assert serious(page, heading) == []
