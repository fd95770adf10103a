"""The overview in a browser: its charts are drawn, and a click on a mark leads on."""

import re
import struct

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

# How large the cells of the hours are, and how many columns and rows there are.
CELLS = """() => {
  const canvas = document.querySelector("[data-option=hours-option] .chart-canvas");
  const { series, xAxis, yAxis } = window.echarts.getInstanceByDom(canvas).getOption();
  return [series[0].symbolSize, xAxis[0].data.length, yAxis[0].data.length];
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


def test_an_hours_cell_is_coloured_to_its_edges(overview: Page) -> None:
    """Also where there is one row of cells only."""
    for query in (DAYS, "?from=2026-01-12&to=2026-01-12&tz=UTC"):
        overview.goto(overview.url.partition("?")[0] + query)
        expect(overview.locator("figure[data-drawn=yes]")).to_have_count(4)
        symbol, columns, rows = overview.evaluate(CELLS)
        box = overview.locator("[data-option=hours-option] .chart-canvas").bounding_box()
        assert box
        assert 0.8 * box["width"] < symbol[0] * columns < box["width"]
        assert 0.6 * box["height"] < symbol[1] * rows < box["height"]


def test_where_no_session_was_no_drawing_library_is_asked_for(
    overview: Page, context: BrowserContext
) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    overview.goto(overview.url.partition("?")[0] + "?from=2020-01-01&to=2020-01-02&tz=UTC")
    overview.wait_for_load_state("networkidle")
    assert not [url for url in asked if "echarts" in url]
    overview.get_by_label("From", exact=True).fill("2026-01-01")
    overview.get_by_label("To", exact=True).fill("2026-01-31")
    overview.get_by_role("button", name="Show").click()
    expect(overview.locator("figure[data-drawn=yes]")).to_have_count(4)  # in place, asked for now


def test_a_chart_is_saved_as_a_picture(overview: Page) -> None:
    for key in ("trend", "hours"):
        with overview.expect_download() as saving:
            overview.locator(f"[data-option={key}-option] .chart-picture").click()
        assert saving.value.suggested_filename == f"{key}.png"
        picture = saving.value.path().read_bytes()
        assert picture[:4] == b"\x89PNG"
        assert struct.unpack(">II", picture[16:24]) == (2400, 1120)


def test_other_days_are_drawn_in_place(overview: Page) -> None:
    overview.get_by_label("To", exact=True).fill("2026-01-12")
    overview.get_by_role("button", name="Show").click()
    expect(overview).to_have_url(re.compile("to=2026-01-12"))
    expect(overview.locator("figure[data-drawn=yes]")).to_have_count(4)
    expect(overview.locator("#announcement")).to_have_text(re.compile("5 sessions"))
