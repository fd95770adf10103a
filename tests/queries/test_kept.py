"""What may be kept in a cache that others use too: by whose data and whose rights it is named."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache

from reports.access import viewer_of
from reports.models import Account, RoomSession
from reports.queries import kept as keeping
from reports.queries.kept import kept
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


def answer(number: int) -> int:
    """Return what is kept for an administrator, else the number."""
    viewer = viewer_of(make.User.objects.get(username="administrator"))
    return kept(viewer, RoomSession.objects.all(), "number", lambda: number)


def test_an_answer_is_found_once_for_each_state_of_the_data() -> None:
    make.administrator()
    account = make.account()
    assert [answer(1), answer(2)] == [1, 1]
    Account.objects.filter(pk=account.pk).update(data_version=1)
    assert [answer(3), answer(4)] == [3, 3]


def test_another_installation_that_shares_the_cache_has_its_own_answers() -> None:
    """Its account has the same key and the same version, but it is another one."""
    make.administrator()
    account = make.account()
    assert answer(1) == 1
    created = account.created_at + timedelta(microseconds=1)
    Account.objects.filter(pk=account.pk).update(created_at=created)
    assert answer(2) == 2


def test_processes_with_caches_of_their_own_never_disagree(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one process kept before a write is no answer of the other's after it, nor of its own."""
    make.administrator()
    account = make.account()
    caches = [LocMemCache(f"process {number}", {}) for number in range(2)]

    def in_process(number: int, found: int) -> int:
        monkeypatch.setattr(keeping, "cache", caches[number])
        return answer(found)

    assert in_process(0, 1) == 1
    assert in_process(1, 1) == 1
    Account.objects.filter(pk=account.pk).update(data_version=7)
    assert in_process(1, 2) == 2
    assert in_process(0, 2) == 2
    assert in_process(1, 3) == 2
