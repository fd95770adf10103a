"""What axe finds on every page, in both colour schemes; and that pages are used by keyboard."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.addresses import World, patterns, world
from tests.browser.every_page import is_page, pages_of, signed_in


@pytest.fixture
def seen(transactional_db: None) -> World:
    return world()


def serious(page: Page, name: str) -> list[str]:
    """Return what axe finds serious or critical on the page."""
    return [
        f"{name}: {violation['id']}: {[node['html'][:200] for node in violation['nodes']][:3]}"
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(
    context: BrowserContext, page: Page, live_server: LiveServer, seen: World, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(live_server.url + reverse("login"))
    found = serious(page, "sign-in")
    pages = pages_of(signed_in(context, live_server.url), seen)
    for name, url in pages.items():
        page.goto(live_server.url + url)
        assert page.locator("html").get_attribute("data-bs-theme") == scheme
        found += serious(page, name)
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_without_any_data(
    context: BrowserContext,
    page: Page,
    live_server: LiveServer,
    transactional_db: None,
    scheme: Any,
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    teacher = factories.outsider()
    found = []
    for user in (None, teacher):
        client = signed_in(context, live_server.url, user)
        for url in plain_pages(client):
            page.goto(live_server.url + url)
            found += serious(page, f"{url} of {user or 'an administrator'}")
    assert found == []


def plain_pages(client: Client) -> list[str]:
    """Return the pages that need no row in their address and that the user may see."""
    urls = [reverse(name) for name, pattern in patterns() if not pattern.pattern.converters]
    return [url for url in urls if is_page(client.get(url))]


def test_a_refused_form_leads_to_what_is_wrong(
    context: BrowserContext, page: Page, live_server: LiveServer, seen: World
) -> None:
    signed_in(context, live_server.url)
    page.goto(live_server.url + reverse("reports:events"))
    page.get_by_label("Event id").fill("1;2")
    page.get_by_role("button", name="Ask for this event").click()
    field = page.get_by_label("Event id")
    expect(field).to_have_value("1;2")
    expect(field).to_have_attribute("aria-invalid", "true")
    words = field.get_attribute("aria-describedby")
    assert words
    texts = [page.locator(f"[id='{one}']").inner_text() for one in words.split()]
    assert any("only letters, digits" in text for text in texts), texts
    assert serious(page, "refused event") == []
