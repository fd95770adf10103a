"""Filters, order and pages change in place: the address follows, the back button works."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from reports.models import RoomSession
from tests import factories
from tests.browser.every_page import signed_in
from tests.factories import START

DAY = f"?from={START:%Y-%m-%d}&to={START:%Y-%m-%d}&tz=UTC"


@pytest.fixture
def seen(transactional_db: None) -> list[RoomSession]:
    """Sixty sessions, of which five are in Botany."""
    account = factories.account()
    rooms = [factories.room(account, name) for name in ("Anatomy", "Botany")]
    return [
        factories.session(
            rooms[number % 12 == 0], START + timedelta(minutes=number), host_name=f"Host {number}"
        )
        for number in range(60)
    ]


@pytest.fixture
def listed(
    page: Page, context: BrowserContext, live_server: LiveServer, seen: list[RoomSession]
) -> Page:
    """The list of sessions; `window.loaded` is lost when a whole page is loaded."""
    signed_in(context, live_server.url)
    page.goto(live_server.url + reverse("reports:sessions") + DAY)
    page.evaluate("window.loaded = 'once'")
    return page


def is_same_load(page: Page) -> bool:
    return page.evaluate("window.loaded") == "once"


def test_typing_in_the_search_narrows_the_list_in_place(listed: Page) -> None:
    search = listed.get_by_label("Search")
    search.press_sequentially("Botany", delay=20)
    expect(listed.locator("#results tbody tr")).to_have_count(5)
    expect(listed).to_have_url(re.compile("search=Botany"))
    assert is_same_load(listed)
    expect(search).to_be_focused()
    expect(search).to_have_value("Botany")
    assert "kind=" not in listed.url  # what is empty is not in the address


def test_back_shows_the_list_before(listed: Page) -> None:
    listed.get_by_label("Search").fill("Botany")
    expect(listed.locator("#results tbody tr")).to_have_count(5)
    listed.go_back()
    expect(listed.locator("#results tbody tr")).to_have_count(50)
    expect(listed.get_by_label("Search")).to_have_value("")
    listed.go_forward()
    expect(listed.locator("#results tbody tr")).to_have_count(5)


def test_order_and_pages_change_in_place_by_keyboard(listed: Page) -> None:
    listed.locator("#sort-host").focus()
    listed.keyboard.press("Enter")
    header = listed.get_by_role("columnheader", name="Host")
    expect(header).to_have_attribute("aria-sort", "ascending")
    expect(listed.locator("#sort-host")).to_be_focused()
    listed.keyboard.press("Enter")
    expect(header).to_have_attribute("aria-sort", "descending")
    listed.get_by_role("link", name="Next").click()
    expect(listed.locator("#results tbody tr")).to_have_count(10)
    expect(listed).to_have_url(re.compile("sort=-host.*page=2"))
    assert is_same_load(listed)


def test_a_choice_is_sent_at_once_and_its_panel_stays_open(listed: Page) -> None:
    listed.get_by_text("More filters").click()
    listed.get_by_label("Rooms", exact=True).select_option("breakouts")
    expect(listed.get_by_role("heading", name="No session fits")).to_be_visible()
    expect(listed.get_by_label("Rooms", exact=True)).to_be_visible()
    listed.get_by_role("link", name="Rooms: Breakouts only").click()  # the chip takes it away
    expect(listed.locator("#results tbody tr")).to_have_count(50)
    assert is_same_load(listed)


def test_what_cannot_be_read_is_said_in_place(listed: Page) -> None:
    listed.get_by_label("Time zone").fill("Mars/Olympus")
    listed.get_by_role("button", name="Show").click()
    expect(listed.get_by_text("Enter the name of a time zone")).to_be_visible()
    expect(listed.get_by_label("Time zone")).to_have_value("Mars/Olympus")


def test_the_count_is_read_aloud(listed: Page) -> None:
    listed.get_by_label("Search").fill("Botany")
    expect(listed.locator("#announcement")).to_have_text("5 sessions")


def test_who_is_signed_out_meanwhile_is_led_to_the_sign_in(listed: Page) -> None:
    Session.objects.all().delete()
    listed.get_by_label("Search").fill("Botany")
    expect(listed.get_by_role("button", name="Sign in")).to_be_visible()


def test_nothing_of_a_list_is_kept_in_the_browser(listed: Page) -> None:
    listed.get_by_label("Search").fill("Botany")
    expect(listed.locator("#results tbody tr")).to_have_count(5)
    listed.go_back()
    expect(listed.locator("#results tbody tr")).to_have_count(50)
    kept = listed.evaluate(
        "JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage})"
    )
    assert "Host" not in kept  # the address alone, as in the browser's own history


def test_the_menu_opens_and_closes_by_keyboard(listed: Page) -> None:
    menu = listed.locator(".menu > summary")
    accounts = listed.get_by_role("link", name="Accounts")
    expect(accounts).to_be_hidden()
    menu.focus()
    listed.keyboard.press("Enter")
    expect(accounts).to_be_visible()
    listed.keyboard.press("Escape")
    expect(accounts).to_be_hidden()
    expect(menu).to_be_focused()


def test_the_header_of_a_long_table_stays_in_sight(listed: Page) -> None:
    box = listed.locator("#results .table-box")
    expect(box).to_have_class(re.compile("is-whole"))
    assert box.evaluate("box => box.scrollHeight <= box.clientHeight + 1")  # the page scrolls
    listed.locator("#results tbody tr").nth(40).scroll_into_view_if_needed()
    header = listed.locator("#sort-host").bounding_box()
    assert header
    assert 0 <= header["y"] < 60


def test_a_table_that_is_too_wide_scrolls_in_its_box_under_its_header(listed: Page) -> None:
    listed.set_viewport_size({"width": 375, "height": 740})
    box = listed.locator("#results .table-box")
    expect(box).not_to_have_class(re.compile("is-whole"))
    before = listed.locator("#sort-host").bounding_box()
    box.evaluate("box => { box.scrollTop = 600; }")
    after = listed.locator("#sort-host").bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) < 2
    first = listed.locator("#results tbody tr > :first-child").nth(20)
    start = first.bounding_box()
    box.evaluate("box => { box.scrollLeft = 200; }")
    end = first.bounding_box()
    assert start
    assert end
    assert abs(start["x"] - end["x"]) < 2
    assert listed.evaluate("document.documentElement.scrollWidth") <= 375


def test_the_links_of_the_header_are_one_row_on_a_phone(listed: Page) -> None:
    listed.set_viewport_size({"width": 375, "height": 740})
    listed.reload()
    row = listed.locator(".site-nav > ul")
    size = row.bounding_box()
    assert size
    assert size["height"] < 50
    listed.locator(".menu > summary").focus()
    listed.keyboard.press("Enter")
    people = listed.get_by_role("link", name="People and access")
    people.focus()
    expect(people).to_be_in_viewport(ratio=1)
    listed.goto(people.evaluate("link => link.href"))
    expect(listed.locator(".menu > summary")).to_be_in_viewport(ratio=1)
