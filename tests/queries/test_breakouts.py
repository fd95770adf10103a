"""Breakouts of a main session and of a range: which they are, their sums, who was in which."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from reports.access import viewer_of
from reports.models import Account, Room, RoomSession
from reports.queries.attendees import attendees_of
from reports.queries.breakouts import (
    BreakoutPeople,
    breakout_lines,
    breakout_list,
    breakout_people,
    breakout_totals,
    breakouts_of,
    main_starts,
    unplaced_breakouts,
)
from reports.queries.session_lines import session_lines
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


def test_totals_count_the_sessions_that_breakouts_are_of(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    account = make.account()
    room = make.room(account, "Main")
    breakout = make.room(account, "Breakout 1", parent=room)
    mains = [make.session(room), make.session(room, START + 90 * MINUTE)]
    for main in (mains[0], mains[0], mains[1], None):
        make.session(breakout, main_session=main, attendee_count=3, view_seconds=60)
    make.unknown_session(breakout)
    with django_assert_num_queries(2):
        totals = breakout_totals(breakout_list(RoomSession.objects.all(), SessionFilter()))
    assert (totals.sums.sessions, totals.main_sessions, totals.unplaced) == (5, 2, 2)
    assert (totals.sums.attendances, totals.sums.view_seconds) == (12, 240)
    assert totals.sums.unknown_sessions == 1


def test_a_teacher_of_one_breakout_room_sees_nothing_of_its_main_room(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    account = make.account()
    room = make.room(account, "Main", entry_id="1_main")
    mine = make.room(account, "Breakout 1", parent=room)
    main = make.session(room, cue_point_id="1_session")
    make.session(mine, START + MINUTE, main_session=main)
    for user, sees in (
        (make.administrator(), True),
        (make.teacher("of_main", [room]), True),
        (make.teacher("of_breakout", [mine]), False),
    ):
        viewer = viewer_of(user)
        lines = list(session_lines(breakout_list(viewer.sessions(), SessionFilter())))
        assert len(lines) == 1
        named = (lines[0].parent_entry_id, lines[0].parent_name, lines[0].main_cue_point_id)
        assert named == (("1_main", "Main", "1_session") if sees else (None, None, None))
        assert lines[0].is_breakout
        with django_assert_num_queries(1 if sees else 0):
            starts = main_starts(viewer, lines)
        assert starts == ({(account.pk, "1_session"): START} if sees else {})


class Class:
    """A main session with two breakouts. Amara was in both, Ben in one, Chi in none."""

    def __init__(self) -> None:
        self.account: Account = make.account()
        self.room: Room = make.room(self.account, "Main")
        names = {"amara": "Amara", "ben": "ben", "chi": "Chi", "dana": "Dana"}
        self.people = {
            key: make.person(self.account, key, name=name) for key, name in names.items()
        }
        self.guests = [
            make.person(self.account, "", name="Guest", is_placeholder=True) for _ in range(3)
        ]
        in_main = [(self.people[key], 3000, 0) for key in ("chi", "ben", "amara")]
        self.main = make.whole_session(self.room, [*in_main, (self.guests[0], 2000, 0)])
        self.first = self.breakout("A", [("amara", 600), ("ben", 300)])
        self.second = self.breakout("B", [("amara", 120), ("dana", 60)])
        for guest in self.guests[1:]:
            make.attendance(self.second, guest, 60, 0)

    def breakout(self, name: str, attendees: list[tuple[str, int]]) -> RoomSession:
        return make.whole_session(
            make.room(self.account, name, parent=self.room),
            [(self.people[key], seconds, 0) for key, seconds in attendees],
            START + 10 * MINUTE,
            main_session=self.main,
        )

    def found(self) -> BreakoutPeople:
        main = RoomSession.objects.get(pk=self.main.pk)
        lines = list(session_lines(breakouts_of(RoomSession.objects.all(), main)))
        return breakout_people(lines, attendees_of(main), is_main_whole=main.is_whole)


def test_people_are_matched_by_their_user_id(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    world = Class()
    lines = list(session_lines(breakouts_of(RoomSession.objects.all(), world.main)))
    attendees = attendees_of(world.main)
    with django_assert_num_queries(1):
        found = breakout_people(lines, attendees, is_main_whole=True)
    amara, ben, dana = found.visitors
    assert (amara.name, ben.name, dana.name) == ("Amara", "ben", "Dana")
    assert amara.seconds == {world.first.pk: 600, world.second.pk: 120}
    assert ben.seconds == {world.first.pk: 300}
    assert (found.together(amara), found.together(dana)) == (720, 60)
    assert (amara.main_seconds, dana.main_seconds) == (3000, None)
    assert [line.name for line in found.in_none] == ["Chi"]


def test_people_without_an_id_are_counted_apart_and_never_matched() -> None:
    world = Class()
    found = world.found()
    assert found.without_id == {world.second.pk: 2}
    assert found.without_id_in_main == 1
    assert "Guest" not in [visitor.name for visitor in found.visitors]
    assert "Guest" not in [line.name for line in found.in_none]


def test_time_over_several_tiles_adds_up() -> None:
    world = Class()
    tomorrow = make.tile(world.account, START + timedelta(days=1))
    make.attendance(world.first, world.people["ben"], 100, 0, tile=tomorrow)
    _, ben, _ = world.found().visitors
    assert ben.seconds == {world.first.pk: 400}


def test_what_is_not_whole_leaves_open_who_was_where() -> None:
    world = Class()
    RoomSession.objects.filter(pk=world.second.pk).update(view_seconds=None)
    found = world.found()
    amara, *_ = found.visitors
    assert not found.is_whole
    assert found.together(amara) is None
    RoomSession.objects.filter(pk=world.main.pk).update(view_seconds=None)
    assert not world.found().is_main_whole


def test_breakouts_of_a_session_stand_by_start_and_then_by_number() -> None:
    account = make.account()
    room = make.room(account, "Main")
    main = make.session(room)
    for name, minute in (("group 10", 5), ("Group 2", 5), ("", 5), ("group 1", 6)):
        breakout = make.room(account, name, parent=room)
        make.session(breakout, START + minute * MINUTE, main_session=main)
    lines = breakout_lines(breakouts_of(RoomSession.objects.all(), main))
    assert [line.room_name for line in lines] == ["", "Group 2", "group 10", "group 1"]
