"""Rosters are asked for by themselves: after a launch, at night, again after what passes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from reports.management.commands.worker import ERRANDS
from reports.models import Course, Enrolment, MoodleSite
from reports.moodle import roster_turns
from reports.moodle.roster import claim_roster
from reports.moodle.roster_turns import ask_due_rosters, due_courses, is_awaited, latest_night
from reports.simulator.moodle.standin import MoodleStandIn
from reports.sync.worker import WorkerProcess
from tests import course_factories, factories
from tests.moodle.conftest import ANATOMY, BOTANY, LEARNER, TEACHER
from tests.moodle.rosters import fresh, opened

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def a_site(db: None) -> MoodleSite:
    return course_factories.moodle_site(factories.account())


def course(site: MoodleSite, **more: Any) -> Course:
    """A course that was opened in the morning and asked about then."""
    asked = NOON - 3 * HOUR
    values = {"launched_at": asked, "roster_tried_at": asked, "roster_asked_at": asked} | more
    number = str(Course.objects.count() + 1)
    return course_factories.course(site, course_id=number, **values)


def is_due(one: Course, now: datetime = NOON) -> bool:
    return due_courses(now).filter(pk=one.pk).exists()


def test_what_was_asked_after_the_launch_is_not_due(a_site: MoodleSite) -> None:
    one = course(a_site)
    assert not is_due(one)
    assert not is_awaited(one, NOON)


def test_a_launch_makes_an_old_roster_due(a_site: MoodleSite) -> None:
    one = course(a_site, launched_at=NOON)
    assert is_due(one)
    assert is_awaited(one, NOON)


def test_a_launch_is_content_with_a_roster_of_less_than_an_hour(a_site: MoodleSite) -> None:
    lately = NOON - timedelta(minutes=50)
    one = course(a_site, launched_at=NOON, roster_asked_at=lately, roster_tried_at=lately)
    assert not is_due(one)
    assert not is_awaited(one, NOON)
    assert is_due(one, NOON + timedelta(minutes=11))


def test_a_first_launch_is_due_at_once(a_site: MoodleSite) -> None:
    one = course(a_site, launched_at=NOON, roster_asked_at=None, roster_tried_at=None)
    assert is_due(one)
    assert is_awaited(one, NOON)


def test_a_course_that_was_never_launched_is_never_due(a_site: MoodleSite) -> None:
    never = dict.fromkeys(("launched_at", "roster_asked_at", "roster_tried_at"))
    one = course(a_site, **never)
    assert not is_due(one)
    assert not is_awaited(one, NOON)


def test_every_night_once(a_site: MoodleSite) -> None:
    one = course(a_site)
    night = latest_night(NOON + DAY)
    assert not is_due(one, night - timedelta(seconds=1))
    assert is_due(one, night)
    assert not is_awaited(one, night)
    Course.objects.update(roster_tried_at=night, roster_asked_at=night)
    assert not is_due(one, night + HOUR)
    assert is_due(one, night + DAY)


def test_a_course_that_nobody_opens_any_more_is_left_alone(a_site: MoodleSite) -> None:
    long_ago = NOON - roster_turns.IN_USE - HOUR
    one = course(a_site, launched_at=long_ago, roster_tried_at=long_ago, roster_asked_at=long_ago)
    assert not is_due(one)
    Course.objects.update(launched_at=long_ago + 2 * HOUR)
    assert is_due(one)


def test_what_passes_is_tried_again_within_the_hour(a_site: MoodleSite) -> None:
    tried = NOON - timedelta(minutes=59)
    failed = {"roster_tried_at": tried, "roster_failed_at": tried}
    one = course(a_site, roster_error="trouble", **failed)
    other = course(a_site, roster_error="refused", **failed)
    assert not is_due(one)
    assert is_due(one, NOON + timedelta(minutes=2))
    assert not is_due(other, NOON + timedelta(minutes=2))


def test_a_silent_moodle_is_left_alone_for_a_while(a_site: MoodleSite) -> None:
    elsewhere = course_factories.moodle_site(a_site.account, "https://other.example.org")  # type: ignore[arg-type]
    failed = {"roster_tried_at": NOON - HOUR, "roster_failed_at": NOON - timedelta(minutes=9)}
    course(a_site, roster_error="unreachable", **failed)
    here, there = course(a_site, launched_at=NOON), course(elsewhere, launched_at=NOON)
    assert (is_due(here), is_due(there)) == (False, True)
    assert is_due(here, NOON + timedelta(minutes=2))


def test_a_stopped_site_is_not_due(a_site: MoodleSite) -> None:
    one = course(a_site, launched_at=NOON)
    MoodleSite.objects.update(is_active=False)
    assert not is_due(one)
    assert not is_awaited(fresh(one), NOON)


def test_the_latest_opened_comes_first(a_site: MoodleSite) -> None:
    old, new = course(a_site, launched_at=NOON - HOUR), course(a_site, launched_at=NOON)
    assert list(due_courses(NOON)) == [new, old]


def test_only_one_of_two_workers_asks(a_site: MoodleSite) -> None:
    one = course(a_site, launched_at=NOON)
    assert claim_roster(one, NOON)
    assert not claim_roster(one, NOON)
    assert not is_due(one)
    assert claim_roster(one, NOON + timedelta(seconds=10))


@pytest.mark.parametrize(
    ("now", "night"),
    [
        (datetime(2026, 3, 4, 2, 29, tzinfo=UTC), datetime(2026, 3, 3, 2, 30, tzinfo=UTC)),
        (datetime(2026, 3, 4, 2, 30, tzinfo=UTC), datetime(2026, 3, 4, 2, 30, tzinfo=UTC)),
        (datetime(2026, 3, 4, 23, 59, tzinfo=UTC), datetime(2026, 3, 4, 2, 30, tzinfo=UTC)),
    ],
)
def test_the_night_is_the_site_s(settings: Any, now: datetime, night: datetime) -> None:
    settings.TIME_ZONE = "UTC"
    assert latest_night(now) == night
    settings.TIME_ZONE = "America/New_York"
    assert latest_night(now + 5 * HOUR) == night + 5 * HOUR


# Really asking -----------------------------------------------------------------------------------


def test_a_launch_itself_asks_nothing(moodle: MoodleStandIn, site: MoodleSite) -> None:
    course = opened(moodle, site)
    assert not any(it.path.endswith(("/memberships", "/token.php")) for it in moodle.requests)
    assert course.roster_tried_at is None


def test_what_is_due_is_asked_for_once(moodle: MoodleStandIn, site: MoodleSite) -> None:
    anatomy, botany = opened(moodle, site), opened(moodle, site, BOTANY)
    assert ask_due_rosters() == 2
    assert Enrolment.objects.filter(course=anatomy).count() == 3
    assert Enrolment.objects.filter(course=botany).count() == 3
    assert ask_due_rosters() == 0


def test_one_course_s_trouble_is_not_another_s(moodle: MoodleStandIn, site: MoodleSite) -> None:
    botany, anatomy = opened(moodle, site, BOTANY), opened(moodle, site)
    moodle.faults.add("http_status", service="memberships", status=403, count=1)
    assert ask_due_rosters() == 2
    assert fresh(anatomy).roster_error == "refused"
    assert fresh(botany).roster_asked_at is not None
    assert ask_due_rosters() == 0  # not again before the next launch or night


def test_a_moodle_that_is_off_is_tried_once_a_turn(moodle: MoodleStandIn, site: MoodleSite) -> None:
    opened(moodle, site, BOTANY)
    opened(moodle, site)
    moodle.stop()
    assert ask_due_rosters() == 1
    moodle.start()
    assert ask_due_rosters() == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert ask_due_rosters() == 1  # the one that was left alone
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert ask_due_rosters() == 1


def test_the_night_brings_who_joined_since(moodle: MoodleStandIn, site: MoodleSite) -> None:
    course = opened(moodle, site)
    ask_due_rosters()
    moodle.site.unenrol(ANATOMY, LEARNER)
    with time_machine.travel(timezone.now() + DAY):
        assert ask_due_rosters() == 1
        course = fresh(course)
        leo = Enrolment.objects.get(course=course, moodle_user_id=str(LEARNER))
        tina = Enrolment.objects.get(course=course, moodle_user_id=str(TEACHER))
    assert leo.last_seen_at < tina.last_seen_at == course.roster_asked_at


def test_a_worker_that_does_all_once_asks_too(moodle: MoodleStandIn, site: MoodleSite) -> None:
    course = opened(moodle, site)
    WorkerProcess(ERRANDS).empty_queue()
    assert fresh(course).roster_asked_at is not None


def test_an_errand_that_breaks_does_not_end_the_worker(db: None) -> None:
    def broken() -> int:
        raise RuntimeError("broken")

    WorkerProcess([broken]).empty_queue()
    assert connection.is_usable()
