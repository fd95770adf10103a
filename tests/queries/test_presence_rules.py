"""Which rule counts, its versions, and what another one would change."""

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from reports.analytics.presence import Rule
from reports.decisions.rules import set_rule
from reports.models import AccessLogEntry, Account, Course, PresenceCorrection, RoomSession
from reports.queries.presence_rules import BUILT_IN, course_rule, course_rules, rule_of, site_rule
from reports.queries.register import course_register, rejudged
from reports.queries.rule_preview import courses_by_default, rule_preview, site_rule_preview
from tests import course_factories, factories
from tests.factories import START
from tests.queries.test_register import DAY, FROM, HOUR, TO, learner, person_of

HALF = Rule(share_percent=50, partly_percent=25)


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def course(account: Account) -> Course:
    """Four learners: there for 60, 30, 15 and 0 minutes of the first class, nobody in the second."""
    room = factories.room(account)
    site = course_factories.moodle_site(account)
    found = course_factories.course(site, [room], roster_asked_at=START - DAY)
    for number in (1, 2, 3, 4):
        learner(found, number)
    minutes = {1: 60, 2: 30, 3: 15}
    rows = [(person_of(account, number), 60 * n, 0) for number, n in minutes.items()]
    factories.whole_session(room, rows)
    factories.whole_session(room, [], START + 7 * DAY)
    factories.whole_session(room, [], START + 8 * DAY, length_seconds=None)
    learner(found, 5, first_seen_at=START + 30 * DAY)  # has no row in the register
    return found


@pytest.fixture
def request_of() -> HttpRequest:
    """Somebody's request."""
    made = RequestFactory().post("/")
    made.user = factories.administrator()
    return made


def register_of(course: Course, rule: Rule | None = None):  # type: ignore[no-untyped-def]
    return course_register(course, RoomSession.objects.all(), FROM, TO, rule=rule)


def test_a_courses_own_rule_counts_before_the_sites_and_that_before_the_built_in_one(
    course: Course, request_of: HttpRequest
) -> None:
    assert course_rule(course) == BUILT_IN
    set_rule(request_of, course.site, None, HALF)
    found = course_rule(course)
    assert (found.source, found.version, found.rule) == ("site", 1, HALF)
    own = Rule(share_percent=None, minutes=30)
    set_rule(request_of, course.site, course, own)
    found = course_rule(course)
    assert (found.source, found.version, found.rule) == ("course", 1, own)
    assert found.made_by == "administrator"
    assert found.made_at is not None
    assert site_rule(course.site).rule == HALF


def test_versions_are_counted_for_each_course_and_kept(
    course: Course, request_of: HttpRequest
) -> None:
    other = course_factories.course(course.site, course_id="8")
    every = [HALF, Rule(), HALF]
    for rule in every:
        assert set_rule(request_of, course.site, course, rule)
    made = set_rule(request_of, course.site, other, HALF)
    assert made is not None
    assert made.version == 1
    assert [(it.version, rule_of(it)) for it in course_rules(course)] == [
        (3, HALF),
        (2, Rule()),
        (1, HALF),
    ]


def test_a_second_click_stores_nothing(course: Course, request_of: HttpRequest) -> None:
    assert set_rule(request_of, course.site, course, HALF)
    assert set_rule(request_of, course.site, course, HALF) is None
    assert course_rules(course).count() == 1
    line = AccessLogEntry.objects.get()
    assert line.action == "set the presence rule"
    assert (line.detail["version"], line.detail["share_percent"]) == (1, 50)


@pytest.mark.parametrize("rule", [HALF, Rule(share_percent=None, minutes=15, partly_minutes=1)])
def test_judging_anew_makes_the_register_that_the_rule_would_make(
    course: Course, account: Account, rule: Rule
) -> None:
    excuse(course, account, "2")
    loaded, made = rejudged(register_of(course), rule), register_of(course, rule)
    assert loaded.rows == made.rows
    assert loaded.sums == made.sums
    assert loaded.rows != register_of(course).rows


def excuse(course: Course, account: Account, moodle_user_id: str) -> None:
    PresenceCorrection.objects.create(
        account=account,
        course=course,
        cue_point_id=RoomSession.objects.order_by("pk")[0].cue_point_id,
        moodle_user_id=moodle_user_id,
        presence="excused",
    )


def test_a_preview_tells_who_would_change_and_leaves_corrections_alone(
    course: Course, account: Account
) -> None:
    register = register_of(course)
    found = rule_preview(register, HALF)
    assert [(it.line.moodle_user_id, it.before.mark, it.after.mark) for it in found.changes] == [
        ("2", "absent", "present"),
        ("3", "absent", "partly"),
    ]
    assert (found.learners, found.classes, found.corrected) == (2, 3, 0)
    assert (found.before.present, found.before.absent, found.before.unknown) == (1, 7, 4)
    assert (found.after.present, found.after.partly, found.after.absent) == (2, 1, 5)
    assert found.after.unknown == 4  # the class that was never closed

    excuse(course, account, "2")
    found = rule_preview(register_of(course), HALF)
    assert [it.line.moodle_user_id for it in found.changes] == ["3"]
    assert found.corrected == 1


def test_a_preview_counts_who_is_below_the_share_that_is_asked_for(course: Course) -> None:
    asked = Rule(share_percent=50, partly_percent=25, required_percent=50)
    found = rule_preview(register_of(course), asked)
    # 1 and 2 were in one of two classes, which is exactly half; 3 in half of one, 4 in none.
    assert found.below_before is None
    assert found.below_after is not None
    assert found.below_after.learners == 2


def test_a_preview_of_the_default_leaves_out_courses_with_a_rule_of_their_own(
    course: Course, request_of: HttpRequest
) -> None:
    other = course_factories.course(course.site, course_id="8", launched_at=START + HOUR)
    never = course_factories.course(course.site, course_id="9", launched_at=None)
    own = course_factories.course(course.site, course_id="10")
    set_rule(request_of, course.site, own, Rule())
    found = list(courses_by_default(course.site))
    assert found == [other, course, never]
    lines = site_rule_preview(found, RoomSession.objects.all(), HALF, FROM, TO)
    assert [len(it.preview.changes) for it in lines] == [0, 2, 0]
