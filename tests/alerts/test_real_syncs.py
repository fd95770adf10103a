"""Alerts of real syncs against the simulator, from the failure to its end."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from reports.alerts.watch import watch
from reports.models import Account, Alert, RunState, Tile
from reports.queries.coverage import DayState, coverages, ranges
from reports.simulator.server import Simulator
from reports.sync.again import ask_days_again
from reports.sync.run import do_run
from tests import factories as make
from tests.sync.conftest import account, running, simulator
from tests.sync.small import ADA, figures, one_lesson, seen, sync
from tests.sync.worlds import BASE, DAY, at, client_of

__all__ = ["account", "running", "simulator"]


@pytest.fixture(autouse=True)
def head(db: None) -> None:
    make.administrator("head")


def subjects() -> list[str]:
    """Return what a look mails."""
    before = len(mail.outbox)
    watch()
    return [message.subject.removeprefix("Rollcall: ") for message in mail.outbox[before:]]


def test_a_refused_secret_is_told_until_kaltura_accepts_one(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(seen(ADA))
    good = account.secret
    account.secret = "not the secret"
    account.save()
    assert sync(account).state == RunState.FAILED
    assert subjects() == [f"Kaltura refuses the sign-in: {account}"]
    account.secret, account.checked_at = good, timezone.now()
    account.save()
    assert subjects() == [f"over: Kaltura refuses the sign-in: {account}"]
    assert sync(account).state == RunState.DONE
    assert subjects() == []


def test_a_server_that_is_away_is_told_and_a_resumed_run_ends_it(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(seen(ADA))
    simulator.faults.add("html_200")
    assert sync(account).state == RunState.FAILED
    assert subjects() == [f"Sync failed: {account}"]
    assert sync(account).state == RunState.FAILED  # the same run, once more
    assert subjects() == []
    simulator.faults.clear()
    assert sync(account).state == RunState.DONE
    assert subjects() == [f"over: Sync failed: {account}"]


def test_days_that_failed_are_told_and_asked_again_till_they_are_here(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(seen(ADA))
    sync(account, BASE, BASE + 3 * DAY)
    Tile.objects.filter(start_at=at(BASE)).update(failed_at=timezone.now(), asked_at=None)
    assert subjects() == [f"Days that could not be asked: {account}"]
    [coverage] = coverages([account], at(BASE + 3 * DAY) - timedelta(hours=1))
    [days] = ranges(coverage.of(DayState.FAILED))
    [run] = ask_days_again(account, [days])
    assert subjects() == []  # asked for, and not here yet
    simulator.forget_requests()
    do_run(run, client_of(account))
    assert subjects() == [f"over: Days that could not be asked: {account}"]
    assert figures()[0] == 1
    [coverage] = coverages([account], at(BASE + 3 * DAY) - timedelta(hours=1))
    assert set(coverage.days.values()) == {DayState.SETTLED}
    assert Alert.objects.open().count() == 0
