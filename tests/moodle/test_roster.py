"""A roster is read whole and stored at once; rows outlive renaming, leaving and coming back."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from reports.models import Enrolment, MoodleSite, User
from reports.moodle import members as reading
from reports.moodle.members import Member
from reports.moodle.roster import store_roster
from reports.simulator.moodle.records import Person
from reports.simulator.moodle.standin import MoodleStandIn
from tests.moodle.conftest import ANATOMY, BOTANY, ELSEWHERE, LEARNER, TEACHER, TUTOR
from tests.moodle.rosters import ask, asked_for_members, fresh, names, opened, row_of


def test_everybody_is_stored_as_moodle_lists_them(moodle: MoodleStandIn, site: MoodleSite) -> None:
    course = opened(moodle, site)
    change = ask(course)
    assert vars(change) == {"listed": 3, "joined": 3, "came_back": 0, "left": 0}
    kinds = dict(Enrolment.objects.values_list("moodle_user_id", "kind"))
    assert kinds == {str(TEACHER): "staff", str(TUTOR): "learner", str(LEARNER): "learner"}
    leo = row_of(course, LEARNER)
    assert (leo.name, leo.user_name, leo.email) == ("Leo Learner", "leo", "leo@example.org")
    assert fresh(course).roster_asked_at == leo.first_seen_at == leo.last_seen_at
    assert (fresh(course).roster_error, fresh(course).roster_failed_at) == ("", None)


def test_all_pages_are_read_and_never_by_role(
    moodle: MoodleStandIn, site: MoodleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE_SIZE", 1)
    course = opened(moodle, site)
    assert ask(course).listed == 3
    asked = asked_for_members(moodle)
    assert [query.get("limit") for query in asked] == ["1", "1", "1"]
    assert [query.get("from", "0") for query in asked] == ["0", "1", "2"]
    assert not any("role" in query for query in asked)


def test_one_question_where_names_are_shared(moodle: MoodleStandIn, site: MoodleSite) -> None:
    ask(opened(moodle, site))
    assert asked_for_members(moodle) == [{"limit": "1000"}]


def test_who_leaves_keeps_the_row_and_comes_back_into_it(
    moodle: MoodleStandIn, site: MoodleSite
) -> None:
    course = opened(moodle, site)
    ask(course)
    before = row_of(course, LEARNER)
    moodle.site.unenrol(ANATOMY, LEARNER)
    assert vars(ask(course)) == {"listed": 2, "joined": 0, "came_back": 0, "left": 1}
    gone = row_of(course, LEARNER)
    assert gone.last_seen_at == before.last_seen_at < fresh(course).roster_asked_at
    moodle.site.enrol(ANATOMY, LEARNER)
    assert vars(ask(course)) == {"listed": 3, "joined": 0, "came_back": 1, "left": 0}
    back = row_of(course, LEARNER)
    assert (back.pk, back.first_seen_at) == (before.pk, before.first_seen_at)
    assert back.last_seen_at == fresh(course).roster_asked_at


def test_who_is_suspended_has_left(moodle: MoodleStandIn, site: MoodleSite) -> None:
    course = opened(moodle, site)
    ask(course)
    moodle.site.suspend(ANATOMY, LEARNER)
    assert ask(course).left == 1


def test_a_reset_course_keeps_those_of_before(moodle: MoodleStandIn, site: MoodleSite) -> None:
    course = opened(moodle, site)
    ask(course)
    moodle.site.reset_course(ANATOMY)
    assert ask(course).left == 1
    assert Enrolment.objects.filter(course=course).count() == 3
    assert row_of(course, LEARNER).name == "Leo Learner"


def test_a_renamed_learner_is_the_same_one(moodle: MoodleStandIn, site: MoodleSite) -> None:
    course = opened(moodle, site)
    ask(course)
    before = row_of(course, LEARNER)
    moodle.site.change_person(
        LEARNER, family_name="Married", username="leo.m", email="married@example.org"
    )
    assert ask(course).joined == 0
    after = row_of(course, LEARNER)
    assert (after.pk, after.first_seen_at) == (before.pk, before.first_seen_at)
    assert (after.name, after.user_name) == ("Leo Married", "leo.m")
    assert after.email == "married@example.org"


def test_two_people_of_one_address_stay_two(moodle: MoodleStandIn, site: MoodleSite) -> None:
    moodle.site.put_person(Person(9, "lea", "Lea", "Learner", "leo@example.org"))
    moodle.site.enrol(ANATOMY, 9)
    course = opened(moodle, site)
    ask(course)
    emails = Enrolment.objects.filter(email="leo@example.org")
    assert set(emails.values_list("name", flat=True)) == {"Leo Learner", "Lea Learner"}


def test_a_learner_who_became_a_teacher_is_told_so(moodle: MoodleStandIn, site: MoodleSite) -> None:
    course = opened(moodle, site)
    ask(course)
    moodle.site.enrol(ANATOMY, LEARNER, "editingteacher")
    ask(course)
    assert row_of(course, LEARNER).kind == Enrolment.Kind.STAFF


def test_each_course_has_its_own_rows(moodle: MoodleStandIn, site: MoodleSite) -> None:
    moodle.site.enrol(BOTANY, ELSEWHERE)
    anatomy, botany = opened(moodle, site), opened(moodle, site, BOTANY)
    ask(anatomy)
    ask(botany)
    moodle.site.unenrol(BOTANY, LEARNER)
    assert ask(botany).left == 1
    assert row_of(anatomy, LEARNER).last_seen_at == fresh(anatomy).roster_asked_at
    assert not Enrolment.objects.filter(course=anatomy, moodle_user_id=str(ELSEWHERE)).exists()


def test_what_people_said_outlives_rosters(moodle: MoodleStandIn, site: MoodleSite) -> None:
    course = opened(moodle, site)
    ask(course)
    tina = User.objects.get()
    said = {
        "marked_kind": "staff",
        "marked_by": tina,
        "counted_from": row_of(course, LEARNER).first_seen_at - timedelta(days=30),
        "backdated_by": tina,
    }
    Enrolment.objects.filter(moodle_user_id=str(LEARNER)).update(**said)
    moodle.site.change_person(LEARNER, family_name="Married")
    ask(course)
    leo = row_of(course, LEARNER)
    assert {name: getattr(leo, name) for name in said} == said
    assert leo.name == "Leo Married"


def test_an_answer_that_was_asked_for_earlier_changes_nothing(
    moodle: MoodleStandIn, site: MoodleSite
) -> None:
    course = opened(moodle, site)
    ask(course)
    at = fresh(course).roster_asked_at
    assert at is not None
    late = [Member("99", Enrolment.Kind.LEARNER, {"name": "Late Comer"})]
    store_roster(fresh(course), late, at - timedelta(seconds=1))
    assert "99" not in names(course)
    assert fresh(course).roster_asked_at == at
    store_roster(fresh(course), late, at + timedelta(seconds=1))
    assert names(course)["99"] == "Late Comer"


def test_a_large_roster_takes_few_queries(
    moodle: MoodleStandIn, site: MoodleSite, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    course = opened(moodle, site)
    members = [Member(str(n), Enrolment.Kind.LEARNER, {"name": f"N {n}"}) for n in range(1200)]
    at = fresh(course).launched_at
    assert at is not None
    with django_assert_max_num_queries(40):
        store_roster(fresh(course), members, at)
    with django_assert_max_num_queries(40):
        store_roster(fresh(course), members[:-1], at + timedelta(hours=1))
    assert Enrolment.objects.filter(last_seen_at=at).count() == 1


# Names that are not shared -----------------------------------------------------------------------


def share(moodle: MoodleStandIn, how: str) -> None:
    for tool in moodle.site.tools:
        moodle.site.change_tool(tool.id, names=how, emails=how)


def test_hidden_names_leave_rows_without(moodle: MoodleStandIn, site: MoodleSite) -> None:
    share(moodle, "never")
    course = opened(moodle, site)
    assert ask(course).listed == 3
    leo = row_of(course, LEARNER)
    assert (leo.name, leo.user_name, leo.email) == ("", "", "")


def test_names_that_are_hidden_from_now_on_go(moodle: MoodleStandIn, site: MoodleSite) -> None:
    course = opened(moodle, site)
    ask(course)
    share(moodle, "never")
    ask(course)
    leo = row_of(course, LEARNER)
    assert (leo.name, leo.user_name, leo.email) == ("", "", "")


def test_delegated_names_come_by_the_activity(moodle: MoodleStandIn, site: MoodleSite) -> None:
    share(moodle, "delegate")
    course = opened(moodle, site)
    ask(course)
    assert names(course)[str(LEARNER)] == "Leo Learner"
    first, second = asked_for_members(moodle)
    assert "rlid" not in first
    assert second["rlid"] == course.resource_link_id


def test_an_activity_s_access_rules_hide_nobody(moodle: MoodleStandIn, site: MoodleSite) -> None:
    share(moodle, "delegate")
    course = opened(moodle, site)
    activity = int(course.resource_link_id)
    moodle.site.change_activity(activity, hidden_from=frozenset({LEARNER}))
    assert ask(course).listed == 3
    assert names(course)[str(LEARNER)] == ""
    assert names(course)[str(TUTOR)] == "Tom Tutor"


def test_without_its_activity_a_roster_comes_and_known_names_stay(
    moodle: MoodleStandIn, site: MoodleSite
) -> None:
    share(moodle, "delegate")
    course = opened(moodle, site)
    ask(course)
    moodle.site.delete_activity(int(course.resource_link_id))
    moodle.site.enrol(ANATOMY, ELSEWHERE)
    assert vars(ask(course)) == {"listed": 4, "joined": 1, "came_back": 0, "left": 0}
    assert names(course)[str(LEARNER)] == "Leo Learner"
    assert names(course)[str(ELSEWHERE)] == ""


def test_the_teacher_s_no_counts_too(moodle: MoodleStandIn, site: MoodleSite) -> None:
    share(moodle, "delegate")
    course = opened(moodle, site)
    ask(course)
    activity = int(course.resource_link_id)
    moodle.site.change_activity(activity, share_names=False, share_emails=False)
    ask(course)
    assert set(names(course).values()) == {""}
