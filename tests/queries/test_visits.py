"""One person's sessions in order, and their time in them and their breakouts against the length."""

from datetime import timedelta
from typing import Any

import pytest

from reports.models import Person, Room, RoomSession
from reports.queries.attendees import AttendanceRow
from reports.queries.people import person_sessions
from reports.queries.sessions import SessionFilter, session_list
from reports.queries.visits import VISIT_ORDERS, length_attended, ordered_rows, visits
from tests import factories as make
from tests.factories import START

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


class Attending:
    """A person with a room and a breakout room of it."""

    def __init__(self) -> None:
        account = make.account()
        self.person: Person = make.person(account)
        self.room: Room = make.room(account, "Anatomy")
        self.breakout_room: Room = make.room(account, "Group 1", parent=self.room)

    def came(self, seconds: int, minutes: int = 0, **values: Any) -> RoomSession:
        """Store a session that started so many minutes after START, attended for these seconds."""
        room = values.pop("room", self.room)
        return make.whole_session(
            room, [(self.person, seconds, 0)], START + minutes * MINUTE, **values
        )

    def in_breakout(self, seconds: int, minutes: int, main: RoomSession | None) -> RoomSession:
        return self.came(
            seconds, minutes, room=self.breakout_room, main_session=main, length_seconds=1200
        )

    def rows(self) -> list[AttendanceRow]:
        return person_sessions(
            self.person, session_list(RoomSession.objects.all(), SessionFilter())
        )


@pytest.fixture
def attending() -> Attending:
    return Attending()


def cue_points(rows: list[AttendanceRow]) -> list[str]:
    return [row.session.cue_point_id for row in rows]


def test_time_in_breakouts_comes_on_top_of_the_session_s_where_it_adds(
    attending: Attending,
) -> None:
    main = attending.came(2400)
    attending.in_breakout(900, 10, main)
    attending.in_breakout(300, 30, main)
    (visit,) = visits(attending.rows(), breakouts_add=True)
    assert (visit.own_seconds, visit.breakout_seconds, visit.view_seconds) == (2400, 1200, 3600)
    assert visit.share_attended == 1.0


def test_time_in_breakouts_is_counted_once_where_it_is_in_the_session_s_already(
    attending: Attending,
) -> None:
    main = attending.came(2400)
    attending.in_breakout(900, 10, main)
    (visit,) = visits(attending.rows(), breakouts_add=False)
    assert (visit.view_seconds, visit.length_seconds) == (2400, 3600)


def test_a_breakout_whose_main_session_was_not_attended_stands_for_itself(
    attending: Attending,
) -> None:
    elsewhere = make.whole_session(attending.room)
    attending.in_breakout(900, 10, elsewhere)
    attending.in_breakout(300, 30, None)
    found = visits(attending.rows(), breakouts_add=True)
    assert [(visit.view_seconds, visit.length_seconds) for visit in found] == [
        (900, 1200),
        (300, 1200),
    ]


def test_visits_stand_by_start_whatever_the_order_of_the_rows(attending: Attending) -> None:
    for minutes in (0, 120, 60):
        attending.came(60 + minutes, minutes)
    found = visits(attending.rows()[::-1], breakouts_add=True)
    assert [visit.view_seconds for visit in found] == [60, 120, 180]


def test_a_breakout_of_unknown_time_makes_the_visit_s_time_unknown(attending: Attending) -> None:
    main = attending.came(2400)
    unknown = make.unknown_session(attending.breakout_room, START + 5 * MINUTE, main_session=main)
    make.attendance(unknown, attending.person, 60, 0)
    (visit,) = visits(attending.rows(), breakouts_add=True)
    assert (visit.own_seconds, visit.view_seconds, visit.share_attended) == (2400, None, None)
    (visit,) = visits(attending.rows(), breakouts_add=False)
    assert visit.view_seconds == 2400


def test_the_share_of_several_sessions_counts_each_up_to_its_length(attending: Attending) -> None:
    attending.came(7200, length_seconds=3600)  # two devices
    attending.came(0, 120, length_seconds=3600)
    sums = length_attended(visits(attending.rows(), breakouts_add=True))
    assert (sums.sessions, sums.over) == (2, 1)
    assert (sums.attended_seconds, sums.length_seconds, sums.share) == (3600, 7200, 0.5)


def test_sessions_of_unknown_time_or_length_are_left_out_of_the_share(
    attending: Attending,
) -> None:
    attending.came(1800)
    attending.came(600, 120, length_seconds=None)
    unknown = make.unknown_session(attending.room, START + 240 * MINUTE)
    make.attendance(unknown, attending.person, 60, 0)
    sums = length_attended(visits(attending.rows(), breakouts_add=True))
    assert (sums.sessions, sums.left_out, sums.share) == (1, 2, 0.5)


def test_without_any_known_length_the_share_is_unknown(attending: Attending) -> None:
    attending.came(600, length_seconds=None)
    sums = length_attended(visits(attending.rows(), breakouts_add=True))
    assert (sums.sessions, sums.left_out, sums.share) == (0, 1, None)


@pytest.mark.parametrize("order", sorted(VISIT_ORDERS.keys() - {"room", "status"}))
def test_what_is_unknown_is_last_in_either_direction(attending: Attending, order: str) -> None:
    attending.came(60)
    attending.came(600, 60)
    unknown = make.unknown_session(
        attending.room, START + 120 * MINUTE, length_seconds=None, facts_asked_at=None
    )
    make.attendance(unknown, attending.person, 1, 0)
    for sign in ("", "-"):
        rows = ordered_rows(attending.rows(), sign + order)
        assert cue_points(rows)[-1] == unknown.cue_point_id


def test_rows_are_sorted_by_each_figure_both_ways(attending: Attending) -> None:
    long = attending.came(600, 0, length_seconds=7200).cue_point_id
    short = attending.came(900, 60, length_seconds=1000).cue_point_id
    for order in ("start", "time_in_session", "share_attended"):
        assert cue_points(ordered_rows(attending.rows(), order)) == [long, short]
        assert cue_points(ordered_rows(attending.rows(), f"-{order}")) == [short, long]
    assert cue_points(ordered_rows(attending.rows(), "length")) == [short, long]


def test_a_breakout_stands_below_its_main_room(attending: Attending) -> None:
    breakout = attending.in_breakout(60, 10, None).cue_point_id
    botany = attending.came(60, 20, room=make.room(attending.room.account, "Botany")).cue_point_id
    main = attending.came(60, 30).cue_point_id
    assert cue_points(ordered_rows(attending.rows(), "room")) == [main, breakout, botany]


def test_ties_are_broken_by_start(attending: Attending) -> None:
    first = attending.came(60, 0).cue_point_id
    second = attending.came(60, 60).cue_point_id
    assert cue_points(ordered_rows(attending.rows(), "time_in_session")) == [first, second]
    assert cue_points(ordered_rows(attending.rows(), "-time_in_session")) == [second, first]
