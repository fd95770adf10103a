"""Asking again for days that lie apart: these days, and no other."""

from datetime import UTC, date, datetime, timedelta

import pytest

from reports.models import Account, Run, RunTile
from reports.sync import again
from reports.sync.again import ask_days_again
from tests import factories as make

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def account() -> Account:
    return make.account()


def day(number: int) -> date:
    return (FIRST + number * DAY).date()


def days_of(run: Run, **wanted: str) -> list[date]:
    tiles = run.run_tiles.filter(**wanted).order_by("tile__start_at")
    return [row.tile.start_at.date() for row in tiles.select_related("tile")]


def test_each_range_is_a_run_of_exactly_its_days(account: Account) -> None:
    runs = ask_days_again(account, [(day(0), day(1)), (day(5), day(5))])
    assert [days_of(run) for run in runs] == [[day(5)], [day(0), day(1)]]
    assert [(run.from_at, run.to_at) for run in runs] == [
        (FIRST + 5 * DAY, FIRST + 6 * DAY),
        (FIRST, FIRST + 2 * DAY),
    ]


def test_provisional_days_are_asked_once_for_all_of_them(account: Account) -> None:
    make.tile(account, FIRST + 9 * DAY, asked_at=FIRST + 10 * DAY)
    runs = ask_days_again(account, [(day(n), day(n)) for n in (0, 2, 4)])
    provisional = [days_of(run, reason=RunTile.Reason.PROVISIONAL) for run in runs]
    assert provisional == [[day(9)], [], []]


def test_asking_twice_makes_no_second_run(account: Account) -> None:
    wanted = [(day(0), day(0)), (day(3), day(3))]
    assert ask_days_again(account, wanted) == ask_days_again(account, wanted)
    assert Run.objects.count() == 2


def test_the_latest_ranges_go_first_and_not_all_at_once(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "MOST_RUNS", 2)
    runs = ask_days_again(account, [(day(n), day(n)) for n in (0, 2, 4)])
    assert [days_of(run) for run in runs] == [[day(4)], [day(2)]]
