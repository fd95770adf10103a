"""One-click registration: what Moodle opens in its frame, against the stand-in over real HTTP."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import structlog
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from config.logs import with_masked_secrets
from reports.models import (
    AccessLogEntry,
    Account,
    LaunchState,
    MoodleSite,
    MoodleTool,
    RegistrationLink,
)
from reports.moodle.configuration import MEMBERSHIPS_SCOPE
from reports.moodle.registration import LINK_FOR
from reports.simulator.moodle.standin import MoodleStandIn
from tests import factories
from tests.moodle.conftest import ANATOMY, TEACHER
from tests.moodle.registering import Registering, address_made, path_of
from tests.views.conftest import signed_in

HERE = "http://localhost"


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def registering(account: Account, moodle: MoodleStandIn) -> Registering:
    """An administrator of the Moodle with a fresh address."""
    return Registering(moodle, address_made(account))


def frame_ancestors(answer: Any) -> str:
    found = re.search(r"frame-ancestors ([^;]*)", answer.headers["Content-Security-Policy"])
    assert found
    return found[1].strip()


# --- Looking -----------------------------------------------------------------------------------


def test_the_page_says_what_is_received_and_registers_nothing(
    registering: Registering, moodle: MoodleStandIn
) -> None:
    answer = registering.open()
    page = answer.content.decode()
    assert answer.status_code == 200
    assert moodle.issuer in page
    for text in (
        "user name",
        "e-mail address",
        "enrolled",
        "Not asked for",
        "Nothing has happened",
    ):
        assert text in page
    assert moodle.requests == []
    assert not MoodleSite.objects.exists()
    assert RegistrationLink.objects.get().used_at is None


def test_a_prefetching_browser_registers_nothing(
    registering: Registering, moodle: MoodleStandIn
) -> None:
    assert registering.client.head(registering.path, registering.sent).status_code == 200
    assert registering.open().status_code == 200
    assert not moodle.site.tools
    assert not moodle.requests


def test_only_the_moodle_that_registers_may_frame_the_page(
    registering: Registering, moodle: MoodleStandIn
) -> None:
    for answer in (registering.open(), registering.post(), registering.open()):
        assert frame_ancestors(answer) == moodle.issuer
        assert "X-Frame-Options" not in answer.headers
        assert "no-store" in answer.headers["Cache-Control"]


def test_nobody_may_frame_the_page_of_an_address_that_is_unknown(
    registering: Registering,
) -> None:
    answer = registering.client.get("/moodle/register/guessed/", registering.sent)
    assert answer.status_code == 404
    assert "This address is not known" in answer.content.decode()
    assert frame_ancestors(answer) == "'none'"


# --- Registering -------------------------------------------------------------------------------


def test_one_click_makes_a_site_that_waits(
    registering: Registering, moodle: MoodleStandIn, account: Account
) -> None:
    answer = registering.post()
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'data-parent-origin="{moodle.issuer}"' in page
    assert "js/registered.js" in page
    assert "activate the tool" in page
    assert "Until then nobody gets in" in page
    [known] = moodle.site.tools
    site = MoodleSite.objects.get()
    assert (site.issuer, site.is_active, site.account) == (moodle.issuer, False, account)
    assert site.name == moodle.issuer.removeprefix("http://")
    tool = site.tools.get()
    assert (tool.client_id, tool.deployment_id) == (known.client_id, known.deployment_id)
    assert tool.auth_url == f"{moodle.issuer}/mod/lti/auth.php"
    assert tool.token_url == f"{moodle.issuer}/mod/lti/token.php"
    assert tool.keys_url == f"{moodle.issuer}/mod/lti/certs.php"
    assert [scope.rpartition("/")[2] for scope in tool.scopes] == ["contextmembership.readonly"]
    link = RegistrationLink.objects.get()
    assert link.used_at is not None
    assert (link.site, tool.registered_by) == (site, link.made_by)
    line = AccessLogEntry.objects.get(action="registered")
    assert (line.user_label, line.target) == ("nobody", f"site {moodle.issuer}")


def test_moodle_is_told_what_rollcall_needs_and_no_more(
    registering: Registering, moodle: MoodleStandIn
) -> None:
    registering.post()
    [tool] = moodle.site.tools
    assert not tool.is_active
    assert tool.name == "Rollcall"
    assert tool.login_url == f"{HERE}/moodle/sign-in/"
    assert tool.tool_url == f"{HERE}/moodle/launch/"
    assert tool.redirect_urls == (f"{HERE}/moodle/launch/",)
    assert tool.jwks_url == f"{HERE}/moodle/keys.json"
    assert tool.deep_link_url == f"{HERE}/moodle/launch/"
    assert (tool.names, tool.emails) == ("always", "always")
    assert (tool.memberships, tool.grades) == (True, "none")
    assert tool.custom == {
        "user_name": "$User.username",
        "course_history": "$Context.id.history",
        "course_start": "$CourseSection.timeFrame.begin",
        "course_end": "$CourseSection.timeFrame.end",
    }


def test_grades_are_asked_for_only_where_they_were_ticked(
    account: Account, moodle: MoodleStandIn
) -> None:
    registering = Registering(moodle, address_made(account, with_grades="on"))
    assert "Not asked for" not in registering.open().content.decode()
    registering.post()
    assert moodle.site.tools[0].grades == "full"
    assert any("lti-ags" in scope for scope in MoodleTool.objects.get().scopes)


@pytest.mark.parametrize(("granted", "kept"), [("", 0), (f"{MEMBERSHIPS_SCOPE} more of it", 1)])
def test_only_what_was_asked_for_and_granted_is_remembered(
    registering: Registering, granted: str, kept: int
) -> None:
    registering.answers("openid-registration", registering.good_answer() | {"scope": granted})
    registering.post()
    assert MoodleTool.objects.get().scopes == [MEMBERSHIPS_SCOPE][:kept]


@pytest.mark.django_db(transaction=True)
def test_from_the_address_to_the_first_launch(
    live_server: LiveServer, moodle: MoodleStandIn
) -> None:
    """Everything over HTTP: registered, refused until confirmed here, then let in."""
    token = address_made(factories.account())
    registering = Registering(moodle, token, base=live_server.url)
    assert registering.over_http("GET").status_code == 200
    assert registering.over_http("POST").status_code == 200
    moodle.site.activate_tool(moodle.site.tools[0].id)
    waiting = moodle.browser().launch(ANATOMY, TEACHER)
    assert (waiting.status_code, "Waiting to be confirmed" in waiting.text) == (403, True)
    head = signed_in(factories.administrator())
    head.post(reverse("reports:moodle-site-confirm", args=[MoodleSite.objects.get().pk]))
    assert LaunchState.objects.count() == 0
    start = moodle.launch_form(ANATOMY, TEACHER)
    browser = Client(headers={"host": urlsplit(live_server.url).netloc})
    begun = browser.post(urlsplit(start.action).path, {**start.fields, "cookies": "checked"})
    back = moodle.authorize(begun.headers["Location"])
    answer = browser.post(urlsplit(back.action).path, back.fields)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/courses/")


# --- An address works once, and not for long ----------------------------------------------------


def test_an_address_works_once(registering: Registering, moodle: MoodleStandIn) -> None:
    registering.post()
    for answer in (registering.again().open(), registering.post(), registering.again().post()):
        assert answer.status_code == 410
        assert "used already" in answer.content.decode()
    assert len(moodle.site.tools) == MoodleTool.objects.count() == 1


def test_of_two_posts_at_once_one_registers(
    registering: Registering, moodle: MoodleStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one has looked at the address before the first one took it."""
    from reports.views.moodle import registering as view

    monkeypatch.setattr(view, "refuse_closed", lambda link: None)
    assert registering.post().status_code == 200
    assert registering.again().post().status_code == 410
    assert len(moodle.site.tools) == 1


def test_an_address_expires(registering: Registering, moodle: MoodleStandIn) -> None:
    made = RegistrationLink.objects.get()
    assert LINK_FOR.total_seconds() == 24 * 3600
    assert made.expires_at > timezone.now() + LINK_FOR * 0.9
    RegistrationLink.objects.update(expires_at=timezone.now())
    for answer in (registering.open(), registering.post()):
        assert answer.status_code == 410
        assert "has expired" in answer.content.decode()
    assert moodle.requests == []


def test_only_a_hash_of_the_address_is_stored_and_no_log_line_holds_it(
    registering: Registering,
) -> None:
    token = registering.path.split("/")[3]
    assert len(token) >= 43  # 32 bytes
    stored = [str(value) for row in RegistrationLink.objects.values_list() for value in row]
    stored += [str(row) for row in AccessLogEntry.objects.values_list()]
    assert not [text for text in stored if token in text]
    line = {"event": "request_started", "request": f"GET {registering.path}"}
    masked = with_masked_secrets(structlog.get_logger(), "info", line)
    assert masked["request"] == "GET /moodle/register/…"


# --- The same Moodle again, and others ----------------------------------------------------------


def test_registering_again_adds_a_tool_and_changes_nothing_else(
    registering: Registering, moodle: MoodleStandIn, account: Account
) -> None:
    registering.post()
    MoodleSite.objects.update(is_active=True, name="Our Moodle")
    other = Registering(moodle, address_made(factories.account("academy")))
    assert "registered already" in other.open().content.decode()
    page = other.post().content.decode()
    assert "Until then nobody gets in" not in page
    site = MoodleSite.objects.get()
    assert (site.account, site.name, site.is_active) == (account, "Our Moodle", True)
    known = {(tool.client_id, tool.deployment_id) for tool in moodle.site.tools}
    assert set(site.tools.values_list("client_id", "deployment_id")) == known
    assert len(known) == 2


def test_two_sites_of_one_host_stay_apart(
    account: Account, moodle: MoodleStandIn, other_moodle: MoodleStandIn
) -> None:
    for one in (moodle, other_moodle):
        assert Registering(one, address_made(account)).post().status_code == 200
    assert other_moodle.issuer.endswith("/moodle")
    found = MoodleSite.objects.values_list("issuer", "tools__deployment_id")
    assert set(found) == {(moodle.issuer, "1"), (other_moodle.issuer, "1")}
    origin = other_moodle.issuer.removesuffix("/moodle")
    assert {site.origin for site in MoodleSite.objects.all()} == {moodle.issuer, origin}


def test_the_site_below_a_path_may_frame_by_its_origin(
    account: Account, other_moodle: MoodleStandIn
) -> None:
    answer = Registering(other_moodle, address_made(account)).open()
    assert frame_ancestors(answer) == other_moodle.issuer.removesuffix("/moodle")


def path_and_query(url: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(url)
    return parts.path, dict(parse_qsl(parts.query))


def test_the_address_that_moodle_opens_is_ours(
    registering: Registering, moodle: MoodleStandIn
) -> None:
    path, sent = path_and_query(moodle.start_registration(f"{HERE}{registering.path}"))
    assert path == path_of(registering.path)
    assert set(sent) == {"openid_configuration", "registration_token"}
