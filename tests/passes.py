"""`make test`: every test on SQLite, then what touches the database on PostgreSQL as well.

The arguments are pytest's, for both passes. The exit code is that of the first pass that failed.
"""

import os
import subprocess
import sys

import pytest

from tests.servers import POSTGRES, postgres_problem

NO_TESTS = pytest.ExitCode.NO_TESTS_COLLECTED
ENDED_EARLY = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR)


def main(arguments: list[str]) -> int:
    """Run both passes; without a PostgreSQL the second is left out, under REQUIRE_ALL=1 refused."""
    problem = postgres_problem()
    if problem and os.environ.get("REQUIRE_ALL") == "1":
        print(f"REQUIRE_ALL=1, and there is no PostgreSQL for the second pass: {problem}")
        return 1
    code = run("First pass: SQLite", arguments, "")
    if code in ENDED_EARLY:
        return code
    if problem:
        print(
            f"The second pass, on PostgreSQL, is left out: {problem}; TEST_POSTGRES_URL names one"
        )
        return code
    second = run("Second pass: PostgreSQL", ["--only-database", *arguments], POSTGRES)
    if second == NO_TESTS and code != NO_TESTS:  # none of the chosen tests touches the database
        return code
    return code or second


def run(title: str, arguments: list[str], database: str) -> int:
    """Run pytest in a process of its own and return its exit code."""
    print(f"\n{title}", flush=True)
    environment = os.environ | {"TEST_DATABASE_URL": database}
    if database:
        environment.setdefault("HYPOTHESIS_PROFILE", "brief")
    # Each of the workers would compile every test anew: seconds of each run.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "pytest", "-n", "2", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
