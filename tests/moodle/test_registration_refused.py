"""Registrations that come to nothing: each has a sentence, stores nothing, leaves the address good."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from reports.models import MoodleSite, MoodleTool, RegistrationLink
from reports.moodle import configuration, tools
from reports.moodle.configuration import TOOL_CONFIGURATION, is_issuer, is_page_of
from reports.simulator.moodle.exchange import Response, json_response, redirect
from reports.simulator.moodle.standin import MoodleStandIn
from tests import factories
from tests.moodle.registering import Registering, address_made

CONFIGURATION, REGISTRATION = "openid-configuration", "openid-registration"
GOOD_URL = "http://localhost:8510/mod/lti/openid-configuration.php"


@pytest.fixture
def registering(db: None, moodle: MoodleStandIn) -> Registering:
    return Registering(moodle, address_made(factories.account()))


def assert_refused(registering: Registering, answer: Any, status: int, text: str) -> None:
    """Assert that it came to nothing, and that the address works once Moodle is well."""
    page = answer.content.decode()
    assert (answer.status_code, text in page) == (status, True), page
    assert not MoodleSite.objects.exists()
    assert RegistrationLink.objects.get().used_at is None
    registering.recovers()
    assert registering.again().post().status_code == 200
    assert MoodleTool.objects.count() == 1


def changed(name: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda told: told | {name: value}


@pytest.mark.parametrize(
    "change",
    [
        changed("issuer", "https://moodle.example.org"),
        lambda told: told | {"issuer": told["issuer"] + "/"},
        lambda told: told | {"issuer": told["issuer"] + "/moodle"},
        changed("issuer", None),
        changed("issuer", ["x"]),
        changed("jwks_uri", "https://elsewhere.example.org/mod/lti/certs.php"),
        changed("token_endpoint", "http://localhost:9/mod/lti/token.php"),
        changed("authorization_endpoint", "javascript:alert(1)"),
        lambda told: told | {"registration_endpoint": told["issuer"] + "/~evil/register.php"},
        lambda told: told | {"jwks_uri": told["issuer"] + "/mod/lti/../../~evil/certs.php"},
        lambda told: told | {"jwks_uri": told["issuer"] + ".example.org/mod/lti/certs.php"},
        lambda told: {key: told[key] for key in told if key != "registration_endpoint"},
        lambda told: {},
    ],
)
def test_a_configuration_of_another_site_is_refused(
    registering: Registering, change: Callable[[dict[str, Any]], object]
) -> None:
    registering.answers(CONFIGURATION, change(registering.good_configuration()))
    answer = registering.post()
    assert_refused(registering, answer, 502, "Moodle describes another site")


@pytest.mark.parametrize(
    "answer",
    [
        Response(b"<p>Please sign in</p>"),
        json_response({}, status=500),
        json_response({}, status=404),
        json_response(["a list"]),
        Response(b'{"issuer": ', content_type="application/json"),
        Response(b"[" * 200_000),
        Response(b"\xff\xfe"),
        Response(b""),
    ],
)
def test_an_answer_that_is_no_configuration_is_refused(
    registering: Registering, answer: Response
) -> None:
    registering.answers(CONFIGURATION, answer)
    assert_refused(registering, registering.post(), 502, "did not say how to register")


def test_a_redirect_is_not_followed(registering: Registering, moodle: MoodleStandIn) -> None:
    registering.answers(CONFIGURATION, redirect(f"{moodle.issuer}/mod/lti/certs.php"))
    answer = registering.post()
    assert [request.path for request in moodle.requests] == [f"/mod/lti/{CONFIGURATION}.php"]
    assert_refused(registering, answer, 502, "did not say how to register")


def test_an_answer_that_is_too_large_is_not_read_whole(
    registering: Registering, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(tools, "LARGEST_JSON", 300)
        answer = registering.post()
    assert_refused(registering, answer, 502, "did not say how to register")


def test_a_moodle_that_is_silent_is_given_up(
    registering: Registering, moodle: MoodleStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "TIMEOUT", (1, 1))
    moodle.faults.add("slow", service="configuration", seconds=3)
    answer = registering.post()
    monkeypatch.undo()
    assert_refused(registering, answer, 502, "Moodle could not be reached")


def test_a_moodle_that_is_gone_is_said_to_be(
    registering: Registering, moodle: MoodleStandIn
) -> None:
    moodle.stop()
    answer = registering.post()
    moodle.start()
    assert_refused(registering, answer, 502, "Moodle could not be reached")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (json_response({"error": "x"}, status=400), "Moodle refused the registration"),
        (json_response({}, status=500), "Moodle refused the registration"),
        (redirect("https://example.org/"), "Moodle refused the registration"),
        (json_response({}, status=401), "did not take the registration"),
        (Response(b"<p>Hello</p>"), "answer can&#x27;t be used"),
        (json_response({}), "answer can&#x27;t be used"),
        (json_response({"client_id": "abc"}), "answer can&#x27;t be used"),
        (
            json_response({"client_id": "", TOOL_CONFIGURATION: {"deployment_id": "7"}}),
            "answer can&#x27;t be used",
        ),
        (
            json_response({"client_id": ["a"], TOOL_CONFIGURATION: {"deployment_id": "7"}}),
            "answer can&#x27;t be used",
        ),
        (
            json_response({"client_id": "a" * 201, TOOL_CONFIGURATION: {"deployment_id": "7"}}),
            "answer can&#x27;t be used",
        ),
        (
            json_response({"client_id": "a\x00", TOOL_CONFIGURATION: {"deployment_id": "7"}}),
            "answer can&#x27;t be used",
        ),
        (
            json_response({"client_id": "a", TOOL_CONFIGURATION: ["deployment_id"]}),
            "answer can&#x27;t be used",
        ),
    ],
)
def test_a_registration_that_moodle_does_not_answer_well_is_refused(
    registering: Registering, answer: Response, text: str
) -> None:
    registering.answers(REGISTRATION, answer)
    assert_refused(registering, registering.post(), 502, text)


def test_moodles_own_token_works_once(registering: Registering, moodle: MoodleStandIn) -> None:
    """Moodle's, not ours: somebody pastes a second address and goes back to the first frame."""
    registering.post()
    second = Registering(moodle, address_made())
    second.sent = registering.sent
    answer = second.post()
    assert answer.status_code == 502
    assert "works once and for an hour" in answer.content.decode()
    assert MoodleTool.objects.count() == 1


def test_ids_of_signs_are_shown_as_text(registering: Registering) -> None:
    hostile = "<script>alert(1)</script>"
    registering.answers(
        REGISTRATION, {"client_id": hostile, TOOL_CONFIGURATION: {"deployment_id": 7}}
    )
    registering.post()
    assert MoodleTool.objects.get().deployment_id == "7"
    client = Client()
    client.force_login(factories.administrator("looker"))
    page = client.get(f"/moodle-sites/{MoodleSite.objects.get().pk}/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert hostile not in page


# --- What is asked for at all -------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://moodle.example.org/mod/lti/openid-configuration.php",  # readable on its way
        "http://10.0.0.1/mod/lti/openid-configuration.php",
        "http://localhost.example.org/mod/lti/openid-configuration.php",
        "http://user:secret@localhost/mod/lti/openid-configuration.php",
        "http://localhost:99999/mod/lti/openid-configuration.php",
        "http://localhost:x/mod/lti/openid-configuration.php",
        "http://[::1/mod/lti/openid-configuration.php",
        "file:///etc/mod/lti/passwd.php",
        "ftp://localhost/mod/lti/openid-configuration.php",
        "javascript:alert(1)/mod/lti/openid-configuration.php",
        "http://localhost/.well-known/openid-configuration",
        "http://localhost/a/../mod/lti/openid-configuration.php",
        "http://localhost/%2e%2e/mod/lti/openid-configuration.php",
        "http://localhost/mod/lti/../x/y.php",
        "http://localhost/?x=/mod/lti/openid-configuration.php",
        "http://localhost/#/mod/lti/openid-configuration.php",
        "http://localhost//mod/lti/openid-configuration.php",
        "http://localhost/mod/lti/x/openid-configuration.php",
        "http://localhost\\@evil.example.org/mod/lti/openid-configuration.php",
        f"http://localhost/{'a' * 200}/mod/lti/openid-configuration.php",
        "/mod/lti/openid-configuration.php",
    ],
)
def test_an_address_that_no_moodle_has_is_not_asked_for(
    registering: Registering, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "read_json", lambda *_, **__: pytest.fail("asked"))
    for send in (registering.open, registering.post):
        answer = send(openid_configuration=url)
        assert answer.status_code == 400
        assert "That is no Moodle" in answer.content.decode()
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "sent",
    [
        {"openid_configuration": ""},
        {"registration_token": ""},
        {"registration_token": "two words"},
        {"registration_token": "a\r\nX-Header: b"},
        {"registration_token": "a" * 5001},
        {"openid_configuration": GOOD_URL + "\x00"},
        {"openid_configuration": "http://localhost/" + "a" * 600},
    ],
)
def test_what_moodle_sends_along_is_needed(
    registering: Registering, moodle: MoodleStandIn, sent: dict[str, str]
) -> None:
    for send in (registering.open, registering.post):
        answer = send(**sent)
        assert answer.status_code == 400
        assert "This address is opened by Moodle" in answer.content.decode()
    assert moodle.requests == []


def test_what_is_on_this_machine_is_asked_only_by_a_site_that_is_there_too(
    registering: Registering, moodle: MoodleStandIn
) -> None:
    """A university's Rollcall is never led to services of its own machine."""
    elsewhere = Registering(moodle, registering.path, base="https://testserver")
    answer = elsewhere.client.post(elsewhere.path, elsewhere.sent, secure=True)
    assert answer.status_code == 400
    assert "That is no Moodle" in answer.content.decode()
    assert moodle.requests == []


def test_without_https_nothing_is_registered(
    registering: Registering, moodle: MoodleStandIn
) -> None:
    elsewhere = Registering(moodle, registering.path, base="http://testserver")
    answer = elsewhere.post()
    assert (answer.status_code, moodle.requests) == (403, [])
    assert "Only by HTTPS" in answer.content.decode()


@pytest.mark.parametrize(
    ("issuer", "is_good"),
    [
        ("https://moodle.example.org", True),
        ("https://moodle.example.org/a/b-c_d", True),
        ("https://moodle.example.org:8443", True),
        ("https://[2001:db8::1]/moodle", True),
        ("http://localhost:8510", True),
        ("http://moodle.example.org", False),
        ("https://moodle.example.org/", False),
        ("https://moodle.example.org?x", False),
        ("https://moodle.example.org/a b", False),
        ("https://möödle.example.org", False),
        ("https://", False),
        ("", False),
    ],
)
def test_which_texts_are_a_sites_address(issuer: str, *, is_good: bool) -> None:
    assert is_issuer(issuer, with_loopback=True) is is_good
    assert is_page_of("https://moodle.example.org", issuer) is False
