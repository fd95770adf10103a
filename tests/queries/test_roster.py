"""Who of a course counts as what, and when: unknown before the first roster, never absent."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from reports.models import Course, CourseRole, CourseVisit, Enrolment, MoodleUser, User
from reports.queries.course import learners_of
from reports.queries.roster import (
    ROSTER_ORDERS,
    RosterAt,
    RosterFilter,
    RosterLine,
    course_roster,
    enrolments,
    roster_counts,
    roster_lines,
    roster_rows,
)
from reports.tables.roster import shown_name
from tests import course_factories, factories
from tests.factories import START

DAY = timedelta(days=1)
FIRST, SECOND, LATEST = START, START + 7 * DAY, START + 14 * DAY  # three rosters
GROUPS = ("learners", "staff", "left", "not_yet", "unknown")


@pytest.fixture
def course(db: None) -> Course:
    site = course_factories.moodle_site(factories.account())
    return course_factories.course(site, roster_asked_at=LATEST)


def enrol(
    course: Course, user: str, first: datetime = FIRST, last: datetime = LATEST, **more: Any
) -> Enrolment:
    values = {"name": f"Name {user}", "first_seen_at": first, "last_seen_at": last} | more
    return course_factories.enrolment(course, user, **values)


def visit(course: Course, user: str, **more: Any) -> None:
    """Let the user come into the course."""
    values = {"role": CourseRole.TEACHER, "was_teacher_at": START} | more
    known = MoodleUser.objects.filter(site=course.site, subject=user).first()
    if known is None:
        own = User.objects.create_user(f"moodle:{course.site_id}:{user}")
        known = MoodleUser.objects.create(
            site=course.site, subject=user, user=own, user_name=f"launched{user}"
        )
    CourseVisit.objects.create(course=course, moodle_user=known, **values)


def who(found: RosterAt) -> dict[str, list[str]]:
    """Return the groups that anybody is in, by Moodle's ids."""
    groups = {name: [it.moodle_user_id for it in getattr(found, name)] for name in GROUPS}
    return {name: ids for name, ids in groups.items() if ids}


def lines(course: Course, **wanted: Any) -> list[RosterLine]:
    return list(roster_lines(course, roster_rows(course, RosterFilter(**wanted))))


def ids(course: Course, **wanted: Any) -> list[str]:
    return [line.moodle_user_id for line in lines(course, **wanted)]


# At a moment --------------------------------------------------------------------------------------


def test_before_the_first_roster_a_learner_is_unknown(course: Course) -> None:
    enrol(course, "1")
    assert who(enrolments(course, at=FIRST - DAY)) == {"unknown": ["1"]}
    assert enrolments(course, at=FIRST - DAY).enrolled is None
    assert who(enrolments(course, at=FIRST)) == {"learners": ["1"]}
    assert enrolments(course, at=FIRST).enrolled == 1


def test_who_is_dated_back_counts_from_there(course: Course) -> None:
    enrol(course, "1", counted_from=FIRST - 30 * DAY)
    enrol(course, "2")
    assert who(enrolments(course, at=FIRST - DAY)) == {"learners": ["1"], "unknown": ["2"]}
    assert enrolments(course, at=FIRST - DAY).enrolled is None
    assert who(enrolments(course, at=FIRST - 31 * DAY)) == {"unknown": ["1", "2"]}


def test_a_later_day_never_takes_time_away(course: Course) -> None:
    enrol(course, "1", counted_from=FIRST + DAY)
    assert who(enrolments(course, at=FIRST)) == {"learners": ["1"]}


def test_who_came_with_a_later_roster_was_not_enrolled_before(course: Course) -> None:
    enrol(course, "1")
    enrol(course, "2", first=SECOND)
    assert who(enrolments(course, at=SECOND - DAY)) == {"learners": ["1"], "not_yet": ["2"]}
    assert who(enrolments(course, at=FIRST - DAY)) == {"unknown": ["1"], "not_yet": ["2"]}
    assert who(enrolments(course, at=SECOND)) == {"learners": ["1", "2"]}


def test_who_left_counts_up_to_the_last_roster_that_had_them(course: Course) -> None:
    enrol(course, "1", last=SECOND)
    assert who(enrolments(course, at=SECOND)) == {"learners": ["1"]}
    assert who(enrolments(course, at=SECOND + DAY)) == {"left": ["1"]}
    assert enrolments(course, at=SECOND + DAY).enrolled == 0


def test_after_the_latest_roster_its_people_go_on_counting(course: Course) -> None:
    enrol(course, "1")
    assert who(enrolments(course, at=LATEST + 30 * DAY)) == {"learners": ["1"]}


def test_staff_is_staff_at_any_time(course: Course) -> None:
    enrol(course, "1", kind="staff", last=SECOND)
    for at in (FIRST - DAY, SECOND, LATEST):
        assert who(enrolments(course, at=at)) == {"staff": ["1"]}


def test_without_a_roster_nothing_is_known(db: None) -> None:
    site = course_factories.moodle_site(factories.account())
    course = course_factories.course(site)
    assert who(enrolments(course, at=START)) == {}


def test_the_course_page_counts_the_same(course: Course) -> None:
    """One number everywhere: both ways to count agree at every moment, wherever they differ."""
    enrol(course, "1")
    enrol(course, "2", last=SECOND)
    enrol(course, "3", first=SECOND, counted_from=FIRST + DAY)
    enrol(course, "4", kind="staff")
    enrol(course, "5", marked_kind="staff")
    enrol(course, "6", kind="staff", marked_kind="learner")
    enrol(course, "7", first=LATEST)
    visit(course, "7")
    for backdated in (False, True):
        if backdated:
            Enrolment.objects.filter(first_seen_at=FIRST).update(counted_from=FIRST - 9 * DAY)
        roster, learners = course_roster(course), learners_of(course)
        for days in range(-12, 30):
            at = FIRST + days * DAY
            assert roster.at(at).enrolled == learners.at(at), (backdated, days)
    assert learners.now == roster_counts(course).learners
    assert learners.staff == roster_counts(course).staff


def test_a_roster_takes_two_queries_for_any_number_of_moments(
    course: Course, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(9):
        enrol(course, str(n))
    with django_assert_num_queries(2):
        roster = course_roster(course)
        assert [roster.at(START + n * DAY).enrolled for n in range(5)] == [9] * 5


# As what -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed", "launched", "marked", "kind", "reason"),
    [
        ("learner", False, "", "learner", "listed"),
        ("staff", False, "", "staff", "listed"),
        ("learner", True, "", "staff", "launched"),
        ("staff", True, "", "staff", "listed"),
        ("learner", False, "staff", "staff", "marked"),
        ("learner", True, "learner", "learner", "marked"),
        ("staff", False, "learner", "learner", "marked"),
    ],
)
def test_a_mark_counts_most_then_a_launch_then_the_list(
    course: Course, listed: str, launched: bool, marked: str, kind: str, reason: str
) -> None:
    enrol(course, "1", kind=listed, marked_kind=marked)
    if launched:
        visit(course, "1")
    [line] = lines(course)
    assert (line.kind, line.reason) == (kind, reason)
    counts = roster_counts(course)
    assert (counts.learners, counts.staff) == ((1, 0) if kind == "learner" else (0, 1))


def test_a_launch_as_learner_or_elsewhere_makes_nobody_staff(course: Course) -> None:
    other = course_factories.course(course.site, course_id="8")
    site = course_factories.moodle_site(course.site.account, "https://other.example.org")  # type: ignore[arg-type]
    far = course_factories.course(site, course_id=course.course_id)
    enrol(course, "1")
    enrol(course, "2")
    visit(course, "1", role=CourseRole.LEARNER, was_teacher_at=None)
    visit(other, "2")
    visit(far, "2")
    assert roster_counts(course).learners == 2


# Lists ---------------------------------------------------------------------------------------------


def test_names_are_stood_in_for(course: Course) -> None:
    enrol(course, "1")
    enrol(course, "2", name="", user_name="u2")
    enrol(course, "3", name="")
    enrol(course, "4", name="")
    visit(course, "4", role=CourseRole.LEARNER, was_teacher_at=None)
    shown = {line.moodle_user_id: line.shown_name for line in lines(course)}
    assert shown == {"1": "Name 1", "2": "u2", "3": "3", "4": "launched4"}
    assert roster_counts(course).nameless == 3


def test_somebody_erased_is_not_named_by_a_launch(course: Course) -> None:
    enrol(course, "4", name="", erased_at=START)
    visit(course, "4")
    [line] = lines(course)
    assert (line.shown_name, line.is_erased) == ("4", True)
    assert roster_counts(course).nameless == 0


def test_a_shared_address_is_told(course: Course) -> None:
    enrol(course, "1", email="One@example.org")
    enrol(course, "2", email="one@example.org")
    enrol(course, "3", email="other@example.org")
    enrol(course, "4", email="")
    enrol(course, "5", email="")
    sharing = [line.moodle_user_id for line in lines(course) if line.shares_email]
    assert sharing == ["1", "2"]


def test_a_shared_name_is_told_with_what_sets_the_two_apart(course: Course) -> None:
    enrol(course, "1", name="Tarek Mansour", user_name="tarek")
    enrol(course, "2", name="tarek  mansour", user_name="", email="t@example.org")
    enrol(course, "3", name="Tarek Mansouri", user_name="mansouri")
    enrol(course, "4", name="", user_name="u4")
    enrol(course, "5", name="", user_name="u5")
    assert {shown_name(line) for line in lines(course) if line.shares_name} == {
        "Tarek Mansour (tarek)",
        "tarek  mansour (t@example.org)",
    }
    assert {"Tarek Mansouri", "u4", "u5"} <= {shown_name(line) for line in lines(course)}


def test_filters_and_searches(course: Course) -> None:
    enrol(course, "1", name="Ümit Öz", user_name="umit", email="u@example.org")
    enrol(course, "2", kind="staff")
    enrol(course, "3", last=SECOND)
    assert ids(course) == ["2", "3", "1"]
    assert ids(course, who="learner") == ["1"]
    assert ids(course, who="staff") == ["2"]
    assert ids(course, who="left") == ["3"]
    assert ids(course, search="ümit ÖZ") == ["1"]
    assert ids(course, search="umit example") == ["1"]
    assert ids(course, search="nobody") == []
    counts = roster_counts(course)
    assert (counts.learners, counts.staff, counts.left) == (1, 1, 1)


@pytest.mark.parametrize("column", ROSTER_ORDERS)
def test_every_column_sorts_both_ways(course: Course, column: str) -> None:
    for n, name in enumerate(("beta", "Alpha", "gamma")):
        kind = ("learner", "staff", "learner")[n]
        more = {"user_name": f"u{name}".lower(), "email": f"{name.lower()}@x.org", "kind": kind}
        first = FIRST + n * DAY
        enrol(course, str(n), first, LATEST - n * DAY, name=name, **more)
    up = {
        **{key: ["1", "0", "2"] for key in ("name", "user_name", "email")},
        "kind": ["0", "2", "1"],
        "latest": ["2", "1", "0"],
    }.get(column, ["0", "1", "2"])
    down = {"kind": ["1", "0", "2"]}.get(column, up[::-1])
    assert ids(course, order=column) == up
    assert ids(course, order=f"-{column}") == down


def test_who_has_none_of_a_text_comes_last(course: Course) -> None:
    enrol(course, "1", email="")
    enrol(course, "2", email="b@example.org")
    enrol(course, "3", email="a@example.org")
    assert ids(course, order="email") == ["3", "2", "1"]
    assert ids(course, order="-email") == ["2", "3", "1"]
