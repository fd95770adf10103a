"""The register's page: learners × classes for the teachers of the course, and nobody else."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.models import (
    AccessLogEntry,
    Account,
    Course,
    CourseRole,
    CourseRoom,
    Enrolment,
    IgnoredSession,
    PresenceCorrection,
    PresenceRule,
    Room,
    RoomSession,
)
from reports.views.moodle import register as view
from tests import course_factories, factories
from tests.factories import START
from tests.views.conftest import signed_in

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RANGE = {"from": "2026-01-01", "to": "2026-01-31", "tz": "Europe/Berlin"}


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def room(account: Account) -> Room:
    return factories.room(account)


@pytest.fixture
def course(account: Account, room: Room) -> Course:
    """Two learners and a class in which one of them, staff and a stranger were."""
    site = course_factories.moodle_site(account)
    found = course_factories.course(site, [room], roster_asked_at=START - DAY)
    enrol(found, 1, "Zoë <b>")
    enrol(found, 2, "Ben")
    enrol(found, 9, "Tina", kind="staff")
    rows = [(person(account, 1), 3240, 0), (person(account, 9), 3600, 0)]
    rows.append((factories.person(account, "x", name="Visitor"), 600, 0))
    factories.whole_session(room, rows)
    return found


def enrol(course: Course, number: int, name: str, **more: Any) -> Enrolment:
    seen = {"first_seen_at": START - 20 * DAY, "last_seen_at": START}
    values = {"user_name": f"s{number}", "name": name} | seen | more
    return course_factories.enrolment(course, str(number), **values)


def person(account: Account, number: int) -> Any:
    return factories.person(account, f"s{number}", name=f"Person {number}", email="")


@pytest.fixture
def teacher(course: Course) -> Client:
    client = Client()
    course_factories.came_from_moodle(client, course, CourseRole.TEACHER, "99")
    return client


def url(course: Course) -> str:
    return reverse("reports:register", args=[course.pk])


def text_of(answer: Any) -> str:
    """Return the page as it is read, pictures by their words, its spaces as one."""
    page = re.sub(r'<[^>]* aria-label="([^"]*)"[^>]*>', r" \1 ", answer.content.decode())
    page = re.sub(r"<[^>]+>", " ", page)
    return " ".join(unescape(page).replace("\xa0", " ").split())


def names(answer: Any) -> list[str]:
    return [row.line.name for row in answer.context["grid"].rows]


def test_a_teacher_sees_who_was_there_and_who_else(teacher: Client, course: Course) -> None:
    answer = teacher.get(url(course), RANGE)
    assert answer.status_code == 200
    text = text_of(answer)
    for words in (
        "Classes that began from Thu 1 Jan to Sat 31 Jan, times in Europe/Berlin.",
        "Present: at least 75 % of the class.",
        "Zoë <b> 100 % 1 of 1 54 min present ● 90 % 54 min",
        "Ben 0 % 0 of 1 absent ○ 1 0 min absent ○",
        "Everybody 50 % 1 of 2",
        "Visitor stranger 1 10 min",
        "Tina staff 1 1 h 00 min",
    ):
        assert words in text, words
    page = answer.content.decode()
    cue, learner = RoomSession.objects.get().cue_point_id, Enrolment.objects.get(name="Ben").pk
    assert f'href="class/{cue}/{learner}/?tz=Europe/Berlin"' in page
    assert f'href="class/{cue}/?tz=Europe/Berlin"' in page
    assert f'href="learner/{learner}/?from=2026-01-01&amp;to=2026-01-31' in page
    for page_behind in (f"class/{cue}/{learner}/", f"class/{cue}/", f"learner/{learner}/"):
        assert teacher.get(url(course) + page_behind, RANGE).status_code == 200, page_behind
    assert "Zoë <b>" not in page
    entry = AccessLogEntry.objects.earliest("pk")
    assert (entry.action, entry.detail) == ("viewed", {"register": True})


def test_a_class_adds_up_on_the_page(teacher: Client, course: Course) -> None:
    text = text_of(teacher.get(url(course), RANGE))
    # present, partly, absent, excused, unknown; there, missing, unknown, learners; the others
    assert "1 Mon 12 Jan, 10:00 1 0 1 0 0 1 1 0 2 1 1 3 0" in text


def test_it_is_there_for_nobody_else(course: Course) -> None:
    Course.objects.update(learners_see_own=True)
    other = course_factories.course(course.site, course_id="8")
    learner, colleague = Client(), Client()
    course_factories.came_from_moodle(learner, course, CourseRole.LEARNER, "1")
    course_factories.came_from_moodle(colleague, other, CourseRole.TEACHER, "98")
    for client in (learner, colleague, signed_in(factories.outsider())):
        assert client.get(url(course)).status_code == 404
    assert Client().get(url(course)).status_code == 302
    assert signed_in(factories.administrator()).get(url(course)).status_code == 200


@pytest.mark.parametrize(
    "query", [{"sort": "email"}, {"from": "x"}, {"tz": "Mars"}, {"page": "0"}, {"to": "2020-01-01"}]
)
def test_an_address_that_can_t_be_read_is_refused_with_the_form(
    teacher: Client, course: Course, query: dict[str, str]
) -> None:
    answer = teacher.get(url(course), RANGE | query)
    assert answer.status_code == 400
    text = text_of(answer)
    assert "Please correct what is marked below" in text
    assert "Ben" not in text


def test_rows_are_sorted_and_paged_and_sums_are_of_everybody(
    teacher: Client, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20, 31):
        enrol(course, number, f"Learner {number}")

    def shown(**query: str) -> list[str]:
        return names(teacher.get(url(course), RANGE | query))

    assert shown()[0] == "Ben"
    assert shown(sort="-share")[0] == "Zoë <b>"
    assert shown(sort="-time")[0] == "Zoë <b>"
    assert (
        'aria-sort="descending"'
        in teacher.get(url(course), RANGE | {"sort": "-share"}).content.decode()
    )
    monkeypatch.setattr(view, "MOST_CELLS", 1)  # ten learners a page at least
    assert (len(shown()), len(shown(page="2"))) == (10, 3)
    second = teacher.get(url(course), RANGE | {"page": "2"})
    assert "Everybody 8 % 1 of 13" in text_of(second)


def test_queries_do_not_grow_with_learners_and_classes(
    teacher: Client, course: Course, room: Room, account: Account
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert teacher.get(url(course), RANGE).status_code == 200
        return len(found)

    teacher.get(url(course), RANGE)
    before = queries()
    for number in range(20, 26):
        enrol(course, number, f"Learner {number}")
        one = person(account, number)
        made = factories.whole_session(room, [(one, 3600, 0)], START + number * HOUR)
        PresenceCorrection.objects.create(
            account=account,
            course=course,
            cue_point_id=made.cue_point_id,
            moodle_user_id=str(number),
            presence="excused",
        )
    assert queries() <= before


def test_a_correction_says_who_and_why_and_is_told_apart_once_contradicted(
    teacher: Client, course: Course, account: Account
) -> None:
    values = {
        "account": account,
        "course": course,
        "cue_point_id": RoomSession.objects.get().cue_point_id,
        "moodle_user_id": "2",
        "presence": "excused",
        "reason": "At the <doctor>",
        "made_by": factories.teacher("ada", first_name="Ada", last_name="Host"),
    }
    first = PresenceCorrection.objects.create(**values, computed_mark="absent")
    answer = teacher.get(url(course), RANGE)
    text = text_of(answer)
    assert "excused E corrected * Marked excused by Ada Host" in text
    assert "“At the <doctor>”. Computed: absent." in text
    assert "<doctor>" not in answer.content.decode()
    PresenceCorrection.objects.filter(pk=first.pk).delete()
    PresenceCorrection.objects.create(**values, computed_mark="present")
    assert "Data that came later says: absent." in text_of(teacher.get(url(course), RANGE))


def test_the_rule_says_whose_it_is(teacher: Client, course: Course) -> None:
    assert "the rule that counts until somebody sets one" in text_of(teacher.get(url(course)))
    PresenceRule.objects.create(site=course.site, version=4, minutes=10, share_percent=None)
    assert "the site's rule, version 4" in text_of(teacher.get(url(course)))
    PresenceRule.objects.create(course=course, site=course.site, version=2, share_percent=95)
    text = text_of(teacher.get(url(course), RANGE))
    assert "Present: at least 95 % of the class." in text
    assert "version 2 of the course's rule" in text
    assert "absent ○ 90 % 54 min" in text


def test_what_is_in_no_figure_is_named(
    teacher: Client, course: Course, room: Room, account: Account
) -> None:
    ignored = factories.whole_session(room, [], START + DAY)
    IgnoredSession.objects.create(
        account=account, course=course, cue_point_id=ignored.cue_point_id, reason="A test"
    )
    stray = factories.room(account, "Group 1", parent=room)
    factories.whole_session(stray, [], START + 2 * DAY)
    factories.unknown_session(room, START + 3 * DAY)
    open_ = factories.whole_session(room, [], START + 4 * DAY, length_seconds=None)
    at = START + 5 * DAY
    soon = factories.whole_session(room, [], at, facts_asked_at=at + timedelta(hours=1))
    answer = teacher.get(url(course), RANGE)
    assert "1 class ended so shortly before Kaltura was asked" in text_of(answer)
    assert "Nobody knows how long 1 class was" in text_of(answer)
    assert f"time={open_.cue_point_id}#class-time" in answer.content.decode()
    RoomSession.objects.filter(pk__in=[open_.pk, soon.pk]).delete()
    text = text_of(teacher.get(url(course), RANGE))
    assert "Ignored session: Tue 13 Jan, 10:00–11:00. “A test”" in text
    assert "1 breakout belongs to no class" in text
    assert "Of 1 class attendances are not whole, so nobody counts as absent in it." in text
    assert "0 0 0 0 2 unknown unknown unknown 2 unknown" in text


def test_without_rooms_a_roster_or_classes_the_page_says_what_to_do(
    teacher: Client, course: Course
) -> None:
    earlier = teacher.get(url(course), RANGE | {"from": "2025-11-01", "to": "2025-11-30"})
    assert "The latest session of this course started on Mon 12 Jan" in text_of(earlier)
    assert "to=2026-01-12" in earlier.content.decode()
    Enrolment.objects.all().delete()
    Course.objects.update(roster_asked_at=None)
    text = text_of(teacher.get(url(course), RANGE))
    assert "No roster yet" in text
    assert "nobody counts as absent" in text
    assert "Visitor stranger 1" in text
    CourseRoom.objects.update(undone_at=START)
    assert "This course has no room yet" in text_of(teacher.get(url(course), RANGE))


def test_a_course_leads_to_its_register(teacher: Client, course: Course) -> None:
    page = teacher.get(reverse("reports:course", args=[course.pk])).content.decode()
    assert f'href="{url(course)}"' in page
    bar = teacher.get(url(course), RANGE, headers={"sec-fetch-dest": "iframe"}).content.decode()
    assert f'<a href="{url(course)}" aria-current="page">Register</a>' in bar
