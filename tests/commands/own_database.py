"""Commands as processes of their own, on a database of their own: SQLite or PostgreSQL.

A test names the one it wants, whatever pytest's own database is. What a command left is read with
plain SQL, so that no test's transaction hides it.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from tests.servers import POSTGRES, postgres_problem
from tests.sync.worlds import whole_truth

ROOT = Path(settings.BASE_DIR)
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "VIRTUAL_ENV", "PYTHONPATH")


@dataclass
class OwnDatabase:
    """A migrated, empty database and the environment of commands that use it."""

    url: str
    env: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of manage.py to its end."""
        return subprocess.run(
            self._command(words), env=self.environment(), cwd=ROOT, input=typed, text=True,
            capture_output=True, timeout=120, check=False,
        )  # fmt: skip

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command; whoever starts it kills it."""
        return subprocess.Popen(
            self._command(words),
            env=self.environment(),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query; `?` stands for a value."""
        if self.url.startswith("postgres"):
            with psycopg.connect(self.url) as postgres:
                cursor = postgres.execute(query.replace("?", "%s").encode(), values)
                return list(cursor.fetchall()) if cursor.description else []
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=20)) as lite:
            rows = lite.execute(query, values).fetchall()
            lite.commit()
            return list(rows)

    def everything(self) -> str:
        """Return every text that is stored, as one."""
        tables = ("account", "run", "runtile", "tile", "person", "finding", "setasideline")
        return "".join(str(self.sql(f"SELECT * FROM reports_{table}")) for table in tables)  # noqa: S608

    def figures(self) -> dict[str, tuple[int, int, int]]:
        """Return attendees, view and engaged seconds of every session as list pages show them."""
        rows = self.sql(
            "SELECT cue_point_id, attendee_count, view_seconds, engaged_seconds"
            " FROM reports_roomsession"
        )
        return {cue: (people, view, engaged) for cue, people, view, engaged in rows}

    def rows_of_people(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return view and engaged seconds by session and user id, summed from the rows."""
        rows = self.sql(
            "SELECT s.cue_point_id, p.user_id, SUM(a.view_seconds), SUM(a.engaged_seconds)"
            " FROM reports_attendance a JOIN reports_roomsession s ON s.id = a.session_id"
            " JOIN reports_person p ON p.id = a.person_id GROUP BY s.cue_point_id, p.user_id"
        )
        return {(cue, user): (int(view), int(engaged)) for cue, user, view, engaged in rows}

    def assert_equals_truth(self, world: ListedWorld) -> None:
        """Every session of the world, and everybody in it, is stored to the second."""
        expected = whole_truth(world)
        assert self.figures() == {
            cue: (len(known.attendees), known.view_seconds, known.engaged_seconds)
            for cue, known in expected.items()
        }
        assert self.rows_of_people() == {
            (cue, key[0]): seconds
            for cue, known in expected.items()
            for key, seconds in known.attendees.items()
        }

    def _command(self, words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "manage.py", *words]

    def environment(self) -> dict[str, str]:
        """Return the whole environment of a process that uses the database."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return kept | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": settings.SECRET_KEY,
            "ROLLCALL_SECRET_KEYS": ",".join(settings.ROLLCALL_SECRET_KEYS),
            "DATABASE_URL": self.url,
            "LOG_LEVEL": "WARNING",
            "SYNC_LEASE_SECONDS": "5",  # the shortest there is
            **self.env,
        }


def served_by(database: OwnDatabase, simulator: Simulator) -> OwnDatabase:
    """Let the database's commands find the simulator under its usual name."""
    database.env["KALTURA_ENDPOINTS"] = f"simulator={simulator.url}"
    return database


def postgres_url() -> str:
    """Return the URL of a database that may be made. Skips the test where no server answers."""
    if problem := postgres_problem():
        pytest.skip(f"no PostgreSQL for this test; TEST_POSTGRES_URL names one: {problem}")
    server, _, _ = POSTGRES.rpartition("/")
    return f"{server}/rollcall_tests_{os.getpid()}"


@contextmanager
def migrated(folder: Path, kind: str) -> Iterator[str]:
    """Make a template database by the real migrations and give its URL; `kind`: sqlite, postgres."""
    if kind == "sqlite":
        url = f"sqlite:///{folder}/template.sqlite3"
        _migrate(url)
        yield url
        return
    url = f"{postgres_url()}_commands"
    _drop(url)
    _administer(url, "CREATE DATABASE {name}")
    try:
        _migrate(url)
        yield url
    finally:
        _drop(url)


@contextmanager
def copy_of(template: str, folder: Path) -> Iterator[OwnDatabase]:
    """Give a fresh copy of the template."""
    if not template.startswith("postgres"):
        path = folder / "own.sqlite3"
        shutil.copy(template.removeprefix("sqlite:///"), path)
        yield OwnDatabase(f"sqlite:///{path}")
        return
    url = f"{template}_own"
    _drop(url)
    _administer(url, f"CREATE DATABASE {{name}} TEMPLATE {template.rpartition('/')[2]}")
    try:
        yield OwnDatabase(url)
    finally:
        _drop(url)


def _migrate(url: str) -> None:
    done = OwnDatabase(url).run("migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr


def _drop(url: str) -> None:
    _administer(url, "DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _administer(url: str, statement: str) -> None:
    name = url.rpartition("/")[2]
    with psycopg.connect(POSTGRES, autocommit=True) as postgres:
        postgres.execute(statement.format(name=name).encode())
