"""The shared cache: without Redis pages are slower and nothing else, and nobody's keys meet."""

import secrets
from collections.abc import Iterator

import pytest
import redis
from django.core.cache.backends.base import BaseCache
from django.core.management import call_command
from django.test import Client

from config import cache as shared
from config.cache import SharedCache
from config.environment import cache_prefix
from reports.management.processes import free_port
from reports.queries import kept
from tests.servers import REDIS, redis_problem


@pytest.fixture(autouse=True)
def nothing_failed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SharedCache, "_silent_until", 0.0)


@pytest.fixture
def absent() -> SharedCache:
    """A cache whose Redis isn't there."""
    return SharedCache(f"redis://127.0.0.1:{free_port()}/0", {})


def installation() -> SharedCache:
    return SharedCache(REDIS, {"KEY_PREFIX": cache_prefix(secrets.token_hex())})


@pytest.fixture
def two() -> Iterator[tuple[SharedCache, SharedCache]]:
    """The caches of two installations on one Redis."""
    if problem := redis_problem():
        pytest.skip(f"no Redis for this test; TEST_REDIS_URL names one: {problem}")
    found = installation(), installation()
    yield found
    for one in found:
        one.clear()


def test_without_redis_nothing_is_found_and_nothing_is_wrong(absent: SharedCache) -> None:
    absent.set("a", 1)
    assert absent.get("a") is None
    assert absent.get("a", "else") == "else"


def test_after_a_failure_it_is_left_alone_for_a_while(
    absent: SharedCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(absent._cache, "get", lambda *_: asked.append(1))
    absent.get("a")
    assert asked == [1]
    absent.set("a", 1)  # fails
    absent.get("a")
    assert asked == [1]
    monkeypatch.setattr(SharedCache, "_silent_until", 0.0)
    absent.get("a")
    assert asked == [1, 1]
    assert shared.PAUSE_SECONDS > 0


def test_what_must_not_be_forgotten_fails_without_redis(absent: SharedCache) -> None:
    for use in (lambda: absent.add("a", 1), lambda: absent.incr("a"), absent.clear):
        with pytest.raises(redis.RedisError):
            use()


def test_two_installations_on_one_redis_see_nothing_of_each_other(
    two: tuple[SharedCache, SharedCache],
) -> None:
    here, there = two
    here.set("rooms-1", "ours")
    assert there.get("rooms-1") is None
    there.set("rooms-1", "theirs")
    there.clear()
    assert here.get("rooms-1") == "ours"
    here.clear()
    assert here.get("rooms-1") is None


@pytest.mark.django_db
def test_a_page_is_answered_without_redis(
    admin_client: Client, absent: BaseCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "cache", absent)
    assert admin_client.get("/attendees/?from=2026-01-01&to=2026-01-31").status_code == 200
    assert SharedCache._silent_until > 0  # it was asked


@pytest.mark.django_db(transaction=True)
def test_migrate_empties_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    emptied = []
    monkeypatch.setattr("reports.apps.cache.clear", lambda: emptied.append(1))
    call_command("migrate", verbosity=0)
    assert emptied == [1]
