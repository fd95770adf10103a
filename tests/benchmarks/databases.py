"""The databases of a benchmark: one that is built and kept, and a copy that a run may write into.

SQLite in var/bench/, PostgreSQL on this machine's server where one answers. No Django here.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "var" / "bench"
SERVER = os.environ.get("BENCH_POSTGRES") or "postgres://postgres@127.0.0.1:5432/"
NAME = "rollcall_bench"


@dataclass(frozen=True)
class Database:
    """One of the two kinds, at one scale."""

    kind: str  # "SQLite" or "PostgreSQL"
    scale: float

    @property
    def is_postgres(self) -> bool:
        return self.kind == "PostgreSQL"

    @property
    def name(self) -> str:
        """What the built database is called: by its scale, so that several may be kept."""
        return f"{NAME}_{self.scale:g}".replace(".", "_").replace("-", "_")

    @property
    def url(self) -> str:
        """The built database. It is made if it isn't there, and is then empty."""
        return self._url(self.name)

    def _url(self, name: str) -> str:
        return f"{SERVER}{name}" if self.is_postgres else f"sqlite:///{self._file(name)}"

    def _file(self, name: str) -> Path:
        return FOLDER / f"{name}.sqlite3"

    def make(self) -> None:
        """Make the database if it isn't there."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        if self.is_postgres:
            with _server() as server:
                names = server.execute("SELECT datname FROM pg_database").fetchall()
                if (self.name,) not in names:
                    server.execute(_named("CREATE DATABASE {}", self.name))

    @contextmanager
    def copy(self) -> Iterator[str]:
        """Give the URL of a copy, which is gone afterwards."""
        copied = f"{NAME}_copy_{os.getpid()}"
        self._drop(copied)
        if self.is_postgres:
            with _server() as server:
                statement = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"
                server.execute(_named(statement, copied, self.name))
        else:
            shutil.copyfile(self._file(self.name), self._file(copied))
        try:
            yield self._url(copied)
        finally:
            self._drop(copied)

    def _drop(self, name: str) -> None:
        if self.is_postgres:
            with _server() as server:
                server.execute(_named("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))
            return
        for path in FOLDER.glob(f"{name}.sqlite3*"):
            path.unlink()


def databases(scale: float) -> Iterator[Database]:
    """Yield SQLite, and PostgreSQL where a server answers."""
    yield Database("SQLite", scale)
    try:
        _server().close()
    except psycopg.OperationalError as error:
        print(f"PostgreSQL is not measured: {str(error).splitlines()[0]}")
        return
    yield Database("PostgreSQL", scale)


def _server() -> psycopg.Connection:
    return psycopg.connect(f"{SERVER}postgres", autocommit=True)


def _named(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))
