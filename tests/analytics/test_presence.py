"""What a rule makes of somebody's time: whole seconds, and unknown where something isn't known."""

import pytest

from reports.analytics.presence import Mark, Rule, Tally, judged, tally

HOUR = 3600
SHARE = Rule(share_percent=75, partly_percent=50)
MINUTES = Rule(share_percent=None, minutes=45, partly_minutes=20)


@pytest.mark.parametrize(
    ("seconds", "length", "rule", "expected"),
    [
        (2700, HOUR, SHARE, "present"),
        (2699, HOUR, SHARE, "partly"),
        (1800, HOUR, SHARE, "partly"),
        (1799, HOUR, SHARE, "absent"),
        (2699, HOUR, Rule(share_percent=75), "absent"),
        (0, HOUR, SHARE, "absent"),
        # A length that four doesn't divide: 75 % of 3,601 s are 2,700.75, so 2,700 are too few.
        (2700, 3601, SHARE, "partly"),
        (2701, 3601, SHARE, "present"),
        (HOUR, HOUR, Rule(share_percent=100), "present"),
        (HOUR - 1, HOUR, Rule(share_percent=100), "absent"),
        (36, HOUR, Rule(share_percent=1), "present"),
        (35, HOUR, Rule(share_percent=1), "absent"),
        (2 * HOUR, HOUR, SHARE, "present"),  # two devices at once
        (2700, HOUR, MINUTES, "present"),
        (2699, HOUR, MINUTES, "partly"),
        (1200, HOUR, MINUTES, "partly"),
        (1199, HOUR, MINUTES, "absent"),
        (2699, HOUR, Rule(share_percent=None, minutes=45), "absent"),
        # Of an open session no share is known; enough minutes are enough all the same.
        (HOUR, None, SHARE, "unknown"),
        (2700, None, MINUTES, "present"),
        (2699, None, MINUTES, "unknown"),
        (0, None, MINUTES, "unknown"),
        (HOUR, 0, SHARE, "unknown"),
        (None, HOUR, SHARE, "unknown"),
        (None, None, MINUTES, "unknown"),
    ],
)
def test_time_is_judged_to_the_second(
    seconds: int | None, length: int | None, rule: Rule, expected: str
) -> None:
    assert judged(seconds, length, rule) == expected


@pytest.mark.parametrize(("share", "minutes"), [(None, None), (75, 45)])
def test_a_rule_goes_by_one_of_the_two(share: int | None, minutes: int | None) -> None:
    with pytest.raises(ValueError, match="by a share or by minutes"):
        Rule(share_percent=share, minutes=minutes)


def test_partly_counts_half_and_what_is_excused_or_unknown_not_at_all() -> None:
    marks = [Mark.PRESENT, Mark.PARTLY, Mark.ABSENT, Mark.EXCUSED, Mark.UNKNOWN, Mark.NOT_ENROLLED]
    found = tally(marks)
    assert found == Tally(1, 1, 1, 1, 1, 1)
    assert (found.counted, found.share) == (3, 0.5)
    assert tally([Mark.EXCUSED, Mark.UNKNOWN]).share is None
