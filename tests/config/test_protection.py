"""What every answer carries for the browser's protection, and how sign-in is throttled."""

import pytest
from django.conf import LazySettings
from django.test import Client, RequestFactory
from django.urls import reverse

from config.middleware import client_address
from reports.models import User


def test_the_policy_allows_only_our_own_files(client: Client) -> None:
    policy = client.get("/healthz").headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


def test_an_answer_may_not_be_framed_sniffed_or_told_on(client: Client) -> None:
    headers = client.get("/healthz").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_the_client_is_who_connects_unless_a_proxy_is_trusted(settings: LazySettings) -> None:
    request = RequestFactory().get(
        "/", REMOTE_ADDR="192.0.2.9", headers={"x-forwarded-for": "198.51.100.1, 203.0.113.7"}
    )
    settings.TRUST_PROXY_HEADER = False
    assert client_address(request) == "192.0.2.9"
    settings.TRUST_PROXY_HEADER = True
    assert client_address(request) == "203.0.113.7"  # the first one may be the client's invention


@pytest.mark.django_db
def test_guessing_a_password_is_stopped_for_that_name_and_address_only(
    client: Client, settings: LazySettings
) -> None:
    User.objects.create_user("ada", password="right")
    User.objects.create_user("bob", password="right")

    def sign_in(name: str, password: str, address: str = "192.0.2.1") -> int:
        form = {"username": name, "password": password}
        return client.post(reverse("login"), form, REMOTE_ADDR=address).status_code

    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert sign_in("ada", "wrong") == 200
    assert sign_in("ada", "wrong") == 429
    assert sign_in("ada", "right") == 429
    assert sign_in("bob", "right") == 302
    assert sign_in("ada", "right", address="192.0.2.2") == 302
