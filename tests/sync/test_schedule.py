"""What is due by itself: local hours as clocks change, missed nights, two planners at once."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from reports.models import (
    Account,
    Priority,
    RetentionPolicy,
    Run,
    RunKind,
    RunState,
    RunTile,
    Schedule,
    ScheduleKind,
    SignInMethod,
    Tile,
    TileState,
)
from reports.models.schedule import parallel_calls, schedule_of
from reports.sync.schedule import (
    CAUGHT_UP,
    CHUNK,
    Wish,
    change_schedule,
    latest_due,
    local_moment,
    next_due,
    plan_backfill,
    plan_due,
    plan_scheduled,
    scheduled_days,
)
from tests import factories as make

pytestmark = pytest.mark.django_db
BERLIN = "Europe/Berlin"
DAY = timedelta(days=1)
NOW = datetime(2026, 3, 10, 14, 20, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


def nightly(at: time = time(2, 30), zone: str = BERLIN, **values: object) -> Schedule:
    account = Account.objects.first() or make.account()
    return Schedule.objects.create(
        account=account, kind=ScheduleKind.NIGHTLY, at=at, zone=zone, **values
    )


def hourly(**values: object) -> Schedule:
    account = Account.objects.first() or make.account()
    return Schedule.objects.create(account=account, kind=ScheduleKind.HOURLY, **values)


def wish(**values: object) -> Wish:
    defaults = {
        "kind": ScheduleKind.NIGHTLY,
        "at": time(2, 30),
        "zone": BERLIN,
        "parallel_calls": 2,
        "backfill_from_on": None,
    }
    return Wish(**defaults | values)  # type: ignore[arg-type]


def finish(run: Run, state: str = RunState.DONE) -> None:
    """As if a worker had asked for all its days just now."""
    now = timezone.now()
    Tile.objects.filter(pk__in=run.run_tiles.values("tile")).update(asked_at=now, merged_at=now)
    run.run_tiles.update(state=TileState.DONE)
    Run.objects.filter(pk=run.pk).update(state=state, finished_at=now)


def days_of(run: Run) -> list[date]:
    starts = run.run_tiles.order_by("tile__start_at").values_list("tile__start_at", flat=True)
    return [start.date() for start in starts]


# When ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (date(2026, 1, 15), time(2, 30), utc(2026, 1, 15, 1, 30)),  # winter
        (date(2026, 7, 15), time(2, 30), utc(2026, 7, 15, 0, 30)),  # summer
        (date(2026, 3, 29), time(1, 59), utc(2026, 3, 29, 0, 59)),  # before the leap
        (date(2026, 3, 29), time(2, 30), utc(2026, 3, 29, 1, 30)),  # a time that there isn't
        (date(2026, 3, 29), time(3, 30), utc(2026, 3, 29, 1, 30)),
        (date(2026, 10, 25), time(2, 30), utc(2026, 10, 25, 0, 30)),  # twice: the first of them
        (date(2026, 10, 25), time(3, 0), utc(2026, 10, 25, 2, 0)),
    ],
)
def test_a_local_time_is_that_of_the_zone_whatever_the_clocks_do(
    day: date, at: time, expected: datetime
) -> None:
    assert local_moment(day, at, ZoneInfo(BERLIN)) == expected


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (utc(2026, 3, 27), utc(2026, 4, 1)),  # clocks leap
        (utc(2026, 10, 23), utc(2026, 10, 28)),  # clocks go back
    ],
)
def test_every_night_has_exactly_one_run_through_a_change_of_the_clock(
    first: datetime, last: datetime
) -> None:
    schedule = nightly(planned_at=first)
    planned = []
    now = first
    while now < last:
        with time_machine.travel(now, tick=False):
            run = plan_scheduled(schedule, now)
        if run is not None:
            planned.append(now)
            finish(run)
        schedule.refresh_from_db()
        now += timedelta(minutes=10)
    nights = [moment.astimezone(ZoneInfo(BERLIN)).date() for moment in planned]
    assert nights == [first.date() + n * DAY for n in range(5)]
    assert len(set(nights)) == 5


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (utc(2026, 3, 10, 1, 29), utc(2026, 3, 9, 1, 30)),
        (utc(2026, 3, 10, 1, 30), utc(2026, 3, 10, 1, 30)),
        (utc(2026, 3, 10, 23, 59), utc(2026, 3, 10, 1, 30)),
    ],
)
def test_a_night_is_due_from_its_time_on(now: datetime, expected: datetime) -> None:
    assert latest_due(nightly(), now) == expected


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "Asia/Kolkata", ""])
def test_a_night_of_any_zone_is_due_within_a_day(zone: str) -> None:
    schedule = nightly(zone=zone)
    for hour in range(24):
        now = utc(2026, 3, 10, hour, 7)
        due = latest_due(schedule, now)
        assert due is not None
        assert timedelta(0) <= now - due < DAY
        schedule.planned_at = due
        following = next_due(schedule, now)
        assert following == due + DAY


def test_the_sites_zone_is_taken_where_none_is_named(settings: Settings) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    assert latest_due(nightly(zone=""), utc(2026, 3, 10, 12)) == utc(2026, 3, 9, 17, 30)


def test_an_hour_is_due_from_its_beginning_on() -> None:
    schedule = hourly()
    assert latest_due(schedule, utc(2026, 3, 10, 14, 59, 59)) == utc(2026, 3, 10, 14)
    schedule.planned_at = utc(2026, 3, 10, 14)
    assert next_due(schedule, NOW) == utc(2026, 3, 10, 15)


def test_nothing_is_due_of_a_schedule_that_is_off() -> None:
    account = make.account()
    schedule = schedule_of(account)
    assert (latest_due(schedule, NOW), next_due(schedule, NOW)) == (None, None)
    Schedule.objects.create(account=account)
    assert plan_due(NOW) == []


# What ------------------------------------------------------------------------------------------


@pytest.fixture
def at_now() -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.mark.usefixtures("at_now")
def test_a_new_account_is_asked_for_yesterday_and_today() -> None:
    schedule = nightly()
    [run] = plan_due(NOW)
    assert days_of(run) == [date(2026, 3, 9), date(2026, 3, 10)]
    assert (run.kind, run.priority) == (RunKind.NIGHTLY, Priority.SCHEDULED)
    assert (run.from_at, run.to_at) == (utc(2026, 3, 9), utc(2026, 3, 11))
    schedule.refresh_from_db()
    assert schedule.planned_at == utc(2026, 3, 10, 1, 30)
    assert plan_due(NOW) == []


@pytest.mark.usefixtures("at_now")
def test_the_days_are_today_what_may_change_and_what_is_missing() -> None:
    account = make.account()
    for day in range(1, 10):
        start = utc(2026, 3, day)
        if day != 3:
            # The 7th and later were asked before their figures had settled.
            make.tile(account, start, asked_at=start + (DAY * 6 if day < 7 else DAY))
    make.tile(account, utc(2026, 3, 3), asked_at=None, failed_at=utc(2026, 3, 4))
    found = [day.day for day in scheduled_days(account, NOW)]
    assert found == [3, 7, 8, 9, 10]


@pytest.mark.usefixtures("at_now")
def test_days_before_the_first_one_and_long_ago_are_left_to_a_backfill() -> None:
    account = make.account()
    make.tile(account, NOW - 200 * DAY)
    days = scheduled_days(account, NOW)
    assert days[0] == utc(2026, 3, 10) - CAUGHT_UP
    assert len(days) == CAUGHT_UP.days + 1
    make.tile(account, utc(2026, 3, 10) - CAUGHT_UP)
    assert scheduled_days(account, NOW)[0] == utc(2026, 3, 11) - CAUGHT_UP


@pytest.mark.usefixtures("at_now")
def test_days_that_retention_has_removed_are_not_asked_for_again() -> None:
    account = make.account()
    make.tile(account, NOW - 20 * DAY, removed_at=NOW)
    make.tile(account, NOW - 5 * DAY)
    assert len(scheduled_days(account, NOW)) == 5
    RetentionPolicy.objects.create(account=account, attendances_days=3)
    assert [day.day for day in scheduled_days(account, NOW)] == [7, 8, 9, 10]


@pytest.mark.usefixtures("at_now")
def test_missed_nights_are_made_up_by_one_run() -> None:
    schedule = nightly(planned_at=utc(2026, 3, 5, 1, 30))
    make.tile(schedule.account, utc(2026, 3, 4))
    [run] = plan_due(NOW)
    assert [day.day for day in days_of(run)] == [5, 6, 7, 8, 9, 10]
    finish(run)
    assert plan_due(NOW) == []
    assert [run.kind for run in plan_due(NOW + 12 * timedelta(hours=1))] == [RunKind.NIGHTLY]


def test_an_hour_waits_for_the_hour_before() -> None:
    hourly()
    with time_machine.travel(NOW, tick=False):
        [run] = plan_due(NOW)
    later = NOW + timedelta(hours=3)
    assert plan_due(later) == []
    with time_machine.travel(later, tick=False):
        finish(run)
        [second] = plan_due(later)
    assert plan_due(later) == []
    assert second != run
    assert days_of(second) == [date(2026, 3, 9), date(2026, 3, 10)]  # not settled yet


@pytest.mark.usefixtures("at_now")
def test_a_failed_hour_is_left_and_the_next_one_asks_anew() -> None:
    hourly()
    [run] = plan_due(NOW)
    finish(run, RunState.FAILED)
    [second] = plan_due(NOW + timedelta(hours=1))
    assert second != run
    assert set(second.run_tiles.values_list("state", flat=True)) == {TileState.WAITING}


@pytest.mark.usefixtures("at_now")
def test_two_planners_with_the_same_knowledge_plan_once() -> None:
    one, two = nightly(backfill_from_on=date(2026, 1, 1)), Schedule.objects.get()
    assert plan_scheduled(one, NOW) is not None
    Run.objects.update(state=RunState.DONE)  # so that the other one does not stop at it
    assert plan_scheduled(two, NOW) is None
    assert plan_backfill(one, NOW) is not None
    Run.objects.update(state=RunState.DONE)
    assert plan_backfill(two, NOW) is None
    assert Run.objects.count() == 2


@pytest.mark.usefixtures("at_now")
def test_an_account_without_api_access_is_left_alone() -> None:
    schedule = nightly()
    Account.objects.update(sign_in=SignInMethod.NONE)
    assert plan_due(NOW) == []
    schedule.refresh_from_db()
    assert schedule.planned_at is None


# Older days ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_now")
def test_a_backfill_goes_back_month_by_month_and_ends() -> None:
    schedule = Schedule.objects.create(account=make.account(), backfill_from_on=date(2026, 1, 1))
    spans = []
    while runs := plan_due(NOW):
        [run] = runs
        assert (run.kind, run.priority) == (RunKind.BACKFILL, Priority.BACKFILL)
        assert plan_due(NOW) == []  # one part at a time
        assert len(days_of(run)) <= CHUNK.days
        spans.append((days_of(run)[0], days_of(run)[-1]))
        finish(run)
    assert spans == [
        (date(2026, 2, 8), date(2026, 3, 10)),
        (date(2026, 1, 8), date(2026, 2, 7)),
        (date(2026, 1, 1), date(2026, 1, 7)),
    ]
    schedule.refresh_from_db()
    assert not schedule.is_backfilling
    assert Tile.objects.count() == 69


@pytest.mark.usefixtures("at_now")
def test_a_backfill_passes_over_what_is_here_and_asks_nothing_twice() -> None:
    account = make.account()
    for n in range(50):
        make.tile(account, NOW - n * DAY)
    Schedule.objects.create(account=account, backfill_from_on=date(2026, 1, 1))
    [run] = plan_due(NOW)
    assert days_of(run)[-1] == date(2026, 1, 19)
    assert not run.run_tiles.filter(reason=RunTile.Reason.PROVISIONAL).exists()
    finish(run)
    assert plan_due(NOW) == []


@pytest.mark.usefixtures("at_now")
def test_a_backfill_stops_where_retention_would_remove_again() -> None:
    account = make.account()
    RetentionPolicy.objects.create(account=account, attendances_days=10)
    Schedule.objects.create(account=account, backfill_from_on=date(2020, 1, 1))
    [run] = plan_due(NOW)
    assert days_of(run)[0] == date(2026, 2, 28)
    finish(run)
    assert plan_due(NOW) == []


@pytest.mark.usefixtures("at_now")
def test_a_backfill_that_failed_is_tried_again_after_an_hour_before_older_days() -> None:
    Schedule.objects.create(account=make.account(), backfill_from_on=date(2026, 1, 1))
    [run] = plan_due(NOW)
    Run.objects.update(state=RunState.FAILED, finished_at=NOW)
    assert plan_due(NOW + timedelta(minutes=59)) == []
    assert plan_due(NOW + timedelta(minutes=61)) == [run]
    assert Run.objects.get().state == RunState.WAITING


# Changing it -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_now")
def test_what_is_switched_on_begins_at_once_and_then_keeps_its_time() -> None:
    account = make.account()
    [run] = change_schedule(account, wish(), NOW)
    finish(run)
    schedule = Schedule.objects.get()
    assert schedule.changed_at == NOW
    assert change_schedule(account, wish(), NOW) == []
    assert change_schedule(account, wish(at=time(4, 0)), NOW) == []
    assert next_due(Schedule.objects.get(), NOW) == utc(2026, 3, 11, 3, 0)
    assert change_schedule(account, wish(kind=ScheduleKind.HOURLY), NOW) == []
    assert next_due(Schedule.objects.get(), NOW) == utc(2026, 3, 10, 15)
    assert change_schedule(account, wish(kind=ScheduleKind.OFF), NOW) == []
    assert next_due(Schedule.objects.get(), NOW) is None


@pytest.mark.usefixtures("at_now")
def test_another_first_day_begins_the_backfill_anew_and_none_ends_it() -> None:
    account = make.account()
    off = {"kind": ScheduleKind.OFF}
    [run] = change_schedule(account, wish(**off, backfill_from_on=date(2026, 3, 1)), NOW)
    finish(run)
    assert change_schedule(account, wish(**off, backfill_from_on=date(2026, 3, 1)), NOW) == []
    [older] = change_schedule(account, wish(**off, backfill_from_on=date(2026, 2, 25)), NOW)
    assert [day.day for day in days_of(older)] == [25, 26, 27, 28]
    assert change_schedule(account, wish(**off), NOW) == []
    assert not Schedule.objects.get().is_backfilling


def test_the_number_of_calls_is_the_schedules_or_two() -> None:
    account = make.account()
    assert parallel_calls(account.pk) == 2
    Schedule.objects.create(account=account, parallel_calls=5)
    assert parallel_calls(account.pk) == 5
