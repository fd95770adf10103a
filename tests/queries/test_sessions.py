"""Which sessions are found, in which order, and what they add up to."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from reports.access import viewer_of
from reports.models import PartCheck, RoomSession, SessionPart
from reports.queries.session_lines import FIELDS, SessionLine, SessionStatus, session_lines
from reports.queries.sessions import ORDERS, SessionFilter, session_list, session_totals
from tests import factories as make
from tests.factories import START

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def found(**wanted: object) -> list[str]:
    sessions = session_list(RoomSession.objects.all(), SessionFilter(**wanted))  # type: ignore[arg-type]
    return [session.cue_point_id for session in sessions]


def test_the_range_holds_its_start_and_not_its_end() -> None:
    room = make.room(make.account())
    for number in range(3):
        make.session(room, START + number * HOUR, cue_point_id=f"1_{number}")
    assert found(from_at=START, to_at=START + 2 * HOUR) == ["1_0", "1_1"]
    assert found(from_at=START + HOUR) == ["1_1", "1_2"]
    assert found(to_at=START) == []


def test_an_account_shows_no_session_of_another() -> None:
    here, there = make.account(), make.account("other")
    make.session(make.room(here), cue_point_id="1_here")
    make.session(make.room(there), cue_point_id="1_there")
    assert found(account_id=here.pk) == ["1_here"]


def test_rooms_come_with_their_breakouts_unless_told_otherwise() -> None:
    account = make.account()
    main, other = make.room(account, "Main"), make.room(account, "Other")
    breakout = make.room(account, "Breakout 1", parent=main)
    make.session(main, cue_point_id="1_main")
    make.session(breakout, START + HOUR, cue_point_id="1_breakout")
    make.session(other, START + 2 * HOUR, cue_point_id="1_other")
    assert found() == ["1_main", "1_breakout", "1_other"]
    assert found(with_breakouts=False) == ["1_main", "1_other"]
    assert found(only_breakouts=True) == ["1_breakout"]
    assert found(room_id=main.pk) == ["1_main", "1_breakout"]
    assert found(room_id=main.pk, with_breakouts=False) == ["1_main"]
    assert found(room_id=main.pk, only_breakouts=True) == ["1_breakout"]
    assert found(room_id=breakout.pk) == ["1_breakout"]
    assert found(entry_ids=(main.entry_id,)) == ["1_main", "1_breakout"]
    assert found(entry_ids=(main.entry_id,), with_breakouts=False) == ["1_main"]
    assert found(entry_ids=(main.entry_id, other.entry_id), only_breakouts=True) == ["1_breakout"]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("anat", True),
        ("ANATOMY group", True),
        ("group anatomy", True),
        ("anatomy botany", False),
        ("übung", True),
        ("ÜBUNG", True),
        ("100%", True),
        ("100_", False),
        ("ada", True),
        ("1_sessabcd", True),
        ("1_sess", False),
        ("   ", True),
    ],
)
def test_every_word_of_the_search_must_be_somewhere(text: str, is_found: bool) -> None:
    room = make.room(make.account(), "Anatomy, group A: Übung 100%")
    make.session(room, cue_point_id="1_sessabcd")
    assert bool(found(search=text)) is is_found


def test_a_breakout_is_found_by_the_name_of_its_main_room() -> None:
    account = make.account()
    breakout = make.room(account, "Breakout 1", parent=make.room(account, "Botany"))
    make.session(breakout, cue_point_id="1_breakout")
    assert found(search="botany") == ["1_breakout"]


def make_three() -> None:
    """One small, one large, and one of which nothing is known; all in different rooms."""
    account = make.account()
    small = make.room(account, "Alpha")
    large = make.room(account, "Beta")
    sums = {"attendee_count": 1, "guest_count": 0, "kaltura_unique_users": 1}
    make.session(
        small,
        cue_point_id="1_small",
        host_name="A",
        view_seconds=1000,
        engaged_seconds=100,
        **sums,
    )
    sums = {"attendee_count": 2, "guest_count": 1, "kaltura_unique_users": 3}
    make.session(
        large,
        START + HOUR,
        cue_point_id="1_large",
        host_name="B",
        length_seconds=7200,
        view_seconds=2000,
        engaged_seconds=1000,
        **sums,
    )
    make.unknown_session(
        make.room(make.account("zebra"), "Gamma"),
        START + 2 * HOUR,
        cue_point_id="1_unknown",
        host_name="C",
        length_seconds=None,
    )


OF_BREAKOUTS = (
    "main_session",
    "initiator",
    "kaltura_participant_count",
    "kaltura_engagement_rate",
)


@pytest.mark.parametrize("order", [key for key in ORDERS if key not in (*OF_BREAKOUTS, "status")])
def test_each_order_goes_both_ways_and_puts_what_is_unknown_last(order: str) -> None:
    make_three()
    upwards, downwards = found(order=order), found(order=f"-{order}")
    assert upwards == ["1_small", "1_large", "1_unknown"]
    never_unknown = order in ("start", "room", "main_room", "host", "account")
    if order == "account":
        assert downwards == ["1_unknown", "1_large", "1_small"]  # a tie, by pk
    elif never_unknown:
        assert downwards == upwards[::-1]
    else:
        assert downwards == ["1_large", "1_small", "1_unknown"]


@pytest.mark.parametrize("order", OF_BREAKOUTS)
def test_each_order_of_breakouts_puts_what_is_unknown_last(order: str) -> None:
    account = make.account()
    main = make.room(account, "Main")
    room = make.room(account, "Breakout 1", parent=main)
    for number in (2, 1):
        make.session(
            room,
            cue_point_id=f"1_{number}",
            main_session=make.session(main, START + number * HOUR),
            initiator=f"Opener {number}",
            kaltura_participant_count=number,
            kaltura_engagement_rate=number / 2,
        )
    make.session(room, cue_point_id="1_unknown")
    assert found(order=order, only_breakouts=True) == ["1_1", "1_2", "1_unknown"]
    assert found(order=f"-{order}", only_breakouts=True) == ["1_2", "1_1", "1_unknown"]


def test_breakouts_are_also_found_by_who_opened_them() -> None:
    account = make.account()
    room = make.room(account, "Breakout 1", parent=make.room(account, "Botany"))
    make.session(room, cue_point_id="1_breakout", initiator="Grace Opener", host_name="Ada")
    assert found(search="grace botany", only_breakouts=True) == ["1_breakout"]
    assert found(search="grace") == []


def test_the_worst_status_comes_first_or_last() -> None:
    account = make.account()
    make.session(make.room(account, "Open"), cue_point_id="1_open", length_seconds=None)
    make.session(make.room(account, "Whole"), cue_point_id="1_whole")
    make.unknown_session(make.room(account, "Unknown"), cue_point_id="1_unknown")
    guessed = make.unknown_session(make.room(account, "Guessed"), facts_asked_at=None)
    soon = make.session(make.room(account, "Soon"), START + 48 * HOUR, cue_point_id="1_soon")
    differing = make.session(make.room(account, "Differing"), cue_point_id="1_differing")
    late = make.tile(account, soon.started_at, asked_at=soon.ended_at)
    for session, tile, result in (
        (soon, late, PartCheck.OK),
        (differing, make.tile(account), PartCheck.MISMATCH),
    ):
        SessionPart.objects.create(session=session, tile=tile, asked_at=START, check_result=result)
    worst_first = [guessed.cue_point_id, "1_unknown", "1_differing", "1_open", "1_soon", "1_whole"]
    assert found(order="status") == worst_first
    assert found(order="-status") == worst_first[::-1]
    listed = session_list(RoomSession.objects.all(), SessionFilter(order="status"))
    statuses = [line.status for line in session_lines(listed)]
    assert statuses == list(SessionStatus)


def test_ties_keep_one_order() -> None:
    room = make.room(make.account())
    cues = [make.session(room).cue_point_id for _ in range(5)]
    assert found(order="start") == cues
    assert found(order="-start") == cues[::-1]


def test_an_order_or_a_naive_time_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="no order"):
        SessionFilter(order="name; drop table")
    with pytest.raises(ValueError, match="aware"):
        SessionFilter(from_at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_sums_leave_out_what_is_unknown_and_say_how_many_that_are() -> None:
    make_three()
    totals = session_totals(session_list(RoomSession.objects.all(), SessionFilter()))
    assert (totals.sessions, totals.unknown_sessions) == (3, 1)
    assert (totals.attendances, totals.view_seconds, totals.engaged_seconds) == (3, 3000, 1100)
    assert totals.engagement == pytest.approx(1100 / 3000)


def test_the_sum_of_unknown_sessions_is_unknown_and_of_none_is_zero() -> None:
    nothing = session_totals(RoomSession.objects.all())
    assert (nothing.sessions, nothing.attendances, nothing.view_seconds) == (0, 0, 0)
    assert nothing.engagement is None
    make.unknown_session(make.room(make.account()))
    unknown = session_totals(RoomSession.objects.all())
    assert (unknown.sessions, unknown.unknown_sessions) == (1, 1)
    assert unknown.attendances is unknown.view_seconds is unknown.engaged_seconds is None
    assert unknown.engagement is None


def test_a_teacher_lists_and_sums_only_the_rooms_given_to_him() -> None:
    account = make.account()
    mine, other = make.room(account, "Mine"), make.room(account, "Other")
    make.session(mine, cue_point_id="1_mine", view_seconds=10)
    make.session(make.room(account, "B", parent=mine), START + HOUR, cue_point_id="1_breakout")
    make.session(other, cue_point_id="1_other", view_seconds=500)
    sessions = viewer_of(make.teacher(rooms=[mine])).sessions()
    listed = session_list(sessions, SessionFilter())
    assert [session.cue_point_id for session in listed] == ["1_mine", "1_breakout"]
    assert session_totals(listed).view_seconds == 10
    assert not session_list(viewer_of(make.outsider()).sessions(), SessionFilter()).exists()


def test_a_page_of_sessions_is_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_three()
    with django_assert_num_queries(1):
        listed = session_list(RoomSession.objects.all(), SessionFilter())[:50]
        named = [(s.account.name, s.room.name, s.room.parent, s.main_session) for s in listed]
        assert len(named) == 3
    with django_assert_num_queries(1):
        lines = list(session_lines(session_list(RoomSession.objects.all(), SessionFilter())))
        assert len(lines) == 3
    with django_assert_num_queries(1):
        session_totals(session_list(RoomSession.objects.all(), SessionFilter()))


def only_line() -> SessionLine:
    (line,) = session_lines(session_list(RoomSession.objects.all(), SessionFilter()))
    return line


def test_a_line_carries_what_the_models_hold() -> None:
    account = make.account()
    main = make.session(make.room(account, "Main"), cue_point_id="1_main")
    room = make.room(account, "Breakout 1", parent=main.room)
    stored = make.session(room, START + HOUR, main_session=main, kaltura_unique_users=7)
    _, line = session_lines(session_list(RoomSession.objects.all(), SessionFilter()))
    assert line._fields[10:12] == ("stored_started_at", "stored_ended_at")
    for field, value in zip(FIELDS[:-2], line[:-2], strict=True):
        expected: object = stored
        for name in field.split("__"):
            expected = getattr(expected, name)
        assert value == expected, field
    assert line.main_cue_point_id == "1_main"
    assert line.is_breakout


def test_an_open_session_has_no_end() -> None:
    make.session(make.room(make.account()), length_seconds=None)
    line = only_line()
    assert line.started_at == START
    assert line.ended_at is None
    assert line.status == SessionStatus.NO_END


def test_a_session_without_facts_has_neither_start_nor_end() -> None:
    make.unknown_session(make.room(make.account()), facts_asked_at=None, length_seconds=None)
    line = only_line()
    assert (line.started_at, line.ended_at) == (None, None)
    assert line.status == SessionStatus.TIMES_UNKNOWN


def test_a_session_that_is_not_whole_says_so() -> None:
    make.unknown_session(make.room(make.account()))
    assert only_line().status == SessionStatus.ATTENDANCE_UNKNOWN
    assert only_line().engagement is None


@pytest.mark.parametrize(
    ("check", "asked_after", "status"),
    [
        (PartCheck.OK, timedelta(days=10), SessionStatus.COMPLETE),
        (PartCheck.OK, timedelta(days=1, hours=1), SessionStatus.PROVISIONAL),
        (PartCheck.MISMATCH, timedelta(days=10), SessionStatus.DISAGREEING),
        (PartCheck.NO_SESSION, timedelta(days=10), SessionStatus.DISAGREEING),
        (PartCheck.UNCHECKED, timedelta(days=10), SessionStatus.COMPLETE),
    ],
)
def test_the_parts_of_a_session_mark_it(
    check: PartCheck, asked_after: timedelta, status: SessionStatus
) -> None:
    account = make.account()
    session = make.session(make.room(account))
    midnight = START.replace(hour=0)
    tile = make.tile(account, asked_at=midnight + asked_after)
    SessionPart.objects.create(
        session=session, tile=tile, asked_at=tile.asked_at, check_result=check
    )
    assert only_line().status == status
