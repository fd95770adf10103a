"""One session's page in a browser: its attendees in place, its breakouts by mouse and by keyboard."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from reports.models import RoomSession
from tests import factories
from tests.browser.every_page import signed_in
from tests.factories import START
from tests.views.conftest import session_url


@pytest.fixture
def breakout(transactional_db: None) -> RoomSession:
    """The breakout of a session of twelve people."""
    account = factories.account()
    room = factories.room(account)
    people = [factories.person(account, f"s{n}", name=f"Student {n}") for n in range(12)]
    main = factories.whole_session(room, [(person, 300, 30) for person in people])
    group = factories.room(account, "Group 1", parent=room)
    return factories.whole_session(
        group,
        [(people[0], 60, 30)],
        START + timedelta(minutes=10),
        length_seconds=1800,
        main_session=main,
    )


@pytest.fixture
def opened(
    page: Page, context: BrowserContext, live_server: LiveServer, breakout: RoomSession
) -> Page:
    """The page of the main session; `window.loaded` is lost when a whole page is loaded."""
    signed_in(context, live_server.url)
    assert breakout.main_session
    page.goto(live_server.url + session_url(breakout.main_session) + "?tz=UTC")
    expect(page.locator("figure[data-option=timeline-option]")).to_have_attribute(
        "data-drawn", "yes"
    )
    page.evaluate("window.loaded = 'once'")
    return page


def test_attendees_are_searched_and_sorted_in_place(opened: Page) -> None:
    search = opened.get_by_role("searchbox", name="Search the attendees")
    search.press_sequentially("Student 1", delay=20)
    rows = opened.get_by_role("region", name="Attendees of this session").locator("tbody tr")
    expect(rows).to_have_count(3)  # 1, 10 and 11
    expect(opened).to_have_url(re.compile("search=Student"))
    expect(opened.locator("#announcement")).to_have_text("3 attendees fit")
    expect(search).to_be_focused()
    opened.get_by_role("link", name="Name").click()
    expect(rows.first).to_contain_text("Student 11")
    expect(opened.get_by_role("link", name="Download CSV").first).to_have_attribute(
        "href", re.compile("search=Student.*sort=-name")
    )
    assert opened.evaluate("window.loaded") == "once"
    expect(opened.locator("figure[data-drawn=yes]")).to_have_count(2)


def test_a_click_on_a_bar_leads_to_the_breakout(opened: Page, breakout: RoomSession) -> None:
    canvas = opened.locator("figure[data-option=timeline-option] .chart-canvas")
    box = canvas.bounding_box()
    assert box
    canvas.click(position={"x": box["width"] * 0.45, "y": 50})  # 10 to 40 minutes of 60
    expect(opened).to_have_url(re.compile(breakout.cue_point_id))


def test_the_numbers_of_the_time_line_lead_there_by_keyboard(
    opened: Page, breakout: RoomSession
) -> None:
    opened.locator("figure[data-option=timeline-option] summary").press("Enter")
    table = opened.get_by_role("table", name="When the breakouts took place")
    table.get_by_role("link", name="Group 1").press("Enter")
    expect(opened).to_have_url(re.compile(breakout.cue_point_id))
