"""Asking Kaltura from a page: the order, the run's page, and how its end is told."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import AccessLogEntry, Account, Run, RunState
from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from reports.sync.connection import client_for
from reports.sync.run import do_run
from tests import factories
from tests.views.conftest import Seen, enabled

DAYS = {"from_on": "2026-01-12", "to_on": "2026-01-13"}


@pytest.fixture
def account(db: None, simulator: Simulator) -> Account:
    return factories.account(
        endpoint="simulator",
        partner_id=DEFAULT_ACCOUNT.partner_id,
        secret=DEFAULT_ACCOUNT.admin_secret,
    )


def sync_url(account: Account) -> str:
    return reverse("reports:account-sync", args=[account.pk])


def run_url(run: Run, view: str = "run") -> str:
    return reverse(f"reports:{view}", args=[run.pk])


def test_the_order_makes_a_run_of_whole_utc_days(administrator: Client, account: Account) -> None:
    answer = administrator.post(sync_url(account), DAYS)
    run = Run.objects.get()
    assert answer.headers["Location"] == run_url(run)
    assert (run.from_at, run.to_at) == (
        datetime(2026, 1, 12, tzinfo=UTC),
        datetime(2026, 1, 14, tzinfo=UTC),
    )
    assert run.run_tiles.count() == 2
    assert run.requested_by is not None
    assert AccessLogEntry.objects.get().action == "synced"


def test_a_double_submit_gives_the_same_run(administrator: Client, account: Account) -> None:
    first = administrator.post(sync_url(account), DAYS)
    second = administrator.post(sync_url(account), DAYS, follow=True)
    assert second.redirect_chain[0][0] == first.headers["Location"]
    assert Run.objects.count() == 1
    assert "asked for already" in second.content.decode()
    assert AccessLogEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"from_on": "2026-01-14"}, "The range ends before it starts."),
        ({"from_on": "12/01/2026"}, "Enter a day such as 2026-01-31."),
        ({"from_on": ""}, "Enter a day such as 2026-01-31."),
        ({"from_on": "1_abc;1_def"}, "Enter a day such as 2026-01-31."),
        ({"from_on": "2016-01-01"}, "at most five years at once"),
        ({"from_on": "2026-01-31", "to_on": "2026-02-01"}, "This day has not come yet."),
    ],
)
@time_machine.travel("2026-01-30 12:00:00+00:00", tick=False)
def test_a_range_that_cannot_be_asked_for_gets_400_on_the_same_form(
    administrator: Client, account: Account, changes: dict[str, str], sentence: str
) -> None:
    answer = administrator.post(sync_url(account), DAYS | changes)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert sentence in page
    assert f'value="{(DAYS | changes)["from_on"]}"' in page or not changes["from_on"]
    assert account.name in page
    assert not Run.objects.exists()


def test_an_unfinished_run_keeps_itself_fresh(administrator: Client, account: Account) -> None:
    administrator.post(sync_url(account), DAYS)
    run = Run.objects.get()
    page = administrator.get(run_url(run)).content.decode()
    assert f'hx-get="{run_url(run, "run-results")}"' in page
    assert 'hx-trigger="every 2s"' in page
    assert "htmx" in page
    assert "0 of 2 days" in page
    part = administrator.get(run_url(run, "run-results")).content.decode()
    assert "<html" not in part
    assert "0 of 2 days" in part
    assert f'href="{run_url(run)}"' in part  # to reload without script


def test_a_run_that_nobody_works_on_says_so(administrator: Client, account: Account) -> None:
    with time_machine.travel("2026-01-30 12:00:00+00:00", tick=False):
        administrator.post(sync_url(account), DAYS)
        assert "No worker" not in administrator.get(run_url(Run.objects.get())).content.decode()
    with time_machine.travel("2026-01-30 12:01:00+00:00", tick=False):
        assert "No worker" in administrator.get(run_url(Run.objects.get())).content.decode()


def test_a_finished_run_shows_its_counts_and_stops_asking(
    administrator: Client, account: Account
) -> None:
    administrator.post(sync_url(account), DAYS)
    run = do_run(Run.objects.get(), client_for(account))
    assert run.state == RunState.DONE
    page = administrator.get(run_url(run)).content.decode()
    assert "2 of 2 days" in page
    assert "hx-get" not in page
    assert "See these sessions" in page
    assert "Ask Kaltura again for all its days" in page
    assert "Go on with the days that are left" not in page
    assert "Cancel this sync" not in page


def test_a_report_that_is_not_enabled_is_told_on_the_runs_page(
    administrator: Client, account: Account, simulator: Simulator
) -> None:
    enabled(simulator, account.partner_id)
    administrator.post(sync_url(account), DAYS)
    run = do_run(Run.objects.get(), client_for(account))
    assert run.state == RunState.FAILED
    page = administrator.get(run_url(run)).content.decode()
    assert "This report is not enabled for the Kaltura account." in page
    assert "Ask Kaltura again" in page
    administrator.post(sync_url(account), DAYS)
    run.refresh_from_db()
    assert run.state == RunState.WAITING  # the same run goes on


def test_gaps_are_sentences(administrator: Client, account: Account) -> None:
    run = factories.run(account, state="gaps", gaps=["1 day <b>missing</b>."], session_count=0)
    page = administrator.get(run_url(run)).content.decode()
    assert "What is missing" in page
    assert "1 day &lt;b&gt;missing&lt;/b&gt;." in page


@pytest.mark.parametrize("view", ["run", "run-results"])
def test_runs_are_for_administrators(
    client: Client, outsider: Client, teacher: Client, seen: Seen, view: str
) -> None:
    run = factories.run(seen.account)
    assert client.get(run_url(run, view)).status_code == 302
    assert outsider.get(run_url(run, view)).status_code == 404
    assert teacher.get(run_url(run, view)).status_code == 404
    administrator = Client()
    administrator.force_login(factories.administrator())
    assert administrator.get(reverse(f"reports:{view}", args=[run.pk + 1])).status_code == 404


def test_the_run_s_page_needs_few_queries(
    administrator: Client, account: Account, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    administrator.post(sync_url(account), DAYS)
    url = run_url(Run.objects.get(), "run-results")
    with django_assert_max_num_queries(8):
        administrator.get(url)
