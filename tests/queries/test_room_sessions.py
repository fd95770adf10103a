"""One room's sums, compared with a plain recount over the same rows."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from reports.access import Viewer
from reports.models import Room, RoomSession, User
from reports.queries.room_sessions import (
    each_room,
    grants_of,
    in_order,
    latest_start,
    room_figures,
    seen_parent,
    sessions_of_rooms,
)
from reports.queries.rooms import RoomFilter, room_lines
from reports.queries.sessions import SessionFilter, session_list
from tests import factories
from tests.factories import START

pytestmark = pytest.mark.django_db


@pytest.fixture
def room() -> Room:
    """A room with four sessions, two breakout rooms, and a neighbour."""
    account = factories.account()
    room = factories.room(account, "Anatomy")
    people = [factories.person(account, f"s{number}") for number in range(5)]
    for number in range(3):
        rows = [(person, 600 + number, 300) for person in people[: number + 1]]
        factories.whole_session(room, rows, START + timedelta(days=number))
    factories.unknown_session(room, START + timedelta(days=9), facts_asked_at=None)
    for name in ("Group 2", "Group 1"):
        breakout = factories.room(account, name, parent=room)
        factories.whole_session(breakout, [(people[4], 100, 50)], START + timedelta(minutes=5))
    factories.unknown_session(Room.objects.get(name="Group 1"), START + timedelta(days=1))
    factories.whole_session(factories.room(account, "Botany"), [(people[0], 60, 0)])
    return room


def administrator() -> Viewer:
    """Return the one administrator as a viewer."""
    user = User.objects.filter(username="administrator").first() or factories.administrator()
    return Viewer(user, is_administrator=True)


def sessions_in(room: Room) -> Any:
    return session_list(RoomSession.objects.all(), SessionFilter(room_id=room.pk))


def test_each_room_is_counted_for_itself(
    room: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        lines = each_room(sessions_in(room))
    assert {line.label for line in lines} == {"Anatomy", "Group 1", "Group 2"}
    for line in lines:
        every = list(RoomSession.objects.filter(room_id=line.room_id))
        known = [session for session in every if session.view_seconds is not None]
        assert (line.sessions, line.known_sessions) == (len(every), len(known))
        assert line.unknown_sessions == len(every) - len(known)
        assert line.attendances == sum(session.attendee_count or 0 for session in known)
        assert line.view_seconds == sum(session.view_seconds or 0 for session in known)
        assert line.engaged_seconds == sum(session.engaged_seconds or 0 for session in known)
        told = [session.started_at for session in every if session.facts_asked_at]
        assert (line.first_at, line.latest_at) == (min(told), max(told))
        assert line.is_breakout == (line.label != "Anatomy")


def test_a_rooms_figures_are_those_of_its_line_among_the_rooms(room: Room) -> None:
    viewer = administrator()
    figures = room_figures(viewer, sessions_in(room), room, each_room(sessions_in(room)))
    [line] = room_lines(viewer, sessions_in(room), RoomFilter(order="people"))
    assert (figures.sessions, figures.breakout_sessions) == (4, 3)
    assert figures.all_sessions == 7
    for name in (
        *("sessions", "breakout_sessions", "unknown_sessions", "attendances", "people"),
        *("mean_attendees", "view_seconds", "breakout_view_seconds", "engaged_seconds"),
        "engagement",
    ):
        assert getattr(figures, name) == getattr(line, name), name


def test_without_sessions_there_is_nothing_and_that_is_known(
    room: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        figures = room_figures(Viewer.__new__(Viewer), RoomSession.objects.none(), room, [])
    assert (figures.sessions, figures.attendances, figures.people) == (0, 0, 0)
    assert figures.view_seconds == 0
    assert figures.mean_attendees is None
    assert figures.engagement is None


def test_what_is_unknown_altogether_is_unknown_and_not_zero(room: Room) -> None:
    quiet = factories.room(room.account, "Quiet")
    factories.unknown_session(quiet)
    lines = each_room(sessions_in(quiet))
    figures = room_figures(administrator(), sessions_in(quiet), quiet, lines)
    assert (figures.sessions, figures.unknown_sessions) == (1, 1)
    for name in ("attendances", "people", "mean_attendees", "view_seconds", "engaged_seconds"):
        assert getattr(figures, name) is None, name


def test_unknown_lines_are_last_in_any_order(room: Room) -> None:
    factories.unknown_session(factories.room(room.account, "Group 0", parent=room))
    lines = each_room(sessions_in(room))
    for order in ("time_in_session", "-time_in_session"):
        assert in_order(lines, order)[-1].label == "Group 0"
    assert [line.label for line in in_order(lines, "name")] == [
        "Anatomy",
        "Group 0",
        "Group 1",
        "Group 2",
    ]


def test_sessions_of_found_rooms_are_those_that_their_lines_add_up(room: Room) -> None:
    every = RoomSession.objects.all()
    lines = room_lines(administrator(), every, RoomFilter(search="anatomy"))
    found = sessions_of_rooms(every, lines)
    assert found.count() == sum(line.sessions + line.breakout_sessions for line in lines) == 7


def test_the_latest_start_is_of_what_the_viewer_sees(room: Room) -> None:
    group = Room.objects.get(name="Group 2")
    teacher = Viewer(factories.teacher(rooms=[group]), is_administrator=False)
    assert latest_start(administrator(), room) == START + timedelta(days=9)
    assert latest_start(teacher, room) == START + timedelta(minutes=5)
    assert latest_start(administrator(), factories.room(room.account, "Empty")) is None


def test_a_main_room_is_seen_through_a_grant_of_its_own_only(room: Room) -> None:
    group = Room.objects.get(name="Group 2")
    of_group = Viewer(factories.teacher("one", [group]), is_administrator=False)
    of_room = Viewer(factories.teacher("two", [room]), is_administrator=False)
    assert seen_parent(of_group, group) is None
    assert seen_parent(of_room, group) == room
    assert seen_parent(administrator(), group) == room
    assert seen_parent(administrator(), room) is None


def test_who_sees_a_breakout_room_has_it_or_its_main_room(room: Room) -> None:
    group = Room.objects.get(name="Group 2")
    factories.teacher("one", [group])
    factories.teacher("two", [room])
    factories.teacher("gone", [room], is_active=False)
    assert [grant.user.username for grant in grants_of(group)] == ["one", "two"]
    assert [grant.user.username for grant in grants_of(room)] == ["two"]
