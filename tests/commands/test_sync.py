"""`sync`: exit codes, what it prints, bad words, and a kill in the middle."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from pytest_django import Settings

from reports.kaltura import KalturaClient
from reports.models import Account, RoomSession, Run, RunState, SignInMethod, VirtualEvent
from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from tests.commands.conftest import Ran
from tests.commands.own_database import OwnDatabase, copy_of, served_by
from tests.sync.small import ADA, BEN, BREAKOUT, EVE, TEN, figures, lesson, one_lesson, seen
from tests.sync.worlds import DAY, ROOMS

RunCommand = Callable[..., Ran]
MONDAY = ("sync", "university", "--from", "2026-01-05", "--to", "2026-01-06")
WEEK = ("sync", "university", "--from", "2026-01-05", "--to", "2026-01-12")
CONNECT = (
    *("connect", "university", "--endpoint", "simulator", "--sign-in", "admin-secret"),
    *("--partner-id", str(DEFAULT_ACCOUNT.partner_id), "--secret-file", "-"),
)


@pytest.fixture(autouse=True)
def patient_only_in_earnest(monkeypatch: pytest.MonkeyPatch, simulator: Simulator) -> None:
    """Commands that run in this process don't wait between their tries."""
    impatient = partial(KalturaClient, sleep=lambda seconds: None)
    monkeypatch.setattr("reports.sync.connection.KalturaClient", impatient)
    simulator.accounts[DEFAULT_ACCOUNT.partner_id] = DEFAULT_ACCOUNT


def week() -> ListedWorld:
    """A lesson a day, one of them with a breakout, one over midnight."""
    sessions = [lesson(f"1_day0000{day}", start=TEN + day * DAY) for day in range(7)]
    sessions += [
        lesson("1_break0se", start=TEN + 600, length=600, room=BREAKOUT),
        lesson("1_midnight", start=TEN + 13 * 3600, length=7200),
    ]
    events = [
        seen(user, cue=it.cue_point_id, when=it.start + 60, view=70 + number, engaged=number)
        for it in sessions
        for number, user in enumerate((ADA, BEN, EVE))
    ]
    events.append(seen(ADA, cue="1_midnight", when=TEN + 14 * 3600 + 5))
    return ListedWorld(ROOMS, sessions, events)


# In this process --------------------------------------------------------------------------------


@pytest.mark.usefixtures("account")
def test_a_whole_sync_ends_with_0_and_says_what_came(run: RunCommand, simulator: Simulator) -> None:
    simulator.world = week()
    ran = run(*WEEK)

    assert (ran.code, ran.errors) == (0, "")
    assert "9 sessions (1 breakouts), 27 attendances, 0 findings." in ran.output
    assert "Everything was asked, uncut and checked." in ran.output
    assert "2026-01-05 (7/7)" in ran.output


@pytest.mark.usefixtures("account")
def test_gaps_end_with_3_and_are_named(run: RunCommand, simulator: Simulator) -> None:
    simulator.world = one_lesson()
    simulator.faults.add("drop_row")
    ran = run(*MONDAY)

    assert ran.code == 3
    assert "Missing: 1 session disagree on engagement" in ran.errors
    assert "1_lesson01" in ran.errors
    assert "Engagement differs between the reports: 1" in ran.output
    assert "Everything was asked" not in ran.output


@pytest.mark.usefixtures("account")
def test_one_day_that_fails_ends_with_3_and_is_named(run: RunCommand, simulator: Simulator) -> None:
    simulator.world = week()
    simulator.faults.add("html_200", count=1)
    ran = run(*WEEK)

    assert ran.code == 3
    assert "Missing: 1 day could not be asked (2026-01-11)" in ran.errors


def test_a_failure_ends_with_1_and_a_sentence_without_the_secret(
    run: RunCommand, account: Account
) -> None:
    account.secret = "certainly not the secret"
    account.save()
    ran = run(*WEEK)

    assert ran.code == 1
    assert "The sync failed: Kaltura refused the partner id and admin secret." in ran.errors
    assert "7 days not asked yet" in ran.errors or "6 days not asked yet" in ran.errors
    assert "certainly" not in ran.output + ran.errors


def test_an_expiring_ks_is_announced(
    run: RunCommand, simulator: Simulator, account: Account, tmp_path: Path
) -> None:
    ks = simulator.keys.issue(
        DEFAULT_ACCOUNT.partner_id, user_id="", type_=2, seconds=600, privileges=""
    ).ks
    path = tmp_path / "ks"
    path.write_text(ks)
    run(*(word if word != "admin-secret" else "ks" for word in CONNECT[:-1]), str(path))
    assert Account.objects.get().sign_in == SignInMethod.KS
    simulator.world = one_lesson()
    ran = run(*MONDAY)
    assert ran.code == 0
    assert "ends" in ran.errors
    assert "can't be renewed" in ran.errors
    assert ks not in ran.output + ran.errors


@pytest.mark.usefixtures("account")
def test_the_same_command_goes_on_after_a_failure(run: RunCommand, simulator: Simulator) -> None:
    simulator.world = week()
    simulator.faults.add("json_error", code="SERVICE_FORBIDDEN", skip=6)
    assert run(*WEEK).code == 1
    simulator.faults.clear()
    ran = run(*WEEK)

    assert ran.code == 0
    assert f"Going on with run {Run.objects.get().pk}: 2 days are done already." in ran.output


@pytest.mark.usefixtures("account")
def test_reports_rooms_and_events_narrow_it_down(run: RunCommand, simulator: Simulator) -> None:
    simulator.world = week()
    assert run(*MONDAY, "--report", "6000").code == 0
    assert figures("1_day00000") == (None, None, None)
    assert run(*MONDAY, "--entry-id", "1_room0001").code == 0
    assert figures("1_day00000") == figures("1_break0se") == (3, 213, 3)
    ran = run(*MONDAY, "--virtual-event-id", "77")
    assert ran.code == 0
    assert "1 sessions (1 breakouts), 3 attendances" in ran.output


@pytest.mark.usefixtures("account")
def test_times_of_another_zone_are_the_same_range(run: RunCommand, simulator: Simulator) -> None:
    simulator.world = week()
    span = ("--from", "2026-01-05T01:00:00+01:00", "--to", "2026-01-05T23:00:00Z")
    assert run("sync", "university", *span).code == 0
    order = Run.objects.get()
    assert order.from_at.isoformat() == "2026-01-05T00:00:00+00:00"
    assert order.session_count == 2


BAD = {
    "an unknown account": ("sync", "nobody", "--from", "2026-01-05", "--to", "2026-01-06"),
    "an empty range": ("sync", "university", "--from", "2026-01-05", "--to", "2026-01-05"),
    "a range backwards": ("sync", "university", "--from", "2026-01-06", "--to", "2026-01-05"),
    "no moment": ("sync", "university", "--from", "yesterday", "--to", "2026-01-05"),
    "a day that is none": ("sync", "university", "--from", "2026-02-30", "--to", "2026-03-05"),
    "before 1970": ("sync", "university", "--from", "1969-01-01", "--to", "2026-03-05"),
    "before the calendar": ("sync", "university", "--from", "0001-01-01", "--to", "2026-03-05"),
    "an unknown report": (*MONDAY, "--report", "6003"),
    "an id with a semicolon": (*MONDAY, "--entry-id", "1_a;to_date=1"),
    "an id with a comma": (*MONDAY, "--entry-id", "1_a,1_b"),
    "an empty id": (*MONDAY, "--entry-id", ""),
    "an id with a line break": (*MONDAY, "--virtual-event-id", "7\n7"),
    "an event id longer than any": (*MONDAY, "--virtual-event-id", "7" * 65),
    "no range": ("sync", "university"),
}


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("words", BAD.values(), ids=BAD.keys())
def test_bad_words_are_refused_before_anything_is_asked_or_stored(
    run: RunCommand, simulator: Simulator, words: tuple[str, ...]
) -> None:
    ran = run(*words)
    assert ran.code == 1
    assert len(ran.errors) > 20
    assert "Traceback" not in ran.errors
    assert not Run.objects.exists()
    assert not simulator.requests


def test_an_endpoint_that_left_the_settings_is_told(
    run: RunCommand, account: Account, settings: Settings
) -> None:
    settings.KALTURA_ENDPOINTS = {"eu": "https://eu.example.org"}
    ran = run(*MONDAY)
    assert ran.code == 1
    assert "no endpoint named “simulator”. Known here: eu." in ran.errors
    assert account.name == "university"
    assert not Run.objects.exists()


@pytest.mark.usefixtures("account")
def test_ctrl_c_says_that_the_same_command_goes_on(
    run: RunCommand, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.world = one_lesson()

    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("reports.sync.asking.TileFetch.fetch", interrupted)
        ran = run(*MONDAY)
    assert ran.code == 130
    assert "the same command goes on from here" in ran.errors
    assert run(*MONDAY).code == 0
    assert Run.objects.get().state == RunState.DONE


@pytest.mark.usefixtures("account")
def test_a_typing_mistake_in_an_event_id_configures_no_event(
    run: RunCommand, simulator: Simulator
) -> None:
    simulator.world = week()
    assert run(*MONDAY, "--virtual-event-id", "770").code == 0
    assert not VirtualEvent.objects.exists()
    assert not RoomSession.objects.exists()


# As processes of their own ----------------------------------------------------------------------


@pytest.fixture
def own(template: str, tmp_path: Path, simulator: Simulator) -> Iterator[OwnDatabase]:
    """A database with the account connected by the command itself."""
    with copy_of(template, tmp_path) as database:
        connected = served_by(database, simulator).run(*CONNECT, typed=DEFAULT_ACCOUNT.admin_secret)
        assert (connected.returncode, connected.stderr) == (0, "")
        assert DEFAULT_ACCOUNT.admin_secret not in connected.stdout + database.everything()
        yield database


def kill_in_the_middle(
    database: OwnDatabase, simulator: Simulator, *words: str, after: int = 14
) -> None:
    """Start a command and kill -9 it when it has asked some of its questions."""
    simulator.faults.add("slow", seconds=0.2, skip=after - 2)
    process = database.start(*words)
    try:
        wait_for_requests(simulator, process, after)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        simulator.faults.clear()


def wait_for_requests(simulator: Simulator, process: subprocess.Popen[bytes], count: int) -> None:
    simulator.forget_requests()
    pause = threading.Event()
    for _ in range(2000):
        if len(simulator.requests) >= count:
            return
        assert process.poll() is None, "it ended before it could be killed"
        pause.wait(0.02)
    pytest.fail(f"it never asked {count} questions")


def test_a_sync_that_is_killed_is_finished_by_the_same_command(
    own: OwnDatabase, simulator: Simulator
) -> None:
    simulator.world = week()
    kill_in_the_middle(own, simulator, *WEEK)
    states = [state for (state,) in own.sql("SELECT state FROM reports_runtile")]
    assert {"done", "waiting"} == set(states)
    done = own.run(*WEEK)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Going on with run" in done.stdout
    assert own.sql("SELECT state FROM reports_run") == [("done",)]
    own.assert_equals_truth(simulator.world)


def test_exit_codes_and_streams_of_a_process(own: OwnDatabase, simulator: Simulator) -> None:
    simulator.world = one_lesson()
    simulator.faults.add("drop_row")
    gaps = own.run(*MONDAY)
    assert gaps.returncode == 3
    assert gaps.stderr.startswith("Missing: ")
    assert "Missing" not in gaps.stdout
    simulator.faults.clear()
    simulator.keys.expire_all()
    simulator.faults.add("json_error", code="SERVICE_FORBIDDEN_FULLY_BLOCKED")
    failed = own.run(*MONDAY)
    assert failed.returncode == 1
    assert "CommandError: The sync failed: Kaltura has blocked this account." in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_refused_sign_in_of_a_process_stores_nothing(
    template: str, tmp_path: Path, simulator: Simulator
) -> None:
    with copy_of(template, tmp_path) as database:
        ran = served_by(database, simulator).run(*CONNECT, typed="certainly-not-the-secret")
        assert ran.returncode == 1
        assert "CommandError: Kaltura refused" in ran.stderr
        assert "certainly" not in ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr
        assert database.sql("SELECT COUNT(*) FROM reports_account") == [(0,)]
