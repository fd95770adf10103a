"""Each administrator hears of an alert once, and once that it is over."""

import threading
from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from pytest_django import Settings

from reports.alerts import mail as alert_mail
from reports.alerts.mail import AGAIN_AFTER, mail_alerts
from reports.alerts.watch import look
from reports.models import Account, Alert, Run, Schedule, SignInMethod, User, Worker
from tests import factories as make
from tests.alerts.test_conditions import failed, went_well

NOW = datetime(2026, 2, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def account(db: None, settings: Settings) -> Account:
    settings.SITE_URL = "https://rollcall.example.edu"
    return make.account()


@pytest.fixture
def head(account: Account) -> User:
    return make.administrator("head")


def watched(at: datetime) -> list[str]:
    """Look and mail; return the subjects of what was sent."""
    before = len(mail.outbox)
    look(at)
    mail_alerts(at)
    return [message.subject for message in mail.outbox[before:]]


def test_an_alert_is_mailed_once_and_its_end_once(account: Account, head: User) -> None:
    failed(account, at=NOW)
    assert watched(NOW) == ["Rollcall: Sync failed: university"]
    assert watched(NOW + HOUR) == []
    went_well(account, NOW + 2 * HOUR)
    assert watched(NOW + 2 * HOUR) == ["Rollcall: over: Sync failed: university"]
    assert watched(NOW + 3 * HOUR) == []
    alert = Alert.objects.get()
    assert (alert.mailed_at, alert.closing_mailed_at) == (NOW, NOW + 2 * HOUR)


def prepare(kind: str, of: Account) -> Any:
    """Let the alert hold; return what ends it."""
    if kind == "run_failed":
        failed(of, at=NOW)
        return lambda: went_well(of, NOW + HOUR)
    if kind == "credentials_refused":
        failed(of, "INVALID_KS", at=NOW)
        return lambda: Account.objects.update(checked_at=NOW + HOUR)
    if kind == "credentials_ending":
        Account.objects.update(sign_in=SignInMethod.KS, ks_expires_at=NOW + HOUR)
        return lambda: Account.objects.update(ks_expires_at=NOW + 90 * HOUR)
    if kind == "days_failed":
        tile = make.tile(of, NOW - 30 * HOUR, failed_at=NOW)
        return lambda: type(tile).objects.update(failed_at=None)
    Schedule.objects.create(account=of, kind="hourly", changed_at=NOW - 90 * HOUR)
    if kind == "data_stale":
        Worker.objects.create(name="w", host="h", pid=1, heartbeat_at=NOW + HOUR)
        return lambda: make.tile(of, NOW - HOUR, merged_at=NOW)
    make.tile(of, NOW - HOUR, merged_at=NOW)
    return lambda: Worker.objects.create(name="w", host="h", pid=1, heartbeat_at=NOW + HOUR)


KINDS = {
    "run_failed": "Sync failed: university",
    "credentials_refused": "Kaltura refuses the sign-in: university",
    "credentials_ending": "The sign-in is about to end: university",
    "days_failed": "Days that could not be asked: university",
    "data_stale": "Data is not up to date: university",
    "worker_gone": "No worker is running",
}


@pytest.mark.parametrize(("kind", "title"), KINDS.items())
def test_each_alert_opens_is_mailed_closes_and_is_mailed(
    account: Account, head: User, kind: str, title: str
) -> None:
    end = prepare(kind, account)
    assert watched(NOW) == [f"Rollcall: {title}"]
    assert watched(NOW) == []
    end()
    assert watched(NOW + HOUR) == [f"Rollcall: over: {title}"]
    assert watched(NOW + HOUR) == []
    assert set(Alert.objects.values_list("kind", flat=True)) == {kind}


def test_the_mail_says_what_to_do_and_where(account: Account, head: User) -> None:
    run = failed(account, "TIMED_OUT", at=NOW)
    watched(NOW)
    [message] = mail.outbox
    assert message.to == ["head@example.org"]
    assert "The latest sync of university failed (TIMED_OUT)." in message.body
    assert f"https://rollcall.example.edu/runs/{run.pk}/" in message.body
    assert "Fri 20 Feb 2026, 12:00 (UTC)" in message.body
    assert "{{" not in message.body
    assert "&#" not in message.body


def test_times_are_in_the_zone_of_who_reads(account: Account, head: User) -> None:
    User.objects.update(time_zone="Asia/Tokyo")
    failed(account, at=NOW)
    watched(NOW)
    assert "Fri 20 Feb 2026, 21:00 (Asia/Tokyo)" in mail.outbox[0].body


def test_without_the_sites_address_the_page_is_named(
    account: Account, head: User, settings: Settings
) -> None:
    settings.SITE_URL = ""
    run = failed(account, at=NOW)
    watched(NOW)
    assert f"The page: /runs/{run.pk}/" in mail.outbox[0].body


def test_mails_hold_no_secret_and_no_text_of_kalturas(account: Account, head: User) -> None:
    run = failed(account, at=NOW)
    Run.objects.filter(pk=run.pk).update(error="Amara Okafor djJ8MTAx")
    Account.objects.update(secret="an admin secret")
    watched(NOW)
    text = mail.outbox[0].subject + mail.outbox[0].body
    for word in ("Amara", "djJ8", "an admin secret"):
        assert word not in text


def test_only_active_administrators_with_an_address_are_told(account: Account) -> None:
    make.teacher()
    make.administrator("gone", is_active=False)
    make.administrator("silent")
    User.objects.filter(username="silent").update(email="")
    failed(account, at=NOW)
    assert watched(NOW) == []
    make.administrator("late")
    assert watched(NOW + AGAIN_AFTER) == ["Rollcall: Sync failed: university"]
    assert mail.outbox[0].to == ["late@example.org"]


def test_its_end_is_told_to_who_heard_of_it(account: Account, head: User) -> None:
    failed(account, at=NOW)
    watched(NOW)
    make.administrator("newcomer")
    went_well(account, NOW + HOUR)
    watched(NOW + HOUR)
    assert [message.to for message in mail.outbox] == [["head@example.org"]] * 2


def test_what_was_over_before_anybody_heard_of_it_is_told_to_nobody(account: Account) -> None:
    failed(account, at=NOW)
    look(NOW)
    went_well(account, NOW + HOUR)
    make.administrator("head")
    assert watched(NOW + HOUR) == []


def test_a_name_with_a_line_break_makes_no_other_header(account: Account, head: User) -> None:
    Account.objects.update(name="university\nBcc: x@example.org")
    failed(account, at=NOW)
    assert watched(NOW) == ["Rollcall: Sync failed: university Bcc: x@example.org"]


class Server:
    """A mail server that fails as it is told."""

    def __init__(self, *failures: BaseException | None) -> None:
        self.failures = list(failures)
        self.taken: list[str] = []

    def send(self, subject: str, text: str, sender: None, to: list[str]) -> int:
        failure = self.failures.pop(0) if self.failures else None
        if failure:
            raise failure
        self.taken += to
        return 1


def test_a_mail_server_that_is_away_is_tried_again_later(
    account: Account, head: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(OSError("away"), SMTPServerDisconnected("gone"))
    monkeypatch.setattr(alert_mail, "send_mail", server.send)
    failed(account, at=NOW)
    watched(NOW)
    watched(NOW + timedelta(minutes=1))  # not at once
    assert (server.taken, len(server.failures)) == ([], 1)
    watched(NOW + AGAIN_AFTER)
    watched(NOW + 2 * AGAIN_AFTER)
    watched(NOW + 3 * AGAIN_AFTER)
    assert server.taken == ["head@example.org"]


def test_who_was_told_is_not_told_again_because_of_others(
    account: Account, head: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.administrator("second")
    make.administrator("third")
    server = Server(None, SMTPRecipientsRefused({}), None)
    monkeypatch.setattr(alert_mail, "send_mail", server.send)
    failed(account, at=NOW)
    watched(NOW)
    assert server.taken == ["head@example.org", "third@example.org"]
    watched(NOW + AGAIN_AFTER)
    assert server.taken[2:] == ["second@example.org"]
    watched(NOW + 2 * AGAIN_AFTER)
    assert len(server.taken) == 3


@pytest.mark.django_db(transaction=True)
def test_processes_that_look_at_once_open_and_mail_once(settings: Settings) -> None:
    account = make.account()
    make.administrator("head")
    failed(account, at=NOW)
    others = [make.account(f"other {n}") for n in range(3)]
    for other in others:
        failed(other, at=NOW)
    start = threading.Barrier(4)
    broken: list[BaseException] = []

    def process() -> None:
        try:
            start.wait()
            look(NOW)
            mail_alerts(NOW)
        except BaseException as error:  # noqa: BLE001 — told by the assertion below
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=process) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    assert Alert.objects.count() == 4
    subjects = [message.subject for message in mail.outbox]
    assert len(subjects) == len(set(subjects)) == 4
