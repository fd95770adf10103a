"""The access log tells who looked at whom in a register, and what was taken back: no more, no less."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from reports.models import AccessLogEntry, Person, PresenceCorrection
from tests import course_factories
from tests.views.moodle.registers import DAYS, World, corrected, teacher_of, world

HTMX = {"HX-Request": "true"}


@pytest.fixture
def seen(db: None) -> World:
    return world()


@pytest.fixture
def tina(seen: World) -> Client:
    return teacher_of(seen)


def looks() -> list[dict[str, Any]]:
    found = AccessLogEntry.objects.filter(action="viewed").order_by("pk")
    return list(found.values_list("detail", flat=True))


def test_the_header_of_htmx_hides_no_look_at_another_learner(seen: World, tina: Client) -> None:
    tina.get(reverse("reports:register", args=[seen.course.pk]), DAYS)
    for page in (seen.url("learner", seen.ana.pk), seen.cell(seen.first, seen.ben)):
        for _ in range(2):
            tina.get(page, DAYS, headers=HTMX)
    assert [it.get("moodle_user") for it in looks()] == [None, "ana", "ben"]


def test_a_refused_word_on_who_is_who_shows_people_and_is_a_look(seen: World, tina: Client) -> None:
    guest = Person.objects.get(name="Gus Guest")
    page = tina.post(
        reverse("reports:course-people-link", args=[seen.course.pk]),
        {"person": guest.pk, "named": "nobody at all", "shown": urlencode(DAYS)},
    )
    assert (page.status_code, "Gus Guest" in page.content.decode()) == (400, True)
    assert looks() == [{"register": True, "people": "waiting"}]


def test_keys_that_are_looked_at_name_people_and_are_a_look(
    administrator: Client, seen: World
) -> None:
    url = reverse("reports:moodle-site-matching", args=[seen.course.site.pk])
    administrator.get(url)
    assert looks() == []
    page = administrator.get(url, {"version": 0, "key_1": "email"})
    assert "Ana" in page.content.decode()
    assert looks() == [{"matching": ["email"]}]


def test_the_log_names_what_was_undone_and_not_what_was_sent(seen: World, tina: Client) -> None:
    own, undone = (corrected(seen, seen.second, it, "excused") for it in (seen.ana, seen.ben))
    tina.post(seen.url("correct-undo"), {"correction": undone.pk})
    other = course_factories.course(seen.course.site, [seen.room], course_id="99")
    elsewhere = PresenceCorrection.objects.create(
        account=seen.account, course=other, cue_point_id="x", moodle_user_id="1", presence="absent"
    )
    keys = ",".join(str(it.pk) for it in (own, undone, elsewhere))
    tina.post(seen.url("correct-undo"), {"correction": keys})
    assert AccessLogEntry.objects.latest("pk").detail["undone"] == [own.pk]
