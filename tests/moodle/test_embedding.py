"""Only the site that the session came from may frame Rollcall, and only while it is active."""

from http.cookies import Morsel
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.models import MoodleSite
from reports.moodle.embedding import SITE_COOKIE, let_frame, let_post
from reports.simulator.moodle.standin import MoodleStandIn
from tests import factories
from tests.moodle.conftest import ANATOMY, TEACHER, Visitor, registered

SESSION = settings.SESSION_COOKIE_NAME
CSRF = settings.CSRF_COOKIE_NAME
IN_FRAME = {"Sec-Fetch-Dest": "iframe"}
IN_WINDOW = {"Sec-Fetch-Dest": "document"}


def ancestors(answer: Any) -> str:
    """Return who may frame the answer."""
    directives = answer.headers["Content-Security-Policy"].split("; ")
    [found] = [one for one in directives if one.startswith("frame-ancestors ")]
    return str(found.removeprefix("frame-ancestors "))


def assert_for_nobody(answer: Any) -> None:
    assert ancestors(answer) == "'none'"
    assert answer.headers["X-Frame-Options"] == "DENY"


def flags(cookie: Morsel[str]) -> tuple[str, bool, bool]:
    """Return what keeps a cookie from other sites: SameSite, Secure, Partitioned."""
    return cookie["samesite"], bool(cookie["secure"]), bool(cookie["partitioned"])


@pytest.mark.parametrize(
    "path", ["/", "/settings-nowhere/", "/sessions/?from=x", "/help/", "/accounts/"]
)
def test_every_page_of_a_session_is_for_its_site(
    visitor: Visitor, site: MoodleSite, path: str
) -> None:
    visitor.launch(ANATOMY, TEACHER)
    answer = visitor.get(path)
    assert ancestors(answer) == site.origin == visitor.moodle.issuer
    assert "X-Frame-Options" not in answer.headers
    assert "private" in answer.headers["Cache-Control"]
    assert "Cookie" in answer.headers["Vary"]


def test_a_site_below_a_path_frames_by_its_origin(
    other_moodle: MoodleStandIn, other_site: MoodleSite
) -> None:
    visitor = Visitor(other_moodle)
    answer = visitor.launch(ANATOMY, TEACHER)
    assert ancestors(answer) == other_moodle.issuer.removesuffix("/moodle")


def test_the_rest_of_the_policy_stays(visitor: Visitor) -> None:
    before = Client().get("/sign-in/").headers["Content-Security-Policy"]
    visitor.launch(ANATOMY, TEACHER)
    after = visitor.get("/help/").headers["Content-Security-Policy"]
    assert after.replace(visitor.moodle.issuer, "'none'") == before


def test_a_session_by_password_is_for_no_frame(site: MoodleSite) -> None:
    client = Client()
    assert_for_nobody(client.get("/sign-in/"))
    client.force_login(factories.administrator())
    for path in ("/", "/nowhere/", "/accounts/"):
        answer = client.get(path)
        assert_for_nobody(answer)
        assert "private" not in answer.headers.get("Cache-Control", "")


def test_cookies_of_a_session_by_password_are_as_before(db: None) -> None:
    factories.administrator("head")
    client = Client()
    token = client.get("/sign-in/").cookies[CSRF]
    form = {"username": "head", "password": factories.PASSWORD}
    answer = client.post("/sign-in/", form)
    for cookie in (token, answer.cookies[SESSION]):
        assert flags(cookie) == ("Lax", False, False)


@pytest.mark.parametrize(
    ("headers", "is_partitioned"), [({}, True), (IN_FRAME, True), (IN_WINDOW, False)]
)
def test_cookies_of_a_launch_are_sent_from_the_site_around(
    moodle: MoodleStandIn, site: MoodleSite, headers: dict[str, str], is_partitioned: bool
) -> None:
    """In a window of its own the cookie takes the place of the one of who was there before."""
    visitor = Visitor(moodle, **headers)
    answer = visitor.launch(ANATOMY, TEACHER)
    page = visitor.get(reverse("reports:me"))
    cookies = [answer.cookies[SESSION], answer.cookies[SITE_COOKIE], page.cookies[CSRF]]
    for cookie in cookies:
        assert flags(cookie) == ("None", True, is_partitioned), cookie.key
    assert cookies[0]["httponly"]
    text = cookies[0].OutputString()
    assert ("Partitioned" in text) == is_partitioned
    assert "SameSite=None" in text


def test_what_a_script_asks_for_keeps_the_cookies_of_its_page(
    moodle: MoodleStandIn, site: MoodleSite
) -> None:
    visitor = Visitor(moodle, **IN_WINDOW)
    visitor.launch(ANATOMY, TEACHER)
    headers = {"Sec-Fetch-Dest": "empty", "HX-Request": "true"}
    answer = visitor.client.get(reverse("reports:me"), headers=headers, secure=True)
    assert flags(answer.cookies[CSRF]) == ("None", True, False)


def test_signing_out_takes_the_cookie_away_where_it_is(visitor: Visitor) -> None:
    visitor.launch(ANATOMY, TEACHER)
    answer = visitor.post("/sign-out/", {})
    gone = answer.cookies[SESSION]
    assert (gone["max-age"], flags(gone)) == (0, ("None", True, True))


def test_a_sign_in_by_password_after_a_launch_has_its_own_cookie(
    moodle: MoodleStandIn, site: MoodleSite
) -> None:
    factories.administrator("head")
    visitor = Visitor(moodle, **IN_WINDOW)
    visitor.launch(ANATOMY, TEACHER)
    visitor.post("/sign-out/", {})
    answer = visitor.post("/sign-in/", {"username": "head", "password": factories.PASSWORD})
    assert answer.status_code == 302
    assert flags(answer.cookies[SESSION]) == ("Lax", False, False)
    assert_for_nobody(visitor.get("/accounts/"))


def test_a_stopped_site_frames_the_word_that_it_is_and_nothing_else(
    visitor: Visitor, site: MoodleSite
) -> None:
    visitor.launch(ANATOMY, TEACHER)
    MoodleSite.objects.update(is_active=False)
    told = visitor.get("/")
    assert (told.status_code, ancestors(told)) == (403, site.origin)
    assert_for_nobody(visitor.get("/sign-in/"))


def test_a_frame_whose_session_is_over_says_so(moodle: MoodleStandIn, site: MoodleSite) -> None:
    visitor = Visitor(moodle, **IN_FRAME)
    visitor.launch(ANATOMY, TEACHER)
    del visitor.client.cookies[SESSION]
    answer = visitor.get("/sessions/")
    assert (answer.status_code, ancestors(answer)) == (403, site.origin)
    assert "Your session is over" in answer.content.decode()
    in_window = visitor.client.get("/sessions/", headers=IN_WINDOW, secure=True)
    assert_for_nobody(in_window)
    assert in_window.headers["Location"].startswith("/sign-in/")
    assert visitor.launch(ANATOMY, TEACHER).status_code == 302


@pytest.mark.parametrize("value", ["", "1", "1:x", "9:x:y"])
def test_a_made_up_site_frames_nothing(site: MoodleSite, value: str) -> None:
    client = Client(headers=IN_FRAME)
    client.cookies[SITE_COOKIE] = value
    assert_for_nobody(client.get("/sessions/", secure=True))


def test_a_stopped_site_is_not_told_that_a_session_is_over(
    moodle: MoodleStandIn, site: MoodleSite
) -> None:
    visitor = Visitor(moodle, **IN_FRAME)
    visitor.launch(ANATOMY, TEACHER)
    del visitor.client.cookies[SESSION]
    MoodleSite.objects.update(is_active=False)
    assert_for_nobody(visitor.get("/sessions/"))


def test_two_sites_frame_each_its_own(
    moodle: MoodleStandIn, site: MoodleSite, other_moodle: MoodleStandIn, other_site: MoodleSite
) -> None:
    here, there = Visitor(moodle), Visitor(other_moodle)
    for one in (here, there):
        one.launch(ANATOMY, TEACHER)
    assert ancestors(here.get("/")) == site.origin
    assert ancestors(there.get("/")) == other_site.origin
    assert site.origin != other_site.origin


def test_the_site_of_the_session_is_asked_for_once(visitor: Visitor) -> None:
    visitor.launch(ANATOMY, TEACHER)
    with CaptureQueriesContext(connection) as asked:
        visitor.get("/nowhere/")
    sites = [query for query in asked if 'FROM "reports_moodlesite"' in query["sql"]]
    assert len(sites) == 1


@pytest.mark.parametrize(
    "origin",
    ["https://a.example; script-src *", "https://a.example 'self'", "https://*", "", "null"],
)
def test_what_is_no_origin_frames_nothing(origin: str) -> None:
    answer = HttpResponse()
    let_frame(answer, origin)
    let_post(answer, origin)
    assert not hasattr(answer, "_csp_replace")
    assert not hasattr(answer, "_csp_update")


@pytest.mark.parametrize("origin", ["https://moodle.example.org", "http://[::1]:8000"])
def test_an_origin_is_added_to_what_is_there(origin: str) -> None:
    answer = HttpResponse()
    setattr(answer, "_csp_replace", {"img-src": ["x"]})  # noqa: B010
    let_frame(answer, origin)
    assert answer._csp_replace == {"img-src": ["x"], "frame-ancestors": [origin]}  # type: ignore[attr-defined]


def test_the_cookie_page_may_be_sent_on_to_moodle(visitor: Visitor, site: MoodleSite) -> None:
    start = visitor.moodle.launch_form(ANATOMY, TEACHER)
    page = visitor.post(start.action, start.fields)
    assert f"form-action 'self' {site.origin}" in page.headers["Content-Security-Policy"]
    assert ancestors(page) == site.origin


def test_health_pages_ask_for_no_site(client: Client) -> None:
    """They are to answer while the database is away."""
    assert client.get("/healthz").status_code == 200


def test_another_site_is_not_framed_by_a_session(
    moodle: MoodleStandIn, other_moodle: MoodleStandIn, site: MoodleSite
) -> None:
    registered(other_moodle, is_active=False)
    visitor = Visitor(moodle)
    visitor.launch(ANATOMY, TEACHER)
    assert other_moodle.issuer.removesuffix("/moodle") not in ancestors(visitor.get("/"))
