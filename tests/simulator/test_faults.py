"""Each fault, seen from a client; and when faults fire."""

import threading

import pytest
import requests

from reports.simulator.faults import KINDS, Fault, Faults
from reports.simulator.server import Simulator
from reports.simulator.world import Event, ListedWorld, User
from tests.simulator.asking import (
    CLASS,
    DAY,
    GROUP,
    MIDNIGHT,
    TALK,
    ask,
    call,
    code_of,
    rows_of,
    sign_in,
    tiny_world,
)

CONNECTION_FAILURES = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def test_a_maintenance_page_is_html_with_status_200(simulator: Simulator) -> None:
    simulator.faults.add("html_200", count=1)
    answer = ask(simulator, 6000)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")
    assert answer.text.startswith("<!DOCTYPE html>")
    assert rows_of(ask(simulator, 6000))


def test_api_errors_come_in_the_format_that_nobody_asked_for(simulator: Simulator) -> None:
    simulator.faults.add("json_error", code="ACTION_BLOCKED", message="Wait", count=1)
    simulator.faults.add("xml_error", code="DRUID_QUERY_TIMED_OUT")
    assert code_of(ask(simulator, 6000, format=2)) == "ACTION_BLOCKED"
    answer = ask(simulator, 6000, format=1)
    assert answer.text.startswith('<?xml version="1.0" encoding="utf-8"?><xml><result><error>')
    assert "<code>DRUID_QUERY_TIMED_OUT</code>" in answer.text


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_http_statuses_come_with_or_without_retry_after(simulator: Simulator, status: int) -> None:
    simulator.faults.add("http_status", status=status, retry_after=2, count=1)
    simulator.faults.add("http_status", status=status, count=1)
    first, second = ask(simulator, 6001), ask(simulator, 6001)
    assert (first.status_code, first.headers.get("Retry-After")) == (status, "2")
    assert (second.status_code, second.headers.get("Retry-After")) == (status, None)
    assert rows_of(ask(simulator, 6001))


@pytest.mark.parametrize("how", ["length", "chunk"])
def test_a_body_breaks_off(simulator: Simulator, how: str) -> None:
    simulator.faults.add("break_off", how=how, count=1)
    with pytest.raises(CONNECTION_FAILURES):
        ask(simulator, 6000)
    assert rows_of(ask(simulator, 6000))


@pytest.mark.parametrize("report", [6000, 6001, 6002])
def test_a_body_ends_in_the_middle_of_its_last_line(simulator: Simulator, report: int) -> None:
    whole = ask(simulator, report).content
    simulator.faults.add("break_off", how="line", count=1)
    cut = ask(simulator, report).content
    assert whole.startswith(cut)
    assert whole.count(b"\n") == cut.count(b"\n") + 1
    assert not cut.endswith(b"\n")


def test_the_connection_is_reset(simulator: Simulator) -> None:
    simulator.faults.add("reset", count=1, report=6001)
    assert rows_of(ask(simulator, 6000))
    with pytest.raises(requests.ConnectionError, match=r"reset|Reset"):
        ask(simulator, 6001)
    assert rows_of(ask(simulator, 6001))


def test_a_slow_answer_meets_the_timeout_of_an_impatient_client(simulator: Simulator) -> None:
    ks = sign_in(simulator)
    simulator.faults.add("slow", seconds=30, count=1)
    url = f"{simulator.url}/api_v3/service/report/action/getCsvFromStringParams"
    with pytest.raises(requests.ReadTimeout):
        requests.post(url, data={"ks": ks}, timeout=0.2)


def test_one_attendee_row_is_lost_and_its_session_shows_it(simulator: Simulator) -> None:
    whole = rows_of(ask(simulator, 6001))
    for _ in range(10):
        simulator.faults.add("drop_row", count=1)
        left = rows_of(ask(simulator, 6001))
        (lost,) = [row for row in whole if row not in left]
        same = [row for row in left if row["cue_point_id"] == lost["cue_point_id"]]
        assert len(left) == len(whole) - 1
        assert not same or lost["cue_point_id"] == CLASS  # where the two differ in their ratio


def test_a_row_whose_loss_nobody_could_notice_is_not_lost(simulator: Simulator) -> None:
    world = tiny_world()
    for name in ("a", "b"):
        world.add_events(Event("1_sess0004", User(name, "", "", "User"), 1, MIDNIGHT, 60, 30))
    only = [event for event in world.events(0, MIDNIGHT + 1) if event.cue_point_id == "1_sess0004"]
    simulator.world = ListedWorld(world.rooms().values(), world.sessions().values(), only)
    simulator.world.put_session(world.session(CLASS).__class__("1_sess0004", "r", 0, 0, "", ""))
    simulator.faults.add("drop_row", count=1)
    assert len(rows_of(ask(simulator, 6001))) == 2
    assert simulator.faults.described()[0]["count"] == 1


def test_a_session_row_is_lost(simulator: Simulator) -> None:
    simulator.faults.add("drop_session_row")
    assert len(rows_of(ask(simulator, 6000))) == 2
    assert len(rows_of(ask(simulator, 6002))) == 1
    simulator.faults.add("drop_session_row", report=6002)
    assert rows_of(ask(simulator, 6002)) == []


def test_a_row_comes_twice(simulator: Simulator) -> None:
    simulator.faults.add("duplicate_row", report=6001, count=1)
    rows = rows_of(ask(simulator, 6001))
    assert len(rows) == 5
    assert len({tuple(row.values()) for row in rows}) == 4


def test_columns_are_renamed_missing_new_and_in_another_order(simulator: Simulator) -> None:
    before = rows_of(ask(simulator, 6002))[0]
    simulator.faults.add("rename_column", column="duration", new_name="length")
    simulator.faults.add("missing_column", column="engagement_rate")
    simulator.faults.add("unknown_column", new_name="mood")
    simulator.faults.add("reorder_columns")
    (after,) = rows_of(ask(simulator, 6002))
    assert next(iter(after)) == "mood"
    assert after.pop("mood") == "1"
    assert after.pop("length") == before.pop("duration")
    del before["engagement_rate"]
    assert after == before


def test_a_line_break_in_a_name_breaks_its_row_unless_the_name_is_excluded(
    simulator: Simulator,
) -> None:
    simulator.faults.add("newline_in_name", report=6001)
    lines = ask(simulator, 6001).content.split(b"\n")
    assert len(lines) == 7
    assert sum(line.count(b",") != 7 for line in lines[:-1]) == 2
    assert len(rows_of(ask(simulator, 6001, excludedFields="user_name,user_email"))) == 4


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("druid_timeout_over", "DRUID_QUERY_TIMED_OUT"),
        ("too_general_over", "SEARCH_TOO_GENERAL"),
    ],
)
def test_long_windows_are_too_heavy(simulator: Simulator, kind: str, code: str) -> None:
    simulator.faults.add(kind, hours=23)
    assert code_of(ask(simulator, 6000)) == code
    shorter = f"from_date={MIDNIGHT};to_date={MIDNIGHT + DAY - 3600}"
    assert rows_of(ask(simulator, 6000, shorter))


def test_large_answers_are_too_heavy(simulator: Simulator) -> None:
    simulator.faults.add("heavy_over_rows", rows=3)
    assert code_of(ask(simulator, 6001)) == "DRUID_QUERY_TIMED_OUT"
    assert len(rows_of(ask(simulator, 6000))) == 3


def test_a_ks_expires_after_some_calls(simulator: Simulator) -> None:
    simulator.faults.add("ks_expires_after", calls=2)
    ks = sign_in(simulator)
    assert rows_of(ask(simulator, 6000, ks=ks))
    assert rows_of(ask(simulator, 6000, ks=ks))
    assert ask(simulator, 6000, ks=ks).json()["args"]["ERR_DESC"] == "EXPIRED"
    assert call(simulator, "session", "get", ks=ks).json()["code"] == "INVALID_KS"
    assert rows_of(ask(simulator, 6000, ks=sign_in(simulator)))


def test_late_events_are_withheld_until_the_fault_is_cleared(simulator: Simulator) -> None:
    simulator.faults.add("late_events", share=1.0)
    assert rows_of(ask(simulator, 6000)) == []
    simulator.faults.clear("late_events")
    assert {row["cue_point_id"] for row in rows_of(ask(simulator, 6000))} == {CLASS, GROUP, TALK}
    events = list(tiny_world().events(0, MIDNIGHT + DAY))
    some = Faults([Fault("late_events", share=0.5)], seed=1)
    assert [some.arrived(event) for event in events] == [some.arrived(event) for event in events]
    many = [Event(CLASS, User(f"s{n}", "", "", "User"), 1, MIDNIGHT, 1, 0) for n in range(400)]
    assert 120 < sum(some.arrived(event) for event in many) < 280


def test_faults_of_sign_in_are_asked_for_by_service(simulator: Simulator) -> None:
    simulator.faults.add("http_status", service="session", count=1)
    assert call(simulator, "session", "get").status_code == 503
    assert call(simulator, "session", "get").status_code == 200


def test_count_skip_and_probability_decide_when_a_fault_fires() -> None:
    faults = Faults([Fault("reset", count=2, skip=1)])
    assert [bool(faults.fires("reset")) for _ in range(4)] == [False, True, True, False]
    by_chance = [Faults([Fault("reset", probability=0.3)], seed=7) for _ in range(2)]
    first, again = ([bool(it.fires("reset")) for _ in range(200)] for it in by_chance)
    assert first == again
    assert 30 < sum(first) < 90


def test_faults_are_switched_over_http_while_it_runs(simulator: Simulator) -> None:
    url = f"{simulator.url}/simulator/faults"
    asked = {"faults": [{"kind": "html_200", "report": 6001, "count": 1}]}
    described = requests.post(url, json=asked, timeout=30).json()
    assert described == requests.get(url, timeout=30).json()
    assert described["faults"][0]["kind"] == "html_200"
    assert ask(simulator, 6001).text.startswith("<!DOCTYPE html>")
    assert requests.post(url, json={"faults": []}, timeout=30).json() == {"faults": []}
    unreadable: tuple[object, ...] = (
        {"faults": [{"kind": "nonsense"}]},
        {"faults": [{"kind": "slow", "x": 1}]},
        {"faults": [{"kind": "slow", "seconds": "long"}]},
        {"faults": [{"kind": "slow", "count": "often"}]},
        [],
    )
    for wrong in unreadable:
        answer = requests.post(url, json=wrong, timeout=30)
        assert answer.status_code == 400, answer.text
        assert "error" in answer.json()


def test_unknown_faults_are_refused() -> None:
    with pytest.raises(ValueError, match="html_200"):
        Fault("nonsense")
    with pytest.raises(ValueError, match="length, chunk or line"):
        Fault("break_off", how="sideways")
    with pytest.raises(ValueError, match="no speed"):
        Faults().add("slow", speed=3)
    assert all(Fault(kind) for kind in KINDS)


def test_stopping_ends_slow_answers_and_open_connections() -> None:
    session = requests.Session()
    with Simulator(tiny_world()) as simulator, session:
        session.get(simulator.url, timeout=30)  # leaves its connection open
        ks = sign_in(simulator)
        simulator.faults.add("slow", seconds=600)
        with pytest.raises(requests.ReadTimeout):
            session.post(
                f"{simulator.url}/api_v3/service/report/action/x", data={"ks": ks}, timeout=0.1
            )
    answering = [it.name for it in threading.enumerate() if "process_request" in it.name]
    assert answering == []
    with pytest.raises(RuntimeError, match="isn't running"):
        assert simulator.url
