"""Decisions and the access log: written once; a decision is undone, never changed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reports.models import (
    AccessLogEntry,
    Account,
    ClassTime,
    CountedPart,
    IdentityLink,
    IgnoredSession,
    MergedSession,
    PresenceCorrection,
)
from reports.models.decision import CourseDecision, Decision
from tests import course_factories, factories

pytestmark = pytest.mark.django_db
CUE = "1_lesson01"


@pytest.fixture
def ignored() -> IgnoredSession:
    course = course_factories.course(course_factories.moodle_site(factories.account()))
    return IgnoredSession.objects.create(
        account=course.site.account, course=course, cue_point_id=CUE, reason="a test"
    )


def test_a_decision_is_not_changed(ignored: IgnoredSession) -> None:
    ignored.reason = "another"
    for options in ({}, {"update_fields": ["reason"]}, {"update_fields": ["reason", "undone_at"]}):
        with pytest.raises(TypeError, match="append-only"):
            ignored.save(**options)  # type: ignore[arg-type]
    ignored.refresh_from_db()
    assert ignored.reason == "a test"


def test_a_decision_is_undone_and_stays(ignored: IgnoredSession) -> None:
    ignored.undone_at = timezone.now()
    ignored.save(update_fields=["undone_at", "undone_by"])
    assert IgnoredSession.objects.count() == 1
    assert not IgnoredSession.objects.in_force().exists()


def test_a_decision_may_be_made_again(ignored: IgnoredSession) -> None:
    ignored.undone_at = timezone.now()
    ignored.save(update_fields=["undone_at"])
    again = IgnoredSession.objects.create(
        account=ignored.account, course=ignored.course, cue_point_id=CUE
    )
    assert list(IgnoredSession.objects.in_force()) == [again]


def test_every_kind_of_decision_is_append_only() -> None:
    now = timezone.now()
    course = course_factories.course(course_factories.moodle_site(factories.account()))
    of = {"account": course.site.account, "course": course}
    decisions: list[Decision] = [
        MergedSession.objects.create(cue_point_id=CUE, into_cue_point_id="1_lesson02", **of),
        CountedPart.objects.create(
            cue_point_id=CUE, starts_at=now, ends_at=now + timedelta(hours=1), **of
        ),
        IgnoredSession.objects.create(cue_point_id=CUE, **of),
        ClassTime.objects.create(
            weekday=1, begins="09:00", ends="10:00", time_zone="UTC", first_on=now.date(), **of
        ),
        PresenceCorrection.objects.create(
            cue_point_id=CUE, moodle_user_id="1", presence="excused", **of
        ),
        IdentityLink.objects.create(site=course.site, person_key="u:ada.l", **of),
    ]
    kinds = {*Decision.__subclasses__(), *CourseDecision.__subclasses__()} - {CourseDecision}
    assert kinds == {*map(type, decisions)}
    for decision in decisions:
        with pytest.raises(TypeError, match="append-only"):
            decision.save()


def test_decisions_outlive_the_session_that_they_are_about(ignored: IgnoredSession) -> None:
    account = Account.objects.get()
    session = factories.session(factories.room(account), cue_point_id=CUE)
    session.delete()
    assert IgnoredSession.objects.in_force().filter(cue_point_id=CUE).exists()


def test_the_access_log_is_written_once() -> None:
    entry = AccessLogEntry.objects.create(user_label="ada", action="viewed", target="session 1")
    entry.action = "exported"
    with pytest.raises(TypeError, match="append-only"):
        entry.save()
    entry.refresh_from_db()
    assert entry.action == "viewed"
