"""A running simulator over the tiny world."""

from collections.abc import Iterator

import pytest

from reports.simulator.server import Simulator
from tests.simulator.asking import tiny_world


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Serve the tiny world until the test ends."""
    with Simulator(tiny_world()) as running:
        yield running
