"""One's own settings, and the link by which somebody sets a password once."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import structlog
import time_machine
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from config.logs import with_masked_secrets
from reports.models import AccessLogEntry, User
from reports.views.password import link_for
from tests import factories
from tests.factories import PASSWORD
from tests.views.conftest import Seen, signed_in

OTHER = "another long password"
FORM = {"new_password1": OTHER, "new_password2": OTHER}


def link(user: User) -> str:
    return urlsplit(link_for(RequestFactory().get("/"), user)).path


def test_a_link_works_once(db: None) -> None:
    path = link(user := factories.outsider())
    assert Client().post(path, FORM).status_code == 302
    user.refresh_from_db()
    assert user.check_password(OTHER)
    for answer in (Client().get(path), Client().post(path, FORM)):
        assert answer.status_code == 404
        assert "This link no longer works" in answer.content.decode()


def test_a_link_ends_after_some_days(db: None) -> None:
    path = link(factories.outsider())
    lasts = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    with time_machine.travel(timezone.now() + lasts - timedelta(minutes=1)):
        assert Client().get(path).status_code == 200
    with time_machine.travel(timezone.now() + lasts + timedelta(minutes=1)):
        assert Client().get(path).status_code == 404


def test_a_newer_link_replaces_one_that_nobody_used(db: None) -> None:
    user = factories.outsider()
    user.set_unusable_password()
    user.save()
    first, second = link(user), link(user)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200


@pytest.mark.parametrize("path", ["/password/x/y/", "/password/MQ/y/", "/password/OTk5OTk/a-b/"])
def test_a_guessed_link_tells_nothing(db: None, path: str) -> None:
    factories.outsider(pk=1)
    answer = Client().get(path)
    assert answer.status_code == 404
    assert "outsider" not in answer.content.decode()


def test_a_disabled_users_link_is_dead(db: None) -> None:
    user = factories.outsider()
    path = link(user)
    user.is_active = False
    user.save()
    assert Client().post(path, FORM).status_code == 404
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_weak_or_mistyped_password_is_refused_and_never_shown(db: None) -> None:
    path = link(user := factories.outsider())
    for first, second in (
        ("12345678", "12345678"),
        (OTHER, OTHER + "!"),
        ("outsider1", "outsider1"),
    ):
        answer = Client().post(path, {"new_password1": first, "new_password2": second})
        assert answer.status_code == 400
        assert f'value="{first}"' not in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_looking_at_a_link_writes_nothing_and_is_kept_by_no_cache(db: None) -> None:
    client = Client()
    answer = client.get(link(factories.outsider()))
    assert "sessionid" not in client.cookies
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_link_also_ends_the_pause_of_the_sign_in(client: Client, db: None) -> None:
    path = link(factories.outsider())
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post(reverse("login"), {"username": "outsider", "password": "guess"})
    client.post(path, FORM)
    answer = client.post(reverse("login"), {"username": "outsider", "password": OTHER})
    assert answer.status_code == 302


def test_no_log_line_has_a_link_that_works(db: None) -> None:
    path = link(factories.outsider())
    token = path.split("/")[3]
    texts = {"event": f"Bad Request: {path}", "request": f"GET {path}", "path": f'"{path}"'}
    line = with_masked_secrets(structlog.get_logger(), "info", dict(texts))
    assert token not in str(line)
    assert line["request"] == "GET /password/…"


def test_setting_a_password_is_written_down_without_it(db: None) -> None:
    Client().post(link(factories.outsider()), FORM)
    entry = AccessLogEntry.objects.get()
    assert (entry.action, entry.target) == ("set password", "user outsider")
    assert entry.detail == {"how": "one-time link"}


# --- /me/ -----------------------------------------------------------------------------------


def test_everybody_sees_their_own_settings(
    client: Client, teacher: Client, outsider: Client, administrator: Client
) -> None:
    page = teacher.get(reverse("reports:me")).content.decode()
    assert "Anatomy, group A" in page
    assert "Botany" not in page
    assert "none yet" in outsider.get(reverse("reports:me")).content.decode()
    assert "see every room" in administrator.get(reverse("reports:me")).content.decode()
    assert client.get(reverse("reports:me")).status_code == 302


def test_the_own_password_changes_for_who_knows_it(db: None) -> None:
    user = factories.outsider()
    here, elsewhere = signed_in(user), signed_in(user)
    url = reverse("reports:me-password")
    answer = here.post(url, FORM | {"old_password": "guess"})
    assert answer.status_code == 400
    assert "old password was entered incorrectly" in answer.content.decode()
    assert here.post(url, FORM | {"old_password": PASSWORD}).status_code == 302
    user.refresh_from_db()
    assert user.check_password(OTHER)
    assert here.get(reverse("reports:me")).status_code == 200
    assert elsewhere.get(reverse("reports:me")).status_code == 302


def test_the_own_zone_counts_on_every_page(teacher: Client, seen: Seen) -> None:
    teacher.cookies["reader_zone"] = "Asia/Tokyo"
    url = reverse("reports:me-zone")
    page = teacher.post(url, {"time_zone": "Europe/Berlin"}, follow=True).content.decode()
    assert "Times are in Europe/Berlin now." in page
    assert "10:00" in teacher.get(seen.page.partition("?")[0]).content.decode()
    page = teacher.post(url, {"time_zone": ""}, follow=True).content.decode()
    assert "Times are in Asia/Tokyo now." in page
    assert teacher.post(url, {"time_zone": "Mars/Olympus"}).status_code == 400
    assert User.objects.get(username="teacher").time_zone == ""


@pytest.mark.parametrize("name", ["me-password", "me-zone"])
def test_settings_are_posted(teacher: Client, name: str) -> None:
    assert teacher.get(reverse(f"reports:{name}")).status_code == 405
