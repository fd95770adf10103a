"""Every page in English, in a long language and from right to left: nothing breaks its page."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.addresses import World, world
from tests.browser.every_page import pages_of, signed_in, too_wide
from tests.languages.pseudo import (
    GREEK,
    LONG,
    RIGHT_TO_LEFT,
    forgotten_words,
    offer_languages,
    write_languages,
)

LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 375, "height": 740}


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("locale")
    write_languages(folder)
    return folder


@pytest.fixture
def seen(catalogues: Path, settings: Settings, transactional_db: None) -> World:
    offer_languages(settings, catalogues)
    return world(**GREEK)


@pytest.fixture
def browser_context_args(
    browser_context_args: dict[str, Any], request: pytest.FixtureRequest
) -> dict[str, Any]:
    """Let the browser ask for the test's language."""
    return browser_context_args | {"locale": request.node.callspec.params["code"]}


@pytest.mark.parametrize(
    ("code", "direction"), [("en", "ltr"), (LONG, "ltr"), (RIGHT_TO_LEFT, "rtl")]
)
def test_no_page_breaks_in_any_language(
    context: BrowserContext,
    page: Page,
    live_server: LiveServer,
    seen: World,
    code: str,
    direction: str,
) -> None:
    head = factories.administrator("head_1", first_name="Κυρία", last_name="Κεφαλή")
    client = signed_in(context, live_server.url, head)
    broken: dict[str, Any] = {}
    for name, url in pages_of(client, seen).items():
        page.set_viewport_size(LAPTOP)
        page.goto(live_server.url + url)
        expect(page.locator("html")).to_have_attribute("dir", direction)
        assert page.locator(
            f"link[href$='bootstrap{'.rtl' * (direction == 'rtl')}.min.css']"
        ).count()
        if wide := too_wide(page):
            broken[f"{name} on a laptop"] = wide
        page.set_viewport_size(PHONE)
        if wide := too_wide(page):
            broken[f"{name} on a phone"] = wide
        # Also what a script wrote after the server had answered.
        if code != "en" and (words := forgotten_words(page.content())):
            broken[f"{name} in English"] = words[:5]
    assert broken == {}
