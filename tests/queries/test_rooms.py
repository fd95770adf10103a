"""Rooms with their breakouts: as a recount has them, in one query, and nobody else's."""

from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries

from reports.access import Viewer, viewer_of
from reports.models import Room, RoomSession
from reports.models.session import RoomSessionQuerySet
from reports.queries.people_counts import people_count
from reports.queries.rooms import (
    ROOM_ORDERS,
    RoomFilter,
    RoomLine,
    RoomTotals,
    busiest_rooms,
    room_lines,
    room_totals,
    with_people,
)
from reports.queries.sessions import SessionFilter, session_list, session_totals
from tests import factories as make
from tests.factories import START
from tests.queries.term import Term, make_term, rows_by_session

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def viewer() -> Viewer:
    return viewer_of(make.administrator())


def listed(viewer: Viewer, term: Term | None = None, **wanted: Any) -> RoomSessionQuerySet:
    if term:
        wanted = {"from_at": term.from_at, "to_at": term.to_at} | wanted
    return session_list(viewer.sessions(), SessionFilter(**wanted))


def recount(sessions: RoomSessionQuerySet, own: set[int] | None = None) -> dict[int, RoomLine]:
    """Return the lines by going through the rows; `own` are the rooms seen, None: all of them."""
    by_room: dict[Room, list[RoomSession]] = {}
    for session in sessions:
        parent = session.room.parent
        is_seen = parent is not None and (own is None or parent.pk in own)
        by_room.setdefault(parent if parent and is_seen else session.room, []).append(session)
    return {room.pk: recounted(room, inside, own) for room, inside in by_room.items()}


def recounted(room: Room, inside: list[RoomSession], own: set[int] | None) -> RoomLine:
    itself = [session for session in inside if session.room_id == room.pk]
    breakouts = [session for session in inside if session.room_id != room.pk]
    rows = rows_by_session(inside)
    people = {row.person_id for of in rows.values() for row in of}
    starts = [session.started_at for session in inside if session.facts_asked_at]
    return RoomLine(
        room_id=room.pk,
        entry_id=room.entry_id,
        name=room.name,
        account_id=room.account_id,
        account_name=room.account.name,
        sessions=len(itself),
        known_sessions=sum(session.is_whole for session in itself),
        breakout_sessions=len(breakouts),
        unknown_sessions=sum(not session.is_whole for session in inside),
        attendances=summed(inside, "attendee_count"),
        own_attendances=summed(itself, "attendee_count"),
        view_seconds=summed(inside, "view_seconds"),
        engaged_seconds=summed(inside, "engaged_seconds"),
        breakout_view_seconds=summed(breakouts, "view_seconds"),
        first_at=min(starts, default=None),
        latest_at=max(starts, default=None),
        is_breakout=room.parent_id is not None,
        people=len(people) if rows else None,
    )


def summed(sessions: list[RoomSession], name: str) -> int | None:
    known = [getattr(session, name) for session in sessions if session.is_whole]
    return sum(known) if known or not sessions else None


def test_a_term_s_rooms_are_as_a_recount_has_them(viewer: Viewer) -> None:
    sessions = listed(viewer, make_term())
    found = with_people(viewer, sessions, room_lines(viewer, sessions))
    assert {line.room_id: line for line in found} == recount(sessions)
    assert len(found) == 5
    assert sum(line.breakout_sessions for line in found) == 12


@pytest.mark.parametrize("order", ROOM_ORDERS)
def test_each_order_is_by_its_column_and_puts_what_is_unknown_last(
    order: str, viewer: Viewer
) -> None:
    term = make_term()
    make.unknown_session(make.room(term.rooms[0].account, "Zoology"), term.from_at)
    sessions = listed(viewer, term)
    value = ROOM_ORDERS[order]
    for sign in ("", "-"):
        found = room_lines(viewer, sessions, RoomFilter(order=f"{sign}{order}"))
        assert len(found) == 6
        values = [value(line) for line in found]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=bool(sign))
        assert values == known + [None] * (len(values) - len(known))
    never_unknown = ("name", "account", "sessions", "breakouts", "breakout_time", "first", "latest")
    assert (None in values) is (order not in never_unknown)


def test_equal_rooms_keep_one_order(viewer: Viewer) -> None:
    account = make.account()
    rooms = [make.room(account, "Same") for _ in range(4)]
    for room in reversed(rooms):
        make.session(room)
    keys = [room.pk for room in rooms]
    for order in ("name", "-name", "-sessions"):
        found = room_lines(viewer, listed(viewer), RoomFilter(order=order))
        assert [line.room_id for line in found] == keys


def test_an_order_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no order"):
        RoomFilter(order="name; drop table")


@pytest.mark.parametrize(
    ("text", "count"),
    [("anat", 2), ("ANATOMY a", 2), ("übung", 1), ("ÜBUNG ä", 1), ("anatomy botany", 0), ("", 5)],
)
def test_every_word_of_the_search_is_in_the_name(text: str, count: int, viewer: Viewer) -> None:
    sessions = listed(viewer, make_term())
    assert len(room_lines(viewer, sessions, RoomFilter(search=text))) == count


def test_a_room_is_found_by_kaltura_s_id_and_is_called_so_without_a_name(viewer: Viewer) -> None:
    term = make_term()
    unnamed = term.rooms[3]
    wanted = RoomFilter(search=unnamed.entry_id)
    (line,) = room_lines(viewer, listed(viewer, term), wanted)
    assert (line.room_id, line.label) == (unnamed.pk, unnamed.entry_id)


def test_breakouts_count_with_their_room_but_not_in_its_mean(viewer: Viewer) -> None:
    account = make.account()
    people = [make.person(account, name) for name in ("ada", "ben", "cem")]
    main = make.room(account)
    make.whole_session(main, [(person, 600, 300) for person in people])
    for number in range(2):
        group = make.room(account, f"Group {number}", parent=main)
        make.whole_session(group, [(people[number], 100, 100)])
    sessions = listed(viewer)
    (line,) = with_people(viewer, sessions, room_lines(viewer, sessions))
    assert (line.sessions, line.breakout_sessions, line.attendances, line.people) == (1, 2, 5, 3)
    assert (line.view_seconds, line.breakout_view_seconds) == (2000, 200)
    assert line.engagement == 1100 / 2000
    assert line.mean_attendees == 3


def test_a_room_of_breakouts_alone_has_no_mean(viewer: Viewer) -> None:
    account = make.account()
    group = make.room(account, "Group", parent=make.room(account, "Main"))
    make.whole_session(group, [(make.person(account), 600, 300)])
    (line,) = room_lines(viewer, listed(viewer))
    assert (line.name, line.sessions, line.breakout_sessions) == ("Main", 0, 1)
    assert (line.attendances, line.own_attendances, line.mean_attendees) == (1, 0, None)


def test_a_room_of_unknown_sessions_is_unknown_and_one_of_nobody_is_empty(viewer: Viewer) -> None:
    account = make.account()
    make.unknown_session(make.room(account, "A"), facts_asked_at=None)
    make.session(make.room(account, "B"))
    sessions = listed(viewer)
    unknown, empty = with_people(viewer, sessions, room_lines(viewer, sessions))
    assert unknown.attendances is unknown.people is unknown.view_seconds is None
    assert unknown.mean_attendees is unknown.engagement is unknown.first_at is None
    assert unknown.breakout_view_seconds == 0  # there was no breakout
    assert empty.attendances == empty.people == empty.view_seconds == empty.mean_attendees == 0
    assert empty.engagement is None
    assert empty.first_at == START


def test_totals_are_those_of_the_sessions(viewer: Viewer) -> None:
    sessions = listed(viewer, make_term())
    totals, expected = room_totals(room_lines(viewer, sessions)), session_totals(sessions)
    assert totals.rooms == 5
    assert totals.sessions + totals.breakout_sessions == expected.sessions
    assert totals.unknown_sessions == expected.unknown_sessions
    assert totals.attendances == expected.attendances
    assert totals.view_seconds == expected.view_seconds
    assert totals.engaged_seconds == expected.engaged_seconds
    assert totals.engagement == expected.engagement


def test_the_sum_of_unknown_rooms_is_unknown_and_of_none_is_zero(viewer: Viewer) -> None:
    assert room_totals([]) == RoomTotals(0, 0, 0, 0, 0, 0, 0)
    make.unknown_session(make.room(make.account()))
    totals = room_totals(room_lines(viewer, listed(viewer)))
    assert (totals.rooms, totals.sessions, totals.unknown_sessions) == (1, 1, 1)
    assert totals.attendances is totals.view_seconds is totals.engagement is None


@pytest.mark.parametrize("by", ["time_in_session", "attendances"])
def test_the_busiest_rooms_are_the_first_of_the_largest(by: Any, viewer: Viewer) -> None:
    term = make_term()
    make.unknown_session(make.room(term.rooms[0].account), term.from_at)
    make.session(make.room(term.rooms[0].account), term.from_at)
    sessions = listed(viewer, term)
    expected = room_lines(viewer, sessions, RoomFilter(order=f"-{by}"))
    assert busiest_rooms(viewer, sessions, by) == expected[:5]
    assert busiest_rooms(viewer, sessions, by, 2) == expected[:2]
    assert min(line.attendances or 0 for line in expected[:5]) > 0


def test_a_teacher_sees_and_sums_only_the_rooms_given_to_him() -> None:
    term = make_term()
    anatomy, botany_group = term.rooms[0], term.rooms[7]
    teacher = viewer_of(make.teacher(rooms=[anatomy, botany_group]))
    sessions = listed(teacher, term)
    found = with_people(teacher, sessions, room_lines(teacher, sessions))
    own = {room.pk for room in teacher.rooms()}
    assert {line.room_id: line for line in found} == recount(sessions, own)
    assert {line.room_id: line.is_breakout for line in found} == {
        anatomy.pk: False,
        botany_group.pk: True,
    }
    assert {line.label for line in found} == {"Anatomy", "Group 1"}  # botany stays unnamed to him
    by_people = room_lines(teacher, sessions, RoomFilter(order="people"))
    assert sorted(by_people) == sorted(found)
    outsider = viewer_of(make.outsider())
    assert room_lines(outsider, listed(outsider, term)) == []


def test_both_rooms_given_are_one_line_again() -> None:
    term = make_term()
    botany, group = term.rooms[1], term.rooms[7]
    teacher = viewer_of(make.teacher(rooms=[botany, group]))
    (line,) = room_lines(teacher, listed(teacher, term))
    assert (line.room_id, line.is_breakout) == (botany.pk, False)
    assert line.breakout_sessions > 0


def test_people_of_many_rooms_are_the_same_as_of_few(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    term = make_term()
    for who in (viewer, viewer_of(make.teacher(rooms=[term.rooms[0], term.rooms[7]]))):
        sessions = listed(who, term)
        lines = room_lines(who, sessions)
        few = with_people(who, sessions, lines)
        with monkeypatch.context() as patch:
            patch.setattr("reports.queries.rooms.MOST_KEYS", 1)
            assert with_people(who, sessions, lines) == few


def test_people_of_a_page_are_counted_once_each(viewer: Viewer) -> None:
    sessions = listed(viewer, make_term())
    lines = room_lines(viewer, sessions)
    for line in with_people(viewer, sessions, lines[:2]):
        of_room = listed(viewer, None, room_id=line.room_id)
        assert line.people == people_count(viewer, of_room & sessions)
    assert with_people(viewer, sessions, []) == []


@pytest.mark.usefixtures("each_cache")
def test_rooms_are_two_queries_however_many(
    viewer: Viewer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    term = make_term()
    teacher = viewer_of(make.teacher(rooms=[term.rooms[0], term.rooms[7]]))
    for who, count in ((viewer, 1), (teacher, 2)):
        sessions = listed(who, term)
        with django_assert_num_queries(2):  # the sums; the rooms
            lines = room_lines(who, sessions, RoomFilter(search="a", order="-engagement"))
        with django_assert_num_queries(count + 1):  # data versions and rights; then the people
            with_people(who, sessions, lines)
        with django_assert_num_queries(count):  # from the cache
            with_people(who, sessions, lines)
