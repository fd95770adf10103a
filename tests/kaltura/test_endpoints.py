"""The list of Kaltura servers."""

import pytest

from reports.kaltura import BUILT_IN, KalturaClient, PastedKs, parse_endpoints


def test_without_a_setting_the_two_built_in_ones_are_there():
    assert parse_endpoints("") == {
        "us": "https://www.kaltura.com",
        "eu": "https://api.eu.kaltura.com",
    }


def test_given_ones_are_added_and_the_built_in_ones_stay_as_they_are():
    found = parse_endpoints(" campus = https://kaltura.uni.example/ , lab=http://127.0.0.1:8001 ")
    assert found == BUILT_IN | {
        "campus": "https://kaltura.uni.example",
        "lab": "http://127.0.0.1:8001",
    }
    assert set(BUILT_IN) == {"us", "eu"}


def test_a_built_in_one_can_be_replaced():
    assert parse_endpoints("us=https://proxy.uni.example")["us"] == "https://proxy.uni.example"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://kaltura.uni.example", "name=url"),
        ("Campus!=https://kaltura.uni.example", "name=url"),
        ("campus=", "https://"),
        ("campus=ftp://kaltura.uni.example", "https://"),
        ("campus=https://", "https://"),
        ("campus=https://kaltura.uni.example:port", "https://"),
        ("campus=https://[::1", "https://"),
        ("campus=https://kaltura uni.example", "https://"),
        ("campus=https://kaltura.uni.example?x=1", "before its ?"),
        ("campus=https://kaltura.uni.example#top", "before its ?"),
        ("a=https://one.example,a=https://two.example", "twice"),
    ],
)
def test_a_malformed_entry_gets_a_sentence(text, said):
    with pytest.raises(ValueError, match=r"[A-Za-z]") as caught:
        parse_endpoints(text)
    assert said in str(caught.value)


def test_a_password_in_an_address_is_refused_and_not_repeated():
    with pytest.raises(ValueError, match="password") as caught:
        parse_endpoints("campus=https://me:hunter2@kaltura.uni.example")
    assert "hunter2" not in str(caught.value)


def test_a_client_of_no_address_is_refused():
    with pytest.raises(ValueError, match="not a Kaltura address"):
        KalturaClient("kaltura.uni.example", PastedKs("x", None))
