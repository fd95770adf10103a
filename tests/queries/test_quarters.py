"""Sums by quarter-hour: what counting each session by itself gives, in one query."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import given, strategies as st
from pytest_django import DjangoAssertNumQueries

from reports.access import viewer_of
from reports.analytics.quarters import QuarterSums
from reports.models import RoomSession
from reports.queries.quarters import quarter_sums
from reports.queries.sessions import SessionFilter, session_list
from tests import factories as make
from tests.factories import START
from tests.queries.term import make_term

pytestmark = pytest.mark.django_db
EDGES = st.builds(lambda number, off: number * 900 + off, st.integers(1, 12), st.integers(-1, 1))
SECONDS = st.integers(0, 3 * 24 * 3600) | EDGES
PARTS = st.sampled_from([0, 1, 999_999])  # microseconds: SQLite keeps them in the text


def recount(sessions: Iterable[RoomSession]) -> list[QuarterSums]:
    """Return the sums by going through the sessions one by one."""
    found: dict[datetime, list[RoomSession]] = {}
    for session in sessions:
        at = session.started_at
        quarter = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
        found.setdefault(quarter, []).append(session)
    return [
        QuarterSums(
            quarter,
            len(inside),
            sum(session.view_seconds is not None for session in inside),
            sum(session.facts_asked_at is None for session in inside),
            sum(session.attendee_count or 0 for session in inside),
            sum(session.guest_count or 0 for session in inside),
            sum(session.view_seconds or 0 for session in inside),
            sum(session.engaged_seconds or 0 for session in inside),
        )
        for quarter, inside in sorted(found.items())
    ]


def test_a_term_is_as_a_recount_has_it(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    term = make_term()
    wanted = SessionFilter(from_at=term.from_at, to_at=term.to_at, order="-attendees")
    sessions = session_list(RoomSession.objects.all(), wanted)
    with django_assert_num_queries(1):
        found = quarter_sums(sessions)
    assert found == recount(sessions)
    assert sum(sums.sessions for sums in found) == 32
    assert sum(sums.unknown_sessions for sums in found) == 4
    assert sum(sums.guessed_sessions for sums in found) == 2
    assert sum(sums.guests for sums in found) > 0


@given(st.lists(st.tuples(SECONDS, PARTS, st.booleans()), max_size=12))
def test_any_moment_is_in_the_quarter_that_it_is_in(
    moments: list[tuple[int, int, bool]],
) -> None:
    with transaction.atomic():
        room = make.room(make.account())
        for seconds, microseconds, is_whole in moments:
            at = START + timedelta(seconds=seconds, microseconds=microseconds)
            of = make.session if is_whole else make.unknown_session
            of(room, at)
        assert quarter_sums(RoomSession.objects.all()) == recount(RoomSession.objects.all())
        transaction.set_rollback(True)


def test_a_quarter_begins_with_its_first_second_in_utc() -> None:
    room = make.room(make.account())
    for at in (START - timedelta(microseconds=1), START, START + timedelta(seconds=899)):
        make.whole_session(room, started_at=at)
    before, after = quarter_sums(RoomSession.objects.all())
    assert (before.start_at, before.sessions) == (START - timedelta(minutes=15), 1)
    assert (after.start_at, after.sessions) == (START, 2)
    assert after.start_at.tzinfo is UTC


def test_a_session_without_facts_is_counted_and_marked() -> None:
    room = make.room(make.account())
    make.unknown_session(room, facts_asked_at=None)
    make.whole_session(room, [(make.person(room.account), 60, 30)])
    (sums,) = quarter_sums(RoomSession.objects.all())
    assert (sums.sessions, sums.known_sessions, sums.unknown_sessions) == (2, 1, 1)
    assert (sums.guessed_sessions, sums.view_seconds, sums.engaged_seconds) == (1, 60, 30)


def test_nothing_has_no_quarters() -> None:
    assert quarter_sums(RoomSession.objects.all()) == []


def test_a_teacher_s_quarters_hold_only_the_rooms_given_to_him() -> None:
    term = make_term()
    mine, breakouts = term.rooms[0], term.rooms[5:7]
    sessions = viewer_of(make.teacher(rooms=[mine])).sessions()
    own = RoomSession.objects.filter(room__in=[mine, *breakouts])
    assert quarter_sums(session_list(sessions, SessionFilter())) == recount(own)
    assert quarter_sums(viewer_of(make.outsider()).sessions()) == []
