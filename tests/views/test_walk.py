"""A walk over every address of the site, by everybody: nobody sees or changes what is not theirs.

An address that is added later is walked too. It belongs to administrators unless it is named here.
"""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from django.apps import apps
from django.http.response import HttpResponseBase
from django.test import Client

from reports.models import AccessLogEntry
from tests import factories
from tests.addresses import World, addresses, world
from tests.views.conftest import signed_in

FOR_EVERYBODY = {"healthz", "readyz", "login", "reports:password-set"} | {
    f"reports:moodle-{name}" for name in ("keys", "sign-in", "launch", "register", "window-open")
}
# Pages that need what Moodle sends along.
OPENED_BY_MOODLE = {"reports:moodle-sign-in", "reports:moodle-register", "reports:deep-link"}
FOR_TEACHERS = {
    *("reports:overview", "reports:overview", "reports:help", "reports:me", "logout"),
    *("reports:sessions", "reports:session", "reports:rooms", "reports:room"),
    *("reports:people", "reports:person", "reports:breakouts", "reports:courses"),
}
POSTS_OF_TEACHERS = {"reports:me-password", "reports:me-zone", "logout"}
FILES = re.compile(r"-(csv|xlsx|results)$")
# Names of what a teacher of the first room must not meet in any form.
FOREIGN = ("Botany", "Chemistry", "academy")
OWN = ("Anatomy", "Amara", "university", "Open day")


def is_for_teachers(name: str) -> bool:
    """Return whether the page, or the page that the file is of, is for teachers too."""
    page = name.partition("-")[0] if FILES.search(name) else name
    return page in FOR_TEACHERS


def text_of(answer: Any) -> str:
    """Return all of the answer's body; a file of bytes is read as far as it is text."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode(errors="replace")


def holds(text: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name in text]


@pytest.fixture
def seen(db: None) -> World:
    return world()


def with_range(url: str) -> str:
    """Return the address with the days on which the world's sessions took place."""
    return f"{url}?from=2026-01-01&to=2026-01-31&tz=UTC"


def rows() -> dict[str, int]:
    """Return how many rows each table has, but for the log of who saw what."""
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models(include_auto_created=True)
        if model is not AccessLogEntry
    }


def assert_leads_to_sign_in(answer: HttpResponseBase, name: str) -> None:
    assert answer.status_code in (302, 405), name
    if answer.status_code == 302 and name not in ("reports:overview", "logout"):
        assert answer.headers["Location"].startswith("/sign-in/"), name


def test_anonymous_is_asked_to_sign_in_everywhere(client: Client, seen: World) -> None:
    for name, url in addresses(seen).items():
        for answer in (client.get(url), client.post(url)):
            if name in FOR_EVERYBODY:
                assert answer.status_code in (200, 400, 403, 404, 405), name
            else:
                assert_leads_to_sign_in(answer, name)
            assert not holds(text_of(answer), OWN + FOREIGN), name


def test_an_outsider_sees_nothing_of_anybody(seen: World) -> None:
    client = signed_in(factories.outsider())
    for name, url in addresses(seen).items():
        for answer in (client.get(with_range(url)), client.get(url)):
            if is_for_teachers(name):
                assert answer.status_code in (200, 302, 404, 405), name
            elif name not in FOR_EVERYBODY:
                assert answer.status_code in (404, 405), name
            assert not holds(text_of(answer), OWN + FOREIGN), name


def test_a_teacher_sees_the_given_room_and_nothing_beside_it(seen: World) -> None:
    client = signed_in(seen.member)
    for name, url in addresses(seen).items():
        answer = client.get(with_range(url))
        if is_for_teachers(name):
            assert answer.status_code in (200, 302, 405), name
        elif name not in FOR_EVERYBODY:
            assert answer.status_code in (404, 405), name
        assert not holds(text_of(answer), FOREIGN), name


def test_what_belongs_to_another_room_is_not_there_for_a_teacher(seen: World) -> None:
    teacher = signed_in(factories.teacher("another", [seen.other_room, seen.far_room]))
    one_of = [
        (name, url)
        for name, url in addresses(seen).items()
        if {seen.session.cue_point_id, seen.room.entry_id} & set(url.split("/"))
    ]
    assert one_of
    for name, url in one_of:
        assert teacher.get(with_range(url)).status_code in (404, 405), name


def test_nobody_but_administrators_changes_anything(seen: World) -> None:
    for client in (signed_in(factories.outsider()), signed_in(seen.member)):
        before = rows()
        for name, url in addresses(seen).items():
            if name in FOR_EVERYBODY | POSTS_OF_TEACHERS | {"reports:overview"}:
                continue  # home: an address that only leads on
            assert client.post(url).status_code in (404, 405), name
        assert rows() == before
    assert not AccessLogEntry.objects.exists()


def test_an_administrator_reaches_every_page(seen: World) -> None:
    client = signed_in(factories.administrator())
    for name, url in addresses(seen).items():
        answer = client.get(with_range(url))
        if name in OPENED_BY_MOODLE:
            assert answer.status_code in (400, 403, 404), name
            continue
        assert answer.status_code in (200, 302, 405), f"{name}: {answer.status_code}"
        text_of(answer)  # a file that breaks off would raise


def test_a_disabled_administrator_sees_and_changes_nothing(seen: World) -> None:
    head = factories.administrator()
    client = signed_in(head)
    factories.administrator("second")
    head.is_active = False
    head.save()
    before = rows()
    del before["sessions.Session"]  # theirs may go
    for name, url in addresses(seen).items():
        for answer in (client.get(url), client.post(url)):
            if name not in FOR_EVERYBODY:
                assert_leads_to_sign_in(answer, name)
            assert not holds(text_of(answer), OWN + FOREIGN), name
    assert before.items() <= rows().items()


@pytest.mark.parametrize("role", ["administrator", "member"])
def test_looking_writes_nothing_but_the_access_log(seen: World, role: str) -> None:
    client = signed_in(factories.administrator() if role == "administrator" else seen.member)
    every = addresses(seen)
    before = rows()
    for name, url in every.items():
        for answer in (client.get(with_range(url)), client.head(url)):
            if answer.streaming:
                text_of(answer)
        assert rows() == before, name


def test_every_page_says_what_it_is_and_in_which_language(seen: World) -> None:
    client = signed_in(factories.administrator())
    titles: dict[str, str] = {}
    for name, url in addresses(seen).items():
        answer = client.get(with_range(url))
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        if answer.status_code != 200 or not is_page or FILES.search(name):
            continue
        page = text_of(answer)
        assert '<html lang="en" dir="ltr">' in page, name
        assert len(re.findall(r"<h1[ >]", page)) == 1, name
        [title] = re.findall(r"<title>(.*?)</title>", page, re.DOTALL)
        assert title.endswith(" · Rollcall"), name
        assert len(title) > len(" · Rollcall"), name
        titles[name] = title
    assert len(titles) > 15
    # Two pages of one title can't be told apart in a list of tabs.
    assert len(set(titles.values())) == len(titles), titles


def test_every_page_has_its_landmarks(seen: World) -> None:
    client = signed_in(factories.administrator())
    for name, url in addresses(seen).items():
        answer = client.get(with_range(url))
        if answer.status_code != 200 or FILES.search(name):
            continue
        if answer.headers["Content-Type"].startswith("text/html"):
            page = text_of(answer)
            assert page.count("<main") == page.count("<footer") == 1, name
            assert page.count("<header") == 1, name
            assert 'href="#content"' in page, name
            ids = re.findall(r'\sid="([^"]+)"', page)
            assert len(ids) == len(set(ids)), f"{name}: {[i for i in ids if ids.count(i) > 1]}"
