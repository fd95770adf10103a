"""The list of all syncs: which are in it, in which order, and how far each is."""

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import Account, Run
from tests import factories
from tests.views.test_runs import account, half_done, run_url

__all__ = ["account"]


def runs_url(**query: object) -> str:
    return reverse("reports:runs") + "?" + urlencode(query)


def test_the_list_holds_all_accounts_runs_the_newest_first(
    administrator: Client, account: Account
) -> None:
    half_done(account)
    other = factories.account("academy <b>")
    factories.run(other, kind="nightly", state="done", session_count=12)
    page = administrator.get(runs_url()).content.decode()
    assert page.index("academy &lt;b&gt;") < page.index(f">{account.name}<")
    assert "1 of 3" in page
    assert "every night" in page
    assert "1–2 of 2" in page


def test_the_list_is_narrowed_by_state_and_account(administrator: Client, account: Account) -> None:
    going_on = [factories.run(account), factories.run(account, state="running")]
    failed = factories.run(factories.account("academy"), state="failed")

    def listed(**query: object) -> set[Run]:
        page = administrator.get(runs_url(**query)).content.decode()
        return {run for run in Run.objects.all() if f'href="{run_url(run)}"' in page}

    assert listed(state="going-on") == set(going_on)
    assert listed(state="failed") == listed(account=failed.account_id) == {failed}
    assert listed(state="failed", account=account.pk) == set()
    assert "There is no such sync" in administrator.get(runs_url(state="done")).content.decode()


@pytest.mark.parametrize("query", [{"state": "sleeping"}, {"page": "0"}, {"account": "x"}])
def test_a_bad_address_of_the_list_is_400_with_the_form(
    administrator: Client, query: dict[str, str]
) -> None:
    answer = administrator.get(runs_url(**query))
    assert answer.status_code == 400
    assert 'name="state"' in answer.content.decode()


def test_an_account_that_there_is_not_is_404(administrator: Client) -> None:
    assert administrator.get(runs_url(account=4711)).status_code == 404


def test_an_empty_list_says_what_comes_next(administrator: Client) -> None:
    assert "Connect Kaltura" in administrator.get(runs_url()).content.decode()
    factories.account()
    assert "Kaltura has not been asked yet" in administrator.get(runs_url()).content.decode()


@pytest.mark.parametrize("count", [3, 60])
def test_the_list_is_paged_and_its_queries_do_not_grow(
    administrator: Client,
    account: Account,
    count: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(count):
        factories.run(account)
    with django_assert_max_num_queries(6):
        page = administrator.get(runs_url()).content.decode()
    assert page.count('<th scope="row"') == min(count, 50)
    assert ("page=2" in page) is (count > 50)
