"""Spans of whole UTC hours, and the fixed grid of tiles. Plain arithmetic on unix seconds.

The grid is the UTC day, for old and new data alike: one grid makes "disjoint" a unique constraint.
A span that is too much for one answer is halved down to single hours while it is asked for; the
parts add up exactly (see `reports.sync.fetch`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open, in unix seconds, on whole hours."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.start % HOUR or self.end % HOUR or self.end <= self.start:
            raise ValueError(f"not a span of whole hours: {self.start}–{self.end}")

    @property
    def hours(self) -> int:
        return (self.end - self.start) // HOUR

    def halves(self) -> tuple["Span", "Span"]:
        """Return two spans that add up to this one; at a midnight where there is one inside.

        Raises: ValueError for a single hour.
        """
        if self.hours < 2:
            raise ValueError("one hour is the smallest span")
        middle = self.start + (self.hours // 2) * HOUR
        on_grid = day_start(middle + DAY // 2)
        if self.start < on_grid < self.end:
            middle = on_grid
        return Span(self.start, middle), Span(middle, self.end)


def day_start(at: int) -> int:
    return at - at % DAY


def day_of(at: int) -> Span:
    """Return the tile that holds this moment."""
    start = day_start(at)
    return Span(start, start + DAY)


def days_between(from_unix: int, to_unix: int) -> Iterator[Span]:
    """Yield the tiles that overlap the half-open range, oldest first; at least the first one's."""
    start = day_start(from_unix)
    yield day_of(start)
    for at in range(start + DAY, to_unix, DAY):
        yield day_of(at)


def as_datetime(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def as_unix(at: datetime) -> int:
    return int(at.timestamp())
