"""Signing in, and keeping a KS that is good."""

import hashlib
import json
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from reports.kaltura import (
    HASH_TYPES,
    AdminSecret,
    AppToken,
    AppTokenNotFound,
    KsExpired,
    KsInfo,
    KsLoggedOut,
    KsNotAdmin,
    KsOfAnotherPartner,
    PastedKs,
    ReportFilters,
    UnreadableAnswer,
    WrongSecret,
)
from reports.kaltura.signin import ks_info
from tests.kaltura.bodies import (
    ATTENDEES_HEADER,
    BASE,
    KS_2,
    PARTNER,
    csv_body,
    invalid_ks,
    json_error,
    session_body,
)

URL = f"{BASE}/api_v3/service"
SECRET = AdminSecret(PARTNER, "the-secret")
TOKEN = AppToken(PARTNER, "0_token01", "the-token")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = ReportFilters(0, 3600)


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def forms_of(kaltura, action):
    """Return the forms that were sent to an action."""
    return [
        {name: values[0] for name, values in parse_qs(call.request.body).items()}
        for call in kaltura.calls
        if call.request.url.endswith(f"/{action}")
    ]


def sign_in_by_secret(kaltura):
    """Answer session.start with first-ks, second-ks and so on."""
    for name in ("first-ks", "second-ks", "third-ks"):
        kaltura.post(f"{URL}/session/action/start", body=json.dumps(name))


def answer_reports(kaltura, *bodies):
    for body in bodies or (csv_body(ATTENDEES_HEADER),):
        kaltura.post(f"{URL}/report/action/getCsvFromStringParams", body=body)


def ask(client):
    with client.open_report(6001, HOUR) as answer:
        return list(answer)


def ks_used(kaltura):
    return [form["ks"] for form in forms_of(kaltura, "getCsvFromStringParams")]


def test_a_secret_starts_an_admin_session_for_a_day(kaltura, make_client):
    sign_in_by_secret(kaltura)
    answer_reports(kaltura)
    ask(make_client(sign_in=AdminSecret(PARTNER, "the-secret", "me@uni.example")))
    assert forms_of(kaltura, "start") == [
        {
            "format": "1",
            "partnerId": str(PARTNER),
            "secret": "the-secret",
            "userId": "me@uni.example",
            "type": "2",
            "expiry": "86400",
        }
    ]
    assert ks_used(kaltura) == ["first-ks"]


@pytest.mark.parametrize("hash_type", HASH_TYPES)
def test_an_app_token_is_hashed_with_the_base_ks_in_its_own_way(kaltura, make_client, hash_type):
    kaltura.post(f"{URL}/session/action/startWidgetSession", json={"ks": "base-ks"})
    kaltura.post(
        f"{URL}/appToken/action/startSession",
        json={"ks": "token-ks", "expiry": 1_800_000_000, "partnerId": PARTNER, "sessionType": 2},
    )
    answer_reports(kaltura)
    ask(make_client(sign_in=AppToken(PARTNER, "0_token01", "the-token", hash_type, "me")))
    assert forms_of(kaltura, "startWidgetSession")[0]["widgetId"] == f"_{PARTNER}"
    form = forms_of(kaltura, "startSession")[0]
    expected = hashlib.new(hash_type.lower(), b"base-ksthe-token").hexdigest()
    assert form["tokenHash"] == expected
    assert (form["ks"], form["id"], form["userId"], form["type"]) == (
        "base-ks",
        "0_token01",
        "me",
        "2",
    )
    assert "the-token" not in json.dumps(forms_of(kaltura, "startSession"))
    assert ks_used(kaltura) == ["token-ks"]


def test_an_unknown_hash_type_is_refused_at_once():
    with pytest.raises(ValueError, match="SHA512"):
        AppToken(PARTNER, "id", "token", "SHA3")


def test_an_app_token_of_another_partner_is_refused(kaltura, make_client):
    kaltura.post(f"{URL}/session/action/startWidgetSession", json={"ks": "base-ks"})
    kaltura.post(f"{URL}/appToken/action/startSession", json={"ks": "token-ks", "partnerId": 999})
    with pytest.raises(KsOfAnotherPartner) as caught:
        ask(make_client(sign_in=TOKEN))
    assert (caught.value.expected, caught.value.found) == (PARTNER, 999)


@pytest.mark.parametrize("sign_in", [SECRET, TOKEN, PastedKs(KS_2, None)])
def test_no_secret_is_in_a_representation(sign_in):
    shown = f"{sign_in!r} {sign_in}"
    assert not any(secret in shown for secret in ("the-secret", "the-token", KS_2))


def test_a_wrong_secret_is_told_and_not_tried_again(kaltura, make_client, waits):
    kaltura.post(f"{URL}/session/action/start", body=json_error("START_SESSION_ERROR"))
    with pytest.raises(WrongSecret):
        make_client(sign_in=SECRET).check()
    assert len(kaltura.calls) == 1
    assert waits == []


def test_an_unknown_app_token_is_told(kaltura, make_client):
    kaltura.post(f"{URL}/session/action/startWidgetSession", json={"ks": "base-ks"})
    kaltura.post(f"{URL}/appToken/action/startSession", body=json_error("APP_TOKEN_ID_NOT_FOUND"))
    with pytest.raises(AppTokenNotFound):
        make_client(sign_in=TOKEN).check()


@pytest.mark.parametrize("body", ['""', "{}", "null", "[]", '{"ks": 5}', ""])
def test_a_sign_in_without_a_ks_is_unreadable(kaltura, make_client, body):
    kaltura.post(f"{URL}/session/action/start", body=body)
    kaltura.post(f"{URL}/session/action/startWidgetSession", body=body)
    for sign_in in (SECRET, TOKEN):
        with pytest.raises(UnreadableAnswer):
            make_client(sign_in=sign_in).check()


def test_one_ks_serves_many_calls(kaltura, make_client, clock):
    sign_in_by_secret(kaltura)
    answer_reports(kaltura)
    client = make_client(sign_in=SECRET, now=clock)
    for _ in range(3):
        ask(client)
    assert ks_used(kaltura) == ["first-ks"] * 3


def test_a_ks_is_renewed_before_it_ends_in_the_middle_of_a_run(kaltura, make_client, clock):
    sign_in_by_secret(kaltura)
    answer_reports(kaltura)
    client = make_client(sign_in=SECRET, now=clock)
    ask(client)
    clock.now = NOON + timedelta(hours=23, minutes=54, seconds=59)
    ask(client)
    clock.now = NOON + timedelta(hours=23, minutes=55)
    ask(client)
    assert ks_used(kaltura) == ["first-ks", "first-ks", "second-ks"]


def test_an_app_tokens_own_expiry_decides_its_renewal(kaltura, make_client, clock):
    kaltura.post(f"{URL}/session/action/startWidgetSession", json={"ks": "base-ks"})
    for name, hours in (("first-ks", 1), ("second-ks", 9)):
        expiry = int((NOON + timedelta(hours=hours)).timestamp())
        kaltura.post(f"{URL}/appToken/action/startSession", json={"ks": name, "expiry": expiry})
    answer_reports(kaltura)
    client = make_client(sign_in=TOKEN, now=clock)
    ask(client)
    clock.now = NOON + timedelta(minutes=56)
    ask(client)
    assert ks_used(kaltura) == ["first-ks", "second-ks"]


@pytest.mark.parametrize("inner_code", [-5, -6, -8])
def test_a_refused_ks_is_replaced_and_the_call_repeated_once(kaltura, make_client, inner_code):
    sign_in_by_secret(kaltura)
    answer_reports(kaltura, invalid_ks(inner_code), csv_body(ATTENDEES_HEADER))
    assert ask(make_client(sign_in=SECRET)) == []
    assert ks_used(kaltura) == ["first-ks", "second-ks"]


def test_a_ks_that_is_refused_again_is_told(kaltura, make_client):
    sign_in_by_secret(kaltura)
    answer_reports(kaltura, invalid_ks(-5))
    with pytest.raises(KsExpired):
        ask(make_client(sign_in=SECRET))
    assert ks_used(kaltura) == ["first-ks", "second-ks"]


@pytest.mark.parametrize(("inner_code", "kind"), [(-5, KsExpired), (-6, KsLoggedOut)])
def test_a_pasted_ks_is_never_renewed(kaltura, make_client, inner_code, kind):
    answer_reports(kaltura, invalid_ks(inner_code))
    with pytest.raises(kind) as caught:
        ask(make_client())
    assert len(kaltura.calls) == 1
    assert KS_2 not in str(caught.value)


def test_threads_share_one_renewal(kaltura, make_client):
    sign_in_by_secret(kaltura)
    answer_reports(kaltura)
    client = make_client(sign_in=SECRET)
    threads = [threading.Thread(target=ask, args=(client,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ks_used(kaltura) == ["first-ks"] * 8
    assert len(forms_of(kaltura, "start")) == 1


def test_a_refusal_of_an_old_ks_does_not_throw_away_the_new_one(kaltura, make_client):
    sign_in_by_secret(kaltura)
    keeper = make_client(sign_in=SECRET)._keeper
    old = keeper.current()
    assert [keeper.instead_of(old), keeper.instead_of(old)] == ["second-ks", "second-ks"]


def test_check_tells_what_a_ks_is(kaltura, make_client):
    kaltura.post(f"{URL}/session/action/get", body=session_body())
    assert make_client().check() == KsInfo(
        partner_id=PARTNER,
        user_id="admin@uni.example",
        is_admin=True,
        expires_at=datetime(2027, 1, 15, 8, 0, tzinfo=UTC),
        privileges="disableentitlement",
    )
    assert forms_of(kaltura, "get") == [{"format": "1", "ks": KS_2}]


def test_check_refuses_a_users_ks(kaltura, make_client):
    kaltura.post(f"{URL}/session/action/get", body=session_body(kind=0))
    with pytest.raises(KsNotAdmin):
        make_client().check()


def test_check_refuses_the_ks_of_another_partner(kaltura, make_client):
    kaltura.post(f"{URL}/session/action/get", body=session_body(partner=999))
    with pytest.raises(KsOfAnotherPartner, match=f"partner 999.*partner {PARTNER}"):
        make_client().check()


def test_check_takes_any_partner_when_none_is_expected(kaltura, make_client):
    kaltura.post(f"{URL}/session/action/get", body=session_body(partner=999))
    assert make_client(sign_in=PastedKs(KS_2, None)).check().partner_id == 999


def test_check_refuses_a_ks_that_has_ended(kaltura, make_client, clock):
    body = session_body(expiry=int(NOON.timestamp()))
    kaltura.post(f"{URL}/session/action/get", body=body)
    with pytest.raises(KsExpired):
        make_client(now=clock).check()


def test_a_ks_without_an_end_has_none():
    info = {"partnerId": "5", "sessionType": "2", "expiry": 0, "userId": None}
    assert ks_info(info) == KsInfo(5, "", True, None, "")


@pytest.mark.parametrize("result", [None, "x", [], {}, {"partnerId": "x", "sessionType": 2}])
def test_an_answer_that_is_no_session_is_unreadable(result):
    with pytest.raises(UnreadableAnswer):
        ks_info(result)


def test_ending_revokes_the_ks_that_was_made_and_the_next_call_makes_another(kaltura, make_client):
    sign_in_by_secret(kaltura)
    answer_reports(kaltura)
    kaltura.post(f"{URL}/session/action/end", body="null")
    client = make_client(sign_in=SECRET)
    ask(client)
    client.end_session()
    client.end_session()
    assert [form["ks"] for form in forms_of(kaltura, "end")] == ["first-ks"]
    ask(client)
    assert ks_used(kaltura) == ["first-ks", "second-ks"]


def test_ending_a_ks_that_has_ended_is_fine(kaltura, make_client):
    sign_in_by_secret(kaltura)
    answer_reports(kaltura)
    kaltura.post(f"{URL}/session/action/end", body=invalid_ks(-5))
    client = make_client(sign_in=SECRET)
    ask(client)
    client.end_session()
    assert len(forms_of(kaltura, "end")) == 1


def test_a_pasted_ks_is_not_ended(kaltura, make_client):
    make_client().end_session()
    assert len(kaltura.calls) == 0
