"""A figure against the one before: unknown and 0 divide nothing."""

import pytest

from reports.analytics.changes import Change, change, points_change


@pytest.mark.parametrize(
    ("now", "before", "difference", "percent"),
    [
        (12, 10, 2, 20),
        (5, 10, -5, -50),
        (10, 10, 0, 0),
        (0, 10, -10, -100),
        (10, 0, 10, None),
        (0, 0, 0, None),
        (None, 10, None, None),
        (10, None, None, None),
        (None, None, None, None),
        (2.5, 2.0, 0.5, 25),
    ],
)
def test_a_change_is_a_difference_and_a_percentage_of_before(
    now: float | None, before: float | None, difference: float | None, percent: float | None
) -> None:
    assert change(now, before) == Change(now, before, difference, percent)


def test_shares_change_by_points() -> None:
    assert points_change(0.62, 0.6) == pytest.approx(2)
    assert points_change(0.0, 0.25) == -25
    assert points_change(None, 0.6) is points_change(0.6, None) is None
