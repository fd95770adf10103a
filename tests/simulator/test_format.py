"""Bodies written by hand fix what each answer looks like, byte by byte."""

import pytest
import requests

from reports.simulator.server import Simulator
from reports.simulator.wire import php_number
from tests.simulator.asking import DAY, MIDNIGHT, REPORT_PATH, ask, call, sign_in

SESSIONS_CSV = (
    "\ufeffentry_id,entry_name,parent_entry_id,cue_point_id,session_start_time,session_end_time,"
    "session_host_user_id,meeting_view_period_unique_users,meeting_engaged_play_time_ratio\n"
    '1_room0001,Room 5"  north,,1_sess0001,1767261660,1767265500,Byron  Anne,2,0.44487179487179\n'
    "1_room0002,Group A,1_room0001,1_sess0002,1767262800,1767263400,Anne,1,0.5\n"
    "1_room0003,Stage,,1_sess0003,1767261600,1767261600,Zoë 🎸,1,1.0E-5\n"
)
ATTENDEES_CSV = (
    "\ufeffentry_id,cue_point_id,user_id,user_name,user_email,user_type,meeting_view_time,"
    "meeting_engaged_play_time_ratio\n"
    "1_room0001,1_sess0001,,=1+1,,Guest,1,0.11666666666667\n"
    "1_room0001,1_sess0001,ada.l,Lovelace  Ada,ada@x.example,User,12,0.47222222222222\n"
    "1_room0002,1_sess0002,ada.l,Lovelace  Ada,ada@x.example,User,1.6666666666667,0.5\n"
    "1_room0003,1_sess0003,,=1+1,,Guest,11666.666666667,1.0E-5\n"
)
BREAKOUTS_CSV = (
    "\ufeffparent_entry_id,parent_entry_name,breakout_entry_id,breakout_entry_name,cue_point_id,"
    "session_initiator,session_start_time,session_end_time,duration,participant_count,"
    "engagement_rate\n"
    '1_room0001,Room 5"  north,1_room0002,Group A,1_sess0002,Byron  Anne,1767262800,1767263400,'
    "600,1,0.5\n"
)
MISSING_KS_JSON = (
    '{"code":"MISSING_KS","message":"Missing KS. Session not established",'
    '"objectType":"KalturaAPIException","args":{}}'
)
MISSING_KS_XML = (
    '<?xml version="1.0" encoding="utf-8"?><xml><result><error><code>MISSING_KS</code>'
    "<message>Missing KS. Session not established</message>"
    "<objectType>KalturaAPIException</objectType><args></args></error></result>"
    "<executionTime>0.01</executionTime></xml>"
)


def in_order(body: str) -> str:
    """Return the body with its lines after the header sorted: their order is not promised."""
    header, *lines = body.splitlines(keepends=True)
    return header + "".join(sorted(lines))


@pytest.mark.parametrize(
    ("report", "body"), [(6000, SESSIONS_CSV), (6001, ATTENDEES_CSV), (6002, BREAKOUTS_CSV)]
)
def test_each_report_has_exactly_these_bytes(simulator: Simulator, report: int, body: str) -> None:
    answer = ask(simulator, report)
    assert in_order(answer.content.decode()) == in_order(body)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{report}_')
    assert int(answer.headers["Content-Length"]) == len(body.encode())


def test_a_body_in_chunks_has_the_same_bytes(simulator: Simulator) -> None:
    whole = ask(simulator, 6001).content
    simulator.chunked = True
    answer = ask(simulator, 6001)
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in answer.headers
    assert answer.content == whole


def test_a_window_without_events_gives_the_header_alone(simulator: Simulator) -> None:
    answer = ask(simulator, 6002, f"from_date={MIDNIGHT};to_date={MIDNIGHT + 3600}")
    assert answer.content.decode() == BREAKOUTS_CSV.partition("\n")[0] + "\n"


def test_excluded_fields_leave_out_their_columns(simulator: Simulator) -> None:
    answer = ask(simulator, 6002, excludedFields="parent_entry_name, breakout_entry_name,nonsense")
    assert answer.content.decode() == (
        "\ufeffparent_entry_id,breakout_entry_id,cue_point_id,session_initiator,"
        "session_start_time,session_end_time,duration,participant_count,engagement_rate\n"
        "1_room0001,1_room0002,1_sess0002,Byron  Anne,1767262800,1767263400,600,1,0.5\n"
    )


def test_an_error_is_status_200_in_either_format(simulator: Simulator) -> None:
    as_json = ask(simulator, 6000, ks="")
    assert (as_json.status_code, as_json.text) == (200, MISSING_KS_JSON)
    assert as_json.headers["Content-Type"] == "application/json"
    as_xml = ask(simulator, 6000, ks="", format="")
    assert (as_xml.status_code, as_xml.text) == (200, MISSING_KS_XML)
    assert as_xml.headers["Content-Type"].startswith("text/xml")


def test_the_message_of_invalid_ks_quotes_the_ks(simulator: Simulator) -> None:
    error = ask(simulator, 6000, ks="djJ8<no&good>").json()
    assert error["message"] == 'Invalid KS "djJ8<no&good>", Error "-1,INVALID_STR"'
    assert error["args"] == {"KSID": "djJ8<no&good>", "ERR_CODE": "-1", "ERR_DESC": "INVALID_STR"}
    as_xml = ask(simulator, 6000, ks="djJ8<no&good>", format="").text
    assert '<message>Invalid KS "djJ8&lt;no&amp;good&gt;", Error' in as_xml


def test_parameters_may_stand_in_the_path_url_encoded(simulator: Simulator) -> None:
    ks = sign_in(simulator)
    params = f"from_date%3D{MIDNIGHT}%3Bto_date={MIDNIGHT + DAY};cue_point_ids=1_sess0002"
    url = f"{simulator.url}/api_v3/service/report/action/getCsvFromStringParams"
    answer = requests.get(f"{url}/id/6001/ks/{ks}/params/{params}", timeout=30)
    assert answer.content.decode() == "".join(ATTENDEES_CSV.splitlines(keepends=True)[::3])
    assert simulator.requests[-1].path.startswith(f"{REPORT_PATH}/id/6001/ks/djJ8")


def test_parameters_may_stand_in_the_query_string(simulator: Simulator) -> None:
    query = {
        "service": "Report",
        "action": "GETCSVFROMSTRINGPARAMS",
        "id": "6002",
        "ks": sign_in(simulator),
        "params": f"from_date={MIDNIGHT};to_date={MIDNIGHT + DAY}",
    }
    answer = requests.get(f"{simulator.url}/api_v3/", params=query, timeout=30)
    assert answer.content.decode() == BREAKOUTS_CSV


def test_service_and_action_names_are_case_insensitive(simulator: Simulator) -> None:
    ks = sign_in(simulator)
    assert call(simulator, "SESSION", "GeT", ks=ks).json()["partnerId"] == 1234567
    assert call(simulator, "session", "nonsense").json()["code"] == (
        "ACTION_DOES_NOT_EXISTS_FOR_SERVICE"
    )
    assert call(simulator, "nonsense", "get").json()["code"] == "SERVICE_DOES_NOT_EXISTS"


def test_a_path_outside_the_api_is_not_found(simulator: Simulator) -> None:
    assert requests.get(f"{simulator.url}/index.html", timeout=30).status_code == 404


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (7, "7"),
        (60.0, "60"),
        (1 / 3, "0.33333333333333"),
        (2 / 3, "0.66666666666667"),
        (100 / 60, "1.6666666666667"),
        (0.5, "0.5"),
        (0.0001, "0.0001"),
        (0.00012345678901234567, "0.00012345678901235"),
        (0.00001, "1.0E-5"),
        (0.0000123, "1.23E-5"),
        (1.5e-10, "1.5E-10"),
        (12345678901234.0, "12345678901234"),
        (1e14, "1.0E+14"),
        (1.5e25, "1.5E+25"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_numbers_are_printed_as_php_does(value: float, text: str) -> None:
    assert php_number(value) == text
