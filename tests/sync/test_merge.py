"""Writing a tile: as a set, once, only forwards, only while the lease is ours, or not at all."""

from typing import Any

import pytest
import time_machine

from reports.kaltura import ATTENDEES, ReportFilters
from reports.models import (
    Account,
    Attendance,
    PartCheck,
    Restatement,
    RoomSession,
    RunState,
    SessionPart,
    Tile,
    TileAnswer,
)
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from reports.sync.fetch import Scope, TileFetch
from reports.sync.merge import LeaseLost, merge_tile, tile as merging
from reports.sync.spans import Span
from tests.sync.small import (
    ADA,
    BEN,
    CUE,
    EVE,
    OTHER,
    all_rows,
    figures,
    findings,
    lesson,
    one_lesson,
    people_in,
    seen,
    sync,
)
from tests.sync.worlds import BASE, DAY, HOUR, ROOMS, assert_equals_truth, at, client_of

SOON = BASE + DAY + 6 * HOUR  # its figures may still change
LATER = BASE + 40 * DAY


def fetched(account: Account, now: int = LATER) -> Any:
    """Monday as it is at Kaltura, not merged yet."""
    client = client_of(account)
    fetch = TileFetch(client, Scope(), row_cap=100_000, now=lambda: at(now))
    return fetch.fetch(Span(BASE, BASE + DAY))


def monday(account: Account) -> Tile:
    tile, _ = Tile.objects.get_or_create(account=account, start_at=at(BASE), end_at=at(BASE + DAY))
    return tile


def test_who_vanished_from_kalturas_answer_vanishes(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson()
    sync(account)
    simulator.world = one_lesson(seen(ADA))
    sync(account)

    assert people_in() == {"ada.l": 600}
    assert figures() == (1, 600, 300)


def test_a_session_that_vanished_is_withdrawn_with_its_rows(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = ListedWorld(
        ROOMS,
        [lesson(), lesson("1_lesson02", room=OTHER)],
        [seen(ADA), seen(BEN, cue="1_lesson02")],
    )
    sync(account)
    simulator.world = one_lesson(seen(ADA))
    sync(account)

    assert not RoomSession.objects.filter(cue_point_id="1_lesson02").exists()
    assert Attendance.objects.count() == SessionPart.objects.count() == 1


def test_a_session_that_vanished_from_one_of_its_days_stays(
    account: Account, simulator: Simulator
) -> None:
    night = lesson(start=BASE + 23 * HOUR, length=2 * HOUR)
    first = seen(ADA, when=BASE + 23 * HOUR + 60)
    second = seen(BEN, when=BASE + 24 * HOUR + 60)
    simulator.world = one_lesson(first, second, session=night)
    sync(account)
    assert figures() == (2, 1200, 600)
    simulator.world = one_lesson(first, session=night)
    sync(account, BASE, BASE + 2 * DAY)

    assert figures() == (1, 600, 300)
    assert_equals_truth(account, simulator.world, (BASE, BASE + DAY))


def test_the_same_answer_again_changes_no_attendance(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson()
    sync(account)
    before = all_rows()
    sync(account)
    after = all_rows()

    for name in ("Attendance", "Person", "Room", "Restatement", "SetAsideLine"):
        assert after[name] == before[name]
    assert {row["checksum"] for row in after["TileAnswer"]} == {
        row["checksum"] for row in before["TileAnswer"]
    }


def test_an_answer_asked_for_earlier_changes_nothing(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(seen(ADA))
    old = fetched(account, now=LATER)
    simulator.world = one_lesson()
    new = fetched(account, now=LATER + 1)
    tile = monday(account)
    assert merge_tile(tile, 0, new, run=None, filtered=False)
    before = all_rows()

    assert not merge_tile(tile, 0, old, run=None, filtered=False)
    assert all_rows() == before


def test_without_the_lease_nothing_is_written(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson()
    data = fetched(account)
    tile = monday(account)
    Tile.objects.filter(pk=tile.pk).update(fence=7)
    before = all_rows()

    with pytest.raises(LeaseLost):
        merge_tile(tile, 6, data, run=None, filtered=False)
    assert all_rows() == before
    account.refresh_from_db()
    assert account.data_version == 0


@pytest.mark.parametrize(
    "step",
    [
        *("write_rooms", "write_sessions", "write_people", "write_attendances", "write_parts"),
        *("write_event_tags", "link_main_sessions", "write_quality", "rewrite_sums", "_close_tile"),
    ],
)
def test_a_merge_that_fails_anywhere_leaves_everything_as_it_was(
    account: Account, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    simulator.world = one_lesson()
    sync(account)
    simulator.world = one_lesson(seen(EVE), session=lesson(host="Another Host"))
    data = fetched(account, now=LATER * 2)
    tile = Tile.objects.get()
    before, tile_before = all_rows(), Tile.objects.values().get()
    real = getattr(merging, step)

    def failing(*args: Any) -> None:
        real(*args)
        raise MemoryError

    monkeypatch.setattr(merging, step, failing)
    with pytest.raises(MemoryError):
        merge_tile(tile, tile.fence, data, run=None, filtered=False)
    assert all_rows() == before
    assert Tile.objects.values().get() == tile_before


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "html_200", "report": 6001},
        {"kind": "break_off", "how": "line", "report": 6001},
        {"kind": "break_off", "how": "length", "report": 6000},
        {"kind": "xml_error", "code": "INTERNAL_SERVERL_ERROR", "report": 6002},
        {"kind": "http_status", "status": 503},
        {"kind": "missing_column", "column": "meeting_view_time"},
    ],
)
def test_a_failed_tile_changes_nothing(
    account: Account, simulator: Simulator, fault: dict[str, Any]
) -> None:
    simulator.world = one_lesson()
    sync(account)
    before = all_rows()
    simulator.world = one_lesson(seen(EVE), session=lesson(host="Another Host"))
    simulator.faults.add(**fault)
    run = sync(account)

    assert run.state == RunState.FAILED
    assert run.error
    assert all_rows() == before
    tile = Tile.objects.get()
    assert tile.is_covered
    assert tile.error == run.error
    assert tile.failed_at is not None
    simulator.faults.clear()
    sync(account)
    tile.refresh_from_db()
    assert (tile.error, tile.error_code, tile.failed_at) == ("", "", None)
    assert people_in() == {"eve.r": 600}


def test_changes_before_settling_are_no_restatement(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson(seen(ADA))
    with time_machine.travel(at(SOON), tick=True):
        sync(account)
    simulator.world = one_lesson()
    with time_machine.travel(at(LATER), tick=True):
        sync(account)

    assert not Restatement.objects.exists()
    assert not Tile.objects.get().is_changed_late


def test_a_change_after_settling_is_a_restatement(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson(seen(ADA))
    sync(account)
    simulator.world = one_lesson()
    run = sync(account)

    found = Restatement.objects.get()
    assert (found.cue_point_id, found.run_id) == (CUE, run.pk)
    assert (found.attendees_before, found.attendees_after) == (1, 2)
    assert (found.view_seconds_before, found.view_seconds_after) == (600, 1200)
    assert (found.engaged_seconds_before, found.engaged_seconds_after) == (300, 300)
    assert Tile.objects.get().is_changed_late
    sync(account)
    assert Restatement.objects.count() == 1
    assert Tile.objects.get().is_changed_late


def test_a_session_withdrawn_or_added_after_settling_is_a_restatement(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(seen(ADA))
    sync(account)
    simulator.world = one_lesson(
        seen(BEN, cue="1_lesson02"), session=lesson("1_lesson02", room=OTHER)
    )
    sync(account)

    changes = Restatement.objects.order_by("cue_point_id").values_list(
        "cue_point_id", "view_seconds_before", "view_seconds_after"
    )
    assert list(changes) == [(CUE, 600, 0), ("1_lesson02", 0, 600)]


def test_every_merge_makes_a_new_data_version(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson()
    sync(account)
    account.refresh_from_db()
    first = account.data_version
    sync(account)
    account.refresh_from_db()
    assert account.data_version > first > 0


def test_asking_for_6000_alone_keeps_what_is_known_of_the_attendees(
    account: Account, simulator: Simulator
) -> None:
    """Their rows are still those of the first answer, so its marks and lines must stay too."""
    simulator.world = one_lesson(seen(ADA), seen(BEN, engaged=0), seen(EVE, view=60, engaged=60))
    simulator.faults.add("drop_row")
    simulator.faults.add("newline_in_name", report=6001)
    sync(account)
    before = all_rows()
    lines = findings()["set_aside"]
    assert (findings()["mismatch"], lines >= 2) == (1, True)
    simulator.faults.clear()
    sync(account, reports=(6000,))

    assert all_rows()["Attendance"] == before["Attendance"]
    assert SessionPart.objects.get().check_result == PartCheck.MISMATCH
    assert findings()["mismatch"] == 1
    assert all_rows()["SetAsideLine"] == before["SetAsideLine"]
    assert findings()["set_aside"] == lines
    sync(account)
    assert not findings()
    assert not all_rows()["SetAsideLine"]


def test_asking_for_6000_alone_does_not_call_a_cut_tile_uncut(
    account: Account, simulator: Simulator, settings: Any
) -> None:
    simulator.world = one_lesson(seen(ADA), seen(BEN), seen(EVE, engaged=0))
    settings.KALTURA_ROW_CAP = simulator.row_cap = 2
    assert sync(account).state == RunState.GAPS
    sync(account, reports=(6000,))

    assert TileAnswer.objects.get(report_id=ATTENDEES).is_cut
    assert Tile.objects.get().is_cut
    assert figures() == (None, None, None)


def test_no_request_is_made_inside_a_transaction(account: Account, simulator: Simulator) -> None:
    from django.db import connection

    from tests.sync.small import Interrupted

    depths = set()

    def note(report_id: int, filters: ReportFilters) -> None:
        depths.add(len(connection.savepoint_ids))

    simulator.world = one_lesson()
    outer = len(connection.savepoint_ids)
    sync(account, client=Interrupted(client_of(account), note))
    assert depths == {outer}
