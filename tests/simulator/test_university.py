"""The invented university: always the same, only growing, and with every oddity promised."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest

from reports.simulator.answers import read_query, report_table
from reports.simulator.campus import Course
from reports.simulator.server import Simulator
from reports.simulator.university import Day, University
from reports.simulator.world import Event, Room, Session, User
from tests.simulator.asking import DAY, HOUR, ask, rows_of
from tests.truth import is_placeholder, truth

ANCHOR = date(2026, 3, 12)  # a Thursday
ID = re.compile(r"1_[0-9a-z]{8}")


def unix(day: date, hour: int = 0) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp())


NOW = unix(ANCHOR, 12)


def university(seed: int = 1, now: int = NOW, **settings: object) -> University:
    return University(seed, ANCHOR, clock=lambda: now, **settings)  # type: ignore[arg-type]


class Term:
    """Everything of the default university up to the anchor, in lists."""

    def __init__(self) -> None:
        self.world = university()
        self.events: dict[str, list[Event]] = defaultdict(list)
        for event in self.world.events(0, NOW + 10**9):
            self.events[event.cue_point_id].append(event)
        self.sessions = {cue: self.world.session(cue) for cue in self.events}
        self.users = {event.user for events in self.events.values() for event in events}
        self.by_room: dict[str, list[Session]] = defaultdict(list)
        for session in sorted(self.sessions.values(), key=lambda it: it.start):
            self.by_room[session.entry_id].append(session)

    def rooms_named(self, text: str) -> Iterator[Room]:
        return (room for room in self.world.rooms().values() if text in room.name)


@cache
def term() -> Term:
    return Term()


def test_it_is_the_same_for_the_same_seed_only() -> None:
    week = (unix(ANCHOR) - 7 * DAY, unix(ANCHOR))
    first, again, other = (list(university(seed).events(*week)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert university(1).rooms() == university(1).rooms()
    assert university(1).courses == university(1).courses


def test_later_days_are_added_and_nothing_earlier_changes() -> None:
    window = (unix(ANCHOR) - 9 * DAY, unix(ANCHOR))
    early, late = university(), university(now=NOW + 200 * DAY)
    before = list(early.events(*window))
    list(late.events(unix(ANCHOR) + 100 * DAY, unix(ANCHOR) + 190 * DAY))  # forgets these days
    assert list(late.events(*window)) == before
    assert list(early.events(NOW, NOW + 300 * DAY)) == []
    assert list(late.events(NOW + 190 * DAY, NOW + 300 * DAY))
    ids = {event.cue_point_id for event in before}
    assert [early.session(cue) for cue in ids] == [late.session(cue) for cue in ids]


def test_the_hours_so_far_of_today_are_answered_and_not_the_rest() -> None:
    day = unix(ANCHOR)
    whole = list(university(now=day + 3 * DAY).events(day, day + DAY))
    half = list(university().events(day, day + DAY))
    assert half == [event for event in whole if event.at < NOW]
    assert 0 < len(half) < len(whole)


def test_a_session_that_goes_on_has_no_end_and_a_future_one_is_unknown() -> None:
    later = university(now=NOW + 30 * DAY)
    day = next(it for it in (ANCHOR, ANCHOR + timedelta(1)) if later.sessions_on(it))
    planned = next(it for it in later.sessions_on(day) if it.end > it.start + 60)
    during = university(now=planned.start + 60).session(planned.cue_point_id)
    assert (during.start, during.end) == (planned.start, planned.start)
    assert university(now=planned.end + 60).session(planned.cue_point_id) == planned
    with pytest.raises(KeyError):
        university(now=planned.start - 60).session(planned.cue_point_id)


def test_ids_that_are_no_session_are_unknown() -> None:
    world = university()
    for wrong in (
        *list(world.rooms())[:3],
        "1_zzzzzzzz",
        "1_short",
        "0_abcd1234",
        "",
        "1_ABC-+ {}",
    ):
        with pytest.raises(KeyError):
            world.session(wrong)


def test_ids_have_kalturas_form_and_are_all_different() -> None:
    rooms, sessions = term().world.rooms(), term().sessions
    assert all(ID.fullmatch(identifier) for identifier in (*rooms, *sessions))
    assert not set(rooms) & set(sessions)
    assert all(session.entry_id in rooms for session in sessions.values())
    assert [cue for cue, it in sessions.items() if it.cue_point_id != cue] == []


def test_it_has_25_courses_whose_16_weeks_end_in_the_week_of_the_anchor() -> None:
    world = term().world
    assert len(world.courses) == 25
    assert world.starts_on == date(2025, 11, 24)
    assert ANCHOR - world.starts_on < timedelta(weeks=16)
    first_week = [
        it for it in term().sessions.values() if it.start < unix(world.starts_on) + 7 * DAY
    ]
    assert len(first_week) > 25
    assert min(it.start for it in term().sessions.values()) >= unix(world.starts_on)
    assert sum(len(term().by_room[course.room_ids[0]]) for course in world.courses) > 25 * 14


def attendees_by_week() -> dict[int, int]:
    start = unix(term().world.starts_on)
    people: dict[int, set[tuple[str, User]]] = defaultdict(set)
    for room in term().rooms_named("weekly class"):
        for session in term().by_room[room.entry_id]:
            week = (session.start - start) // (7 * DAY)
            people[week] |= {
                (session.cue_point_id, it.user) for it in term().events[session.cue_point_id]
            }
    return {week: len(found) for week, found in people.items()}


def test_attendance_declines_over_the_term() -> None:
    weeks = attendees_by_week()
    first, last = weeks[0] + weeks[1] + weeks[2], weeks[12] + weeks[13] + weeks[14]
    assert 0.5 < last / first < 0.85


def test_some_are_enrolled_and_never_come() -> None:
    for course in term().world.courses:
        came = {
            event.user
            for room_id in course.room_ids
            for session in term().by_room[room_id]
            for event in term().events[session.cue_point_id]
        }
        assert course.no_shows
        assert set(course.no_shows) <= set(course.enrolled)
        assert not came & set(course.no_shows)
        assert len(came & set(course.enrolled)) > len(course.enrolled) / 2


def test_events_are_plausible() -> None:
    for cue_point_id, events in term().events.items():
        start = term().sessions[cue_point_id].start
        for event in events:
            assert 0 <= event.engaged_seconds < event.view_seconds <= HOUR
            assert start < event.at < start + DAY
    total = sum(event.view_seconds for events in term().events.values() for event in events)
    engaged = sum(event.engaged_seconds for events in term().events.values() for event in events)
    assert 0.5 < engaged / total < 0.75


def test_people_join_late_leave_early_rejoin_and_use_two_devices() -> None:
    seen = set()
    for cue_point_id, session in term().sessions.items():
        if session.end - session.start < HOUR:
            continue
        events_of: dict[User, list[Event]] = defaultdict(list)
        for event in term().events[cue_point_id]:
            events_of[event.user].append(event)
        for events in events_of.values():
            begins = [event.at - event.view_seconds for event in events]
            ends = [event.at for event in events]
            if min(begins) > session.start + 25 * 60:
                seen.add("late")
            if max(ends) < session.end - 25 * 60:
                seen.add("early")
            if {event.device for event in events} == {1, 2}:
                seen.add("two devices")
            if sum(event.view_seconds for event in events) > session.end - session.start:
                seen.add("longer than the session")
            gaps = [b - a for a, b in zip(sorted(ends), sorted(begins)[1:], strict=False)]
            if any(20 < gap < 6 * 60 for gap in gaps):
                seen.add("rejoin")
    assert seen == {"late", "early", "two devices", "longer than the session", "rejoin"}


def test_a_hosts_drop_out_makes_two_sessions_minutes_apart() -> None:
    main_rooms = [room.entry_id for room in term().rooms_named("weekly class")]
    gaps = [
        second.start - first.end
        for room_id in main_rooms
        for first, second in zip(term().by_room[room_id], term().by_room[room_id][1:], strict=False)
        if first.end > first.start
    ]
    assert sum(0 < gap < 6 * 60 for gap in gaps) >= 5


def test_sessions_cross_midnight_and_some_are_never_closed() -> None:
    sessions = term().sessions.values()
    assert sum(it.start // DAY != it.end // DAY for it in sessions) >= 10
    open_ones = [it for it in sessions if it.end == it.start and it.start < NOW - 2 * DAY]
    assert len(open_ones) >= 10
    last = {it.cue_point_id: max(e.at for e in term().events[it.cue_point_id]) for it in open_ones}
    assert any(at // DAY > term().sessions[cue].start // DAY for cue, at in last.items())


def test_breakouts_lie_inside_a_class_and_people_move_between_them() -> None:
    rooms = term().world.rooms()
    together: dict[tuple[str | None, int], list[Session]] = defaultdict(list)
    for session in term().sessions.values():
        parent = rooms[session.entry_id].parent_entry_id
        if parent:
            together[parent, session.start].append(session)
    assert {2, 6} <= {len(found) for found in together.values()} <= {1, 2, 3, 4, 5, 6}
    moved = 0
    for found in together.values():
        people = [{e.user for e in term().events[it.cue_point_id]} for it in found]
        moved += sum(len(who) for who in people) - len(set().union(*people))
    assert moved > 10


def test_it_has_tests_that_nobody_attends() -> None:
    (room,) = term().rooms_named("Test room")
    planned = [
        session
        for number in range(100)
        for session in term().world.sessions_on(term().world.starts_on + timedelta(number))
        if session.entry_id == room.entry_id
    ]
    attended = [it for it in planned if it.cue_point_id in term().events]
    assert 0 < len(attended) < len(planned)
    assert all(it.end - it.start < 300 for it in planned)


@pytest.mark.parametrize("character", ['"', ",", ";", "🎸", "ن", "ד", "\n", "'"])
def test_names_hold_what_programs_stumble_over(character: str) -> None:
    assert any(character in user.name for user in term().users)


def test_names_and_ids_are_sometimes_missing() -> None:
    assert any(user.name.startswith("=") for user in term().users)
    placeholders = {user.user_id for user in term().users if is_placeholder(user.user_id)}
    assert {"", "Unknown"} < placeholders
    assert any(len(user_id) == 64 for user_id in placeholders)
    assert any(user.name == "" for user in term().users)
    guests = {user for user in term().users if user.user_type == "Guest"}
    assert 50 < len(guests) < len(term().users)
    logins = {user.user_id for user in term().users} - placeholders
    assert sum(re.fullmatch(r"s\d{7}", login) is not None for login in logins) > 20
    assert sum(re.fullmatch(r"[a-z]+\.[a-z]+\d*", login) is not None for login in logins) > 100
    assert any(it.initiator != it.host_name for it in term().sessions.values())


def test_virtual_events_have_rooms_and_guests() -> None:
    rooms = term().world.rooms().values()
    events = {event_id for room in rooms for event_id in room.virtual_event_ids}
    assert len(events) == 3
    for room in rooms:
        assert not room.virtual_event_ids or term().by_room[room.entry_id]


def published_as_planned(world: University, course: Course, room: Room) -> bool:
    """Say whether the room is in its course's category: a few courses have none, one lab has two."""
    at = world.courses.index(course)
    if at % 8 == 6:
        return room.categories == ()
    own = f"Moodle>site>channels>{course.moodle_id}"
    more = (
        (f"Moodle>site>channels>{course.moodle_id - 3}",) if at == 2 and "lab" in room.name else ()
    )
    return room.categories == (own, *more)


def test_teachers_have_the_rooms_of_their_courses() -> None:
    world = term().world
    assert len({teacher.login for teacher in world.teachers}) == len(world.teachers)
    for course in world.courses:
        (teacher,) = (it for it in world.teachers if it.login == course.teacher.login)
        assert set(course.room_ids) <= set(teacher.room_ids)
        for room_id in course.room_ids:
            room = world.rooms()[room_id]
            assert room.course == course.code
            assert published_as_planned(world, course, room)
            assert all(it.host_name == teacher.name for it in term().by_room[room_id])


def test_it_keeps_a_few_days_in_memory_only(monkeypatch: pytest.MonkeyPatch) -> None:
    world = university(kept_days=3)
    made: list[int] = []
    make_day = world._make_day

    def counted(number: int) -> Day:
        made.append(number)
        return make_day(number)

    monkeypatch.setattr(world, "_make_day", counted)
    list(world.events(NOW - 20 * DAY, NOW))
    assert len(made) == len(set(made)) == 22
    assert len(world._days) == 3


def test_a_large_university_is_made_day_by_day() -> None:
    world = university(courses=300, weeks=110, learners_per_course=(120, 160))
    day = unix(ANCHOR) - 2 * DAY
    table = report_table(world, read_query(6001, f"from_date={day};to_date={day + DAY}"))
    per_term_day = 5_000_000 / (110 * 5)
    assert len({row[1] for row in table.rows}) > 100_000 / (110 * 5)
    assert len(table.rows) > per_term_day / 2


def test_a_university_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a course and a week"):
        university(weeks=0)


def test_what_is_served_is_the_truth() -> None:
    day = unix(ANCHOR) - 3 * DAY
    world = university()
    known = truth(world, day, day + DAY)
    with Simulator(world) as simulator:
        sessions = rows_of(ask(simulator, 6000, f"from_date={day};to_date={day + DAY}"))
    assert {row["cue_point_id"] for row in sessions} == set(known)
    for row in sessions:
        expected = known[row["cue_point_id"]]
        ratio = expected.engaged_seconds / expected.view_seconds
        assert float(row["meeting_engaged_play_time_ratio"]) == pytest.approx(ratio, abs=1e-12)
        users = int(row["meeting_view_period_unique_users"])
        assert abs(users - len(expected.attendees)) <= max(3, 0.1 * users)
