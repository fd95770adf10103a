"""A course's roster in a browser: people are ticked, marked and dated back, with and without script."""

from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from reports.models import Course, Enrolment
from tests import course_factories, factories
from tests.browser.every_page import signed_in, too_wide
from tests.factories import START


@pytest.fixture
def course(transactional_db: None) -> Course:
    """A course with two learners, of whom the roster hides one's name, and one who left."""
    site = course_factories.moodle_site(factories.account())
    later = START + timedelta(days=7)
    found = course_factories.course(site, roster_asked_at=later)
    people = {"11": "Ana Alba", "12": "", "13": "Wolfeschlegelsteinhausenbergerdorff Longname"}
    for user, name in people.items():
        email = f"{name.partition(' ')[0].lower() or 'nobody'}@mail.example.org"
        course_factories.enrolment(found, user, name=name, email=email, last_seen_at=later)
    course_factories.enrolment(found, "14", name="Dan Delta")
    return found


@pytest.fixture
def roster(context: BrowserContext, page: Page, live_server: LiveServer, course: Course) -> Page:
    signed_in(context, live_server.url)
    page.goto(f"{live_server.url}/courses/{course.pk}/roster/?tz=UTC")
    return page


def test_ticked_people_are_marked(roster: Page) -> None:
    roster.get_by_label("Ana Alba").check()
    roster.get_by_role("button", name="Mark as staff", exact=True).click()
    expect(roster.get_by_text("1 person is marked as staff.")).to_be_visible()
    roster.get_by_role("button", name="Take the mark back Ana Alba").click()
    expect(roster.get_by_text("counts as Moodle lists them again")).to_be_visible()
    assert not Enrolment.objects.exclude(marked_kind="").exists()


def test_a_day_is_counted_from_by_enter_too(roster: Page) -> None:
    roster.get_by_label("Ana Alba").check()
    day = roster.get_by_label("Count from", exact=True)
    day.fill("2026-01-05")
    day.press("Enter")
    expect(roster.get_by_text("dated back by head_1")).to_be_visible()
    assert not Enrolment.objects.exclude(marked_kind="").exists()
    assert Enrolment.objects.exclude(counted_from=None).get().name == "Ana Alba"
    roster.get_by_label("for everybody of the course").check()
    roster.get_by_role("button", name="Take it back").click()
    expect(roster.get_by_text("counted from the first roster on again")).to_be_visible()


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_it_fits_the_window(roster: Page, width: int) -> None:
    roster.set_viewport_size({"width": width, "height": 800})
    assert too_wide(roster) == []
