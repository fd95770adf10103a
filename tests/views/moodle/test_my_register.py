"""A learner's own row of the register: all of theirs, and nothing of anybody else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.access import viewer_of
from reports.models import (
    AccessLogEntry,
    Account,
    Course,
    CourseRole,
    Enrolment,
    IdentityLink,
    IgnoredSession,
    MergedSession,
    PartCheck,
    Person,
    PresenceCorrection,
    PresenceRule,
    Room,
    RoomSession,
    SessionPart,
)
from tests import course_factories, factories
from tests.factories import START

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# Whatever of this stands on the learner's page is a leak.
OTHERS = ("Ophelia", "Hidden", "ophelia", "Stranger", "grandmother", "Tina", "Group 1", "1_cue")


@dataclass(frozen=True)
class Taught:
    account: Account
    course: Course
    room: Room
    own: Person
    sessions: list[RoomSession]
    client: Client  # the learner 5, in two of four classes

    def get(self, **query: object) -> Any:
        address = reverse("reports:my-attendance", args=[self.course.pk])
        return self.client.get(f"{address}?{urlencode({'tz': 'UTC'} | query)}")


@pytest.fixture(autouse=True)
def this_year() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(START + timedelta(days=60), tick=False):
        yield


@pytest.fixture
def taught(db: None) -> Taught:
    account = factories.account()
    room = factories.room(account, "Anatomy hall")
    group = factories.room(account, "Group 1", parent=room)
    site = course_factories.moodle_site(account)
    course = course_factories.course(
        site,
        [room],
        roster_asked_at=START + 30 * DAY,
        starts_at=START - DAY,
        learners_see_own=True,
    )
    enrol(course, "5", "Leo Learner", user_name="u5")
    enrol(course, "6", "Other Ophelia", user_name="ophelia")
    own = factories.person(account, "u5", name="Leo Learner")
    other = factories.person(account, "ophelia", name="Other Ophelia")
    stranger = factories.person(account, "x", name="Stranger")
    told = {"host_name": "Hidden Host", "initiator": "Hidden Opener"}
    rows = [
        [(own, 3000, 1500), (other, 3600, 3600)],
        [(own, 600, 0), (other, 3600, 0), (stranger, 3600, 0)],
        [(other, 3600, 0)],
        [(other, 3600, 0)],
    ]
    sessions = [
        factories.whole_session(room, some, START + n * DAY, cue_point_id=f"1_cue{n}", **told)
        for n, some in enumerate(rows)
    ]
    factories.whole_session(
        group,
        [(own, 300, 300), (other, 900, 0)],
        START + 5 * MINUTE,
        main_session=sessions[0],
        **told,
    )
    client = Client()
    course_factories.came_from_moodle(client, course, CourseRole.LEARNER)  # as 5
    return Taught(account, course, room, own, sessions, client)


def enrol(course: Course, subject: str, name: str, **more: object) -> Enrolment:
    seen = {"first_seen_at": START - 5 * DAY, "last_seen_at": START + 30 * DAY}
    return course_factories.enrolment(course, subject, name=name, **seen | more)


def correct(taught: Taught, day: int, subject: str, presence: str, reason: str) -> None:
    teacher = factories.teacher(f"t{day}{subject}", first_name="Tina", last_name="Teacher")
    PresenceCorrection.objects.create(
        account=taught.account,
        course=taught.course,
        cue_point_id=taught.sessions[day].cue_point_id,
        moodle_user_id=subject,
        presence=presence,
        reason=reason,
        made_by=teacher,
    )


def rule(course: Course, **values: object) -> None:
    by = factories.teacher(f"maker{values}", first_name="Tina", last_name="Teacher")
    PresenceRule.objects.create(
        site=course.site, course=course, version=2, made_by=by, **{"share_percent": 75} | values
    )


def text_of(answer: Any) -> str:
    return " ".join(unescape(answer.content.decode()).replace("\xa0", " ").split())


def test_own_classes_are_listed_with_those_missed(taught: Taught) -> None:
    answer = taught.get()
    assert answer.status_code == 200
    own = answer.context["own"]
    found = [(one.starts_at.day, one.mark, one.seconds, one.share) for one in own.classes]
    assert found == [
        (15, "absent", 0, 0.0),
        (14, "absent", 0, 0.0),
        (13, "absent", 600, 600 / 3600),
        (12, "present", 3300, 3300 / 3600),
    ]
    assert (own.tally.share, own.seconds) == (0.25, 3900)
    assert own.classes[-1].engagement == 1800 / 3300
    text = text_of(answer)
    for words in (
        "Mon 12 Jan, 09:00–10:00",
        "5 min of it in breakouts",
        "1 of 4 classes that count",
        "Present: at least 75 % of the class.",
        "Nobody has set another rule.",
        "Talk to your teacher.",
        "What “Classes attended” means",
        "Time in breakouts is added to the time in class.",
    ):
        assert words in text, words


def test_nothing_is_said_of_anybody_else(taught: Taught) -> None:
    rule(taught.course, required_percent=80)
    correct(taught, 2, "6", "excused", "her grandmother died")
    correct(taught, 2, "5", "excused", "ill")
    IdentityLink.objects.create(
        account=taught.account,
        course=taught.course,
        site=taught.course.site,
        person_key="u:x",
        moodle_user_id="6",
    )
    text = text_of(taught.get())
    assert "ill" in text
    assert not [name for name in OTHERS if name in text]
    for page in ("/sessions/", "/rooms/", "/attendees/", "/register/", "/people/"):
        assert page not in text
    before = text.partition("<main")[2]
    # Nor does the page change with what others do.
    Person.objects.filter(user_id="ophelia").delete()
    taught.course.enrolments.filter(moodle_user_id="6").delete()
    PresenceCorrection.objects.filter(moodle_user_id="6").delete()
    assert text_of(taught.get()).partition("<main")[2] == before


def test_two_learners_have_two_pages(taught: Taught) -> None:
    correct(taught, 1, "5", "excused", "ill with measles")
    correct(taught, 2, "6", "absent", "slept")
    other = Client()
    course_factories.came_from_moodle(other, taught.course, CourseRole.LEARNER, "6")
    address = reverse("reports:my-attendance", args=[taught.course.pk])
    text = text_of(other.get(f"{address}?tz=UTC"))
    assert "slept" in text
    assert "measles" not in text
    assert "3 of 4 classes that count" in text
    assert "Leo" not in text


def test_a_learner_of_another_course_or_site_gets_404(taught: Taught) -> None:
    other = course_factories.course(taught.course.site, course_id="8", learners_see_own=True)
    far_site = course_factories.moodle_site(taught.account, "https://far.example.org")
    far = course_factories.course(far_site, [taught.room], learners_see_own=True)
    address = reverse("reports:my-attendance", args=[taught.course.pk])
    for course in (other, far):
        client = Client()
        course_factories.came_from_moodle(client, course, CourseRole.LEARNER, "5")
        answer = client.get(address)
        # The id 5 of another site is somebody else; the same person came to another course only.
        assert answer.status_code == 404


def test_while_it_is_switched_off_there_is_nothing(taught: Taught) -> None:
    user = taught.client.get("/courses/").wsgi_request.user
    viewer = viewer_of(user, taught.client.session)
    assert viewer.sessions_for_learner(taught.course).count() == 5
    Course.objects.update(learners_see_own=False)
    assert not viewer.sessions_for_learner(taught.course).exists()
    assert taught.get().status_code == 404


def test_a_teacher_has_no_sessions_as_a_learner(taught: Taught) -> None:
    client = Client()
    user = course_factories.came_from_moodle(client, taught.course, CourseRole.TEACHER, "9")
    viewer = viewer_of(user, client.session)
    assert not viewer.sessions_for_learner(taught.course).exists()
    assert viewer.sessions().exists()


def test_corrections_come_with_their_reason_and_what_stands_without_them(taught: Taught) -> None:
    correct(taught, 2, "5", "excused", "ill <b>since</b> Monday")
    correct(taught, 3, "5", "present", "")
    answer = taught.get()
    text = text_of(answer)
    assert "Your teacher marked this “excused” on" in text
    assert "ill <b>since</b> Monday" in text
    assert "ill &lt;b&gt;since" in answer.content.decode()
    assert "By the rule alone: absent." in text
    assert "2 of 3 classes that count" in text
    assert "1 excused" in text


def test_the_rule_is_told_with_version_and_what_may_still_be_missed(taught: Taught) -> None:
    rule(taught.course, required_percent=50, planned_classes=10)
    text = text_of(taught.get())
    for words in (
        "50 % of the classes have to be attended.",
        "Rule of this course, version 2, since",
        "of 6 classes that are left",
    ):
        assert words in text, words
    assert taught.get().context["may_miss"] == "2"
    PresenceRule.objects.all().delete()
    rule(taught.course, required_percent=80, planned_classes=6)
    text = text_of(taught.get())
    assert "out of reach" in text
    assert "at most 50 % can be reached" in text
    # Of part of the classes nothing is said about those left.
    assert "out of reach" not in text_of(taught.get(**{"from": "2026-01-13"}))


def test_a_second_sign_in_is_added_and_merged_and_ignored_sessions_are_said(
    taught: Taught,
) -> None:
    guest = factories.person(taught.account, "", name="Leo at home", is_placeholder=True)
    factories.attendance(taught.sessions[1], guest, 2400, 0)
    common = {"account": taught.account, "course": taught.course}
    IdentityLink.objects.create(
        **common, site=taught.course.site, person_key=guest.key, moodle_user_id="5"
    )
    cues = [session.cue_point_id for session in taught.sessions]
    MergedSession.objects.create(**common, cue_point_id=cues[2], into_cue_point_id=cues[1])
    IgnoredSession.objects.create(**common, cue_point_id=cues[3])
    answer = taught.get()
    [merged, first] = answer.context["own"].classes
    assert (merged.seconds, merged.length_seconds, merged.parts) == (3000, 7200, 2)
    assert (merged.identities, first.identities) == (2, 1)
    text = text_of(answer)
    assert "2 sign-ins of yours added up" in text
    assert "2 sessions that count as one class" in text
    assert "1 session of these days counts as no class" in text


def test_what_is_unknown_is_said_with_its_reason(taught: Taught) -> None:
    factories.unknown_session(taught.room, START + 5 * DAY)
    factories.whole_session(taught.room, [], START + 6 * DAY, length_seconds=None)
    end = START + 7 * DAY + 60 * MINUTE
    factories.whole_session(taught.room, [], START + 7 * DAY, facts_asked_at=end + MINUTE)
    own = taught.get().context["own"]
    assert [one.why_unknown for one in own.classes] == ["late", "open", "not_whole", *[""] * 4]
    assert [(one.seconds, one.share) for one in own.classes[:3]] == [(None, None)] * 3
    assert own.classes[3].seconds == 0
    text = text_of(taught.get())
    for words in (
        "Not known yet",
        "never closed",
        "are not all here yet",
        "ended a short while ago",
    ):
        assert words in text, words
    taught.course.enrolments.update(first_seen_at=START + DAY)
    own = taught.get().context["own"]
    assert own.classes[-1].mark == "present"  # was there, whoever was enrolled
    taught.course.enrolments.update(first_seen_at=START + 3 * DAY)
    own = taught.get().context["own"]
    assert own.classes[-3].why_unknown == "enrolment"


def test_what_is_in_doubt_or_left_out_is_said_beside_an_absence(taught: Taught) -> None:
    doubted = {"asked_at": START + 9 * DAY, "check_result": PartCheck.MISMATCH}
    day = factories.tile(taught.account, START + 2 * DAY)
    SessionPart.objects.create(session=taught.sessions[2], tile=day, **doubted)
    group = Room.objects.get(name="Group 1")
    factories.whole_session(group, [(taught.own, 3600, 0)], START + 3 * DAY)  # of no session
    answer = taught.get()
    assert [one.mark for one in answer.context["own"].classes[:2]] == ["absent", "absent"]
    text = text_of(answer)
    assert text.count("Kaltura's reports disagree about this class") == 1
    assert "1 breakout of these days belongs to no class yet" in text
    assert "Group 1" not in text


def test_of_somebody_erased_nothing_is_held(taught: Taught) -> None:
    correct(taught, 2, "5", "excused", "ill with measles")
    taught.course.enrolments.filter(moodle_user_id="5").update(erased_at=START, name="")
    answer = taught.get()
    assert answer.context["own"].classes == ()
    text = text_of(answer)
    assert "Nothing is held about you" in text
    for words in ("measles", "12 Jan, 09", "Anatomy hall"):
        assert words not in text


def test_who_is_in_no_roster_sees_the_sessions_they_were_in(taught: Taught) -> None:
    Enrolment.objects.filter(moodle_user_id="5").delete()
    answer = taught.get()
    assert "own" not in answer.context
    assert [row.attendee.view_seconds for row in answer.context["rows"]] == [600, 300, 3000]
    Enrolment.objects.all().delete()
    enrol(taught.course, "5", "Leo Learner", kind="staff")
    assert "own" not in taught.get().context


def test_the_row_is_found_by_moodles_id_alone(taught: Taught) -> None:
    # Somebody else of the course with the same user name, as a name may be given anew.
    taught.course.enrolments.filter(moodle_user_id="5").update(moodle_user_id="77")
    assert "own" not in taught.get().context


@pytest.mark.parametrize("query", [{"page": 0}, {"tz": "Nowhere"}, {"from": "x"}])
def test_an_address_that_can_not_be_read_is_refused_with_the_form(
    taught: Taught, query: dict[str, object]
) -> None:
    answer = taught.get(**query)
    assert answer.status_code == 400
    text = text_of(answer)
    assert "Please correct what is marked below" in text
    assert "Anatomy hall" not in text
    assert not AccessLogEntry.objects.filter(action="viewed").exists()


def test_without_a_class_the_page_says_so(taught: Taught) -> None:
    assert "No class in these days" in text_of(taught.get(**{"from": "2026-02-01"}))


def test_the_queries_are_the_same_few_for_any_number_of_classes(
    taught: Taught, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    taught.get()
    with django_assert_max_num_queries(40) as queries:
        taught.get()
    few = len(queries)
    for n in range(4, 56):
        factories.whole_session(taught.room, [(taught.own, 60, 30)], START + n * DAY)
    with django_assert_max_num_queries(few):
        answer = taught.get(page=2)
    assert len(answer.context["table"].rows) == 6
