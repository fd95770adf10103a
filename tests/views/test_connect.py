"""Connecting Kaltura, with every kind of bad input, against a real simulator."""

import functools
import logging
import re
import socket
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from reports.kaltura import KalturaClient
from reports.models import AccessLogEntry, Account, SignInMethod
from reports.simulator.accounts import ADMIN_TYPE, DEFAULT_ACCOUNT, USER_TYPE, Account as Partner
from reports.simulator.server import Simulator
from reports.sync import connection
from tests import factories

TOKEN = DEFAULT_ACCOUNT.app_tokens[0]
PARTNER = DEFAULT_ACCOUNT.partner_id


def typed(**changes: str) -> dict[str, str]:
    form = {
        "name": "university",
        "endpoint": "simulator",
        "partner_id": str(PARTNER),
        "sign_in": "app-token",
        "app_token_id": TOKEN.id,
        "hash_type": TOKEN.hash_type,
        "secret": TOKEN.token,
    }
    return form | changes


def post(client: Client, form: dict[str, str], url: str = "") -> Any:
    return client.post(url or reverse("reports:connect"), form)


def ks(simulator: Simulator, **changes: Any) -> str:
    values = {"user_id": "admin@example.org", "type_": ADMIN_TYPE, "seconds": 3600}
    return simulator.keys.issue(PARTNER, **values | {"privileges": ""} | changes).ks


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try a dead server again at once."""
    monkeypatch.setattr(
        connection, "KalturaClient", functools.partial(KalturaClient, sleep=lambda _: None)
    )


def test_an_app_token_connects_and_says_as_what(
    administrator: Client, simulator: Simulator
) -> None:
    answer = administrator.post(reverse("reports:connect"), typed(), follow=True)
    account = Account.objects.get()
    assert answer.redirect_chain == [(reverse("reports:account", args=[account.pk]), 302)]
    page = answer.content.decode()
    assert f"partner {PARTNER}, administrator session" in page
    assert "It is renewed without you." in page
    assert TOKEN.token not in page
    assert (account.name, account.app_token_id, account.secret) == (
        "university",
        TOKEN.id,
        TOKEN.token,
    )
    entry = AccessLogEntry.objects.get(action="connected")
    assert entry.detail == {"partner_id": PARTNER}


def test_an_admin_secret_connects(administrator: Client, simulator: Simulator) -> None:
    form = typed(sign_in="admin-secret", secret=DEFAULT_ACCOUNT.admin_secret)
    assert post(administrator, form).status_code == 302
    account = Account.objects.get()
    assert (account.sign_in, account.app_token_id) == (SignInMethod.ADMIN_SECRET, "")


def test_a_pasted_ks_connects_and_says_whose_it_is_and_when_it_ends(
    administrator: Client, simulator: Simulator
) -> None:
    form = typed(sign_in="ks", secret=f"  {ks(simulator)}\n")
    answer = administrator.post(reverse("reports:connect"), form, follow=True)
    page = answer.content.decode()
    assert "of the user admin@example.org" in page
    assert "give new credentials before that" in page
    assert Account.objects.get().ks_expires_at is not None


def test_every_field_says_what_it_is(administrator: Client, simulator: Simulator) -> None:
    page = administrator.get(reverse("reports:connect")).content.decode()
    assert page.count('class="form-text"') >= 7
    assert "Integration" in page
    assert 'type="password"' in page


BAD = {
    "no name": (typed(name=""), "This field is required."),
    "an unknown endpoint": (typed(endpoint="mars"), "mars is not one of the available choices"),
    "a partner that is no number": (typed(partner_id="12x"), "Enter a whole number."),
    "a partner below 1": (typed(partner_id="0"), "greater than or equal to 1"),
    "an id with a semicolon": (typed(app_token_id="1_a;1_b"), "only letters, digits and"),
    "no app token id": (typed(app_token_id=""), "Enter the id of the app token."),
    "no secret": (typed(secret=""), "This field is required."),
    "a wrong token": (typed(secret="wrong-secret-1"), "Kaltura refused the app token."),
    "a wrong hash type": (typed(hash_type="MD5"), "Kaltura refused the app token."),
    "an unknown token id": (typed(app_token_id="1_nothing"), "knows no app token with this id"),
    "a wrong admin secret": (
        typed(sign_in="admin-secret", secret="wrong-secret-2"),
        "Kaltura refused the partner id and admin secret.",
    ),
    "an invented KS": (typed(sign_in="ks", secret="wrong-secret-3"), "Kaltura can't read the KS."),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(
    administrator: Client, simulator: Simulator, case: str
) -> None:
    form, sentence = BAD[case]
    answer = post(administrator, form)
    refused(answer, form, sentence)


def refused(answer: Any, form: dict[str, str], sentence: str) -> None:
    """Check the one form again, its sentence, what was typed but no secret, and nothing stored."""
    assert answer.status_code == 400
    page = answer.content.decode().replace("&#x27;", "'")
    assert sentence in page
    assert "Traceback" not in page
    for name in ("name", "partner_id", "app_token_id"):
        if form[name]:
            assert f'value="{form[name]}"' in page, name
    assert re.search(rf'value="{form["sign_in"]}"[^>]*checked', page)
    assert not form["secret"] or form["secret"] not in page
    assert not Account.objects.exists()
    assert not AccessLogEntry.objects.exists()


def test_a_user_ks_is_refused(administrator: Client, simulator: Simulator) -> None:
    form = typed(sign_in="ks", secret=ks(simulator, type_=USER_TYPE))
    refused(post(administrator, form), form, "gives a user's KS, which may not read reports")


def test_an_expired_ks_is_refused(administrator: Client, simulator: Simulator) -> None:
    form = typed(sign_in="ks", secret=ks(simulator, seconds=-10))
    refused(post(administrator, form), form, "The KS has expired.")


def test_a_ks_of_another_partner_is_refused(administrator: Client, simulator: Simulator) -> None:
    simulator.accounts[77] = Partner(77, "another secret")
    form = typed(sign_in="ks", secret=ks(simulator), partner_id="77")
    refused(post(administrator, form), form, f"The KS belongs to partner {PARTNER}")


def test_a_dead_server_is_named_so(
    administrator: Client, simulator: Simulator, settings: Settings
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    settings.KALTURA_ENDPOINTS = {"simulator": f"http://127.0.0.1:{port}"}
    form = typed()
    refused(post(administrator, form), form, "Check the endpoint's address")


def test_a_maintenance_page_is_named_so(administrator: Client, simulator: Simulator) -> None:
    simulator.faults.add("html_200", service="")
    form = typed()
    refused(post(administrator, form), form, "answered with a web page (“Maintenance”)")


def test_a_taken_name_and_a_connected_partner_are_refused(
    administrator: Client, simulator: Simulator
) -> None:
    factories.account("university", endpoint="us", partner_id=5)
    answer = post(administrator, typed())
    assert answer.status_code == 400
    assert "is already the account of partner 5" in answer.content.decode()
    Account.objects.all().delete()
    factories.account("before", endpoint="simulator", partner_id=PARTNER)
    answer = post(administrator, typed())
    assert "is already connected as “before”" in answer.content.decode()


def test_secrets_reach_no_log_line_and_no_address(
    administrator: Client, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    pasted = ks(simulator)
    for form in (
        typed(),
        typed(secret="wrong-secret-1"),
        typed(sign_in="ks", secret=pasted),
    ):
        answer = post(administrator, form)
        assert form["secret"] not in answer.headers.get("Location", "")
        assert form["secret"] not in str(AccessLogEntry.objects.values())
    for secret in (TOKEN.token, "wrong-secret-1", pasted):
        assert secret not in caplog.text
    assert all(secret not in r.path for r in simulator.requests for secret in (TOKEN.token, pasted))


def test_new_credentials_are_checked_before_they_replace_the_old(
    administrator: Client, simulator: Simulator
) -> None:
    post(administrator, typed())
    account = Account.objects.get()
    url = reverse("reports:account-credentials", args=[account.pk])
    assert TOKEN.token not in administrator.get(url).content.decode()

    answer = post(administrator, typed(sign_in="admin-secret", secret="wrong-secret-2"), url)
    assert answer.status_code == 400
    account.refresh_from_db()
    assert account.secret == TOKEN.token

    secret = DEFAULT_ACCOUNT.admin_secret
    answer = post(administrator, typed(sign_in="admin-secret", secret=secret), url)
    assert answer.status_code == 302
    account.refresh_from_db()
    assert account.secret == secret


def test_only_administrators_connect(
    client: Client, outsider: Client, teacher: Client, simulator: Simulator
) -> None:
    for url in (reverse("reports:connect"), reverse("reports:accounts")):
        assert client.get(url).status_code == 302
        assert outsider.get(url).status_code == 404
        assert teacher.get(url).status_code == 404
    assert post(outsider, typed()).status_code == 404
    assert Account.objects.count() == 1  # the teacher's world
    assert not simulator.requests
