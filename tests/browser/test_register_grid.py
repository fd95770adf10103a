"""The register in a browser: by keyboard alone, cells chosen together, on a phone."""

from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from reports.models import Course, Enrolment, PresenceCorrection, RoomSession
from tests import course_factories, factories
from tests.browser.every_page import signed_in, too_wide
from tests.browser.test_accessibility import serious
from tests.factories import START

DAY = timedelta(days=1)


@pytest.fixture
def course(transactional_db: None) -> Course:
    """A course of thirty learners and thirty classes, with a correction."""
    account = factories.account()
    room = factories.room(account)
    site = course_factories.moodle_site(account)
    found = course_factories.course(site, [room], roster_asked_at=START)
    Enrolment.objects.bulk_create(
        Enrolment(
            course=found,
            moodle_user_id=str(number),
            user_name=f"s{number}",
            name=f"Learner {number:02}",
            first_seen_at=START - 20 * DAY,
            last_seen_at=START,
        )
        for number in range(1, 31)
    )
    people = [factories.person(account, f"s{number}", name="") for number in (1, 2)]
    rows = [(one, 3600, 0) for one in people]
    for number in range(30):
        factories.whole_session(room, rows if number < 3 else [], START + number * DAY)
    PresenceCorrection.objects.create(
        account=account,
        course=found,
        cue_point_id=RoomSession.objects.earliest("started_at").cue_point_id,
        moodle_user_id="3",
        presence="excused",
        reason="At the doctor",
        computed_mark="absent",
    )
    return found


@pytest.fixture
def register(context: BrowserContext, page: Page, live_server: LiveServer, course: Course) -> Page:
    signed_in(context, live_server.url)
    days = "from=2026-01-01&to=2026-02-28&tz=UTC"
    page.goto(f"{live_server.url}/courses/{course.pk}/register/?{days}")
    return page


def focused(page: Page) -> tuple[int, int]:
    """Return row and column of what has the focus; the heads are row 0."""
    row, column = page.evaluate(
        """() => {
          const cell = document.activeElement.closest("td, th");
          return [cell.parentElement.rowIndex, cell.cellIndex];
        }"""
    )
    return row, column


def covered(page: Page) -> bool:
    """Return whether something else lies over the corners of what has the focus."""
    result: bool = page.evaluate(
        """() => {
          const link = document.activeElement;
          const box = link.getBoundingClientRect();
          return [[box.left + 2, box.top + 2], [box.right - 3, box.bottom - 3]].some(
            ([x, y]) => !link.closest("td, th").contains(document.elementFromPoint(x, y)));
        }"""
    )
    return result


def test_the_grid_is_walked_by_keyboard_and_nothing_hides_the_focus(register: Page) -> None:
    register.locator("[data-register]").scroll_into_view_if_needed()
    links = register.locator("#register-grid a")
    assert links.evaluate_all("all => all.filter((it) => it.tabIndex === 0).length") == 1
    links.filter(has_text="Learner 01").focus()
    for keys, place in (
        ("ArrowRight", (1, 4)),  # past the sums, which are no links
        ("ArrowDown", (2, 4)),
        ("ArrowUp", (1, 4)),
        ("ArrowUp", (0, 4)),  # the head of the class
        ("ArrowLeft", (0, 3)),
        ("Control+End", (30, 33)),
        ("Home", (30, 0)),
        ("End", (30, 33)),
        ("ArrowRight", (30, 33)),  # the edge
        ("Control+Home", (1, 0)),
        ("End", (1, 33)),
        ("ArrowLeft", (1, 32)),
    ):
        register.keyboard.press(keys)
        assert focused(register) == place, keys
        assert not covered(register), keys
    register.keyboard.press("PageDown")
    assert 1 < focused(register)[0] < 30
    assert not covered(register)
    register.keyboard.press("PageUp")
    assert focused(register) == (1, 32)
    for _ in range(25):  # leftwards, out from under the first column
        register.keyboard.press("ArrowLeft")
        assert not covered(register)


def test_cells_are_chosen_by_keyboard_and_mouse_and_said(register: Page, course: Course) -> None:
    chosen = register.locator("[aria-selected=true]")
    said = register.locator("#announcement")
    register.locator("#register-grid tbody td a").first.focus()
    register.keyboard.press("Space")
    expect(said).to_have_text("Cells chosen: 1")
    register.keyboard.press("Shift+ArrowDown")
    register.keyboard.press("Shift+ArrowRight")
    expect(chosen).to_have_count(4)
    register.locator("#register-grid tbody tr").nth(4).locator("td a").first.click(
        modifiers=["Control"]
    )
    expect(register.locator("#register-chosen")).to_contain_text("Cells chosen: 5")
    assert serious(register, "cells chosen") == []
    sent = register.evaluate(
        """() => {
          const form = document.getElementById("register-chosen");
          form.addEventListener("submit", (event) => event.preventDefault());
          form.requestSubmit();
          return new FormData(form).getAll("cell");
        }"""
    )
    cues = list(RoomSession.objects.order_by("started_at").values_list("cue_point_id", flat=True))
    pk = {it.moodle_user_id: it.pk for it in Enrolment.objects.filter(course=course)}
    pairs = [(0, "1"), (1, "1"), (0, "2"), (1, "2"), (0, "5")]
    assert sorted(sent) == sorted(f"{cues[n]}:{pk[user]}" for n, user in pairs)
    register.keyboard.press("Escape")
    expect(chosen).to_have_count(0)
    expect(said).to_have_text("No cell is chosen")
    expect(register.locator("#register-chosen")).to_be_hidden()
    register.reload()  # the form sends again
    register.locator("#register-grid tbody td a").first.focus()
    register.keyboard.press("Space")
    register.get_by_role("button", name="Correct…").click()
    expect(register.get_by_role("button", name="Correct 1 cell")).to_be_visible()


def test_a_correction_s_reason_is_read_on_focus_until_escape(register: Page) -> None:
    cell = register.locator("#register-grid tbody tr").nth(2).locator("td a").first
    note = cell.locator(".cell-note")
    cell.focus()
    register.keyboard.press("ArrowRight")
    register.keyboard.press("ArrowLeft")
    assert note.evaluate("it => it.offsetWidth") > 100
    expect(note).to_contain_text("At the doctor")
    register.keyboard.press("Escape")
    assert note.evaluate("it => it.offsetWidth") < 5


def test_another_order_keeps_the_keyboard_working(register: Page) -> None:
    register.locator("#sort-share").focus()
    register.keyboard.press("Enter")
    expect(register.locator("[aria-sort=descending] #sort-share")).to_be_focused()
    register.keyboard.press("ArrowDown")  # a sum is no link: on to the names
    assert focused(register) == (1, 0)


@pytest.mark.parametrize("width", [320, 375])
def test_on_a_phone_it_is_a_list_of_learners(register: Page, width: int) -> None:
    register.set_viewport_size({"width": width, "height": 800})
    assert too_wide(register) == []
    line = register.locator("#register-grid tbody tr").first
    expect(line.get_by_role("link", name="Learner 01")).to_be_visible()
    box = line.locator("td a").last.bounding_box()
    assert box
    assert box["width"] >= 32
    assert box["height"] >= 40
    assert box["x"] + box["width"] <= width
