"""From a number's "i" to its words in the help, by mouse and by keyboard."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.addresses import World, world
from tests.browser.every_page import DAYS, signed_in


@pytest.fixture
def seen(transactional_db: None) -> World:
    return world()


def test_an_i_in_a_column_leads_to_its_words(
    context: BrowserContext, page: Page, live_server: LiveServer, seen: World
) -> None:
    signed_in(context, live_server.url)
    page.goto(live_server.url + reverse("reports:sessions") + DAYS)
    button = page.locator("thead").get_by_role("button", name="What “Engagement” means")
    button.press("Enter")
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="More in the help")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(live_server.url + "/help/#engagement")
    expect(page.locator(".help-term:target dt")).to_have_text(re.compile("Engagement"))
    expect(page.locator(".help-term:target")).to_be_in_viewport()


def test_escape_closes_the_words_and_gives_the_focus_back(
    context: BrowserContext, page: Page, live_server: LiveServer, seen: World
) -> None:
    signed_in(context, live_server.url, seen.member)
    page.goto(live_server.url + reverse("reports:sessions") + DAYS)
    button = page.locator("thead").get_by_role("button", name="What “Length” means")
    button.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="More in the help")).to_have_count(0)
    expect(button).to_be_focused()


def test_the_contents_lead_to_every_part(
    context: BrowserContext, page: Page, live_server: LiveServer, seen: World
) -> None:
    signed_in(context, live_server.url)
    page.goto(live_server.url + reverse("reports:help"))
    contents = page.get_by_role("navigation", name="On this page")
    for name in ("What these reports do not hold", "Files", "For administrators", "Tile"):
        contents.get_by_role("link", name=name, exact=True).click()
        expect(page.locator(":target")).to_be_in_viewport()
        expect(page.locator(":target")).to_contain_text(name)
