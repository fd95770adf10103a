"""`make bench`: what merges, pages and files take, on SQLite and on PostgreSQL.

SCALE picks one scale; else a tenth and the full size are measured, one after the other, and
docs/benchmarks.md is written anew. STEP picks one step: its figures are printed, and nothing is kept
of them. Data is built once and kept; each run works on a copy. Each step is a process of its own, so
that its memory is its own. What is slow is no error: the table says so.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from tests.benchmarks.databases import FOLDER, ROOT, Database, databases
from tests.benchmarks.figure import Figure, Results
from tests.benchmarks.report import SCALES, line_of, results_path, write_document

STEPS = ("first_load", "merges", "page_times", "files", "register")
MARK = "figure: "  # before what a step hands over; its other lines are only printed


def main() -> None:
    """Do what the command line says: everything, or one step of it in a process of its own."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # by way of all that is to be ended
    match sys.argv[1:]:
        case ["build", scale]:
            _django()("tests.benchmarks.build").main(float(scale))
        case ["merge_on", scale]:
            _django()("tests.benchmarks.merges").merge_on(float(scale))
        case ["machine"]:
            load = _django()
            found = load("tests.benchmarks.machine")
            print(json.dumps(found.machine() | {"Database": found.database_version()}))
        case [step, scale]:
            for figure in _django()(f"tests.benchmarks.{step}").measure(float(scale)):
                print(f"{MARK}{json.dumps(figure.as_json())}", flush=True)
        case _:
            measure_all()


def measure_all() -> None:
    scale, step = os.environ.get("SCALE"), os.environ.get("STEP")
    for each in [float(scale)] if scale else SCALES:
        for database in databases(each):
            results = measure(database, (step,) if step else STEPS)
            if step:
                continue
            results_path(database.kind, each).write_text(json.dumps(results.as_json(), indent=1))
    if not step and write_document():
        print("\ndocs/benchmarks.md is written.")


def measure(database: Database, steps: Sequence[str] = STEPS) -> Results:
    """Return what one database takes, and print it as it is found."""
    print(f"\n{database.kind}, scale {database.scale:g}", flush=True)
    start = time.monotonic()
    database.make()
    _run(database.url, "build", f"{database.scale}")
    results = Results(database.kind, database.scale, f"{datetime.now(UTC):%Y-%m-%d}")
    with database.copy() as url:
        results.machine = json.loads(_run(url, "machine", show=False)[0])
        for step in steps:
            began = time.monotonic()
            for figure in _figures(_lines(url, step, f"{database.scale}")):
                results.figures.append(figure)
                print(line_of(figure), flush=True)
            print(f"  ({step}: {time.monotonic() - began:.0f} s)", flush=True)
    print(f"{database.kind}, scale {database.scale:g}: {time.monotonic() - start:.0f} s in all")
    return results


def _figures(lines: Iterator[str]) -> Iterator[Figure]:
    for line in lines:
        if line.startswith(MARK):
            yield Figure.from_json(json.loads(line.removeprefix(MARK)))
        else:
            print(line, flush=True)


def _run(url: str, *words: str, show: bool = True) -> list[str]:
    found = []
    for line in _lines(url, *words):
        found.append(line)
        if show:
            print(line, flush=True)
    return found


def _lines(url: str, *words: str) -> Iterator[str]:
    """Run a step on the database; yield what it prints. Raises: SystemExit when it fails."""
    environment = os.environ | {
        "TEST_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONWARNINGS": "ignore:No directory at",  # static files are not collected here
    }
    command = [sys.executable, "-m", "tests.benchmarks.bench", *words]
    process = subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            yield line.rstrip("\n")
    except BaseException:
        process.terminate()
        raise
    finally:
        status = process.wait()
    if status:
        raise SystemExit(f"The step {' '.join(words)} has failed.")


def _django() -> Callable[[str], Any]:
    import django

    django.setup()
    return import_module


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    main()
