"""A course's category in Kaltura, asked over HTTP: what gets in, what leaves, what stays."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from reports.models import (
    AccessLogEntry,
    Account,
    Course,
    CourseCategory,
    CourseRoom,
    Room,
    SignInMethod,
)
from reports.moodle.course_rooms import category_name, confirm, put_in, take_out, turn_down
from reports.moodle.room_categories import (
    AFTER_A_LAUNCH,
    IN_USE,
    NIGHTLY,
    ask_category,
    ask_due_categories,
    can_ask,
    claim_category,
    due_courses,
)
from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld, Room as KalturaRoom
from tests import course_factories, factories
from tests.sync.worlds import new_account

COURSE, OTHER = "Moodle>site>channels>7", "Moodle>site>channels>8"
A, B, C, GROUP = "1_aaaaaaaa", "1_bbbbbbbb", "1_cccccccc", "1_gggggggg"
State, Ended = CourseCategory.State, CourseRoom.Ended


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(ListedWorld()) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator, settings: Settings) -> Iterator[Simulator]:
    """A Kaltura in which A and B are published in course 7, and a room elsewhere in course 8."""
    settings.KALTURA_ENDPOINTS = {"simulator": running.url}
    running.faults.clear()
    running.accounts[DEFAULT_ACCOUNT.partner_id] = DEFAULT_ACCOUNT
    running.forget_requests()
    publish(running, {A: [COURSE], B: [COURSE], "1_xxxxxxxx": [OTHER]})
    yield running
    running.faults.clear()


def publish(simulator: Simulator, rooms: dict[str, list[str]]) -> None:
    simulator.world = ListedWorld(
        KalturaRoom(entry_id, entry_id, categories=tuple(names))
        for entry_id, names in rooms.items()
    )


@pytest.fixture
def account(db: None, simulator: Simulator) -> Account:
    return new_account()


@pytest.fixture
def course(account: Account) -> Course:
    site = course_factories.moodle_site(account)
    return course_factories.course(site, launched_at=timezone.now())


@pytest.fixture
def rooms(account: Account) -> dict[str, Room]:
    """What is known of A and B; C and the others never had a session."""
    return {key: factories.room(account, f"Room {key}", entry_id=key) for key in (A, B)}


def request_of(username: str = "head") -> object:
    request = RequestFactory().post("/")
    request.user = factories.administrator(username)
    return request


def in_course(course: Course) -> set[str]:
    claims = CourseRoom.objects.in_force().filter(course=course)
    return set(claims.values_list("room__entry_id", flat=True))


def waiting(course: Course) -> set[str]:
    claims = CourseRoom.objects.waiting().filter(course=course)
    return set(claims.values_list("room__entry_id", flat=True))


def test_rooms_of_the_category_are_the_course_s_at_once(
    course: Course, rooms: dict[str, Room]
) -> None:
    kept = ask_category(course)
    assert in_course(course) == {A, B}
    assert (kept.state, set(kept.entry_ids), kept.full_name) == (State.FOUND, {A, B}, COURSE)
    claim = CourseRoom.objects.get(room=rooms[A])
    assert kept.asked_at is not None
    assert claim.evidence == {"category": COURSE, "asked_at": kept.asked_at.isoformat()}
    assert (claim.claimed_by, claim.confirmed_by) == (None, None)
    lines = AccessLogEntry.objects.filter(action="confirmed").order_by("pk")
    assert [(it.user_label, it.target.split()[1]) for it in lines] == [("worker", A), ("worker", B)]
    ask_category(course)
    assert CourseRoom.objects.count() == 2
    assert lines.count() == 2


def test_what_is_no_known_main_room_waits_for_being_known(
    simulator: Simulator, course: Course, rooms: dict[str, Room]
) -> None:
    publish(simulator, {A: [COURSE], C: [COURSE], GROUP: [COURSE]})
    factories.room(course.site.account, "Group", entry_id=GROUP, parent=rooms[A])
    far = factories.account("far", partner_id=99)
    factories.room(far, "Another account's", entry_id=C)
    kept = ask_category(course)
    assert set(kept.entry_ids) == {A, C, GROUP}
    assert in_course(course) == {A}
    factories.room(course.site.account, "At last", entry_id=C)
    ask_category(course)
    assert in_course(course) == {A, C}


def test_a_room_that_leaves_the_category_leaves_the_course_marked(
    simulator: Simulator, course: Course, rooms: dict[str, Room]
) -> None:
    ask_category(course)
    publish(simulator, {B: [COURSE]})
    ask_category(course)
    assert in_course(course) == {B}
    claim = CourseRoom.objects.get(room=rooms[A])
    assert (claim.ended, claim.undone_by) == (Ended.LEFT, None)
    assert claim.undone_at is not None
    assert AccessLogEntry.objects.filter(action="took", target__contains=A).exists()
    publish(simulator, {A: [COURSE], B: [COURSE]})
    ask_category(course)
    assert in_course(course) == {A, B}
    assert CourseRoom.objects.filter(room=rooms[A]).count() == 2


def test_an_administrator_s_word_outlasts_the_category(
    simulator: Simulator, course: Course, rooms: dict[str, Room]
) -> None:
    put_in(request_of(), course, rooms[A])
    ask_category(course)
    publish(simulator, {B: [COURSE]})
    ask_category(course)
    assert in_course(course) == {A, B}


@pytest.mark.parametrize("end", [take_out, turn_down])
def test_what_somebody_took_out_stays_out(
    course: Course, rooms: dict[str, Room], end: object
) -> None:
    is_waiting = end is turn_down
    claim = course_factories.course_room(course, rooms[A], confirmed=not is_waiting)
    end(request_of(), claim)
    ask_category(course)
    assert in_course(course) == {B}


def test_a_typed_claim_that_was_turned_down_stays_so(
    course: Course, rooms: dict[str, Room]
) -> None:
    claim = CourseRoom.objects.create(course=course, entry_id=A)
    turn_down(request_of(), claim)
    ask_category(course)
    assert in_course(course) == {B}


def test_a_typed_claim_is_confirmed_by_the_category(course: Course, rooms: dict[str, Room]) -> None:
    claim = CourseRoom.objects.create(course=course, entry_id=A, evidence={"by_hand": True})
    ask_category(course)
    claim.refresh_from_db()
    assert (claim.room, claim.evidence["category"]) == (rooms[A], COURSE)
    assert in_course(course) == {A, B}
    assert CourseRoom.objects.count() == 2


def test_a_room_of_another_course_waits_for_an_administrator(
    simulator: Simulator, course: Course, rooms: dict[str, Room]
) -> None:
    publish(simulator, {A: [COURSE, OTHER], B: [COURSE]})
    other = course_factories.course(course.site, course_id="8", launched_at=timezone.now())
    ask_category(course)
    ask_category(other)
    ask_category(other)
    assert (in_course(course), in_course(other)) == ({A, B}, set())
    assert waiting(other) == {A}
    assert CourseRoom.objects.filter(course=other).count() == 1
    confirm(request_of(), CourseRoom.objects.get(course=other))
    assert (in_course(course), in_course(other)) == ({A, B}, {A})
    ask_category(course)
    ask_category(other)
    assert (in_course(course), in_course(other)) == ({A, B}, {A})


def test_a_copied_course_has_its_own_category(
    simulator: Simulator, course: Course, rooms: dict[str, Room]
) -> None:
    publish(simulator, {A: [COURSE], B: [OTHER]})
    copy = course_factories.course(
        course.site, course_id="8", copied_from=["7"], launched_at=timezone.now()
    )
    ask_category(copy)
    ask_category(course)
    assert (in_course(course), in_course(copy)) == ({A}, {B})


def test_two_sites_with_the_same_categories_confirm_nothing(
    course: Course, rooms: dict[str, Room]
) -> None:
    twin = course_factories.moodle_site(
        course.site.account, "https://twin.example.org", category_root="moodle"
    )
    ask_category(course)
    assert in_course(course) == set()
    assert waiting(course) == {A, B}
    twin.is_active = False
    twin.save()
    ask_category(course)
    assert in_course(course) == {A, B}


# What is no answer changes nothing -------------------------------------------------------------


def test_no_category_of_the_course_takes_nothing_out(
    simulator: Simulator, course: Course, rooms: dict[str, Room]
) -> None:
    ask_category(course)
    publish(simulator, {B: [OTHER]})
    assert ask_category(course).state == State.MISSING
    publish(simulator, {})
    kept = ask_category(course)
    assert (kept.state, set(kept.entry_ids)) == (State.HIDDEN, {A, B})
    assert in_course(course) == {A, B}


def test_entitlement_takes_nothing_out(
    simulator: Simulator, course: Course, rooms: dict[str, Room]
) -> None:
    ask_category(course)
    simulator.accounts[DEFAULT_ACCOUNT.partner_id] = replace(DEFAULT_ACCOUNT, has_entitlement=True)
    assert ask_category(course).state == State.HIDDEN
    assert in_course(course) == {A, B}


def test_an_account_that_may_not_list_categories_is_told_so(
    simulator: Simulator, course: Course, rooms: dict[str, Room]
) -> None:
    simulator.accounts[DEFAULT_ACCOUNT.partner_id] = replace(
        DEFAULT_ACCOUNT, may_list_categories=False
    )
    kept = ask_category(course)
    assert (kept.state, kept.asked_at, kept.error) == (State.FORBIDDEN, None, "")
    assert in_course(course) == set()


@pytest.mark.parametrize("service", ["category", "categoryentry", "session"])
def test_a_failure_changes_nothing_and_is_kept(
    simulator: Simulator, course: Course, rooms: dict[str, Room], service: str
) -> None:
    ask_category(course)
    publish(simulator, {B: [COURSE]})
    simulator.faults.add("json_error", service=service, code="SOME_ERROR")
    kept = ask_category(course)
    assert kept.state == State.FAILED
    assert "SOME_ERROR" in kept.error
    assert DEFAULT_ACCOUNT.admin_secret not in kept.error
    assert set(kept.entry_ids) == in_course(course) == {A, B}


def test_an_answer_that_is_not_whole_lets_nobody_go(
    simulator: Simulator,
    course: Course,
    rooms: dict[str, Room],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put = course_factories.course_room(course, rooms[B], evidence={"category": COURSE})
    publish(simulator, {A: [COURSE], "1_11111111": [COURSE], "1_22222222": [COURSE]})
    monkeypatch.setattr("reports.kaltura.categories.PAGE_SIZE", 1)
    monkeypatch.setattr("reports.kaltura.categories.MOST_PAGES", 2)
    ask_category(course)
    put.refresh_from_db()
    assert put.undone_at is None
    assert in_course(course) == {A, B}


def test_an_endpoint_that_is_gone_is_a_failure(course: Course, settings: Settings) -> None:
    settings.KALTURA_ENDPOINTS = {}
    assert ask_category(course).state == State.FAILED


def test_a_later_answer_is_not_undone_by_an_earlier_one(
    course: Course, rooms: dict[str, Room]
) -> None:
    later = timezone.now() + timedelta(minutes=5)
    CourseCategory.objects.create(
        course=course, state=State.FOUND, full_name=COURSE, tried_at=later, entry_ids=["x"]
    )
    assert ask_category(course).entry_ids == ["x"]
    assert in_course(course) == set()


# When it is asked ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tried", "launched", "is_due"),
    [
        (None, timedelta(0), True),
        (None, IN_USE + timedelta(days=1), False),
        (NIGHTLY + timedelta(minutes=1), timedelta(days=9), True),
        (NIGHTLY - timedelta(minutes=1), timedelta(days=9), False),
        (AFTER_A_LAUNCH + timedelta(minutes=1), timedelta(minutes=1), True),
        (AFTER_A_LAUNCH - timedelta(minutes=1), timedelta(minutes=1), False),
    ],
)
def test_it_is_asked_at_the_first_launch_at_later_ones_and_nightly(
    course: Course, tried: timedelta | None, launched: timedelta, is_due: bool
) -> None:
    now = timezone.now()
    Course.objects.filter(pk=course.pk).update(launched_at=now - launched)
    if tried is not None:
        CourseCategory.objects.create(
            course=course, state=State.FAILED, full_name=COURSE, tried_at=now - tried
        )
    assert (course in due_courses(now)) == is_due


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"category_root": ""},
        {"account": None},
    ],
)
def test_a_site_that_can_t_be_asked_for_is_not(course: Course, change: dict[str, object]) -> None:
    for name, value in change.items():
        setattr(course.site, name, value)
    course.site.save()
    assert not can_ask(course)
    assert not due_courses(timezone.now())


@pytest.mark.parametrize(
    "change", [{"sign_in": SignInMethod.NONE}, {"removal_asked_at": timezone.now()}]
)
def test_an_account_that_can_t_be_asked_is_not(
    course: Course, account: Account, change: dict[str, object]
) -> None:
    Account.objects.filter(pk=account.pk).update(**change)
    assert not can_ask(Course.objects.get(pk=course.pk))
    assert not due_courses(timezone.now())


def test_a_course_id_that_would_be_another_category_has_none(course: Course) -> None:
    course.course_id = "7>8"
    assert category_name(course) == ""
    assert not can_ask(course)


def test_the_worker_asks_for_all_that_is_due_with_one_sign_in(
    simulator: Simulator, course: Course, rooms: dict[str, Room]
) -> None:
    for number in ("8", "9"):
        course_factories.course(course.site, course_id=number, launched_at=timezone.now())
    assert ask_due_categories() == 3
    states = CourseCategory.objects.order_by("course__course_id").values_list("state", flat=True)
    assert list(states) == [State.FOUND, State.FOUND, State.MISSING]
    calls = [it.call.service for it in simulator.requests if it.call]
    assert calls.count("session") == 1
    assert ask_due_categories() == 0


def test_one_worker_asks_for_a_category(course: Course) -> None:
    (mine,), (another,) = due_courses(timezone.now()), due_courses(timezone.now())
    assert claim_category(mine, timezone.now())
    assert not claim_category(another, timezone.now())
    CourseCategory.objects.update(tried_at=timezone.now() - NIGHTLY - timedelta(minutes=1))
    (mine,), (another,) = due_courses(timezone.now()), due_courses(timezone.now())
    assert claim_category(mine, timezone.now())
    assert not claim_category(another, timezone.now())
    assert ask_due_categories() == 0


def test_the_worker_stops_in_time(course: Course) -> None:
    assert ask_due_categories(seconds=0) == 0
