"""Signing in and out, and the pages for what goes wrong."""

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, override_settings
from django.urls import path, reverse

from tests import factories
from tests.factories import PASSWORD


def test_signing_in_leads_on_to_what_was_asked_for(client: Client, db: None) -> None:
    factories.administrator()
    form = {"username": "administrator", "password": PASSWORD}
    answer = client.post(reverse("login") + "?next=/accounts/", form | {"next": "/accounts/"})
    assert answer.headers["Location"] == "/accounts/"
    page = client.get("/accounts/").content.decode()
    assert "administrator" in page


def test_a_wrong_password_says_so_and_is_not_shown(client: Client, db: None) -> None:
    factories.administrator()
    answer = client.post(reverse("login"), {"username": "administrator", "password": "guess-123"})
    page = answer.content.decode()
    assert "enter a correct username and password" in page.lower()
    assert "guess-123" not in page
    assert 'value="administrator"' in page


def test_too_many_wrong_passwords_pause_the_sign_in(client: Client, db: None) -> None:
    factories.administrator()
    form = {"username": "administrator", "password": "guess"}
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post(reverse("login"), form)
    assert answer.status_code == 429
    assert "Sign-in is paused for this name" in answer.content.decode()
    answer = client.post(reverse("login"), form | {"password": PASSWORD})
    assert answer.status_code == 429


def test_nobody_is_led_to_another_host(client: Client, db: None) -> None:
    factories.administrator()
    form = {"username": "administrator", "password": PASSWORD, "next": "https://evil.invalid/"}
    assert client.post(reverse("login"), form).headers["Location"] == "/"


def test_signing_out_is_a_post(administrator: Client) -> None:
    assert administrator.get(reverse("logout")).status_code == 405
    assert administrator.post(reverse("logout")).status_code == 302
    assert administrator.get(reverse("reports:sessions")).status_code == 302


def test_a_missing_page_keeps_the_way_back(administrator: Client) -> None:
    answer = administrator.get("/nothing/here/")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "There is nothing here for you" in page
    assert "Sign out" in page


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_need_no_context(name: str) -> None:
    page = render_to_string(f"{name}.html")
    assert page.count("<h1") == 1
    assert "</html>" in page


def test_a_form_without_its_token_is_refused_plainly(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("login"), {})
    assert answer.status_code == 403
    assert "Reload the page you came from" in answer.content.decode()


def _fail(_: object) -> None:
    raise RuntimeError("secret-in-the-error")


urlpatterns = [path("fail/", _fail)]


@override_settings(ROOT_URLCONF=__name__)
def test_a_failure_says_nothing_of_its_cause() -> None:
    client = Client(raise_request_exception=False)
    answer = client.get("/fail/")
    assert answer.status_code == 500
    assert b"secret-in-the-error" not in answer.content
    assert b"Something went wrong here" in answer.content
