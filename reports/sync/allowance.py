"""How long something may go on that can stop between any two of its transactions."""

import math
import time


class Allowance:
    """Some seconds from now on. What takes longer is left to somebody else."""

    def __init__(self, seconds: float = math.inf) -> None:
        self._end = time.monotonic() + seconds

    def is_used_up(self) -> bool:
        """Return whether the seconds are over."""
        return time.monotonic() >= self._end
