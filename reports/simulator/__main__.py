"""`python -m reports.simulator`: the simulator with its university, until it is interrupted.

Argument parsing, the state file and printing belong here. The state file holds what the university
was founded with, so that a later start serves the same one, some days older. With `--moodle-port` a
Moodle stand-in serves the same university beside it.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from reports.simulator.moodle.campus_site import campus_site
from reports.simulator.moodle.standin import MoodleStandIn
from reports.simulator.server import Simulator
from reports.simulator.university import University, today


@dataclass(frozen=True, slots=True)
class Founding:
    """What a university follows from."""

    seed: int
    anchored_on: str  # ISO date
    courses: int
    weeks: int


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; return the exit code."""
    options = _parser().parse_args(arguments)
    with ExitStack() as running:
        try:
            founding = load_founding(options)
            anchored_on = date.fromisoformat(founding.anchored_on)
            university = University(founding.seed, anchored_on, founding.courses, founding.weeks)
            simulator = running.enter_context(Simulator(university, port=options.port))
            moodle = None
            if options.moodle_port is not None:
                moodle = running.enter_context(
                    MoodleStandIn(
                        campus_site(university), port=options.moodle_port, path=options.moodle_path
                    )
                )
        except (OSError, ValueError) as error:
            print(f"The simulator can't start: {error}", file=sys.stderr)
            return 1
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        print(f"Kaltura simulator: {simulator.url}", flush=True)
        if moodle is not None:
            print(f"Moodle stand-in: {moodle.issuer}/", flush=True)
        print(
            f"partner {university.accounts[0].partner_id}, {len(university.courses)} courses, "
            f"from {university.starts_on} on",
            flush=True,
        )
        stopped.wait()
    return 0


def load_founding(options: argparse.Namespace) -> Founding:
    """Return the state file's founding, made and written by the first start.

    Raises ValueError if the file can't be read as one, or if an option contradicts it.
    """
    path: Path | None = options.state
    asked = {
        "seed": options.seed,
        "anchored_on": options.anchor,
        "courses": options.courses,
        "weeks": options.weeks,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    if path is not None and path.exists():
        try:
            kept = Founding(**json.loads(path.read_text()))
        except (TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"{path} is no state file of the simulator ({error}).") from error
        for name, value in given.items():
            if value != getattr(kept, name):
                raise ValueError(
                    f"{path} keeps {name} {getattr(kept, name)}, not {value}: use another file."
                )
        return kept
    first = {"seed": 1, "anchored_on": today().isoformat(), "courses": 25, "weeks": 16}
    founding = Founding(**{**first, **given})
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(founding), indent=1) + "\n")
    return founding


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m reports.simulator",
        description="A local Kaltura API with an invented university, on 127.0.0.1.",
    )
    parser.add_argument("--port", type=int, default=8001, help="0 takes any free one")
    parser.add_argument(
        "--moodle-port", type=int, help="serve a Moodle stand-in too; 0 takes any free one"
    )
    parser.add_argument("--moodle-path", default="", help="below which it lies, as /moodle")
    parser.add_argument("--state", type=Path, help="keeps seed, anchor and size between starts")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--courses", type=int)
    parser.add_argument("--weeks", type=int)
    parser.add_argument(
        "--anchor",
        type=lambda text: date.fromisoformat(text).isoformat(),
        help="a day of the first term's last week, as 2026-01-31; today by default",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
