"""A database name of one's own on the PostgreSQL that answers here, and its programs."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.servers import POSTGRES, postgres_problem


@dataclass(frozen=True)
class OwnPostgres:
    """A database that a test makes, and its owner."""

    server: str  # the URL without the database's name, as the superuser
    name: str
    password: str

    @property
    def url(self) -> str:
        """Return the database's URL, as its owner."""
        parts = urlsplit(self.server)
        place = f"{parts.hostname}:{parts.port or 5432}"
        return f"postgres://{self.name}:{self.password}@{place}/{self.name}"

    @property
    def env(self) -> dict[str, str]:
        """Return what PostgreSQL's programs need: as the owner, unless told otherwise."""
        parts = urlsplit(self.server)
        return {
            "PGHOST": parts.hostname or "127.0.0.1",
            "PGPORT": str(parts.port or 5432),
            "PGUSER": self.name,
            "PGPASSWORD": self.password,
            "SERVER_USER": parts.username or "postgres",
            "SERVER_PASSWORD": parts.password or "",
            "PG_TOOLS": tools(self.server),
        }

    def sql(self, query: str, database: str = "") -> list[tuple[object, ...]]:
        """Return the rows of a query, as the superuser; on the own database unless one is named."""
        url = f"{self.server}{database or self.name}"
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return list(cursor.fetchall()) if cursor.description else []


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Give names that nobody uses; at the end there is nothing left. Skips without a server."""
    if problem := postgres_problem():
        pytest.skip(f"no PostgreSQL for this test; TEST_POSTGRES_URL names one: {problem}")
    server, _, _ = POSTGRES.rpartition("/")
    own = OwnPostgres(f"{server}/", f"install_{secrets.token_hex(4)}", secrets.token_hex(8))
    try:
        yield own
    finally:
        for name in (own.name, f"{own.name}_before"):
            own.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "postgres")
        own.sql(f"DROP ROLE IF EXISTS {own.name}", "postgres")


def tools(server: str) -> str:
    """Return the folder of pg_dump and its like, of the server's version or a newer one.

    Those of the server itself come first: a pg_dump that is older than its server refuses.
    """
    with psycopg.connect(f"{server}postgres") as connection:
        version = connection.info.server_version // 10000
        row = connection.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone()
    folders = [Path(row[0])] if row else []
    folders += [Path(f"/usr/lib/postgresql/{number}/bin") for number in range(version, version + 9)]
    folders += [Path(shutil.which("pg_dump") or "/nowhere").parent]
    for folder in folders:
        if (folder / "pg_dump").exists() and (folder / "pg_restore").exists():
            return str(folder)
    pytest.skip(f"no pg_dump of PostgreSQL {version} or newer is here")
