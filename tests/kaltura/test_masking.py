"""Secrets in text."""

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, strategies as st

from reports.kaltura import REPORTS, mask
from tests.kaltura.bodies import KS_1, KS_2, OPAQUE_KS


@pytest.mark.parametrize("ks", [KS_1, KS_2], ids=["version 1", "version 2"])
@pytest.mark.parametrize("encode", [str, quote_plus, lambda text: quote(text, safe="").lower()])
def test_a_ks_that_nobody_named_is_hidden_in_any_encoding(ks, encode):
    shown = mask(f"before {encode(ks)} after")
    assert shown == "before *** after"


@pytest.mark.parametrize(
    "text",
    [
        'Invalid KS "{}", Error "-5,EXPIRED"',
        "POST /api_v3/service/session/action/get?ks={}&format=1",
        "GET /api_v3/service/report/ks/{}/params/x",
        '{{"ks": "{}", "expiry": 5}}',
        "ks: {}",
    ],
)
def test_a_short_opaque_ks_is_hidden_where_it_is_labelled(text):
    shown = mask(text.format(OPAQUE_KS))
    assert OPAQUE_KS not in shown
    assert shown == text.format("***")


def test_a_named_secret_is_hidden_wherever_it_stands():
    assert mask("the secret a+b/c= and a%2Bb%2Fc%3D and a%2bb%2fc%3d", "a+b/c=") == (
        "the secret *** and *** and ***"
    )


def test_an_empty_secret_changes_nothing():
    assert mask("plain text", "", "") == "plain text"


@pytest.mark.parametrize(
    "text",
    [
        "https://www.kaltura.com/api_v3/service/report/action/getCsvFromStringParams",
        "The KS has expired. Enter a new KS, or connect with an app token.",
        "session_start_time,session_end_time,session_host_user_id",
        "1_abcd1234 amara.okafor@university.example",
    ],
)
def test_ordinary_text_stays_readable(text):
    assert mask(text) == text


@given(st.text(alphabet="abcXYZ019+/=-_%&; ", min_size=6, max_size=40))
def test_no_named_secret_survives_plain_or_encoded(secret):
    text = "|".join([secret, quote(secret, safe=""), quote_plus(secret), quote(secret)])
    assert secret not in mask(text, secret)
    assert quote(secret, safe="") not in mask(text, secret)


@pytest.mark.parametrize("spec", REPORTS.values(), ids=lambda spec: spec.name)
def test_every_columns_name_stays_readable(spec):
    text = ", ".join(spec.column_names)
    assert mask(text) == text


def test_a_token_of_thirty_two_digits_is_hidden():
    assert mask("token 0123456789abcdef0123456789abcdef.") == "token ***."


def test_masking_twice_is_masking_once():
    once = mask(f"ks={KS_2}&x=1")
    assert mask(once) == once == "ks=***&x=1"
