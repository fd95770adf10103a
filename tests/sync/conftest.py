"""A real simulator over a world of lists, and an account connected to it."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from reports.models import Account
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from tests.sync.worlds import PARTNER_ID, new_account


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    """One server for all tests of a module; each test puts its own world into it."""
    with Simulator(ListedWorld()) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator, settings: Settings) -> Iterator[Simulator]:
    settings.KALTURA_ENDPOINTS = {"simulator": running.url}
    running.world = ListedWorld()
    running.faults.clear()
    running.row_cap = 100_000
    running.forget_requests()
    yield running
    running.faults.clear()


@pytest.fixture
def account(db: None, simulator: Simulator) -> Account:
    assert PARTNER_ID in simulator.accounts
    return new_account()
