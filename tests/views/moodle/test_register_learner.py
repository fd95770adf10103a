"""One learner, as the teacher sees them: every class, what it adds up to, and a box to correct each."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from reports.models import Enrolment
from tests import factories
from tests.factories import START
from tests.views.moodle.registers import DAY, DAYS, World, corrected, teacher_of, text_of, world


@pytest.fixture
def seen(db: None) -> World:
    return world()


@pytest.fixture
def tina(seen: World) -> Client:
    return teacher_of(seen)


def test_a_learner_s_classes_add_up(seen: World, tina: Client) -> None:
    corrected(seen, seen.second, seen.ana, "excused")
    answer = tina.get(seen.url("learner", seen.ana.pk), DAYS)
    found = text_of(answer)
    assert answer.status_code == 200
    marks = [row.record.seat.mark for row in answer.context["table"].rows]
    assert marks == ["present", "excused"]
    row = answer.context["row"]
    assert (row.share, row.seconds) == (1.0, 3780)
    for words in ("100 % of 1 class that counts", "Excused", "1 h 03 min", "Ana at home", "ill"):
        assert words in found, words
    page = answer.content.decode()
    assert f'value="{seen.first.cue_point_id}:{seen.ana.pk}"' in page
    assert seen.cell(seen.first, seen.ana) in page
    chart = answer.context["chart"]
    assert [cells.cells[2] for cells in chart.rows] == ["1\xa0h\xa003\xa0min", "0\xa0min"]


def test_the_days_of_the_address_count_and_wrong_ones_are_refused(
    seen: World, tina: Client
) -> None:
    url = seen.url("learner", seen.ana.pk)
    one = tina.get(url, DAYS | {"to": "2026-01-12"})
    assert one.context["count"] == 1
    assert "No class in these days" in text_of(tina.get(url, DAYS | {"to": "2026-01-02"}))
    refused = tina.get(url, {"from": "2026-02-01", "to": "2026-01-01"})
    assert refused.status_code == 400
    assert "ends before it starts" in text_of(refused)


def test_who_is_no_learner_or_was_not_enrolled_is_said_so(seen: World, tina: Client) -> None:
    staff = Enrolment.objects.get(moodle_user_id="tina")
    assert "Staff of the course" in text_of(tina.get(seen.url("learner", staff.pk), DAYS))
    assert "No class in these days" in text_of(tina.get(seen.url("learner", seen.dan.pk), DAYS))
    erased = text_of(tina.get(seen.url("learner", seen.finn.pk), DAYS))
    assert "(erased)" in erased
    assert "2 more unknown" in erased
    assert tina.get(seen.url("learner", 10**9), DAYS).status_code == 404


def test_queries_do_not_grow_with_classes(
    seen: World, tina: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        factories.whole_session(seen.room, [], START + (2 + number) * DAY)
    with django_assert_max_num_queries(45):
        answer = tina.get(seen.url("learner", seen.ana.pk), DAYS)
    assert answer.context["count"] == 14
