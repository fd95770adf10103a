"""Decisions on classes: made once, logged, undone; nothing in circles, nothing that is ignored."""

from datetime import date, time, timedelta

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from reports.decisions import classes
from reports.decisions.making import NoAccount
from reports.models import (
    AccessLogEntry,
    ClassTime,
    CountedPart,
    Course,
    IgnoredSession,
    MergedSession,
)
from tests import course_factories, factories
from tests.factories import START

HOUR = timedelta(hours=1)
SERIES = {
    "entry_id": "",
    "weekday": 1,
    "begins": time(9),
    "ends": time(10),
    "time_zone": "Europe/Berlin",
    "first_on": date(2026, 1, 1),
    "last_on": None,
}


@pytest.fixture
def course(db: None) -> Course:
    return course_factories.course(course_factories.moodle_site(factories.account()))


@pytest.fixture
def request_of(db: None) -> HttpRequest:
    made = RequestFactory().post("/")
    made.user = factories.administrator()
    return made


def log() -> list[str]:
    return list(AccessLogEntry.objects.order_by("pk").values_list("action", flat=True))


def test_a_second_click_makes_no_second_decision(course: Course, request_of: HttpRequest) -> None:
    assert classes.merge(request_of, course, "b", "a")
    assert classes.merge(request_of, course, "b", "a") is None
    assert classes.ignore(request_of, course, ["c", "c", "d"], "test") == 2
    assert classes.ignore(request_of, course, ["c", "d", "e"]) == 1
    assert classes.set_class_time(request_of, course, "a", START, START + HOUR)
    assert classes.set_class_time(request_of, course, "a", START, START + HOUR) is None
    assert classes.set_series(request_of, course, **SERIES)
    assert classes.set_series(request_of, course, **SERIES) is None
    kinds = (MergedSession, IgnoredSession, CountedPart, ClassTime)
    assert [kind.objects.count() for kind in kinds] == [1, 3, 1, 1]
    assert log() == [
        "merged sessions",
        "ignored sessions",
        "ignored sessions",
        "set a class time",
        "set a weekly class time",
    ]
    assert AccessLogEntry.objects.filter(detail__sessions=["e"]).exists()


def test_what_counts_again_may_be_decided_again(course: Course, request_of: HttpRequest) -> None:
    first = classes.merge(request_of, course, "b", "a")
    assert first is not None
    assert classes.undo_of_classes(request_of, course, "merge", [first.pk]) == 1
    assert classes.undo_of_classes(request_of, course, "merge", [first.pk]) == 0
    assert classes.merge(request_of, course, "b", "a")
    first.refresh_from_db()
    assert (first.undone_by, MergedSession.objects.in_force().count()) == (request_of.user, 1)
    assert log() == ["merged sessions", "undid a decision on classes", "merged sessions"]


def test_a_later_class_time_takes_the_place_of_an_earlier_one_and_back(
    course: Course, request_of: HttpRequest
) -> None:
    for hours in (1, 2, 1):
        assert classes.set_class_time(request_of, course, "a", START, START + hours * HOUR)
    assert CountedPart.objects.count() == 3


def test_no_circle_and_nothing_ignored(course: Course, request_of: HttpRequest) -> None:
    classes.merge(request_of, course, "b", "a")
    classes.merge(request_of, course, "c", "b")
    for cue, into in (("a", "c"), ("a", "b"), ("a", "a")):
        with pytest.raises(classes.WouldTurnInCircles):
            classes.merge(request_of, course, cue, into)
    classes.ignore(request_of, course, ["x"])
    for cue, into in (("x", "a"), ("d", "x")):
        with pytest.raises(classes.IsIgnored):
            classes.merge(request_of, course, cue, into)
    assert MergedSession.objects.count() == 2


def test_another_course_decides_for_itself(course: Course, request_of: HttpRequest) -> None:
    other = course_factories.course(course.site, course_id="8")
    made = classes.merge(request_of, course, "b", "a")
    classes.ignore(request_of, course, ["c"])
    assert made is not None
    assert classes.merge(request_of, other, "b", "a")
    assert classes.merge(request_of, other, "c", "a")
    assert classes.ignore(request_of, other, ["d"]) == 1
    assert classes.undo_of_classes(request_of, other, "merge", [made.pk]) == 0


def test_without_an_account_there_is_nothing_to_decide(
    course: Course, request_of: HttpRequest
) -> None:
    course.site.account = None
    course.site.save()
    with pytest.raises(NoAccount):
        classes.ignore(request_of, course, ["a"])
