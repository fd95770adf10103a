"""The page of a course's rule: what counts, what another would change, and storing it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import AccessLogEntry, Account, Course, CourseRole, PresenceRule, Room
from tests import course_factories, factories
from tests.factories import START
from tests.queries.test_register import DAY, learner, person_of
from tests.views.moodle.test_roster import text_of

RANGE = {"from": "2026-01-01", "to": "2026-02-28", "tz": "UTC"}
HALF = {"kind": "share", "share": "50", "share_partly": "25"}


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def course(account: Account) -> Course:
    """Three learners, there for 60, 30 and 0 minutes of one class."""
    room = factories.room(account)
    site = course_factories.moodle_site(account)
    found = course_factories.course(site, [room], roster_asked_at=START - DAY, starts_at=START)
    for number in (1, 2, 3):
        learner(found, number, name=f"Learner <{number}>")
    rows = [(person_of(account, 1), 3600, 0), (person_of(account, 2), 1800, 0)]
    factories.whole_session(room, rows)
    return found


@pytest.fixture
def teacher(course: Course) -> Client:
    client = Client()
    user = course_factories.came_from_moodle(client, course, CourseRole.TEACHER, "99")
    user.first_name, user.last_name = "Tina", "Teacher"
    user.save()
    return client


def url(course: Course) -> str:
    return reverse("reports:course-rule", args=[course.pk])


def preview(client: Client, course: Course, **typed: str) -> Any:
    return client.get(url(course), RANGE | HALF | typed)


def test_the_page_says_which_rule_counts_and_whose_it_is(teacher: Client, course: Course) -> None:
    text = text_of(teacher.get(url(course)))
    assert "Present: at least 75 % of the class." in text
    assert "built in, because nobody has set another" in text
    assert "Nothing is stored until you save." in text
    PresenceRule.objects.create(site=course.site, version=1, minutes=45)
    assert "default of the whole Moodle site, version 1" in text_of(teacher.get(url(course)))
    answer = teacher.post(url(course), HALF | {"do": "save"}, follow=True)
    text = text_of(answer)
    assert "Version 1 of the rule is stored. It counts for earlier classes too." in text
    assert "Present: at least 50 % of the class. Partly: at least 25 %." in text
    assert "The course's own rule, version 1, set by Tina Teacher" in text


def test_a_preview_stands_in_the_address_and_stores_nothing(
    teacher: Client, course: Course
) -> None:
    answer = preview(teacher, course)
    text = text_of(answer)
    assert "1 mark of 1 learner would change." in text
    assert "Learner <2> Mon 12 Jan, 09:00 ○ absent → becomes ● present 30 min 50 %" in text
    assert "Learner <1>" not in text
    assert [(str(it["before"]), str(it["after"])) for it in answer.context["totals"]] == [
        ("1", "2"),
        ("2", "1"),
    ]
    assert "1 class from Thu 1 Jan to Sat 28 Feb" in text
    assert "Corrected marks stay as they were corrected." in text
    assert not PresenceRule.objects.exists()
    same = text_of(preview(teacher, course, share="75", share_partly=""))
    assert "No mark would change." in same


def test_without_script_the_preview_is_a_button(teacher: Client, course: Course) -> None:
    answer = teacher.post(url(course), RANGE | HALF | {"do": "preview", "minutes": ""})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(url(course) + "?kind=share&share=50")
    assert "csrf" not in answer.headers["Location"]
    assert "1 mark of 1 learner would change." in text_of(teacher.get(answer.headers["Location"]))
    assert not PresenceRule.objects.exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"kind": ""}, "Choose a share or minutes."),
        ({"kind": "x"}, "Select a valid choice"),
        ({"share": ""}, "Enter a whole number from 1 to 100."),
        ({"share": "101"}, "Enter a whole number from 1 to 100."),
        ({"share": "0"}, "Enter a whole number from 1 to 100."),
        ({"share": "7.5"}, "Enter a whole number from 1 to 100."),
        ({"share_partly": "50"}, "enter less than 50, or nothing."),
        ({"kind": "minutes"}, "Enter a whole number from 1 to 1440."),
        ({"kind": "minutes", "minutes": "10", "minutes_partly": "10"}, "enter less than 10"),
        ({"required": "101"}, "Enter a whole number from 1 to 100."),
        ({"planned": "0"}, "Enter a whole number from 1 to 1000."),
    ],
)
def test_what_can_t_be_a_rule_is_refused_with_what_was_typed(
    teacher: Client, course: Course, typed: dict[str, str], words: str
) -> None:
    values = RANGE | HALF | {"required": "83"} | typed
    for answer in (teacher.get(url(course), values), teacher.post(url(course), values)):
        assert answer.status_code == 400
        assert words in text_of(answer)
        for text in values.values():
            assert not text.isdigit() or f'value="{text}"' in answer.content.decode()
    assert not PresenceRule.objects.exists()


def test_what_was_typed_for_the_other_kind_is_left_alone(teacher: Client, course: Course) -> None:
    values = {"kind": "minutes", "minutes": "30", "share": "200", "do": "save"}
    assert teacher.post(url(course), values).status_code == 302
    stored = PresenceRule.objects.get()
    assert (stored.minutes, stored.share_percent, stored.partly_percent) == (30, None, None)


def test_fewer_classes_than_took_place_can_t_be_planned(
    teacher: Client, course: Course, account: Account
) -> None:
    room = Room.objects.get()
    factories.whole_session(room, [], START + DAY)
    assert "2 classes have taken place already" in text_of(preview(teacher, course, planned="1"))
    assert preview(teacher, course, planned="2").status_code == 200


def test_versions_can_be_used_again(teacher: Client, course: Course) -> None:
    for typed in (HALF | {"required": "80", "planned": "14"}, {"kind": "minutes", "minutes": "45"}):
        teacher.post(url(course), typed | {"do": "save"})
    answer = teacher.get(url(course))
    newest, first = answer.context["versions"]
    assert (newest.number, newest.is_newest, first.number) == (2, True, 1)
    assert first.made_by == "Tina Teacher"
    again = teacher.get(url(course) + "?" + first.query)
    assert again.context["form"].rule.planned_classes == 14
    assert PresenceRule.objects.count() == 2
    teacher.post(url(course), HALF | {"required": "80", "planned": "14", "do": "save"})
    teacher.post(url(course), HALF | {"required": "80", "planned": "14", "do": "save"})
    assert PresenceRule.objects.count() == 3


def test_days_that_can_t_be_read_are_refused(teacher: Client, course: Course) -> None:
    for days in ({"from": "x"}, {"tz": "Mars"}, {"from": "2026-02-01", "to": "2026-01-01"}):
        answer = teacher.get(url(course), days)
        assert answer.status_code == 400
        assert "Learner" not in text_of(answer)


def test_it_is_there_for_nobody_else(course: Course) -> None:
    other = course_factories.course(course.site, course_id="8")
    learner_of_it, colleague = Client(), Client()
    course_factories.came_from_moodle(learner_of_it, course, CourseRole.LEARNER, "1")
    course_factories.came_from_moodle(colleague, other, CourseRole.TEACHER, "98")
    for client in (learner_of_it, colleague):
        assert client.get(url(course)).status_code == 404
        assert client.post(url(course), HALF).status_code == 404
    assert Client().post(url(course), HALF).status_code == 302
    assert not PresenceRule.objects.exists()


def test_looking_and_changing_is_written_down(teacher: Client, course: Course) -> None:
    preview(teacher, course)
    teacher.post(url(course), HALF | {"do": "save"})
    actions = AccessLogEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["viewed", "set the presence rule"]


def test_a_preview_takes_as_many_queries_however_large_the_register_is(
    teacher: Client,
    course: Course,
    account: Account,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    preview(teacher, course)
    room = Room.objects.get()
    for number in range(10, 40):
        learner(course, number)
    people = [person_of(account, number) for number in range(10, 40)]
    for day in range(1, 10):
        rows = [(person, 1800, 0) for person in people]
        factories.whole_session(room, rows, START + timedelta(days=day))
    with django_assert_max_num_queries(33):
        answer = preview(teacher, course)
    assert len(answer.context["preview"].changes) == 1 + 270
    assert "And 71 more." in text_of(answer)
