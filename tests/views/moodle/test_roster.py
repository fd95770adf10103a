"""The roster's page and its buttons: for the teachers of the course, and nobody else."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.definitions import ROSTER_ERRORS
from reports.models import AccessLogEntry, Course, CourseRole, Enrolment, MoodleSite
from reports.moodle.services import ServiceRefused
from tests import course_factories, factories
from tests.factories import START
from tests.views.conftest import signed_in
from tests.views.files import body_of

DAY = timedelta(days=1)
LATEST = START + 7 * DAY


@pytest.fixture
def course(db: None) -> Course:
    """A course with a roster of two learners and a teacher, and one who left."""
    site = course_factories.moodle_site(factories.account())
    found = course_factories.course(site, roster_asked_at=LATEST, memberships_url="https://x")
    enrol(found, "11", "Ana <b>", "ana")
    enrol(found, "12", "Ben", "ben")
    enrol(found, "13", "Cleo", "cleo", kind="staff")
    enrol(found, "14", "Dan", "dan", last_seen_at=START)
    return found


def enrol(course: Course, user: str, name: str, user_name: str, **more: Any) -> Enrolment:
    values = {"last_seen_at": LATEST, "email": f"{user_name}@example.org"} | more
    return course_factories.enrolment(course, user, name=name, user_name=user_name, **values)


@pytest.fixture
def teacher(course: Course) -> Client:
    """Somebody who opened the course as its teacher."""
    client = Client()
    user = course_factories.came_from_moodle(client, course, CourseRole.TEACHER, "99")
    user.first_name, user.last_name = "Tina", "Teacher"
    user.save()
    return client


def url(course: Course, page: str = "", *more: int) -> str:
    return reverse(f"reports:roster{page}", args=[course.pk, *more])


def text_of(answer: Any) -> str:
    """Return the page as it is read, its spaces as one."""
    page = re.sub(r"<[^>]+>", " ", answer.content.decode().replace("<wbr>", ""))
    return " ".join(unescape(page).replace("\xa0", " ").split())


def key(course: Course, user: str) -> int:
    return Enrolment.objects.get(course=course, moodle_user_id=user).pk


def post(client: Client, course: Course, page: str, *more: int, **fields: Any) -> Any:
    return client.post(url(course, page, *more), fields, follow=True)


def log() -> list[tuple[str, dict[str, Any]]]:
    entries = AccessLogEntry.objects.exclude(action="viewed").order_by("pk")
    return [(it.action, it.detail) for it in entries]


# The page ------------------------------------------------------------------------------------------


def test_a_teacher_sees_who_is_enrolled_and_why(teacher: Client, course: Course) -> None:
    answer = teacher.get(url(course))
    assert answer.status_code == 200
    text = text_of(answer)
    for words in ("Ana <b>", "ben@example.org", "as Moodle lists them", "Dan left"):
        assert words in text
    assert "Learners enrolled" in text
    counts = answer.context["counts"]
    assert (counts.learners, counts.staff, counts.left) == (2, 1, 1)


def test_looking_is_written_down(teacher: Client, course: Course) -> None:
    teacher.get(url(course))
    line = AccessLogEntry.objects.get()
    assert line.action == "viewed"
    assert line.target == f"roster of course 7 of {course.site.issuer}"


@pytest.mark.parametrize("page", ["", "-csv", "-xlsx"])
def test_it_is_there_for_nobody_else(course: Course, page: str) -> None:
    other = course_factories.course(course.site, course_id="8")
    elsewhere = course_factories.moodle_site(factories.account("far"), "https://far.example.org")
    far = course_factories.course(elsewhere, course_id="7")
    learner, colleague, far_admin = Client(), Client(), Client()
    Course.objects.update(learners_see_own=True)
    course_factories.came_from_moodle(learner, course, CourseRole.LEARNER, "11")
    course_factories.came_from_moodle(colleague, other, CourseRole.TEACHER, "98")
    course_factories.came_from_moodle(far_admin, far, CourseRole.SITE_ADMINISTRATOR, "2")
    clients = (learner, colleague, far_admin, signed_in(factories.teacher()))
    for client in clients:
        assert client.get(url(course, page)).status_code == 404
        for action in ("-ask", "-mark-several", "-backdate"):
            fields = {"kind": "staff", "how": "undo", "people": [key(course, "11")]}
            assert client.post(url(course, action), fields).status_code == 404
        assert client.post(url(course, "-mark", key(course, "11"))).status_code == 404
    assert Client().get(url(course, page)).status_code == 302
    assert not Enrolment.objects.exclude(marked_kind="").exists()


def test_administrators_of_the_site_and_of_rollcall_see_it(course: Course) -> None:
    of_site = Client()
    other = course_factories.course(course.site, course_id="8")
    course_factories.came_from_moodle(of_site, other, CourseRole.SITE_ADMINISTRATOR, "2")
    for client in (of_site, signed_in(factories.administrator())):
        assert client.get(url(course)).status_code == 200


def test_filters_search_and_order_stand_in_the_address(teacher: Client, course: Course) -> None:
    def shown(**query: str) -> list[str]:
        return [
            row.record.user_name for row in teacher.get(url(course), query).context["table"].rows
        ]

    assert shown() == ["ana", "ben", "cleo", "dan"]
    assert shown(sort="-name") == ["dan", "cleo", "ben", "ana"]
    assert shown(who="left") == ["dan"]
    assert shown(who="staff") == ["cleo"]
    assert shown(search="example ben") == ["ben"]
    nobody = teacher.get(url(course), {"search": "nobody"})
    assert "Nobody fits" in text_of(nobody)


@pytest.mark.parametrize(
    "query", [{"sort": "password"}, {"who": "x"}, {"tz": "Mars"}, {"page": "0"}]
)
def test_an_address_that_can_t_be_read_is_refused(
    teacher: Client, course: Course, query: dict[str, str]
) -> None:
    answer = teacher.get(url(course), query)
    assert answer.status_code == 400
    assert "Ana" not in text_of(answer)
    assert teacher.get(url(course, "-csv"), query).status_code == 400


def test_a_roster_takes_as_many_queries_however_long_it_is(
    teacher: Client, course: Course, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    teacher.get(url(course))
    for n in range(60):
        enrol(course, f"5{n}", f"Name {n}", f"n{n}")
    with django_assert_max_num_queries(14):
        answer = teacher.get(url(course))
    assert len(answer.context["table"].rows) == 50
    assert len(teacher.get(url(course), {"page": "2"}).context["table"].rows) == 14


def test_the_file_holds_the_rows_of_the_page(teacher: Client, course: Course) -> None:
    text = body_of(teacher.get(url(course, "-csv"), {"who": "learner", "tz": "UTC"})).decode()
    head, *rows = text.lstrip("\ufeff").splitlines()
    assert head.startswith("Name,User name,E-mail,Id number,Moodle user id,Kind,Why")
    assert [row.partition(",")[0] for row in rows] == ["Ana <b>", "Ben"]
    assert "2026-01-12 09:00:00" in rows[0]
    assert log()[-1][0] == "exported"
    workbook = teacher.get(url(course, "-xlsx"))
    assert workbook.status_code == 200


def test_a_file_defuses_formulas(teacher: Client, course: Course) -> None:
    enrol(course, "15", "=cmd|' /C calc'!A0", "x")
    assert "\n=cmd" not in body_of(teacher.get(url(course, "-csv"))).decode()


# How the roster stands -----------------------------------------------------------------------------


def test_before_the_first_roster_the_page_says_what_is_unknown(
    teacher: Client, course: Course
) -> None:
    Enrolment.objects.all().delete()
    Course.objects.update(roster_asked_at=None, roster_tried_at=None)
    text = text_of(teacher.get(url(course)))
    assert "No roster yet" in text
    assert "asked for within the minute" in text
    assert "nobody counts as absent" in text


@pytest.mark.parametrize("reason", ROSTER_ERRORS)
def test_each_failure_is_said_with_what_to_do(teacher: Client, course: Course, reason: str) -> None:
    Course.objects.update(roster_error=reason, roster_failed_at=LATEST + DAY)
    text = text_of(teacher.get(url(course)))
    assert str(ROSTER_ERRORS[reason].sentence) in text
    assert str(ROSTER_ERRORS[reason].advice) in text
    assert "What was known before stays." in text
    assert "Ben" in text


def test_an_emptied_course_is_explained(teacher: Client, course: Course) -> None:
    Enrolment.objects.filter(kind="learner").update(last_seen_at=START)
    assert "If the course was reset in Moodle" in text_of(teacher.get(url(course)))


def test_hidden_names_are_explained(teacher: Client, course: Course) -> None:
    Enrolment.objects.filter(moodle_user_id="11").update(name="")
    Enrolment.objects.filter(moodle_user_id="12").update(name="", user_name="")
    text = text_of(teacher.get(url(course)))
    assert "Of 2 people Moodle tells no name" in text
    assert "Moodle user 12 Moodle tells no name" in text


def test_a_shared_address_is_marked(teacher: Client, course: Course) -> None:
    Enrolment.objects.filter(moodle_user_id="12").update(email="ANA@example.org")
    assert text_of(teacher.get(url(course))).count("shared with somebody else") == 2


def test_an_erased_person_is_called_so(teacher: Client, course: Course) -> None:
    Enrolment.objects.filter(moodle_user_id="12").update(
        name="", user_name="", email="", erased_at=START
    )
    assert "Moodle user 12 erased" in text_of(teacher.get(url(course)))


# Buttons -------------------------------------------------------------------------------------------


def test_nothing_but_a_post_changes_anything(teacher: Client, course: Course) -> None:
    for action in ("-ask", "-mark-several", "-backdate"):
        assert teacher.get(url(course, action)).status_code == 405
    assert teacher.get(url(course, "-mark", key(course, "11"))).status_code == 405


def test_a_mark_and_taking_it_back(teacher: Client, course: Course) -> None:
    answer = post(teacher, course, "-mark", key(course, "11"), kind="staff")
    assert "1 person is marked as staff." in text_of(answer)
    assert "marked by Tina Teacher" in text_of(answer)
    ana = Enrolment.objects.get(moodle_user_id="11")
    assert (ana.marked_kind, ana.kind) == ("staff", "learner")
    assert ana.marked_at is not None
    post(teacher, course, "-mark", key(course, "11"), kind="listed")
    ana.refresh_from_db()
    assert (ana.marked_kind, ana.marked_by, ana.marked_at) == ("", None, None)
    assert log() == [
        ("marked", {"as": "staff", "moodle_users": ["11"]}),
        ("marked", {"as": "listed", "moodle_users": ["11"]}),
    ]


def test_several_are_marked_at_once(teacher: Client, course: Course) -> None:
    chosen = [key(course, user) for user in ("11", "13")]
    answer = post(teacher, course, "-mark-several", kind="staff", people=chosen)
    assert "2 people are marked as staff." in text_of(answer)
    assert Enrolment.objects.filter(marked_kind="staff").count() == 2


def test_who_is_of_another_course_is_not_marked(teacher: Client, course: Course) -> None:
    other = course_factories.course(course.site, course_id="8")
    far = enrol(other, "11", "Ana", "ana")
    assert teacher.post(url(course, "-mark", far.pk), {"kind": "staff"}).status_code == 404
    post(teacher, course, "-mark-several", kind="staff", people=[far.pk])
    post(teacher, course, "-backdate", how="set", people=[far.pk], counted_on="2026-01-01")
    far.refresh_from_db()
    assert (far.marked_kind, far.counted_from) == ("", None)
    assert log() == []


@pytest.mark.parametrize("page", ["-mark-several", "-backdate"])
def test_nobody_chosen_is_said(teacher: Client, course: Course, page: str) -> None:
    fields = {"kind": "staff", "how": "set", "counted_on": "2026-01-01"}
    assert "Nobody was chosen" in text_of(post(teacher, course, page, **fields))
    assert log() == []


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("-mark-several", {"kind": "boss"}),
        ("-mark-several", {}),
        ("-mark-several", {"kind": "staff", "people": ["x"]}),
        ("-mark-several", {"kind": "staff", "people": ["١"]}),
        ("-backdate", {"how": "set", "everybody": "1", "people": ["x"]}),
        ("-backdate", {"how": "x", "everybody": "1"}),
    ],
)
def test_what_can_t_be_read_changes_nothing(
    teacher: Client, course: Course, page: str, fields: dict[str, Any]
) -> None:
    assert teacher.post(url(course, page), fields).status_code == 400
    assert log() == []


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("", "Enter a day such as"),
        ("2026-02-30", "Enter a day such as"),
        ("1999-01-01", "Enter a day from 2015"),
        ("tomorrow", "This day is still to come."),
    ],
)
def test_a_day_that_can_t_be_is_said(teacher: Client, course: Course, day: str, words: str) -> None:
    if day == "tomorrow":
        day = str((datetime.now(UTC) + 2 * DAY).date())
    fields = {"how": "set", "everybody": "1", "counted_on": day}
    answer = post(teacher, course, "-backdate", **fields)
    assert answer.redirect_chain == [(url(course), 302)]
    assert words in text_of(answer)
    assert log() == []


def test_one_is_dated_back_visibly_and_undone(teacher: Client, course: Course) -> None:
    shown = {"shown": "tz=Europe%2FBerlin"}
    fields = {"how": "set", "people": [key(course, "11")], "counted_on": "2025-10-01"} | shown
    answer = post(teacher, course, "-backdate", **fields)
    ana = Enrolment.objects.get(moodle_user_id="11")
    assert ana.counted_from == datetime(2025, 9, 30, 22, tzinfo=UTC)  # midnight in Berlin
    assert "dated back by Tina Teacher" in text_of(answer)
    assert Enrolment.objects.filter(counted_from__isnull=False).count() == 1
    post(teacher, course, "-backdate", how="undo", people=[ana.pk])
    ana.refresh_from_db()
    assert (ana.counted_from, ana.backdated_by) == (None, None)
    assert log() == [
        ("dated back", {"from": "2025-10-01", "people": 1}),
        ("dated back", {"from": "first listed", "people": 1}),
    ]


def test_everybody_is_dated_back_at_once(teacher: Client, course: Course) -> None:
    enrol(course, "16", "Eva", "eva", first_seen_at=datetime(2025, 9, 1, tzinfo=UTC))
    other = course_factories.course(course.site, course_id="8")
    enrol(other, "11", "Ana", "ana")
    fields = {"how": "set", "everybody": "1", "counted_on": "2025-10-01"}
    post(teacher, course, "-backdate", **fields)
    dated = Enrolment.objects.filter(counted_from__isnull=False)
    assert set(dated.values_list("moodle_user_id", flat=True)) == {"11", "12", "13", "14"}
    assert not dated.exclude(course=course).exists()
    post(teacher, course, "-backdate", how="undo", everybody="1")
    assert not dated.exists()


def test_the_course_s_first_day_is_suggested(teacher: Client, course: Course) -> None:
    Course.objects.update(starts_at=datetime(2025, 9, 1, tzinfo=UTC))
    answer = teacher.get(url(course), {"tz": "UTC"})
    assert 'value="2025-09-01"' in answer.content.decode()


def test_a_button_leads_back_to_the_list_as_it_was(teacher: Client, course: Course) -> None:
    shown = "who=staff&search=c&sort=-name&tz=UTC&page=1"
    fields = {"kind": "staff", "shown": shown}
    answer = teacher.post(url(course, "-mark", key(course, "13")), fields)
    assert (
        answer.headers["Location"] == f"{url(course)}?who=staff&search=c&sort=-name&tz=UTC&page=1"
    )


@pytest.mark.parametrize("shown", ["sort=x", "//evil.example", "\x00", "a=b&" * 2000, "who=left#x"])
def test_what_is_no_list_leads_to_the_whole_one(
    teacher: Client, course: Course, shown: str
) -> None:
    fields = {"kind": "staff", "shown": shown}
    answer = teacher.post(url(course, "-mark", key(course, "13")), fields)
    assert answer.status_code == 302
    assert answer.headers["Location"] == url(course)


# Asking --------------------------------------------------------------------------------------------


def test_a_course_that_moodle_does_not_grant_says_so(teacher: Client, course: Course) -> None:
    Course.objects.update(memberships_url="")
    text = text_of(post(teacher, course, "-ask"))
    assert "Moodle does not let this tool ask who is enrolled. What was known stays" in text
    assert log() == [("asked Moodle", {"failed": "not_granted"})]
    assert Enrolment.objects.count() == 4


def test_a_second_click_does_not_ask_again(
    teacher: Client, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(course: Course, **_: Any) -> None:
        asked.append(course)
        raise ServiceRefused("unreachable")

    monkeypatch.setattr("reports.views.moodle.roster.ask_roster", refuse)
    assert "could not be reached" in text_of(post(teacher, course, "-ask"))
    assert "was asked a moment ago" in text_of(post(teacher, course, "-ask"))
    assert len(asked) == 1


def test_a_stopped_site_is_said_to_be(course: Course) -> None:
    MoodleSite.objects.update(is_active=False)
    text = text_of(post(signed_in(factories.administrator()), course, "-ask"))
    assert "has been stopped here" in text
