"""Retention on the account's pages: seen before it is stored, ticked before anything goes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from reports.models import (
    AccessLogEntry,
    Account,
    Attendance,
    Person,
    RetentionPolicy,
    Run,
    SessionPart,
    Tile,
    VirtualEvent,
)
from reports.sync.retention import apply, apply_daily
from reports.views import retention
from tests import factories
from tests.views.conftest import Seen

LIMITS = {
    "attendances_days": "30",
    "attendances_action": "remove",
    "set_aside_days": "",
    "snapshots_days": "",
    "restatements_days": "",
    "runs_days": "",
}


def url_of(account: Account) -> str:
    return reverse("reports:account-retention", args=[account.pk])


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_without_a_policy_everything_is_kept(administrator: Client, seen: Seen) -> None:
    page = text_of(administrator.get(url_of(seen.account)))
    assert "Remove it now" not in page
    assert "What is kept regardless" in page
    assert not RetentionPolicy.objects.exists()


def test_limits_that_reach_nothing_are_stored_at_once(administrator: Client, seen: Seen) -> None:
    typed = LIMITS | {"attendances_days": "30000", "runs_days": "10"}
    answer = administrator.post(url_of(seen.account), typed, follow=True)
    assert "The limits are stored" in answer.content.decode()
    policy = RetentionPolicy.objects.get()
    assert (policy.attendances_days, policy.runs_days) == (30000, 10)
    assert policy.set_aside_days is None
    entry = AccessLogEntry.objects.get()
    assert (entry.action, entry.target) == ("changed retention", "account university")
    assert entry.detail["attendances_days"] == 30000


def test_limits_that_reach_anything_are_shown_first(administrator: Client, seen: Seen) -> None:
    answer = administrator.post(url_of(seen.account), LIMITS)
    page = text_of(answer)
    assert answer.status_code == 200
    assert "Nothing has been changed yet" in page
    assert '<dt>Attendances removed</dt><dd class="num">4</dd>' in page
    assert '<dt>People removed</dt><dd class="num">2</dd>' in page
    kept = datetime.now(UTC).date() - timedelta(days=30)
    assert f"{kept:%Y-%m-%d} (UTC)" in page
    assert not RetentionPolicy.objects.exists()
    assert Attendance.objects.count() == 4


def test_without_the_tick_nothing_is_stored(administrator: Client, seen: Seen) -> None:
    answer = administrator.post(url_of(seen.account), LIMITS | {"shown": "1"})
    assert answer.status_code == 400
    assert "Tick this to go on" in answer.content.decode()
    assert not RetentionPolicy.objects.exists()


def test_with_the_tick_limits_are_stored_and_nothing_goes_yet(
    administrator: Client, seen: Seen
) -> None:
    answer = administrator.post(
        url_of(seen.account), LIMITS | {"shown": "1", "understood": "on"}, follow=True
    )
    assert "Remove it now" in answer.content.decode()
    assert RetentionPolicy.objects.get().attendances_days == 30
    assert Attendance.objects.count() == 4


def test_what_is_over_the_limits_goes_on_the_spot_with_the_tick(
    administrator: Client, seen: Seen
) -> None:
    RetentionPolicy.objects.create(account=seen.account, attendances_days=30)
    url = reverse("reports:account-retention-apply", args=[seen.account.pk])
    assert administrator.post(url).status_code == 400
    assert Person.objects.filter(name="Amara Okafor").exists()
    answer = administrator.post(url, {"understood": "on"}, follow=True)
    assert "Nothing is over a limit." in text_of(answer)
    assert not Person.objects.filter(name="Amara Okafor").exists()
    assert Attendance.objects.count() == 4
    entry = AccessLogEntry.objects.get()
    assert (entry.action, entry.detail) == (
        "applied retention",
        {"attendances": 4, "people": 2, "hosts": 3},
    )


def test_what_takes_too_long_is_a_workers(
    administrator: Client, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = datetime.now(UTC).date()
    RetentionPolicy.objects.create(account=seen.account, attendances_days=30, applied_on=today)
    monkeypatch.setattr(retention, "REQUEST_SECONDS", 0)
    url = reverse("reports:account-retention-apply", args=[seen.account.pk])
    page = text_of(administrator.post(url, {"understood": "on"}, follow=True))
    assert "A worker removes the rest, as shown below." in page
    assert "Remove it now" in page
    assert Person.objects.filter(name="Amara Okafor").exists()
    assert apply_daily() == 1  # though it had its turn today
    assert not Person.objects.filter(name="Amara Okafor").exists()


def test_nothing_is_applied_where_no_limit_is_stored(administrator: Client, seen: Seen) -> None:
    url = reverse("reports:account-retention-apply", args=[seen.account.pk])
    assert administrator.post(url, {"understood": "on"}).status_code == 404


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"attendances_days": "3"}, "greater than or equal to 7"),
        ({"attendances_days": "x"}, "whole number"),
        ({"runs_days": "0"}, "greater than or equal to 1"),
        ({"attendances_action": "sell"}, "valid choice"),
    ],
)
def test_limits_that_make_no_sense_are_refused(
    administrator: Client, seen: Seen, typed: dict[str, str], words: str
) -> None:
    answer = administrator.post(url_of(seen.account), LIMITS | typed)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not RetentionPolicy.objects.exists()


def test_attendances_are_kept_until_their_figures_have_settled(
    administrator: Client, seen: Seen, settings: Any
) -> None:
    settings.SYNC_SETTLING_DAYS = 20
    answer = administrator.post(url_of(seen.account), LIMITS | {"attendances_days": "20"})
    assert answer.status_code == 400
    assert "may change for 20 days" in answer.content.decode()


@pytest.mark.parametrize("page", ["account-retention", "account-retention-apply"])
def test_it_is_for_administrators(
    client: Client, teacher: Client, outsider: Client, seen: Seen, page: str
) -> None:
    url = reverse(f"reports:{page}", args=[seen.account.pk])
    for who in (teacher, outsider):
        assert who.post(url, LIMITS).status_code == 404
    assert client.post(url, LIMITS).status_code == 302
    assert not RetentionPolicy.objects.exists()


def test_the_account_s_page_leads_here(administrator: Client, seen: Seen) -> None:
    page = administrator.get(reverse("reports:account", args=[seen.account.pk]))
    assert url_of(seen.account) in page.content.decode()


def test_days_that_were_removed_are_not_asked_for(administrator: Client, seen: Seen) -> None:
    RetentionPolicy.objects.create(account=seen.account, attendances_days=30)
    days = {"from_on": "2026-01-12", "to_on": "2026-01-12"}
    answer = administrator.post(reverse("reports:account-sync", args=[seen.account.pk]), days)
    assert answer.status_code == 400
    assert "keeps no attendances from before" in answer.content.decode()
    VirtualEvent.objects.create(account=seen.account, event_id="77")
    typed = days | {"account": str(seen.account.pk)}
    answer = administrator.post(reverse("reports:event-sync"), typed)
    assert answer.status_code == 400
    assert "keeps no attendances from before" in answer.content.decode()
    assert not Run.objects.exists()


def test_the_first_day_that_is_kept_is_asked_for(administrator: Client, seen: Seen) -> None:
    RetentionPolicy.objects.create(account=seen.account, attendances_days=30)
    first = datetime.now(UTC).date() - timedelta(days=30)
    url = reverse("reports:account-sync", args=[seen.account.pk])
    answer = administrator.post(url, {"from_on": str(first), "to_on": str(first)})
    assert answer.status_code == 302
    assert Run.objects.get().run_tiles.count() == 1


def test_the_page_asks_little(
    administrator: Client, seen: Seen, django_assert_max_num_queries: Any
) -> None:
    RetentionPolicy.objects.create(account=seen.account, attendances_days=30)
    factories.run(seen.account)
    with django_assert_max_num_queries(14):
        administrator.get(url_of(seen.account))


def test_a_session_says_that_its_attendances_were_removed(
    administrator: Client, seen: Seen
) -> None:
    policy = RetentionPolicy(account=seen.account, attendances_days=30, attendances_action="remove")
    before = text_of(administrator.get(seen.page))
    assert "no longer kept" not in before
    tile = Tile.objects.get()
    SessionPart.objects.create(
        session=seen.session, tile=tile, asked_at=tile.asked_at, attendees_asked_at=tile.asked_at
    )
    apply(policy)
    page = text_of(administrator.get(seen.page))
    assert "Who attended is no longer kept for 1 UTC day of this session" in page
    assert "Nobody was connected" not in page
    assert "nobody was connected" not in page
    assert '<dd class="value">2</dd>' in page
