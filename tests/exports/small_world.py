"""A small world with one of each kind of oddity, for files that are compared to the letter."""

from datetime import UTC, datetime, timedelta

from reports.models import Account, PartCheck, RoomSession, SessionPart
from tests import factories as make

# The clocks of Berlin go forward on 29 March 2026, at 01:00 UTC.
EVENING = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # 00:30 on the 29th in Berlin, winter time
MORNING = datetime(2026, 3, 29, 8, 0, tzinfo=UTC)  # 10:00 in Berlin, summer time
HASHED = "0123456789abcdef" * 4


def build() -> Account:
    """Two rooms and a breakout: a session over midnight, a breakout, an open and an unknown one."""
    account = make.account("Uni, Nord")
    main = make.room(account, '=HYPERLINK("x"), "A"', entry_id="1_main")
    breakout = make.room(account, "Gruppe ä;\nש", entry_id="1_breakout", parent=main)
    night = _night(account, main)
    _breakout_in(night, breakout)
    open_one = make.whole_session(
        main,
        [(account.people.get(user_id="li.wei"), 0, 0)],
        MORNING,
        cue_point_id="1_open",
        length_seconds=None,
        host_name="",
    )
    unknown = make.unknown_session(
        breakout, MORNING + timedelta(hours=2), cue_point_id="1_unknown", length_seconds=60
    )
    make.attendance(unknown, account.people.get(user_id="li.wei"), 30, 10)
    make.unknown_session(
        main,
        (MORNING + timedelta(days=1)).replace(hour=0),
        cue_point_id="1_no_facts",
        length_seconds=None,
        facts_asked_at=None,
        host_name="",
    )
    assert open_one.is_open
    return account


def _night(account: Account, main: object) -> RoomSession:
    """A session in two tiles; one person in both, and over its length; one placeholder."""
    amara = make.person(account, "amara", name="+Amara 🎓", email="a@example.org")
    li = make.person(account, "li.wei", name="李伟", email="")
    unknown = make.person(account, HASHED, name="", email="", is_placeholder=True)
    night = make.session(
        main,  # type: ignore[arg-type]
        EVENING,
        cue_point_id="1_night",
        length_seconds=3600,
        host_name="Dr. O'Neil, Ada",
        attendee_count=3,
        guest_count=1,
        view_seconds=4000,
        engaged_seconds=1000,
    )
    next_day = make.tile(account, EVENING + timedelta(days=1))
    make.attendance(night, amara, 1800, 500)
    make.attendance(night, amara, 1801, 400, tile=next_day)
    make.attendance(night, li, 199, 0)
    make.attendance(night, unknown, 200, 100, user_type="Guest")
    return night


def _breakout_in(night: RoomSession, room: object) -> None:
    session = make.whole_session(
        room,  # type: ignore[arg-type]
        [(night.account.people.get(user_id="li.wei"), 100, 1)],
        EVENING + timedelta(minutes=10),
        cue_point_id="1_breakout_s",
        length_seconds=600,
        host_name="Ada",
        initiator="@ada",
        main_session=night,
        kaltura_participant_count=2,
        kaltura_engagement_rate=0.0123,
        kaltura_unique_users=2,
    )
    tile = make.tile(night.account, EVENING)
    SessionPart.objects.create(
        session=session, tile=tile, asked_at=tile.asked_at, check_result=PartCheck.MISMATCH
    )
