"""How long people stayed, by tenths of the session's length: in one session, and in many."""

from collections.abc import Iterable
from dataclasses import dataclass

TENTHS = 10


@dataclass(frozen=True)
class Tenth:
    """People whose time in session is at least `from_seconds` and less than `to_seconds`."""

    number: int  # 0 to 9; the last one also holds everybody who stayed longer than the session
    from_seconds: float
    to_seconds: float
    people: int


@dataclass(frozen=True)
class Distribution:
    """All ten tenths, also the empty ones."""

    length_seconds: int
    tenths: tuple[Tenth, ...]
    people: int
    over: int  # of them, in the last tenth: connected for longer than the session

    def stayed(self, tenths: int) -> int:
        """Return how many people were there for at least so many tenths."""
        return sum(tenth.people for tenth in self.tenths[tenths:])


def distribution(view_seconds: Iterable[int], length_seconds: int | None) -> Distribution | None:
    """Return the attendees by tenths of the session, who weren't connected at all left out.

    None when there is nothing to divide: the length is unknown or nobody was connected.
    """
    if not length_seconds:
        return None
    times = [seconds for seconds in view_seconds if seconds > 0]
    if not times:
        return None
    people = [0] * TENTHS
    for seconds in times:
        people[_tenth(seconds, length_seconds)] += 1
    step = length_seconds / TENTHS
    return Distribution(
        length_seconds=length_seconds,
        tenths=tuple(
            Tenth(number, number * step, (number + 1) * step, count)
            for number, count in enumerate(people)
        ),
        people=len(times),
        over=sum(seconds > length_seconds for seconds in times),
    )


@dataclass(frozen=True)
class Stays:
    """Attendances of several sessions, each by the tenths of its own session's length."""

    counts: tuple[
        int, ...
    ]  # of all ten; the last one also holds who stayed longer than the session
    over: int  # of them, in the last tenth: connected for longer than the session

    @property
    def total(self) -> int:
        return sum(self.counts)

    def stayed(self, tenths: int) -> int:
        """Return how many attendances lasted for at least so many tenths."""
        return sum(self.counts[tenths:])


def stays(times: Iterable[tuple[int, int]]) -> Stays:
    """Return the attendances by tenths. Each is its seconds and those of its session, both known.

    Who wasn't connected at all is left out, and so is a session without a length.
    """
    counts, over = [0] * TENTHS, 0
    for seconds, length_seconds in times:
        if seconds > 0 and length_seconds > 0:
            counts[_tenth(seconds, length_seconds)] += 1
            over += seconds > length_seconds
    return Stays(tuple(counts), over)


def _tenth(seconds: int, length_seconds: int) -> int:
    return min(TENTHS - 1, seconds * TENTHS // length_seconds)
