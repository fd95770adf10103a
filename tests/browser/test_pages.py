"""The main job in a real browser, by mouse, by keyboard and without script."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from reports.models import Account, RoomSession, Run
from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from reports.simulator.world import Event, ListedWorld, Room, Session, User
from reports.sync.connection import client_for
from reports.sync.run import do_run
from tests import factories
from tests.factories import PASSWORD, START

TOKEN = DEFAULT_ACCOUNT.app_tokens[0]
MONDAY = int(datetime(2026, 1, 12, 9, tzinfo=UTC).timestamp())
DAY = f"?from={START:%Y-%m-%d}&to={START:%Y-%m-%d}&tz=UTC"


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    room = Room("1_room0001", "Anatomy group A")
    session = Session(
        "1_sess0001", room.entry_id, MONDAY, MONDAY + 3600, "Dr. Ada Host", "ada.host"
    )
    events = [
        Event(
            session.cue_point_id, User(f"s{number}", f"Student {number}", "", "User"), 1, at, 60, 30
        )
        for number in range(4)
        for at in range(MONDAY, MONDAY + 900 * (number + 1), 60)
    ]
    with Simulator(ListedWorld([room], [session], events)) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator, settings: Settings) -> Simulator:
    settings.KALTURA_ENDPOINTS = {"simulator": running.url}
    return running


@pytest.fixture
def seen(transactional_db: None) -> RoomSession:
    """A session with attendees and a breakout, stored."""
    account = factories.account()
    room = factories.room(account)
    people = [factories.person(account, f"s{n}", name=f"Student {n}") for n in range(5)]
    session = factories.whole_session(
        room, [(person, 700 * (n + 1), 300 * n) for n, person in enumerate(people)]
    )
    breakout_room = factories.room(account, "Breakout 1", parent=room)
    factories.whole_session(breakout_room, [(people[0], 60, 30)], main_session=session)
    factories.unknown_session(room, length_seconds=None)
    factories.run(account, state="gaps", gaps=["1 day not asked yet."], session_count=1)
    return session


def sign_in(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url + reverse("login"))
    page.get_by_label("Username").fill("administrator")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


def session_url(session: RoomSession) -> str:
    url = reverse("reports:session", args=[session.account_id, session.cue_point_id])
    return f"{url}?tz=UTC"


def test_from_credentials_to_a_chart(
    page: Page, live_server: LiveServer, simulator: Simulator, transactional_db: None
) -> None:
    factories.administrator()
    sign_in(page, live_server)
    page.get_by_role("link", name="Connect Kaltura").click()
    page.get_by_label("Name").fill("university")
    page.get_by_label("Region").select_option("simulator")
    page.get_by_label("Partner id*").fill(str(DEFAULT_ACCOUNT.partner_id))
    page.get_by_label("App token id").fill(TOKEN.id)
    page.get_by_role("textbox", name="Secret").fill(TOKEN.token)
    page.get_by_role("button", name="Check and connect").click()
    expect(page.get_by_role("status")).to_contain_text("Kaltura accepts this sign-in")

    page.get_by_label("First day").fill("2026-01-12")
    page.get_by_label("Last day").fill("2026-01-12")
    page.get_by_role("button", name="Ask Kaltura").click()
    expect(page.get_by_text("0 of 1 day")).to_be_visible()
    do_run(Run.objects.get(), client_for(Account.objects.get()))  # as a worker would
    expect(page.locator("#run")).to_contain_text("complete", timeout=15_000)  # by itself
    page.get_by_role("link", name="See these sessions").click()

    page.get_by_role("link", name="Mon 12 Jan, 09:00").click()  # the days of a sync are UTC's
    expect(page.get_by_role("heading", level=1)).to_have_text("Anatomy group A")
    expect(page.locator("figure[data-drawn=yes] canvas")).to_be_visible()
    expect(page.get_by_role("region", name="Attendees of this session")).to_contain_text(
        "Student 3"
    )


def test_the_charts_numbers_are_one_key_away(
    page: Page, live_server: LiveServer, seen: RoomSession
) -> None:
    factories.administrator()
    sign_in(page, live_server)
    page.goto(live_server.url + session_url(seen))
    figure = page.locator("figure[data-option=minutes-option]")
    expect(figure).to_have_attribute("data-drawn", "yes")
    numbers = page.get_by_role("table", name="How long people stayed")
    expect(numbers).to_be_hidden()
    figure.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(numbers).to_be_visible()
    expect(numbers.get_by_role("row")).to_have_count(11)


def test_without_echarts_the_table_is_shown(
    page: Page, live_server: LiveServer, seen: RoomSession
) -> None:
    factories.administrator()
    page.route("**/echarts.common.min.js", lambda route: route.abort())
    sign_in(page, live_server)
    page.goto(live_server.url + session_url(seen))
    for name in ("How long people stayed", "When the breakouts took place"):
        expect(page.get_by_role("table", name=name)).to_be_visible()
    for canvas in page.locator(".chart-canvas").all():
        expect(canvas).to_be_hidden()


def test_without_script_everything_but_the_drawing_works(
    browser: Browser, live_server: LiveServer, seen: RoomSession
) -> None:
    factories.administrator()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server)
    page.goto(live_server.url + reverse("reports:sessions") + DAY)
    page.get_by_label("Search").fill("Anatomy")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("search=Anatomy"))
    page.goto(live_server.url + session_url(seen))
    expect(page.get_by_role("table", name="How long people stayed")).to_be_visible()
    page.get_by_role("button", name="What “Engagement” means").first.press("Enter")
    expect(page.locator("#definition-engagement-figure")).to_be_visible()
    context.close()


def test_a_definition_opens_and_closes_by_keyboard(
    page: Page, live_server: LiveServer, seen: RoomSession
) -> None:
    factories.administrator()
    sign_in(page, live_server)
    page.goto(live_server.url + reverse("reports:sessions") + DAY)
    words = page.locator("#definition-time_in_session-total")
    expect(words).to_be_hidden()
    page.get_by_role("button", name="What “Time in session” means").first.press("Enter")
    expect(words).to_contain_text("all re-joins added up")
    page.keyboard.press("Escape")
    expect(words).to_be_hidden()


def test_the_skip_link_is_first_and_leads_to_the_content(
    page: Page, live_server: LiveServer, transactional_db: None
) -> None:
    page.goto(live_server.url + "/nothing/")  # the sign-in has its first field focused
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_chart_follows_the_colour_scheme(
    page: Page, live_server: LiveServer, seen: RoomSession
) -> None:
    factories.administrator()
    sign_in(page, live_server)
    page.goto(live_server.url + session_url(seen))
    canvas = page.locator("figure[data-option=minutes-option] canvas")
    expect(canvas).to_be_visible()
    light = canvas.screenshot()
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert canvas.screenshot() != light
