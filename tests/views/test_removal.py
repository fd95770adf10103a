"""Deleting an account: nothing without its name, then everything of it and nothing else."""

import pytest
from django.test import Client
from django.urls import reverse

from reports.models import AccessLogEntry, Account, Attendance, Person, RoomSession, Tile
from reports.sync import removal as removing
from reports.sync.removal import remove_what_is_asked
from reports.views import removal
from tests import factories
from tests.views.conftest import Seen


def url_of(account: Account) -> str:
    return reverse("reports:account-delete", args=[account.pk])


def test_what_would_go_is_shown_first(administrator: Client, seen: Seen) -> None:
    factories.teacher(rooms=[seen.room])
    answer = administrator.get(url_of(seen.account))
    assert vars(answer.context["holdings"]) == {
        "rooms": 3,
        "sessions": 3,
        "people": 2,
        "attendances": 4,
        "grants": 1,
        "days": 1,
    }
    assert "This can't be undone" in answer.content.decode()


def test_another_name_deletes_nothing(administrator: Client, seen: Seen) -> None:
    for name in ("", "University", "university2"):
        answer = administrator.post(url_of(seen.account), {"name": name})
        assert answer.status_code == 400
    assert Account.objects.count() == 1
    assert not AccessLogEntry.objects.exists()


def test_the_name_deletes_all_of_it_and_nothing_else(administrator: Client, seen: Seen) -> None:
    other = factories.account("other")
    kept = factories.whole_session(factories.room(other), [(factories.person(other), 60, 0)])
    factories.run(seen.account)
    answer = administrator.post(url_of(seen.account), {"name": "university"}, follow=True)
    assert "“university” and its data were deleted." in answer.content.decode()
    assert list(Account.objects.all()) == [other]
    assert list(RoomSession.objects.all()) == [kept]
    assert Attendance.objects.count() == Person.objects.count() == Tile.objects.count() == 1
    entry = AccessLogEntry.objects.get()
    assert (entry.action, entry.target) == ("deleted", "account university")
    assert entry.detail["sessions"] == 3


def test_what_takes_too_long_is_a_workers_and_the_accounts_page_says_so(
    administrator: Client, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "REQUEST_SECONDS", 0)
    monkeypatch.setattr(removing, "ATTENDANCES", 1)  # in a transaction: a session each time
    page = administrator.post(url_of(seen.account), {"name": "university"}, follow=True)
    text = " ".join(page.content.decode().split())
    assert "“university” is being deleted. A worker does the rest" in text
    assert "“university” is being deleted, since" in text
    assert "2 sessions are left." in text
    assert AccessLogEntry.objects.get().action == "deleted"
    for name in ("account", "account-delete", "account-credentials", "account-retention"):
        url = reverse(f"reports:{name}", args=[seen.account.pk])
        assert administrator.get(url).status_code == 404, name
    assert administrator.get(reverse("reports:sessions")).status_code == 200
    assert remove_what_is_asked(seconds=60) == 1
    assert "being deleted" not in administrator.get(reverse("reports:accounts")).content.decode()
