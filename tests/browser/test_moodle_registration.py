"""One click in Chromium: Rollcall registers itself inside of a Moodle's frame, on another site."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from reports.models import MoodleSite, RegistrationLink
from reports.simulator.moodle.standin import MoodleStandIn
from tests import factories
from tests.browser.every_page import signed_in
from tests.simulator.moodle.cast import ADMIN, small_site

FRAME = "#contentframe"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def moodle() -> Iterator[MoodleStandIn]:
    with MoodleStandIn(small_site(), path="/moodle") as running:
        yield running


def other_site(live_server: LiveServer) -> str:
    """Return the server by an address that is another site than the stand-in's localhost."""
    return str(live_server.url).replace("localhost", "127.0.0.1")


def open_in_moodle(page: Page, moodle: MoodleStandIn, address: str) -> None:
    page.goto(f"{moodle.issuer}/mod/lti/toolconfigure.php?as={ADMIN.id}")
    page.get_by_label("Tool URL").fill(address)
    page.get_by_role("button", name="Add LTI Advantage").click()


def test_from_the_sites_page_to_a_confirmed_moodle(
    context: BrowserContext,
    page: Page,
    browser: Browser,
    live_server: LiveServer,
    moodle: MoodleStandIn,
) -> None:
    account = factories.account()
    here = other_site(live_server)
    signed_in(context, here)
    page.goto(here + reverse("reports:moodle-sites"))
    page.get_by_role("link", name="Add a Moodle").click()
    page.get_by_role("button", name="Make the address").click()
    address = page.get_by_label("Address", exact=True).input_value()

    other = browser.new_context(viewport={"width": 1000, "height": 900})
    theirs = other.new_page()
    open_in_moodle(theirs, moodle, address)
    frame = theirs.frame_locator(FRAME)
    expect(frame.get_by_role("heading", level=1)).to_have_text("Register Rollcall with this Moodle")
    assert not moodle.site.tools
    frame.get_by_role("button", name="Register").click()
    expect(theirs.get_by_role("heading", name="Manage tools")).to_be_visible()  # it closed itself
    expect(theirs.get_by_text("(pending)")).to_be_visible()
    theirs.get_by_role("button", name="Activate").click()
    expect(theirs.get_by_text("(active)")).to_be_visible()
    other.close()

    page.goto(here + reverse("reports:moodle-sites"))
    expect(page.get_by_text("waits to be confirmed")).to_be_visible()
    page.get_by_role("link", name=moodle.issuer.removeprefix("http://"), exact=True).click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status")).to_contain_text("people can come in from there")
    site = MoodleSite.objects.get()
    assert (site.issuer, site.is_active, site.account) == (moodle.issuer, True, account)


def test_without_script_the_page_says_what_to_do_now(
    browser: Browser, live_server: LiveServer, moodle: MoodleStandIn
) -> None:
    head = browser.new_context(java_script_enabled=False)
    here = other_site(live_server)
    signed_in(head, here)
    page = head.new_page()
    page.goto(here + reverse("reports:moodle-site-new"))
    page.get_by_role("button", name="Make the address").click()
    address = page.get_by_label("Address", exact=True).input_value()
    page.goto(moodle.start_registration(address))
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Registered")
    expect(page.get_by_text("activate the tool")).to_be_visible()
    expect(page.get_by_role("button", name="Close")).to_be_hidden()
    head.close()


def test_an_address_that_is_over_says_so_in_the_frame(
    page: Page, live_server: LiveServer, moodle: MoodleStandIn, context: BrowserContext
) -> None:
    here = other_site(live_server)
    client = signed_in(context, here)
    made = client.post(reverse("reports:moodle-site-new"), {"how": "link"}).content.decode()
    path = made.partition("http://testserver")[2].partition('"')[0].partition("<")[0]
    RegistrationLink.objects.update(expires_at="2026-01-01T00:00:00Z")
    open_in_moodle(page, moodle, here + path)
    expect(page.frame_locator(FRAME).get_by_role("heading", level=1)).to_have_text(
        "This address has expired"
    )


def test_no_other_site_is_told_that_a_registration_is_over() -> None:
    script = (Path(settings.BASE_DIR) / "static/js/registered.js").read_text()
    assert "parentOrigin);" in script
    assert '"*"' not in script
    assert "'*'" not in script
