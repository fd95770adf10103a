"""What is offered as one class or as none, and what is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reports.analytics.class_offers import HeldClass, MergeOffer, ignore_offers, merge_offers

NINE = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def held(key: str, at: timedelta, minutes: int | None, people: str | None, **more: object):  # type: ignore[no-untyped-def]
    starts_at = NINE + at
    length = None if minutes is None else 60 * minutes
    values: dict[str, object] = {
        "room": "A",
        "ends_at": None if minutes is None else starts_at + minutes * MINUTE,
        "people": None if people is None else frozenset(people),
    }
    return HeldClass(key, starts_at=starts_at, length_seconds=length, **values | more)  # type: ignore[arg-type]


def test_a_host_who_came_back_is_offered_with_the_evidence() -> None:
    first, second = held("1", 0 * MINUTE, 20, "abcd"), held("2", 25 * MINUTE, 60, "bcdef")
    expected = MergeOffer("1", "2", gap_seconds=300, in_both=3, people=5)
    assert merge_offers([second, first]) == [expected]


@pytest.mark.parametrize(
    ("gap", "is_offered"),
    [
        (15 * MINUTE, True),
        (15 * MINUTE + SECOND, False),
        (-15 * MINUTE, True),  # it was closed late
        (-15 * MINUTE - SECOND, False),
    ],
)
def test_a_gap_of_a_quarter_of_an_hour_is_the_longest(gap: timedelta, is_offered: bool) -> None:
    first = held("1", 0 * MINUTE, 60, "ab")
    second = held("2", 60 * MINUTE + gap, 60, "ab")
    assert bool(merge_offers([first, second])) == is_offered


@pytest.mark.parametrize(
    ("first", "second", "is_offered"),
    [
        ("ab", "cd", False),  # two classes, one after the other
        ("ab", "bc", True),
        ("", "ab", True),  # nobody had come yet
        ("ab", "", True),
        (None, "ab", True),  # who was there is not known
    ],
)
def test_two_that_have_nobody_in_common_are_two_classes(
    first: str | None, second: str, is_offered: bool
) -> None:
    found = merge_offers([held("1", 0 * MINUTE, 60, first), held("2", 61 * MINUTE, 60, second)])
    assert bool(found) == is_offered
    if first is None:
        assert (found[0].in_both, found[0].people) == (None, None)


def test_other_rooms_and_sessions_without_an_end_are_not_offered() -> None:
    first = held("1", 0 * MINUTE, 60, "ab")
    second = held("2", 61 * MINUTE, 60, "ab")
    assert merge_offers([first, replace(second, room="B")]) == []
    assert merge_offers([replace(first, ends_at=None), second]) == []


def test_three_in_a_row_are_two_offers() -> None:
    rows = [held(str(n), n * 30 * MINUTE, 25, "ab") for n in range(3)]
    assert [(it.first, it.second) for it in merge_offers(rows)] == [("0", "1"), ("1", "2")]


@pytest.mark.parametrize(
    ("minutes", "people", "staff", "reasons"),
    [
        (60, "", "", ["nobody"]),
        (60, "t", "t", ["only_staff"]),
        (60, "tu", "t", []),
        (4, "ab", "", ["short"]),
        (5, "ab", "", []),
        (4, "", "", ["nobody", "short"]),
        (60, None, "", []),  # unknown is not nobody
        (None, None, "", []),
        (None, "ab", "", []),
    ],
)
def test_what_may_be_no_class_is_told_with_every_reason(
    minutes: int | None, people: str | None, staff: str, reasons: list[str]
) -> None:
    one = held("1", 0 * MINUTE, minutes, people, staff=frozenset(staff))
    assert [list(it.reasons) for it in ignore_offers([one])] == ([reasons] if reasons else [])
