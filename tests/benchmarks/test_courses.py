"""The benchmark's courses have what a register may hold, and their sums agree."""

from datetime import UTC, datetime, time

import pytest

from reports.models import Account, Person, RoomSession
from reports.queries.register import course_register
from tests import factories
from tests.benchmarks.checks import check_sums, merge_changes
from tests.benchmarks.courses import BROKEN_OFF, Size, course_day, store_course
from tests.benchmarks.data import Shape
from tests.benchmarks.server import ADMINISTRATOR

SMALL = Size(60, 20)


@pytest.mark.django_db
def test_a_course_has_a_register_with_everything_in_it() -> None:
    factories.administrator(ADMINISTRATOR)
    factories.person(factories.account())  # keys go on after those that are there
    course = store_course(SMALL, 240)
    check_sums()
    shape = Shape("", 240, 0, 0, 0)
    assert merge_changes(course_day(SMALL, BROKEN_OFF + 1), shape) == []
    first, last = (datetime.combine(day, time(), UTC) for day in (SMALL.first_on, SMALL.last_on))
    register = course_register(course, RoomSession.objects.all(), first, last)
    assert (len(register.rows), len(register.classes)) == (SMALL.learners, SMALL.classes)
    marks = {str(seat.mark) for row in register.rows for seat in row.seats}
    assert marks == {"present", "absent", "excused", "unknown", "not_enrolled"}
    assert any(one.merges for one in register.classes)
    assert any(one.breakouts for one in register.classes)
    assert all(sums.staff and sums.others for sums in register.sums)
    assert Person.objects.exclude(account=Account.objects.get(partner_id=240)).count() == 1


def test_the_same_class_is_the_same_at_every_run() -> None:
    assert course_day(SMALL, 3) == course_day(SMALL, 3)
    assert course_day(SMALL, 3) != course_day(SMALL, 4)
