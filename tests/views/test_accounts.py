"""The pages of accounts, apart from connecting."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import Account
from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from tests import factories
from tests.views.conftest import Seen

ONE = ["account", "account-credentials", "account-delete"]
POSTED = ["account-check", "account-sync", "account-delete", "account-credentials"]


def test_the_list_says_what_is_known_of_each_account(administrator: Client, seen: Seen) -> None:
    ends = datetime(2030, 5, 6, 7, 8, tzinfo=UTC)
    factories.account("pasted", sign_in="ks", ks_expires_at=ends)
    factories.run(seen.account, state="done")
    page = administrator.get(reverse("reports:accounts")).content.decode()
    for text in ("university", "1000", "Administrator secret", "ends Mon 6 May 2030, 07:08"):
        assert text in page
    assert "nothing synced yet" in page
    assert "missing" in page  # the days since
    assert "complete" in page


def test_no_account_leads_to_connecting(administrator: Client) -> None:
    page = administrator.get(reverse("reports:accounts")).content.decode()
    assert "No Kaltura account is connected yet" in page


@pytest.mark.parametrize("view", ONE)
def test_one_account_is_for_administrators(
    client: Client,
    administrator: Client,
    outsider: Client,
    teacher: Client,
    seen: Seen,
    view: str,
) -> None:
    url = reverse(f"reports:{view}", args=[seen.account.pk])
    assert administrator.get(url).status_code == 200
    assert client.get(url).status_code == 302
    assert outsider.get(url).status_code == 404
    assert teacher.get(url).status_code == 404
    assert administrator.get(reverse(f"reports:{view}", args=[999])).status_code == 404


@pytest.mark.parametrize("view", POSTED)
def test_others_change_nothing(
    client: Client, outsider: Client, teacher: Client, seen: Seen, view: str
) -> None:
    url = reverse(f"reports:{view}", args=[seen.account.pk])
    assert client.post(url, {"name": seen.account.name}).status_code == 302
    for somebody in (outsider, teacher):
        assert somebody.post(url, {"name": seen.account.name}).status_code == 404
    assert Account.objects.filter(pk=seen.account.pk).exists()
    assert not seen.account.runs.exists()


def test_get_writes_nothing(administrator: Client, seen: Seen) -> None:
    for view in ("account-check", "account-sync"):
        url = reverse(f"reports:{view}", args=[seen.account.pk])
        assert administrator.get(url).status_code == 405


def test_the_secret_is_never_shown(administrator: Client, seen: Seen) -> None:
    for view in ONE:
        page = administrator.get(reverse(f"reports:{view}", args=[seen.account.pk]))
        assert seen.account.secret not in page.content.decode()


def test_checking_says_what_kaltura_says(administrator: Client, simulator: Simulator) -> None:
    account = factories.account(
        endpoint="simulator",
        partner_id=DEFAULT_ACCOUNT.partner_id,
        secret=DEFAULT_ACCOUNT.admin_secret,
    )
    url = reverse("reports:account-check", args=[account.pk])
    page = administrator.post(url, follow=True).content.decode()
    assert "Kaltura accepts this sign-in" in page
    account.refresh_from_db()
    assert account.checked_at is not None

    account.secret = "a wrong one"
    account.save()
    page = administrator.post(url, follow=True).content.decode()
    assert "Kaltura refused the partner id and admin secret." in page


def test_an_endpoint_that_left_the_settings_is_named(
    administrator: Client, simulator: Simulator
) -> None:
    account = factories.account(endpoint="gone")
    page = administrator.get(reverse("reports:account", args=[account.pk])).content.decode()
    assert "“gone” is no longer in the setting KALTURA_ENDPOINTS" in page
    url = reverse("reports:account-check", args=[account.pk])
    page = administrator.post(url, follow=True).content.decode()
    assert "There is no endpoint named “gone”" in page


@pytest.mark.parametrize("more", [0, 8])
def test_the_number_of_queries_of_one_account_does_not_grow(
    administrator: Client,
    seen: Seen,
    more: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(more):
        factories.run(seen.account)
    with django_assert_max_num_queries(9):
        administrator.get(reverse("reports:account", args=[seen.account.pk]))


@pytest.mark.parametrize("more", [0, 20])
def test_the_number_of_queries_of_the_list_depends_on_the_accounts_alone(
    administrator: Client,
    seen: Seen,
    more: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    factories.account("second")
    for _ in range(more):
        factories.run(seen.account)
    with django_assert_max_num_queries(10):  # two of them for each account's freshness
        administrator.get(reverse("reports:accounts"))
