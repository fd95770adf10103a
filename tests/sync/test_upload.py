"""Uploads by example: what is taken, what stays unknown, what a sync and another upload do to it."""

import pytest

from reports.models import (
    Account,
    Attendance,
    GivenWay,
    RoomSession,
    SessionPart,
    Tile,
    UploadState,
)
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from reports.sync.upload import open_upload, store
from tests.sync.small import (
    ADA,
    BEN,
    EVE,
    OTHER,
    TEN,
    all_rows,
    figures,
    lesson,
    one_lesson,
    people_in,
    seen,
    sync,
    the_session,
)
from tests.sync.uploads import (
    NIGHT,
    TWO,
    files_of,
    new_upload,
    overnight,
    previewed,
    uploaded,
    uploader,
)
from tests.sync.worlds import BASE, DAY, HOUR, ROOMS, at

pytestmark = pytest.mark.django_db
UNKNOWN = (None, None, None)

# --- What is taken ------------------------------------------------------------------------------


def test_a_session_inside_of_the_range_is_whole(account: Account) -> None:
    upload = uploaded(account, one_lesson())
    assert figures() == (2, 1200, 300)
    assert people_in() == {"ada.l": 600, "ben.t": 600}
    assert the_session().host_name == "Dr. Host"
    assert upload.summary["fates"] == {"new": 1}
    assert upload.summary["states"] == {"whole": 1}
    assert (upload.summary["people"], upload.summary["attendances"]) == (2, 2)


def test_a_preview_stores_nothing_and_foresees_what_storing_does(account: Account) -> None:
    before = all_rows()
    upload = previewed(account, one_lesson())
    assert all_rows() == before
    assert not Tile.every.exists()
    foreseen = upload.summary
    store(upload, uploader())
    upload.refresh_from_db()
    assert upload.summary == foreseen
    assert upload.state == UploadState.STORED


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (TEN, BASE + DAY),  # begins with the session
        (BASE, TEN + HOUR),  # ends with it
        (BASE, TEN + 2 * HOUR),
    ],
)
def test_a_session_that_touches_an_edge_is_partial(account: Account, first: int, last: int) -> None:
    world = one_lesson(session=lesson(length=2 * HOUR))
    if last == TEN + HOUR:
        world = one_lesson()
    upload = uploaded(account, world, first, last)
    assert figures() == UNKNOWN
    assert people_in() == {"ada.l": 600, "ben.t": 600}
    assert upload.summary["states"] == {"edge": 1}


def test_a_session_without_an_end_stays_unknown(account: Account) -> None:
    upload = uploaded(account, one_lesson(session=lesson(length=0)))
    assert figures() == UNKNOWN
    assert upload.summary["states"] == {"open": 1}


def test_adjacent_uploads_complete_each_other(account: Account) -> None:
    uploaded(account, overnight())
    assert figures() == UNKNOWN
    upload = uploaded(account, overnight(), BASE + DAY, BASE + 2 * DAY)
    assert figures() == (1, 660, 300)
    assert upload.summary["fates"] == {"added": 1}


def test_a_quiet_neighbour_completes_too_when_it_holds_everything(account: Account) -> None:
    world = overnight(seen(ADA, when=NIGHT + 60))
    uploaded(account, world)
    uploaded(account, world, BASE + DAY, BASE + 2 * DAY)
    assert figures() == (1, 600, 300)


def test_a_filtered_neighbour_completes_nothing(account: Account) -> None:
    world = overnight(seen(ADA, when=NIGHT + 60))
    elsewhere = lesson("1_other001", start=BASE + DAY + 5 * HOUR, room=OTHER)
    world = ListedWorld(ROOMS, [lesson(start=NIGHT, length=2 * HOUR), elsewhere], [
        seen(ADA, when=NIGHT + 60), seen(BEN, cue="1_other001", when=BASE + DAY + 5 * HOUR + 60),
    ])  # fmt: skip
    uploaded(account, world)
    uploaded(account, world, BASE + DAY, BASE + 2 * DAY, is_everything=False)
    assert figures() == UNKNOWN


# --- Beside a sync ------------------------------------------------------------------------------


def test_synced_figures_are_never_overwritten(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson()
    sync(account)
    before = all_rows()
    upload = uploaded(account, one_lesson(seen(ADA, view=60)), reports=TWO)
    after = all_rows()
    assert figures() == (2, 1200, 300)
    for model in ("Attendance", "Person", "Room", "RoomSession", "SessionPart"):
        assert after[model] == before[model]
    assert upload.summary["fates"] == {"differs": 1}
    assert upload.summary["synced_days"] == 1
    (line,) = upload.summary["lines"]
    assert (line["view_seconds"], line["known_seconds"]) == (60, 1200)


def test_the_same_figures_are_recognised(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson()
    sync(account)
    assert previewed(account, one_lesson()).summary["fates"] == {"same": 1}


def test_a_session_that_a_sync_of_its_day_did_not_tell_of_is_not_taken(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = ListedWorld()
    sync(account)
    upload = uploaded(account, one_lesson())
    assert upload.summary["fates"] == {"absent": 1}
    assert not RoomSession.objects.exists()


def test_a_session_that_was_synced_in_part_is_left_to_the_sync(
    account: Account, simulator: Simulator
) -> None:
    """The file can't be taken apart into the day that is here and the day that isn't."""
    simulator.world = overnight()
    sync(account, BASE + DAY, BASE + 2 * DAY)
    upload = uploaded(account, overnight(), BASE, BASE + 2 * DAY)
    assert upload.summary["fates"] == {"synced": 1}
    assert (figures(), people_in()) == (UNKNOWN, {"ada.l": 60})
    sync(account)
    assert figures() == (1, 660, 300)


def test_a_later_sync_takes_the_place_of_an_upload(account: Account, simulator: Simulator) -> None:
    upload = uploaded(account, one_lesson(seen(ADA), seen(EVE)))
    simulator.world = one_lesson()
    sync(account)
    assert figures() == (2, 1200, 300)
    assert people_in() == {"ada.l": 600, "ben.t": 600}
    assert GivenWay.objects.get().upload == upload
    assert not SessionPart.objects.filter(tile__upload__isnull=False).exists()


def test_a_sync_of_one_day_goes_on_until_an_uploaded_session_is_whole(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = overnight()
    uploaded(account, overnight(), BASE, BASE + 3 * DAY)
    assert figures() == (1, 660, 300)
    run = sync(account, BASE + DAY, BASE + 2 * DAY)  # the session began the day before
    assert figures() == (1, 660, 300)
    assert {str(row.tile) for row in run.run_tiles.all()} >= {"2026-01-05", "2026-01-06"}
    assert not Attendance.objects.filter(tile__upload__isnull=False).exists()


def test_a_sync_of_the_sessions_alone_leaves_the_figures(
    account: Account, simulator: Simulator
) -> None:
    uploaded(account, one_lesson())
    simulator.world = one_lesson()
    sync(account, reports=(6000,))
    assert figures() == (2, 1200, 300)


def test_a_synced_day_and_an_upload_of_the_next_add_up(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = overnight()
    uploaded(account, overnight(), BASE + DAY, BASE + 2 * DAY)
    assert figures() == UNKNOWN
    sync(account)
    assert figures() == (1, 660, 300)


# --- Beside another upload ----------------------------------------------------------------------


def test_overlapping_uploads_never_add_up(account: Account) -> None:
    uploaded(account, one_lesson())
    upload = uploaded(account, one_lesson(), BASE - DAY, BASE + DAY)
    assert figures() == (2, 1200, 300)
    assert upload.summary["fates"] == {"earlier": 1}


def test_newer_figures_replace_those_of_an_earlier_upload(account: Account) -> None:
    uploaded(account, one_lesson(seen(ADA), seen(EVE)))
    upload = uploaded(account, one_lesson(), BASE - DAY, BASE + DAY)
    assert figures() == (2, 1200, 300)
    assert people_in() == {"ada.l": 600, "ben.t": 600}
    assert upload.summary["fates"] == {"replaces": 1}


def test_a_partial_upload_does_not_spoil_a_whole_session(account: Account) -> None:
    uploaded(account, overnight(), BASE, BASE + 2 * DAY)
    upload = uploaded(account, overnight())
    assert figures() == (1, 660, 300)
    assert upload.summary["fates"] == {"earlier": 1}


def test_the_reports_may_come_one_after_the_other(account: Account) -> None:
    first = uploaded(account, one_lesson(), reports=(6001,))
    assert first.summary["states"] == {"no_times": 1}
    assert (figures(), the_session().facts_asked_at) == (UNKNOWN, None)
    uploaded(account, one_lesson(), reports=(6000,))
    assert figures() == (2, 1200, 300)
    assert the_session().started_at == at(TEN)


def test_sessions_before_attendees(account: Account) -> None:
    first = uploaded(account, one_lesson(), reports=(6000,))
    assert first.summary["states"] == {"no_attendees": 1}
    uploaded(account, one_lesson(), reports=(6001,))
    assert figures() == (2, 1200, 300)


def test_the_same_bytes_and_range_are_recognised(account: Account) -> None:
    upload = uploaded(account, one_lesson())
    new = new_upload(account, list(reversed(files_of(one_lesson(), BASE, BASE + DAY))))
    assert open_upload(new, uploader()) == (upload, True)
    assert not store(upload, uploader())
    assert figures() == (2, 1200, 300)
    wider = new_upload(account, files_of(one_lesson(), BASE, BASE + DAY), last=BASE + 2 * DAY)
    assert open_upload(wider, uploader())[1] is False
