"""The overview in a browser: its charts are drawn, and a click on a mark leads on."""

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.addresses import World, world
from tests.browser.every_page import DAYS, signed_in

# Where the mark with this value is drawn, within the canvas.
PLACE = """([key, wanted]) => {
  const canvas = document.querySelector(`[data-option=${key}-option] .chart-canvas`);
  const chart = window.echarts.getInstanceByDom(canvas);
  const data = chart.getOption().series[0].data;
  const at = data.findIndex(({ value }) => [value].flat().at(-1) === wanted);
  const value = data[at].value;
  const where = Array.isArray(value) ? value.slice(0, 2) : [at, value / 2];
  return chart.convertToPixel({ seriesIndex: 0 }, where);
}"""


@pytest.fixture
def seen(transactional_db: None) -> World:
    return world()


@pytest.fixture
def overview(context: BrowserContext, page: Page, live_server: LiveServer, seen: World) -> Page:
    signed_in(context, live_server.url)
    page.goto(live_server.url + "/" + DAYS)
    expect(page.locator("figure[data-drawn=yes]")).to_have_count(4)
    return page


def click(page: Page, key: str, value: int) -> None:
    """Click on the first mark with the value in the chart."""
    canvas: Locator = page.locator(f"[data-option={key}-option] .chart-canvas")
    canvas.scroll_into_view_if_needed()
    x, y = page.evaluate(PLACE, [key, value])
    canvas.click(position={"x": x, "y": y})


def test_a_click_on_a_bar_narrows_the_page_to_its_days(overview: Page) -> None:
    click(overview, "trend", 12)
    expect(overview).to_have_url(re.compile(r"/\?from=2026-01-12&to=2026-01-12&tz=UTC$"))
    expect(overview.get_by_role("heading", level=1)).to_have_text("Overview")
    expect(overview.locator("figure[data-drawn=yes]")).to_have_count(4)


def test_a_click_on_an_hour_leads_to_its_sessions(overview: Page) -> None:
    click(overview, "hours", 3)
    expect(overview).to_have_url(re.compile(r"/sessions/\?.*weekday=1&hour=9$"))
    expect(overview.get_by_role("table", name="Sessions").get_by_role("row")).to_have_count(4)


def test_other_days_are_drawn_in_place(overview: Page) -> None:
    overview.get_by_label("To", exact=True).fill("2026-01-12")
    overview.get_by_role("button", name="Show").click()
    expect(overview).to_have_url(re.compile("to=2026-01-12"))
    expect(overview.locator("figure[data-drawn=yes]")).to_have_count(4)
    expect(overview.locator("#announcement")).to_have_text(re.compile("5 sessions"))
