"""An account's schedule: what the account's page proposes, the form, and what it sets off."""

from datetime import UTC, date, datetime, time

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from reports.models import (
    AccessLogEntry,
    Account,
    RetentionPolicy,
    Run,
    RunKind,
    RunState,
    Schedule,
    ScheduleKind,
    SignInMethod,
)
from tests import factories
from tests.views.conftest import Seen

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 14, 20, tzinfo=UTC)
GOOD = {
    "kind": "nightly",
    "at": "02:30",
    "zone": "Europe/Berlin",
    "parallel_calls": "3",
    "backfill_from_on": "2026-01-01",
}


@pytest.fixture(autouse=True)
def at_now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def account() -> Account:
    return factories.account()


def url_of(account: Account) -> str:
    return reverse("reports:account-schedule", args=[account.pk])


def page_of(client: Client, account: Account) -> str:
    return client.get(reverse("reports:account", args=[account.pk])).content.decode()


def test_the_account_proposes_every_night_and_older_days_and_one_click_does_it(
    administrator: Client, account: Account
) -> None:
    page = page_of(administrator, account)
    assert "Ask Kaltura every night at 03:30 (UTC)" in page
    assert 'value="2025-03-01"' in page
    proposed = {
        "kind": "nightly",
        "at": "03:30",
        "zone": "UTC",
        "parallel_calls": "2",
        "backfill_from_on": "2025-03-01",
    }
    for name, value in proposed.items():
        assert f'name="{name}"' in page
        assert f'value="{value}"' in page
    answer = administrator.post(url_of(account), proposed, follow=True)
    assert "Kaltura is being asked already." in answer.content.decode()
    kinds = list(Run.objects.order_by("kind").values_list("kind", flat=True))
    assert kinds == [RunKind.BACKFILL, RunKind.NIGHTLY]
    after = page_of(administrator, account)
    assert "every night at 03:30 (UTC)" in after
    assert "next Wed 11 Mar, 03:30" in after
    assert "everything since 1 Mar 2025" in after
    assert "Sun 8 Feb to Tue 10 Mar is under way" in after


def test_the_form_stores_what_was_chosen_and_leaves_a_line_in_the_log(
    administrator: Client, account: Account
) -> None:
    answer = administrator.post(url_of(account), GOOD)
    assert answer.headers["Location"] == reverse("reports:account", args=[account.pk])
    schedule = Schedule.objects.get()
    assert (schedule.kind, schedule.at, schedule.zone) == (
        ScheduleKind.NIGHTLY,
        time(2, 30),
        "Europe/Berlin",
    )
    assert (schedule.parallel_calls, schedule.backfill_from_on) == (3, date(2026, 1, 1))
    entry = AccessLogEntry.objects.get()
    assert (entry.action, entry.detail["kind"]) == ("scheduled", "nightly")
    page = administrator.get(url_of(account)).content.decode()
    assert 'value="02:30"' in page
    assert 'value="2026-01-01"' in page
    assert 'value="Europe/Berlin"' in page


def test_a_second_submit_changes_and_asks_nothing(administrator: Client, account: Account) -> None:
    administrator.post(url_of(account), GOOD)
    before = Schedule.objects.values().get()
    answer = administrator.post(url_of(account), GOOD, follow=True)
    assert answer.content.decode().count("being asked already") == 1  # the first one's message
    assert Schedule.objects.values().get() == before
    assert Run.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "weekly"}, "not one of the available choices"),
        ({"kind": ""}, "This field is required."),
        ({"at": "25:00"}, "Enter a time of day such as 03:30."),
        ({"at": ""}, "Enter a time of day such as 03:30."),
        ({"zone": "Europe/Atlantis"}, "Enter the name of a time zone"),
        ({"parallel_calls": "0"}, "greater than or equal to 1"),
        ({"parallel_calls": "11"}, "less than or equal to 10"),
        ({"backfill_from_on": "2026-03-11"}, "This day has not come yet."),
        ({"backfill_from_on": "1999-01-01"}, "Enter a day from"),
        ({"backfill_from_on": "last year"}, "Enter a day such as 2026-01-31."),
    ],
)
def test_what_makes_no_sense_is_400_on_the_same_form_and_stores_nothing(
    administrator: Client, account: Account, changes: dict[str, str], sentence: str
) -> None:
    answer = administrator.post(url_of(account), GOOD | changes)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not Schedule.objects.exists()
    assert not Run.objects.exists()


def test_switching_off_leaves_what_is_here_and_plans_nothing_more(
    administrator: Client, account: Account
) -> None:
    administrator.post(url_of(account), GOOD)
    Run.objects.update(state=RunState.DONE)
    administrator.post(url_of(account), GOOD | {"kind": "off", "backfill_from_on": ""})
    page = page_of(administrator, account)
    assert "Ask Kaltura every night at" in page  # a proposal again
    assert Run.objects.count() == 2


def test_the_end_and_the_failure_of_a_backfill_are_told(
    administrator: Client, account: Account
) -> None:
    administrator.post(url_of(account), GOOD | {"kind": "off"})
    Run.objects.update(state=RunState.FAILED, finished_at=NOW)
    assert "failed and is tried again every hour" in page_of(administrator, account)
    Run.objects.update(state=RunState.DONE)
    assert "the next part begins soon" in page_of(administrator, account)
    Schedule.objects.update(backfilled_to_on=date(2026, 1, 1))
    assert "everything since 1 Jan 2026; asked for" in page_of(administrator, account)


def test_an_hourly_schedule_and_the_sites_zone_are_said_in_words(
    administrator: Client, account: Account, settings: Settings
) -> None:
    Schedule.objects.create(account=account, kind=ScheduleKind.HOURLY, planned_at=NOW)
    assert "every hour; next Tue 10 Mar, 15:00" in page_of(administrator, account)
    settings.TIME_ZONE = "Asia/Tokyo"
    assert "which is Asia/Tokyo" in administrator.get(url_of(account)).content.decode()
    Schedule.objects.update(kind=ScheduleKind.NIGHTLY)
    assert "every night at 03:30 (Asia/Tokyo)" in page_of(administrator, account)


def test_retention_is_told_where_it_ends_a_backfill(
    administrator: Client, account: Account
) -> None:
    assert (
        "the retention of this account" not in administrator.get(url_of(account)).content.decode()
    )
    RetentionPolicy.objects.create(account=account, attendances_days=9)
    page = administrator.get(url_of(account)).content.decode()
    assert "Nothing before Sun 1 Mar is asked for" in page


def test_an_account_without_api_access_has_no_schedule(
    administrator: Client, account: Account
) -> None:
    Account.objects.update(sign_in=SignInMethod.NONE)
    assert administrator.get(url_of(account)).status_code == 404
    assert administrator.post(url_of(account), GOOD).status_code == 404
    assert "Ask Kaltura every night" not in page_of(administrator, account)


def test_schedules_are_for_administrators(
    client: Client, outsider: Client, teacher: Client, seen: Seen
) -> None:
    url = url_of(seen.account)
    assert client.get(url).status_code == 302
    for somebody in (outsider, teacher):
        assert somebody.get(url).status_code == 404
        assert somebody.post(url, GOOD).status_code == 404
    assert not Schedule.objects.exists()
