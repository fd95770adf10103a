"""Breakouts of a main session, those whose main session isn't clear, and those of a range."""

from datetime import timedelta

import pytest

from reports.models import RoomSession
from reports.queries.breakouts import breakout_list, breakouts_of, unplaced_breakouts
from reports.queries.sessions import SessionFilter
from tests import factories as make
from tests.factories import START

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_breakouts_stand_under_their_main_session_or_apart() -> None:
    account = make.account()
    room = make.room(account, "Main")
    breakout = make.room(account, "Breakout 1", parent=room)
    main = make.session(room, cue_point_id="1_main")
    make.session(breakout, START + 10 * MINUTE, cue_point_id="1_own", main_session=main)
    make.session(breakout, START + 20 * MINUTE, cue_point_id="1_unplaced")
    make.session(breakout, START + 60 * MINUTE, cue_point_id="1_after")
    sessions = RoomSession.objects.all()
    assert [s.cue_point_id for s in breakouts_of(sessions, main)] == ["1_own"]
    assert [s.cue_point_id for s in unplaced_breakouts(sessions, main)] == ["1_unplaced"]
    ranged = SessionFilter(from_at=START + 15 * MINUTE)
    assert [s.cue_point_id for s in breakout_list(sessions, ranged)] == ["1_unplaced", "1_after"]
    assert not breakouts_of(sessions.none(), main).exists()


def test_an_open_session_may_have_the_unplaced_breakouts_of_its_day() -> None:
    account = make.account()
    room = make.room(account, "Main")
    breakout = make.room(account, "Breakout 1", parent=room)
    main = make.session(room, length_seconds=None)
    make.session(breakout, START + timedelta(hours=14), cue_point_id="1_same_day")
    make.session(breakout, START + timedelta(hours=15), cue_point_id="1_next_day")
    found = unplaced_breakouts(RoomSession.objects.all(), main)
    assert [session.cue_point_id for session in found] == ["1_same_day"]
