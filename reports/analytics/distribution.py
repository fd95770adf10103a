"""How long people stayed: the attendees of one session by tenths of its length."""

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
        people[min(TENTHS - 1, seconds * TENTHS // length_seconds)] += 1
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
