"""Who was erased is erased from registers too: names, corrections, links, however they were found."""

from datetime import timedelta

import pytest

from reports.models import (
    AccessLogEntry,
    Account,
    Course,
    Enrolment,
    IdentityLink,
    IdentityRule,
    IgnoredSession,
    MoodleSite,
    Person,
    PresenceCorrection,
    Room,
    RoomSession,
)
from reports.queries.register import course_register
from reports.sync.erasure import erase_person, find_traces
from reports.sync.moodle_users import moodle_users_of
from tests import course_factories, factories
from tests.factories import START

DAY = timedelta(days=1)


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def room(account: Account) -> Room:
    return factories.room(account)


@pytest.fixture
def site(account: Account) -> MoodleSite:
    return course_factories.moodle_site(account)


@pytest.fixture
def course(site: MoodleSite, room: Room) -> Course:
    return course_factories.course(site, [room], roster_asked_at=START - DAY)


def enrol(course: Course, user: str, **more: str) -> Enrolment:
    seen = {"first_seen_at": START - 9 * DAY, "last_seen_at": START - DAY}
    return course_factories.enrolment(course, user, **{"name": f"Learner {user}"} | more | seen)


def note(course: Course, user: str, **more: object) -> PresenceCorrection:
    return PresenceCorrection.objects.create(
        account=course.site.account,
        course=course,
        cue_point_id="1_sess0001",
        moodle_user_id=user,
        presence="excused",
        reason="in hospital",
        **more,
    )


def link(course: Course, person: Person, user: str, *, site_wide: bool = False) -> IdentityLink:
    return IdentityLink.objects.create(
        account=course.site.account,
        site=course.site,
        course=None if site_wide else course,
        person_key=person.key,
        moodle_user_id=user,
    )


def erase(person: Person) -> None:
    erase_person(person, find_traces(person))


def named() -> dict[tuple[int, str], bool]:
    """Return of each enrolment whether it still has a name."""
    rows = Enrolment.objects.values_list("course", "moodle_user_id", "name", "erased_at")
    return {(course, user): bool(name) and at is None for course, user, name, at in rows}


def test_corrections_and_links_go_with_the_name_and_the_register_says_unknown(
    account: Account, course: Course, room: Room
) -> None:
    enrol(course, "1", user_name="ada")
    enrol(course, "2", user_name="ben")
    ada = factories.person(account, "ada", name="Ada")
    guest = factories.person(account, "", name="Ada at home", is_placeholder=True)
    factories.whole_session(room, [(ada, 3600, 0), (guest, 60, 0)])
    link(course, guest, "1")
    kept = [note(course, "2").pk]
    note(course, "1", undone_at=START)
    note(course, "1")

    traces = find_traces(ada)
    assert (len(traces.enrolments), len(traces.corrections), len(traces.links)) == (1, 2, 1)
    erase(ada)

    assert list(PresenceCorrection.objects.values_list("pk", flat=True)) == kept
    assert not IdentityLink.objects.exists()
    assert named() == {(course.pk, "1"): False, (course.pk, "2"): True}
    sessions = RoomSession.objects.all()
    register = course_register(course, sessions, START - DAY, START + DAY)
    assert {it.line.moodle_user_id: it.seats[0].mark for it in register.rows} == {
        "1": "unknown",
        "2": "excused",
    }


@pytest.mark.parametrize(
    ("enrolled", "how"),
    [
        ({"user_name": "ada"}, "user_name"),
        ({"email": "ADA@example.org"}, "email"),
        ({"id_number": "ada"}, "id_number"),
        ({"email": "other@example.org", "user_name": "Ada", "id_number": "Ada"}, None),
    ],
)
def test_the_exact_keys_of_the_site_find_the_learner(
    account: Account, course: Course, enrolled: dict[str, str], how: str | None
) -> None:
    enrol(course, "1", **enrolled)
    other = course_factories.course(course.site, course_id="8")
    enrol(other, "1")  # the same Moodle user, of whom this roster tells no more than a name
    ada = factories.person(account, "ada", name="Learner 1", email="ada@example.org")
    note(other, "1")
    assert [it.how for it in moodle_users_of(ada)] == ([how] if how else [])
    erase(ada)
    assert set(named().values()) == {how is None}
    assert PresenceCorrection.objects.exists() is (how is None)


def test_a_shared_address_or_a_key_that_the_site_does_not_use_is_nobody_s(
    account: Account, course: Course
) -> None:
    enrol(course, "1", email="ada@example.org")
    enrol(course, "2", email="ada@example.org")
    ada = factories.person(account, "ada")
    assert moodle_users_of(ada) == []
    Enrolment.objects.filter(moodle_user_id="2").delete()
    assert len(moodle_users_of(ada)) == 1
    since = (START + DAY).date().isoformat()
    IdentityRule.objects.create(
        site=course.site,
        version=1,
        keys=[{"key": "user_name", "from": None}, {"key": "email", "from": since}],
    )
    assert [it.how for it in moodle_users_of(ada)] == ["email"]  # for later sessions all the same
    IdentityRule.objects.create(
        site=course.site, version=2, keys=[{"key": "user_name", "from": None}]
    )
    assert moodle_users_of(ada) == []


def test_a_link_of_a_course_reaches_that_course_and_one_of_the_site_all_of_it(
    account: Account, course: Course
) -> None:
    other = course_factories.course(course.site, course_id="8")
    for one in (course, other):
        enrol(one, "1")
        note(one, "1")
    ada = factories.person(account, "x-77")
    undone = link(course, ada, "1", site_wide=True)
    undone.undone_at = START
    undone.save(update_fields=["undone_at"])
    assert moodle_users_of(ada) == []
    link(course, ada, "1")
    traces = find_traces(ada)
    assert (len(traces.enrolments), len(traces.corrections), len(traces.links)) == (1, 1, 2)
    link(course, ada, "1", site_wide=True)
    erase(ada)
    assert set(named().values()) == {False}
    assert not PresenceCorrection.objects.exists()


def test_who_was_said_to_be_nobody_is_not_found_by_an_address(
    account: Account, course: Course
) -> None:
    enrol(course, "1", email="ada@example.org")
    ada = factories.person(account, "ada")
    said = link(course, ada, "")
    assert moodle_users_of(ada) == []
    said.undone_at = START
    said.save(update_fields=["undone_at"])
    assert [it.how for it in moodle_users_of(ada)] == ["email"]
    link(course, ada, "", site_wide=True)
    assert moodle_users_of(ada) == []


def test_sites_of_another_account_are_left_alone(account: Account, course: Course) -> None:
    far = course_factories.moodle_site(factories.account("far"), "https://far.example.org")
    elsewhere = course_factories.course(far, course_id="7")
    enrol(elsewhere, "1", user_name="ada")
    note(elsewhere, "1")
    erase(factories.person(account, "ada"))
    assert named() == {(elsewhere.pk, "1"): True}
    assert PresenceCorrection.objects.count() == 1
    assert course.pk


def test_reasons_that_name_the_person_lose_their_text_and_count_as_before(
    account: Account, course: Course, room: Room
) -> None:
    enrol(course, "1", name="Ada Adams", user_name="ada.l")
    enrol(course, "2", name="Ben", user_name="ben")
    ada = factories.person(account, "ada.l", name="A. Lovelace", email="ada@example.org")
    far = course_factories.course(
        course_factories.moodle_site(factories.account("far"), "https://b")
    )
    texts = {"with ADA  ADAMS in the clinic": "(erased)", "adams, a test": "adams, a test"}
    for where in (course, far):
        for reason in texts:
            said = {"account": where.site.account, "course": where, "reason": reason}
            IgnoredSession.objects.create(cue_point_id="1_sess0009", **said)
            PresenceCorrection.objects.create(
                cue_point_id="1_sess0009", moodle_user_id="2", presence="excused", **said
            )
    note(course, "1")

    traces = find_traces(ada)
    assert (len(traces.corrections), traces.reasons) == (1, 2)
    erase(ada)

    for kind in (IgnoredSession, PresenceCorrection):
        for where, expected in ((course, list(texts.values())), (far, list(texts))):
            found = kind.objects.filter(course=where).order_by("pk")
            assert list(found.values_list("reason", flat=True)) == expected
            assert found.in_force().count() == 2


def test_of_a_guest_only_the_one_session_is_looked_at_and_the_log_keeps_no_hash_of_the_name(
    account: Account, course: Course, room: Room
) -> None:
    guest = factories.person(account, "", name="Tom", email="", is_placeholder=True)
    for cue in ("1_sess0001", "1_sess0002"):
        said = {"account": account, "course": course, "reason": "Tom alone"}
        IgnoredSession.objects.create(cue_point_id=cue, **said)
    detail = {"people": [guest.key, "u:somebody"], "moodle_user": "1"}
    entry = AccessLogEntry.objects.create(action="linked people", target="x", detail=detail)

    erase(guest)

    reasons = IgnoredSession.objects.order_by("pk").values_list("reason", flat=True)
    assert list(reasons) == ["(erased)", "Tom alone"]
    entry.refresh_from_db()
    assert entry.detail == {"people": ["(erased)", "u:somebody"], "moodle_user": "1"}
