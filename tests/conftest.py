"""What every test stands on: no network but this machine, no silent skips, which database.

Nothing about a page or a model belongs here: fixtures of one topic live in that topic's conftest,
the settings in tests/settings.py.
"""

import os
import secrets
import socket
from collections.abc import Generator, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings as hypothesis_settings
from pytest_django import Settings

from tests.servers import REDIS, redis_problem

# Playwright's event loop makes Django think that it runs in async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# "brief" is for the second pass: the worlds are the same, the database's part in them is small.
for _profile, _examples in (("brief", 10), ("default", 25), ("thorough", 500)):
    hypothesis_settings.register_profile(
        _profile,
        max_examples=_examples,
        deadline=None,  # nothing in the tests is timed
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
# Without shrinking: a failing world takes minutes to become smaller.
hypothesis_settings.register_profile(
    "search",
    hypothesis_settings.get_profile("default"),
    max_examples=500,
    phases=[Phase.explicit, Phase.generate],
)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
GROUPS = ("browser", "property")
DATABASE = (
    "PostgreSQL" if os.environ.get("TEST_DATABASE_URL", "").startswith("postgres") else "SQLite"
)
DATABASE_FIXTURES = frozenset({"db", "transactional_db", "live_server"})
THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost", "", None})


class OutsideNetwork(Exception):
    """A test tried to reach another machine. Not an OSError: no retry may swallow it."""


def refuse_elsewhere(host: object) -> None:
    """Raise OutsideNetwork unless the host is this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if name not in THIS_MACHINE:
        raise OutsideNetwork(f"a test tried to reach {name}; only this machine is allowed")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """End what a thread of a server still has open: PostgreSQL drops no database in use."""
    yield
    with django_db_blocker.unblock():
        from django.db import connection

        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Iterator[None]:
    """Let sockets connect, and names resolve, to this machine only."""
    connect, connect_ex, resolve = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            refuse_elsewhere(address[0])
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if self.family != socket.AF_UNIX:
            refuse_elsewhere(address[0])
        return connect_ex(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        refuse_elsewhere(host)
        return resolve(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_resolve)
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what the second pass of `make test` says."""
    parser.addoption(
        "--only-database",
        action="store_true",
        help="leave out the tests that can't differ between databases: they touch none of pytest's",
    )


class EmptyGroup(pytest.Item):
    """Stands for a group of which no test was found: a test, so that it fails under xdist too."""

    def runtest(self) -> None:
        """Fail."""
        pytest.fail(f"{self.name}: no test of it was found, and REQUIRE_ALL=1", pytrace=False)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the groups, of which none may be empty under REQUIRE_ALL=1; keep what is asked for."""
    for item in items:
        if "browser" in item.path.relative_to(config.rootpath).parts:
            item.add_marker("browser")
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("property")
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not (
        config.option.keyword or config.option.markexpr
    )
    if REQUIRE_ALL and whole and items:
        for group in GROUPS:
            if not any(item.get_closest_marker(group) for item in items):
                items.append(EmptyGroup.from_parent(items[0].session, name=f"empty group {group}"))

    if config.option.only_database:
        leave_out(config, [item for item in items if not touches_database(item)])
        items[:] = [item for item in items if touches_database(item)]


def touches_database(item: pytest.Item) -> bool:
    """Return whether the test may open Django's database: pytest-django bars every other from it."""
    return (
        isinstance(item, EmptyGroup)
        or item.get_closest_marker("django_db") is not None
        or not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
    )


def leave_out(config: pytest.Config, items: Sequence[object]) -> None:
    """Count tests as deselected; a worker of xdist tells its controller how many."""
    if hasattr(config, "workeroutput"):
        config.workeroutput["left_out"] = len(items)
    elif items:
        config.hook.pytest_deselected(items=items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker left out, once: every worker collects the same tests."""
    left_out = getattr(node, "workeroutput", {}).get("left_out", 0)
    reporter = node.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and not reporter.stats.get("deselected"):
        leave_out(node.config, [SimpleNamespace()] * left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say before the closing line which database it speaks of."""
    terminalreporter.write_line(f"Database: {DATABASE}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure under REQUIRE_ALL=1."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and REQUIRE_ALL=1 allows no skip: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole file into a failure under REQUIRE_ALL=1."""
    report = yield
    if REQUIRE_ALL and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, and REQUIRE_ALL=1 allows no skip"
    return report


@pytest.fixture(params=["in this process", "Redis"])
def each_cache(request: pytest.FixtureRequest, settings: Settings) -> Iterator[None]:
    """Run a test with either kind of cache, empty at first."""
    from django.core.cache import cache

    if request.param == "Redis":
        if problem := redis_problem():
            pytest.skip(f"no Redis for this test; TEST_REDIS_URL names one: {problem}")
        settings.CACHES = {
            "default": {
                "BACKEND": "config.cache.SharedCache",
                "LOCATION": REDIS,
                "KEY_PREFIX": f"tests-{secrets.token_hex(8)}",
            }
        }
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> Iterator[None]:
    """On PostgreSQL: a database for each process, as on SQLite, and no waiting for the disk."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    with pytest.MonkeyPatch.context() as patch:
        if database["ENGINE"] == "django.db.backends.postgresql":
            from django.db.backends.postgresql.operations import DatabaseOperations

            database["TEST"]["NAME"] = f"test_{database['NAME']}_{os.getpid()}"
            database["OPTIONS"]["options"] = "-c synchronous_commit=off"
            patch.setattr(DatabaseOperations, "sql_flush", delete_everything)
        yield


def delete_everything(
    operations: Any, style: object, tables: Sequence[str], **options: bool
) -> list[str]:
    """Return what empties the tables after a test that commits: TRUNCATE makes a file for each."""
    assert not options.get("reset_sequences"), "DELETE lets sequences go on"
    return [f"DELETE FROM {operations.quote_name(table)};" for table in tables]  # noqa: S608
