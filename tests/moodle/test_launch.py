"""A launch lets the right person into the right course, and nobody into anything else."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from reports.access import MOODLE_SESSION, viewer_of
from reports.models import (
    AccessLogEntry,
    Course,
    CourseVisit,
    MoodleSite,
    MoodleTool,
    MoodleUser,
    Role,
    User,
)
from reports.moodle import arrival
from reports.moodle.launch import Launch
from reports.simulator.moodle.standin import MoodleStandIn
from tests import course_factories, factories
from tests.moodle.conftest import (
    ADMIN,
    ANATOMY,
    BOTANY,
    LEARNER,
    TEACHER,
    TUTOR,
    Visitor,
    course_of,
    user_of,
)


def roles_of(client: Client) -> dict[str, str]:
    """Return as whom the session may see which courses."""
    return dict(client.session.get(MOODLE_SESSION, {}).get("roles", {}))


def test_a_teacher_comes_into_the_course(visitor: Visitor, site: MoodleSite) -> None:
    answer = visitor.launch(ANATOMY, TEACHER)
    course = course_of(site)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/courses/{course.pk}/")
    assert (course.short_name, course.title) == ("ANA-1", "Anatomy course")
    assert course.memberships_url.startswith(site.issuer)
    assert course.tool is not None
    assert course.tool.launched_at is not None
    visit = CourseVisit.objects.get(course=course)
    assert visit.role == "teacher"
    assert visit.was_teacher_at is not None


def test_a_launch_by_get_walks_the_same_way(visitor: Visitor) -> None:
    start = visitor.moodle.launch_form(ANATOMY, TEACHER)
    begun = visitor.client.get(start.action, {**start.fields, "cookies": "checked"}, secure=True)
    back = visitor.moodle.authorize(begun.headers["Location"])
    assert visitor.post(back.action, back.fields).status_code == 302


def test_a_page_looks_for_cookies_first(visitor: Visitor) -> None:
    start = visitor.moodle.launch_form(ANATOMY, TEACHER)
    page = visitor.post(start.action, {**start.fields, "more": "dropped"})
    assert page.status_code == 200
    assert page.context["passed"] == dict(start.fields)
    assert "no-store" in page.headers["Cache-Control"]
    assert not page.cookies


def test_a_tutor_is_a_teacher(visitor: Visitor, site: MoodleSite) -> None:
    assert visitor.launch(ANATOMY, TUTOR).status_code == 302
    assert roles_of(visitor.client) == {str(course_of(site).pk): "teacher"}


def test_a_site_administrator_sees_every_course_of_the_site(
    visitor: Visitor, site: MoodleSite, other_site: MoodleSite
) -> None:
    there = Course.objects.create(site=other_site, course_id="7")
    other = Course.objects.create(site=site, course_id="99")
    visitor.launch(ANATOMY, ADMIN)
    viewer = viewer_of(user_of(site, ADMIN), visitor.client.session)
    assert set(viewer.courses()) == {course_of(site), other}
    assert there not in viewer.courses()
    assert not viewer.is_administrator
    assert visitor.get(reverse("reports:accounts")).status_code == 404
    assert visitor.get(reverse("reports:moodle-sites")).status_code == 404


def test_a_site_administrator_manages_after_a_grant(visitor: Visitor, site: MoodleSite) -> None:
    visitor.launch(ANATOMY, ADMIN)
    User.objects.filter(pk=user_of(site, ADMIN).pk).update(role=Role.ADMINISTRATOR)
    assert visitor.get(reverse("reports:accounts")).status_code == 200


def test_who_no_longer_administers_the_site_loses_its_courses(
    visitor: Visitor, site: MoodleSite, moodle: MoodleStandIn
) -> None:
    visitor.launch(ANATOMY, ADMIN)
    moodle.site.change_person(ADMIN, is_admin=False)
    moodle.site.enrol(BOTANY, ADMIN, "teacher")
    visitor.launch(BOTANY, ADMIN)
    assert roles_of(visitor.client) == {str(course_of(site, BOTANY).pk): "teacher"}


def test_a_learner_is_refused_while_the_switch_is_off(visitor: Visitor, site: MoodleSite) -> None:
    visitor.launch(ANATOMY, TEACHER)
    learner = Visitor(visitor.moodle)
    answer = learner.launch(ANATOMY, LEARNER)
    assert answer.status_code == 403
    assert "Learners can't look" in answer.content.decode().replace("&#x27;", "'")
    assert "helpdesk@example.org" in answer.content.decode()
    assert MOODLE_SESSION not in learner.client.session
    assert not MoodleUser.objects.filter(subject=str(LEARNER)).exists()


def test_a_refused_learner_leaves_a_line_of_nobody(visitor: Visitor, site: MoodleSite) -> None:
    visitor.launch(ANATOMY, LEARNER)
    line = AccessLogEntry.objects.get()
    assert (line.user, line.user_label, line.action) == (None, "nobody", "launch refused")
    assert line.target == f"course {ANATOMY} of {site.issuer}"
    assert line.detail == {"reason": "learners_off"}
    assert not Course.objects.exists()


def test_a_learner_comes_to_the_own_attendance(visitor: Visitor, site: MoodleSite) -> None:
    course = Course.objects.create(site=site, course_id=str(ANATOMY), learners_see_own=True)
    answer = visitor.launch(ANATOMY, LEARNER)
    assert answer.headers["Location"] == reverse("reports:my-attendance", args=[course.pk])
    viewer = viewer_of(user_of(site, LEARNER), visitor.client.session)
    assert list(viewer.courses_attended()) == [course]
    assert not viewer.courses()
    assert not viewer.rooms()


def test_a_learner_of_today_was_a_teacher_yesterday(
    visitor: Visitor, site: MoodleSite, moodle: MoodleStandIn
) -> None:
    visitor.launch(ANATOMY, TEACHER)
    visitor.launch(BOTANY, TEACHER)
    moodle.site.enrol(ANATOMY, TEACHER, "student")
    assert visitor.launch(ANATOMY, TEACHER).status_code == 403
    assert roles_of(visitor.client) == {str(course_of(site, BOTANY).pk): "teacher"}
    assert CourseVisit.objects.get(course=course_of(site)).was_teacher_at is not None


def test_names_are_those_of_the_launch(
    visitor: Visitor, site: MoodleSite, moodle: MoodleStandIn
) -> None:
    visitor.launch(ANATOMY, TEACHER)
    user = user_of(site, TEACHER)
    assert (user.get_full_name(), user.email) == ("Tina Teacher", "tina@example.org")
    assert user.role == Role.TEACHER
    assert MoodleUser.objects.get().user_name == "tina"
    moodle.site.change_person(TEACHER, family_name="Married", username="tina.m")
    visitor.launch(ANATOMY, TEACHER)
    assert user_of(site, TEACHER).get_full_name() == "Tina Married"
    assert MoodleUser.objects.get().user_name == "tina.m"


def test_hidden_names_leave_the_user_name(
    visitor: Visitor, site: MoodleSite, moodle: MoodleStandIn
) -> None:
    moodle.site.change_tool(moodle.site.tools[0].id, names="delegate", emails="never")
    activity = moodle.site.add_activity(ANATOMY, moodle.site.tools[0].id, share_names=False)
    visitor.launch(ANATOMY, TEACHER, activity_id=activity.id)
    known = MoodleUser.objects.get()
    assert (known.user.get_full_name(), known.user.email) == ("", "")
    assert known.user_name == "tina"  # by a custom parameter
    moodle.site.change_activity(activity.id, share_names=True)
    visitor.launch(ANATOMY, TEACHER, activity_id=activity.id)
    assert user_of(site, TEACHER).get_full_name() == "Tina Teacher"
    moodle.site.change_activity(activity.id, share_names=False)
    visitor.launch(ANATOMY, TEACHER, activity_id=activity.id)
    assert user_of(site, TEACHER).get_full_name() == "Tina Teacher"


@pytest.mark.parametrize("known_by", ["a launch", "the roster"])
def test_a_parameter_of_an_activity_makes_nobody_somebody_else(
    visitor: Visitor, site: MoodleSite, moodle: MoodleStandIn, known_by: str
) -> None:
    """Where the tool has no such parameter and names are hidden, a teacher can set one."""
    tool = moodle.site.tools[0].id
    course = Course.objects.create(site=site, course_id=str(ANATOMY), learners_see_own=True)
    if known_by == "a launch":
        visitor.launch(ANATOMY, LEARNER)
    else:
        course_factories.enrolment(course, str(LEARNER), user_name="leo")
    moodle.site.change_tool(tool, custom={}, names="never")
    activity = moodle.site.add_activity(BOTANY, tool, custom={"user_name": "leo"})
    Visitor(moodle).launch(BOTANY, TEACHER, activity_id=activity.id)
    assert MoodleUser.objects.get(subject=str(TEACHER)).user_name == ""


def test_a_name_that_moves_on_is_believed_of_moodle(
    visitor: Visitor, site: MoodleSite, moodle: MoodleStandIn
) -> None:
    visitor.launch(ANATOMY, TEACHER)
    moodle.site.change_person(TEACHER, username="tina.old")
    moodle.site.change_person(TUTOR, username="tina")
    Visitor(moodle).launch(ANATOMY, TUTOR)
    assert MoodleUser.objects.get(subject=str(TUTOR)).user_name == "tina"


def test_a_disabled_user_is_refused(visitor: Visitor, site: MoodleSite) -> None:
    visitor.launch(ANATOMY, TEACHER)
    User.objects.update(is_active=False)
    answer = visitor.launch(ANATOMY, TEACHER)
    assert (answer.status_code, "switched off" in answer.content.decode()) == (403, True)
    assert visitor.get("/").headers["Location"].startswith("/sign-in/")


def test_people_of_two_sites_are_two(
    visitor: Visitor, site: MoodleSite, other_site: MoodleSite, other_moodle: MoodleStandIn
) -> None:
    visitor.launch(ANATOMY, TEACHER)
    Visitor(other_moodle).launch(ANATOMY, TEACHER)
    assert user_of(site, TEACHER) != user_of(other_site, TEACHER)
    assert course_of(site) != course_of(other_site)


def test_a_known_user_of_a_like_name_is_not_taken_over(visitor: Visitor, site: MoodleSite) -> None:
    User.objects.filter(pk=factories.administrator("tina").pk).update(email="tina@example.org")
    factories.administrator(f"moodle-{site.pk}-{TEACHER}")
    visitor.launch(ANATOMY, TEACHER)
    user = user_of(site, TEACHER)
    assert not user.is_administrator
    with pytest.raises(ValidationError, match="username"):
        user.clean_fields()  # no form takes such a name, so nobody can be there before


def test_a_second_course_is_added_and_both_tabs_work(visitor: Visitor, site: MoodleSite) -> None:
    visitor.launch(ANATOMY, TEACHER)
    key = visitor.client.session.session_key
    visitor.launch(BOTANY, TEACHER)
    assert visitor.client.session.session_key == key
    assert roles_of(visitor.client) == {
        str(course_of(site, ANATOMY).pk): "teacher",
        str(course_of(site, BOTANY).pk): "teacher",
    }
    assert course_of(site, BOTANY).copied_from == ["6", "5"]


def test_the_form_of_the_first_tab_still_counts(visitor: Visitor) -> None:
    strict = Client(enforce_csrf_checks=True)
    visitor.client = strict
    visitor.launch(ANATOMY, TEACHER)
    page = visitor.get(reverse("reports:me"))
    token = page.context["csrf_token"]
    visitor.launch(BOTANY, TEACHER)
    form = {"time_zone": "Europe/Berlin", "csrfmiddlewaretoken": str(token)}
    where = reverse("reports:me-zone")
    assert strict.post(where, {"time_zone": "UTC"}, secure=True).status_code == 403
    headers = {"origin": "https://testserver"}
    assert strict.post(where, form, secure=True, headers=headers).status_code == 302


def test_somebody_else_ends_the_session(visitor: Visitor, site: MoodleSite) -> None:
    visitor.launch(ANATOMY, TEACHER)
    key = visitor.client.session.session_key
    visitor.launch(BOTANY, TUTOR)
    assert visitor.client.session.session_key != key
    assert roles_of(visitor.client) == {str(course_of(site, BOTANY).pk): "teacher"}
    actions = AccessLogEntry.objects.order_by("pk").values_list("user_label", "action")
    assert [action for _, action in actions] == [
        "came from Moodle",
        "signed out",
        "came from Moodle",
    ]
    old = Client()
    old.cookies[settings.SESSION_COOKIE_NAME] = key
    assert old.get("/", secure=True).headers["Location"].startswith("/sign-in/")


def test_somebody_else_who_is_refused_ends_the_session_too(visitor: Visitor) -> None:
    visitor.launch(ANATOMY, TEACHER)
    assert visitor.launch(ANATOMY, LEARNER).status_code == 403
    assert visitor.get("/").headers["Location"].startswith("/sign-in/")


def test_an_administrator_with_a_password_is_signed_out_by_a_launch(
    visitor: Visitor, site: MoodleSite
) -> None:
    head = factories.administrator()
    visitor.client.force_login(head)
    assert visitor.get(reverse("reports:accounts")).status_code == 200
    visitor.launch(ANATOMY, TEACHER)
    assert visitor.get(reverse("reports:accounts")).status_code == 404
    assert visitor.client.session["_auth_user_id"] == str(user_of(site, TEACHER).pk)


def test_a_role_lasts_eight_hours_from_its_own_launch(visitor: Visitor, site: MoodleSite) -> None:
    start = datetime.now(UTC)
    visitor.launch(ANATOMY, TEACHER)
    teacher = user_of(site, TEACHER)
    with time_machine.travel(start + timedelta(hours=7), tick=True):
        assert list(viewer_of(teacher, visitor.client.session).courses()) == [course_of(site)]
        assert visitor.launch(BOTANY, TEACHER).status_code == 302
    with time_machine.travel(start + timedelta(hours=9), tick=True):
        session = visitor.client.session
        assert list(viewer_of(teacher, session).courses()) == [course_of(site, BOTANY)]
    with time_machine.travel(start + timedelta(hours=15, minutes=1), tick=True):
        assert visitor.get("/").headers["Location"].startswith("/sign-in/")


def test_the_session_ends_eight_hours_after_the_launch_whatever_is_done(visitor: Visitor) -> None:
    start = datetime.now(UTC)
    visitor.launch(ANATOMY, TEACHER)
    with time_machine.travel(start + timedelta(hours=7), tick=True):
        session = visitor.client.session
        session["something"] = "stored"
        session.save()
        assert visitor.get("/").status_code == 200
    with time_machine.travel(start + timedelta(hours=8, minutes=1), tick=True):
        assert visitor.get("/").headers["Location"].startswith("/sign-in/")


def test_a_stopped_site_ends_its_sessions_at_once(visitor: Visitor, site: MoodleSite) -> None:
    visitor.launch(ANATOMY, ADMIN)
    viewer = viewer_of(user_of(site, ADMIN), visitor.client.session)
    assert viewer.courses()
    MoodleSite.objects.update(is_active=False)
    assert not viewer.courses()
    answer = visitor.get(reverse("reports:me"))
    assert (answer.status_code, "no longer leads" in answer.content.decode()) == (403, True)
    MoodleSite.objects.update(is_active=True)
    assert visitor.get("/").headers["Location"].startswith("/sign-in/")


def test_a_session_of_a_stopped_site_does_not_bar_the_way_in_from_another(
    visitor: Visitor, site: MoodleSite, other_site: MoodleSite, other_moodle: MoodleStandIn
) -> None:
    visitor.launch(ANATOMY, TEACHER)
    MoodleSite.objects.filter(pk=site.pk).update(is_active=False)
    visitor.moodle = other_moodle
    assert visitor.launch(ANATOMY, TEACHER).status_code == 302


def test_a_deleted_site_ends_its_sessions(visitor: Visitor, site: MoodleSite) -> None:
    visitor.launch(ANATOMY, TEACHER)
    site.delete()
    assert visitor.get(reverse("reports:me")).status_code == 403
    assert visitor.get("/").headers["Location"].startswith("/sign-in/")


def test_the_log_says_who_came_into_which_course(visitor: Visitor, site: MoodleSite) -> None:
    visitor.launch(ANATOMY, TEACHER)
    line = AccessLogEntry.objects.get()
    assert (line.user, line.action) == (user_of(site, TEACHER), "came from Moodle")
    assert line.target == f"course {ANATOMY} of {site.issuer}"
    assert line.detail == {"role": "teacher"}


def test_where_the_link_leads_is_not_up_to_the_request(visitor: Visitor, site: MoodleSite) -> None:
    start = visitor.moodle.launch_form(ANATOMY, TEACHER)
    target = {"target_link_uri": "https://elsewhere.example/", "cookies": "checked"}
    begun = visitor.post(start.action, {**start.fields, **target})
    back = visitor.moodle.authorize(begun.headers["Location"])
    answer = visitor.post(back.action, {**back.fields, "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == f"/courses/{course_of(site).pk}/"


def test_the_roster_stays_with_the_tool_that_may_ask_for_it(
    visitor: Visitor, site: MoodleSite
) -> None:
    """Another tool of the site, without names and roles, must not take it over."""
    visitor.launch(ANATOMY, TEACHER)
    before = Course.objects.get(site=site)
    other = MoodleTool.objects.create(site=site, client_id="another", deployment_id="9")
    told = dict.fromkeys((field.name for field in fields(Launch)), "")
    told |= {"course_id": before.course_id, "copied_from": (), "starts_at": None, "ends_at": None}
    arrival._course(Launch(**{**told, "tool": other}))
    after = Course.objects.get(site=site)
    assert (after.tool, after.memberships_url) == (before.tool, before.memberships_url)
    assert after.memberships_url
