"""What somebody tries who holds a link, a parameter of an activity, a host beside ours, or much time.

Each of these once got further than it should; the checks of tokens and states have their own files.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from reports.models import AccessLogEntry, LaunchState, MoodleSite, MoodleTool, MoodleUser, User
from reports.moodle import handshake
from reports.moodle.handshake import COOKIE, MOST_COOKIES, PLAIN_COOKIE
from reports.simulator.moodle.exchange import json_response
from reports.simulator.moodle.standin import MoodleStandIn
from tests import factories
from tests.moodle.conftest import (
    ANATOMY,
    CUSTOM,
    TEACHER,
    Visitor,
    course_of,
    known_as,
    parameters,
    registered,
)
from tests.moodle.registering import Registering, address_made
from tests.moodle.test_embedding import IN_FRAME, ancestors
from tests.views.conftest import signed_in

# --- A second address for a site that is active -------------------------------------------------


@pytest.fixture
def second(visitor: Visitor, moodle: MoodleStandIn) -> MoodleTool:
    """One more tool of the active site, registered by Moodle by an address of another account."""
    with_address = Registering(moodle, address_made(factories.account("academy")))
    page = with_address.post()
    assert "An administrator of Rollcall confirms this tool" in page.content.decode()
    [known] = [tool for tool in moodle.site.tools if not tool.is_active]
    moodle.site.change_tool(known.id, is_active=True, custom=CUSTOM)
    return MoodleTool.objects.get(client_id=known.client_id)


def begin_by(visitor: Visitor, tool: MoodleTool | None, issuer: str) -> Any:
    """Begin a sign-in by hand, without saying by which tool where there is None."""
    sent = {
        "iss": issuer,
        "login_hint": "3",
        "target_link_uri": "https://testserver/",
        "cookies": "1",
    }
    return visitor.post("/moodle/sign-in/", sent | ({"client_id": tool.client_id} if tool else {}))


def confirm(site: MoodleSite, **more: object) -> Any:
    head = signed_in(factories.administrator(f"head_{User.objects.count()}"))
    return head.post(reverse("reports:moodle-site-confirm", args=[site.pk]), more)


def test_a_second_tool_lets_nobody_in_until_it_is_confirmed(
    visitor: Visitor, site: MoodleSite, second: MoodleTool
) -> None:
    refused = begin_by(visitor, second, site.issuer)
    assert (refused.status_code, "by a tool that was added lately" in refused.content.decode()) == (
        403,
        True,
    )
    assert visitor.launch(ANATOMY, TEACHER).status_code == 302  # by the first one
    assert confirm(site, tool=second.pk).status_code == 302
    assert begin_by(visitor, second, site.issuer).status_code == 302
    line = AccessLogEntry.objects.get(action="confirmed")
    assert (line.target, line.detail) == (f"site {site.issuer}", {"client": second.client_id})


def test_a_tool_that_waits_takes_nothing_from_the_one_that_works(
    visitor: Visitor, site: MoodleSite, second: MoodleTool
) -> None:
    begun = begin_by(visitor, None, site.issuer)
    assert parameters(begun)["client_id"] == site.tools.exclude(pk=second.pk).get().client_id


def test_a_sign_in_that_began_before_is_refused_with_its_tool(
    visitor: Visitor, site: MoodleSite
) -> None:
    back = visitor.token(ANATOMY, TEACHER)
    site.tools.update(confirmed_at=None)
    assert visitor.post(back.action, back.fields).status_code == 403
    assert not MoodleUser.objects.exists()


def test_a_registration_under_the_id_of_a_tool_that_works_stops_that(
    visitor: Visitor, site: MoodleSite, moodle: MoodleStandIn
) -> None:
    tool = site.tools.get()
    again = Registering(moodle, address_made())
    again.answers("openid-registration", again.good_answer() | {"client_id": tool.client_id})
    assert again.post().status_code == 200
    again.recovers()
    assert begin_by(visitor, tool, site.issuer).status_code == 403


@pytest.mark.parametrize("change", [str, str.swapcase, lambda text: f"{text} "])
def test_a_moodle_can_not_take_the_client_id_of_another(
    site: MoodleSite, other_moodle: MoodleStandIn, change: Callable[[str], str]
) -> None:
    """What is signed in the name of that id would be good at the other Moodle too."""
    client_id = change(site.tools.get().client_id)
    thief = Registering(other_moodle, address_made())
    thief.answers("openid-registration", thief.good_answer() | {"client_id": client_id})
    assert thief.post().status_code == 502
    head = signed_in(factories.administrator("by_hand"))
    form = {"how": "hand", "issuer": other_moodle.issuer, "client_id": client_id}
    address = reverse("reports:moodle-site-new")
    answer = head.post(address, form | {"deployment_id": "1"})
    # A form takes blanks at the ends away.
    assert (answer.status_code, "has this id already" in answer.content.decode()) == (400, True)
    assert MoodleTool.objects.count() == 1
    assert not MoodleSite.objects.exclude(pk=site.pk).exists()
    thief.recovers()
    assert thief.again().post().status_code == 200  # the address still works


def test_confirming_a_site_confirms_its_tools(site: MoodleSite, second: MoodleTool) -> None:
    MoodleSite.objects.update(is_active=False)
    confirm(site)
    assert not site.tools.filter(confirmed_at__isnull=True).exists()


def test_a_tool_is_confirmed_on_its_own_site_s_page_alone(
    site: MoodleSite, other_site: MoodleSite, other_moodle: MoodleStandIn
) -> None:
    known_as(other_site, other_moodle)
    other_site.tools.update(confirmed_at=None)
    for tool in (other_site.tools.first(), "x", ""):
        assert confirm(site, tool=getattr(tool, "pk", tool)).status_code == 404
    assert other_site.tools.filter(confirmed_at__isnull=True).count() == 2


def test_the_pages_show_what_waits(site: MoodleSite, second: MoodleTool) -> None:
    head = signed_in(factories.administrator())
    lists = head.get(reverse("reports:moodle-sites")).content.decode()
    assert "1 waits" in lists
    page = head.get(reverse("reports:moodle-site", args=[site.pk])).content.decode()
    assert page.count(f'name="tool" value="{second.pk}"') == page.count('name="tool"') == 1
    confirm(site, tool=second.pk)
    assert "1 waits" not in head.get(reverse("reports:moodle-sites")).content.decode()


# --- Parameters that a teacher writes -----------------------------------------------------------


@pytest.mark.parametrize("room", ["a/b", "../../help", "", "x" * 65, "1 a", "ä", "?course=1", "."])
def test_a_room_that_can_t_be_one_leads_to_the_course(
    visitor: Visitor, site: MoodleSite, moodle: MoodleStandIn, room: str
) -> None:
    custom = {"rollcall_page": "room", "rollcall_room": room}
    claim = "https://purl.imsglobal.org/spec/lti/claim/custom"
    answer = visitor.forge(lambda claims: claims.update({claim: custom}))
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        reverse("reports:course", args=[course_of(site).pk]),
    )


# --- A host beside ours, and other sites' pages --------------------------------------------------


def test_a_cookie_that_a_host_beside_ours_can_set_counts_for_nothing(visitor: Visitor) -> None:
    """It may set any cookie for our host too, but none whose name begins with `__Host-`."""
    back = Visitor(visitor.moodle).token(ANATOMY, TEACHER)
    state = back.fields["state"]
    assert COOKIE.startswith("__Host-")
    visitor.client.cookies[PLAIN_COOKIE + state] = state
    assert visitor.post(back.action, back.fields).status_code == 403
    assert not MoodleUser.objects.exists()


def test_no_page_can_fill_a_browser_with_cookies(visitor: Visitor) -> None:
    for _ in range(MOST_COOKIES + 5):
        begun = visitor.begin(ANATOMY, TEACHER)
    kept = [name for name, it in visitor.client.cookies.items() if it["max-age"] != 0]
    assert len([name for name in kept if name.startswith(COOKIE)]) == MOST_COOKIES
    back = visitor.moodle.authorize(begun.headers["Location"])
    assert visitor.post(back.action, back.fields).status_code == 302


def test_a_sign_in_of_a_second_site_is_shown_in_that_one_s_frame(
    visitor: Visitor, site: MoodleSite, other_site: MoodleSite
) -> None:
    """Where a browser sends the first site's session along: its origin must not take the frame."""
    visitor.launch(ANATOMY, TEACHER)
    sent = {"iss": other_site.issuer, "login_hint": "3", "target_link_uri": "https://testserver/"}
    answer = visitor.client.get("/moodle/sign-in/", sent, secure=True, headers=IN_FRAME)
    assert (answer.status_code, ancestors(answer)) == (200, other_site.origin)
    assert ancestors(visitor.get("/help/")) == site.origin


# --- Much time ----------------------------------------------------------------------------------


def test_sign_ins_that_nobody_ends_do_not_pile_up(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handshake, "MOST_STATES", 3)
    for _ in range(8):
        begun = visitor.begin(ANATOMY, TEACHER)
    assert LaunchState.objects.count() == 3
    back = visitor.moodle.authorize(begun.headers["Location"])
    assert visitor.post(back.action, back.fields).status_code == 302


def test_an_empty_key_set_is_not_asked_for_by_every_token(
    visitor: Visitor, moodle: MoodleStandIn
) -> None:
    moodle.instead["/mod/lti/certs.php"] = json_response({})
    for _ in range(5):
        assert visitor.launch(ANATOMY, TEACHER).status_code == 403
    assert sum(request.path == "/mod/lti/certs.php" for request in moodle.requests) == 2


@pytest.mark.parametrize("part", [0, 1])
def test_a_token_without_a_bottom_is_refused(visitor: Visitor, part: int) -> None:
    back = visitor.token(ANATOMY, TEACHER)
    parts = back.fields["id_token"].split(".")
    deep = b'{"kid":"k","alg":"RS256","nonce":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    parts[part] = urlsafe_b64encode(deep).rstrip(b"=").decode()
    answer = visitor.post(back.action, {**back.fields, "id_token": ".".join(parts)})
    assert answer.status_code == 403


# --- A name that only this machine has -----------------------------------------------------------


def test_who_calls_us_localhost_is_believed_only_where_there_is_no_proxy(
    db: None, settings: Settings, moodle: MoodleStandIn
) -> None:
    """Else who holds an address could let the server ask its own machine, by plain HTTP."""
    registering = Registering(moodle, address_made(factories.account()))
    assert registering.open().status_code == 200
    settings.BEHIND_HTTPS = True
    for answer in (registering.open(), registering.post()):
        assert (answer.status_code, "Only by HTTPS" in answer.content.decode()) == (403, True)
    answer = registering.client.post(registering.path, registering.sent, secure=True)
    assert (answer.status_code, "no Moodle" in answer.content.decode()) == (400, True)
    assert moodle.requests == []


def test_a_launch_by_plain_http_is_refused_whatever_the_host_is_called(
    db: None, settings: Settings, moodle: MoodleStandIn
) -> None:
    registered(moodle)
    settings.BEHIND_HTTPS = True
    answer = Client(headers={"host": "localhost"}).post("/moodle/launch/", {"state": "x"})
    assert (answer.status_code, "Only by HTTPS" in answer.content.decode()) == (403, True)
