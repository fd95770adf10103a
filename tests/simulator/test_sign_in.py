"""Sessions (KS): how they start, what they allow, how they end."""

import hashlib
from dataclasses import replace

import pytest
import requests

from reports.simulator.accounts import DEFAULT_ACCOUNT, HASH_TYPES, AppToken
from reports.simulator.server import Simulator
from tests.simulator.asking import ask, call, code_of, rows_of, sign_in, tiny_world

PARTNER = DEFAULT_ACCOUNT.partner_id
TOKEN = DEFAULT_ACCOUNT.app_tokens[0]


def widget_ks(simulator: Simulator) -> str:
    answer = call(simulator, "session", "startWidgetSession", widgetId=f"_{PARTNER}").json()
    assert answer["partnerId"] == PARTNER
    return str(answer["ks"])


def start_by_token(
    simulator: Simulator, token: AppToken, digest: str | None = None
) -> requests.Response:
    base = widget_ks(simulator)
    right = hashlib.new(token.hash_type, (base + token.token).encode()).hexdigest()
    return call(
        simulator, "appToken", "startSession", ks=base, id=token.id, tokenHash=digest or right
    )


def with_token(simulator: Simulator, token: AppToken) -> None:
    simulator.accounts[PARTNER] = replace(DEFAULT_ACCOUNT, app_tokens=(token,))


def test_a_wrong_secret_is_a_start_session_error(simulator: Simulator) -> None:
    for wrong in ({"secret": "x"}, {"partnerId": 7}, {"secret": ""}):
        given = {"partnerId": PARTNER, "secret": DEFAULT_ACCOUNT.admin_secret, "type": 2, **wrong}
        assert code_of(call(simulator, "session", "start", **given)) == "START_SESSION_ERROR"


def test_the_user_secret_starts_user_sessions_only(simulator: Simulator) -> None:
    given = {"partnerId": PARTNER, "secret": DEFAULT_ACCOUNT.user_secret}
    assert code_of(call(simulator, "session", "start", **given, type=2)) == "START_SESSION_ERROR"
    ks = call(simulator, "session", "start", **given, type=0).json()
    assert code_of(ask(simulator, 6000, ks=ks)) == "SERVICE_FORBIDDEN"


@pytest.mark.parametrize("hash_type", HASH_TYPES)
def test_an_app_token_of_each_hash_type_signs_in(simulator: Simulator, hash_type: str) -> None:
    token = replace(TOKEN, hash_type=hash_type)
    with_token(simulator, token)
    info = start_by_token(simulator, token).json()
    assert (info["partnerId"], info["sessionType"]) == (PARTNER, 2)
    assert rows_of(ask(simulator, 6002, ks=info["ks"]))


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (replace(TOKEN, id="1_other000"), "APP_TOKEN_ID_NOT_FOUND"),
        (replace(TOKEN, active=False), "APP_TOKEN_NOT_ACTIVE"),
        (replace(TOKEN, expires_at=1), "APP_TOKEN_EXPIRED"),
    ],
)
def test_an_unusable_app_token_says_why(simulator: Simulator, token: AppToken, code: str) -> None:
    with_token(simulator, token)
    assert code_of(start_by_token(simulator, TOKEN)) == code


def test_a_wrong_hash_and_a_missing_base_ks_are_refused(simulator: Simulator) -> None:
    assert code_of(start_by_token(simulator, TOKEN, "00")) == "INVALID_APP_TOKEN_HASH"
    answer = call(simulator, "appToken", "startSession", id=TOKEN.id, tokenHash="00")
    assert code_of(answer) == "MISSING_KS"
    answer = call(simulator, "session", "startWidgetSession", widgetId="_7")
    assert code_of(answer) == "INVALID_WIDGET_ID"


def test_a_widget_session_may_not_read_reports(simulator: Simulator) -> None:
    assert code_of(ask(simulator, 6000, ks=widget_ks(simulator))) == "SERVICE_FORBIDDEN"


def test_session_get_tells_what_a_ks_is() -> None:
    with Simulator(tiny_world(), clock=lambda: 1000.5) as simulator:
        ks = sign_in(simulator, userId="admin@x.example", expiry=600, privileges="a:b")
        expected = {
            "sessionType": 2,
            "partnerId": PARTNER,
            "userId": "admin@x.example",
            "expiry": 1600,
            "privileges": "a:b",
            "objectType": "KalturaSessionInfo",
        }
        assert call(simulator, "session", "get", ks=ks).json() == expected
        other = widget_ks(simulator)
        assert call(simulator, "session", "get", ks=other, session=ks).json() == expected
        assert "<userId>admin@x.example</userId>" in (
            call(simulator, "session", "get", ks=ks, format=2).text
        )


def inner_code(answer: requests.Response) -> str:
    assert code_of(answer) == "INVALID_KS"
    return str(answer.json()["args"]["ERR_CODE"])


def test_a_ks_expires_by_the_clock() -> None:
    now = [1000.0]
    with Simulator(tiny_world(), clock=lambda: now[0]) as simulator:
        ks = sign_in(simulator, expiry=60)
        now[0] = 1059.9
        assert rows_of(ask(simulator, 6000, ks=ks))
        now[0] = 1060.0
        assert inner_code(ask(simulator, 6000, ks=ks)) == "-5"


def test_an_ended_ks_is_logged_out(simulator: Simulator) -> None:
    ks = sign_in(simulator)
    assert call(simulator, "session", "end", ks=ks).json() is None
    assert inner_code(ask(simulator, 6000, ks=ks)) == "-6"


@pytest.mark.parametrize(
    ("privileges", "code"),
    [("actionslimit:0", "-8"), ("iprestrict:10.0.0.1", "-9"), ("urirestrict:/other*", "-11")],
)
def test_restrictions_of_a_ks_have_their_own_codes(
    simulator: Simulator, privileges: str, code: str
) -> None:
    assert inner_code(ask(simulator, 6000, ks=sign_in(simulator, privileges=privileges))) == code


def test_all_keys_can_be_made_to_expire(simulator: Simulator) -> None:
    ks = sign_in(simulator)
    simulator.keys.expire_all()
    assert inner_code(ask(simulator, 6000, ks=ks)) == "-5"


@pytest.mark.parametrize("blocked", ["CONTENT", "FULLY"])
def test_a_blocked_account_is_refused(simulator: Simulator, blocked: str) -> None:
    ks = sign_in(simulator)
    simulator.accounts[PARTNER] = replace(DEFAULT_ACCOUNT, blocked=blocked)
    assert code_of(ask(simulator, 6000, ks=ks)) == f"SERVICE_FORBIDDEN_{blocked}_BLOCKED"


def test_without_analytics_or_reports_the_error_says_which(simulator: Simulator) -> None:
    ks = sign_in(simulator)
    simulator.accounts[PARTNER] = replace(DEFAULT_ACCOUNT, has_analytics=False)
    assert code_of(ask(simulator, 6000, ks=ks)) == "SERVICE_FORBIDDEN"
    simulator.accounts[PARTNER] = replace(DEFAULT_ACCOUNT, reports_enabled=frozenset({6000}))
    assert rows_of(ask(simulator, 6000, ks=ks))
    assert code_of(ask(simulator, 6001, ks=ks)) == "REPORT_NOT_FOUND"
