"""How many calls a simulator answers at the same time, counted where they are answered."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reports.simulator.server import Simulator

PAUSE_SECONDS = 0.02  # of each answer, so that calls at the same time do meet


@dataclass
class Counted:
    """What was seen."""

    most: int = 0
    now: int = 0
    total: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def counted(simulator: Simulator) -> Iterator[Counted]:
    """Count while the body runs."""
    seen = Counted()
    answer = simulator.api.answer

    def counting(call: Any) -> Any:
        with seen.lock:
            seen.now += 1
            seen.total += 1
            seen.most = max(seen.most, seen.now)
        try:
            time.sleep(PAUSE_SECONDS)
            return answer(call)
        finally:
            with seen.lock:
                seen.now -= 1

    simulator.api.answer = counting  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        simulator.api.answer = answer  # type: ignore[method-assign]
