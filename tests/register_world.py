"""A course whose register has something of everything: what its files are tested on.

Three classes in two rooms: Monday's was broken off and goes on in a second session, merged into one
of an hour; Tuesday's has Ben's correction and a guest who is Ana; Wednesday's was never closed.
"""

from dataclasses import dataclass
from datetime import timedelta

from reports.models import (
    Account,
    Course,
    IdentityLink,
    MergedSession,
    Person,
    PresenceCorrection,
    Room,
    RoomSession,
    User,
)
from tests import course_factories, factories
from tests.factories import START

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
RANGE = {"from": "2026-01-01", "to": "2026-01-31", "tz": "Europe/Berlin"}
BAD_NAME = '=HYPERLINK("x")'
BAD_ROOM = "Anatomy; =1+1"
BAD_REASON = "ill;\n=cmd|' /C calc'!A0"


@dataclass(frozen=True)
class RegisterWorld:
    """What is stored."""

    account: Account
    course: Course
    rooms: tuple[Room, Room]
    monday: RoomSession
    goes_on: RoomSession  # merged into Monday's
    tuesday: RoomSession
    wednesday: RoomSession  # never closed
    correction: PresenceCorrection
    teacher: User


def register_world() -> RegisterWorld:
    account = factories.account()
    rooms = (factories.room(account, BAD_ROOM), factories.room(account, "Lab"))
    site = course_factories.moodle_site(account)
    course = course_factories.course(site, rooms, roster_asked_at=START + 5 * DAY)
    teacher = factories.administrator("tina", first_name="Tina", last_name="Teacher")

    _enrol(course, "11", "ana", BAD_NAME)
    _enrol(course, "12", "ben", "Ben")
    _enrol(course, "13", "cleo", "Cleo", first_seen_at=START + 12 * HOUR)  # late
    _enrol(course, "14", "dan", "Dan", last_seen_at=START + 12 * HOUR)  # left
    _enrol(course, "15", "", "", email="", erased_at=START + DAY)

    ana, ben, dan = (_person(account, name) for name in ("ana", "ben", "dan"))
    stranger = _person(account, "stranger")
    guest = factories.person(account, "", name="Ana at home", email="", is_placeholder=True)
    monday = factories.whole_session(
        rooms[0], [(ana, 1000, 0), (dan, 1200, 0)], START, length_seconds=1200
    )
    goes_on = factories.whole_session(
        rooms[0], [(ana, 1700, 0)], START + 25 * MINUTE, length_seconds=2400
    )
    tuesday = factories.whole_session(
        rooms[1], [(ana, 1000, 0), (guest, 2000, 0), (stranger, 900, 0)], START + DAY
    )
    wednesday = factories.whole_session(
        rooms[1], [(ben, 2400, 0)], START + 2 * DAY, length_seconds=None
    )
    MergedSession.objects.create(
        account=account,
        course=course,
        cue_point_id=goes_on.cue_point_id,
        into_cue_point_id=monday.cue_point_id,
    )
    IdentityLink.objects.create(
        account=account, course=course, site=site, person_key=guest.key, moodle_user_id="11"
    )
    correction = PresenceCorrection.objects.create(
        account=account,
        course=course,
        cue_point_id=tuesday.cue_point_id,
        moodle_user_id="12",
        presence="excused",
        reason=BAD_REASON,
        computed_mark="absent",
        computed_seconds=0,
        made_by=teacher,
    )
    PresenceCorrection.objects.update(made_at=START + 3 * DAY)
    return RegisterWorld(
        account, course, rooms, monday, goes_on, tuesday, wednesday, correction, teacher
    )


def _enrol(course: Course, number: str, user_name: str, name: str, **more: object) -> None:
    email = f"{user_name}@example.org"
    values = {"first_seen_at": START - 20 * DAY, "last_seen_at": START + 5 * DAY, "email": email}
    course_factories.enrolment(course, number, user_name=user_name, name=name, **values | more)


def _person(account: Account, user_id: str) -> Person:
    return factories.person(account, user_id, name=user_id, email="")
