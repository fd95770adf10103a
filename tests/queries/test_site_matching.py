"""What other keys would change on a site is what they change in its courses' registers."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from reports.analytics.identities import DEFAULT_KEYS, KeyInForce, MatchKey
from reports.models import IdentityLink, MoodleSite
from reports.queries.site_matching import Preview, preview
from tests import course_factories, factories
from tests.factories import START

DAY = timedelta(days=1)
USER_NAME, EMAIL, ID_NUMBER = (KeyInForce(key) for key in MatchKey)


@pytest.fixture
def site(db: None) -> MoodleSite:
    """Two courses with one room each; Ana and Ben are in both, and "2" is Ben's id number."""
    account = factories.account()
    site = course_factories.moodle_site(account)
    people = [
        factories.person(account, user_id, name=name, email=email)
        for user_id, name, email in (
            ("ana", "Ana", ""),
            ("x", "Ben", "ben@example.org"),
            ("2", "Cy", ""),
            ("ben", "Dee", ""),
            ("far", "Far", ""),
        )
    ]
    for number in ("7", "8"):
        room = factories.room(account)
        course = course_factories.course(site, [room], course_id=number, short_name=f"C{number}")
        for user in ("ana", "ben"):
            course_factories.enrolment(
                course,
                user,
                name=user.title(),
                user_name=user if user == "ana" else "",
                email=f"{user}@example.org",
                id_number="2" if user == "ben" else "",
            )
        session = factories.session(room, START + (DAY if number == "8" else 0 * DAY))
        for person in people[: 4 if number == "7" else 1]:
            factories.attendance(session, person)
    group = factories.room(account, "Group", parent=room)
    factories.attendance(factories.session(group, START + 2 * DAY), people[4])
    factories.attendance(factories.session(group, START), people[2], user_type="Guest")
    return site


def changes(found: Preview) -> list[tuple[str, str, str, str]]:
    return [
        (
            it.person.name,
            str(it.course),
            it.now.line.moodle_user_id if it.now.line else "",
            it.then.line.moodle_user_id if it.then.line else "",
        )
        for it in found.changes
    ]


def test_the_same_keys_change_nothing(site: MoodleSite) -> None:
    found = preview(site, DEFAULT_KEYS, DEFAULT_KEYS)
    assert (found.people, found.matched, found.would_match) == (7, 4, 4)
    assert found.changes == ()


def test_gained_lost_and_other_are_told_apart_by_person_and_course(site: MoodleSite) -> None:
    found = preview(site, (USER_NAME, ID_NUMBER), (EMAIL,))
    assert changes(found) == [
        ("Ana", "C7", "ana", ""),
        ("Ana", "C8", "ana", ""),
        ("Ben", "C7", "", "ben"),
        ("Cy", "C7", "ben", ""),
    ]
    assert (found.gained, found.other, found.lost) == (1, 0, 3)
    assert (found.matched, found.would_match) == (3, 1)
    counts = [(str(it.course), it.gained, it.other, it.lost) for it in found.courses]
    assert counts == [("C7", 1, 0, 2), ("C8", 0, 0, 1)]


def test_somebody_who_would_be_somebody_else_is_told(site: MoodleSite) -> None:
    course = site.courses.get(course_id="7")
    course.enrolments.filter(moodle_user_id="ana").update(id_number="ana")
    course_factories.enrolment(course, "eve", user_name="2", name="Eve")
    found = preview(site, (USER_NAME, ID_NUMBER), (ID_NUMBER, USER_NAME))
    assert changes(found) == [("Cy", "C7", "eve", "ben")]
    assert found.other == 1


def test_links_count_before_keys_and_days_are_looked_at(site: MoodleSite) -> None:
    late = KeyInForce(MatchKey.USER_NAME, START + DAY)
    assert changes(preview(site, (USER_NAME,), (late,))) == [("Ana", "C7", "ana", "")]
    values = {"account": site.account, "site": site, "person_key": "u:ana"}
    IdentityLink.objects.create(moodle_user_id="ben", course=None, **values)
    assert changes(preview(site, (USER_NAME,), (late,))) == []
    assert preview(site, (USER_NAME,), (late,)).matched == 2


def test_it_takes_as_many_queries_however_many_courses_there_are(
    site: MoodleSite, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(9):
        preview(site, DEFAULT_KEYS, (EMAIL,))
    for number in range(10):
        room = factories.room(site.account)  # type: ignore[arg-type]
        course = course_factories.course(site, [room], course_id=f"x{number}")
        course_factories.enrolment(course, "ana", user_name="ana")
        factories.attendance(factories.session(room), site.account.people.get(user_id="ana"))  # type: ignore[union-attr]
    with django_assert_max_num_queries(9):
        assert preview(site, DEFAULT_KEYS, (EMAIL,)).lost == 12 + 1
