"""A teacher's word outlives every sync: the same day again, other figures, a session gone and back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from reports.models import Account, Course, CourseRole, PresenceCorrection, Room, RoomSession
from reports.queries.register import Register, course_register
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from tests import course_factories
from tests.sync.small import ADA, BEN, CUE, MAIN, lesson, one_lesson, seen, sync
from tests.sync.worlds import BASE, ROOMS, at

DAY = timedelta(days=1)


@pytest.fixture
def course(account: Account, simulator: Simulator) -> Course:
    """A course on the room of the lesson, synced once; Ada was there, and Ben was not."""
    simulator.world = one_lesson(seen(ADA, view=3000))
    sync(account)
    room = Room.objects.get(entry_id=MAIN)
    site = course_factories.moodle_site(account)
    made = course_factories.course(site, [room], roster_asked_at=at(BASE) + 9 * DAY)
    for user, name in (("1", "ada.l"), ("2", "ben.t")):
        dates = {"first_seen_at": at(BASE) - DAY, "last_seen_at": at(BASE) + 9 * DAY}
        course_factories.enrolment(made, user, user_name=name, name=name, **dates)
    return made


def register(course: Course) -> Register:
    return course_register(course, RoomSession.objects.all(), at(BASE), at(BASE) + DAY)


def test_corrections_survive_every_sync_and_later_data_is_pointed_out(
    account: Account, simulator: Simulator, course: Course
) -> None:
    client = Client()
    course_factories.came_from_moodle(client, course, CourseRole.TEACHER, "9")
    url = reverse("reports:register-correct", args=[course.pk])
    cells = [f"{CUE}:{it.pk}" for it in course.enrolments.order_by("pk")]
    client.post(url, {"cell": cells, "presence": "excused", "reason": "a strike"})
    before = list(PresenceCorrection.objects.order_by("pk").values())
    assert [row["computed_mark"] for row in before] == ["present", "absent"]

    sync(account)
    seats = [row.seats[0] for row in register(course).rows]
    assert [(it.mark, it.is_contradicted) for it in seats] == [("excused", False)] * 2

    simulator.world = one_lesson(seen(ADA, view=3000), seen(BEN, view=3300))
    sync(account)
    seats = [row.seats[0] for row in register(course).rows]
    assert [(it.mark, it.computed, it.is_contradicted) for it in seats] == [
        ("excused", "present", False),
        ("excused", "present", True),
    ]

    simulator.world = ListedWorld(ROOMS, [], [])
    sync(account)
    assert not register(course).classes
    simulator.world = ListedWorld(ROOMS, [lesson()], [seen(ADA, view=3000)])
    sync(account)
    assert [row.seats[0].mark for row in register(course).rows] == ["excused"] * 2
    assert list(PresenceCorrection.objects.order_by("pk").values()) == before
