"""What is kept long enough goes: counted first, then done, and never brought back by a sync."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from reports.models import (
    AccessLogEntry,
    Account,
    Attendance,
    ErasedPerson,
    Finding,
    IdentityLink,
    MoodleSite,
    Person,
    Restatement,
    RetentionPolicy,
    RoomSession,
    Run,
    RunState,
    SetAsideLine,
    Snapshot,
    Tile,
)
from reports.queries.freshness import freshness
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from reports.sync.allowance import Allowance
from reports.sync.erasure import erase_person, find_traces
from reports.sync.plan import Order, plan_run
from reports.sync.retention import Counts, apply, apply_all, apply_daily, due, log_lines_due
from tests import factories
from tests.sync.small import (
    ADA,
    BEN,
    CUE,
    EVE,
    TEN,
    figures,
    lesson,
    one_lesson,
    seen,
    sync,
    the_session,
)
from tests.sync.worlds import BASE, DAY, HOUR, ROOMS, at

START = datetime(2026, 1, 5, 10, tzinfo=UTC)  # a Monday
NOW = START + timedelta(days=100)
PSEUDONYMISE, REMOVE = "pseudonymise", "remove"
pytestmark = pytest.mark.django_db


def policy_of(account: Account, **values: Any) -> RetentionPolicy:
    return RetentionPolicy.objects.create(account=account, **values)


@pytest.fixture
def world() -> dict[str, Any]:
    """Ada in an old and a new session, Ben in the old one alone; a gone day's worth between."""
    account = factories.account()
    room = factories.room(account)
    ada = factories.person(account, "ada", name="Ada")
    ben = factories.person(account, "ben", name="Ben")
    old = factories.whole_session(
        room, [(ada, 600, 300), (ben, 300, 0)], START, initiator="Dr. Ada Host"
    )
    new = factories.whole_session(room, [(ada, 900, 300)], START + timedelta(days=90))
    return {"account": account, "ada": ada, "ben": ben, "old": old, "new": new}


def test_without_a_limit_nothing_is_due(world: dict[str, Any]) -> None:
    policy = policy_of(world["account"])
    assert not due(policy, NOW)
    assert apply(policy, NOW) == Counts()
    assert Attendance.objects.count() == 3


def test_people_of_old_sessions_alone_become_pseudonyms(world: dict[str, Any]) -> None:
    policy = policy_of(world["account"], attendances_days=30)
    expected = Counts(attendances=1, people=1, hosts=1)
    assert due(policy, NOW) == expected
    assert apply(policy, NOW) == expected
    assert not due(policy, NOW)
    ben = Person.objects.get(pk=world["ben"].pk)
    assert (ben.user_id, ben.name, ben.email) == ("", "", "")
    assert ben.erased_at is not None
    assert "ben" not in ben.key
    assert Person.objects.get(pk=world["ada"].pk).name == "Ada"  # she still comes
    old = RoomSession.objects.get(pk=world["old"].pk)
    assert (old.attendee_count, old.view_seconds, old.engaged_seconds) == (2, 900, 300)
    assert (old.host_name, old.initiator) == ("", "")
    assert RoomSession.objects.get(pk=world["new"].pk).host_name == "Dr. Ada Host"
    assert Attendance.objects.count() == 3
    assert not Tile.objects.filter(removed_at__isnull=False).exists()


def test_old_attendances_are_removed_and_the_sums_stay(world: dict[str, Any]) -> None:
    policy = policy_of(world["account"], attendances_days=30, attendances_action=REMOVE)
    version = Account.objects.get().data_version
    expected = Counts(days=1, attendances=2, people=1, hosts=1)
    assert due(policy, NOW) == expected
    assert apply(policy, NOW) == expected
    assert not due(policy, NOW)
    assert list(Attendance.objects.values_list("session", flat=True)) == [world["new"].pk]
    assert list(Person.objects.all()) == [world["ada"]]
    old = RoomSession.objects.get(pk=world["old"].pk)
    assert (old.attendee_count, old.view_seconds, old.engaged_seconds) == (2, 900, 300)
    assert old.host_name == ""
    found = freshness([world["account"]], START, START + timedelta(days=1))
    assert [f"{day}" for day in found.removed] == ["2026-01-05"]
    assert Account.objects.get().data_version > version


@pytest.mark.parametrize("action", [PSEUDONYMISE, REMOVE])
def test_what_can_be_done_in_no_time_is_nothing(world: dict[str, Any], action: str) -> None:
    policy = policy_of(world["account"], attendances_days=30, attendances_action=action)
    expected = due(policy, NOW)
    assert apply(policy, NOW, Allowance(0)) == Counts()
    assert apply(policy, NOW) == expected


def test_a_limit_is_whole_utc_days(world: dict[str, Any]) -> None:
    policy = policy_of(world["account"], attendances_days=30, attendances_action=REMOVE)
    ends = datetime(2026, 1, 6, tzinfo=UTC)  # of the old session's day
    last = ends + timedelta(days=30) - timedelta(seconds=1)
    assert not due(policy, last)
    assert due(policy, last + timedelta(seconds=1)).days == 1


def test_another_account_is_left_alone(world: dict[str, Any]) -> None:
    other = factories.account("other")
    somebody = factories.person(other, "eve", name="Eve")
    factories.whole_session(factories.room(other), [(somebody, 60, 0)], START)
    for action in (PSEUDONYMISE, REMOVE):
        RetentionPolicy.objects.all().delete()
        apply(policy_of(world["account"], attendances_days=30, attendances_action=action), NOW)
    assert Person.objects.get(account=other).name == "Eve"
    assert Attendance.objects.filter(tile__account=other).exists()


def test_pseudonyms_are_removed_with_their_attendances_later(world: dict[str, Any]) -> None:
    policy = policy_of(world["account"], attendances_days=30)
    apply(policy, NOW)
    policy.attendances_action = REMOVE
    apply(policy, NOW)
    assert list(Person.objects.all()) == [world["ada"]]


def test_whom_a_request_erased_is_kept_as_a_hash(world: dict[str, Any]) -> None:
    erase_person(world["ben"], find_traces(world["ben"]))
    policy = policy_of(world["account"], attendances_days=30, attendances_action=REMOVE)
    apply(policy, NOW)
    assert ErasedPerson.objects.filter(pseudonym=world["ben"]).exists()


def test_links_to_moodle_go_with_the_person(world: dict[str, Any]) -> None:
    site = MoodleSite.objects.create(issuer="https://moodle.example.org", name="Moodle")
    for key in ("u:ada", "u:ben"):
        IdentityLink.objects.create(account=world["account"], site=site, person_key=key)
    apply(policy_of(world["account"], attendances_days=30), NOW)
    assert list(IdentityLink.objects.values_list("person_key", flat=True)) == ["u:ada"]


def test_many_people_go_in_batches(world: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.sync.retention.BATCH", 2)
    people = [factories.person(world["account"], f"p{n}") for n in range(5)]
    later = START + timedelta(days=1)
    factories.whole_session(world["old"].room, [(it, 60, 0) for it in people], later)
    policy = policy_of(world["account"], attendances_days=30)
    assert apply(policy, NOW).people == 6
    assert Person.objects.filter(erased_at__isnull=True).count() == 1
    assert len(set(Person.objects.values_list("key", flat=True))) == 7


def test_lines_that_could_not_be_read_go_by_their_own_limit(world: dict[str, Any]) -> None:
    old, new = Tile.objects.order_by("start_at")
    for tile in (old, new):
        SetAsideLine.objects.create(
            tile=tile, report_id=6001, number=2, text="x,ada", reason="fields"
        )
        Finding.objects.create(account=world["account"], tile=tile, kind="set_aside")
    policy = policy_of(world["account"], set_aside_days=30)
    assert due(policy, NOW) == apply(policy, NOW) == Counts(set_aside_lines=1)
    assert SetAsideLine.objects.get().tile == new
    assert Finding.objects.count() == 2  # that there were lines stays known
    assert Person.objects.filter(name="Ben").exists()


def test_lines_never_outlive_the_names_of_their_day(world: dict[str, Any]) -> None:
    old = Tile.objects.order_by("start_at")[0]
    SetAsideLine.objects.create(tile=old, report_id=6001, number=2, text="x,ada", reason="fields")
    policy = policy_of(world["account"], attendances_days=30, set_aside_days=900)
    assert apply(policy, NOW).set_aside_lines == 1


def test_snapshots_restatements_and_runs_go_by_their_own_limits(world: dict[str, Any]) -> None:
    account = world["account"]
    head = factories.administrator()
    far = NOW + timedelta(days=900)
    for days in (1, 50):
        asked = NOW - timedelta(days=days)
        factories.snapshot(head, account, requested_at=asked, expires_at=far)
        tile = Tile.objects.order_by("start_at")[0]
        zeros = dict.fromkeys(
            f"{name}_{when}"
            for name in ("attendees", "view_seconds", "engaged_seconds")
            for when in ("before", "after")
        )
        figures_of = dict.fromkeys(zeros, 0)
        restated = Restatement.objects.create(
            account=account, tile=tile, cue_point_id=CUE, **figures_of
        )
        Restatement.objects.filter(pk=restated.pk).update(noticed_at=asked)
        for state in (RunState.DONE, RunState.RUNNING):
            run = factories.run(account, state=state)
            Run.objects.filter(pk=run.pk).update(requested_at=asked)
    limits = {"snapshots_days": 30, "restatements_days": 30, "runs_days": 30}
    policy = policy_of(account, **limits)
    assert due(policy, NOW) == apply(policy, NOW) == Counts(snapshots=1, restatements=1, runs=1)
    assert (Snapshot.objects.count(), Restatement.objects.count()) == (1, 1)
    assert Run.objects.filter(state=RunState.RUNNING).count() == 2


# --- A sync after it --------------------------------------------------------------------------


def days_since(unix: int) -> int:
    """Return the limit that keeps this UTC day and none before it, whenever the test runs."""
    return (datetime.now(UTC).date() - at(unix).date()).days


def two_days() -> ListedWorld:
    return ListedWorld(
        ROOMS,
        [lesson(), lesson("1_tuesday1", start=TEN + DAY)],
        [seen(ADA), seen(BEN), seen(EVE, cue="1_tuesday1", when=TEN + DAY + 60)],
    )


@pytest.mark.parametrize("action", [PSEUDONYMISE, REMOVE])
def test_no_sync_brings_back_what_went(account: Account, simulator: Simulator, action: str) -> None:
    simulator.world = two_days()
    sync(account, BASE, BASE + 2 * DAY)
    limit = {"attendances_days": days_since(BASE + DAY), "attendances_action": action}
    apply(policy_of(account, **limit))
    before = figures()
    assert not sync(account).run_tiles.exists()  # of the day that went
    sync(account, BASE, BASE + 2 * DAY)
    assert not Person.objects.filter(user_id="ada.l").exists()
    assert Person.objects.filter(user_id="eve.r").exists()
    assert figures() == before == (2, 1200, 600)
    assert the_session().host_name == ""


def test_what_was_fetched_before_the_limit_is_not_merged_after_it(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = two_days()
    run, _ = plan_run(account, Order(at(BASE), at(BASE + 2 * DAY)))  # its tiles are in the queue
    policy_of(account, attendances_days=days_since(BASE + DAY), attendances_action=REMOVE)
    sync(account, BASE, BASE + 2 * DAY)
    assert run.run_tiles.count() == 2
    assert not RoomSession.objects.filter(cue_point_id=CUE).exists()
    assert figures("1_tuesday1") == (1, 600, 300)


def test_a_session_over_the_limit_keeps_its_sums(account: Account, simulator: Simulator) -> None:
    night = lesson(start=BASE + 23 * HOUR, length=2 * HOUR)
    simulator.world = one_lesson(
        seen(ADA, when=BASE + 23 * HOUR), seen(BEN, when=BASE + 24 * HOUR), session=night
    )
    sync(account)
    assert figures() == (2, 1200, 600)
    limit = {"attendances_days": days_since(BASE + DAY), "attendances_action": REMOVE}
    apply(policy_of(account, **limit))
    assert Attendance.objects.count() == 1
    sync(account, BASE + DAY, BASE + 2 * DAY)  # writes the other half anew
    assert figures() == (2, 1200, 600)


def test_a_lifted_limit_lets_the_days_come_back(account: Account, simulator: Simulator) -> None:
    simulator.world = two_days()
    sync(account, BASE, BASE + 2 * DAY)
    limit = {"attendances_days": days_since(BASE + DAY), "attendances_action": REMOVE}
    policy = policy_of(account, **limit)
    apply(policy)
    policy.delete()
    assert freshness([account], at(BASE), at(BASE + DAY)).removed
    simulator.world = one_lesson(seen(ADA))
    sync(account)
    assert figures() == (1, 600, 300)
    assert not freshness([account], at(BASE), at(BASE + DAY)).removed
    assert Person.objects.filter(user_id="ada.l").exists()


# --- Every day --------------------------------------------------------------------------------


def test_every_account_is_done_and_the_log_tells(world: dict[str, Any]) -> None:
    policy_of(world["account"], attendances_days=30)
    idle = factories.account("idle")
    policy_of(idle, attendances_days=30)
    done = apply_all(NOW)
    assert done == {"idle": Counts(), "university": Counts(attendances=1, people=1, hosts=1)}
    entry = AccessLogEntry.objects.get()
    assert (entry.user_label, entry.action) == ("retention", "applied retention")
    assert (entry.target, entry.detail) == (
        "account university",
        {"attendances": 1, "people": 1, "hosts": 1},
    )


def test_a_worker_takes_each_account_up_once_a_day(
    world: dict[str, Any], django_assert_num_queries: Any
) -> None:
    policy_of(world["account"], attendances_days=30)
    assert apply_daily(NOW) == 1
    with django_assert_num_queries(1):  # the log is kept for ever
        assert apply_daily(NOW + timedelta(hours=3)) == 0
    assert apply_daily(NOW + timedelta(days=1)) == 1
    assert Person.objects.filter(name="Ben").count() == 0


def test_the_access_log_is_kept_for_ever_unless_the_site_says_otherwise(
    db: None, settings: Settings
) -> None:
    for days in (1, 50):
        entry = AccessLogEntry.objects.create(user_label="ada", action="viewed", target=str(days))
        AccessLogEntry.objects.filter(pk=entry.pk).update(at=NOW - timedelta(days=days))
    assert not log_lines_due(NOW).exists()
    settings.ACCESS_LOG_DAYS = 30
    assert log_lines_due(NOW).count() == 1
    apply_all(NOW)
    left = AccessLogEntry.objects.order_by("at").values_list("user_label", "target", "detail")
    assert list(left) == [
        ("ada", "1", {}),
        ("retention", "access log", {"access_log_lines": 1}),
    ]
