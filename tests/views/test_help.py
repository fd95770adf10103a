"""The help: every definition with its anchor, and every "i" leads to one that is there."""

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from reports.definitions import ADMINISTRATION, DEFINITIONS, FINDINGS, STATUSES
from reports.models import AccessLogEntry
from reports.views.help_page import own_commands
from tests.views.conftest import Seen, list_url, session_url

HELP = "/help/"
FOR_EVERYBODY = [one for one in DEFINITIONS.values() if one not in ADMINISTRATION]


def text_of(answer: Any) -> str:
    """Return the page with its spaces and characters as a reader sees them."""
    return html.unescape(answer.content.decode()).replace("\xa0", " ")


def words_of(answer: Any) -> str:
    """Return what of the page is read: no markup, and no column names of Kaltura's."""
    page = re.sub(r"<code>.*?</code>", " ", text_of(answer), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def ids_of(answer: Any) -> list[str]:
    return re.findall(r'\sid="([^"]+)"', text_of(answer))


def entry_of(answer: Any, anchor: str) -> str:
    """Return the entry that the anchor leads to, as text."""
    found = re.search(
        rf'<div class="help-term" id="{anchor}">(.*?)</div>', text_of(answer), re.DOTALL
    )
    assert found, anchor
    return " ".join(re.sub(r"<[^>]*>", " ", found[1]).split())


def test_anonymous_is_asked_to_sign_in(client: Client, db: None) -> None:
    answer = client.get(HELP)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in/?next=/help/"


def test_every_definition_is_there_under_its_anchor(administrator: Client) -> None:
    answer = administrator.get(HELP)
    assert answer.status_code == 200
    for definition in DEFINITIONS.values():
        entry = entry_of(answer, definition.key.replace("_", "-"))
        for words in (definition.name, definition.unit, definition.sentence, definition.source):
            assert str(words) in entry, definition.key
        for report, column in definition.columns:
            assert f"Report {report}, {column}" in entry
    assert len(ids_of(answer)) == len(set(ids_of(answer)))


def test_what_has_no_unit_is_called_a_count_only_among_the_numbers(administrator: Client) -> None:
    answer = administrator.get(HELP)
    assert entry_of(answer, "attendees").startswith("Attendees a count Different people")
    assert entry_of(answer, "engagement").startswith("Engagement percent Engaged time")
    assert entry_of(answer, "host").startswith("Host Who held the session")


def test_each_part_and_definition_is_in_the_contents(administrator: Client) -> None:
    page = text_of(administrator.get(HELP))
    [contents] = re.findall(r'<nav class="help-contents".*?</nav>', page, re.DOTALL)
    targets = re.findall(r'href="#([^"]+)"', contents)
    assert {one.anchor for one in DEFINITIONS.values()} < set(targets)
    assert len(targets) == len(set(targets))
    for target in targets:
        assert f'id="{target}"' in page


@pytest.mark.parametrize("who", ["administrator", "teacher"])
@pytest.mark.parametrize("page", ["sessions", "session", "breakout"])
def test_every_i_leads_to_a_definition_that_is_there(
    request: pytest.FixtureRequest, seen: Seen, who: str, page: str
) -> None:
    client: Client = request.getfixturevalue(who)
    urls = {
        "sessions": list_url(),
        "session": session_url(seen.session),
        "breakout": session_url(seen.breakout),
    }
    shown = text_of(client.get(urls[page]))
    links = re.findall(r'<a href="([^"]*)"[^>]*>More in the help</a>', shown)
    assert len(links) == shown.count('class="definition-button"') > 5
    there = set(ids_of(client.get(HELP)))
    for link in links:
        path, _, anchor = link.partition("#")
        assert path == HELP  # no filters and no zone
        assert anchor in there, link


def test_an_i_leads_to_its_own_number(administrator: Client, seen: Seen) -> None:
    page = text_of(administrator.get(seen.page))
    found = re.findall(
        r'<span class="definition" id="definition-([a-z_]+)[^"]*" popover>.*?href="/help/#([^"]+)"',
        page,
    )
    assert ("share_attended", "share-attended") in found
    assert {key.replace("_", "-") for key, _ in found} == {anchor for _, anchor in found}
    assert all(key.replace("_", "-") == anchor for key, anchor in found)


def test_a_teacher_does_not_see_the_administrators_part(teacher: Client) -> None:
    answer = teacher.get(HELP)
    assert answer.status_code == 200
    for definition in FOR_EVERYBODY:
        assert entry_of(answer, definition.anchor)
    there = ids_of(answer)
    for anchor in (
        "administration",
        "findings",
        "commands",
        *(one.anchor for one in ADMINISTRATION),
    ):
        assert anchor not in there
    for address in ("accounts", "events", "users", "report"):
        assert reverse(f"reports:{address}") not in text_of(answer)
    for word in ("cue point", "entry", "KS", "tile", "manage.py"):
        assert not re.search(rf"\b{re.escape(word)}s?\b", words_of(answer)), word


def test_an_administrator_reads_of_findings_and_commands(administrator: Client) -> None:
    answer = administrator.get(HELP)
    for sentence in FINDINGS.values():
        assert str(sentence) in words_of(answer)
    assert {"connect", "export", "report", "sync", "worker"} <= set(own_commands())
    assert "migrate" not in own_commands()
    for command in own_commands():
        assert f"<li><code>{command}</code></li>" in text_of(answer)


def test_each_status_stands_with_its_sign(teacher: Client) -> None:
    answer = teacher.get(HELP)
    for words in STATUSES.values():
        assert str(words) in words_of(answer)
    assert re.search(r"≠ Kaltura's reports disagree Two of Kaltura's reports", words_of(answer))


def test_it_tells_what_the_reports_do_not_hold(outsider: Client) -> None:
    answer = outsider.get(HELP)
    for anchor, words in {
        "join-times": "no join and leave times",
        "polls": "“Analytics Tab - Engagement (Session Analytics)”",
        "chat": "report of user reactions (4021)",
    }.items():
        assert words in entry_of(answer, anchor)


@pytest.mark.parametrize(
    ("days", "words"), [(1, "1 day after its end"), (3, "3 days after its end")]
)
def test_the_settling_time_is_the_one_of_the_settings(
    teacher: Client, settings: Settings, days: int, words: str
) -> None:
    settings.SYNC_SETTLING_DAYS = days
    assert words in words_of(teacher.get(HELP))


def test_the_zone_is_the_readers(teacher: Client) -> None:
    teacher.cookies["reader_zone"] = "Asia/Tokyo"
    assert "here Asia/Tokyo." in words_of(teacher.get(HELP))


def test_it_reads_nothing_but_who_asks_and_writes_nothing(
    administrator: Client, seen: Seen, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):  # the sign-in and its user, and the alerts
        assert administrator.get(HELP).status_code == 200
    assert not AccessLogEntry.objects.exists()
    assert administrator.post(HELP).status_code == 405
