"""Failures on the way, from a server that really breaks off, resets, redirects and stays silent."""

import gzip
import logging
import socket
import time
import traceback
from email.utils import formatdate

import pytest
import requests

from reports.kaltura import (
    BrokenOffAnswer,
    ConnectionFailed,
    HtmlAnswer,
    HttpFailed,
    KalturaError,
    KsExpired,
    QueryTimedOut,
    RateLimited,
    ReportFilters,
    ReportNotFound,
    TimedOut,
    UnreadableAnswer,
)
from reports.kaltura.transport import RetryPolicy
from tests.kaltura.bodies import (
    ATTENDEE,
    ATTENDEES_HEADER,
    KS_2,
    csv_body,
    invalid_ks,
    json_error,
    session_body,
    xml_error,
)
from tests.kaltura.raw_server import RawServer, http, then_reset, then_silence, unsized

HOUR = ReportFilters(0, 3600)
WHOLE = csv_body(ATTENDEES_HEADER, ATTENDEE, ATTENDEE)
GOOD = http(WHOLE, "Content-Type: text/csv")


def chunked(*pieces, end=b"0\r\n\r\n"):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + end


def ask(client):
    with client.open_report(6001, HOUR) as answer:
        return list(answer)


def outcome(make_client, *answers, **options):
    """Return the rows or the error of one question, and how often the server was asked."""
    with RawServer(answers) as server:
        try:
            found = ask(make_client(server.url, **options))
        except KalturaError as error:
            found = error
    return found, len(server.requests)


def test_a_whole_answer_is_read_with_and_without_its_size(make_client):
    for answer in (GOOD, unsized(WHOLE), chunked(WHOLE[:40], WHOLE[40:])):
        found, asked = outcome(make_client, answer)
        assert (len(found), asked) == (2, 1)


def test_a_compressed_answer_is_read(make_client):
    found, _ = outcome(make_client, http(gzip.compress(WHOLE), "Content-Encoding: gzip"))
    assert len(found) == 2


@pytest.mark.parametrize(
    "answer",
    [
        http(WHOLE, length=len(WHOLE) + 500),
        chunked(WHOLE, end=b""),
        chunked(WHOLE, end=b"ff\r\nonly a part"),
        then_reset(http(WHOLE, length=len(WHOLE) + 500)),
        unsized(WHOLE[:-5]),
        http(WHOLE[:-1]),
        chunked(WHOLE[:-1]),
        http(gzip.compress(WHOLE)[:-30], "Content-Encoding: gzip", length=900),
    ],
    ids=[
        "shorter than stated",
        "last chunk missing",
        "chunk cut",
        "reset",
        "closed in a line",
        "line feed missing",
        "line feed missing in chunks",
        "compressed and cut",
    ],
)
def test_an_answer_that_breaks_off_never_ends_as_if_it_were_whole(make_client, answer):
    found, _ = outcome(make_client, answer, retries=0)
    assert type(found) is BrokenOffAnswer


def test_an_answer_that_breaks_off_below_the_header_is_left_to_the_caller(make_client):
    rows = csv_body(ATTENDEES_HEADER, *[ATTENDEE] * 5000)
    received = []
    with (
        RawServer([http(rows, length=len(rows) + 1)]) as server,
        make_client(server.url).open_report(6001, HOUR) as answer,
    ):
        with pytest.raises(BrokenOffAnswer):
            received.extend(answer)
        with pytest.raises(RuntimeError, match="not been read to its end"):
            answer.sha256  # noqa: B018
    assert len(server.requests) == 1
    assert len(received) > 1000


def test_an_answer_that_breaks_off_before_its_header_is_asked_for_again(make_client, waits):
    found, asked = outcome(make_client, http(b"", length=100), http(WHOLE[:20], length=99), GOOD)
    assert (len(found), asked) == (2, 3)
    assert waits == [0.5, 1.0]


def test_an_empty_answer_is_asked_for_again_and_then_told(make_client):
    found, asked = outcome(make_client, http(b""), retries=2)
    assert type(found) is BrokenOffAnswer
    assert asked == 3


@pytest.mark.parametrize("status", ["500 Oops", "502 Bad Gateway", "503 Wait", "504 Late"])
def test_a_server_failure_is_tried_again_with_growing_waits(make_client, waits, status):
    bad = http(b"<html>Bad</html>", status=status)
    found, asked = outcome(make_client, bad, bad, bad, bad, GOOD)
    assert (len(found), asked) == (2, 5)
    assert waits == [0.5, 1.0, 2.0, 4.0]


def test_a_server_failure_that_stays_is_told_with_its_status(make_client):
    found, asked = outcome(make_client, http(b"<html>Bad</html>", status="502 Bad"), retries=1)
    assert type(found) is HttpFailed
    assert (found.status, found.code, asked) == (502, "HTTP_502", 2)


def test_too_many_requests_are_a_rate_limit_after_the_retries(make_client, waits):
    answer = http(b"slow down", "Retry-After: 7", status="429 Too Many")
    found, asked = outcome(make_client, answer, retries=2)
    assert type(found) is RateLimited
    assert (found.code, found.retry_after, asked) == ("HTTP_429", 7.0, 3)
    assert waits == [7.0, 7.0]


def test_a_rate_limit_in_the_body_is_tried_again(make_client, waits):
    found, asked = outcome(make_client, http(json_error("ACTION_BLOCKED")), GOOD)
    assert (len(found), asked, waits) == (2, 2, [0.5])


def test_a_date_to_come_back_at_is_respected(make_client, waits):
    later = formatdate(time.time() + 60, usegmt=True)
    outcome(make_client, http(b"", f"Retry-After: {later}", status="503 Wait"), GOOD)
    assert 30 < waits[0] <= 60


@pytest.mark.parametrize("value", ["soon", "-5", "", "1e9"])
def test_an_unreadable_date_to_come_back_at_is_passed_over(make_client, waits, value):
    outcome(make_client, http(b"", f"Retry-After: {value}", status="503 Wait"), GOOD)
    assert waits == [0.5]


def test_a_wait_of_an_hour_is_left_to_another_run(make_client, waits):
    answer = http(b"", "Retry-After: 3600", status="503 Wait")
    found, asked = outcome(make_client, answer)
    assert (found.status, found.retry_after, asked, waits) == (503, 3600.0, 1, [])


@pytest.mark.parametrize("status", ["400 Bad", "403 No", "404 None", "407 Proxy"])
def test_other_statuses_are_not_tried_again(make_client, status):
    found, asked = outcome(make_client, http(b"no", status=status))
    assert (found.status, asked) == (int(status[:3]), 1)


@pytest.mark.parametrize("status", ["200 OK", "400 Bad", "500 Oops"])
@pytest.mark.parametrize("make", [json_error, xml_error])
def test_an_api_error_counts_whatever_the_status_and_is_not_tried_again(make_client, status, make):
    found, asked = outcome(make_client, http(make("REPORT_NOT_FOUND"), status=status))
    assert (type(found), asked) == (ReportNotFound, 1)


def test_an_api_error_that_says_csv_is_one_all_the_same(make_client):
    answer = http(json_error("DRUID_QUERY_TIMED_OUT"), "Content-Type: text/csv")
    assert type(outcome(make_client, answer)[0]) is QueryTimedOut


def test_a_web_page_with_status_200_is_told_and_not_tried_again(make_client):
    page = http(b"<!DOCTYPE html>\n<html><title>Maintenance</title></html>", "Content-Type: x")
    found, asked = outcome(make_client, page)
    assert (type(found), asked) == (HtmlAnswer, 1)
    assert "Maintenance" in str(found)


@pytest.mark.parametrize("body", [b"upstream request timeout", b"null", b"[]\n", b"\x00\x01\n"])
def test_what_is_neither_report_nor_error_is_unreadable(make_client, body):
    found, asked = outcome(make_client, http(body))
    assert (type(found), asked) == (UnreadableAnswer, 1)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(make_client, status):
    with RawServer([GOOD]) as elsewhere:
        answer = http(b"", f"Location: {elsewhere.url}/?ks={KS_2}", status=status)
        found, asked = outcome(make_client, answer)
    assert type(found) is HttpFailed
    assert (found.status, asked, elsewhere.requests) == (int(status[:3]), 1, [])
    assert "http://127.0.0.1" in str(found)
    assert KS_2 not in str(found)


def test_a_dead_server_is_tried_again_and_told(make_client, waits):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionFailed, match="could not be reached"):
        ask(make_client(f"http://127.0.0.1:{port}", retries=2))
    assert waits == [0.5, 1.0]


def test_a_connection_that_is_closed_without_an_answer_is_tried_again(make_client):
    found, asked = outcome(make_client, b"", then_reset(b""), GOOD)
    assert (len(found), asked) == (2, 3)


def test_a_report_that_does_not_come_in_time_is_not_asked_for_again(make_client):
    found, asked = outcome(make_client, then_silence(b""), read_timeout=0.2)
    assert (type(found), asked) == (TimedOut, 1)
    assert "sent nothing for 0.2 seconds" in str(found)


def test_a_report_that_stops_coming_is_told(make_client):
    answer = then_silence(http(WHOLE, length=len(WHOLE) + 500))
    found, asked = outcome(make_client, answer, read_timeout=0.2)
    assert (type(found), asked) == (TimedOut, 1)


def test_a_small_call_that_does_not_come_in_time_is_tried_again(make_client):
    with RawServer([then_silence(b""), http(session_body())]) as server:
        assert make_client(server.url, read_timeout=0.5).check().is_admin
    assert len(server.requests) == 2


def test_a_certificate_that_is_not_trusted_is_not_tried_again(kaltura, make_client):
    kaltura.post(
        "https://kaltura.example/api_v3/service/session/action/get",
        body=requests.exceptions.SSLError("certificate verify failed"),
    )
    with pytest.raises(ConnectionFailed, match="certificate"):
        make_client().check()
    assert len(kaltura.calls) == 1


def test_an_answer_without_end_to_a_small_call_is_cut_off(make_client):
    with (
        RawServer([http(b'"' + b"x" * 3_000_000 + b'"')]) as server,
        pytest.raises(UnreadableAnswer),
    ):
        make_client(server.url).check()


def test_the_ks_travels_in_the_body_of_a_post_and_nowhere_else(make_client):
    with RawServer([GOOD]) as server:
        ask(make_client(server.url))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(
        b"POST /api_v3/service/report/action/getCsvFromStringParams HTTP/1.1\r\n"
    )
    assert KS_2.encode()[:20] not in head
    assert b"ks=djJ8" in body


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        http(b"", length=9),
        http(invalid_ks(-5)),
        http(KS_2.encode()),
        http(b"<html><title>" + KS_2.encode() + b"</title></html>"),
        http(csv_body(KS_2)),
        http(csv_body(ATTENDEES_HEADER, KS_2)[:-1]),
        http(KS_2.encode(), f"Location: https://x.example/{KS_2}", status="302 Found"),
        http(KS_2.encode(), status="502 Bad"),
    ],
)
def test_no_failure_shows_the_ks_in_its_chain_or_in_a_log(make_client, answer, caplog):
    caplog.set_level(logging.DEBUG)
    found, _ = outcome(make_client, answer, retries=1)
    assert isinstance(found, KalturaError)
    shown = "".join(traceback.format_exception(found)) + caplog.text
    link: BaseException | None = found
    while link is not None:
        shown += repr(link) + repr(vars(link))
        assert getattr(link, "request", None) is None
        link = link.__cause__ or link.__context__
    assert KS_2 not in shown
    assert KS_2[:30] not in shown


def test_leaving_an_answer_early_closes_its_connection(make_client):
    rows = csv_body(ATTENDEES_HEADER, *[ATTENDEE] * 200_000)
    ended = []

    def send(connection, over):
        try:
            connection.sendall(http(rows))
        except OSError as error:
            ended.append(error)

    with RawServer([send]) as server, make_client(server.url).open_report(6001, HOUR) as answer:
        next(iter(answer))
    assert ended
    assert answer.row_count == 1


def test_waits_stay_bounded():
    policy = RetryPolicy(retries=30, back_off=0.5)
    assert policy.wait_seconds(29, None) == 120.0
    assert policy.wait_seconds(30, None) is None
    assert policy.wait_seconds(0, 121.0) is None


def test_a_pasted_ks_that_expired_is_not_tried_again(make_client, waits):
    found, asked = outcome(make_client, http(invalid_ks(-5)))
    assert (type(found), asked, waits) == (KsExpired, 1, [])
