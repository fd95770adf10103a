"""The benchmark's data is what the product would have written, and its sums agree."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connections

from reports.models import Account, Attendance, RoomSession, SessionPart, Tile
from reports.sync.spans import as_datetime
from tests.benchmarks import build
from tests.benchmarks.checks import check_sums, merge_changes, stored_day
from tests.benchmarks.data import LARGE, SHAPES, Shape, changed, day_data
from tests.benchmarks.figure import stopwatch
from tests.benchmarks.loading import ATTENDANCE, ATTENDANCE_COLUMNS, load
from tests.benchmarks.merges import attendees_csv, folded
from tests.benchmarks.merging import locks_timed, merge_day

pytestmark = pytest.mark.django_db
DAYS = 3
SMALL = (Shape("Small", 101, 45, 60, 300), Shape("Smaller", 102, 7, 40, 120))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every kind of session come up within few days."""
    monkeypatch.setattr(build, "SHAPES", SMALL)
    monkeypatch.setattr(build, "LARGE", SMALL[0])
    monkeypatch.setattr(build, "day_count", lambda scale: DAYS)
    monkeypatch.setattr("tests.benchmarks.data.ODD_EVERY", 15)


def test_the_builder_writes_what_merges_write(small: None) -> None:
    build.store(1)
    built = everything()
    assert len(built) == len(SMALL) * (1 + DAYS)
    Account.objects.all().delete()
    assert not Attendance.objects.exists()
    for shape in SMALL:
        account = Account.objects.create(
            name=shape.name, endpoint="us", partner_id=shape.partner_id, sign_in="ks", secret="none"
        )
        for number in range(DAYS):
            merge_day(account, day_data(number, shape=shape))
    assert built == everything()


def everything() -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for account in Account.objects.order_by("partner_id"):
        found[account.partner_id] = account.data_version
        for tile in Tile.objects.filter(account=account):
            found[account.partner_id, tile.start_at] = stored_day(account, tile.start_at)
    return found


def test_every_kind_of_session_and_person_is_in_the_data(small: None) -> None:
    build.store(1)
    sessions = RoomSession.objects.all()
    breakouts = sessions.exclude(room__parent=None)
    assert breakouts.filter(main_session__isnull=False).exists()
    assert sessions.filter(length_seconds=None).exists()
    assert SessionPart.objects.filter(check_result="no_attendees").exists()
    guests = Attendance.objects.filter(user_type="Guest")
    assert guests.filter(person__is_placeholder=True).count() == guests.count() > 0
    assert guests.count() / Attendance.objects.count() == pytest.approx(0.05, abs=0.02)


def test_a_wrong_sum_is_noticed(small: None) -> None:
    build.store(1)
    check_sums()
    attendance = Attendance.objects.filter(session__view_seconds__isnull=False).first()
    assert attendance
    Attendance.objects.filter(pk=attendance.pk).update(view_seconds=attendance.view_seconds + 1)
    with pytest.raises(SystemExit, match="a session's part and its attendances"):
        check_sums()
    SessionPart.objects.filter(session=attendance.session_id).update(
        view_seconds=attendance.session.view_seconds + 1  # type: ignore[operator]
    )
    with pytest.raises(SystemExit, match="a whole session and its parts"):
        check_sums()


def test_a_day_that_the_product_would_write_otherwise_is_noticed(small: None) -> None:
    build.store(1)
    day = day_data(1, shape=SMALL[0])
    assert merge_changes(day, SMALL[0]) == []
    assert merge_changes(changed(day), SMALL[0]) != []
    assert merge_changes(day, SMALL[0]) == []  # it was rolled back
    RoomSession.objects.filter(cue_point_id=next(iter(day.sessions))).update(host_name="Nobody")
    assert merge_changes(day, SMALL[0]) == ["sessions"]


def test_keys_go_on_after_those_of_the_builder(small: None) -> None:
    build.store(1)
    account = Account.objects.get(partner_id=SMALL[0].partner_id)
    merge_day(account, day_data(DAYS, shape=SMALL[0]))
    check_sums()


def test_the_same_day_is_the_same_at_every_run() -> None:
    assert day_data(7) == day_data(7)
    assert day_data(7) != day_data(8)
    assert day_data(7, shape=SHAPES[1]) != day_data(7, shape=SHAPES[2])


def test_a_day_can_have_so_many_sessions_with_so_many_people() -> None:
    data = day_data(2, 100, 12)
    assert len(data.sessions) == 100
    assert len(data.attendances) == 1200
    rooms = [facts.entry_id for facts in data.sessions.values()]
    assert len(set(rooms)) == len(rooms)  # no room twice: a breakout has one main session
    assert {row.user_id for row in data.attendances.values() if row.user_type == "Guest"} & {""}


def test_a_changed_day_differs_in_a_tenth_of_its_rows() -> None:
    data = day_data(2)
    again = changed(data)
    assert again.asked_at > data.asked_at
    assert again.attendances.keys() == data.attendances.keys()
    differing = [key for key, row in again.attendances.items() if row != data.attendances[key]]
    assert len(differing) == -(-len(data.attendances) // 10)


def test_kaltura_s_csv_of_a_day_is_read_as_the_day() -> None:
    data = day_data(2)
    assert folded(data, attendees_csv(data)).attendances == data.attendances


def test_loading_adds_rows_as_they_are(small: None) -> None:
    build.store(1)
    [old] = Attendance.objects.order_by("pk")[:1]
    start = as_datetime(0)
    tile = Tile.objects.create(
        account_id=old.session.account_id, start_at=start, end_at=start + timedelta(days=1)
    )
    row = (old.session_id, old.person_id, tile.pk, 5, 3, "User")
    load(ATTENDANCE, ATTENDANCE_COLUMNS, [row])
    assert list(tile.attendances.values_list(*ATTENDANCE_COLUMNS)) == [row]


@pytest.mark.django_db(transaction=True)
def test_the_lock_of_a_merge_is_within_the_merge(small: None) -> None:
    account = Account.objects.create(
        name=LARGE.name, endpoint="us", partner_id=LARGE.partner_id, sign_in="ks", secret="none"
    )
    with stopwatch() as watch, locks_timed() as locks:
        merge_day(account, day_data(1, shape=SMALL[0]))
    assert 0 < max(locks) < watch.seconds
    assert "set_autocommit" not in vars(
        connections[DEFAULT_DB_ALIAS]
    )  # nothing is left of the watch
