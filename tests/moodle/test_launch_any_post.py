"""Whatever is posted to the two addresses that anybody may post to, the answer is a clear one."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings, strategies as st
from jwt.api_jws import PyJWS

from reports.models import MoodleSite, MoodleUser
from reports.moodle.handshake import COOKIE
from tests.moodle.conftest import Visitor, parameters

ADDRESSES = ("/moodle/sign-in/", "/moodle/launch/")
NAMES = (
    *("iss", "login_hint", "target_link_uri", "lti_message_hint", "lti_deployment_id"),
    *("client_id", "cookies", "state", "id_token", "error", "error_description"),
)
ANY_TEXT = st.text(max_size=80) | st.sampled_from(["", "\x00", "a.b.c", "e30.e30.e30", "x" * 5000])
CLEAR = (302, 400, 403)
# The database is the test's own, and nothing of one example counts in the next.
within_a_test = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@within_a_test
@given(data=st.data())
def test_any_fields(visitor: Visitor, site: MoodleSite, data: st.DataObject) -> None:
    address = data.draw(st.sampled_from(ADDRESSES))
    form: dict[str, Any] = data.draw(
        st.dictionaries(st.sampled_from(NAMES), ANY_TEXT | st.lists(ANY_TEXT, max_size=3))
    )
    known = {"iss": site.issuer, "client_id": site.tools.get().client_id}
    form |= data.draw(st.sampled_from([{}, known]))
    by_query = data.draw(st.booleans())
    sent = (
        Client().get(address, form, secure=True)
        if by_query
        else Client().post(address, form, secure=True)
    )
    assert sent.status_code in (*CLEAR, 200, 405)
    assert not sent.headers.get("Location", site.issuer).startswith(("//", "/"))
    assert sent.headers.get("Location", site.issuer).startswith(site.issuer)


@within_a_test
@given(token=ANY_TEXT, more=st.dictionaries(st.sampled_from(NAMES[:6]), ANY_TEXT))
def test_any_token_after_a_true_beginning(
    visitor: Visitor, token: str, more: dict[str, str]
) -> None:
    state = parameters(visitor.begin(7, 3))["state"]
    answer = visitor.post(ADDRESSES[1], {**more, "state": state, "id_token": token})
    assert answer.status_code == 403


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@within_a_test
@given(data=st.data())
def test_any_claims_that_moodle_signs(visitor: Visitor, data: st.DataObject) -> None:
    """A Moodle that is known may say what it likes: people come in, or read why not."""

    def change(claims: dict[str, Any]) -> None:
        names = data.draw(st.lists(st.sampled_from(sorted(claims)), max_size=3, unique=True))
        claims.update({name: data.draw(JSON) for name in names})

    def sign(claims: dict[str, Any]) -> str:
        own = visitor.moodle.state.key
        body = json.dumps(claims).encode()  # of any kind: the library would not sign it
        return PyJWS().encode(body, own._private, "RS256", {"kid": own.key_id})

    answer = visitor.forge(change, sign)
    assert answer.status_code in CLEAR


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"\xff\xfe=\xff", "application/x-www-form-urlencoded"),
        (b"iss=x", "application/x-www-form-urlencoded; charset=klingon"),
        (b"nothing", "multipart/form-data"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"state=" + b"x" * 3_000_000, "application/x-www-form-urlencoded"),
        (b"a=1&" * 2_000, "application/x-www-form-urlencoded"),
        (b"iss=a&iss=b&state=a&state=b", "application/x-www-form-urlencoded"),
    ],
)
def test_any_body(visitor: Visitor, address: str, body: bytes, content_type: str) -> None:
    answer = visitor.client.generic("POST", address, body, content_type, secure=True)
    assert answer.status_code in CLEAR
    assert not MoodleUser.objects.exists()


@pytest.mark.parametrize(
    "state", ["a;b", "a b", "ä", "a=b", '"', "\r\nSet-Cookie: x=1", "x" * 5000]
)
def test_a_state_that_is_no_name_of_a_cookie(visitor: Visitor, state: str) -> None:
    visitor.client.cookies.clear()
    answer = Client(headers={"cookie": f"{COOKIE}x=1"}).post(
        ADDRESSES[1], {"state": state}, secure=True
    )
    assert answer.status_code == 403
    assert "Set-Cookie: x=1" not in str(answer.headers)
