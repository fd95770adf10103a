"""People over many sessions: as a recount row by row has them, paged, and nobody else's."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from reports.access import Viewer, viewer_of
from reports.models import Account, Attendance, Person, RoomSession
from reports.models.session import RoomSessionQuerySet
from reports.queries import people as people_module
from reports.queries.attendees import attendance_rows
from reports.queries.people import (
    PERSON_ORDERS,
    PersonFilter,
    PersonLine,
    PersonTotals,
    every_person_line,
    person_keys,
    person_line,
    person_lines,
    person_sessions,
    person_totals,
)
from reports.queries.people_counts import people_count
from reports.queries.sessions import SessionFilter, session_list, session_totals
from tests import factories as make
from tests.factories import START
from tests.queries.term import Term, make_term, rows_by_session

pytestmark = pytest.mark.django_db

COLUMNS: dict[str, Callable[[PersonLine], Any]] = {
    "name": lambda line: line.name.lower() or None,
    "user_id": lambda line: line.user_id.lower() or None,
    "email": lambda line: line.email.lower() or None,
    "account": lambda line: line.account_name.lower(),
    "user_type": lambda line: line.user_type,
    "time_in_session": lambda line: line.view_seconds,
    "engagement": lambda line: line.engagement,
    "first": lambda line: line.first_at,
    "latest": lambda line: line.latest_at,
    "sessions": lambda line: line.sessions,
    "breakouts": lambda line: line.breakouts,
}
FILTERS: list[dict[str, Any]] = [
    {},
    {"search": "ada"},
    {"search": "ÖZTÜRK cem"},
    {"search": "example.org"},
    {"search": "nobody"},
    {"user_type": "Guest"},
    {"user_type": "User"},
    {"least_sessions": 6},
    {"search": "e", "user_type": "User", "least_sessions": 5},
]


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


def recount(sessions: RoomSessionQuerySet, wanted: PersonFilter | None = None) -> list[PersonLine]:
    """Return the wanted people's lines by going through the rows, by key."""
    found: defaultdict[Person, list[tuple[RoomSession, Attendance]]] = defaultdict(list)
    for session, rows in rows_by_session(sessions).items():
        for row in rows:
            found[row.person].append((session, row))
    lines = [recounted(person, found[person]) for person in sorted(found, key=lambda p: p.pk)]
    return [line for line in lines if is_wanted(line, wanted or PersonFilter())]


def recounted(person: Person, rows: list[tuple[RoomSession, Attendance]]) -> PersonLine:
    sessions = {session for session, _ in rows}
    breakouts = {session for session in sessions if session.room.is_breakout}
    starts = [session.started_at for session in sessions]
    return PersonLine(
        person_id=person.pk,
        user_id=person.user_id,
        name=person.name,
        email=person.email,
        is_placeholder=person.is_placeholder,
        is_erased=person.erased_at is not None,
        account_id=person.account_id,
        account_name=person.account.name,
        user_type="User" if any(row.user_type == "User" for _, row in rows) else "Guest",
        sessions=len(sessions - breakouts),
        breakouts=len(breakouts),
        view_seconds=sum(row.view_seconds for _, row in rows),
        engaged_seconds=sum(row.engaged_seconds for _, row in rows),
        first_at=min(starts),
        latest_at=max(starts),
    )


def is_wanted(line: PersonLine, wanted: PersonFilter) -> bool:
    texts = [text.lower() for text in (line.name, line.user_id, line.email)]
    return (
        all(any(word.lower() in text for text in texts) for word in wanted.search.split())
        and wanted.user_type in ("", line.user_type)
        and line.sessions >= (wanted.least_sessions or 0)
    )


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
@pytest.mark.parametrize("most_keys", [1000, 2])
def test_a_term_s_people_are_as_a_recount_has_them(
    wanted: dict[str, Any], most_keys: int, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_module, "MOST_KEYS", most_keys)  # few people, and many
    sessions, asked = listed(viewer, make_term()), PersonFilter(**wanted)
    expected = recount(sessions, asked)
    assert (len(expected) > 0) is (wanted.get("search") != "nobody")
    for first, last in ((0, None), (0, 50)):
        found = person_lines(viewer, sessions, asked, first, last)
        assert sorted(found) == sorted(expected)
    totals = person_totals(viewer, sessions, asked)
    assert totals == PersonTotals(
        people=len(expected),
        attendances=sum(line.sessions + line.breakouts for line in expected),
        view_seconds=sum(line.view_seconds for line in expected),
        engaged_seconds=sum(line.engaged_seconds for line in expected),
        unknown_sessions=4,
    )
    keys = person_keys(sessions, asked)
    assert keys == (frozenset(line.person_id for line in expected) if wanted else None)


def test_the_term_has_what_is_odd(viewer: Viewer) -> None:
    found = {line.user_id: line for line in recount(listed(viewer, make_term()))}
    assert len(found) == 8  # one ben hides the other, who is of another account
    assert {line.user_id for line in found.values() if line.is_guest} == {"guest"}
    assert found["Unknown"].is_placeholder
    assert found["erased-1"].is_erased
    assert Attendance.objects.filter(person__user_id="ada2", user_type="Guest").exists()
    twice = Attendance.objects.filter(session__attendances__person=F("person"))
    assert twice.filter(tile__gt=F("session__attendances__tile")).exists()


@pytest.mark.parametrize("order", PERSON_ORDERS)
def test_each_order_is_by_its_column_with_what_is_empty_last_and_ties_by_key(
    order: str, viewer: Viewer
) -> None:
    term = make_term()
    account = term.people[0].account
    nobody = make.person(account, "", name="", email="", key="s:x")
    connected = make.whole_session(term.rooms[0], [(nobody, 0, 0)], term.from_at)
    assert connected.view_seconds == 0
    sessions = listed(viewer, term)
    value = COLUMNS[order]
    for sign in ("", "-"):
        found = person_lines(viewer, sessions, PersonFilter(order=f"{sign}{order}"))
        known = sorted(
            (line for line in recount(sessions) if value(line) is not None),
            key=value,
            reverse=bool(sign),
        )
        unknown = [line for line in recount(sessions) if value(line) is None]
        assert texts(found) == texts([*known, *unknown])
    assert bool(unknown) is (order in ("name", "user_id", "email", "engagement"))


def texts(lines: list[PersonLine]) -> list[tuple[int, str]]:
    return [(line.person_id, line.name or line.user_id) for line in lines]


def test_pages_put_together_are_the_whole_list(viewer: Viewer) -> None:
    sessions = listed(viewer, make_term())
    for order in ("name", "-sessions", "time_in_session"):
        wanted = PersonFilter(order=order)
        whole = person_lines(viewer, sessions, wanted)
        pages = [person_lines(viewer, sessions, wanted, n, n + 2) for n in range(0, 10, 2)]
        assert [line for page in pages for line in page] == whole
        assert person_lines(viewer, sessions, wanted, 3) == whole[3:]
        assert person_lines(viewer, sessions, wanted, 100, 110) == []


def test_an_order_or_a_type_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no order"):
        PersonFilter(order="name; drop table")
    with pytest.raises(ValueError, match="no type"):
        PersonFilter(user_type="Teacher")


def test_people_of_unknown_sessions_are_unknown_and_of_none_nobody(viewer: Viewer) -> None:
    assert person_totals(viewer, listed(viewer)) == PersonTotals(0, 0, 0, 0, 0)
    account = make.account()
    unknown = make.unknown_session(make.room(account))
    make.attendance(unknown, make.person(account))
    for wanted in (PersonFilter(), PersonFilter(search="a")):
        totals = person_totals(viewer, listed(viewer), wanted)
        assert totals == PersonTotals(None, None, None, None, 1)
        assert totals.engagement is None
    assert person_lines(viewer, listed(viewer)) == []


def test_totals_are_those_of_the_sessions_and_of_the_count_of_people(viewer: Viewer) -> None:
    sessions = listed(viewer, make_term())
    totals, expected = person_totals(viewer, sessions), session_totals(sessions)
    assert totals.people == people_count(viewer, sessions) == 9
    assert totals.attendances == expected.attendances
    assert totals.engagement == expected.engagement


def test_somebody_without_an_id_is_one_person_in_each_session(viewer: Viewer) -> None:
    account = make.account()
    for number in range(2):
        unknown = make.person(account, "Unknown", is_placeholder=True)
        make.whole_session(make.room(account), [(unknown, 60 + number, 0)])
    assert [line.sessions for line in person_lines(viewer, listed(viewer))] == [1, 1]


def test_a_teacher_sees_only_what_happened_in_the_rooms_given_to_him() -> None:
    term = make_term()
    anatomy = term.rooms[0]
    teacher = viewer_of(make.teacher(rooms=[anatomy]))
    sessions = listed(teacher, term)
    own = RoomSession.objects.between(term.from_at, term.to_at).filter(
        room__in=[anatomy, *anatomy.breakout_rooms.all()]
    )
    everywhere = {line.person_id: line for line in recount(RoomSession.objects.all())}
    for wanted in (PersonFilter(), PersonFilter(search="example", order="-time_in_session")):
        found = person_lines(teacher, sessions, wanted, 0, 50)
        assert sorted(found) == sorted(recount(own, wanted))
        assert all(line.view_seconds < everywhere[line.person_id].view_seconds for line in found)
    outsider = viewer_of(make.outsider())
    assert person_lines(outsider, listed(outsider, term)) == []
    assert person_totals(outsider, listed(outsider, term)) == PersonTotals(0, 0, 0, 0, 0)


@pytest.mark.usefixtures("each_cache")
def test_a_page_is_read_anew_when_data_or_rights_have_changed() -> None:
    term = make_term()
    teacher = viewer_of(make.teacher(rooms=[term.rooms[0]]))
    sessions, wanted = listed(teacher), PersonFilter(order="-time_in_session")

    def page() -> list[int]:
        return [line.person_id for line in person_lines(teacher, sessions, wanted, 0, 50)]

    before = page()
    newcomer = make.person(term.people[0].account, "zoe")
    make.whole_session(term.rooms[0], [(newcomer, 10**6, 0)], START)
    assert page() == before  # nothing said that the data has changed
    Account.objects.filter(pk=newcomer.account_id).update(data_version=F("data_version") + 1)
    assert page() == [newcomer.pk, *before]
    teacher.user.room_grants.all().delete()
    assert page() == []


def test_no_name_is_kept_in_the_cache(viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    stored: list[Any] = []
    monkeypatch.setattr(cache, "set", lambda key, value, seconds: stored.append(value))
    sessions = listed(viewer, make_term())
    person_lines(viewer, sessions, PersonFilter(search="ada"), 0, 50)
    person_totals(viewer, sessions, PersonFilter(search="ada"))
    page, totals = stored
    assert all(type(key) is int for key in page)
    assert all(type(value) is int for value in totals.values())


@pytest.mark.parametrize("at_first", [1, 2, 20])
@pytest.mark.parametrize("most_keys", [1, 1000])
def test_a_file_has_the_people_of_the_pages_in_their_order(
    viewer: Viewer, at_first: int, most_keys: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    term = make_term()
    make.person(term.people[0].account, "nowhere", name="Aa Nobody")
    teacher = viewer_of(make.teacher(rooms=[term.rooms[1]]))
    monkeypatch.setattr(people_module, "FIRST_OF_FILE", at_first)
    monkeypatch.setattr(people_module, "MOST_KEYS", most_keys)
    for who in (viewer, teacher):
        sessions = listed(who, term)
        for order in PERSON_ORDERS:
            for wanted in (
                PersonFilter(order=order),
                PersonFilter(order=f"-{order}"),
                PersonFilter(order=order, user_type="Guest"),
                PersonFilter(order=order, search="ada"),
            ):
                found = list(every_person_line(sessions, wanted))
                assert found == person_lines(who, sessions, wanted)
        assert found


def test_the_first_people_of_a_file_come_before_everybody_s_figures_are_added_up(
    viewer: Viewer,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    sessions = listed(viewer, make_term())
    monkeypatch.setattr(people_module, "FIRST_OF_FILE", 1)
    lines = every_person_line(sessions, PersonFilter())
    with django_assert_num_queries(4):  # the order; sums, counts and the name of one
        next(lines)
    with django_assert_num_queries(3):
        list(lines)


def test_one_person_s_line_is_that_of_the_list(viewer: Viewer) -> None:
    term = make_term()
    sessions = listed(viewer, term)
    for line in person_lines(viewer, sessions):
        assert person_line(Person.objects.get(pk=line.person_id), sessions) == line
    assert person_line(make.person(term.people[0].account, "zoe"), sessions) is None


def test_one_person_s_sessions_are_the_rows_of_the_file_in_the_list_s_order(
    viewer: Viewer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    term = make_term()
    marks = set()
    for order in ("start", "-length"):
        sessions = listed(viewer, term, order=order)
        for person in term.people:
            with django_assert_num_queries(2):
                found = person_sessions(person, sessions)
            rows = attendance_rows(sessions)
            assert found == [row for row in rows if row.attendee.person_id == person.pk]
            marks |= {row.attendee.is_whole for row in found}
    assert marks == {True, False}


def test_one_person_s_whole_sessions_add_up_to_the_line(viewer: Viewer) -> None:
    term = make_term()
    sessions = listed(viewer, term)
    for person in term.people:
        line = person_line(person, sessions)
        rows = [row for row in person_sessions(person, sessions) if row.attendee.is_whole]
        assert line is not None
        assert line.view_seconds == sum(row.attendee.view_seconds for row in rows)
        assert line.breakouts == sum(row.session.is_breakout for row in rows)
        assert line.sessions + line.breakouts == len(rows)


def test_one_person_s_sessions_hold_no_room_of_others() -> None:
    term = make_term()
    teacher = viewer_of(make.teacher(rooms=[term.rooms[1]]))
    for person in term.people:
        rows = person_sessions(person, listed(teacher, term))
        names = {row.session.parent_name or row.session.room_name for row in rows}
        assert names <= {"botany"}


def test_a_page_is_a_few_queries_however_many_people(
    viewer: Viewer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    term = make_term()
    teacher = viewer_of(make.teacher(rooms=term.rooms[:3]))
    for who, count in ((viewer, 1), (teacher, 2)):  # versions of the data; rights
        sessions, wanted = listed(who, term), PersonFilter(order="-time_in_session")
        with django_assert_num_queries(count + 4):  # the order, sums, counts, names
            person_lines(who, sessions, wanted, 0, 50)
        with django_assert_num_queries(count + 3):
            person_lines(who, sessions, wanted, 0, 50)
        with django_assert_num_queries(count + 2):
            person_totals(who, sessions, wanted)
        with django_assert_num_queries(4):
            person_lines(who, sessions, wanted)
        searched = PersonFilter(search="ada", least_sessions=2)
        with django_assert_num_queries(count + 5):
            person_lines(who, sessions, searched, 0, 50)
        with django_assert_num_queries(count + 4):  # also the keys that the search finds
            person_totals(who, sessions, searched)
        with django_assert_num_queries(count + 2):
            person_totals(who, sessions, searched)
