"""A small site on SQLite: backed up while it is written to, and restored."""

import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from tests.commands.test_sync import CONNECT
from tests.install.document import INSTALL
from tests.install.machine import Machine
from tests.install.test_walk import FIGURES, SESSIONS

WEEK = ("sync", "university", "--from", "2026-01-05", "--to", "2026-01-12")


@pytest.fixture
def database(small_machine: Machine, kaltura: Simulator) -> Path:
    """A site as the document sets it up for SQLite, with a week of sessions."""
    machine = small_machine
    machine.run("keys")
    machine.run("settings")
    url = re.search(r"`DATABASE_URL=(sqlite:\S+)`", INSTALL.read_text())
    assert url
    machine.set(DATABASE_URL=machine.here(url[1]), KALTURA_ENDPOINTS=f"simulator={kaltura.url}")
    assert machine.manage("migrate", "--verbosity", "0").returncode == 0
    connected = machine.manage(*CONNECT, typed=DEFAULT_ACCOUNT.admin_secret)
    assert connected.returncode == 0, connected.stderr
    assert machine.manage(*WEEK).returncode == 0
    return machine.program / "var/rollcall.sqlite3"


def figures(file: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as lite:
        return lite.execute(FIGURES).fetchall()


def test_a_backup_under_writes_is_whole_and_comes_back(
    small_machine: Machine, database: Path
) -> None:
    before = figures(database)
    assert len(before) == SESSIONS
    stopped = threading.Event()
    writer = threading.Thread(target=write_until, args=(stopped, database))
    writer.start()
    try:
        small_machine.run("sqlite backup")
    finally:
        stopped.set()
        writer.join()
    (backup,) = (small_machine.root / "var/backups/rollcall").iterdir()
    with closing(sqlite3.connect(backup)) as lite:
        assert lite.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert figures(backup) == before

    with closing(sqlite3.connect(database)) as lite:
        lite.execute("UPDATE reports_roomsession SET view_seconds = 0")
        lite.commit()
    assert figures(database) != before
    printed = small_machine.run(
        "sqlite restore", changes={"sudo systemctl start rollcall-web rollcall-worker\n": ""}
    )
    assert "reports.Account.secret: 1 stored, 1 with the first key." in printed
    assert figures(database) == before
    assert small_machine.manage(*WEEK).returncode == 0


def write_until(stopped: threading.Event, database: Path) -> None:
    """Write as a worker does: short transactions, one after the other."""
    with closing(sqlite3.connect(database, timeout=20)) as lite:
        number = 0
        while not stopped.wait(0.001):
            number += 1
            lite.execute("UPDATE reports_account SET data_version = ?", (number,))
            lite.commit()
