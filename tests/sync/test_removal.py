"""An account goes in short transactions: what is left meanwhile is right, and nothing comes back."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reports.models import (
    Account,
    Alert,
    Attendance,
    IgnoredSession,
    Person,
    RetentionPolicy,
    Room,
    RoomSession,
    Run,
    RunState,
    Schedule,
    Tile,
    Upload,
    VirtualEvent,
)
from reports.queries.freshness import freshness
from reports.simulator.server import Simulator
from reports.sync import removal
from reports.sync.allowance import Allowance
from reports.sync.connection import ConnectionRefused, Credentials, connect_account
from reports.sync.lease import claim_tile
from reports.sync.plan import Order, plan_run
from reports.sync.removal import begin_removal, remove, remove_what_is_asked
from reports.sync.run import do_run
from tests import course_factories, factories
from tests.sync.small import one_lesson, sync
from tests.sync.worlds import BASE, DAY, at, client_of

START = factories.START
pytestmark = pytest.mark.django_db
NO_TIME = Allowance(0)
DELETED = 'DELETE FROM "reports_attendance" WHERE "reports_attendance"."session_id"'


@pytest.fixture
def leaving() -> Account:
    """An account with three sessions of two people each, and one of nearly everything else."""
    account = factories.account()
    room = factories.room(account)
    factories.room(account, "Breakout", parent=room)
    people = [factories.person(account, name) for name in ("ada", "ben")]
    for week in range(3):
        factories.whole_session(
            room, [(one, 600, 300) for one in people], START + timedelta(weeks=week)
        )
    factories.run(account)
    factories.teacher(rooms=[room])
    Schedule.objects.create(account=account, kind="hourly")
    RetentionPolicy.objects.create(account=account, runs_days=30)
    VirtualEvent.objects.create(account=account, event_id="77", name="Open day")
    Alert.objects.create(account=account, kind="run_failed", opened_at=START)
    course = course_factories.course(course_factories.moodle_site(account), [room])
    IgnoredSession.objects.create(account=account, course=course, cue_point_id="1_sess0001")
    return account


def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a transaction hold one session."""
    monkeypatch.setattr(removal, "ATTENDANCES", 2)


def test_all_of_it_goes_and_nothing_else(leaving: Account) -> None:
    other = factories.account("other")
    kept = factories.whole_session(factories.room(other), [(factories.person(other), 60, 0)])
    begin_removal(leaving)
    assert remove(leaving.pk)
    assert list(Account.objects.all()) == [other]
    assert list(RoomSession.objects.all()) == [kept]
    for model in (Attendance, Person, Room, Tile):
        assert model._base_manager.count() == 1
    for model in (Run, Schedule, RetentionPolicy, VirtualEvent, Alert, IgnoredSession):
        assert not model._default_manager.exists()


def test_what_is_left_is_whole_sessions_and_no_day_counts_as_asked(
    leaving: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_steps(monkeypatch)
    midnight = START.replace(hour=0)
    first_day = (midnight, midnight + timedelta(days=1))
    assert not freshness([leaving], *first_day).uncovered
    version = leaving.data_version
    begin_removal(leaving)
    left = []
    while True:
        found = Account.objects.get()
        assert found.data_version > version
        version = found.data_version
        assert freshness([found], *first_day).uncovered
        sessions = RoomSession.objects.all()
        left.append(len(sessions))
        for session in sessions:
            assert sum(row.view_seconds for row in session.attendances.all()) == 1200
            assert session.view_seconds == 1200
        if not sessions:
            break
        assert not remove(leaving.pk, NO_TIME)
    assert left == [3, 2, 1, 0]
    assert remove(leaving.pk)


def test_a_transaction_holds_no_more_than_so_many_attendances(
    leaving: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "ATTENDANCES", 4)
    begin_removal(leaving)
    with CaptureQueriesContext(connection) as seen:
        remove(leaving.pk)
    deleted = [it["sql"] for it in seen if DELETED in it["sql"]]
    assert len(deleted) == 2  # of two sessions, and of one


def test_nothing_is_asked_for_any_more(leaving: Account) -> None:
    run = factories.run(leaving, state=RunState.WAITING)
    factories.upload(
        leaving, {6000: [("1_room", "A", "", "1_up", 1768210200, 1768213800, "", 1, 0)]}
    )
    begin_removal(leaving)
    assert Run.objects.get(pk=run.pk).state == RunState.CANCELLED
    assert not Schedule.objects.exists()
    assert not Upload.objects.exists()
    with pytest.raises(Account.DoesNotExist):
        plan_run(leaving, Order(START, START + timedelta(days=1)))
    with pytest.raises(ConnectionRefused, match="being deleted"):
        connect_account(
            leaving.name,
            Credentials("us", leaving.partner_id, leaving.sign_in, "another secret"),
        )


def test_an_answer_that_was_on_its_way_is_not_stored(
    account: Account, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.world = one_lesson()
    sync(account)
    run, _ = plan_run(account, Order(at(BASE), at(BASE + DAY)))
    asked: list[Any] = []

    class Slow:
        """A client whose account is removed while it asks."""

        def open_report(self, *words: Any, **more: Any) -> Any:
            if not asked:
                begin_removal(account)
                assert not remove(account.pk, NO_TIME)
            asked.append(words)
            return client_of(account).open_report(*words, **more)

    do_run(run, Slow())
    assert asked
    assert not RoomSession.objects.exists()
    assert not Attendance.objects.exists()
    assert claim_tile(run) is None


def test_a_worker_goes_on_with_it(leaving: Account) -> None:
    begin_removal(leaving)
    call_command("worker", "--once")
    assert not Account.objects.exists()


def test_only_what_is_asked_for_is_removed(leaving: Account) -> None:
    other = factories.account("other")
    begin_removal(leaving)
    assert remove_what_is_asked(seconds=60) == 1
    assert list(Account.objects.all()) == [other]
    assert remove(leaving.pk)  # and again, as by a second worker
