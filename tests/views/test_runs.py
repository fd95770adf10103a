"""Asking Kaltura from a page: the order, the run's page, and how its end is told."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from reports.models import (
    AccessLogEntry,
    Account,
    Finding,
    FindingKind,
    Run,
    RunState,
    RunTile,
    Schedule,
    Tile,
    TileState,
    Worker,
)
from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from reports.sync.connection import client_for
from reports.sync.run import do_run
from reports.sync.schedule import plan_backfill, plan_due
from tests import factories
from tests.factories import START
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
        alive_worker()
        assert "No worker" not in administrator.get(run_url(Run.objects.get())).content.decode()


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


# While it goes on, and afterwards ---------------------------------------------------------------


def half_done(account: Account) -> Run:
    """A run of three days: one is done, one failed, one is being asked for."""
    run = factories.run(account, state="running", to_at=START + timedelta(days=2, hours=15))
    for day, state in enumerate([TileState.DONE, TileState.FAILED, TileState.WAITING]):
        tile = factories.tile(account, START + timedelta(days=day))
        failed = {"error": "Kaltura <b>broke</b> off."}
        RunTile.objects.create(
            run=run,
            tile=tile,
            state=state,
            tries=1,
            row_count=1234 if state == TileState.DONE else None,
            **failed if state == TileState.FAILED else {},
        )
    until = timezone.now() + timedelta(minutes=1)
    Tile.objects.filter(pk=tile.pk).update(lease_owner="host:77:ab12cd34", lease_until=until)
    done = run.run_tiles.get(state=TileState.DONE).tile
    for rows in (3, 4):
        Finding.objects.create(
            account=account, tile=done, run=run, kind=FindingKind.PLACEHOLDER, row_count=rows
        )
    return run


def alive_worker() -> Worker:
    return Worker.objects.create(name="host:77:ab12cd34", host="host", pid=77)


def test_a_run_that_goes_on_says_how_far_it_is_who_is_at_it_and_what_failed(
    administrator: Client, account: Account
) -> None:
    alive_worker()
    page = administrator.get(run_url(half_done(account))).content.decode()
    assert "1 of 3 days" in page
    assert "1 failed" in page
    assert "by host:77" in page
    assert "ab12cd34" not in page
    assert "1,234" in page  # lines from Kaltura
    assert re.search(r"<dt>Findings</dt><dd[^>]*>7 <", page)
    assert "Kaltura &lt;b&gt;broke&lt;/b&gt; off." in page
    assert "a person asked" in page
    assert "first: somebody waits for it" in page
    assert "No worker is running" not in page
    assert "Cancel this sync" in page


def test_every_row_of_the_facts_is_there_from_the_beginning_so_that_nothing_jumps(
    administrator: Client, account: Account
) -> None:
    fresh, running = factories.run(account), half_done(account)
    ended = factories.run(account, state="done", session_count=1, finding_count=2)
    rows = [
        re.findall(r"<dt>(.*?)</dt>", administrator.get(run_url(run)).content.decode())
        for run in (fresh, running, ended)
    ]
    assert rows[0] == rows[1] == rows[2]


def test_cancelling_ends_a_run_and_says_who_did_it(administrator: Client, account: Account) -> None:
    run = half_done(account)
    answer = administrator.post(run_url(run, "run-cancel"), follow=True)
    assert answer.redirect_chain == [(run_url(run), 302)]
    page = answer.content.decode()
    assert "Cancelled. What is here by now stays." in page
    assert "by administrator" in page
    assert "hx-get" not in page
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert AccessLogEntry.objects.get().action == "cancelled"
    again = administrator.post(run_url(run, "run-cancel"), follow=True)
    assert "It had ended already." in again.content.decode()
    assert AccessLogEntry.objects.count() == 1


def test_cancelling_a_backfill_ends_what_is_still_to_be_planned(
    administrator: Client, account: Account
) -> None:
    schedule = Schedule.objects.create(account=account, backfill_from_on=date(2026, 1, 1))
    run = plan_backfill(schedule, timezone.now())
    assert run is not None
    page = administrator.post(run_url(run, "run-cancel"), follow=True).content.decode()
    assert "Older days will not be asked for either" in page
    assert plan_due() == []


@pytest.mark.parametrize("state", ["failed", "cancelled", "gaps"])
def test_resuming_puts_back_what_failed_and_keeps_what_is_done(
    administrator: Client, account: Account, state: str
) -> None:
    run = half_done(account)
    Run.objects.update(state=state, error="no", gaps=["gap"], finished_at=timezone.now())
    assert "Go on with the days that are left" in administrator.get(run_url(run)).content.decode()
    page = administrator.post(run_url(run, "run-resume"), follow=True).content.decode()
    assert "It goes on with the days that are left." in page
    run.refresh_from_db()
    assert (run.state, run.error, run.gaps, run.finished_at) == (RunState.WAITING, "", [], None)
    states = list(run.run_tiles.order_by("tile__start_at").values_list("state", "tries"))
    assert states == [("done", 1), ("waiting", 0), ("waiting", 1)]
    assert AccessLogEntry.objects.get().action == "resumed"
    twice = administrator.post(run_url(run, "run-resume"), follow=True).content.decode()
    assert "It goes on already." in twice


@pytest.mark.parametrize("state", ["done", "gaps"])
def test_a_run_of_which_nothing_is_left_is_not_resumed(
    administrator: Client, account: Account, state: str
) -> None:
    run = factories.run(account, state=state)
    page = administrator.post(run_url(run, "run-resume"), follow=True).content.decode()
    assert "Nothing of it is left to be asked." in page
    assert Run.objects.get().state == state


def test_asking_again_makes_a_run_of_its_own_for_all_the_days(
    administrator: Client, account: Account
) -> None:
    administrator.post(sync_url(account), DAYS)
    run = do_run(Run.objects.get(), client_for(account))
    answer = administrator.post(run_url(run, "run-again"), follow=True)
    second = Run.objects.exclude(pk=run.pk).get()
    assert answer.redirect_chain == [(run_url(second), 302)]
    assert (second.from_at, second.to_at) == (run.from_at, run.to_at)
    assert set(second.run_tiles.values_list("state", flat=True)) == {"waiting"}
    assert second.requested_by is not None
    twice = administrator.post(run_url(run, "run-again"), follow=True)
    assert twice.redirect_chain == [(run_url(second), 302)]
    assert "being asked for already" in twice.content.decode()
    done = do_run(second, client_for(account))
    assert done.run_tiles.exclude(row_count=None).count() == 2  # asked in earnest


def test_asking_again_after_a_failure_begins_anew_too(
    administrator: Client, account: Account
) -> None:
    run = half_done(account)
    Run.objects.update(state="failed")
    administrator.post(run_url(run, "run-again"))
    assert Run.objects.count() == 2


@pytest.mark.parametrize("view", ["run-cancel", "run-resume", "run-again"])
def test_changing_a_run_is_for_administrators_and_posts(
    administrator: Client, teacher: Client, seen: Seen, view: str
) -> None:
    run = factories.run(seen.account)
    assert teacher.post(run_url(run, view)).status_code == 404
    assert administrator.get(run_url(run, view)).status_code == 405
    assert administrator.post(reverse(f"reports:{view}", args=[run.pk + 1])).status_code == 404
    assert list(Run.objects.values_list("state", flat=True)) == [RunState.WAITING]
