"""Run a report in a real browser: the form shows what counts, and the answer comes by itself."""

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from reports.kaltura import REPORTS
from reports.models import Snapshot, SnapshotState
from reports.simulator.accounts import ADMIN_TYPE, DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from tests import factories
from tests.browser.every_page import signed_in, too_wide
from tests.browser.test_accessibility import serious
from tests.simulator.asking import DAY, MIDNIGHT, tiny_world


@pytest.fixture
def simulator(settings: Settings) -> Iterator[Simulator]:
    with Simulator(tiny_world()) as running:
        settings.KALTURA_ENDPOINTS = {"simulator": running.url}
        yield running


def test_the_form_shows_what_the_choices_ask_for(
    context: BrowserContext, page: Page, live_server: LiveServer, transactional_db: None
) -> None:
    account = factories.account()
    signed_in(context, live_server.url)
    page.goto(live_server.url + reverse("reports:report"))
    people = page.get_by_label("People")
    expect(people).to_be_hidden()
    page.get_by_label("6001 Attendees").check()
    expect(people).to_be_visible()
    expect(page.get_by_label("Main rooms")).to_be_hidden()
    expect(page.get_by_label("KS", exact=True)).to_be_hidden()
    page.get_by_label("Sign in with").select_option("ks")
    expect(page.get_by_label("KS", exact=True)).to_be_visible()
    page.get_by_label("Sign in with").select_option(str(account.pk))
    page.get_by_label("Unix timestamps").check()
    expect(page.get_by_label("First day")).to_be_hidden()
    expect(page.get_by_label("from_date")).to_be_visible()


def test_an_answer_is_asked_for_with_a_pasted_ks_and_comes_by_itself(
    context: BrowserContext,
    page: Page,
    live_server: LiveServer,
    transactional_db: None,
    simulator: Simulator,
) -> None:
    ks = simulator.keys.issue(
        DEFAULT_ACCOUNT.partner_id, user_id="", type_=ADMIN_TYPE, seconds=600, privileges=""
    ).ks
    signed_in(context, live_server.url)
    page.goto(live_server.url + reverse("reports:report"))
    page.get_by_label("KS", exact=True).fill(ks)
    page.get_by_label("6001 Attendees").check()
    page.get_by_label("Unix timestamps").check()
    page.get_by_label("from_date").fill(str(MIDNIGHT))
    page.get_by_label("to_date").fill(str(MIDNIGHT + DAY))
    page.get_by_role("button", name="Ask Kaltura").click()
    expect(page.get_by_role("heading", name="The answer")).to_be_visible(timeout=20_000)
    expect(page.locator("table").filter(has_text="Lovelace Ada").first).to_be_visible()
    assert ks not in page.content() + page.url
    assert Snapshot.objects.get().state == SnapshotState.DONE
    assert serious(page, "answer") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_a_report_fits_a_phone_and_axe_finds_nothing(
    context: BrowserContext,
    page: Page,
    live_server: LiveServer,
    transactional_db: None,
    scheme: str,
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    signed_in(context, live_server.url)
    urls = [reverse("reports:report")]
    urls += [reverse("reports:report-example", args=[number]) for number in REPORTS]
    user = factories.administrator("asker_1")
    for state in ("running", "failed", "done"):
        row = ("1_a,b\nc", "x", "", "1_s", 5, 5, "", 1, "0")  # cannot be read
        made = factories.snapshot(user, factories.account(state), [row], state=state, is_cut=True)
        urls.append(reverse("reports:snapshot", args=[made.pk]))
    found: list[str] = []
    for url in urls:
        for width in (375, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(live_server.url + url)
            found += [f"{url} {width}: {one}" for one in too_wide(page)]
        found += serious(page, url)
    assert found == []


def test_a_refused_form_says_so_at_the_field(
    context: BrowserContext, page: Page, live_server: LiveServer, transactional_db: None
) -> None:
    factories.account()
    signed_in(context, live_server.url)
    page.goto(live_server.url + reverse("reports:report"))
    page.get_by_label("6001 Attendees").check()
    page.get_by_label("People").fill("a;b")
    page.get_by_role("button", name="Ask Kaltura").click()
    field = page.get_by_label("People")
    expect(field).to_have_value("a;b")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text(re.compile("Kaltura has no way to write it"))).to_be_visible()
    assert serious(page, "refused") == []
