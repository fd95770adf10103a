"""Runs with how far they are."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from reports.models import Finding, FindingKind, Run, RunTile, Tile, TileState, Worker
from reports.queries.runs import (
    GOING_ON,
    SHOWN_FAILED,
    FailedDay,
    InHand,
    latest_run_of_each,
    latest_runs,
    matching_runs,
    page_of_runs,
    run_detail,
    run_progress,
)
from tests import factories as make
from tests.factories import START

pytestmark = pytest.mark.django_db


def test_progress_counts_tiles_by_state(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    account = make.account()
    run = make.run(account)
    assert run_progress(run).share_done is None
    states = [TileState.DONE, TileState.DONE, TileState.FAILED, TileState.WAITING]
    for day, state in enumerate(states):
        tile = make.tile(account, START + day * timedelta(days=1))
        RunTile.objects.create(run=run, tile=tile, state=state)
    with django_assert_num_queries(1):
        found = run_progress(run)
    assert (found.wanted, found.done, found.failed, found.waiting) == (4, 2, 1, 1)
    assert found.share_done == 0.75


def test_the_latest_runs_come_first_and_only_those_of_the_account(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    account, other = make.account(), make.account("other")
    runs = [make.run(account) for _ in range(3)]
    others = make.run(other)
    with django_assert_num_queries(1):
        assert [line.run for line in latest_runs(account, 2)] == [runs[2], runs[1]]
    newest = latest_run_of_each([account, other, make.account("without runs")])
    assert {pk: line.run for pk, line in newest.items()} == {
        account.pk: runs[2],
        other.pk: others,
    }


def test_one_run_in_detail(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    account = make.account()
    run = make.run(account, state="running", lease_owner="host:9:aa", lease_until=timezone.now())
    days = [START + n * timedelta(days=1) for n in range(4)]
    states = [TileState.DONE, TileState.FAILED, TileState.WAITING, TileState.WAITING]
    for start, state, rows in zip(days, states, (100, None, None, 7), strict=True):
        tile = make.tile(account, start)
        RunTile.objects.create(
            run=run, tile=tile, state=state, error="broke", row_count=rows, tries=1
        )
        Finding.objects.create(account=account, tile=tile, kind=FindingKind.PLACEHOLDER)
    until = timezone.now() + timedelta(minutes=1)
    Tile.objects.filter(pk=tile.pk).update(lease_owner="a.host:12:ab", lease_until=until)
    Worker.objects.create(name="a.host:12:ab", host="a.host", pid=12)
    with django_assert_num_queries(5):
        found = run_detail(run)
    midnight = {"hour": 0, "minute": 0}
    assert found.progress.row_count == 107
    assert found.finding_count == 1  # of the days that are done
    assert found.in_hand == (InHand(days[3].replace(**midnight), "a.host:12"),)
    assert found.failed_days == (FailedDay(days[1].replace(**midnight), "broke", 1),)
    assert found.closed_by == ""  # that lease has ended
    assert found.is_worker_alive


def test_a_run_with_many_failed_days_names_the_newest() -> None:
    account = make.account()
    run = make.run(account, state="failed")
    for n in range(SHOWN_FAILED + 5):
        tile = make.tile(account, START + n * timedelta(days=1))
        RunTile.objects.create(run=run, tile=tile, state=TileState.FAILED, error="no")
    found = run_detail(run)
    assert len(found.failed_days) == SHOWN_FAILED
    assert found.failed_days[0].start_at.date() == (START + timedelta(days=34)).date()
    assert found.progress.failed == SHOWN_FAILED + 5


def test_runs_are_matched_by_account_and_state_and_paged(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    account, other = make.account(), make.account("other")
    made = {
        state: make.run(account, state=state) for state in ("waiting", "running", "done", "failed")
    }
    others = make.run(other, state="done")
    assert set(matching_runs([account, other])) == {*made.values(), others}
    assert set(matching_runs([account], GOING_ON)) == {made["waiting"], made["running"]}
    assert set(matching_runs([account, other], "done")) == {made["done"], others}
    with django_assert_num_queries(1):
        page = page_of_runs(matching_runs([account, other]), 1, 2)
    assert [line.run for line in page] == list(Run.objects.order_by("-requested_at", "-pk"))[1:3]
