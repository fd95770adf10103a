"""A learner's pages in Chromium: narrow and wide, by axe, and without a way to anybody else's."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from reports.models import Course, CourseRole
from tests import course_factories, factories
from tests.browser.every_page import too_wide
from tests.browser.test_accessibility import serious
from tests.factories import START


@pytest.fixture
def course(transactional_db: None) -> Course:
    """Return a course of a learner with many sessions, the user u5."""
    account = factories.account()
    hall = factories.room(account, "Anatomy hall with a rather long name, group A")
    group = factories.room(account, "Group 1", parent=hall)
    own = factories.person(account, "u5")
    for day in range(55):
        factories.whole_session(hall, [(own, 60 * day, 30 * day)], START + timedelta(days=day))
    factories.whole_session(group, [(own, 600, 300)], START + timedelta(days=60))
    factories.unknown_session(hall, START + timedelta(days=61))
    site = course_factories.moodle_site(account)
    return course_factories.course(site, [hall], learners_see_own=True)


@pytest.fixture
def learner(context: BrowserContext, live_server: LiveServer, course: Course) -> Client:
    client = Client()
    course_factories.came_from_moodle(client, course, CourseRole.LEARNER)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    return client


@pytest.mark.usefixtures("learner")
@pytest.mark.parametrize("width", [320, 1280])
def test_a_learner_goes_from_the_front_door_to_their_own_attendance(
    page: Page, live_server: LiveServer, course: Course, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(live_server.url)
    expect(page).to_have_url(live_server.url + reverse("reports:courses"))
    assert too_wide(page) == []
    assert serious(page, "courses") == []
    page.get_by_role("link", name=course.title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My attendance")
    expect(page.locator("table.data-table tbody tr")).to_have_count(50)
    assert too_wide(page) == []
    assert serious(page, "my attendance") == []
    page.get_by_role("link", name="Next").click()
    expect(page.locator("table.data-table tbody tr")).to_have_count(6)
    entries = page.get_by_role("navigation", name="Main").get_by_role("link")
    assert entries.all_inner_texts() == ["Courses", "Help"]


@pytest.mark.usefixtures("learner")
def test_a_page_for_others_says_so(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url + reverse("reports:sessions"))
    expect(page.get_by_role("link", name="To your courses")).to_be_visible()
    assert serious(page, "not for learners") == []


@pytest.mark.usefixtures("learner")
def test_the_own_row_of_the_register_is_a_table_and_cards_on_a_phone(
    page: Page, live_server: LiveServer, course: Course
) -> None:
    Course.objects.update(roster_asked_at=START + timedelta(days=90))
    seen = {"first_seen_at": START, "last_seen_at": START + timedelta(days=90)}
    course_factories.enrolment(course, "5", user_name="u5", name="Leo Learner", **seen)
    address = reverse("reports:my-attendance", args=[course.pk])
    page.goto(f"{live_server.url}{address}?from=2026-01-01&to=2026-03-31&tz=UTC")
    cells = page.locator("table.data-table tbody tr")
    expect(cells).to_have_count(50)
    expect(page.get_by_role("columnheader", name="Time in class")).to_be_visible()
    label = "(cell) => getComputedStyle(cell, '::before').content"
    time = cells.last.locator("td").nth(1)
    assert time.evaluate(label) == "none"
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert too_wide(page) == []
        assert serious(page, f"my register, {width}") == []
    assert time.evaluate(label) == '"Time in class"'
