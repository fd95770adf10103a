"""Snapshots: which are kept, and which somebody still asks for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reports.models import Snapshot
from reports.models.snapshot import STOPPED_AFTER
from tests import factories

pytestmark = pytest.mark.django_db


def test_who_asks_is_told_apart_from_who_stopped() -> None:
    now, user = timezone.now(), factories.administrator()
    done = factories.snapshot(user)
    going = factories.snapshot(user, state="running")
    gone = factories.snapshot(user, state="waiting", heartbeat_at=now - STOPPED_AFTER)
    assert list(Snapshot.objects.under_way(now)) == [going]
    assert [one.is_stopped(now) for one in (done, going, gone)] == [False, False, True]
    assert [one.is_finished for one in (done, going, gone)] == [True, False, False]


def test_a_snapshot_is_kept_to_the_moment_of_its_end() -> None:
    snapshot = factories.snapshot(factories.administrator())
    last = snapshot.expires_at - timedelta(microseconds=1)
    assert Snapshot.objects.kept(last).exists()
    assert not Snapshot.objects.expired(last).exists()
    assert not Snapshot.objects.kept(snapshot.expires_at).exists()
    assert Snapshot.objects.expired(snapshot.expires_at).exists()
