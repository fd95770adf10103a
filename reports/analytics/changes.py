"""A figure against the same figure of the period before."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """How a figure changed. Unknown where either of the two is."""

    now: float | None
    before: float | None
    difference: float | None  # in the figure's own unit
    percent: float | None  # of the figure before; None also when that was 0


def change(now: float | None, before: float | None) -> Change:
    """Return the change of a count or a sum."""
    if now is None or before is None:
        return Change(now, before, None, None)
    difference = now - before
    return Change(now, before, difference, 100 * difference / before if before else None)


def points_change(now: float | None, before: float | None) -> float | None:
    """Return the change between two shares (0 to 1) in percentage points; None if one is unknown.

    Percent of a percentage would be read as points, so shares have no other change than this one.
    """
    return None if now is None or before is None else 100 * (now - before)
