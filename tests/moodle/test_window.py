"""Out of Moodle's frame into a window: once, soon, and only by a page of ours."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from reports.access import MOODLE_SESSION, MOODLE_SESSION_FOR
from reports.models import Course, CourseRole, User
from reports.models.encrypted import secret_box
from tests import course_factories, factories
from tests.views.conftest import signed_in

OURS = {"Sec-Fetch-Site": "same-origin"}
LEAVE, OPEN = reverse("reports:window"), reverse("reports:moodle-window-open")


@pytest.fixture
def course(db: None) -> Course:
    return course_factories.course(course_factories.moodle_site(factories.account()))


@pytest.fixture
def frame(course: Course) -> Client:
    """A teacher's frame."""
    made = Client()
    course_factories.came_from_moodle(made, course, CourseRole.TEACHER)
    return made


def ticket(frame: Client, path: str = "/sessions/?course=1") -> str:
    """Press the button in the frame; return the ticket of the page that follows."""
    found = re.search(
        r'name="ticket" value="([^"]+)"', frame.post(LEAVE, {"path": path}).content.decode()
    )
    assert found
    return found[1]


def opened(window: Client, of: str, headers: Any = OURS) -> Any:
    return window.post(OPEN, {"ticket": of}, headers=headers)


def user_of(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_a_window_is_signed_in_as_the_frame(frame: Client, course: Course) -> None:
    window = Client()
    answer = opened(window, ticket(frame))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sessions/?course=1")
    assert user_of(window) == user_of(frame)
    came, there = window.session[MOODLE_SESSION], frame.session[MOODLE_SESSION]
    assert came == there | {"is_framed": False}
    assert window.session.session_key != frame.session.session_key
    page = reverse("reports:course", args=[course.pk])
    assert window.get(page).status_code == frame.get(page).status_code == 200


def test_the_window_ends_when_the_frame_would(frame: Client) -> None:
    window = Client()
    opened(window, ticket(frame))
    left = window.session.get_expiry_date() - timezone.now()
    assert timedelta() < left <= MOODLE_SESSION_FOR


def test_a_ticket_is_good_once(frame: Client) -> None:
    once = ticket(frame)
    assert opened(Client(), once).status_code == 302
    window = Client()
    answer = opened(window, once)
    assert answer.status_code == 403
    assert "can&#x27;t be opened any more" in answer.content.decode()
    assert user_of(window) is None


def test_only_the_latest_ticket_is_good(frame: Client) -> None:
    first, second = ticket(frame), ticket(frame)
    assert opened(Client(), first).status_code == 403
    assert opened(Client(), second).status_code == 302


def test_a_ticket_is_good_for_five_minutes(frame: Client) -> None:
    late = ticket(frame)
    with time_machine.travel(timezone.now() + timedelta(seconds=302)):
        assert opened(Client(), late).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example.org"},
        {"Origin": "null"},
        {},
    ],
    ids=str,
)
def test_a_page_of_somebody_else_signs_nobody_in(frame: Client, headers: dict[str, str]) -> None:
    mine = ticket(frame)
    window = Client()
    assert opened(window, mine, headers).status_code == 403
    assert user_of(window) is None
    assert opened(window, mine).status_code == 302  # it isn't used up by that


def test_an_old_browser_tells_by_the_origin(frame: Client) -> None:
    assert opened(Client(), ticket(frame), {"Origin": "http://testserver"}).status_code == 302


def test_it_takes_the_place_of_who_was_signed_in_before(frame: Client, course: Course) -> None:
    window = signed_in(factories.administrator())
    opened(window, ticket(frame))
    assert user_of(window) == user_of(frame)
    assert window.get(reverse("reports:accounts")).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example.org/",
        "//evil.example.org/",
        "/\\evil.example.org",
        "x",
        "",
        "/" + "x" * 2000,
    ],
)
def test_it_leads_to_pages_of_ours_alone(frame: Client, path: str) -> None:
    assert opened(Client(), ticket(frame, path)).headers["Location"] == "/"


@pytest.mark.parametrize("forged", ["", "x", "ü", "gAAAAA==", "\x00"])
def test_a_forged_ticket_is_refused(db: None, forged: str) -> None:
    assert opened(Client(), forged).status_code == 403


def test_a_ticket_of_a_session_that_is_over_is_refused(frame: Client) -> None:
    late = ticket(frame)
    frame.post(reverse("logout"))
    assert opened(Client(), late).status_code == 403


def test_a_ticket_of_somebody_disabled_is_refused(frame: Client) -> None:
    late = ticket(frame)
    User.objects.update(is_active=False)
    assert opened(Client(), late).status_code == 403


def test_the_session_is_not_to_be_read_in_the_ticket(frame: Client) -> None:
    key = frame.session.session_key
    assert key
    made = ticket(frame)
    assert key not in made
    assert key.encode() in secret_box().decrypt(made)


def test_only_sessions_from_moodle_leave_a_frame(db: None) -> None:
    assert signed_in(factories.teacher()).post(LEAVE, {"path": "/"}).status_code == 404
    assert Client().post(LEAVE).headers["Location"].startswith("/sign-in/")


def test_nothing_is_opened_by_a_get(frame: Client) -> None:
    assert frame.get(LEAVE).status_code == 405
    assert frame.get(OPEN).status_code == 405
