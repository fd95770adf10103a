"""Pages in Moodle's frame, in Chromium: their bar, their height, their width, and the way out.

The stand-in is at localhost and Rollcall at 127.0.0.1: for a browser two sites, as in real life.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Frame, Page, expect
from pytest_django.live_server_helper import LiveServer

from reports.models import Course, Room
from reports.simulator.moodle.standin import MoodleStandIn
from tests import course_factories, factories
from tests.browser.every_page import too_wide
from tests.factories import START
from tests.moodle.conftest import ANATOMY, LEARNER, TEACHER, registered, small_world

FRAME = "#contentframe"
DAYS = "from=2026-01-12&to=2026-01-18&tz=UTC"


@dataclass(frozen=True)
class Embedded:
    """A page of Moodle's with Rollcall in its frame."""

    page: Page
    frame: Frame
    course: Course

    def go(self, path: str) -> None:
        """Follow a link of the frame's page."""
        with self.frame.expect_navigation():
            self.frame.evaluate("(path) => { location.href = path }", path)

    @property
    def course_url(self) -> str:
        return f"{reverse('reports:course', args=[self.course.pk])}?{DAYS}"

    def heights(self) -> tuple[int, int]:
        """Return the heights of the frame and of the page in it, once they agree or don't change."""
        height = "() => Math.ceil(document.body.getBoundingClientRect().height)"
        inner = 0
        for _ in range(50):
            inner = int(self.frame.evaluate(height))
            outer = self.page.locator(FRAME).evaluate("(frame) => frame.clientHeight")
            if inner == outer:
                break
            self.page.wait_for_timeout(100)
        return int(outer), inner


@pytest.fixture
def moodle() -> Iterator[MoodleStandIn]:
    cache.clear()
    with MoodleStandIn(small_world()) as running:
        yield running


@pytest.fixture
def room(moodle: MoodleStandIn, live_server: LiveServer, transactional_db: None) -> Room:
    """A room of the anatomy course of a registered site, with some sessions."""
    account = factories.account()
    site = registered(moodle, f"http://127.0.0.1:{urlsplit(live_server.url).port}", account=account)
    made = factories.room(account, "Anatomy hall")
    people = [
        factories.person(account, f"s{number}", name=f"Person {number}") for number in range(9)
    ]
    for day in range(5):
        rows = [(person, 600 * (number + 1), 300) for number, person in enumerate(people)]
        factories.whole_session(
            made, rows[: 4 + day], START + timedelta(days=day), length_seconds=5400
        )
    course = course_factories.course(site, [made], str(ANATOMY), roster_asked_at=START)
    for number in range(7):
        course_factories.enrolment(course, str(number), first_seen_at=START + timedelta(days=1))
    return made


@pytest.fixture
def embedded(page: Page, moodle: MoodleStandIn, room: Room) -> Embedded:
    """The course, opened by its teacher."""
    tool = moodle.site.tools[0].id
    activity = moodle.site.add_activity(ANATOMY, tool)
    page.goto(f"{moodle.issuer}/mod/lti/view.php?id={activity.id}&as={TEACHER}")
    frame = frame_of(page)
    frame.wait_for_url("**/courses/*/**")
    return Embedded(page, frame, Course.objects.get(course_id=str(ANATOMY)))


def frame_of(page: Page) -> Frame:
    handle = page.wait_for_selector(FRAME)
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    return frame


def drawn(frame: Frame) -> None:
    """Wait for every chart of the page."""
    count = frame.locator("figure.chart").count()
    expect(frame.locator("figure.chart[data-drawn=yes]")).to_have_count(count, timeout=20_000)


def test_the_frame_is_as_high_as_the_page(embedded: Embedded) -> None:
    embedded.go(embedded.course_url)
    drawn(embedded.frame)
    outer, inner = embedded.heights()
    assert outer == inner > 1500
    embedded.go(reverse("reports:course-settings", args=[embedded.course.pk]))
    outer, inner = embedded.heights()
    assert outer == inner < 800  # and lower again
    embedded.frame.locator("body").evaluate(
        "(body) => { const box = document.createElement('p'); box.textContent = 'x\\n'.repeat(9999);"
        " body.append(box); }"
    )
    outer, inner = embedded.heights()
    assert outer == inner > 800


def test_what_changes_in_place_changes_in_the_frame(embedded: Embedded) -> None:
    embedded.go(embedded.course_url)
    drawn(embedded.frame)
    embedded.frame.evaluate("() => { window.sameDocument = true }")
    embedded.frame.get_by_role("link", name="Last 7 days").click()
    heading = embedded.frame.get_by_role("heading", name="No session in these days")
    expect(heading).to_be_visible()
    assert embedded.frame.evaluate("() => window.sameDocument")
    expect(embedded.frame.locator(".course-bar-name")).to_have_text("ANA-1")
    outer, inner = embedded.heights()
    assert outer == inner


@pytest.mark.parametrize("width", [320, 375, 760, 1280])
def test_no_page_is_wider_than_the_frame(embedded: Embedded, width: int) -> None:
    embedded.page.set_viewport_size({"width": width, "height": 800})
    wide = []
    query = f"?course={embedded.course.pk}&{DAYS}"
    of_room = Room.objects.get()
    for path in (
        embedded.course_url,
        reverse("reports:course-settings", args=[embedded.course.pk]),
        reverse("reports:sessions") + query,
        reverse("reports:room", args=[of_room.account_id, of_room.entry_id]) + query,
        "/nothing/",
    ):
        embedded.go(path)
        expect(embedded.frame.locator(".course-bar")).to_be_visible()
        wide += [(path, *found) for found in too_wide(embedded.frame)]  # type: ignore[arg-type]
    assert wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_frame(embedded: Embedded, scheme: Any) -> None:
    embedded.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = []
    for path in (
        embedded.course_url,
        reverse("reports:course-settings", args=[embedded.course.pk]),
    ):
        embedded.go(path)
        violations = Axe().run(embedded.frame).response["violations"]
        found += [one["id"] for one in violations if one["impact"] in ("serious", "critical")]
    assert found == []


def test_the_bar_is_used_by_keyboard(embedded: Embedded) -> None:
    embedded.frame.locator(".course-bar-name").focus()
    for name in ("Register", "Sessions"):
        embedded.page.keyboard.press("Tab")
        assert embedded.frame.evaluate("() => document.activeElement.textContent") == name
    with embedded.frame.expect_navigation():
        embedded.page.keyboard.press("Enter")
    assert f"course={embedded.course.pk}" in embedded.frame.url
    current = embedded.frame.locator(".course-bar [aria-current]")
    expect(current).to_have_text("Sessions")


def test_a_window_opens_signed_in_beside_moodle(embedded: Embedded) -> None:
    embedded.go(embedded.course_url)
    embedded.frame.get_by_role("button", name="Open in a window").click()
    button = embedded.frame.get_by_role("button", name="Open the window")
    expect(button).to_be_visible()
    with embedded.page.expect_popup() as popup:
        button.click()
    window = popup.value
    window.wait_for_url(f"**{embedded.course_url}")
    expect(window.get_by_role("heading", level=1)).to_have_text("Anatomy course")
    expect(window.locator(".site-header")).to_be_visible()
    expect(window.locator(".course-bar")).to_have_count(0)
    embedded.go(embedded.course_url)  # and the frame goes on
    expect(embedded.frame.locator(".course-bar")).to_be_visible()


def test_another_sites_page_opens_no_window(
    embedded: Embedded, live_server: LiveServer, moodle: MoodleStandIn
) -> None:
    """What keeps somebody from being signed in as somebody else: the browser tells who sent it."""
    embedded.frame.get_by_role("button", name="Open in a window").click()
    ticket = embedded.frame.locator("input[name=ticket]").get_attribute("value")
    action = urlsplit(embedded.frame.url)._replace(path=reverse("reports:moodle-window-open"))
    embedded.page.evaluate(
        """([action, ticket]) => {
          const form = Object.assign(document.createElement("form"), {action, method: "post"});
          const field = Object.assign(document.createElement("input"), {name: "ticket", value: ticket});
          form.append(field);
          document.body.append(form);
          form.submit();
        }""",
        [action._replace(query="").geturl(), ticket],
    )
    heading = embedded.page.get_by_role("heading", level=1)
    expect(heading).to_have_text("This window can't be opened any more")


def test_a_link_is_placed_in_the_course(page: Page, moodle: MoodleStandIn, room: Room) -> None:
    tool = moodle.site.tools[0].id
    page.goto(f"{moodle.issuer}/course/modedit.php?course={ANATOMY}&id={tool}&as={TEACHER}")
    frame = frame_of(page)
    frame.get_by_label("Room: Anatomy hall").check()
    frame.get_by_role("button", name="Place the link").click()
    page.wait_for_url("**/course/view.php**")
    [made] = moodle.site.activities_in(ANATOMY, tool)
    assert made.title == "Anatomy hall"
    page.goto(f"{moodle.issuer}/mod/lti/view.php?id={made.id}&as={TEACHER}")
    expect(frame_of(page).get_by_role("heading", level=1)).to_have_text("Anatomy hall")


def test_a_learners_frame_has_the_own_attendance(
    page: Page, moodle: MoodleStandIn, room: Room
) -> None:
    Course.objects.update(learners_see_own=True)
    activity = moodle.site.add_activity(ANATOMY, moodle.site.tools[0].id)
    page.goto(f"{moodle.issuer}/mod/lti/view.php?id={activity.id}&as={LEARNER}")
    frame = frame_of(page)
    frame.wait_for_url("**/me/")
    expect(frame.locator(".course-bar-name")).to_have_text("ANA-1")
    expect(frame.locator(".course-bar a", has_text="Attendees")).to_have_count(0)


def test_no_other_site_is_told_how_high_a_page_is() -> None:
    script = (Path(settings.BASE_DIR) / "static/js/embedded.js").read_text()
    [message] = re.findall(r"postMessage\((.*)\)", script)
    assert message == '{ subject: "lti.frameResize", height }, frameOrigin'
