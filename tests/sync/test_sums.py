"""The sums that lists show: of several days, open sessions, guests, Kaltura's estimates."""

from dataclasses import replace

import pytest
import time_machine

from reports.models import Account, RoomSession, RunState, SessionPart
from reports.simulator.server import Simulator
from tests.sync.small import (
    ADA,
    BEN,
    BREAKOUT,
    CUE,
    GUEST,
    TEN,
    asked,
    figures,
    findings,
    lesson,
    one_lesson,
    people_in,
    seen,
    sync,
    the_session,
)
from tests.sync.worlds import BASE, DAY, HOUR, at

NIGHT = BASE + 23 * HOUR


def test_two_days_of_a_session_add_up_and_estimates_do_not(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(
        seen(ADA, when=NIGHT + 60),
        seen(ADA, when=NIGHT + HOUR + 60, view=120, engaged=120),
        seen(BEN, when=NIGHT + HOUR + 60, engaged=0),
        session=lesson(start=NIGHT, length=2 * HOUR),
    )
    run = sync(account)

    assert run.state == RunState.DONE
    assert figures() == (2, 1320, 420)
    assert [part.view_seconds for part in SessionPart.objects.order_by("tile__start_at")] == [
        600,
        720,
    ]
    assert the_session().kaltura_unique_users is None
    assert (run.session_count, run.attendance_count) == (1, 2)


def test_an_estimate_of_one_day_is_shown_as_kalturas_own(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(session=lesson(room=BREAKOUT))
    sync(account)
    session = the_session()
    assert (session.kaltura_unique_users, session.kaltura_participant_count) == (2, 2)
    assert session.kaltura_engagement_rate == pytest.approx(0.25)


def test_an_answer_in_parts_has_no_estimate(account: Account, simulator: Simulator) -> None:
    """Two halves of a day: each would have an estimate of its own."""
    long = lesson(start=BASE + 11 * HOUR, length=2 * HOUR, room=BREAKOUT)
    simulator.world = one_lesson(
        seen(ADA, when=BASE + 11 * HOUR), seen(ADA, when=BASE + 12 * HOUR), session=long
    )
    simulator.faults.add("druid_timeout_over", hours=12, report=6000)
    simulator.faults.add("druid_timeout_over", hours=12, report=6002)
    with time_machine.travel(at(BASE + 2 * DAY), tick=True):
        sync(account)
    session = the_session()
    assert figures() == (1, 1200, 600)
    assert session.kaltura_unique_users is None
    assert session.kaltura_participant_count is None
    assert session.kaltura_engagement_rate is None


def test_a_session_is_unknown_until_all_of_its_days_were_asked(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(
        seen(ADA, when=NIGHT),
        seen(BEN, when=NIGHT + HOUR),
        session=lesson(start=NIGHT, length=2 * HOUR),
    )
    run = sync(account, BASE + DAY, BASE + 2 * DAY)  # the session starts the day before

    assert run.state == RunState.DONE
    assert run.session_count == 0
    assert people_in() == {"ben.t": 600}
    assert figures() == (None, None, None)
    sync(account)
    assert figures() == (2, 1200, 600)


def test_a_never_closed_session_has_no_length_and_is_known_after_the_outside_was_asked(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(seen(ADA), seen(BEN, when=TEN + 3 * DAY), session=lesson(length=0))
    run = sync(account)

    assert run.state == RunState.DONE, run.gaps
    session = the_session()
    assert session.length_seconds is None
    assert session.is_open
    assert session.outside_checked_at is not None
    assert figures() == (2, 1200, 600)
    assert findings()["never_closed"] >= 1
    assert set(run.run_tiles.values_list("tile__start_at", flat=True)) == {
        at(BASE),
        at(BASE + 3 * DAY),
    }


def test_a_never_closed_session_is_unknown_while_the_outside_is(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(session=lesson(length=0))
    simulator.faults.add("json_error", code="ACTION_BLOCKED", report=6001, skip=1)
    run = sync(account)

    assert run.state == RunState.GAPS
    assert figures() == (None, None, None)
    assert any("not known whether sessions go on outside" in gap for gap in run.gaps)
    simulator.faults.clear()
    assert sync(account).state == RunState.DONE
    assert figures() == (2, 1200, 300)


def test_a_session_that_ended_before_it_started_is_one_without_a_known_length(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(session=lesson(length=-90))
    run = sync(account)
    assert run.state == RunState.DONE, run.gaps
    assert the_session().length_seconds is None
    assert figures() == (2, 1200, 300)


def test_a_closed_session_gets_its_end_from_the_newest_answer(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(session=lesson(length=0))
    with time_machine.travel(at(TEN + 1800), tick=True):
        sync(account)
        assert the_session().is_open
    simulator.world.put_session(lesson())
    sync(account)
    assert the_session().length_seconds == HOUR


def test_guests_are_counted_once_and_who_is_also_known_is_no_guest(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(
        seen(GUEST, when=NIGHT),
        seen(GUEST, when=NIGHT + HOUR),
        seen(replace(GUEST, name="Another"), when=NIGHT),
        seen(replace(ADA, user_type="Guest"), when=NIGHT),
        seen(ADA, when=NIGHT + HOUR),
        session=lesson(start=NIGHT, length=2 * HOUR),
    )
    sync(account)
    assert the_session().attendee_count == 3
    assert the_session().guest_count == 2


def test_seconds_are_never_clamped_to_the_sessions_length(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(
        seen(ADA, view=9000, engaged=9000), seen(ADA, view=9000, engaged=0)
    )
    sync(account)
    assert figures() == (1, 18000, 9000)


def test_a_person_of_no_seconds_attends(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson(seen(ADA, view=0, engaged=0))
    run = sync(account)
    assert run.state == RunState.DONE, run.gaps
    assert figures() == (1, 0, 0)


def test_a_session_that_ends_at_midnight_is_whole_with_the_day_after_only(
    account: Account, simulator: Simulator
) -> None:
    """Somebody is seen in its last second, which Kaltura counts to the next day."""
    evening = lesson(start=BASE + 23 * HOUR, length=HOUR)
    simulator.world = one_lesson(
        seen(ADA, when=BASE + 23 * HOUR), seen(BEN, when=BASE + DAY), session=evening
    )
    simulator.faults.add("html_200", skip=3)  # all that is asked after Monday
    sync(account)
    assert figures() == (None, None, None)
    simulator.faults.clear()
    sync(account)
    assert figures() == (2, 1200, 600)


def test_the_day_after_is_asked_for_who_opened_a_room_just_before_midnight(
    account: Account, simulator: Simulator
) -> None:
    """Nobody was seen before midnight, so Monday's answer doesn't name the session."""
    late = lesson(start=BASE + DAY - 60, length=HOUR)
    simulator.world = one_lesson(seen(ADA, when=BASE + DAY + 5), session=late)
    run = sync(account)

    assert run.session_count == 1
    assert figures() == (1, 600, 300)
    assert any(it["from_date"] == str(BASE + DAY) for it in asked(simulator, 6000))
    assert RoomSession.objects.get().cue_point_id == CUE


def test_an_open_session_that_only_the_day_after_tells_of_is_followed_to_its_last_day(
    account: Account, simulator: Simulator
) -> None:
    late = lesson(start=BASE + DAY - 60, length=0)
    simulator.world = one_lesson(
        seen(ADA, when=BASE + DAY + 5), seen(BEN, when=BASE + 4 * DAY + 5), session=late
    )
    run = sync(account)

    assert run.state == RunState.DONE
    assert figures() == (2, 1200, 600)
