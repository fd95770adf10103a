"""Inside of Moodle: its language, and in its frame one line about the course instead of the header."""

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from reports.access import MOODLE_SESSION
from reports.models import Course, CourseRole
from reports.moodle.presentation import language_of
from tests import course_factories, factories
from tests.factories import START
from tests.views.conftest import signed_in

IN_FRAME, IN_WINDOW = {"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Dest": "document"}


@pytest.fixture
def course(db: None) -> Course:
    account = factories.account()
    room = factories.room(account)
    factories.whole_session(room, [(factories.person(account), 600, 60)])
    return course_factories.course(course_factories.moodle_site(account), [room])


@pytest.fixture
def client(course: Course) -> Client:
    """The course's teacher."""
    made = Client()
    course_factories.came_from_moodle(made, course, CourseRole.TEACHER)
    return made


def came_with(client: Client, **values: Any) -> None:
    """Change what the session holds of the launch."""
    session = client.session
    session[MOODLE_SESSION] |= values
    session.save()


def text_of(answer: Any) -> str:
    return unescape(answer.content.decode())


def bar_of(answer: Any) -> str:
    """Return the bar of an embedded page; "" where there is none."""
    _, start, rest = text_of(answer).partition('<header class="course-bar">')
    return rest.partition("</header>")[0] if start else ""


# --- The frame ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/sessions/", "/help/", "/nothing/", "/courses/"])
def test_a_framed_page_has_a_bar_instead_of_header_and_footer(client: Client, path: str) -> None:
    answer = client.get(path, headers=IN_FRAME)
    text = text_of(answer)
    assert "ANA-1" in bar_of(answer)
    assert "site-header" not in text
    assert "site-footer" not in text
    assert 'data-frame-origin="https://moodle.example.org"' in text
    assert "js/embedded" in text


@pytest.mark.parametrize("path", ["/sessions/", "/nothing/"])
def test_in_a_window_it_has_the_header(client: Client, path: str) -> None:
    text = text_of(client.get(path, headers=IN_WINDOW))
    assert "site-header" in text
    assert "site-footer" in text
    assert "course-bar" not in text
    assert "js/embedded" not in text
    assert reverse("reports:courses") in text
    assert "Manage" not in text


def test_a_browser_that_does_not_tell_shows_it_as_it_was_launched(client: Client) -> None:
    assert not bar_of(client.get("/help/"))
    came_with(client, is_framed=True)
    assert bar_of(client.get("/help/"))
    assert not bar_of(client.get("/help/", headers=IN_WINDOW))


def test_caches_tell_the_two_apart(client: Client) -> None:
    for headers in (IN_FRAME, IN_WINDOW):
        assert "Sec-Fetch-Dest" in client.get("/help/", headers=headers).headers["Vary"]


def test_nobody_elses_page_is_without_a_header(db: None) -> None:
    answer = signed_in(factories.teacher()).get("/help/", headers=IN_FRAME)
    assert "site-header" in text_of(answer)
    assert "Sec-Fetch-Dest" not in answer.headers["Vary"]


def test_the_bar_leads_through_the_course(client: Client, course: Course) -> None:
    bar = bar_of(client.get("/sessions/", headers=IN_FRAME))
    assert f'href="{reverse("reports:course", args=[course.pk])}"' in bar
    for name in ("sessions", "rooms", "people", "breakouts"):
        assert f'href="{reverse(f"reports:{name}")}?course={course.pk}"' in bar
    assert reverse("reports:roster", args=[course.pk]) in bar
    assert bar.count('aria-current="page"') == 1


def test_the_bar_is_about_the_course_of_the_page(client: Client, course: Course) -> None:
    other = course_factories.course(course.site, [], "8", short_name="BOT-1", launched_at=START)
    course_factories.came_from_moodle(client, other, CourseRole.TEACHER)
    for path, name in (
        ("/help/", "BOT-1"),  # opened last
        (f"/sessions/?course={course.pk}", "ANA-1"),
        (f"/sessions/?course={other.pk}", "BOT-1"),
        (reverse("reports:course", args=[course.pk]), "ANA-1"),
        ("/help/?course=x", "BOT-1"),
        ("/help/?course=99999999999999999999999", "BOT-1"),
        ("/help/?course=²", "BOT-1"),
    ):
        assert f"<bdi>{name}</bdi>" in bar_of(client.get(path, headers=IN_FRAME)), path


def test_the_bar_names_no_course_of_others(client: Client, course: Course) -> None:
    foreign = course_factories.course(course.site, [], "9", short_name="SECRET")
    for path in (f"/help/?course={foreign.pk}", f"/courses/{foreign.pk}/"):
        answer = client.get(path, headers=IN_FRAME)
        assert "SECRET" not in text_of(answer)
        assert "ANA-1" in bar_of(answer)


def test_a_learners_bar_leads_to_the_own_attendance(course: Course) -> None:
    Course.objects.update(learners_see_own=True)
    learner = Client()
    course_factories.came_from_moodle(learner, course, CourseRole.LEARNER, "6")
    bar = bar_of(learner.get("/help/", headers=IN_FRAME))
    assert reverse("reports:my-attendance", args=[course.pk]) in bar
    assert reverse("reports:sessions") not in bar
    assert reverse("reports:roster", args=[course.pk]) not in bar


# --- The language -------------------------------------------------------------------------------


@pytest.fixture
def some_languages(settings: Settings) -> Iterator[None]:
    """Offer languages that Django itself has words of."""
    settings.LANGUAGES = [
        ("de", "Deutsch"), ("en", "English"), ("nb", "Norsk"), ("pt-br", "Português"),
    ]  # fmt: skip
    with translation.override("en"):  # a request leaves its own on
        yield


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        *(("de", "de"), ("de_du", "de"), ("pt_br", "pt-br"), ("pt", "pt-br"), ("no", "nb")),
        *(("en_us", "en"), ("nl", "en"), ("", "en"), ("DE_DU", "de"), ("x" * 35, "en")),
        *(("../../etc", "en"), ("de\x00", "en"), ("_", "en")),
    ],
)
def test_the_nearest_language_that_is_offered(
    some_languages: None, locale: str, language: str
) -> None:
    assert language_of(locale) == language


def language(answer: Any) -> str:
    assert f'<html lang="{answer.headers["Content-Language"]}"' in text_of(answer)
    return str(answer.headers["Content-Language"])


def test_pages_speak_moodles_language(client: Client, some_languages: None) -> None:
    came_with(client, locale="de_du")
    assert language(client.get("/help/", headers={"Accept-Language": "nb"})) == "de"
    assert language(Client().get("/sign-in/")) == "en"  # and nobody else's


def test_without_a_translation_they_speak_english(client: Client, some_languages: None) -> None:
    came_with(client, locale="nl")
    assert language(client.get("/help/", headers={"Accept-Language": "de"})) == "en"


def test_a_language_chosen_here_comes_first(
    client: Client, some_languages: None, settings: Settings
) -> None:
    came_with(client, locale="de")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "nb"
    assert language(client.get("/help/")) == "nb"


def test_others_keep_the_browsers_language(db: None, some_languages: None) -> None:
    client = signed_in(factories.teacher())
    assert language(client.get("/help/", headers={"Accept-Language": "de"})) == "de"
