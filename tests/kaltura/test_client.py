"""Asking for reports: what is sent, what comes back."""

import hashlib
import io
import shlex
import tracemalloc
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from reports.kaltura import (
    ATTENDEES,
    BREAKOUTS,
    SESSIONS,
    AttendeeRow,
    BadFilter,
    BreakoutRow,
    BrokenLine,
    BrokenOffAnswer,
    DownloadedReport,
    MissingColumns,
    ReportFilters,
    ReportNotFound,
    SessionRow,
    UnreadableAnswer,
)
from tests.kaltura.bodies import (
    ATTENDEE,
    ATTENDEES_HEADER,
    BASE,
    BREAKOUTS_HEADER,
    KS_2,
    SESSIONS_HEADER,
    csv_body,
    json_error,
)
from tests.kaltura.raw_server import RawServer, http

HOUR = ReportFilters(3600, 7200)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
URL = f"{BASE}/api_v3/service/report/action/getCsvFromStringParams"
BODIES = {
    SESSIONS: csv_body(SESSIONS_HEADER, "1_room0001,A,,1_sess0001,1,2,Ada,5,0.5"),
    ATTENDEES: csv_body(ATTENDEES_HEADER, ATTENDEE, "broken", ATTENDEE),
    BREAKOUTS: csv_body(BREAKOUTS_HEADER, "1_room0001,A,1_brea0001,B,1_sess0002,Ada,1,2,1,5,0.5"),
}


def sent_form(kaltura, at=0):
    return {name: values[0] for name, values in parse_qs(kaltura.calls[at].request.body).items()}


@pytest.mark.parametrize(
    ("report_id", "kinds"),
    [
        (SESSIONS, [SessionRow]),
        (ATTENDEES, [AttendeeRow, BrokenLine, AttendeeRow]),
        (BREAKOUTS, [BreakoutRow]),
    ],
)
def test_each_report_gives_its_rows_count_and_digest(kaltura, make_client, report_id, kinds):
    kaltura.post(URL, body=BODIES[report_id])
    with make_client(now=lambda: NOON).open_report(report_id, HOUR) as answer:
        rows = list(answer)
    assert [type(row) for row in rows] == kinds
    assert answer.row_count == len(kinds)
    assert answer.sha256 == hashlib.sha256(BODIES[report_id]).hexdigest()
    assert answer.asked_at == NOON
    assert (answer.missing_columns, answer.unknown_columns) == ((), ())
    assert sent_form(kaltura)["id"] == str(report_id)


def test_lines_are_numbered_as_an_editor_shows_them(kaltura, make_client):
    kaltura.post(URL, body=BODIES[ATTENDEES])
    with make_client().open_report(ATTENDEES, HOUR) as answer:
        (broken,) = [row for row in answer if isinstance(row, BrokenLine)]
    assert BODIES[ATTENDEES].split(b"\n")[broken.number - 1] == broken.text.encode()


def test_the_form_holds_the_ks_the_filters_and_what_to_leave_out(kaltura, make_client):
    kaltura.post(URL, body=csv_body(ATTENDEES_HEADER.replace("user_name,user_email,", "")))
    filters = ReportFilters(3600, 7200, user_ids=("amara", "Zoë & =x"))
    with make_client().open_report(
        ATTENDEES, filters, excluded_fields=("user_name", "user_email")
    ) as answer:
        assert list(answer) == []
    assert answer.missing_columns == ()
    assert sent_form(kaltura) == {
        "format": "1",
        "ks": KS_2,
        "id": "6001",
        "params": "from_date=3600;to_date=7200;user_ids=amara,Zoë & =x",
        "excludedFields": "user_name,user_email",
    }
    assert kaltura.calls[0].request.url == URL


def test_excluded_and_missing_columns_come_as_none(kaltura, make_client):
    header = ATTENDEES_HEADER.replace("user_email", "mail").replace("user_name,", "")
    line = ATTENDEE.replace("Amara Okafor,", "")
    kaltura.post(URL, body=csv_body(header, line))
    with make_client().open_report(ATTENDEES, HOUR, excluded_fields=["user_name"]) as answer:
        (row,) = answer
    assert (row.user_name, row.user_email) == (None, None)
    assert (answer.missing_columns, answer.unknown_columns) == (("user_email",), ("mail",))


def test_a_report_without_a_needed_column_is_refused_on_entering(kaltura, make_client):
    kaltura.post(URL, body=csv_body(ATTENDEES_HEADER.replace("view_time", "minutes"), ATTENDEE))
    with (
        pytest.raises(MissingColumns, match="meeting_view_time"),
        make_client().open_report(ATTENDEES, HOUR),
    ):
        pytest.fail("the answer was given")


def test_an_answer_is_read_once(kaltura, make_client):
    kaltura.post(URL, body=BODIES[ATTENDEES])
    with make_client().open_report(ATTENDEES, HOUR) as answer:
        list(answer)
        with pytest.raises(RuntimeError, match="only once"):
            list(answer)


def test_the_digest_of_a_half_read_answer_is_refused(kaltura, make_client):
    kaltura.post(URL, body=BODIES[ATTENDEES])
    with make_client().open_report(ATTENDEES, HOUR) as answer:
        next(iter(answer))
        with pytest.raises(RuntimeError, match="read to its end"):
            answer.sha256  # noqa: B018


@pytest.mark.parametrize(
    ("report_id", "filters", "excluded"),
    [
        (6003, HOUR, ()),
        (SESSIONS, ReportFilters(5, 5), ()),
        (SESSIONS, ReportFilters(0, 5, entry_ids=("a;b",)), ()),
        (SESSIONS, ReportFilters(0, 5, user_ids=("a",)), ()),
        (SESSIONS, HOUR, ("no_such_column",)),
        (ATTENDEES, HOUR, ("User_ID",)),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(
    kaltura, make_client, report_id, filters, excluded
):
    with (
        pytest.raises(BadFilter),
        make_client().open_report(report_id, filters, excluded_fields=excluded),
    ):
        pytest.fail("it was asked")
    assert len(kaltura.calls) == 0


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_download_is_byte_for_byte_what_kaltura_gave(kaltura, make_client, body):
    report_id = next(key for key, value in BODIES.items() if value is body)
    kaltura.post(URL, body=body)
    file = io.BytesIO()
    found = make_client(now=lambda: NOON).download_report(report_id, HOUR, to=file)
    assert file.getvalue() == body
    assert found == DownloadedReport(
        body.count(b"\n") - 1, len(body), hashlib.sha256(body).hexdigest(), NOON
    )


def test_a_download_may_leave_out_needed_columns(kaltura, make_client):
    kaltura.post(URL, body=csv_body("entry_id", "1_room0001"))
    file = io.BytesIO()
    make_client().download_report(ATTENDEES, HOUR, excluded_fields=["user_id"], to=file)
    assert sent_form(kaltura)["excludedFields"] == "user_id"
    assert file.getvalue() == csv_body("entry_id", "1_room0001")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (json_error("REPORT_NOT_FOUND"), ReportNotFound),
        (b"not a report\n1,2\n", UnreadableAnswer),
        (b"entry_id,cue_point", BrokenOffAnswer),
    ],
)
def test_what_is_no_report_never_reaches_the_file(kaltura, make_client, body, kind):
    kaltura.post(URL, body=body)
    file = io.BytesIO()
    with pytest.raises(kind):
        make_client().download_report(ATTENDEES, HOUR, to=file)
    assert file.getvalue() == b""


def test_a_download_that_breaks_off_is_told(kaltura, make_client):
    kaltura.post(URL, body=BODIES[ATTENDEES][:-1])
    with pytest.raises(BrokenOffAnswer):
        make_client().download_report(ATTENDEES, HOUR, to=io.BytesIO())


def test_a_described_request_is_a_command_with_the_ks_hidden(make_client):
    filters = ReportFilters(3600, 7200, parent_entry_ids=("1_it's",))
    shown = make_client().describe_request(BREAKOUTS, filters, excluded_fields=["duration"])
    assert KS_2 not in shown
    assert shlex.split(shown.replace("\\\n", "")) == [
        "curl",
        URL,
        "--data-urlencode",
        "format=1",
        "--data-urlencode",
        "ks=***",
        "--data-urlencode",
        "id=6002",
        "--data-urlencode",
        "params=from_date=3600;to_date=7200;fromDate=3600;toDate=7200;parentEntryIds=1_it's",
        "--data-urlencode",
        "excludedFields=duration",
    ]


def test_memory_stays_flat_while_a_long_answer_is_read(make_client):
    body = csv_body(ATTENDEES_HEADER, *[ATTENDEE] * 60_000)
    with (
        RawServer([http(body)]) as server,
        make_client(server.url).open_report(ATTENDEES, HOUR) as answer,
    ):
        tracemalloc.start()
        try:
            count = sum(1 for _ in answer)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert count == answer.row_count == 60_000
    assert peak < len(body) / 2
