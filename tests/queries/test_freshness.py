"""How fresh and how complete: holes, cut and removed days, days that are not over."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from reports.models import Account
from reports.queries.freshness import freshness
from tests import factories as make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FIRST = datetime(2026, 1, 12, tzinfo=UTC)
NOW = datetime(2026, 2, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def account() -> Account:
    return make.account()


def cover(account: Account, *days: int, **values: object) -> None:
    for day in days:
        make.tile(account, FIRST + day * DAY, **values)


def test_nothing_synced_is_complete_to_nowhere(account: Account) -> None:
    found = freshness([account], FIRST, FIRST + 2 * DAY)
    assert found.synced_at is found.complete_to is found.provisional_from is None
    assert found.uncovered == (date(2026, 1, 12), date(2026, 1, 13))
    assert not found.is_complete
    assert freshness([account]).uncovered == ()
    assert freshness([]).complete_to is None


def test_a_covered_range_is_complete(
    account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cover(account, 0, 1)
    with django_assert_num_queries(2):
        found = freshness([account], FIRST + timedelta(hours=5), FIRST + 2 * DAY)
    assert found.is_complete
    assert found.complete_to == FIRST + 2 * DAY
    assert found.synced_at == FIRST + 11 * DAY
    assert (found.failed_count, found.cut_count, found.provisional_from) == (0, 0, None)


def test_it_is_complete_up_to_the_first_hole(account: Account) -> None:
    cover(account, 0, 1, 3)
    found = freshness([account], FIRST, FIRST + 4 * DAY)
    assert found.complete_to == FIRST + 2 * DAY
    assert found.uncovered == (date(2026, 1, 14),)
    assert freshness([account], FIRST + 3 * DAY, FIRST + 4 * DAY).is_complete


def test_without_a_range_it_begins_with_the_first_covered_day(account: Account) -> None:
    cover(account, 0, asked_at=None)
    cover(account, 1, 2)
    found = freshness([account])
    assert found.complete_to == FIRST + 3 * DAY
    assert found.uncovered[0] == date(2026, 1, 15)
    assert found.uncovered[-1] == NOW.date()


def test_a_cut_day_is_not_complete(account: Account) -> None:
    cover(account, 0, 2)
    cover(account, 1, is_cut=True)
    found = freshness([account], FIRST, FIRST + 3 * DAY)
    assert found.complete_to == FIRST + DAY
    assert (found.cut_count, found.uncovered, found.is_complete) == (1, (), False)


def test_days_removed_by_retention_are_told_from_those_never_asked(account: Account) -> None:
    cover(account, 0, removed_at=NOW)
    cover(account, 1)
    found = freshness([account], FIRST, FIRST + 3 * DAY)
    assert found.removed == (date(2026, 1, 12),)
    assert found.uncovered == (date(2026, 1, 12), date(2026, 1, 14))


def test_a_failed_try_keeps_the_data_and_is_counted(account: Account) -> None:
    cover(account, 0, failed_at=NOW)
    found = freshness([account], FIRST, FIRST + DAY)
    assert (found.failed_count, found.is_complete) == (1, True)


def test_today_is_complete_up_to_when_it_was_asked_and_lacks_nothing(account: Account) -> None:
    today = NOW.replace(hour=0)
    make.tile(account, today, asked_at=NOW - timedelta(hours=2))
    found = freshness([account], today, today + 5 * DAY)
    assert found.complete_to == NOW - timedelta(hours=2)
    assert found.uncovered == ()
    assert found.provisional_from == today


def test_a_past_day_asked_before_its_end_is_not_covered(account: Account) -> None:
    cover(account, 0, asked_at=FIRST + timedelta(hours=20))
    cover(account, 1)
    found = freshness([account], FIRST, FIRST + 2 * DAY)
    assert found.uncovered == (date(2026, 1, 12),)
    assert found.complete_to == FIRST + timedelta(hours=20)
    assert freshness([account], FIRST, FIRST + timedelta(hours=20)).is_complete


def test_figures_asked_before_they_settled_are_provisional(account: Account) -> None:
    cover(account, 0)
    cover(account, 1, asked_at=FIRST + 2 * DAY + timedelta(hours=1))
    assert freshness([account], FIRST, FIRST + 2 * DAY).provisional_from == FIRST + DAY


def test_of_several_accounts_it_tells_the_worst(account: Account) -> None:
    other = make.account("other")
    cover(account, 0, 1, 2)
    cover(other, 0, 2)
    found = freshness([account, other], FIRST, FIRST + 3 * DAY)
    assert found.complete_to == FIRST + DAY
    assert found.uncovered == (date(2026, 1, 13),)


def test_the_future_is_not_missing(account: Account) -> None:
    assert freshness([account], NOW + DAY, NOW + 2 * DAY).uncovered == ()
