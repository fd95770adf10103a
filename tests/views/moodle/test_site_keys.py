"""Keys that Rollcall signs with, and the check for HTTPS."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from reports.checks import moodles_come_by_https
from reports.management.key_rotation import encrypted_columns
from reports.models import (
    AccessLogEntry,
    Account,
    MoodleSite,
    ToolKey,
)
from reports.moodle.keys import public_keys, signing_key
from tests import course_factories, factories


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def site(account: Account) -> MoodleSite:
    """An active site with a course that was opened."""
    site = course_factories.moodle_site(account)
    course_factories.course(site)
    return site


def url(name: str, *args: object) -> str:
    return reverse(f"reports:moodle-{name}", args=args)


def text_of(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def log() -> list[tuple[str, str]]:
    return list(AccessLogEntry.objects.order_by("pk").values_list("action", "target"))


# --- Keys --------------------------------------------------------------------------------------


def test_a_new_key_signs_and_the_earlier_one_stays_published(
    administrator: Client, site: MoodleSite
) -> None:
    before = signing_key()
    answer = administrator.post(url("keys-rotate"), follow=True)
    now = signing_key()
    assert before.kid != now.kid
    page = text_of(answer)
    assert page.index(now.kid) < page.index(before.kid)
    assert page.count("Signs now") == page.count("published until") == 1
    assert "PRIVATE KEY" not in page
    assert [key["kid"] for key in public_keys()["keys"]] == [now.kid, before.kid]
    assert log() == [("changed keys", "moodle sites")]


def test_signing_keys_are_among_the_stored_secrets(db: None, settings: Settings) -> None:
    assert "reports.ToolKey.private_key" in [str(column) for column in encrypted_columns()]
    pem = signing_key().private_key
    new = "bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldzE="
    settings.ROLLCALL_SECRET_KEYS = [new, *settings.ROLLCALL_SECRET_KEYS]
    call_command("rotate_keys", "--yes")
    settings.ROLLCALL_SECRET_KEYS = [new]
    assert ToolKey.objects.get().private_key == pem


def test_a_key_that_was_given_up_is_replaced(db: None) -> None:
    lost = signing_key()
    ToolKey.objects.update(private_key="")
    assert public_keys() == {"keys": []}
    assert signing_key().kid != lost.kid
    assert len(public_keys()["keys"]) == 1


# --- The system check ---------------------------------------------------------------------------


def test_a_moodle_without_https_is_a_warning(account: Account, settings: Settings) -> None:
    asked = {"databases": ["default"]}
    settings.BEHIND_HTTPS = False
    assert moodles_come_by_https(None, **asked) == []
    course_factories.moodle_site(account, "http://localhost:8510/moodle")
    assert moodles_come_by_https(None, **asked) == []  # the demo's, on this machine
    course_factories.moodle_site(account)
    assert [warning.id for warning in moodles_come_by_https(None, **asked)] == ["rollcall.W006"]
    assert moodles_come_by_https(None) == []  # nobody asks for the database
    settings.BEHIND_HTTPS = True
    assert moodles_come_by_https(None, **asked) == []
