"""The page of a course's classes and its buttons."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import (
    AccessLogEntry,
    Account,
    ClassTime,
    CountedPart,
    Course,
    CourseRole,
    IgnoredSession,
    MergedSession,
    Room,
    RoomSession,
)
from tests import course_factories, factories
from tests.factories import START
from tests.queries.test_classes import held
from tests.views.conftest import signed_in
from tests.views.moodle.test_roster import text_of

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
RANGE = {"from": "2026-01-01", "to": "2026-02-28", "tz": "UTC"}
SERIES = {"weekday": "1", "begins": "09:00", "ends": "09:30", "in_room": ""} | {
    "first_on": "2026-01-01"
}
POSTS = ("merge", "ignore", "time", "series", "undo")


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def room(account: Account) -> Room:
    return factories.room(account, "Room <b>")


@pytest.fixture
def course(account: Account, room: Room) -> Course:
    site = course_factories.moodle_site(account)
    return course_factories.course(site, [room], starts_at=START)


@pytest.fixture
def teacher(course: Course) -> Client:
    client = Client()
    user = course_factories.came_from_moodle(client, course, CourseRole.TEACHER, "99")
    user.first_name, user.last_name = "Tina", "Teacher"
    user.save()
    return client


@pytest.fixture
def dropped(room: Room, account: Account) -> tuple[RoomSession, RoomSession]:
    """The host was away for five minutes; two of three people were in both."""
    people = [factories.person(account, f"p{n}") for n in range(3)]
    first = factories.whole_session(
        room, [(it, 600, 0) for it in people[:2]], length_seconds=20 * 60
    )
    again = START + 25 * MINUTE
    second = factories.whole_session(room, [(it, 600, 0) for it in people], again)
    return first, second


def url(course: Course, page: str = "") -> str:
    return reverse(f"reports:course-classes{'-' + page if page else ''}", args=[course.pk])


def show(client: Client, course: Course, **more: str) -> Any:
    return client.get(url(course), RANGE | more)


def post(client: Client, course: Course, page: str, **fields: Any) -> Any:
    shown = "&".join(f"{name}={text}" for name, text in RANGE.items())
    return client.post(url(course, page), {"shown": shown} | fields, follow=True)


def cues(*sessions: RoomSession) -> list[str]:
    return [it.cue_point_id for it in sessions]


def test_classes_are_listed_with_how_they_count(
    teacher: Client, course: Course, room: Room, dropped: tuple[RoomSession, RoomSession]
) -> None:
    held(room, START + 2 * DAY, None)
    answer = show(teacher, course)
    text = text_of(answer)
    assert "3 classes" in text
    assert "Mon 12 Jan, 09:00–09:20" in text
    assert "never closed, or still open: set a class time to make it count" in text
    assert "Room <b>" in text
    assert [line.one.cue_point_id for line in answer.context["lines"]][1:] == cues(*dropped)[::-1]


# Offers ----------------------------------------------------------------------------------------------


def test_an_offer_is_one_click_and_its_undo_another(
    teacher: Client, course: Course, dropped: tuple[RoomSession, RoomSession]
) -> None:
    text = text_of(show(teacher, course))
    assert "5 min between them; 2 of 3 people of the second were in the first too" in text
    assert not MergedSession.objects.exists()
    answer = post(teacher, course, "merge", session=cues(*dropped))
    text = text_of(answer)
    assert "These sessions count as one class now." in text
    assert "counts as one class by Tina Teacher" in text
    assert "1 class" in text
    assert "1 h 20 min" in text
    assert "5 min between them" not in text
    made = MergedSession.objects.get()
    assert (made.cue_point_id, made.into_cue_point_id) == tuple(cues(*dropped)[::-1])

    again = post(teacher, course, "merge", session=cues(*dropped))
    assert "They count as one class already" in text_of(again)
    assert MergedSession.objects.count() == 1

    assert "It was undone." in text_of(
        post(teacher, course, "undo", kind="merge", decision=[made.pk])
    )
    twice = post(teacher, course, "undo", kind="merge", decision=[made.pk])
    assert "It was undone already." in text_of(twice)
    assert "2 classes" in text_of(twice)


def test_what_may_be_no_class_is_offered_and_ignored_with_the_reason(
    teacher: Client, course: Course, room: Room, dropped: tuple[RoomSession, RoomSession]
) -> None:
    empty, short = held(room, START + DAY), held(room, START + 2 * DAY, 4)
    answer = show(teacher, course)
    assert [
        (it.classes[0].cue_point_id, it.evidence) for it in answer.context["ignore_offers"]
    ] == [
        (empty.cue_point_id, "nobody was there"),
        (short.cue_point_id, "nobody was there, it was shorter than five minutes"),
    ]
    assert not IgnoredSession.objects.exists()
    # The register counts the same offers, the two halves of the dropped class among them.
    register = reverse("reports:register", args=[course.pk])
    assert len(answer.context["merge_offers"]) == 1
    answer = teacher.get(register, RANGE)
    assert answer.context["offers"] == 3
    assert "3 questions: one class, or none?" in text_of(answer)
    text = text_of(post(teacher, course, "ignore", session=cues(empty, short), reason="a test"))
    assert "2 sessions do not count any more." in text
    assert "2 ignored sessions" in text
    assert "ignored by Tina Teacher" in text
    assert ": a test" in text
    again = post(teacher, course, "ignore", session=cues(empty))
    assert "ignored already" in text_of(again)
    assert IgnoredSession.objects.count() == 2
    one = IgnoredSession.objects.get(cue_point_id=empty.cue_point_id)
    assert "1 ignored session" in text_of(
        post(teacher, course, "undo", kind="ignore", decision=[one.pk])
    )


def test_all_classes_of_a_room_are_ignored_and_count_again_at_once(
    teacher: Client, course: Course, account: Account, dropped: tuple[RoomSession, RoomSession]
) -> None:
    assert show(teacher, course).context["by_room"] == []  # one room: nothing to choose from
    hours = factories.room(account, "Office hours")
    course_factories.course_room(course, hours)
    held_there = [held(hours, START + n * DAY) for n in (1, 2)]
    [office, room] = show(teacher, course).context["by_room"]
    assert (office.name, len(office.classes), len(room.classes)) == ("Office hours", 2, 2)
    text = text_of(post(teacher, course, "ignore", session=office.cue_point_ids, reason="hours"))
    assert "2 sessions do not count any more." in text
    assert "Office hours 0 classes, 2 ignored sessions" in text
    assert set(IgnoredSession.objects.values_list("cue_point_id", flat=True)) == set(
        cues(*held_there)
    )
    [office, _] = show(teacher, course).context["by_room"]
    again = post(teacher, course, "undo", kind="ignore", decision=list(office.ignored))
    assert "Office hours 2 classes" in text_of(again)


# By hand ---------------------------------------------------------------------------------------------


def test_classes_are_merged_by_hand_however_they_were_merged_before(
    teacher: Client, course: Course, room: Room
) -> None:
    sessions = [held(room, START + n * 3 * 60 * MINUTE) for n in range(4)]
    a, b, c, d = sessions
    post(teacher, course, "merge", session=cues(d, c))
    post(teacher, course, "merge", session=cues(a, b))
    answer = post(teacher, course, "merge", session=cues(b, d))
    [line] = answer.context["lines"]
    assert line.one.cue_point_ids == tuple(cues(a, b, c, d))


@pytest.mark.parametrize(
    ("which", "words"),
    [
        ("one", "Tick at least two sessions"),
        ("other room", "Only sessions of one room"),
        ("far", "begin within a day"),
        ("ignored", "An ignored session counts as no class"),
        ("breakout", "A breakout counts with the class that it is put to"),
    ],
)
def test_what_can_t_be_one_class_is_refused_and_the_ticks_are_kept(
    teacher: Client, course: Course, room: Room, account: Account, which: str, words: str
) -> None:
    first = held(room, START)
    other_room = factories.room(account, "Other")
    course_factories.course_room(course, other_room)
    group = factories.room(account, "Group", parent=room)
    second = {
        "one": lambda: first,
        "other room": lambda: held(other_room, START + 70 * MINUTE),
        "far": lambda: held(room, START + DAY + MINUTE),
        "ignored": lambda: held(room, START + 70 * MINUTE),
        "breakout": lambda: held(group, START + MINUTE, main_session=first),
    }[which]()
    if which == "ignored":
        post(teacher, course, "ignore", session=cues(second))
    answer = post(teacher, course, "merge", session=cues(first, second), reason="the <host> fell")
    assert answer.status_code == 400
    text = text_of(answer)
    assert words in text
    assert "Nothing was stored." in text
    page = answer.content.decode()
    assert re.search(rf'value="{first.cue_point_id}" id="session-[^"]+"[^>]* checked', page)
    assert 'value="the &lt;host&gt; fell"' in page
    assert not MergedSession.objects.exists()


def test_a_stray_breakout_is_put_to_a_class_of_its_room(
    teacher: Client, course: Course, room: Room, account: Account
) -> None:
    one = held(room, START)
    group = factories.room(account, "Group", parent=room)
    stray = held(group, START + 3 * 60 * MINUTE, 10)
    own = held(group, START + MINUTE, 10, main_session=one)
    answer = show(teacher, course)
    [listed] = answer.context["strays"]
    assert [it.cue_point_id for it in listed.classes] == cues(one)
    refused = post(teacher, course, "merge", session=cues(stray), into=own.cue_point_id)
    assert "A breakout can't count with another breakout." in text_of(refused)
    refused = post(teacher, course, "ignore", session=cues(stray))
    assert "it counts with its session" in text_of(refused)
    answer = post(teacher, course, "merge", session=cues(stray), into=one.cue_point_id)
    text = text_of(answer)
    assert "The breakout counts with that class now." in text
    assert "with 2 breakouts" in text
    assert "a breakout was put to it by Tina Teacher" in text
    assert answer.context["strays"] == []


# Class times -----------------------------------------------------------------------------------------


def test_sessions_that_aren_t_the_courses_are_not_there(
    teacher: Client, course: Course, room: Room, account: Account
) -> None:
    own = held(room, START)
    elsewhere = held(factories.room(account, "Elsewhere"), START + 70 * MINUTE)
    other = course_factories.course(course.site, [room], course_id="8")
    theirs = IgnoredSession.objects.create(
        account=account, course=other, cue_point_id=own.cue_point_id
    )
    times = {"begins": "2026-01-12T09:00", "ends": "2026-01-12T10:30"}
    for cue in (elsewhere.cue_point_id, "1_unknown"):
        for page, fields in (
            ("merge", {"session": [own.cue_point_id, cue]}),
            ("merge", {"session": [cue], "into": own.cue_point_id}),
            ("ignore", {"session": [cue]}),
            ("time", {"session": cue} | times),
        ):
            assert post(teacher, course, page, **fields).status_code == 404
    fields = {"kind": "ignore", "decision": [theirs.pk]}
    assert post(teacher, course, "undo", **fields).status_code == 404
    kinds = (MergedSession, CountedPart, ClassTime)
    assert not any(kind.objects.exists() for kind in kinds)
    assert IgnoredSession.objects.in_force().count() == 1


def test_it_is_there_for_nobody_else_and_changes_by_posts_alone(
    teacher: Client, course: Course, room: Room
) -> None:
    session = held(room, START)
    other = course_factories.course(course.site, course_id="8")
    learner, colleague = Client(), Client()
    course_factories.came_from_moodle(learner, course, CourseRole.LEARNER, "1")
    course_factories.came_from_moodle(colleague, other, CourseRole.TEACHER, "98")
    for client in (learner, colleague, signed_in(factories.teacher(rooms=[room]))):
        assert client.get(url(course)).status_code == 404
        for page in POSTS:
            answer = client.post(url(course, page), {"session": session.cue_point_id} | SERIES)
            assert answer.status_code == 404
    for page in POSTS:
        assert teacher.get(url(course, page)).status_code == 405
        assert Client().post(url(course, page)).status_code == 302
    assert not IgnoredSession.objects.exists()
    assert not ClassTime.objects.exists()


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("merge", {"session": ["x" * 65, "y"]}),
        ("ignore", {"session": ["\x00"]}),
        ("ignore", {"session": ["x"], "reason": "r" * 301}),
        ("undo", {"kind": "x", "decision": ["1"]}),
        ("undo", {"kind": "merge", "decision": ["x"]}),
        ("undo", {"kind": "merge"}),
    ],
)
def test_what_no_button_sends_is_refused(
    teacher: Client, course: Course, page: str, fields: dict[str, Any]
) -> None:
    assert post(teacher, course, page, **fields).status_code == 400


@pytest.mark.parametrize("query", [{"from": "x"}, {"tz": "Mars"}, {"page": "0"}])
def test_an_address_that_can_t_be_read_is_refused(
    teacher: Client, course: Course, room: Room, query: dict[str, str]
) -> None:
    held(room, START)
    answer = teacher.get(url(course), RANGE | query)
    assert answer.status_code == 400
    assert "Room <b>" not in text_of(answer)


def test_without_sessions_or_rooms_the_page_says_why(
    teacher: Client, course: Course, account: Account
) -> None:
    assert "No session in these days" in text_of(show(teacher, course))
    bare = course_factories.course(course.site, course_id="8")
    head = signed_in(factories.administrator())
    assert "The course has no room" in text_of(show(head, bare))
    course.site.account = None
    course.site.save()
    assert show(head, bare).status_code == 200
    assert head.post(url(bare, "series"), SERIES).status_code == 404


def test_looking_and_deciding_is_written_down(
    teacher: Client, course: Course, dropped: tuple[RoomSession, RoomSession]
) -> None:
    teacher.get(url(course))
    teacher.post(url(course, "merge"), {"session": cues(*dropped)})
    actions = AccessLogEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["viewed", "merged sessions"]


def test_the_page_takes_as_many_queries_however_many_classes_there_are(
    teacher: Client,
    course: Course,
    room: Room,
    dropped: tuple[RoomSession, RoomSession],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    show(teacher, course)
    for n in range(60):
        session = held(room, START + (n + 1) * 12 * 60 * MINUTE)
        if n % 3 == 0:
            post(teacher, course, "ignore", session=cues(session))
    with django_assert_max_num_queries(34):
        answer = show(teacher, course)
    assert len(answer.context["lines"]) == 50
    assert len(show(teacher, course, page="2").context["lines"]) == 12


# Where the numbers are -------------------------------------------------------------------------------
