"""Who was in a session: grouped over tiles, never clamped, unknown where it is unknown."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from reports.models import RoomSession
from reports.queries import attendees, session_lines
from reports.queries.attendees import attendance_rows, attendees_of
from reports.queries.sessions import SessionFilter, session_list
from tests import factories as make
from tests.factories import START

pytestmark = pytest.mark.django_db


def rows(**wanted: object) -> list[tuple[str, str, int]]:
    sessions = session_list(RoomSession.objects.all(), SessionFilter(**wanted))  # type: ignore[arg-type]
    return [
        (row.session.cue_point_id, row.attendee.user_id, row.attendee.view_seconds)
        for row in attendance_rows(sessions)
    ]


def test_seconds_of_several_tiles_add_up_to_one_line(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    account = make.account()
    amara = make.person(account)
    session = make.whole_session(make.room(account), [(amara, 600, 300)], length_seconds=90_000)
    make.attendance(session, amara, 1200, 100, tile=make.tile(account, START + timedelta(days=1)))
    with django_assert_num_queries(1):
        (line,) = attendees_of(session)
    assert (line.view_seconds, line.engaged_seconds) == (1800, 400)
    assert line.engagement == pytest.approx(400 / 1800)
    assert line.share_attended == pytest.approx(1800 / 90_000)
    assert rows() == [(session.cue_point_id, "amara.okafor", 1800)]


def test_people_stand_by_name_and_the_nameless_last() -> None:
    account = make.account()
    people = [
        make.person(account, "z", name="", email=""),
        make.person(account, "c", name="ben"),
        make.person(account, "b", name="Amara"),
        make.person(account, "a", name="Amara"),
    ]
    session = make.whole_session(make.room(account), [(person, 60, 0) for person in people])
    assert [line.user_id for line in attendees_of(session)] == ["a", "b", "c", "z"]


def test_a_share_stops_at_one_with_a_mark_and_the_seconds_do_not() -> None:
    account = make.account()
    session = make.whole_session(make.room(account), [(make.person(account), 3601, 3601)])
    (line,) = attendees_of(session)
    assert (line.share_attended, line.is_over, line.view_seconds) == (1.0, True, 3601)


def test_shares_of_an_open_session_are_unknown() -> None:
    account = make.account()
    session = make.whole_session(
        make.room(account), [(make.person(account), 60, 30)], length_seconds=None
    )
    (line,) = attendees_of(session)
    assert (line.share_attended, line.is_over) == (None, False)
    assert line.engagement == 0.5


def test_of_a_session_that_is_not_whole_the_line_says_so() -> None:
    account = make.account()
    session = make.unknown_session(make.room(account))
    make.attendance(session, make.person(account), 60, 30)
    (line,) = attendees_of(session)
    assert not line.is_whole
    assert line.share_attended is None
    assert line.view_seconds == 60  # so far


def test_engagement_of_nobody_connected_is_unknown() -> None:
    account = make.account()
    session = make.whole_session(make.room(account), [(make.person(account), 0, 0)])
    assert attendees_of(session)[0].engagement is None


def test_placeholders_and_erased_people_are_marked() -> None:
    account = make.account()
    unknown = make.person(account, "Unknown", name="", email="", is_placeholder=True)
    erased = make.person(account, "erased-1", name="", email="", erased_at=START)
    session = make.whole_session(make.room(account), [(unknown, 60, 0), (erased, 60, 0)])
    marks = {line.user_id: (line.is_placeholder, line.is_erased) for line in attendees_of(session)}
    assert marks == {"Unknown": (True, False), "erased-1": (False, True)}


def test_rows_of_many_sessions_come_by_session_in_the_list_s_order_then_by_person(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(attendees, "SESSIONS_AT_ONCE", 2)
    account = make.account()
    room = make.room(account)
    amara, ben = make.person(account, "amara"), make.person(account, "ben")
    for number in (2, 0, 1):
        make.whole_session(
            room,
            [(ben, 10 + number, 0), (amara, 20 + number, 0)],
            START + number * timedelta(hours=1),
            cue_point_id=f"1_{number}",
        )
    expected = [
        (f"1_{number}", user_id, seconds + number)
        for number in range(3)
        for user_id, seconds in (("amara", 20), ("ben", 10))
    ]
    with django_assert_num_queries(5):  # order and sessions, two groups of attendees, both people
        assert rows() == expected
    assert rows(order="-start") == expected[4:] + expected[2:4] + expected[:2]


def test_a_large_session_is_read_by_itself(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(attendees, "ATTENDEES_AT_ONCE", 2)
    account = make.account()
    people = [make.person(account, f"p{number}") for number in range(2)]
    room = make.room(account)
    for hour in range(2):
        make.whole_session(room, [(p, 60, 0) for p in people], START + timedelta(hours=hour))
    with django_assert_num_queries(5):
        assert len(rows()) == 4


@pytest.mark.parametrize(("sessions_at_once", "kept"), [(1, 1), (2, 0), (3, 3)])
def test_people_are_read_once_and_again_where_they_are_too_many_to_remember(
    sessions_at_once: int, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make.account()
    people = [make.person(account, f"p{number}") for number in range(4)]
    room = make.room(account)
    expected = []
    for hour in range(6):
        came = [people[hour % 4], people[(hour + 1) % 4]]
        session = make.whole_session(
            room, [(person, hour, 0) for person in came], START + timedelta(hours=hour)
        )
        by_key = sorted(came, key=lambda person: person.pk)
        expected += [(session.cue_point_id, person.user_id, hour) for person in by_key]
    monkeypatch.setattr(attendees, "SESSIONS_AT_ONCE", sessions_at_once)
    monkeypatch.setattr(attendees, "PEOPLE_KEPT", kept)
    monkeypatch.setattr(attendees, "PEOPLE_AT_ONCE", 1)
    assert rows() == expected


def test_many_sessions_are_read_a_few_at_a_time_in_the_list_s_order(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    account = make.account()
    for number in (3, 0, 4, 1, 2):
        start = START + number * timedelta(hours=1)
        make.whole_session(make.room(account), [], start, cue_point_id=f"1_{number}")
    monkeypatch.setattr(session_lines, "AT_ONCE", 2)
    for order, expected in (("start", "01234"), ("-start", "43210")):
        listed = session_list(RoomSession.objects.all(), SessionFilter(order=order))
        with django_assert_num_queries(4):
            found = list(session_lines.every_session_line(listed))
        assert found == list(session_lines.session_lines(listed))
        assert "".join(line.cue_point_id[2:] for line in found) == expected


def test_what_is_removed_while_a_file_is_on_its_way_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session_lines, "AT_ONCE", 1)
    monkeypatch.setattr(attendees, "SESSIONS_AT_ONCE", 1)
    account = make.account()
    amara, ben = make.person(account, "amara"), make.person(account, "ben")
    first, second, third = (
        make.whole_session(
            make.room(account), [(amara, 60, 0), (ben, 60, 0)], START + timedelta(hours=hour)
        )
        for hour in range(3)
    )
    found = attendance_rows(session_list(RoomSession.objects.all(), SessionFilter()))
    assert next(found).attendee.user_id == "amara"
    second.delete()
    ben.attendances.all().delete()
    assert [(row.session.session_id, row.attendee.user_id) for row in found] == [
        (first.pk, "ben"),  # read with the first row
        (third.pk, "amara"),
    ]
