"""The ledger's words: covered, provisional, overlapping, leased."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from reports.models import Account, Tile
from tests import factories
from tests.factories import START

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MIDNIGHT = START.replace(hour=0)


def tile(account: Account | None = None, **values: object) -> Tile:
    """The Monday of the factories."""
    account = account or factories.account()
    return Tile.objects.create(
        account=account, **{"start_at": MIDNIGHT, "end_at": MIDNIGHT + DAY} | values
    )


@pytest.mark.parametrize(
    ("asked_after_days", "provisional"),
    [(None, False), (0.5, True), (1, True), (3.9, True), (4, False), (100, False)],
)
def test_a_tile_is_provisional_by_when_it_was_asked(
    asked_after_days: float | None, provisional: bool
) -> None:
    asked = None if asked_after_days is None else MIDNIGHT + timedelta(days=asked_after_days)
    found = tile(asked_at=asked)
    assert found.is_provisional is provisional
    assert Tile.objects.provisional().exists() is provisional
    assert Tile.objects.covered().exists() is found.is_covered is (asked is not None)


def test_the_settling_time_is_a_setting(settings: Settings) -> None:
    found = tile(asked_at=MIDNIGHT + 2 * DAY)
    assert found.is_provisional
    settings.SYNC_SETTLING_DAYS = 1
    assert not found.is_provisional
    assert not Tile.objects.provisional().exists()


def test_what_retention_removed_is_not_covered() -> None:
    found = tile(asked_at=MIDNIGHT + DAY, removed_at=timezone.now())
    assert not found.is_covered
    assert not Tile.objects.covered().exists()
    assert not Tile.objects.provisional().exists()


def test_overlapping_is_half_open() -> None:
    tile()
    for first, last, overlaps in (
        (-1, 0, False),
        (-1, 0.1, True),
        (0.4, 0.5, True),
        (0.9, 2, True),
        (1, 2, False),
    ):
        found = Tile.objects.overlapping(MIDNIGHT + first * DAY, MIDNIGHT + last * DAY)
        assert found.exists() is overlaps, (first, last)


def test_a_day_of_an_account_is_there_once_and_has_a_length() -> None:
    first = tile()
    tile(factories.account("other"))
    with pytest.raises(IntegrityError), transaction.atomic():
        tile(first.account)
    with pytest.raises(IntegrityError), transaction.atomic():
        tile(first.account, start_at=MIDNIGHT + 2 * DAY, end_at=MIDNIGHT + 2 * DAY)


def test_a_lease_ends_by_itself() -> None:
    now = timezone.now()
    found = tile(lease_until=now)
    assert Tile.objects.unleased(now).get() == found
    assert not Tile.objects.unleased(now - timedelta(seconds=1)).exists()
    Tile.objects.update(lease_until=None)
    assert Tile.objects.unleased(now).exists()
