"""`manage.py worker`: does the runs that pages and schedules ask for."""

import signal
from argparse import ArgumentParser
from datetime import timedelta
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from reports.sync.worker import work, work_once


class Command(BaseCommand):
    help = "Does runs from the queue until it is stopped. Any number may run side by side."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="empty the queue and stop")
        parser.add_argument("--pause", type=float, default=1.0, help="seconds between looks")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            while work_once():
                pass
            return
        signal.signal(signal.SIGTERM, _stop)
        try:
            work(pause=timedelta(seconds=options["pause"]), stopped=lambda: False)
        except KeyboardInterrupt:
            self.stdout.write("Worker stopped.")


def _stop(signum: int, frame: FrameType | None) -> None:
    """End as Ctrl-C does: the tile in hand is released and asked for again by the next worker."""
    raise KeyboardInterrupt
