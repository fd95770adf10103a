"""The simulator and the account of the sync's tests, and a way to run a command."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import CommandError, call_command

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
