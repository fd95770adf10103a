"""A site's keys: asked for when they are needed, kept, and asked for anew when one is new."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from reports.models import MoodleSite, MoodleUser
from reports.moodle import site_keys, tools
from reports.simulator.moodle.exchange import Response, json_response
from reports.simulator.moodle.standin import MoodleStandIn
from tests.moodle.conftest import ANATOMY, BOTANY, TEACHER, Visitor

KEYS = "/mod/lti/certs.php"


def asked(moodle: MoodleStandIn) -> int:
    """Return how often the site was asked for its keys."""
    return sum(request.path == KEYS for request in moodle.requests)


def test_keys_are_kept(visitor: Visitor, moodle: MoodleStandIn) -> None:
    for _ in range(3):
        assert visitor.launch(ANATOMY, TEACHER).status_code == 302
    assert asked(moodle) == 1


def test_a_new_key_of_the_site_is_found(visitor: Visitor, moodle: MoodleStandIn) -> None:
    visitor.launch(ANATOMY, TEACHER)
    moodle.rotate_key()
    for course in (ANATOMY, BOTANY, ANATOMY):
        assert visitor.launch(course, TEACHER).status_code == 302
    assert asked(moodle) == 2


def test_a_new_key_by_the_old_name_is_found(visitor: Visitor, moodle: MoodleStandIn) -> None:
    visitor.launch(ANATOMY, TEACHER)
    name = moodle.state.key.key_id
    moodle.rotate_key()
    moodle.state.key.key_id = name
    assert visitor.launch(ANATOMY, TEACHER).status_code == 302


def test_broken_tokens_make_nobody_ask_more_than_once_a_minute(
    visitor: Visitor, moodle: MoodleStandIn
) -> None:
    visitor.launch(ANATOMY, TEACHER)
    start = datetime.now(UTC)
    for _ in range(4):
        moodle.state.key.key_id += "x"
        instead = json_response({"keys": []})
        moodle.instead[KEYS] = instead
        assert visitor.launch(ANATOMY, TEACHER).status_code == 403
    assert asked(moodle) == 2
    del moodle.instead[KEYS]
    with time_machine.travel(start + timedelta(seconds=61), tick=True):
        assert visitor.launch(ANATOMY, TEACHER).status_code == 302
    assert asked(moodle) == 3


def test_an_unreachable_site_is_named(visitor: Visitor, moodle: MoodleStandIn) -> None:
    back = visitor.token(ANATOMY, TEACHER)
    moodle.stop()
    answer = visitor.post(back.action, back.fields)
    assert (answer.status_code, "could not be asked" in answer.content.decode()) == (502, True)
    assert not MoodleUser.objects.exists()
    moodle.start()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=11), tick=True):
        assert visitor.launch(ANATOMY, TEACHER).status_code == 302


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_a_refusal_of_the_keys_is_told(
    visitor: Visitor, moodle: MoodleStandIn, status: int
) -> None:
    moodle.faults.add("http_status", service="jwks", status=status)
    assert visitor.launch(ANATOMY, TEACHER).status_code == 502
    assert visitor.launch(ANATOMY, TEACHER).status_code == 502
    assert asked(moodle) == 1  # nobody waits a second time for what failed a moment ago


WRONG = {
    "no JSON": Response(b"<html>"),
    "nothing": Response(b""),
    "a list": json_response([]),
    "a word": json_response("keys"),
    "halves of characters": Response(b'{"keys": "\xff'),
    "too large": Response(b'{"keys": [' + b" " * tools.LARGEST_JSON + b"]}"),
    "leads on": Response(b"", 302, headers={"Location": "https://elsewhere.example/"}),
}
NO_KEYS = {
    "no keys": json_response({}),
    "keys of no kind": json_response({"keys": {"a": 1}}),
    "odd keys": json_response({"keys": [None, 7, "x", [], {}, {"kid": None}]}),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_answer_that_holds_no_key_set_is_none(
    visitor: Visitor, moodle: MoodleStandIn, name: str
) -> None:
    moodle.instead[KEYS] = WRONG[name]
    assert visitor.launch(ANATOMY, TEACHER).status_code == 502


@pytest.mark.parametrize("name", NO_KEYS)
def test_a_key_set_without_the_key_lets_nobody_in(
    visitor: Visitor, moodle: MoodleStandIn, name: str
) -> None:
    moodle.instead[KEYS] = NO_KEYS[name]
    assert visitor.launch(ANATOMY, TEACHER).status_code == 403


@pytest.mark.parametrize(
    "change", [{"kty": "EC"}, {"n": "***"}, {"n": ""}, {"e": None}, {"alg": "HS256"}]
)
def test_a_key_of_another_kind_lets_nobody_in(
    visitor: Visitor, moodle: MoodleStandIn, change: dict[str, object]
) -> None:
    [key] = moodle.state.key.key_set()["keys"]
    moodle.instead[KEYS] = json_response({"keys": [{**key, **change}]})
    expected = 302 if change == {"alg": "HS256"} else 403  # what a key says of itself isn't asked
    assert visitor.launch(ANATOMY, TEACHER).status_code == expected


def test_a_slow_site_is_not_waited_for(
    visitor: Visitor, moodle: MoodleStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_keys, "TIMEOUT", (1, 1))
    moodle.faults.add("slow", service="jwks", seconds=3)
    assert visitor.launch(ANATOMY, TEACHER).status_code == 502


def test_a_site_that_drips_is_not_waited_for(
    visitor: Visitor, moodle: MoodleStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1000, 6))
    monkeypatch.setattr(tools.time, "monotonic", lambda: next(clock))
    body = json_response(moodle.state.key.key_set()).body
    moodle.instead[KEYS] = Response(body + b" " * 300_000)  # several parts
    assert visitor.launch(ANATOMY, TEACHER).status_code == 502


def test_sites_have_their_own_keys(
    visitor: Visitor, site: MoodleSite, other_site: MoodleSite, other_moodle: MoodleStandIn
) -> None:
    other_moodle.state.key.key_id = visitor.moodle.state.key.key_id
    visitor.launch(ANATOMY, TEACHER)
    assert Visitor(other_moodle).launch(ANATOMY, TEACHER).status_code == 302
    assert visitor.forge(lambda claims: None, other_moodle.sign).status_code == 403
