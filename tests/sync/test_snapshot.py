"""Asking for one report: what came is kept to the byte, what failed is a sentence, no KS stays."""

import gzip
import hashlib
import logging
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from reports.kaltura import KalturaClient, PastedKs, ReportFilters
from reports.models import Account, RoomSession, Snapshot, SnapshotState, Tile, User
from reports.simulator.accounts import ADMIN_TYPE, DEFAULT_ACCOUNT, USER_TYPE
from reports.simulator.server import Simulator
from reports.sync import snapshot as asking
from reports.sync.connection import sign_in_of
from reports.sync.snapshot import (
    SnapshotOrder,
    ask,
    ask_in_background,
    delete_expired,
    equivalent_request,
    open_snapshot,
)
from tests import factories
from tests.simulator.asking import DAY, MAIN, MIDNIGHT, call, sign_in, tiny_world

pytestmark = pytest.mark.django_db
TO = MIDNIGHT + DAY
WHOLE = ReportFilters(MIDNIGHT, TO)


@pytest.fixture(autouse=True)
def world(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator.world = tiny_world()
    impatient = partial(KalturaClient, sleep=lambda seconds: None)
    monkeypatch.setattr("reports.sync.connection.KalturaClient", impatient)


@pytest.fixture
def user(db: None) -> User:
    return factories.administrator()


def ordered(account: Account, report_id: int = 6000, **changes: Any) -> SnapshotOrder:
    values: dict[str, Any] = {
        "sign_in": sign_in_of(account),
        "account": account,
        "endpoint": account.endpoint,
        "report_id": report_id,
        "filters": WHOLE,
    }
    return SnapshotOrder(**values | changes)


def pasted(ks: str, report_id: int = 6000, **changes: Any) -> SnapshotOrder:
    values: dict[str, Any] = {"filters": WHOLE, "endpoint": "simulator"}
    return SnapshotOrder(PastedKs(ks, None), None, report_id=report_id, **values | changes)


def asked(order: SnapshotOrder, user: User) -> Snapshot:
    """Return the snapshot after asking, as it is in the database."""
    snapshot = open_snapshot(order, user)
    ask(snapshot, order.sign_in)
    return Snapshot.objects.get(pk=snapshot.pk)


def sent(simulator: Simulator, report: int, more: str = "", **parameters: str) -> bytes:
    """Return what Kaltura says to somebody who asks by hand."""
    params = f"from_date={MIDNIGHT};to_date={TO};fromDate={MIDNIGHT};toDate={TO}{more}"
    form = {"ks": sign_in(simulator), "id": report, "params": params} | parameters
    return call(simulator, "report", "getCsvFromStringParams", **form).content


def issue(simulator: Simulator, **changes: Any) -> str:
    values = {"user_id": "head@example.org", "type_": ADMIN_TYPE, "seconds": 3600}
    values |= {"privileges": ""} | changes
    return str(simulator.keys.issue(DEFAULT_ACCOUNT.partner_id, **values).ks)


@pytest.mark.parametrize("report", [6000, 6001, 6002])
def test_the_answer_is_kept_to_the_byte(
    account: Account, user: User, simulator: Simulator, report: int
) -> None:
    snapshot = asked(ordered(account, report), user)
    expected = sent(simulator, report)
    assert gzip.decompress(snapshot.content) == expected
    assert snapshot.sha256 == hashlib.sha256(expected).hexdigest()
    assert snapshot.received_bytes == len(expected)
    assert snapshot.row_count == expected.count(b"\n") - 1 > 0
    assert snapshot.state == SnapshotState.DONE
    assert (snapshot.is_cut, snapshot.error) == (False, "")
    assert snapshot.partner_id == account.partner_id
    assert snapshot.asked_at
    assert snapshot.finished_at
    assert snapshot.summary["rows"] == snapshot.row_count


def test_nothing_is_merged(account: Account, user: User) -> None:
    for report in (6000, 6001, 6002):
        asked(ordered(account, report), user)
    assert not RoomSession.objects.exists()
    assert not Tile.objects.exists()


@pytest.mark.parametrize(
    ("report", "ids", "params"),
    [
        (6000, {"entry_ids": (MAIN,)}, f"entry_ids={MAIN}"),
        (6001, {"user_ids": ("ada.l", "nobody")}, "user_ids=ada.l,nobody"),
        (6001, {"cue_point_ids": ("1_sess0002",)}, "cue_point_ids=1_sess0002"),
        (6002, {"parent_entry_ids": (MAIN,)}, f"parentEntryIds={MAIN}"),
        (6002, {"virtual_event_ids": ("730011",)}, "virtual_event_ids=730011"),
    ],
)
def test_filters_and_range_reach_kaltura_and_the_shown_request(
    account: Account,
    user: User,
    simulator: Simulator,
    report: int,
    ids: dict[str, tuple[str, ...]],
    params: str,
) -> None:
    snapshot = asked(ordered(account, report, filters=ReportFilters(MIDNIGHT, TO, **ids)), user)
    assert gzip.decompress(snapshot.content) == sent(simulator, report, f";{params}")
    assert {name: tuple(values) for name, values in snapshot.filters.items()} == ids
    text = equivalent_request(snapshot)
    assert params in text
    assert f"from_date={MIDNIGHT};to_date={TO}" in text
    assert "ks=***" in text
    assert text.startswith("curl ")
    assert "?" not in text  # nothing in the address


@pytest.mark.parametrize("excluded", ["user_name,user_email", "cue_point_id,meeting_view_time"])
def test_any_columns_can_be_left_out(
    account: Account, user: User, simulator: Simulator, excluded: str
) -> None:
    snapshot = asked(ordered(account, 6001, excluded=tuple(excluded.split(","))), user)
    assert snapshot.state == SnapshotState.DONE
    assert gzip.decompress(snapshot.content) == sent(simulator, 6001, excludedFields=excluded)
    assert f"excludedFields={excluded}" in equivalent_request(snapshot)


def test_an_answer_with_as_many_rows_as_the_cap_is_marked(
    account: Account, user: User, settings: Settings
) -> None:
    settings.KALTURA_ROW_CAP = 3
    assert asked(ordered(account), user).is_cut
    settings.KALTURA_ROW_CAP = 4
    assert not asked(ordered(account), user).is_cut


def test_the_session_of_an_account_is_ended_and_a_pasted_one_is_left_alone(
    account: Account, user: User, simulator: Simulator
) -> None:
    asked(ordered(account), user)
    assert simulator.requests[-1].path.lower().endswith("/session/action/end")
    simulator.forget_requests()
    snapshot = asked(pasted(issue(simulator)), user)
    assert snapshot.state == SnapshotState.DONE
    assert snapshot.account is None
    assert snapshot.partner_id == DEFAULT_ACCOUNT.partner_id  # as Kaltura told
    assert not [r for r in simulator.requests if r.path.lower().endswith("/end")]


@pytest.mark.parametrize("privileges", ["actionslimit:1", "urirestrict:/api_v3/service/report/*"])
def test_a_ks_for_this_one_call_is_enough(
    user: User, simulator: Simulator, privileges: str
) -> None:
    snapshot = asked(pasted(issue(simulator, privileges=privileges)), user)
    assert (snapshot.state, snapshot.error) == (SnapshotState.DONE, "")
    assert snapshot.partner_id is None  # nothing was left to ask whose it is


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "an API error": (
        {"kind": "json_error", "code": "REPORT_NOT_FOUND"},
        "REPORT_NOT_FOUND",
        "not enabled for the Kaltura account",
    ),
    "an API error in XML": (
        {"kind": "xml_error", "code": "DRUID_QUERY_TIMED_OUT"},
        "DRUID_QUERY_TIMED_OUT",
        "Ask for a smaller range",
    ),
    "a web page": ({"kind": "html_200"}, "HTML_ANSWER", "answered with a web page"),
    "a status": ({"kind": "http_status", "status": 404}, "HTTP_404", "HTTP status 404"),
    "a reset": ({"kind": "reset"}, "CONNECTION_FAILED", "could not be reached"),
    "a broken body": ({"kind": "break_off", "how": "length"}, "BROKEN_OFF", "broke off"),
    "a broken chunk": ({"kind": "break_off", "how": "chunk"}, "BROKEN_OFF", "broke off"),
    "a broken line": ({"kind": "break_off", "how": "line"}, "BROKEN_OFF", "broke off"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_fails_is_a_sentence_and_leaves_no_part(
    account: Account, user: User, simulator: Simulator, case: str
) -> None:
    fault, code, sentence = FAULTS[case]
    simulator.faults.add(**fault)
    snapshot = asked(ordered(account, 6001), user)
    assert snapshot.state == SnapshotState.FAILED
    assert snapshot.error_code == code
    assert sentence in snapshot.error
    assert (bytes(snapshot.content), snapshot.row_count) == (b"", None)
    assert snapshot.finished_at


def test_broken_lines_are_counted_and_kept(
    account: Account, user: User, simulator: Simulator
) -> None:
    simulator.faults.add("newline_in_name", report=6001, count=1)
    snapshot = asked(ordered(account, 6001), user)
    assert snapshot.state == SnapshotState.DONE
    assert snapshot.row_count == 4 + 1
    assert snapshot.summary["broken_count"] == 2
    assert [len(snapshot.summary["broken"]), snapshot.summary["rows"]] == [2, 3]
    texts = "\n".join(line["text"] for line in snapshot.summary["broken"])
    assert texts.encode() in gzip.decompress(snapshot.content)


def test_too_large_an_answer_is_given_up(
    account: Account, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_BYTES", 100)
    snapshot = asked(ordered(account), user)
    assert (snapshot.state, snapshot.error_code) == (SnapshotState.FAILED, "TOO_LARGE")
    assert "Ask for a shorter time" in snapshot.error
    assert not snapshot.content


def test_an_endpoint_that_is_gone_is_a_sentence(
    account: Account, user: User, settings: Settings
) -> None:
    settings.KALTURA_ENDPOINTS = {"us": "https://www.kaltura.invalid"}
    snapshot = asked(ordered(account), user)
    assert snapshot.state == SnapshotState.FAILED
    assert "no endpoint named “simulator”" in snapshot.error
    assert equivalent_request(snapshot) == ""


@pytest.mark.parametrize("kind", ["invented", "expired", "of a user"])
def test_a_ks_that_is_no_good_is_named_but_not_shown(
    user: User, simulator: Simulator, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.set_level(logging.DEBUG)
    ks = {
        "invented": "short-opaque-secret",
        "expired": issue(simulator, seconds=-10),
        "of a user": issue(simulator, type_=USER_TYPE),
    }[kind]
    snapshot = asked(pasted(ks), user)
    assert snapshot.state == SnapshotState.FAILED
    assert "KS" in snapshot.error
    assert ks not in str(Snapshot.objects.filter(pk=snapshot.pk).values().get())
    assert ks not in caplog.text
    assert not [r for r in simulator.requests if ks in r.path]


def test_a_failure_of_our_own_shows_no_ks(
    user: User,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ks = issue(simulator)

    def broken(*_: object) -> None:
        raise RuntimeError(f"with {ks} in it")

    monkeypatch.setattr(asking, "summary_of", broken)
    snapshot = asked(pasted(ks), user)
    assert (snapshot.state, snapshot.error_code) == (SnapshotState.FAILED, "OURS")
    assert "snapshot_broke" in caplog.text
    assert "RuntimeError" in caplog.text
    assert ks not in caplog.text + snapshot.error


def test_what_was_deleted_meanwhile_is_not_asked(
    account: Account, user: User, simulator: Simulator
) -> None:
    order = ordered(account)
    snapshot = open_snapshot(order, user)
    Snapshot.objects.all().delete()
    ask(snapshot, order.sign_in)
    assert not Snapshot.objects.exists()
    assert not simulator.requests


def test_a_deleted_snapshot_ends_the_download(account: Account, user: User) -> None:
    order = ordered(account)
    progress = asking._Progress(open_snapshot(order, user).pk)
    with gzip.open("/dev/null", "wb") as file:
        received = asking._Received(file, progress)
        received.write(b"something")
        progress.is_unwanted = True
        with pytest.raises(asking.NobodyWants):
            received.write(b"more")


def test_each_beat_says_that_somebody_asks_and_how_much_has_come(
    account: Account, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "connection", Unclosed())
    monkeypatch.setattr(asking, "close_old_connections", lambda: None)
    snapshot = open_snapshot(ordered(account), user)
    Snapshot.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    snapshot.refresh_from_db()
    assert snapshot.is_stopped(timezone.now())
    progress = asking._Progress(snapshot.pk)
    progress.byte_count = 4711
    progress._report(Beats(1))  # type: ignore[arg-type]
    snapshot.refresh_from_db()
    assert snapshot.received_bytes == 4711
    assert not snapshot.is_stopped(timezone.now())
    assert not progress.is_unwanted
    Snapshot.objects.all().delete()
    progress._report(Beats(1))  # type: ignore[arg-type]
    assert progress.is_unwanted


class Beats:
    """An event that is set after so many waits."""

    def __init__(self, count: int) -> None:
        self.count = count

    def wait(self, seconds: float) -> bool:
        self.count -= 1
        return self.count < 0


class Unclosed:
    """In place of the connection, which is the test's own."""

    def close(self) -> None:
        """Do nothing."""


def test_expired_answers_go_when_something_new_is_asked(account: Account, user: User) -> None:
    factories.snapshot(user, account, expires_at=timezone.now() - timedelta(seconds=1))
    young = factories.snapshot(user, account)
    assert delete_expired() == 1
    assert set(Snapshot.objects.values_list("pk", flat=True)) == {young.pk}
    Snapshot.objects.filter(pk=young.pk).update(expires_at=timezone.now())
    new = open_snapshot(ordered(account), user)
    assert set(Snapshot.objects.values_list("pk", flat=True)) == {new.pk}


def test_an_answer_is_kept_as_long_as_the_setting_says(
    account: Account, user: User, settings: Settings
) -> None:
    settings.SNAPSHOT_HOURS = 3
    snapshot = open_snapshot(ordered(account), user)
    assert snapshot.expires_at - snapshot.requested_at == timedelta(hours=3)


@pytest.mark.django_db(transaction=True)
def test_a_thread_asks_in_the_background(account: Account, user: User) -> None:
    order = ordered(account, 6001)
    snapshot = open_snapshot(order, user)
    ask_in_background(snapshot, order.sign_in).join(30)
    snapshot.refresh_from_db()
    assert snapshot.state == SnapshotState.DONE


@pytest.mark.django_db(transaction=True)
def test_one_process_asks_for_a_few_at_once_and_the_others_wait(
    account: Account, user: User, simulator: Simulator
) -> None:
    for _ in range(asking.AT_ONCE):
        assert asking._turns.acquire(blocking=False)
    try:
        order = ordered(account)
        snapshot = open_snapshot(order, user)
        thread = ask_in_background(snapshot, order.sign_in)
        thread.join(0.05)
        assert thread.is_alive()
        snapshot.refresh_from_db()
        assert snapshot.state == SnapshotState.WAITING
        assert not simulator.requests
    finally:
        for _ in range(asking.AT_ONCE):
            asking._turns.release()
    thread.join(30)
    snapshot.refresh_from_db()
    assert snapshot.state == SnapshotState.DONE
