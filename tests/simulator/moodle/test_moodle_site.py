"""What may happen to a site while it runs."""

import pytest

from reports.simulator.moodle.moodle_site import MoodleSite
from reports.simulator.moodle.records import Person, Tool
from tests.simulator.moodle.cast import COURSE, EMPTY_COURSE, LEARNER, OTHER, TEACHER, TUTOR


def roles(site: MoodleSite, course_id: int) -> dict[int, str]:
    """Return everybody's role in a course by user id."""
    return {person.id: enrolment.role for person, enrolment in site.members(course_id)}


@pytest.fixture
def tool(site: MoodleSite) -> Tool:
    """Return a tool that nobody serves."""
    return site.add_tool(
        name="Tool",
        tool_url="http://t.example/launch",
        login_url="http://t.example/login",
        redirect_urls=("http://t.example/launch",),
    )


def test_people_come_change_their_role_and_go(site: MoodleSite) -> None:
    site.enrol(EMPTY_COURSE.id, LEARNER.id)
    site.enrol(EMPTY_COURSE.id, OTHER.id, "teacher")
    assert roles(site, EMPTY_COURSE.id) == {3: "editingteacher", 5: "student", 6: "teacher"}
    site.enrol(EMPTY_COURSE.id, OTHER.id, "student")
    site.unenrol(EMPTY_COURSE.id, LEARNER.id)
    assert roles(site, EMPTY_COURSE.id) == {3: "editingteacher", 6: "student"}


def test_who_is_enrolled_again_is_no_longer_suspended(site: MoodleSite) -> None:
    site.suspend(COURSE.id, LEARNER.id)
    enrolment = site.enrolment(COURSE.id, LEARNER.id)
    assert enrolment is not None
    assert enrolment.is_suspended
    site.enrol(COURSE.id, LEARNER.id)
    again = site.enrolment(COURSE.id, LEARNER.id)
    assert again is not None
    assert not again.is_suspended


def test_unknown_ones_and_wrong_roles_are_refused(site: MoodleSite) -> None:
    with pytest.raises(KeyError):
        site.enrol(COURSE.id, 999)
    with pytest.raises(KeyError):
        site.unenrol(COURSE.id, 999)
    with pytest.raises(KeyError):
        site.person_named("nobody")
    with pytest.raises(ValueError, match="no role"):
        site.enrol(COURSE.id, LEARNER.id, "guest")  # type: ignore[arg-type]


def test_a_person_is_renamed_and_deleted_with_their_enrolments(site: MoodleSite) -> None:
    assert site.change_person(LEARNER.id, family_name="Berg").name == "Zoë Berg"
    site.delete_person(LEARNER.id)
    assert LEARNER.id not in roles(site, COURSE.id)
    with pytest.raises(KeyError):
        site.person(LEARNER.id)


def test_a_name_of_one_word_has_no_space(site: MoodleSite) -> None:
    assert Person(9, "x", "Émile", "", "").name == "Émile"


def test_a_reset_takes_out_the_learners_only(site: MoodleSite, tool: Tool) -> None:
    site.add_activity(COURSE.id, tool.id)
    site.reset_course(COURSE.id)
    assert roles(site, COURSE.id).keys() == {TEACHER.id, TUTOR.id}
    assert len(site.activities_in(COURSE.id)) == 1
    assert roles(site, EMPTY_COURSE.id).keys() == {TEACHER.id}


def test_a_copy_knows_its_origins_and_has_no_learners(site: MoodleSite, tool: Tool) -> None:
    original = site.add_activity(COURSE.id, tool.id, "Register", custom={"room": "1_abc"})
    copy = site.copy_course(COURSE.id)
    assert copy.copied_from == (COURSE.id, *COURSE.copied_from)
    assert roles(site, copy.id).keys() == {TEACHER.id, TUTOR.id}
    (activity,) = site.activities_in(copy.id)
    assert activity.id != original.id
    assert (activity.title, activity.custom) == (original.title, original.custom)


def test_a_deleted_tool_leaves_its_activities(site: MoodleSite, tool: Tool) -> None:
    site.add_activity(COURSE.id, tool.id)
    site.delete_tool(tool.id)
    assert len(site.activities_in(COURSE.id)) == 1
    again = site.add_tool(
        name="Tool", tool_url="", login_url="", redirect_urls=(), client_id="chosen"
    )
    assert again.id != tool.id
    assert site.client("chosen") == again


def test_a_deleted_course_takes_its_activities_along(site: MoodleSite, tool: Tool) -> None:
    activity = site.add_activity(COURSE.id, tool.id)
    site.delete_course(COURSE.id)
    with pytest.raises(KeyError):
        site.activity(activity.id)
    assert site.members(COURSE.id) == []
