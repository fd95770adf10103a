"""What counts as a class, at every edge: midnight, ranges, chains, clocks, breakouts, open sessions."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from reports.models import (
    Account,
    ClassTime,
    CountedPart,
    Course,
    CourseRoom,
    IgnoredSession,
    MergedSession,
    Room,
    RoomSession,
)
from reports.queries.class_offers import class_offers
from reports.queries.class_remarks import remarks_of, remarks_on
from reports.queries.class_times import concerned_by, series_lines
from reports.queries.classes import CourseClasses, course_classes
from reports.queries.register import course_register
from reports.queries.session_lines import session_lines
from reports.queries.sessions import SessionFilter, session_list
from tests import course_factories, factories
from tests.factories import START

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FROM, TO = START - 30 * DAY, START + 200 * DAY


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def room(account: Account) -> Room:
    return factories.room(account)


@pytest.fixture
def course(account: Account, room: Room) -> Course:
    return course_factories.course(course_factories.moodle_site(account), [room])


def held(room: Room, at: datetime, minutes: int | None = 60, **more: Any) -> RoomSession:
    length = None if minutes is None else 60 * minutes
    return factories.whole_session(room, (), at, length_seconds=length, **more)


def merge(course: Course, later: RoomSession, into: RoomSession | str) -> MergedSession:
    cue = into if isinstance(into, str) else into.cue_point_id
    return MergedSession.objects.create(
        account=course.site.account,
        course=course,
        cue_point_id=later.cue_point_id,
        into_cue_point_id=cue,
    )


def ignore(course: Course, session: RoomSession, reason: str = "") -> IgnoredSession:
    return IgnoredSession.objects.create(
        account=course.site.account,
        course=course,
        cue_point_id=session.cue_point_id,
        reason=reason,
    )


def counted(course: Course, session: RoomSession, begins: datetime, ends: datetime) -> CountedPart:
    return CountedPart.objects.create(
        account=course.site.account,
        course=course,
        cue_point_id=session.cue_point_id,
        starts_at=begins,
        ends_at=ends,
    )


def series(course: Course, begins: str, ends: str, **more: Any) -> ClassTime:
    values = {"weekday": 1, "time_zone": "Europe/Berlin", "first_on": date(2026, 1, 1)} | more
    return ClassTime.objects.create(
        account=course.site.account,
        course=course,
        begins=time.fromisoformat(begins),
        ends=time.fromisoformat(ends),
        **values,
    )


def found(course: Course, from_at: datetime = FROM, to_at: datetime = TO) -> CourseClasses:
    return course_classes(course, RoomSession.objects.all(), from_at, to_at)


def cues(*sessions: RoomSession) -> tuple[str, ...]:
    return tuple(it.cue_point_id for it in sessions)


def parts(classes: CourseClasses) -> list[tuple[str, ...]]:
    return [one.cue_point_ids for one in classes.classes]


# Merged ----------------------------------------------------------------------------------------------


def test_a_class_across_midnight_and_the_edge_of_the_range_is_whole_in_one_of_two_ranges(
    course: Course, room: Room
) -> None:
    midnight = START.replace(hour=0) + DAY
    first = held(room, midnight - 20 * MINUTE, 10)
    second = held(room, midnight + 5 * MINUTE, 30)
    merge(course, second, first)
    assert parts(found(course, midnight - DAY, midnight)) == [cues(first, second)]
    assert parts(found(course, midnight, midnight + DAY)) == []
    [one] = found(course, midnight - DAY, midnight).classes
    assert (one.length_seconds, one.starts_at) == (40 * 60, first.started_at)
    assert one.ends_at == second.ended_at


def test_a_chain_is_one_class_in_the_order_of_time(course: Course, room: Room) -> None:
    a, b, c, d = (held(room, START + n * 70 * MINUTE) for n in range(4))
    merge(course, c, b)
    merge(course, b, a)
    merge(course, d, c)
    assert parts(found(course)) == [cues(a, b, c, d)]


def test_merges_in_a_circle_lose_no_session(course: Course, room: Room) -> None:
    a, b = held(room, START), held(room, START + 70 * MINUTE)
    merge(course, b, a)
    merge(course, a, b)
    assert sorted(cue for one in parts(found(course)) for cue in one) == sorted(cues(a, b))


def test_a_merge_into_a_withdrawn_session_counts_again_when_that_comes_back(
    course: Course, room: Room
) -> None:
    second = held(room, START + 70 * MINUTE)
    merge(course, second, "1_withdrawn")
    assert parts(found(course)) == [cues(second)]
    assert found(course).classes[0].merges == ()
    back = held(room, START, cue_point_id="1_withdrawn")
    assert parts(found(course)) == [cues(back, second)]


def test_ignoring_beats_merging(course: Course, room: Room) -> None:
    a, b, c = (held(room, START + n * 70 * MINUTE) for n in range(3))
    merge(course, b, a)
    merge(course, c, b)
    ignored = ignore(course, b, "test")
    classes = found(course)
    assert parts(classes) == [cues(a), cues(c)]
    assert [one.cue_point_ids for one in classes.ignored] == [cues(b)]
    assert classes.ignored[0].ignores == (ignored,)


def test_what_is_undone_or_of_another_course_changes_nothing(course: Course, room: Room) -> None:
    a, b = held(room, START), held(room, START + 70 * MINUTE)
    other = course_factories.course(course.site, [room], course_id="8")
    merge(other, b, a)
    MergedSession.objects.filter(pk=merge(course, b, a).pk).update(undone_at=START)
    assert parts(found(course)) == [cues(a), cues(b)]
    assert parts(found(other)) == [cues(a, b)]


# Breakouts -------------------------------------------------------------------------------------------


def test_breakouts_of_merged_sessions_are_the_class_s(course: Course, room: Room) -> None:
    a, b = held(room, START), held(room, START + 70 * MINUTE)
    group = factories.room(room.account, "Group", parent=room)
    one = held(group, START + 5 * MINUTE, 10, main_session=a)
    two = held(group, START + 75 * MINUTE, 10, main_session=b)
    merge(course, b, a)
    [of_course] = found(course).classes
    assert tuple(it.cue_point_id for it in of_course.breakouts) == cues(one, two)


def test_a_stray_breakout_is_put_to_a_class(course: Course, room: Room) -> None:
    a = held(room, START)
    group = factories.room(room.account, "Group", parent=room)
    stray = held(group, START + 2 * HOUR, 10)
    assert [it.cue_point_id for it in found(course).stray] == [stray.cue_point_id]
    assert found(course).classes[0].breakouts == ()
    made = merge(course, stray, a)
    classes = found(course)
    assert classes.stray == ()
    assert [it.cue_point_id for it in classes.classes[0].breakouts] == [stray.cue_point_id]
    assert classes.classes[0].merges == (made,)


def test_a_breakout_that_was_put_to_a_withdrawn_session_stays_with_its_own(
    course: Course, room: Room
) -> None:
    a = held(room, START)
    group = factories.room(room.account, "Group", parent=room)
    own = held(group, START + 5 * MINUTE, 10, main_session=a)
    merge(course, own, "1_withdrawn")
    classes = found(course)
    assert classes.stray == ()
    assert [it.cue_point_id for it in classes.classes[0].breakouts] == [own.cue_point_id]


def test_a_breakout_room_in_the_course_without_its_main_room_has_classes_of_its_own(
    course: Course, room: Room
) -> None:
    group = factories.room(room.account, "Group", parent=room)
    CourseRoom.objects.all().delete()
    course_factories.course_room(course, group)
    main = held(room, START)
    own = held(group, START + 5 * MINUTE, 10, main_session=main)
    assert parts(found(course)) == [cues(own)]
    assert found(course).stray == ()


# Class times -----------------------------------------------------------------------------------------


def test_a_series_goes_by_the_clock_in_summer_and_in_winter(course: Course, room: Room) -> None:
    winter = datetime(2026, 3, 23, 7, 50, tzinfo=UTC)  # 8:50 in Berlin
    summer = datetime(2026, 3, 30, 6, 50, tzinfo=UTC)
    missed = datetime(2026, 4, 6, 7, 50, tzinfo=UTC)  # 9:50
    for at in (winter, summer, missed):
        held(room, at, 90)
    series(course, "09:00", "10:00")
    lengths = [one.length_seconds for one in found(course).classes]
    assert lengths == [3600, 3600, 600]


def test_a_room_opened_before_midnight_has_the_class_after_it(course: Course, room: Room) -> None:
    tuesday = datetime(2026, 1, 13, tzinfo=UTC)
    held(room, tuesday - 10 * MINUTE, 60)
    series(course, "00:00", "00:45", weekday=2, time_zone="UTC")
    assert [one.length_seconds for one in found(course).classes] == [45 * 60]


def test_the_series_of_its_days_and_room_and_the_newest_one_counts(
    course: Course, room: Room
) -> None:
    other = factories.room(room.account, "Other")
    course_factories.course_room(course, other)
    weeks = [held(room, START + n * 7 * DAY, 60) for n in range(4)]
    held(other, START, 60)
    zone = {"time_zone": "UTC"}
    everywhere = series(course, "09:00", "09:50", last_on=date(2026, 1, 26), **zone)
    here = series(
        course, "09:00", "09:40", entry_id=room.entry_id, first_on=date(2026, 1, 19), **zone
    )
    classes = found(course)
    lengths = {one.cue_point_id: one.length_seconds for one in classes.classes}
    assert [lengths[it.cue_point_id] for it in weeks] == [3000, 2400, 2400, 2400]
    lines = series_lines(course, classes, [room, other])
    assert [(it.series, it.room, it.concerns) for it in lines] == [
        (here, room, 3),
        (everywhere, None, 2),
    ]
    counted(course, weeks[1], START + 7 * DAY, START + 7 * DAY + 30 * MINUTE)
    assert found(course).classes[2].length_seconds == 1800


def test_a_series_that_is_only_tried_changes_nothing(course: Course, room: Room) -> None:
    first = held(room, START, 60)
    held(room, START + DAY, 60)
    tried = ClassTime(
        course=course,
        weekday=1,
        begins=time(9),
        ends=time(9, 30),
        time_zone="UTC",
        first_on=date(2026, 1, 1),
    )
    now = found(course)
    [it] = concerned_by(tried, course, RoomSession.objects.all(), now, FROM, TO)
    assert it.after.cue_point_id == first.cue_point_id
    assert (it.before.length_seconds, it.after.length_seconds) == (3600, 1800)
    assert [one.length_seconds for one in found(course).classes] == [3600, 3600]


def test_an_open_session_counts_once_kaltura_was_asked_late_enough_after_its_class_time(
    course: Course, room: Room
) -> None:
    ends = START + HOUR
    session = held(room, START, None, facts_asked_at=ends + 2 * HOUR)
    assert found(course).classes[0].length_seconds is None
    counted(course, session, START + 10 * MINUTE, ends)
    assert found(course).classes[0].length_seconds is None
    RoomSession.objects.update(facts_asked_at=ends + 3 * HOUR)
    assert found(course).classes[0].length_seconds == 50 * 60


def test_a_class_time_over_merged_sessions_leaves_out_the_gap(course: Course, room: Room) -> None:
    a, b = held(room, START, 20), held(room, START + 30 * MINUTE, 60)
    merge(course, b, a)
    counted(course, a, START + 5 * MINUTE, START + HOUR)
    [one] = found(course).classes
    assert one.length_seconds == (15 + 30) * 60


# Offers and remarks ----------------------------------------------------------------------------------


def test_offers_tell_the_evidence_and_leave_out_what_is_decided(
    course: Course, room: Room, account: Account
) -> None:
    seen = {"first_seen_at": START - DAY, "last_seen_at": START}
    for user, kind in (("ana", "learner"), ("tina", "staff")):
        course_factories.enrolment(course, user, user_name=user, kind=kind, **seen)
    ana, tina = factories.person(account, "ana"), factories.person(account, "tina")
    first = factories.whole_session(room, [(ana, 60, 0), (tina, 60, 0)], length_seconds=1200)
    again = START + 25 * MINUTE
    second = factories.whole_session(room, [(ana, 60, 0)], again, length_seconds=1200)
    alone = factories.whole_session(room, [(tina, 60, 0)], START + DAY)
    factories.unknown_session(room, START + 2 * DAY)
    offers = class_offers(course, found(course))
    [(one, two, offer)] = offers.merges
    assert (one.cue_point_ids, two.cue_point_ids) == (cues(first), cues(second))
    assert (offer.gap_seconds, offer.in_both, offer.people) == (300, 1, 1)
    [(nobody, why)] = offers.ignores
    assert (nobody.cue_point_ids, list(why.reasons)) == (cues(alone), ["only_staff"])

    merge(course, second, first)
    ignore(course, alone)
    assert not class_offers(course, found(course))


def line_of(session: RoomSession) -> Any:
    wanted = RoomSession.objects.filter(pk=session.pk)
    return next(session_lines(session_list(wanted, SessionFilter())))


def test_remarks_are_made_where_something_was_decided_and_nowhere_else(
    course: Course, room: Room, django_assert_num_queries: Any
) -> None:
    a, b, test, plain = (held(room, START + n * 70 * MINUTE) for n in range(4))
    every = RoomSession.objects.all()
    lines = [line_of(it) for it in (a, b, test, plain)]
    with django_assert_num_queries(1):
        assert remarks_of(course, every, lines) == {}
    merge(course, b, a)
    ignore(course, test, "test")
    remarks = remarks_of(course, every, lines)
    assert set(remarks) == {a.pk, b.pk, test.pk}
    assert [it.cue_point_id for it in remarks[b.pk].others] == [a.cue_point_id]
    assert [it.cue_point_id for it in remarks[a.pk].others] == [b.cue_point_id]
    assert remarks[test.pk].is_ignored

    other = course_factories.course(course.site, [room], course_id="8")
    ignore(other, a)
    both = remarks_on([course, other], every, line_of(a))
    assert [(it.course, it.is_ignored) for it in both] == [(course, False), (other, True)]
    assert [it.course for it in remarks_on([other], every, line_of(a))] == [other]


def test_the_register_counts_what_is_merged_once(
    course: Course, room: Room, account: Account
) -> None:
    course_factories.enrolment(course, "1", user_name="ana", first_seen_at=START - DAY)
    ana = factories.person(account, "ana")
    first = factories.whole_session(room, [(ana, 1200, 0)], length_seconds=1200)
    again = START + 25 * MINUTE
    second = factories.whole_session(room, [(ana, 600, 0)], again, length_seconds=1200)
    merge(course, second, first)
    register = course_register(course, RoomSession.objects.all(), FROM, TO)
    [seat] = register.rows[0].seats
    assert (seat.mark, seat.seconds, seat.share) == ("present", 1800, 0.75)
