"""The very first tables, with data in them, brought up to date by `migrate`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.own_database import ROOT, OwnDatabase
from tests.install.oldest import SECRET
from tests.install.postgres import own_postgres

# Tables that were made anew, because no version that anybody ran wrote into them.
MADE_ANEW = {
    "reports_snapshot",
    *("reports_countedpart", "reports_ignoredsession", "reports_mergedsession"),
}
READ = "from reports.models import Account; print([a.secret for a in Account.objects.all()])"


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OwnDatabase]:
    if request.param == "SQLite":
        yield OwnDatabase(f"sqlite:///{tmp_path}/oldest.sqlite3")
        return
    with own_postgres() as postgres:
        password = f"PASSWORD '{postgres.password}'"
        postgres.sql(f"CREATE ROLE {postgres.name} LOGIN {password}", "postgres")
        postgres.sql(f"CREATE DATABASE {postgres.name} OWNER {postgres.name}", "postgres")
        yield OwnDatabase(postgres.url)


def test_data_of_the_first_version_is_kept(own: OwnDatabase) -> None:
    filled = subprocess.run(
        [sys.executable, "-m", "tests.install.oldest"],
        cwd=ROOT,
        env=own.environment() | {"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert filled.returncode == 0, filled.stderr
    before = dict(line.split() for line in filled.stdout.splitlines())
    assert len(before) > 15

    migrated = own.run("migrate", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    after = {
        table: str(own.sql(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608
        for table in set(before) - MADE_ANEW
    }
    assert after == {table: rows for table, rows in before.items() if table not in MADE_ANEW}
    assert own.run("shell", "--command", READ).stdout.strip().endswith(str([SECRET, SECRET]))
    assert own.run("migrate", "--check").returncode == 0
    assert own.run("rotate_keys", "--check").returncode == 0
