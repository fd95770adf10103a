"""Reasons to look at a learner: what holds, what just doesn't, and what isn't known."""

from datetime import timedelta

import pytest

from reports.analytics.attention import (
    MarkedClass,
    Reason,
    ReasonKind,
    attention,
    best_share,
    is_below,
    misses_left,
)
from reports.analytics.presence import Mark, Rule, Tally
from tests.factories import START

LETTERS = {
    "P": Mark.PRESENT,
    "H": Mark.PARTLY,
    "A": Mark.ABSENT,
    "E": Mark.EXCUSED,
    "?": Mark.UNKNOWN,
    "-": Mark.NOT_ENROLLED,
}
PLAIN = Rule(share_percent=75)


def classes(letters: str, shares: dict[int, float | None] | None = None) -> list[MarkedClass]:
    """Return a class a day, of which nothing is known but the mark and these shares."""
    return [
        MarkedClass(str(n), START + timedelta(days=n), LETTERS[letter], (shares or {}).get(n))
        for n, letter in enumerate(letters)
    ]


def reasons(
    letters: str, rule: Rule = PLAIN, *, left: int | None = None, in_a_row: int = 3
) -> dict[str, Reason]:
    found = attention(classes(letters), rule, left=left, in_a_row=in_a_row)
    return {reason.kind: reason for reason in found}


def asking(required: int) -> Rule:
    return Rule(share_percent=75, required_percent=required)


@pytest.mark.parametrize(
    ("letters", "row"),
    [
        ("PAAA", "123"),
        ("AAAA", "0123"),
        ("PAEA?A", "135"),  # excused and unknown neither break nor extend it
        ("PAAA?E", "123"),
        ("--AAA", "234"),
        ("PAA", ""),
        ("AAAP", ""),  # it is over
        ("AAAH", ""),  # partly there is there
        ("A?A", ""),
        ("", ""),
        ("EE??--", ""),
    ],
)
def test_absences_in_a_row_are_the_latest_that_count(letters: str, row: str) -> None:
    found = reasons(letters).get(ReasonKind.IN_A_ROW)
    assert "".join(one.key for one in (found.classes if found else ())) == row


def test_the_teacher_says_how_many_are_too_many() -> None:
    assert ReasonKind.IN_A_ROW in reasons("PAA", in_a_row=2)
    assert ReasonKind.IN_A_ROW not in reasons("PAAA", in_a_row=4)


def test_below_is_measured_in_whole_numbers_and_partly_is_half() -> None:
    assert ReasonKind.BELOW not in reasons("PPPPA", asking(80))  # 80 % to the point
    assert ReasonKind.BELOW in reasons("PPPA", asking(80))
    assert ReasonKind.BELOW in reasons("PPPHA", asking(80))
    assert ReasonKind.BELOW not in reasons("PPHPPPPPA?", asking(80))  # 7.5 of 9
    assert ReasonKind.BELOW not in reasons("E?-", asking(80))  # nothing counts
    assert ReasonKind.BELOW not in reasons("AAAA")  # the rule asks for nothing
    assert not is_below(Tally(present=2, absent=1), 66)
    assert is_below(Tally(present=2, absent=1), 67)


def test_below_names_what_was_missed_and_late_learners_owe_nothing_before() -> None:
    found = reasons("--PAHE", asking(80))[ReasonKind.BELOW]
    assert [one.key for one in found.classes] == ["3", "4"]
    assert (found.tally.counted, found.tally.share) == (3, 0.5)


@pytest.mark.parametrize(
    ("shares", "holds"),
    [
        ((0.95, 0.8, 0.62, 0.4), True),
        ((0.2, 0.95, 0.8, 0.62, 0.4), True),  # the latest four
        ((0.9, 0.9, 0.62, 0.4), False),  # a tie is no fall
        ((0.904, 0.896, 0.62, 0.4), False),  # 90 % and 90 %, as they are shown
        ((0.99, 0.95, 0.9, 0.8), False),  # 19 points
        ((0.99, 0.95, 0.9, 0.79), True),  # 20
        ((0.95, 0.62, 0.8, 0.4), False),
        ((0.8, 0.62, 0.4), False),
        ((0.95, None, 0.8, 0.62, 0.4), True),  # what isn't known is passed over
        ((0.95, None, 0.8, 0.62), False),
    ],
)
def test_falling_time(shares: tuple[float | None, ...], *, holds: bool) -> None:
    some = classes("P" * len(shares), dict(enumerate(shares)))
    found = attention(some, PLAIN, left=None)
    assert [reason.kind for reason in found] == ([ReasonKind.FALLING] if holds else [])


def test_falling_passes_over_classes_that_do_not_count() -> None:
    shares: dict[int, float | None] = {0: 0.9, 1: 0.1, 2: 0.7, 3: 0.5, 4: 0.0, 5: 0.4}
    [found] = attention(classes("PEPH?A", shares), PLAIN, left=None)
    assert [one.key for one in found.classes] == ["0", "2", "3", "5"]
    assert attention(classes("PEPHAA", shares), PLAIN, left=None) == []


def test_out_of_reach_takes_what_is_left_and_unknown_for_attended() -> None:
    found = reasons("PPAAA", asking(80), left=3)[ReasonKind.OUT_OF_REACH]
    assert (found.left, found.best) == (3, 5 / 8)
    assert ReasonKind.OUT_OF_REACH not in reasons("PAA", asking(80), left=7)  # 8 of 10
    assert ReasonKind.OUT_OF_REACH in reasons("PAA", asking(80), left=6)
    assert ReasonKind.OUT_OF_REACH not in reasons("PAA?", asking(80), left=6)
    assert ReasonKind.OUT_OF_REACH in reasons("PAH", asking(80), left=4)  # 5.5 of 7
    assert ReasonKind.OUT_OF_REACH not in reasons("PAH", asking(80), left=5)  # 6.5 of 8
    assert reasons("PA", asking(80), left=0)[ReasonKind.OUT_OF_REACH].best == 0.5
    for nothing_said in (reasons("AAA", asking(80)), reasons("AAA", left=0)):
        assert ReasonKind.OUT_OF_REACH not in nothing_said
    assert reasons("", asking(80), left=0) == {}


def test_hardly_any_more_may_be_missed() -> None:
    close = reasons("PPA", asking(80), left=7)[ReasonKind.CLOSE]  # 10 classes, 2 may be missed
    assert (close.misses, close.left, len(close.classes)) == (1, 7, 1)
    assert reasons("PAA", asking(80), left=7)[ReasonKind.CLOSE].misses == 0
    assert ReasonKind.CLOSE not in reasons("PPA", asking(70), left=7)  # 2 more
    assert ReasonKind.CLOSE not in reasons("PPP", asking(100), left=7)  # missed nothing
    assert ReasonKind.CLOSE not in reasons("PPPPA", asking(50), left=1)  # may miss all that is left
    assert ReasonKind.CLOSE not in reasons("PPA", asking(80))


def test_how_many_may_be_missed() -> None:
    assert misses_left(Tally(present=8, absent=1), 1, 80) == 1
    assert misses_left(Tally(present=7, partly=1, absent=1), 1, 80) == 0
    assert misses_left(Tally(present=7, partly=1, absent=1), 1, 90) is None
    assert misses_left(Tally(), 3, 0) == 3
    assert misses_left(Tally(unknown=2), 0, 100) == 0
    assert best_share(Tally(excused=3), 0) is None
    assert best_share(Tally(present=1, absent=1, unknown=1), 1) == 0.75


def test_reasons_come_in_one_order_and_several_hold_at_once() -> None:
    found = reasons("PAAA", asking(80), left=1)
    assert list(found) == ["out_of_reach", "below", "in_a_row"]
