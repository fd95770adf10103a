"""A figure: what was measured, what it may be at most, and what the same costs at the least.

Everything here is in base units (seconds, bytes): less is better. Nothing is printed or stored here.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Unit = Literal["s", "B"]


@dataclass(frozen=True)
class Value:
    """One number of a figure; None where it could not be had."""

    label: str  # "p50", "first byte"
    amount: float | None
    budget: float | None = None  # at most; None: it is only told


@dataclass(frozen=True)
class Figure:
    """A line of the table. The ratio is that of the first value to the yardstick."""

    topic: str  # a key of report.TOPICS
    name: str
    unit: Unit
    values: tuple[Value, ...]
    yardstick: float | None = None  # the same unit, measured in the same run
    most_ratio: float | None = None  # budget of the ratio
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the yardstick it takes; None without one."""
        amount = self.values[0].amount
        return amount / self.yardstick if amount is not None and self.yardstick else None

    @property
    def misses(self) -> list[str]:
        """The labels of the values that are over their budget; "ratio" for the ratio."""
        over = [
            it.label
            for it in self.values
            if it.budget is not None and (it.amount is None or it.amount > it.budget)
        ]
        if self.most_ratio is not None and (self.ratio is None or self.ratio > self.most_ratio):
            over.append("ratio")
        return over

    @property
    def has_budget(self) -> bool:
        return self.most_ratio is not None or any(it.budget is not None for it in self.values)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Figure":
        return cls(**stored | {"values": tuple(Value(**it) for it in stored["values"])})


@dataclass
class Stopwatch:
    """Seconds that something took, once it is over."""

    seconds: float = math.nan


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    watch, start = Stopwatch(), time.perf_counter()
    try:
        yield watch
    finally:
        watch.seconds = time.perf_counter() - start


def seconds(work: Callable[[], object]) -> float:
    """Return how long the work took."""
    with stopwatch() as watch:
        work()
    return watch.seconds


def repeated(
    work: Callable[[], object], times: int, *, most_seconds: float = math.inf
) -> list[float]:
    """Return how long each repetition took; none begins when they took so long together."""
    spent: list[float] = []
    while len(spent) < times and sum(spent) < most_seconds:
        spent.append(seconds(work))
    return spent


def percentile(amounts: Sequence[float], percent: float) -> float:
    """Return the smallest amount that so many percent of them are not above (nearest rank).

    Raises: ValueError for no amounts, or a percentage that is not above 0 and up to 100.
    """
    if not amounts or not 0 < percent <= 100:
        raise ValueError("There is no such percentile.")
    return sorted(amounts)[math.ceil(len(amounts) * percent / 100) - 1]


def median(amounts: Sequence[float]) -> float:
    return percentile(amounts, 50)


def amount_text(amount: float | None, unit: Unit) -> str:
    """Return the amount with its unit, in three or so digits; "—" where there is none."""
    if amount is None:
        return "—"
    if unit == "B":
        return f"{amount / 1e6:.0f} MB" if amount >= 1e6 else f"{amount / 1e3:.1f} kB"
    if amount >= 10:
        return f"{amount:.1f} s"
    return f"{amount:.2f} s" if amount >= 1 else f"{amount * 1000:.0f} ms"


def ratio_text(ratio: float | None) -> str:
    """Return the ratio as "1.4 ×"; nothing where there is none."""
    if ratio is None:
        return ""
    return f"{ratio:.1f} ×" if ratio < 100 else f"{ratio:.0f} ×"


@dataclass
class Results:
    """What a run found of one database at one scale."""

    database: str  # "SQLite" or "PostgreSQL"
    scale: float
    measured_on: str = ""  # ISO day
    machine: dict[str, str] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Results":
        return cls(**stored | {"figures": [Figure.from_json(it) for it in stored["figures"]]})
