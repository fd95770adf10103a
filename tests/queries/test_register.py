"""The register: who was there, who was not, what isn't known, and how a class adds up."""

from datetime import UTC, datetime, timedelta

import pytest

from reports.analytics.presence import Mark, Rule
from reports.models import (
    Account,
    ClassTime,
    CountedPart,
    Course,
    IdentityLink,
    IgnoredSession,
    MergedSession,
    MoodleSite,
    Person,
    PresenceCorrection,
    Room,
    RoomSession,
)
from reports.queries.register import Register, course_register
from tests import course_factories, factories
from tests.factories import START

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
FROM, TO = START - 30 * DAY, START + 60 * DAY


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def room(account: Account) -> Room:
    return factories.room(account)


@pytest.fixture
def site(account: Account) -> MoodleSite:
    return course_factories.moodle_site(account)


@pytest.fixture
def course(site: MoodleSite, room: Room) -> Course:
    return course_factories.course(site, [room], roster_asked_at=START - DAY)


def learner(course: Course, number: int, **more: object) -> str:
    """Enrol a learner long before the first class; return Moodle's id."""
    seen = {"first_seen_at": START - 20 * DAY, "last_seen_at": START - DAY}
    values = {"user_name": f"s{number}", "name": f"Learner {number}"} | seen | more
    course_factories.enrolment(course, str(number), **values)
    return str(number)


def person_of(account: Account, number: int, **more: object) -> Person:
    return factories.person(account, f"s{number}", name=f"Learner {number}", email="", **more)


def register_of(course: Course, rule: Rule | None = None) -> Register:
    return course_register(course, RoomSession.objects.all(), FROM, TO, rule=rule)


def marks(register: Register) -> dict[str, list[str]]:
    return {row.line.moodle_user_id: [seat.mark for seat in row.seats] for row in register.rows}


def test_who_was_long_enough_there_is_present_and_who_was_not_is_absent(
    account: Account, course: Course, room: Room
) -> None:
    for number in (1, 2, 3):
        learner(course, number)
    rows = [(person_of(account, 1), 2700, 0), (person_of(account, 2), 2699, 0)]
    factories.whole_session(room, rows)

    found = register_of(course)

    assert marks(found) == {"1": ["present"], "2": ["absent"], "3": ["absent"]}
    assert [row.seats[0].seconds for row in found.rows] == [2700, 2699, 0]
    (sums,) = found.sums
    assert (sums.there, sums.missing, sums.unknown, sums.attendees) == (2, 1, 0, 2)


def test_a_class_adds_up_with_staff_guests_strangers_and_a_second_identity(
    account: Account, course: Course, room: Room, site: MoodleSite
) -> None:
    one, two = learner(course, 1), learner(course, 2)
    learner(course, 9, kind="staff", user_name="teacher")
    guest = factories.person(account, "", name="Amara at home", is_placeholder=True)
    rows = [
        (person_of(account, 1), 1800, 0),
        (guest, 1800, 0),
        (factories.person(account, "teacher", name="T"), 3600, 0),
        (factories.person(account, "stranger", name="S"), 60, 0),
    ]
    factories.whole_session(room, rows)
    IdentityLink.objects.create(
        account=account, course=course, site=site, person_key=guest.key, moodle_user_id=one
    )

    found = register_of(course)

    assert marks(found) == {one: ["present"], two: ["absent"]}
    seat = found.rows[0].seats[0]
    assert (seat.seconds, len(seat.presences)) == (3600, 2)
    (sums,) = found.sums
    assert (sums.there, sums.staff, sums.others, sums.doubles) == (1, 1, 1, 1)
    assert sums.attendees == 3
    assert sums.identities == 4
    assert sums.learners == sums.there + sums.missing + sums.unknown == 2


def test_an_open_session_is_unknown_and_a_class_time_makes_it_known(
    account: Account, course: Course, room: Room
) -> None:
    learner(course, 1)
    learner(course, 2)
    session = factories.whole_session(room, [(person_of(account, 1), 3000, 0)], length_seconds=None)
    assert marks(register_of(course)) == {"1": ["unknown"], "2": ["unknown"]}

    CountedPart.objects.create(
        account=account,
        course=course,
        cue_point_id=session.cue_point_id,
        starts_at=START,
        ends_at=START + HOUR,
    )
    assert marks(register_of(course)) == {"1": ["present"], "2": ["absent"]}


def test_late_and_gone_learners_are_not_enrolled_and_before_the_first_roster_nobody_knows(
    account: Account, course: Course, room: Room
) -> None:
    learner(course, 1)
    learner(course, 2, first_seen_at=START + DAY)
    learner(course, 3, last_seen_at=START - 2 * DAY)
    factories.whole_session(room, [], START - 25 * DAY)
    factories.whole_session(room, [], START - 3 * DAY)
    factories.whole_session(room, [], START)

    assert marks(register_of(course)) == {
        "1": ["unknown", "absent", "absent"],
        "3": ["unknown", "absent", "not_enrolled"],
    }


def test_breakout_minutes_count_as_the_account_says(
    account: Account, course: Course, room: Room
) -> None:
    learner(course, 1)
    somebody = person_of(account, 1)
    session = factories.whole_session(room, [(somebody, 1800, 0)])
    group = factories.room(account, "Group", parent=room)
    factories.whole_session(group, [(somebody, 900, 0)], START + 10 * MINUTE, main_session=session)
    seat = register_of(course).rows[0].seats[0]
    assert (seat.mark, seat.seconds, seat.breakout_seconds) == (Mark.PRESENT, 2700, 900)

    account.breakouts_add = False
    account.save()
    course.refresh_from_db()
    seat = register_of(Course.objects.get(pk=course.pk)).rows[0].seats[0]
    assert (seat.mark, seat.seconds, seat.breakout_seconds) == (Mark.ABSENT, 1800, 900)


def test_merged_sessions_are_one_class_and_ignored_ones_none(
    account: Account, course: Course, room: Room
) -> None:
    learner(course, 1)
    somebody = person_of(account, 1)
    first = factories.whole_session(room, [(somebody, 1000, 0)], length_seconds=1200)
    again = START + 25 * MINUTE
    second = factories.whole_session(room, [(somebody, 1800, 0)], again, length_seconds=2400)
    test = factories.whole_session(room, [], START + DAY)
    MergedSession.objects.create(
        account=account,
        course=course,
        cue_point_id=second.cue_point_id,
        into_cue_point_id=first.cue_point_id,
    )
    IgnoredSession.objects.create(account=account, course=course, cue_point_id=test.cue_point_id)

    found = register_of(course)

    (one,) = found.classes
    assert one.cue_point_ids == (first.cue_point_id, second.cue_point_id)
    assert one.length_seconds == 3600
    assert found.rows[0].seats[0].seconds == 2800
    assert [it.cue_point_id for it in found.found.ignored] == [test.cue_point_id]


def test_a_weekly_class_time_counts_in_wall_clock_time(
    account: Account, course: Course, room: Room
) -> None:
    learner(course, 1)
    begins = datetime(
        2026, 3, 23, 8, 0, tzinfo=UTC
    )  # a Monday, 9:00 in Berlin; a week later it is 7:00
    ClassTime.objects.create(
        account=account,
        course=course,
        weekday=1,
        begins="09:00",
        ends="10:00",
        time_zone="Europe/Berlin",
        first_on="2026-03-01",
    )
    for at in (begins, begins + 7 * DAY - HOUR):
        factories.whole_session(room, [], at - HOUR / 2, length_seconds=2 * 3600)
    found = course_register(course, RoomSession.objects.all(), begins - DAY, begins + 30 * DAY)
    assert [one.length_seconds for one in found.classes] == [3600, 3600]


def test_a_correction_counts_and_later_data_that_says_otherwise_is_pointed_out(
    account: Account, course: Course, room: Room
) -> None:
    learner(course, 1)
    session = factories.whole_session(room, [])
    correction = PresenceCorrection.objects.create(
        account=account,
        course=course,
        cue_point_id=session.cue_point_id,
        moodle_user_id="1",
        presence="excused",
        reason="ill",
        computed_mark="absent",
        computed_seconds=0,
    )
    seat = register_of(course).rows[0].seats[0]
    assert (seat.mark, seat.computed, seat.correction) == ("excused", "absent", correction)
    assert not seat.is_contradicted

    factories.attendance(session, person_of(account, 1), 3600, 0)
    seat = register_of(course).rows[0].seats[0]
    assert (seat.mark, seat.computed) == ("excused", "present")
    assert seat.is_contradicted


def test_what_a_limit_of_the_account_took_is_unknown(
    account: Account, course: Course, room: Room
) -> None:
    learner(course, 1)
    learner(course, 2)
    taken = factories.person(account, "", name="", email="", erased_at=START)
    Person.objects.filter(pk=taken.pk).update(key="r:0123")
    factories.whole_session(room, [(taken, 3600, 0), (person_of(account, 2), 3600, 0)])
    assert marks(register_of(course)) == {"1": ["unknown"], "2": ["present"]}


def test_a_class_that_has_just_ended_makes_nobody_absent(
    account: Account, course: Course, room: Room
) -> None:
    learner(course, 1)
    learner(course, 2)
    rows = [(person_of(account, 1), 3600, 0), (person_of(account, 2), 600, 0)]
    session = factories.whole_session(room, rows, facts_asked_at=START + HOUR + HOUR + 59 * MINUTE)
    assert marks(register_of(course)) == {"1": ["present"], "2": ["unknown"]}

    RoomSession.objects.filter(pk=session.pk).update(facts_asked_at=START + 4 * HOUR)
    assert marks(register_of(course)) == {"1": ["present"], "2": ["absent"]}


def test_time_before_somebody_was_enrolled_counts_for_nothing(
    account: Account, course: Course, room: Room
) -> None:
    learner(course, 1)
    learner(course, 2, first_seen_at=START + HOUR)
    somebody = person_of(account, 2)
    factories.whole_session(room, [(somebody, 3600, 0)])
    factories.whole_session(room, [(somebody, 1800, 0)], START + DAY)

    found = register_of(course)

    row = found.rows[1]
    assert [seat.mark for seat in row.seats] == ["not_enrolled", "absent"]
    assert row.seconds == 1800
    assert [(sums.learners, sums.there, sums.others) for sums in found.sums] == [
        (1, 0, 1),
        (2, 1, 0),
    ]


def test_nobody_is_absent_while_a_breakout_may_not_be_told_of_yet(
    account: Account, course: Course, room: Room
) -> None:
    learner(course, 1)
    asked = {"facts_asked_at": START + 5 * HOUR}
    main = factories.whole_session(room, [(person_of(account, 1), 60, 0)], **asked)
    group = factories.room(account, parent=room)
    factories.whole_session(group, (), main_session=main, length_seconds=3 * 3600, **asked)
    assert marks(register_of(course)) == {"1": ["unknown"]}
    RoomSession.objects.update(facts_asked_at=START + 6 * HOUR)
    assert marks(register_of(course)) == {"1": ["absent"]}


def test_time_of_which_nothing_is_known_is_no_0(account: Account, course: Course) -> None:
    learner(course, 1, first_seen_at=START + DAY, last_seen_at=START + DAY)
    room = Room.objects.get()
    factories.whole_session(room, [(person_of(account, 2), 60, 0)])
    [row] = register_of(course).rows
    assert (row.seats[0].mark, row.seconds) == ("unknown", None)


def test_rooms_of_the_account_that_a_site_had_before_have_no_classes(
    account: Account, course: Course, room: Room
) -> None:
    learner(course, 1)
    factories.whole_session(room, [(person_of(account, 1), 3600, 0)], cue_point_id="1_same")
    far = factories.account("far")
    other = factories.room(far)
    course_factories.course_room(course, other)
    factories.whole_session(other, [], cue_point_id="1_same")
    for now, expected in ((account, ["present"]), (far, ["absent"]), (None, [])):
        course.site.account = now
        assert marks(register_of(course)) == {"1": expected}
