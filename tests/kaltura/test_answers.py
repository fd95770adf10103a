"""Telling bodies apart, and each of Kaltura's codes as its exception."""

import pytest

import reports.kaltura as kaltura
from reports.kaltura.answers import (
    api_error_in,
    is_error_shaped,
    json_result,
    unreadable,
    web_page_in,
)
from tests.kaltura.bodies import (
    ATTENDEES_HEADER,
    KS_1,
    KS_2,
    OPAQUE_KS,
    csv_body,
    invalid_ks,
    json_error,
    xml_error,
)

CODES = {
    "START_SESSION_ERROR": kaltura.WrongSecret,
    "APP_TOKEN_ID_NOT_FOUND": kaltura.AppTokenNotFound,
    "APP_TOKEN_NOT_ACTIVE": kaltura.AppTokenNotActive,
    "APP_TOKEN_EXPIRED": kaltura.AppTokenExpired,
    "INVALID_APP_TOKEN_HASH": kaltura.AppTokenHashWrong,
    "MISSING_KS": kaltura.KsMissing,
    "SERVICE_FORBIDDEN": kaltura.ServiceForbidden,
    "SERVICE_FORBIDDEN_CONTENT_BLOCKED": kaltura.AccountBlocked,
    "SERVICE_FORBIDDEN_FULLY_BLOCKED": kaltura.AccountBlocked,
    "ACTION_BLOCKED": kaltura.RateLimited,
    "REPORT_NOT_FOUND": kaltura.ReportNotFound,
    "INTERNAL_SERVERL_ERROR": kaltura.ParameterMissing,
    "DRUID_QUERY_TIMED_OUT": kaltura.QueryTimedOut,
    "SEARCH_TOO_GENERAL": kaltura.TooGeneral,
    "SOMETHING_NEW": kaltura.UnknownApiError,
}
KS_CODES = {
    -1: kaltura.KsInvalid,
    -5: kaltura.KsExpired,
    -6: kaltura.KsLoggedOut,
    -8: kaltura.KsActionsUsedUp,
    -9: kaltura.KsIpRestricted,
    -11: kaltura.KsUriRestricted,
    -99: kaltura.KsInvalid,
}


@pytest.mark.parametrize("make", [json_error, xml_error])
@pytest.mark.parametrize(("code", "kind"), CODES.items())
def test_each_code_is_its_exception_in_both_formats(make, code, kind):
    error = api_error_in(make(code, "What Kaltura says"))
    assert type(error) is kind
    assert (error.code, error.message) == (code, "What Kaltura says")


@pytest.mark.parametrize(("inner_code", "kind"), KS_CODES.items())
def test_each_inner_code_of_a_refused_ks_is_its_exception(inner_code, kind):
    assert type(api_error_in(invalid_ks(inner_code))) is kind


@pytest.mark.parametrize(("inner_code", "kind"), KS_CODES.items())
def test_the_inner_code_is_found_in_the_message_alone(inner_code, kind):
    message = f'Invalid KS "abc", Error "{inner_code},WORDS"'
    assert type(api_error_in(json_error("INVALID_KS", message))) is kind
    assert type(api_error_in(xml_error("INVALID_KS", message.replace('"', "&quot;")))) is kind


def test_the_inner_code_is_found_in_xml_arguments():
    body = xml_error("INVALID_KS", "no code here", "<ERR_CODE>-6</ERR_CODE>")
    assert type(api_error_in(body)) is kaltura.KsLoggedOut


def test_a_refused_ks_without_a_code_is_invalid():
    assert type(api_error_in(json_error("INVALID_KS", "?"))) is kaltura.KsInvalid


@pytest.mark.parametrize("ks", [KS_1, KS_2, OPAQUE_KS])
@pytest.mark.parametrize("inner_code", KS_CODES)
def test_the_ks_that_kaltura_quotes_is_in_no_part_of_the_error(ks, inner_code):
    error = api_error_in(invalid_ks(inner_code, ks))
    for shown in (str(error), error.message, repr(error), error.advice, repr(vars(error))):
        assert ks not in shown


def test_a_named_secret_is_in_no_part_of_an_unknown_error():
    error = api_error_in(json_error("NEW_hunter2", "The secret hunter2 is bad"), "hunter2")
    assert "hunter2" not in f"{error} {error.message} {error.code}"
    assert "The secret *** is bad" in str(error)


def test_a_very_long_message_is_shortened_after_it_was_masked():
    error = api_error_in(json_error("NEW", "x " * 245 + KS_2))
    assert len(error.message) <= 500
    assert KS_2[:12] not in error.message


def every_error():
    """Make one of each exception, as the product makes them."""
    kinds = sorted({*CODES.values(), *KS_CODES.values()}, key=lambda kind: kind.__name__)
    return [
        *(kind("message") for kind in kinds),
        kaltura.ConnectionFailed(),
        kaltura.TimedOut(),
        kaltura.HttpFailed(502),
        kaltura.HtmlAnswer("Down"),
        kaltura.BrokenOffAnswer(),
        kaltura.MissingColumns(["user_id"]),
        kaltura.UnreadableAnswer(),
        kaltura.KsNotAdmin(),
        kaltura.KsOfAnotherPartner(1, 2),
    ]


@pytest.mark.parametrize("error", every_error(), ids=lambda error: type(error).__name__)
def test_every_error_says_what_happened_and_what_to_do(error):
    text = str(error)
    assert isinstance(error, kaltura.KalturaError)
    assert error.advice
    assert text.endswith(error.advice)
    assert len(text) > len(error.advice) + 15
    assert text[0].isupper()
    assert text.endswith(".")
    assert error.code.isupper()


def test_the_tree_groups_what_is_handled_alike():
    assert issubclass(kaltura.TimedOut, kaltura.ConnectionFailed)
    assert issubclass(kaltura.BrokenOffAnswer, kaltura.BadAnswer)
    assert issubclass(kaltura.QueryTimedOut, kaltura.TooHeavy)
    assert issubclass(kaltura.TooGeneral, kaltura.TooHeavy)
    assert issubclass(kaltura.KsExpired, kaltura.KsRejected)
    assert issubclass(kaltura.AppTokenExpired, kaltura.SignInFailed)
    assert issubclass(kaltura.AccountBlocked, kaltura.AccessRefused)
    assert not issubclass(kaltura.BadFilter, kaltura.CredentialsError)


@pytest.mark.parametrize(
    "body",
    [
        csv_body(ATTENDEES_HEADER),
        b"",
        b"null",
        b'"djJ8"',
        b"[]",
        b"{broken",
        b'{"objectType": "KalturaSessionInfo", "ks": "x"}',
        b"<xml><result><ks>x</ks></result></xml>",
        b"<xml><result>",
        b'<?xml version="1.0" encoding="nonsense"?><xml/>',
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_error_is_taken_for_none(body):
    assert api_error_in(body) is None


def test_an_error_after_the_mark_and_spaces_is_found():
    body = b"\xef\xbb\xbf\n " + json_error("REPORT_NOT_FOUND")
    assert is_error_shaped(body)
    assert type(api_error_in(body)) is kaltura.ReportNotFound


def test_xml_with_a_document_type_is_not_parsed():
    body = xml_error("MISSING_KS").replace(
        b"<xml>", b'<!DOCTYPE xml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml>', 1
    )
    assert api_error_in(body) is None


def test_xml_with_character_data_is_read():
    body = xml_error("REPORT_NOT_FOUND", "<![CDATA[a < b]]>")
    assert api_error_in(body).message == "a < b"


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><html><head><title>Down  for\nnow</title></head></html>",
        b"\n<HTML><head><TITLE>Down for now</TITLE></head></HTML>",
        b'<?xml version="1.0"?><!DOCTYPE html><html><title>Down for now</title></html>',
    ],
)
def test_a_web_page_is_told_by_its_title(body):
    assert api_error_in(body) is None
    assert "“Down for now”" in str(web_page_in(body))


def test_a_web_page_that_holds_the_ks_does_not_show_it():
    page = f"<html><title>No {OPAQUE_KS}</title></html>".encode()
    assert OPAQUE_KS not in str(web_page_in(page, OPAQUE_KS))


def test_csv_is_no_web_page():
    assert web_page_in(csv_body(ATTENDEES_HEADER)) is None
    assert not is_error_shaped(csv_body(ATTENDEES_HEADER))


def test_an_unknown_body_is_quoted_masked_and_short():
    error = unreadable(b"oops " + OPAQUE_KS.encode() + b" " + b"y z" * 200, OPAQUE_KS)
    assert "“oops ***" in str(error)
    assert len(str(error)) < 300


def test_json_that_is_none_is_unreadable_and_hides_the_document():
    with pytest.raises(kaltura.UnreadableAnswer) as caught:
        json_result(f'{{"ks": "{OPAQUE_KS}", '.encode(), OPAQUE_KS)
    assert OPAQUE_KS not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_an_empty_result_is_none():
    assert json_result(b"") is None
    assert json_result(b"null") is None
