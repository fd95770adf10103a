"""The words for a figure against the days before."""

import pytest

from reports.analytics.changes import change
from reports.tables.changes import (
    as_far_as_known,
    change_text,
    days_before_text,
    not_compared_text,
    points_text,
)


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (108, 100, "+8 % on the 30 days before"),
        (88, 100, "−12 % on the 30 days before"),
        (3000, 100, "+2,900 % on the 30 days before"),
        (100, 100, "as in the 30 days before"),
        (0, 0, "as in the 30 days before"),
        (1001, 1000, "almost as in the 30 days before"),
        (999, 1000, "almost as in the 30 days before"),
        (0, 7, "−100 % on the 30 days before"),
        (7, 0, "none in the 30 days before"),
        (None, 7, "no comparison: unknown now or in the 30 days before"),
        (7, None, "no comparison: unknown now or in the 30 days before"),
    ],
)
def test_counts_and_sums_change_in_percent(
    now: float | None, before: float | None, text: str
) -> None:
    assert change_text(change(now, before), 30).replace("\xa0", " ") == text


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (4.4, "+4 points on the 7 days before"),
        (-1.0, "−1 point on the 7 days before"),
        (0.4, "as in the 7 days before"),
        (None, "no comparison: unknown now or in the 7 days before"),
    ],
)
def test_shares_change_in_points(points: float | None, text: str) -> None:
    assert points_text(points, 7) == text


def test_a_single_day_is_named_so() -> None:
    assert days_before_text(1) == "the day before"
    assert not_compared_text(1) == "no comparison: the day before is not wholly synced"
    assert not_compared_text(2) == "no comparison: the 2 days before are not wholly synced"
    assert as_far_as_known("+8 %") == "+8 %, as far as known"
