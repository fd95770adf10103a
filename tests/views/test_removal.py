"""Deleting an account: nothing without its name, then everything of it and nothing else."""

from django.test import Client
from django.urls import reverse

from reports.models import AccessLogEntry, Account, Attendance, Person, RoomSession, Tile
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
