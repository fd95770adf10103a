"""`manage.py worker`: plans what is due, does the runs of pages and schedules, asks for rosters."""

import signal
from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from types import FrameType
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from reports.moodle.room_categories import ask_due_categories
from reports.moodle.roster_turns import ask_due_rosters
from reports.sync.worker import WorkerProcess

MOST_THREADS = 32
ERRANDS = (ask_due_rosters, ask_due_categories)
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Command(BaseCommand):
    help = "Plans and does syncs until it is stopped. Any number may run side by side."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="do what can be done now, one by one, and stop"
        )
        parser.add_argument(
            "--threads",
            type=_thread_count,
            default=4,
            help="days that are asked for at once, over all accounts (4)",
        )
        parser.add_argument("--pause", type=float, default=1.0, help="seconds between looks (1)")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = WorkerProcess(ERRANDS)
        if options["once"]:
            self._empty_queue(worker)
            return
        for number in SIGNALS:
            signal.signal(number, lambda *_: worker.stop())
        worker.work(threads=options["threads"], pause=timedelta(seconds=options["pause"]))
        self.stdout.write("Worker stopped.")

    def _empty_queue(self, worker: WorkerProcess) -> None:
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            worker.empty_queue()
        except KeyboardInterrupt:
            self.stdout.write("Worker stopped.")
        finally:
            signal.signal(signal.SIGTERM, before)


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    """End as Ctrl-C does: the tile in hand is given back."""
    raise KeyboardInterrupt


def _thread_count(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= MOST_THREADS:
        return int(text)
    raise ArgumentTypeError(f"a number from 1 to {MOST_THREADS}")
