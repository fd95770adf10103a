"""Each day of an account in one state: what is here, what is missing and why."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from reports.charts.coverage import coverage_strip, days_text
from reports.models import Account, Finding, FindingKind, Tile, Upload
from reports.queries.coverage import (
    NOT_HERE,
    DayRange,
    DayState,
    coverages,
    days_with,
    ranges,
)
from reports.queries.freshness import freshness
from tests import factories as make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FIRST = datetime(2026, 1, 28, tzinfo=UTC)
NOW = datetime(2026, 2, 8, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now() -> Iterator[object]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def account() -> Account:
    """Every day from the 28th on is here, but for those that are in another state."""
    account = make.account()
    states = {
        1: {"removed_at": NOW},
        2: {"failed_at": NOW},
        3: {"asked_at": None, "failed_at": NOW},
        4: {"is_cut": True},
        # 5 is missing
        6: {"asked_at": None},
        7: {"asked_at": FIRST + 7 * DAY + timedelta(hours=20)},
        9: {"asked_at": NOW},
        10: {"asked_at": NOW},
        11: {"asked_at": NOW},
    }
    for day in (0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11):
        values = {"asked_at": min(FIRST + (day + 8) * DAY, NOW)} | states.get(day, {})
        make.tile(account, FIRST + day * DAY, **values)
    return account


STATES = [
    *("settled", "removed", "failed", "failed", "cut", "missing", "missing", "partly"),
    *("provisional", "provisional", "provisional", "provisional"),
]


def test_each_day_is_in_one_state(
    account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        [coverage] = coverages([account], NOW)
    assert list(coverage.days.values()) == STATES
    assert next(iter(coverage.days)) == FIRST.date()
    assert coverage.counts[DayState.PROVISIONAL] == 4


def test_what_is_missing_is_what_every_other_page_calls_so(account: Account) -> None:
    [coverage] = coverages([account], NOW)
    not_here = set(coverage.of(*NOT_HERE))
    found = freshness([account])
    # A day that failed before it was ever asked is told as failed here, and lacks there.
    assert set(found.missing) == not_here | {date(2026, 1, 31)}
    assert found.removed == tuple(coverage.of(DayState.REMOVED))
    assert found.cut_count == len(coverage.of(DayState.CUT))
    assert found.failed_count == len(coverage.of(DayState.FAILED))


def test_accounts_are_told_apart_and_one_without_days_has_none(account: Account) -> None:
    other = make.account("other")
    make.tile(other, NOW - DAY, asked_at=NOW)
    first, second, third = coverages([other, account, make.account("new")], NOW)
    assert list(first.days.values()) == ["provisional", "missing"]
    assert list(second.days.values()) == STATES
    assert third.days == {}


def uploaded(account: Account, first: datetime, last: datetime, **values: object) -> Tile:
    """Return the span of a stored upload that is all there is of these hours."""
    upload = Upload.objects.create(
        account=account,
        from_at=first,
        to_at=last,
        is_everything=True,
        sha256=f"{first} {last}",
        uploaded_at=NOW,
        expires_at=NOW,
    )
    values = {"asked_at": NOW} | values
    return Tile.every.create(account=account, start_at=first, end_at=last, upload=upload, **values)


def test_days_that_only_uploads_hold_are_not_missing() -> None:
    account = make.account(sign_in="none")
    for first, last in ((0, 2), (2, 5), (7, 8)):
        uploaded(account, FIRST + first * DAY, FIRST + last * DAY)
    make.tile(account, FIRST + 6 * DAY, asked_at=FIRST + 6 * DAY + timedelta(hours=2))
    [coverage] = coverages([account], NOW)
    words = "uploaded " * 5 + "missing partly uploaded " + "missing " * 4
    assert list(coverage.days.values()) == words.split()
    assert freshness([account]).missing == tuple(coverage.of(*NOT_HERE))


def test_uploaded_days_of_another_zone_are_all_here() -> None:
    account = make.account(sign_in="none")
    first, last = (FIRST + n * DAY - timedelta(hours=1) for n in (0, 3))  # midnights in Berlin
    uploaded(account, first, last)
    [coverage] = coverages([account], NOW)
    words = "uploaded " * 3 + "partly " + "missing " * 9
    assert list(coverage.days.values()) == words.split()
    assert next(iter(coverage.days)) == FIRST.date() - DAY
    assert freshness([account], first, last).is_complete
    assert freshness([account], first, last).complete_to == last
    assert freshness([account], first - DAY, last).missing == (
        FIRST.date() - 2 * DAY,
        FIRST.date() - DAY,
    )
    altogether = freshness([account])
    assert altogether.complete_to == FIRST + 2 * DAY
    assert altogether.missing == tuple(coverage.of(*NOT_HERE))


def test_removed_uploads_were_removed_and_cut_ones_are_cut() -> None:
    account = make.account(sign_in="none")
    uploaded(account, FIRST, FIRST + 2 * DAY, removed_at=NOW)
    uploaded(account, FIRST + 2 * DAY, FIRST + 3 * DAY)
    uploaded(account, FIRST + 3 * DAY, FIRST + 4 * DAY, asked_at=None, is_cut=True)
    [coverage] = coverages([account], NOW)
    words = "removed removed uploaded cut " + "missing " * 8
    assert list(coverage.days.values()) == words.split()
    found = freshness([account], FIRST, FIRST + 3 * DAY)
    assert found.removed == tuple(coverage.of(DayState.REMOVED))
    assert (found.missing, found.uploaded) == ((), (FIRST.date() + 2 * DAY,))


def test_days_in_a_row_are_one_range() -> None:
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 3), date(2026, 1, 31)]
    assert ranges(days) == [
        DayRange(date(2026, 1, 31), date(2026, 2, 1)),
        DayRange(date(2026, 2, 3), date(2026, 2, 3)),
    ]
    assert [span.days for span in ranges(days)] == [2, 1]
    assert ranges([]) == []


def test_days_of_a_finding_are_those_of_its_kind_and_account(account: Account) -> None:
    tiles = list(account.tiles.order_by("start_at"))
    for tile, kind in ((tiles[0], "mismatch"), (tiles[0], "mismatch"), (tiles[8], "mismatch")):
        Finding.objects.create(account=account, tile=tile, kind=kind)
    Finding.objects.create(account=account, tile=tiles[2], kind="placeholder")
    Finding.objects.create(account=account, tile=tiles[1], kind="mismatch")  # removed by now
    other = make.account("other")
    Finding.objects.create(account=other, tile=make.tile(other, FIRST + 2 * DAY), kind="mismatch")
    assert days_with(account, FindingKind.MISMATCH) == [date(2026, 1, 28), date(2026, 2, 6)]


def test_the_strip_is_drawn_and_said_month_by_month(account: Account) -> None:
    [coverage] = coverages([account], NOW)
    strip = coverage_strip(coverage, date(2025, 12, 1), NOW.date())
    assert [month.label for month in strip.months] == ["Jan 2026", "Feb 2026"]
    january, february = strip.months
    assert len(january.marks) == 31
    assert [mark.state for mark in january.marks[26:]] == ["", *STATES[:4]]
    assert january.words == "28 settled; 29 removed by retention; 30–31 failed at the latest try"
    assert february.words == (
        "1 cut by Kaltura; 2–3 missing; 4 only partly here; 5–8 may still change"
    )
    assert strip.spans[0].held == "Thu 5 Feb – Sun 8 Feb"
    assert sum(span.days for span in strip.spans) == len(STATES)
    assert {one.state: one.count for one in strip.counts if one.count} == coverage.counts


def test_a_year_shows_its_own_days_and_counts_all(account: Account) -> None:
    [coverage] = coverages([account], NOW)
    strip = coverage_strip(coverage, date(2025, 1, 1), date(2025, 12, 31))
    assert strip.months == ()
    assert sum(one.count for one in strip.counts) == len(STATES)


def test_a_sentence_names_three_ranges_and_counts_the_others() -> None:
    days = [date(2026, 1, n) for n in (1, 2, 5, 8, 11, 12)]
    assert days_text(days) == "Thu 1 Jan – Fri 2 Jan, Mon 5 Jan, Thu 8 Jan and 2 days more"
