"""`health`: what it prints, how it ends, and that it writes only when it is told to mail."""

import json
from collections.abc import Callable

import pytest
from django.core import mail
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from reports.management.commands import health
from reports.models import Alert
from tests import factories as make
from tests.alerts.test_conditions import failed, went_well
from tests.commands.conftest import Ran

RunCommand = Callable[..., Ran]
pytestmark = pytest.mark.django_db


def test_all_is_well(run: RunCommand) -> None:
    make.administrator()
    assert run("health") == Ran("All is well.\n", "", 0)


def test_a_problem_says_what_to_do_and_ends_with_one(run: RunCommand, settings: Settings) -> None:
    settings.SITE_URL = "https://rollcall.example.edu"
    broken = failed(make.account())
    ran = run("health")
    assert ran.code == 1
    assert ran.output.startswith("Sync failed: university\n")
    assert "failed (TIMED_OUT)." in ran.output
    assert f"https://rollcall.example.edu/runs/{broken.pk}/" in ran.output
    assert "No administrator has an e-mail address" in ran.errors


def test_without_mail_nothing_is_written(run: RunCommand) -> None:
    make.administrator()
    failed(make.account())
    run("health")
    assert not Alert.objects.exists()
    assert not mail.outbox


def test_with_mail_it_does_what_a_worker_would(run: RunCommand) -> None:
    make.administrator()
    account = make.account()
    failed(account)
    assert run("health", "--mail").code == 1
    assert run("health", "--mail").code == 1
    assert [message.subject for message in mail.outbox] == ["Rollcall: Sync failed: university"]
    went_well(account, Alert.objects.get().opened_at)
    went_well(account, Alert.objects.get().opened_at.replace(year=2099))
    assert run("health", "--mail").code == 0
    assert len(mail.outbox) == 2


def test_programs_read_json(run: RunCommand) -> None:
    make.administrator()
    assert json.loads(run("health", "--json").output) == {
        "status": "well",
        "reason": "",
        "alerts": [],
    }
    failed(make.account())
    ran = run("health", "--json")
    told = json.loads(ran.output)
    assert (ran.code, told["status"]) == (1, "problems")
    [alert] = told["alerts"]
    assert (alert["kind"], alert["account"]) == ("run_failed", "university")
    assert alert["opened_at"].endswith("Z")


@pytest.mark.parametrize("words", [(), ("--json",), ("--mail",)])
def test_a_database_that_is_away_can_not_be_told(
    run: RunCommand, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    def fail(_: object) -> None:
        raise DatabaseError("gone: password=hunter2")

    monkeypatch.setattr(health, "MigrationExecutor", fail)
    ran = run("health", *words)
    assert ran.code == 2
    assert "doesn't answer" in ran.output + ran.errors
    assert "hunter2" not in ran.output + ran.errors


def test_pending_migrations_can_not_be_told(run: RunCommand) -> None:
    MigrationRecorder(connection).migration_qs.filter(app="reports").delete()
    ran = run("health")
    assert (ran.code, ran.output) == (2, "")
    assert "migrate" in ran.errors
