"""Every page in every language that is offered, and in no other: nothing of it stays English."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from config.languages import available_languages
from reports.models import User
from reports.views.password import link_for
from tests import factories
from tests.addresses import World, addresses, patterns, world
from tests.languages.catalogue import write_catalogue
from tests.languages.pseudo import (
    CODES,
    DATA,
    FORGOTTEN,
    GREEK,
    LONG,
    RIGHT_TO_LEFT,
    chart_words,
    forgotten_words,
)
from tests.views.conftest import signed_in
from tests.views.test_walk import text_of

DAYS = "?from=2026-01-01&to=2026-01-31&tz=UTC"
RETENTION = {"attendances_days": "30", "attendances_action": "remove", "shown": "1"}


@pytest.fixture
def seen(pseudo_languages: None, db: None) -> World:
    return world(**GREEK)


@pytest.fixture
def head(seen: World) -> Client:
    return signed_in(greek("κεφαλή"))


def greek(name: str) -> User:
    return factories.administrator(name, first_name="Κυρία", last_name="Κεφαλή")


def is_page(answer: Any) -> bool:
    return str(answer.headers.get("Content-Type", "")).startswith("text/html")


def assert_translated(page: str, name: str) -> None:
    found = forgotten_words(page)
    for option in re.findall(
        r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL
    ):
        for word in chart_words(json.loads(html.unescape(option))):
            assert not FORGOTTEN.search(DATA.sub(" ", word)), f"{name}: a chart says {word!r}"
    assert not found, f"{name}: {found[:12]}"


@pytest.mark.parametrize("code", CODES)
def test_no_page_keeps_an_english_word(head: Client, seen: World, code: str) -> None:
    walked = 0
    for name, url in addresses(seen).items():
        answer = head.get(url + DAYS, headers={"Accept-Language": code})
        if answer.status_code == 200 and is_page(answer):
            assert_translated(answer.content.decode(), f"{name} {url}")
            walked += 1
    assert walked > 15


@pytest.mark.parametrize("code", CODES)
def test_no_empty_page_keeps_an_english_word(head: Client, seen: World, code: str) -> None:
    for model in (type(seen.session), type(seen.run), type(seen.event)):
        model.objects.all().delete()
    for step in ("no data", "no account"):
        if step == "no account":
            type(seen.account).objects.all().delete()
        for name in lists():
            answer = head.get(reverse(name), headers={"Accept-Language": code})
            if answer.status_code == 200 and is_page(answer):
                assert_translated(answer.content.decode(), f"{step}: {name}")


def lists() -> list[str]:
    """Return the names of pages whose address has no value in it."""
    return [name for name, pattern in patterns() if not pattern.pattern.converters]


def test_a_refused_form_keeps_no_english_word(head: Client, seen: World) -> None:
    wrong = {
        "reports:sessions": "?from=x&to=2026-01-01&tz=Mars&sort=y&page=0",
        "reports:users": "?sort=x&role=y",
        "reports:health": "?account=x&year=1&tz=Mars",
        "reports:health-findings": "?kind=x&sort=y&page=0",
    }
    for name, query in wrong.items():
        answer = head.get(reverse(name) + query, headers={"Accept-Language": LONG})
        assert answer.status_code == 400
        assert_translated(answer.content.decode(), name)
    posts = {
        reverse("reports:event-add"): {"event_id": ";"},
        reverse("reports:event-sync"): {"from_on": "x"},
        reverse("reports:user-new"): {"email": "x"},
        reverse("reports:me-password"): {"new_password1": "1", "new_password2": "1"},
        reverse("reports:connect"): {"partner_id": "x"},
        reverse("reports:report"): {"report": "6001", "6001-user_ids": "a;b", "range_by": "days"},
        reverse("reports:account-sync", args=[seen.account.pk]): {"from_on": "1999-01-01"},
        reverse("reports:account-retention", args=[seen.account.pk]): RETENTION,
        reverse("reports:person-erase", args=[seen.person.pk]): {"user_id": ";"},
    }
    for url, form in posts.items():
        answer = head.post(url, form, headers={"Accept-Language": LONG})
        assert answer.status_code == 400, url
        assert_translated(answer.content.decode(), url)


def test_what_is_said_after_a_change_keeps_no_english_word(head: Client, seen: World) -> None:
    member, user = seen.member.pk, "reports:user-"
    posts = [
        (reverse(user + "link", args=[member]), {"how": "show"}),
        (reverse(user + "disable", args=[member]), {}),
        (reverse(user + "enable", args=[member]), {}),
        (reverse(user + "rooms-give", args=[member]), {"room": [seen.far_room.pk]}),
        (reverse(user + "rooms-give", args=[member]), {}),
        (reverse(user + "room-take", args=[member, seen.room.pk]), {}),
        (reverse("reports:me-zone"), {"time_zone": "Europe/Berlin"}),
        (reverse("reports:event-remove", args=[seen.event.pk]), {}),
    ]
    for url, form in posts:
        answer = head.post(url, form, follow=True, headers={"Accept-Language": LONG})
        assert answer.status_code == 200
        assert_translated(answer.content.decode(), url)


def test_pages_for_nobody_keep_no_english_word(seen: World) -> None:
    path = link_for(RequestFactory().get("/"), seen.member).removeprefix("http://testserver")
    for url in (reverse("login"), path, "/password/x/y/", "/nothing/"):
        answer = Client().get(url, headers={"Accept-Language": LONG})
        assert_translated(answer.content.decode(), url)


@pytest.mark.parametrize(
    ("code", "direction", "sheet"),
    [
        ("en", "ltr", "bootstrap.min.css"),
        (LONG, "ltr", "bootstrap.min.css"),
        (RIGHT_TO_LEFT, "rtl", "bootstrap.rtl.min.css"),
    ],
)
def test_every_page_turns_with_the_language(
    head: Client, seen: World, code: str, direction: str, sheet: str
) -> None:
    for name, url in addresses(seen).items():
        answer = head.get(url + DAYS, headers={"Accept-Language": code})
        if answer.status_code != 200 or not is_page(answer) or "<html" not in text_of(answer):
            continue
        page = text_of(answer)
        assert f'<html lang="{code}" dir="{direction}">' in page, name
        assert f"/{sheet}" in page, name
        assert answer.headers["Content-Language"] == code, name
        assert "Accept-Language" in answer.headers["Vary"], name


def test_the_failure_page_turns_too(pseudo_languages: None) -> None:
    with translation.override(RIGHT_TO_LEFT):
        page = render_to_string("500.html")
    assert f'<html lang="{RIGHT_TO_LEFT}" dir="rtl">' in page
    assert "bootstrap.rtl.min.css" in page
    assert_translated(page, "500")


# --- Which languages there are --------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("de", "en"), ("de-CH,de;q=0.9,fr;q=0.8", "en"), ("fr,ar-XB;q=0.5", "ar-xb"), ("", "en")],
)
def test_a_browser_gets_a_language_that_is_whole_or_english(
    pseudo_languages: None, client: Client, db: None, wanted: str, given: str
) -> None:
    page = client.get(reverse("login"), headers={"Accept-Language": wanted}).content.decode()
    assert f'<html lang="{given}"' in page


def test_only_languages_with_compiled_words_are_offered(tmp_path: Path, settings: Settings) -> None:
    for language in ("de", "pt_BR"):
        path = tmp_path / language / "LC_MESSAGES" / "django.mo"
        write_catalogue(path, {("one", "")}, str.upper)
    write_catalogue(tmp_path / "fr" / "LC_MESSAGES" / "django.mo", set(), str.upper)  # just begun
    (tmp_path / "es" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "es" / "LC_MESSAGES" / "django.po").touch()
    (tmp_path / "it" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "it" / "LC_MESSAGES" / "django.mo").touch()
    assert available_languages("en-gb", [tmp_path, tmp_path / "missing"]) == [
        ("de", "Deutsch"),
        ("en", "English"),
        ("en-gb", "British English"),
        ("pt-br", "Português Brasileiro"),
    ]
    assert [code for code, _ in settings.LANGUAGES] == ["en"]  # nothing is translated yet
