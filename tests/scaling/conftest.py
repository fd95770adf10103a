"""A site on a PostgreSQL of its own, and the Kaltura of its account."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from tests.commands.own_database import OwnDatabase, copy_of, migrated, served_by
from tests.commands.test_sync import CONNECT
from tests.scaling.site import PASSWORD, USER, Site, shared_cache
from tests.scaling.world import two_weeks
from tests.servers import REDIS


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated PostgreSQL with an administrator."""
    with migrated(tmp_path_factory.mktemp("template"), "postgres") as url:
        made = OwnDatabase(url, {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}).run(
            *("createsuperuser", "--noinput", "--username", USER, "--email", "admin@example.org")
        )
        assert made.returncode == 0, made.stderr
        yield url


@pytest.fixture
def site(template: str, tmp_path: Path) -> Iterator[Site]:
    """A site of which no process runs yet."""
    secret_key = secrets.token_urlsafe(50)
    with shared_cache(secret_key), copy_of(template, tmp_path) as database:
        database.env |= {
            "SECRET_KEY": secret_key,
            "CACHE_URL": REDIS,
            "ALLOWED_HOSTS": "127.0.0.1",
        }
        found = Site(database, tmp_path)
        try:
            yield found
        finally:
            found.end()


@pytest.fixture
def kaltura(site: Site) -> Iterator[Simulator]:
    """The Kaltura of the site's account."""
    with Simulator(two_weeks(), (DEFAULT_ACCOUNT,)) as simulator:
        served_by(site.database, simulator)
        connected = site.database.run(*CONNECT, typed=DEFAULT_ACCOUNT.admin_secret)
        assert connected.returncode == 0, connected.stderr
        yield simulator
        site.end()
