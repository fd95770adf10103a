"""A sign-in that began is ended once, in time, in the browser that began it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from reports.models import LaunchState, MoodleSite, MoodleUser
from reports.moodle.handshake import COOKIE
from reports.simulator.moodle.standin import MoodleStandIn
from tests.moodle.conftest import (
    ANATOMY,
    BOTANY,
    LEARNER,
    TEACHER,
    Visitor,
    parameters,
    registered,
)


def test_the_whole_post_again_is_refused(visitor: Visitor) -> None:
    back = visitor.token(ANATOMY, TEACHER)
    cookies = visitor.client.cookies.copy()
    assert visitor.post(back.action, back.fields).status_code == 302
    thief = Visitor(visitor.moodle)
    thief.client.cookies = cookies  # all that the browser had
    answer = thief.post(back.action, back.fields)
    assert (answer.status_code, "took too long" in answer.content.decode()) == (400, True)
    assert not thief.client.session.get("_auth_user_id")


def test_of_many_posts_at_once_one_counts(transactional_db: None, moodle: MoodleStandIn) -> None:
    visitor = Visitor(moodle)
    registered(moodle)
    back = visitor.token(ANATOMY, TEACHER)
    posts = 6
    ready = threading.Barrier(posts)

    def post(_: int) -> int:
        thief = Visitor(moodle)
        thief.client.cookies = visitor.client.cookies.copy()
        ready.wait()
        try:
            return int(thief.post(back.action, back.fields).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(posts) as pool:
        answers = list(pool.map(post, range(posts)))
    assert sorted(answers) == [302] + [400] * (posts - 1)


def test_state_and_nonce_of_two_launches_do_not_mix(visitor: Visitor) -> None:
    first, second = visitor.token(ANATOMY, TEACHER), visitor.token(BOTANY, TEACHER)
    mixed = {"state": first.fields["state"], "id_token": second.fields["id_token"]}
    assert visitor.post(first.action, mixed).status_code == 403
    assert visitor.post(first.action, first.fields).status_code == 400  # used up by the try
    assert visitor.post(second.action, second.fields).status_code == 302


def test_two_links_of_a_page_open_at_once(visitor: Visitor) -> None:
    tokens = [visitor.token(course, TEACHER) for course in (ANATOMY, BOTANY)]
    answers = [visitor.post(back.action, back.fields) for back in reversed(tokens)]
    assert [answer.status_code for answer in answers] == [302, 302]


@pytest.mark.parametrize("cookie", ["none", "another launch's", "made up"])
def test_a_sign_in_that_another_browser_began_is_refused(visitor: Visitor, cookie: str) -> None:
    """Nobody is signed in as somebody else by a form that was slipped to them."""
    attacker = Visitor(visitor.moodle)
    back = attacker.token(ANATOMY, TEACHER)
    if cookie != "none":
        visitor.begin(ANATOMY, LEARNER)
    if cookie == "made up":
        visitor.client.cookies[COOKIE + back.fields["state"]] = "1"
    answer = visitor.post(back.action, back.fields)
    assert (answer.status_code, "begun elsewhere" in answer.content.decode()) == (403, True)
    assert not visitor.client.session.get("_auth_user_id")
    assert attacker.post(back.action, back.fields).status_code == 302  # was not used up by that


def test_a_launch_that_nobody_began_is_refused(visitor: Visitor) -> None:
    """A cookie alone, such as another page of the host might set, is no beginning."""
    back = visitor.token(ANATOMY, TEACHER)
    visitor.client.cookies[COOKIE + "state-1"] = "state-1"
    answer = visitor.post(back.action, {**back.fields, "state": "state-1"})
    assert answer.status_code == 400
    assert not MoodleUser.objects.exists()


def test_a_sign_in_is_over_after_five_minutes(visitor: Visitor) -> None:
    begun = visitor.begin(ANATOMY, TEACHER)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5, seconds=1), tick=True):
        back = visitor.moodle.authorize(begun.headers["Location"])
        visitor.client.cookies[COOKIE + back.fields["state"]] = back.fields["state"]
        assert visitor.post(back.action, back.fields).status_code == 400


def test_what_is_over_is_thrown_away(visitor: Visitor) -> None:
    visitor.begin(ANATOMY, TEACHER)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11), tick=True):
        visitor.begin(ANATOMY, TEACHER)
    assert LaunchState.objects.count() == 1


def test_state_and_nonce_are_not_stored_in_clear(visitor: Visitor) -> None:
    sent = parameters(visitor.begin(ANATOMY, TEACHER))
    stored = LaunchState.objects.values().get()
    assert sent["state"] not in str(stored)
    assert sent["nonce"] not in str(stored)
    assert len(sent["nonce"]) >= 32


def test_what_moodle_is_asked(visitor: Visitor, site: MoodleSite) -> None:
    begun = visitor.begin(ANATOMY, TEACHER)
    asked = parameters(begun)
    assert begun.headers["Location"].startswith(f"{site.issuer}/mod/lti/auth.php?")
    assert asked.items() >= {
        ("scope", "openid"),
        ("response_type", "id_token"),
        ("response_mode", "form_post"),
        ("prompt", "none"),
        ("redirect_uri", "https://testserver/moodle/launch/"),
        ("client_id", site.tools.get().client_id),
        ("login_hint", str(TEACHER)),
    }


def test_the_cookie_of_the_state_is_of_this_host_alone_and_goes_with_the_launch(
    visitor: Visitor,
) -> None:
    begun = visitor.begin(ANATOMY, TEACHER)
    [cookie] = begun.cookies.values()
    assert cookie.key.startswith("__Host-")  # so that no host beside this one can have set it
    assert (cookie["path"], cookie["domain"]) == ("/", "")  # or browsers refuse it by that name
    assert (cookie["samesite"], cookie["max-age"]) == ("None", 300)
    assert all(cookie[flag] for flag in ("secure", "httponly", "partitioned"))
    back = visitor.moodle.authorize(begun.headers["Location"])
    gone = visitor.post(back.action, back.fields).cookies[cookie.key]
    assert (gone["max-age"], gone["path"], gone["samesite"]) == (0, "/", "None")
    assert all(gone[flag] for flag in ("secure", "partitioned"))
