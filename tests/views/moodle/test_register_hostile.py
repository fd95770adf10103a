"""Names and reasons that are code stay texts; a shared room shows no other course's words."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from reports.models import (
    CourseRole,
    Enrolment,
    IgnoredSession,
    Person,
    PresenceCorrection,
    Room,
    User,
)
from tests import course_factories
from tests.factories import START
from tests.views.moodle.registers import DAY, DAYS, World, corrected, teacher_of, world

BAD = '=1+1"><script>alert(1)</script>\u202e'
PAGES = ("register", "course-people", "course-classes", "course-attention", "course-rule", "course")
FILES = ("register", "register-tidy", "register-gradebook", "register-attendance")


@pytest.fixture
def seen(db: None) -> World:
    return world()


@pytest.fixture
def tina(seen: World) -> Client:
    return teacher_of(seen)


def body_of(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.getvalue().decode("utf-8-sig"))


def test_what_people_typed_is_neither_markup_nor_a_formula(seen: World, tina: Client) -> None:
    Enrolment.objects.filter(pk=seen.ana.pk).update(name=BAD, email=BAD, id_number=BAD)
    Person.objects.update(name=BAD)
    Room.objects.update(name=BAD)
    IgnoredSession.objects.update(reason=BAD)
    User.objects.filter(pk=seen.tina.pk).update(first_name=BAD)
    corrected(seen, seen.first, seen.ana, "excused", reason=BAD)
    corrected(seen, seen.second, seen.eve, "excused", reason=BAD)
    args = [seen.course.pk]
    addresses = [reverse(f"reports:{name}", args=args) for name in PAGES]
    addresses += [seen.url("learner", seen.ana.pk), seen.cell(seen.first, seen.ana)]
    addresses.append(seen.url("class", seen.first.cue_point_id))
    bodies = [body_of(tina.get(address, DAYS)) for address in addresses]
    shown = [DAYS | {"show": show} for show in ("matched", "decided")]
    bodies += [body_of(tina.get(addresses[1], query)) for query in shown]
    cell = {"cell": f"{seen.second.cue_point_id}:{seen.ana.pk}"}
    typed = {"reason": BAD, "shown": BAD, "next": BAD}
    bodies.append(body_of(tina.post(seen.url("correct"), cell | typed)))
    done = cell | typed | {"presence": "absent"}
    bodies.append(body_of(tina.post(seen.url("correct"), done, follow=True)))
    assert not any("<script>alert" in body for body in bodies)
    assert sum("&lt;script&gt;alert" in body for body in bodies) > len(bodies) // 2
    for name in FILES:
        body = body_of(tina.get(reverse(f"reports:{name}-csv", args=args), DAYS))
        cells = [it for row in csv.reader(io.StringIO(body)) for it in row]
        assert cells
        assert not [it for it in cells if it.startswith(("=", "+", "@"))]


def test_a_course_with_the_same_room_sees_nothing_of_what_the_other_said(seen: World) -> None:
    corrected(seen, seen.second, seen.ana, "excused", reason="measles")
    other = course_factories.course(
        seen.course.site, [seen.room], course_id="8", roster_asked_at=START + DAY
    )
    colleague = Client()
    course_factories.came_from_moodle(colleague, other, CourseRole.TEACHER, "98")
    addresses = [reverse(f"reports:{name}", args=[other.pk]) for name in PAGES]
    addresses += [reverse(f"reports:{name}-csv", args=[other.pk]) for name in FILES]
    key = [seen.account.pk, seen.ignored.cue_point_id]
    addresses.append(f"{reverse('reports:session', args=key)}?course={seen.course.pk}")
    for address in addresses:
        body = body_of(colleague.get(address, DAYS))
        for word in ("measles", "a test", "Tina Teacher", "Eve &lt;"):
            assert word not in body, (address, word)
    mine = {"presence": "absent", "reason": "x"}
    cell = {"cell": f"{seen.first.cue_point_id}:{seen.ben.pk}"}
    url = reverse("reports:register-correct", args=[other.pk])
    assert "Ben" not in body_of(colleague.post(url, cell | mine))
    assert not PresenceCorrection.objects.filter(course=other).exists()
    for page, args in (("learner", []), ("cell", [seen.first.cue_point_id])):
        url = reverse(f"reports:register-{page}", args=[other.pk, *args, seen.ana.pk])
        assert colleague.get(url).status_code == 404
