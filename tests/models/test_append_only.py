"""Decisions and the access log: written once; a decision is undone, never changed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reports.models import (
    AccessLogEntry,
    Account,
    CountedPart,
    IdentityLink,
    IgnoredSession,
    MergedSession,
    MoodleSite,
    PresenceCorrection,
)
from reports.models.decision import Decision
from tests import factories

pytestmark = pytest.mark.django_db
CUE = "1_lesson01"


@pytest.fixture
def ignored() -> IgnoredSession:
    return IgnoredSession.objects.create(
        account=factories.account(), cue_point_id=CUE, reason="a test"
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
    again = IgnoredSession.objects.create(account=ignored.account, cue_point_id=CUE)
    assert list(IgnoredSession.objects.in_force()) == [again]


def test_every_kind_of_decision_is_append_only() -> None:
    account, now = factories.account(), timezone.now()
    site = MoodleSite.objects.create(issuer="https://moodle.example.org", name="Moodle")
    decisions: list[Decision] = [
        MergedSession.objects.create(
            account=account, cue_point_id=CUE, into_cue_point_id="1_lesson02"
        ),
        CountedPart.objects.create(
            account=account, cue_point_id=CUE, starts_at=now, ends_at=now + timedelta(hours=1)
        ),
        IdentityLink.objects.create(account=account, site=site, person_key="u:ada.l"),
    ]
    kinds = set(Decision.__subclasses__())
    assert kinds == {*map(type, decisions), IgnoredSession, PresenceCorrection}
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
