"""Runs with how far they are."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from reports.models import RunTile, TileState
from reports.queries.runs import latest_run_of_each, latest_runs, run_progress
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
