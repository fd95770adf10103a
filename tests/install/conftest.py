"""Scratch machines: one that uses PostgreSQL, one that uses SQLite, and a Kaltura for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from tests.commands.test_sync import week
from tests.install.machine import Machine
from tests.install.postgres import OwnPostgres, own_postgres


@pytest.fixture
def postgres() -> Iterator[OwnPostgres]:
    """Names for a database on the PostgreSQL of this machine."""
    with own_postgres() as own:
        yield own


@pytest.fixture
def machine(postgres: OwnPostgres, tmp_path: Path) -> Iterator[Machine]:
    """A machine whose database is to be PostgreSQL."""
    made = Machine(tmp_path / "machine", postgres.name, postgres.url, postgres.env)
    made.prepare()
    yield made
    made.stop()


@pytest.fixture
def small_machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose database is to be SQLite."""
    made = Machine(tmp_path / "machine", "rollcall", "unused")
    made.prepare()
    yield made
    made.stop()


@pytest.fixture
def kaltura() -> Iterator[Simulator]:
    """A Kaltura with a week of sessions and one account."""
    world: ListedWorld = week()
    with Simulator(world, (DEFAULT_ACCOUNT,)) as simulator:
        yield simulator
