"""Files of uploads: cut, broken, doubled, of other kinds; how long they are kept, what they cover."""

import pytest
import time_machine
from pytest_django import Settings

from reports.models import (
    Account,
    Attendance,
    Finding,
    Room,
    RoomSession,
    SetAsideLine,
    SignInMethod,
    Tile,
    Upload,
    UploadFile,
)
from reports.models.retention import RetentionPolicy
from reports.queries.freshness import freshness
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld, Session
from reports.sync.connection import ConnectionRefused, client_for
from reports.sync.upload import UploadRefused, delete_expired_uploads, discard, open_upload, store
from tests import factories
from tests.sync.small import (
    ADA,
    BEN,
    CUE,
    GUEST,
    MAIN,
    OTHER,
    TEN,
    figures,
    findings,
    lesson,
    one_lesson,
    people_in,
    seen,
    sync,
    the_session,
)
from tests.sync.uploads import (
    THREE,
    TWO,
    files_of,
    new_upload,
    overnight,
    previewed,
    report_csv,
    uploaded,
    uploader,
)
from tests.sync.worlds import BASE, DAY, HOUR, ROOMS, at

pytestmark = pytest.mark.django_db
UNKNOWN = (None, None, None)

# --- What is odd about files --------------------------------------------------------------------


def test_a_cut_file_of_attendees_makes_its_sessions_unknown(
    account: Account, settings: Settings
) -> None:
    settings.KALTURA_ROW_CAP = 2
    upload = uploaded(account, one_lesson())
    assert figures() == UNKNOWN
    assert upload.summary["states"] == {"cut": 1}
    assert upload.files.get(report_id=6001).is_cut
    assert findings()["cut"] == 1
    assert freshness([account], at(BASE), at(BASE + DAY)).uploaded == ()


def test_reports_that_disagree_leave_the_session_unknown(account: Account) -> None:
    lost = one_lesson(seen(ADA))
    files = [
        ("6000", [report_csv(one_lesson(), 6000, BASE, BASE + DAY)]),
        ("6001", [report_csv(lost, 6001, BASE, BASE + DAY)]),
    ]
    upload, _ = open_upload(new_upload(account, files), uploader())
    store(upload, uploader())
    upload.refresh_from_db()
    assert upload.summary["states"] == {"mismatch": 1}
    assert figures() == UNKNOWN
    assert Finding.objects.get(kind="mismatch").cue_point_id == CUE


def test_a_broken_line_is_set_aside_and_its_session_unknown(account: Account) -> None:
    body = report_csv(one_lesson(), 6001, BASE, BASE + DAY).replace(b"Ben Thom", b"Ben\nThom")
    files = [("6000", [report_csv(one_lesson(), 6000, BASE, BASE + DAY)]), ("6001", [body])]
    upload, _ = open_upload(new_upload(account, files), uploader())
    assert len(upload.summary["set_aside"]) == 2
    store(upload, uploader())
    upload.refresh_from_db()
    assert figures() == UNKNOWN
    assert people_in() == {"ada.l": 600}
    assert SetAsideLine.objects.count() == 2
    assert upload.summary["set_aside"] == []


def test_a_line_that_could_not_be_read_completes_no_session(account: Account) -> None:
    """Who is in that line is missing from the second upload, so the first one's stays unknown."""
    uploaded(account, overnight())
    first, last = BASE + DAY, BASE + 2 * DAY
    files = files_of(overnight(), first, last, TWO)
    files[1] = ("6001", [files[1][1][0].replace(b"Ada Love", b"Ada\nLove")])
    files[0] = ("6000", [report_csv(ListedWorld(), 6000, first, last)])
    upload, _ = open_upload(new_upload(account, files, first, last), uploader())
    store(upload, uploader())
    assert figures() == UNKNOWN
    assert freshness([account], at(first), at(last)).uploaded == (at(first).date(),)


def test_files_of_several_rooms_come_together(account: Account) -> None:
    other = lesson("1_other001", room=OTHER)
    world = ListedWorld(ROOMS, [lesson(), other], [seen(ADA), seen(BEN, cue="1_other001")])
    files = [
        (f"{report}-{room}", [report_csv(world, report, BASE, BASE + DAY, entry_ids=room)])
        for report in TWO
        for room in (MAIN, OTHER)
    ]
    upload, _ = open_upload(new_upload(account, files, is_everything=False), uploader())
    store(upload, uploader())
    assert figures() == (1, 600, 300)
    assert figures("1_other001") == (1, 600, 300)


def test_two_files_that_tell_different_things_of_a_session_are_refused(account: Account) -> None:
    files = files_of(overnight(), BASE, BASE + DAY, TWO)
    files += files_of(overnight(), BASE + DAY, BASE + 2 * DAY, TWO)
    with pytest.raises(UploadRefused, match=f"session {CUE}"):
        open_upload(new_upload(account, files, last=BASE + 2 * DAY), uploader())
    assert not Upload.objects.exists()


def test_a_file_that_is_there_twice_counts_once(account: Account) -> None:
    files = files_of(one_lesson(), BASE, BASE + DAY, TWO) * 2
    upload, _ = open_upload(new_upload(account, files), uploader())
    store(upload, uploader())
    assert figures() == (2, 1200, 300)


def test_files_are_recognised_by_their_header_whatever_its_order(account: Account) -> None:
    body = report_csv(one_lesson(), 6001, BASE, BASE + DAY).removeprefix(b"\xef\xbb\xbf")
    lines = [line.split(b",") for line in body.splitlines()]
    turned = b"\r\n".join(b",".join(reversed(line)) for line in lines) + b"\r\n"
    sessions = report_csv(one_lesson(), 6000, BASE, BASE + DAY)
    files = [("6000.csv", [turned[:10], turned[10:]]), ("attendees.csv", [sessions])]
    upload, _ = open_upload(new_upload(account, files), uploader())
    store(upload, uploader())
    assert figures() == (2, 1200, 300)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "is empty"),
        (b"\x1f\x8b\x08\x00rest", "is a gzip file"),
        (b"PK\x03\x04rest", "is a zip file"),
        (b"<!doctype html><html><title>Sign in</title>", "no CSV file"),
        (b'{"code":"INVALID_KS","message":"x","objectType":"KalturaAPIException"}', "an error of"),
        (b"entry_id;cue_point_id;user_id\n", "none of Kaltura's three reports"),
        (b"a,b,c\n1,2,3\n", "none of Kaltura's three reports"),
        (b"entry_id,cue_point_id,user_id,user_name\n", "has no column meeting_view_time"),
        (report_csv(one_lesson(), 6001, BASE, BASE + DAY)[:-1], "read to its end"),
        (report_csv(ListedWorld(), 6001, BASE, BASE + DAY), "No session"),
    ],
)
def test_what_is_no_report_is_refused_with_a_reason(
    account: Account, body: bytes, why: str
) -> None:
    new = new_upload(account, [("some.csv", [body])])
    with pytest.raises(UploadRefused, match=why):
        open_upload(new, uploader())
    assert not Upload.objects.exists()


def test_files_of_another_range_are_refused(account: Account) -> None:
    files = files_of(one_lesson(), BASE, BASE + DAY)
    new = new_upload(account, files, BASE + 10 * DAY, BASE + 11 * DAY)
    with pytest.raises(UploadRefused, match="None of the sessions"):
        open_upload(new, uploader())


def test_placeholders_and_breakouts_are_as_in_a_sync(
    account: Account, simulator: Simulator
) -> None:
    sessions = [lesson(), Session("1_break001", "1_break001", TEN, TEN + 600, "Dr. Host", "h")]
    events = [seen(GUEST), seen(ADA), seen(ADA, cue="1_break001", when=TEN + 120)]
    world = ListedWorld(ROOMS, sessions, events)
    uploaded(account, world)
    found = _everything()
    simulator.world = world
    Room.objects.all().delete()
    Tile.every.all().delete()
    sync(account)
    assert _everything() == found


def _everything() -> list[object]:
    """Return what pages show of all sessions and people."""
    fields = ("cue_point_id", "room__name", "room__parent__entry_id", "main_session__cue_point_id")
    more = ("attendee_count", "guest_count", "view_seconds", "engaged_seconds", "length_seconds")
    more += ("kaltura_unique_users", "kaltura_participant_count", "host_name", "initiator")
    rows = Attendance.objects.values_list(
        "session__cue_point_id", "person__key", "person__name", "view_seconds", "user_type"
    )
    sessions = RoomSession.objects.order_by("cue_point_id")
    return [*sessions.values_list(*fields, *more), *sorted(rows)]


# --- What is kept, and what it covers -----------------------------------------------------------


def test_the_bytes_are_deleted_when_it_is_decided(account: Account) -> None:
    upload = previewed(account, one_lesson())
    assert all(file.content for file in upload.files.all())
    store(upload, uploader())
    assert not any(file.content for file in UploadFile.objects.all())
    other = previewed(account, one_lesson(), BASE, BASE + 2 * DAY)
    assert discard(other)
    assert not UploadFile.objects.filter(upload=other.pk).exists()
    assert not discard(upload)  # what is stored stays


def test_a_preview_expires(account: Account) -> None:
    with time_machine.travel(at(BASE + 20 * DAY), tick=False):
        upload = previewed(account, one_lesson())
        kept = uploaded(account, one_lesson(), BASE, BASE + 2 * DAY)
        assert delete_expired_uploads() == 0
    with time_machine.travel(at(BASE + 22 * DAY), tick=False):
        assert delete_expired_uploads() == 1
    assert list(Upload.objects.all()) == [kept]
    assert not UploadFile.objects.filter(upload=upload.pk).exists()


def test_uploaded_days_are_covered_by_upload(account: Account) -> None:
    uploaded(account, one_lesson(), BASE, BASE + 2 * DAY + HOUR)
    found = freshness([account], at(BASE), at(BASE + 4 * DAY))
    assert found.is_by_upload
    assert [day.day for day in found.uploaded] == [5, 6]
    assert [day.day for day in found.uncovered] == [7, 8]
    assert found.complete_to == at(BASE + 2 * DAY)
    assert not found.is_complete
    assert freshness([account], at(BASE), at(BASE + 2 * DAY)).is_complete


@pytest.mark.parametrize("more", [{"is_everything": False}, {"reports": (6000, 6002)}])
def test_files_that_do_not_hold_everything_cover_nothing(
    account: Account, more: dict[str, object]
) -> None:
    uploaded(account, one_lesson(), **more)  # type: ignore[arg-type]
    assert freshness([account], at(BASE), at(BASE + DAY)).uploaded == ()


def test_a_sync_does_not_meet_the_span_of_an_upload(account: Account, simulator: Simulator) -> None:
    """Its tile begins at the same midnight as a day of the grid, and is not that day."""
    simulator.world = one_lesson()
    uploaded(account, one_lesson(), BASE, BASE + 2 * DAY)
    run = sync(account)
    assert Tile.objects.count() == run.run_tiles.count()
    assert Tile.every.count() == Tile.objects.count() + 1


def test_days_that_retention_has_removed_do_not_come_back(account: Account) -> None:
    RetentionPolicy.objects.create(account=account, attendances_days=30)
    with pytest.raises(UploadRefused, match="no longer kept"):
        previewed(account, one_lesson())


def test_an_account_without_api_access_can_not_be_asked(db: None) -> None:
    account = factories.account(sign_in=SignInMethod.NONE, secret="")
    assert not account.has_api
    with pytest.raises(ConnectionRefused, match="no API access"):
        client_for(account)


def test_every_report_alone_is_taken(account: Account) -> None:
    sessions = [lesson(), Session("1_break001", "1_break001", TEN, TEN + 600, "Dr. Host", "h")]
    world = ListedWorld(ROOMS, sessions, [seen(ADA), seen(ADA, cue="1_break001", when=TEN + 120)])
    for report in reversed(THREE):
        uploaded(account, world, reports=(report,))
    assert figures() == (1, 600, 300)
    assert figures("1_break001") == (1, 600, 300)
    assert the_session("1_break001").main_session == the_session()
