"""The simulator and the account of the sync's tests, and ways to run a command."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.commands.own_database import migrated
from tests.sync.conftest import account, running, simulator

__all__ = ["account", "running", "simulator"]


@dataclass
class Ran:
    """What a command printed and how it ended."""

    output: str
    errors: str
    code: int


@pytest.fixture
def run() -> Callable[..., Ran]:
    """Run a command as a shell would: errors become text and an exit code."""

    def run_command(*words: str, **options: Any) -> Ran:
        output, errors = io.StringIO(), io.StringIO()
        code = 0
        try:
            call_command(*words, stdout=output, stderr=errors, **options)
        except CommandError as error:
            errors.write(f"CommandError: {error}")
            code = error.returncode
        except SystemExit as stop:
            code = int(stop.code or 0)
        return Ran(output.getvalue(), errors.getvalue(), code)

    return run_command


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Both databases, wherever the other tests run: they lock, and lose a connection, differently."""
    with migrated(tmp_path_factory.mktemp("template"), request.param) as url:
        yield url
