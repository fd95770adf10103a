"""What a load balancer is told."""

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from reports.models import Account, Alert, Run
from reports.views import health
from tests import factories
from tests.factories import START


def test_a_process_that_answers_is_alive_without_a_database(client: Client) -> None:
    answer = client.get("/healthz")  # no database mark: a query would fail here
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_a_migrated_database_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready\n")


@pytest.mark.django_db
def test_a_pending_migration_is_not_ready(client: Client) -> None:
    MigrationRecorder(connection).migration_qs.filter(app="reports").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert b"migrations" in answer.content


@pytest.mark.django_db
def test_a_database_that_is_away_is_not_ready(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise DatabaseError("gone: password=hunter2")

    monkeypatch.setattr(health, "MigrationExecutor", fail)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert b"hunter2" not in answer.content


@pytest.mark.django_db
def test_health_pages_only_read(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405


@pytest.mark.django_db
def test_alerts_are_lines_and_no_reason_to_take_pages_away(client: Client) -> None:
    for name in ("university", "academy"):
        Alert.objects.create(
            kind="run_failed", account=factories.account(name), opened_at=timezone.now()
        )
    Alert.objects.create(kind="days_failed", opened_at=START, closed_at=START)
    waiting = factories.run(Account.objects.get(name="academy"))
    Run.objects.filter(pk=waiting.pk).update(requested_at=START)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.content == b"ready\ndegraded: run_failed (2)\ndegraded: worker_gone (1)\n"
