"""What a session from Moodle lets its viewer see: courses, their rooms and people."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from reports.access import MOODLE_SESSION, Viewer, viewer_of
from reports.models import Course, CourseRole, MoodleUser, Person, Role, Room, User
from tests import course_factories, factories
from tests.factories import START

HOUR = 3600


@dataclass(frozen=True)
class Site:
    """A site with two courses, each with a room; the first room has a breakout room."""

    first: Course
    second: Course
    room: Room
    group: Room
    other_room: Room


@pytest.fixture
def site(db: None) -> Site:
    account = factories.account()
    room, other = factories.room(account, "Hall"), factories.room(account, "Other hall")
    group = factories.room(account, "Group", parent=room)
    moodle = course_factories.moodle_site(account)
    first = course_factories.course(moodle, [room])
    second = course_factories.course(moodle, [other], "8")
    return Site(first, second, room, group, other)


def viewer(
    site: Site,
    roles: dict[Course, CourseRole],
    *,
    until: float = HOUR,
    user: User | None = None,
    subject: str = "5",
) -> Viewer:
    """Return who came into these courses; `until` is in seconds from now."""
    if user is None:
        user = User.objects.create(username=f"moodle:{subject}", role=Role.TEACHER)
        MoodleUser.objects.create(
            site=site.first.site, subject=subject, user=user, user_name="amara"
        )
    ends = timezone.now().timestamp() + until
    came: dict[str, Any] = {
        "site": site.first.site_id,
        "roles": {str(course.pk): str(role) for course, role in roles.items()},
        "until": {str(course.pk): ends for course in roles},
    }
    return viewer_of(user, {MOODLE_SESSION: came})


def test_a_teacher_has_the_rooms_of_the_course_with_their_breakouts(site: Site) -> None:
    found = viewer(site, {site.first: CourseRole.TEACHER})
    assert set(found.rooms()) == {site.room, site.group}
    assert list(found.courses()) == [site.first]
    assert not found.courses_attended().exists()
    assert found.has_courses
    assert not found.is_learner
    assert not found.is_administrator


def test_a_room_is_a_courses_only_while_that_is_in_force(site: Site) -> None:
    found = viewer(site, {site.first: CourseRole.TEACHER})
    claim = site.first.course_rooms.get()
    claim.confirmed_at = None
    claim.save()
    assert not found.rooms().exists()
    claim.confirmed_at, claim.undone_at = START, START
    claim.save()
    assert not found.rooms().exists()
    assert not found.sessions().exists()


def test_nothing_is_left_of_a_stopped_site(site: Site) -> None:
    teacher = viewer(site, {site.first: CourseRole.TEACHER})
    head = viewer(site, {site.first: CourseRole.SITE_ADMINISTRATOR}, subject="6")
    learner = viewer(site, {site.first: CourseRole.LEARNER}, subject="7")
    Course.objects.update(learners_see_own=True)
    assert learner.courses_attended().exists()
    moodle = site.first.site
    moodle.is_active = False
    moodle.save()
    for found in (teacher, head, learner):
        assert not found.courses().exists()
        assert not found.courses_attended().exists()
        assert not found.courses_listed().exists()
        assert not found.rooms().exists()


def test_a_role_is_over_when_its_time_is(site: Site) -> None:
    for role in CourseRole:
        found = viewer(site, {site.first: role}, until=-1, subject=str(role))
        assert not found.courses().exists(), role
        assert found.site_administered is None
        assert not found.learnt
        assert found.is_learner  # no page is theirs any more


def test_a_site_administrator_has_every_course_of_the_site_alone(site: Site) -> None:
    far = course_factories.moodle_site(factories.account("academy"), "https://far.example.org")
    course_factories.course(far)
    found = viewer(site, {site.first: CourseRole.SITE_ADMINISTRATOR})
    assert set(found.courses()) == {site.first, site.second}
    assert set(found.rooms()) == {site.room, site.group, site.other_room}
    assert not found.is_administrator
    assert not found.accounts().exists()


def test_a_learner_has_no_rooms_and_sees_a_course_only_where_it_lets_them(site: Site) -> None:
    found = viewer(site, {site.first: CourseRole.LEARNER, site.second: CourseRole.LEARNER})
    assert found.is_learner
    assert not found.rooms().exists()
    assert not found.courses().exists()
    assert not found.courses_listed().exists()
    Course.objects.filter(pk=site.second.pk).update(learners_see_own=True)
    assert list(found.courses_listed()) == [site.second]


def test_who_learns_in_one_course_and_teaches_another_is_no_mere_learner(site: Site) -> None:
    Course.objects.update(learners_see_own=True)
    found = viewer(site, {site.first: CourseRole.LEARNER, site.second: CourseRole.TEACHER})
    assert not found.is_learner
    assert list(found.courses()) == [site.second]
    assert list(found.courses_attended()) == [site.first]
    assert set(found.rooms()) == {site.other_room}


def test_an_administrator_from_moodle_is_one_whatever_the_course_says(site: Site) -> None:
    head = factories.administrator()
    found = viewer(site, {site.first: CourseRole.LEARNER}, user=head)
    assert found.is_administrator
    assert not found.is_learner
    assert found.courses().count() == 2


def test_who_came_without_moodle_has_no_courses(site: Site) -> None:
    found = viewer_of(factories.teacher(rooms=[site.room]), {})
    assert not found.has_courses
    assert not found.is_learner
    assert not found.courses().exists()
    assert not found.courses_listed().exists()


def test_oneself_is_known_by_the_user_name_to_the_letter(site: Site) -> None:
    account, far = site.room.account, factories.account("academy")
    factories.person(far, "amara")
    factories.person(account, "Amara", name="Another")
    found = viewer(site, {site.first: CourseRole.LEARNER})
    assert found.self_in(site.first) is None
    own = factories.person(account, "amara")
    assert found.self_in(site.first) == own
    Person.objects.filter(pk=own.pk).update(erased_at=START)
    assert found.self_in(site.first) is None


def test_without_a_user_name_or_an_account_nobody_is_oneself(site: Site) -> None:
    factories.person(site.room.account, "", key="u:")
    factories.person(site.room.account, "amara")
    found = viewer(site, {site.first: CourseRole.LEARNER})
    MoodleUser.objects.update(user_name="")
    assert found.self_in(site.first) is None
    MoodleUser.objects.update(user_name="amara")
    moodle = site.first.site
    moodle.account = None
    moodle.save()
    assert found.self_in(Course.objects.select_related("site").get(pk=site.first.pk)) is None


def test_ones_own_sessions_are_those_of_the_course(site: Site) -> None:
    own = factories.person(site.room.account, "amara")
    rows = [(own, 60, 30)]
    main = factories.whole_session(site.room, rows)
    breakout = factories.whole_session(site.group, rows, main_session=main)
    factories.whole_session(site.other_room, rows)
    factories.whole_session(site.room, [(factories.person(site.room.account, "ben"), 60, 30)])
    found = viewer(site, {site.first: CourseRole.LEARNER})
    assert set(found.sessions_attended(site.first, own)) == {main, breakout}
