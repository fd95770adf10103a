"""Moodle sites, for administrators: the list, one site, addresses to register by, keys."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from reports.models import (
    AccessLogEntry,
    Account,
    Course,
    CourseRole,
    MoodleSite,
    MoodleTool,
    RegistrationLink,
)
from tests import course_factories, factories
from tests.views.conftest import signed_in

HAND = {
    "how": "hand",
    "issuer": "https://moodle.example.edu/learn",
    "client_id": "XuPw8mBQy2Ce5Kd",
    "deployment_id": "4",
}
SETTINGS = {
    "name": "Our Moodle",
    "contact": "helpdesk@example.edu",
    "category_root": "Moodle",
    "room_name_rule": "",
}


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def site(account: Account) -> MoodleSite:
    """An active site with a course that was opened."""
    site = course_factories.moodle_site(account)
    course_factories.course(site)
    return site


@pytest.fixture
def waiting(account: Account) -> MoodleSite:
    return course_factories.moodle_site(
        account, "https://new.example.org", name="New <i>Moodle</i>", is_active=False
    )


def url(name: str, *args: object) -> str:
    return reverse(f"reports:moodle-{name}", args=args)


def text_of(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def log() -> list[tuple[str, str]]:
    return list(AccessLogEntry.objects.order_by("pk").values_list("action", "target"))


# --- Who ---------------------------------------------------------------------------------------


def test_the_pages_are_there_for_administrators_alone(site: MoodleSite) -> None:
    tool = site.tools.get()
    pages = [url("sites"), url("site-new"), url("site", site.pk), url("site-delete", site.pk)]
    posts = [
        url("site-confirm", site.pk),
        url("site-stop", site.pk),
        url("tool-take", site.pk, tool.pk),
        url("keys-rotate"),
    ]
    head = signed_in(factories.administrator())
    for outsider in (signed_in(factories.teacher("ada")), signed_in(factories.outsider("bob"))):
        for page in pages + posts:
            assert outsider.get(page).status_code in (404, 405), page
            assert outsider.post(page, HAND).status_code in (404, 405), page
    course = Course.objects.get()
    from_moodle = Client()
    course_factories.came_from_moodle(from_moodle, course, CourseRole.SITE_ADMINISTRATOR)
    assert {from_moodle.get(page).status_code for page in pages} == {404}
    assert {Client().get(page).status_code for page in pages} == {302}
    assert {head.get(page).status_code for page in pages} == {200}
    assert {head.get(page).status_code for page in posts} == {405}
    assert MoodleSite.objects.count() == 1
    assert log() == []


# --- The list ----------------------------------------------------------------------------------


def test_without_a_site_the_list_says_how_to_begin(administrator: Client) -> None:
    page = text_of(administrator.get(url("sites")))
    assert "No Moodle is registered yet" in page
    assert url("site-new") in page
    assert "Sign with a new key" not in page


def test_the_list_has_state_account_and_courses_of_each(
    administrator: Client, site: MoodleSite, waiting: MoodleSite
) -> None:
    MoodleSite.objects.filter(pk=site.pk).update(confirmed_at=timezone.now())
    stopped = MoodleSite.objects.create(
        issuer="https://old.example.org", name="Anno dazumal", confirmed_at=timezone.now()
    )
    page = text_of(administrator.get(url("sites")))
    rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)[1:]
    states = [re.search(r"</span> ([^<]+)</span>", row)[1] for row in rows]  # type: ignore[index]
    assert states == ["waits to be confirmed", "stopped", "active"]
    assert "New &lt;i&gt;Moodle&lt;/i&gt;" in rows[0]
    assert stopped.name in rows[1]
    assert "none yet" in rows[1]
    assert "university" in rows[2]
    assert re.findall(r'<td class="num">(\d+)</td>', rows[2]) == ["1", "1"]
    assert "isn't known" in page.replace("&#x27;", "'")  # rosters of courses never opened


def test_the_list_costs_the_same_for_many_sites(
    administrator: Client, site: MoodleSite, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        more = course_factories.moodle_site(site.account, f"https://m{number}.example.org")  # type: ignore[arg-type]
        course_factories.course(more)
    # session, user, sites, addresses, keys, alerts
    with django_assert_num_queries(6):
        administrator.get(url("sites"))


def test_a_site_without_https_says_what_follows(
    administrator: Client, site: MoodleSite, settings: Settings
) -> None:
    pages = [url("sites"), url("site-new"), url("site", site.pk)]
    sentence = "nobody can come in from there"
    assert all(sentence in text_of(administrator.get(page)) for page in pages)
    local = {"headers": {"host": "localhost:8000"}}
    assert not any(sentence in text_of(administrator.get(page, **local)) for page in pages)
    settings.BEHIND_HTTPS = True
    assert not any(sentence in text_of(administrator.get(page)) for page in pages)


# --- Addresses to register by --------------------------------------------------------------------


def test_an_address_is_shown_once(administrator: Client, account: Account) -> None:
    answer = administrator.post(url("site-new"), {"how": "link", "account": account.pk})
    page = text_of(answer)
    assert re.search(r"http://testserver/moodle/register/[\w-]{43}/", page)
    assert "within 24 hours" in page
    assert "no-store" in answer.headers["Cache-Control"]
    link = RegistrationLink.objects.get()
    assert (link.account, link.with_grades) == (account, False)
    assert link.made_by is not None
    assert log() == [("gave registration address", "moodle sites")]
    listed = text_of(administrator.get(url("sites")))
    assert "1 address to register by is open" in listed
    assert "/moodle/register/" not in listed + text_of(administrator.get(url("site-new")))


def test_the_only_account_is_proposed(administrator: Client, account: Account) -> None:
    chosen = f'<option value="{account.pk}" selected>'
    assert text_of(administrator.get(url("site-new"))).count(chosen) == 2
    factories.account("academy")
    assert chosen not in text_of(administrator.get(url("site-new")))


def test_an_account_that_is_being_deleted_serves_no_site(
    administrator: Client, account: Account
) -> None:
    Account.objects.update(removal_asked_at=timezone.now())
    answer = administrator.post(url("site-new"), {"how": "link", "account": account.pk})
    assert answer.status_code == 400
    assert not RegistrationLink.objects.exists()


def test_open_addresses_can_be_withdrawn(administrator: Client, account: Account) -> None:
    for _ in range(2):
        administrator.post(url("site-new"), {"how": "link"})
    used = RegistrationLink.objects.create(
        token_hash="x", expires_at=timezone.now(), used_at=timezone.now()
    )
    answer = administrator.post(url("site-new"), {"how": "withdraw"}, follow=True)
    assert "2 addresses were withdrawn." in text_of(answer)
    assert list(RegistrationLink.objects.all()) == [used]
    assert log()[-1] == ("withdrew registration addresses", "moodle sites")


def test_addresses_that_expired_unused_do_not_pile_up(administrator: Client, db: None) -> None:
    administrator.post(url("site-new"), {"how": "link"})
    RegistrationLink.objects.update(expires_at=timezone.now())
    administrator.post(url("site-new"), {"how": "link"})
    assert RegistrationLink.objects.count() == 1


# --- By hand -----------------------------------------------------------------------------------


def test_the_values_for_moodle_are_those_that_answer(administrator: Client, db: None) -> None:
    page = text_of(administrator.get(url("site-new"), secure=True))
    values = re.findall(r'<input class="form-control link-text"[^>]*value="([^"]+)"', page)
    assert values == [
        "https://testserver/moodle/launch/",
        "https://testserver/moodle/sign-in/",
        "https://testserver/moodle/keys.json",
    ]
    assert "user_name=$User.username\ncourse_history=$Context.id.history\n" in page


def test_a_site_by_hand_waits_like_any_other(administrator: Client, account: Account) -> None:
    answer = administrator.post(url("site-new"), HAND | {"account": account.pk}, follow=True)
    assert "Nobody gets in from there until you confirm it" in text_of(answer)
    site = MoodleSite.objects.get()
    assert (site.issuer, site.is_active) == (HAND["issuer"], False)
    assert (site.name, site.account) == ("moodle.example.edu/learn", account)
    tool = site.tools.get()
    assert (tool.client_id, tool.deployment_id) == (HAND["client_id"], "4")
    pages = [tool.auth_url, tool.token_url, tool.keys_url]
    assert pages == [f"{HAND['issuer']}/mod/lti/{name}.php" for name in ("auth", "token", "certs")]
    assert log() == [("registered", f"site {HAND['issuer']}")]


def test_the_same_moodle_by_hand_gets_one_more_tool(
    administrator: Client, site: MoodleSite
) -> None:
    form = HAND | {"issuer": site.issuer + "/", "account": ""}
    for _ in range(2):
        answer = administrator.post(url("site-new"), form, follow=True)
        assert "was known already" in text_of(answer)
    site.refresh_from_db()
    assert (site.is_active, site.account is None) == (True, False)
    assert sorted(site.tools.values_list("client_id", flat=True)) == [
        "4k2client",
        HAND["client_id"],
    ]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"issuer": "http://moodle.example.edu"}, "reached by HTTPS"),
        ({"issuer": "moodle.example.edu"}, "reached by HTTPS"),
        ({"issuer": "https://moodle.example.edu/mod/lti/certs.php?x=1"}, "reached by HTTPS"),
        ({"issuer": "javascript:alert(1)"}, "reached by HTTPS"),
        ({"keys_url": "https://evil.example.org/mod/lti/certs.php"}, "no page of the Moodle"),
        ({"token_url": "https://moodle.example.edu/mod/lti/token.php"}, "no page of the Moodle"),
        ({"auth_url": "javascript:alert(1)"}, "no page of the Moodle"),
        ({"client_id": "two words"}, "without spaces"),
        ({"client_id": "x\x00"}, "Null characters"),
        ({"deployment_id": ""}, "required"),
    ],
)
def test_what_is_no_moodle_is_refused(
    administrator: Client, db: None, change: dict[str, str], text: str
) -> None:
    answer = administrator.post(url("site-new"), HAND | change)
    assert answer.status_code == 400
    assert text in text_of(answer)
    assert not MoodleSite.objects.exists()


# --- One site ----------------------------------------------------------------------------------


def test_a_site_is_confirmed_stopped_and_let_in_again(
    administrator: Client, waiting: MoodleSite
) -> None:
    page = text_of(administrator.get(url("site", waiting.pk)))
    assert "is it yours?" in page
    assert waiting.issuer in page
    for name, is_active in (("site-confirm", True), ("site-stop", False), ("site-confirm", True)):
        assert administrator.post(url(name, waiting.pk)).status_code == 302
        waiting.refresh_from_db()
        assert waiting.is_active is is_active
        assert waiting.confirmed_by is not None
        assert waiting.confirmed_at is not None
    target = f"site {waiting.issuer}"
    assert log() == [("confirmed", target), ("stopped", target), ("confirmed", target)]


def test_a_site_without_an_account_says_that_it_shows_nothing(
    administrator: Client, site: MoodleSite
) -> None:
    assert "nothing to show" not in text_of(administrator.get(url("site", site.pk)))
    MoodleSite.objects.update(account=None)
    assert "nothing to show" in text_of(administrator.get(url("site", site.pk)))


def test_what_is_set_for_a_site_is_stored_and_written_down(
    administrator: Client, site: MoodleSite
) -> None:
    other = factories.account("academy")
    form = SETTINGS | {"account": other.pk, "room_name_rule": "{short_name} – live"}
    page = text_of(administrator.post(url("site", site.pk), form, follow=True))
    assert "The changes are stored." in page
    assert "“ANA-1 – live”" in page
    site.refresh_from_db()
    assert (site.name, site.account, site.contact) == ("Our Moodle", other, form["contact"])
    entry = AccessLogEntry.objects.get()
    assert entry.detail["kaltura"] == "academy"
    assert set(entry.detail["changed"]) == {"name", "account", "contact", "room_name_rule"}
    again = administrator.post(url("site", site.pk), form, follow=True)
    assert "Nothing was different" in text_of(again)
    assert AccessLogEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("{shortname} live", "{shortname} is not known"),
        ("{} live", "{} is not known"),
        ("{short_name.__class__}", "{short_name.__class__} is not known"),
        ("{short_name} live}", "A brace stands alone"),
        ("{{short_name}}", "A brace stands alone"),
        ("Lecture", "it would fit every course"),
    ],
)
def test_a_rule_that_tells_no_course_is_refused(
    administrator: Client, site: MoodleSite, rule: str, text: str
) -> None:
    answer = administrator.post(url("site", site.pk), SETTINGS | {"room_name_rule": rule})
    assert answer.status_code == 400
    assert text in text_of(answer)
    site.refresh_from_db()
    assert site.room_name_rule == ""


def test_a_rule_is_shown_by_the_courses_opened_last(
    administrator: Client, site: MoodleSite
) -> None:
    course_factories.course(
        site, course_id="9", short_name="<b>BOT</b>", id_number="4711", launched_at=timezone.now()
    )
    MoodleSite.objects.update(room_name_rule="{id_number}/{course_id}")
    page = text_of(administrator.get(url("site", site.pk)))
    assert "<bdi>&lt;b&gt;BOT&lt;/b&gt;</bdi>: <bdi>“4711/9”</bdi>" in page
    assert "the course lacks a part of it" in page  # the other one has no id number


def test_a_page_of_a_site_costs_the_same_for_many_tools_and_courses(
    administrator: Client, site: MoodleSite, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    MoodleSite.objects.update(room_name_rule="{short_name}")
    for number in range(5):
        course_factories.course(site, course_id=f"1{number}")
        MoodleTool.objects.create(site=site, client_id=f"c{number}", deployment_id="1")
    # session, user, site, tools, courses, examples, accounts, alerts
    with django_assert_num_queries(8):
        administrator.get(url("site", site.pk))


def test_a_tool_is_taken_away_and_its_course_stays(administrator: Client, site: MoodleSite) -> None:
    other = course_factories.moodle_site(site.account, "https://b.example.org")  # type: ignore[arg-type]
    tool = site.tools.get()
    assert administrator.post(url("tool-take", other.pk, tool.pk)).status_code == 404
    answer = administrator.post(url("tool-take", site.pk, tool.pk), follow=True)
    assert "nobody can come in from this Moodle until" in text_of(answer)
    assert MoodleTool.objects.get() == other.tools.get()
    assert Course.objects.get().tool is None
    assert log() == [("took tool", f"site {site.issuer}")]
