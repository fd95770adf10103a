"""Whoever is erased is named by no roster any more: not by one that is stored, not by a later one."""

import pytest

from reports.models import Course, Enrolment, IdentityRule, MoodleSite, Person
from reports.simulator.moodle.standin import MoodleStandIn
from reports.sync.erasure import erase_person, find_traces
from reports.sync.moodle_users import enrolments_of, moodle_users_of
from tests import course_factories, factories
from tests.moodle.conftest import ANATOMY, BOTANY, LEARNER, TEACHER, Visitor
from tests.moodle.rosters import ask, opened, row_of

NAMES = ("name", "user_name", "email", "id_number")


@pytest.fixture
def leo(site: MoodleSite) -> Person:
    """The learner, as Kaltura knows them: the user id is Moodle's user name."""
    assert site.account is not None
    return factories.person(site.account, "leo", name="Leo Learner", email="leo@example.org")


def erase(person: Person) -> None:
    erase_person(person, find_traces(person))


def named(row: Enrolment) -> set[str]:
    return {getattr(row, name) for name in NAMES}


def test_stored_rosters_lose_the_name_and_keep_the_row(
    moodle: MoodleStandIn, site: MoodleSite, leo: Person
) -> None:
    course = opened(moodle, site)
    ask(course)
    traces = find_traces(leo)
    assert traces.enrolments == [row_of(course, LEARNER).pk]
    erase(leo)
    row = row_of(course, LEARNER)
    assert named(row) == {""}
    assert row.erased_at is not None
    assert row_of(course, TEACHER).name == "Tina Teacher"


def test_later_rosters_do_not_bring_it_back(
    moodle: MoodleStandIn, site: MoodleSite, leo: Person
) -> None:
    course = opened(moodle, site)
    ask(course)
    erase(leo)
    moodle.site.change_person(LEARNER, family_name="Married", username="leo.m")
    assert ask(course).listed == 3
    row = row_of(course, LEARNER)
    assert named(row) == {""}
    assert row.last_seen_at == row_of(course, TEACHER).last_seen_at


def test_a_course_of_later_does_not_either(
    moodle: MoodleStandIn, site: MoodleSite, leo: Person
) -> None:
    erase(leo)
    course = opened(moodle, site, BOTANY)
    ask(course)
    row = row_of(course, LEARNER)
    assert named(row) == {""}
    assert row.erased_at is not None
    assert row_of(course, TEACHER).name == "Tina Teacher"


def test_where_user_names_are_hidden_that_of_a_launch_counts(
    moodle: MoodleStandIn, site: MoodleSite, leo: Person
) -> None:
    moodle.site.change_tool(moodle.site.tools[0].id, names="never")
    Course.objects.create(site=site, course_id=str(ANATOMY), learners_see_own=True)
    Visitor(moodle).launch(ANATOMY, LEARNER)
    course = opened(moodle, site)
    ask(course)
    assert row_of(course, LEARNER).email == "leo@example.org"
    erase(leo)
    ask(course)
    assert named(row_of(course, LEARNER)) == {""}


def test_the_user_name_goes_before_other_keys_and_other_accounts_sites_stay(
    moodle: MoodleStandIn, site: MoodleSite, leo: Person
) -> None:
    assert site.account is not None
    here = course_factories.course(site, course_id="70")
    other = factories.account("other")
    there = course_factories.course(course_factories.moodle_site(other), course_id="70")
    for course in (here, there):
        course_factories.enrolment(course, "1", user_name="leo")
        course_factories.enrolment(course, "2", user_name="Leo", email="leo@example.org")
        course_factories.enrolment(course, "3", name="Leo Learner")
    found = enrolments_of(moodle_users_of(leo)).values_list("course", "moodle_user_id")
    assert list(found) == [(here.pk, "1")]
    guest = factories.person(site.account, "", name="Guest", email="", is_placeholder=True)
    assert moodle_users_of(guest) == []


def test_who_matched_by_the_address_is_not_brought_back_by_a_later_roster(
    moodle: MoodleStandIn, site: MoodleSite
) -> None:
    """Kaltura's user id is something else; the address is one of the site's keys."""
    assert site.account is not None
    erase(factories.person(site.account, "77001", name="Leo", email="Leo@Example.org"))
    course = opened(moodle, site)
    ask(course)
    assert named(row_of(course, LEARNER)) == {""}
    assert row_of(course, TEACHER).name == "Tina Teacher"
    IdentityRule.objects.create(site=site, version=1, keys=[{"key": "user_name", "from": None}])
    later = opened(moodle, site, BOTANY)
    ask(later)
    assert row_of(later, LEARNER).email == "leo@example.org"
