"""Who is who in a course: which link binds, from when on, and where the keys come from."""

from datetime import timedelta
from typing import Any

import pytest

from reports.models import Account, Course, IdentityLink, IdentityRule, MoodleSite
from reports.queries.identities import (
    Identities,
    PersonRow,
    course_identities,
    people_by_key,
    site_keys_of,
)
from reports.queries.roster import course_roster
from tests import course_factories, factories
from tests.factories import START

DAY = timedelta(days=1)


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def site(account: Account) -> MoodleSite:
    return course_factories.moodle_site(account)


@pytest.fixture
def course(site: MoodleSite) -> Course:
    made = course_factories.course(site)
    course_factories.enrolment(made, "1", user_name="ana", email="ana@example.org")
    course_factories.enrolment(made, "2", user_name="ben", id_number="ana", last_seen_at=START)
    return made


def row(account: Account, user_id: str = "ana", **more: Any) -> PersonRow:
    made = factories.person(account, user_id, **{"email": ""} | more)
    return people_by_key([made.pk])[made.pk]


def said(of: Course, person: PersonRow, user: str, **more: Any) -> IdentityLink:
    values = {"account": of.site.account, "course": of, "site": of.site} | more
    return IdentityLink.objects.create(person_key=person.key, moodle_user_id=user, **values)


def who(
    course: Course, person: PersonRow, at: Any = START, *, is_guest: bool = False
) -> tuple[str, str]:
    identities: Identities = course_identities(course, course_roster(course))
    match = identities.who(person, at, is_guest=is_guest)
    return (match.line.moodle_user_id if match.line else "", match.how)


def test_guests_and_people_without_an_id_never_match_by_what_they_typed(
    account: Account, course: Course
) -> None:
    known = row(account, "x", email="ana@example.org")
    assert who(course, known) == ("1", "email")
    assert who(course, known, is_guest=True) == ("", "")
    typed = row(account, "ana", is_placeholder=True, email="ana@example.org")
    assert who(course, typed) == ("", "")
    erased = row(account, "ben", erased_at=START)
    assert who(course, erased) == ("", "")


def test_a_link_of_the_course_beats_one_of_the_site_and_both_beat_the_keys(
    account: Account, course: Course, site: MoodleSite
) -> None:
    person = row(account)
    assert who(course, person) == ("1", "user_name")
    of_course = said(course, person, "2")
    said(course, person, "1", course=None)
    assert who(course, person, is_guest=True) == ("2", "link")
    IdentityLink.objects.filter(pk=of_course.pk).update(undone_at=START)
    assert who(course, person, is_guest=True) == ("1", "site_link")
    said(course, person, "")
    assert who(course, person) == ("", "not_ours")


def test_a_newer_link_beats_an_older_one_and_one_that_has_not_begun_says_nothing(
    account: Account, course: Course
) -> None:
    person = row(account)
    said(course, person, "1")
    said(course, person, "2", valid_from=START)
    assert who(course, person, START - timedelta(seconds=1)) == ("1", "link")
    assert who(course, person, START) == ("2", "link")


def test_a_link_binds_in_its_course_alone_and_one_to_nobody_of_the_roster_is_passed_over(
    account: Account, course: Course, site: MoodleSite
) -> None:
    person = row(account)
    other = course_factories.course(site, course_id="8")
    said(other, person, "2")
    assert who(course, person) == ("1", "user_name")
    said(course, person, "77", course=None)
    assert who(course, person) == ("1", "user_name")
    elsewhere = course_factories.moodle_site(factories.account("far"), "https://far.example.org")
    said(course, person, "2", course=None, site=elsewhere)
    assert who(course, person) == ("1", "user_name")


def test_a_link_to_somebody_who_has_left_still_matches(account: Account, course: Course) -> None:
    Course.objects.update(roster_asked_at=START + DAY)
    course.refresh_from_db()
    person = row(account, "stranger")
    said(course, person, "2")
    assert who(course, person, START + 9 * DAY) == ("2", "link")


def test_the_newest_version_of_the_site_s_keys_counts(
    account: Account, course: Course, site: MoodleSite
) -> None:
    person = row(account)
    assert site_keys_of(site).version == 0
    IdentityRule.objects.create(site=site, version=1, keys=[{"key": "email", "from": None}])
    assert who(course, person) == ("", "")
    day = START.date().isoformat()
    keys = [{"key": "id_number", "from": day}, {"key": "user_name", "from": None}]
    IdentityRule.objects.create(site=site, version=2, keys=keys)
    midnight = START.replace(hour=0)
    assert who(course, person, midnight) == ("2", "id_number")
    assert who(course, person, midnight - timedelta(seconds=1)) == ("1", "user_name")
