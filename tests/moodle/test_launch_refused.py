"""Who can't get in reads why, and whom to ask; Moodle's frame shows it where the site is known."""

from typing import Any

import pytest
from django.test import Client

from reports.models import AccessLogEntry, LaunchState, MoodleSite, MoodleTool, MoodleUser
from reports.moodle.refusals import REFUSALS
from reports.simulator.moodle.standin import MoodleStandIn
from tests.moodle.conftest import ANATOMY, TEACHER, Visitor, course_of, known_as, user_of

SIGN_IN = "/moodle/sign-in/"
LAUNCH = "/moodle/launch/"


def refusal(answer: Any) -> str:
    """Return why, by the key of the sentence that the page shows."""
    text = answer.content.decode().replace("&#x27;", "'")
    [reason] = [key for key, known in REFUSALS.items() if str(known.sentence) in text]
    assert answer.status_code == REFUSALS[reason].status
    assert str(REFUSALS[reason].advice) in text
    return reason


def fields(visitor: Visitor, **changes: str) -> dict[str, str]:
    """Return what Moodle begins with, changed; without what is to be empty."""
    start = visitor.moodle.launch_form(ANATOMY, TEACHER)
    given = {**start.fields, "cookies": "checked", **changes}
    return {name: value for name, value in given.items() if value}


@pytest.mark.parametrize("cookies", ["checked", ""])
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "https://moodle.example.org"}, "unknown_site"),
        ({"iss": ""}, "incomplete"),
        ({"iss": "\x00"}, "unknown_site"),
        ({"client_id": "other"}, "unknown_tool"),
        ({"client_id": "\x00"}, "unknown_site"),
    ],
)
def test_a_beginning_that_is_not_known_here(
    visitor: Visitor, changes: dict[str, str], reason: str, cookies: str
) -> None:
    answer = visitor.post(SIGN_IN, fields(visitor, **changes, cookies=cookies))
    assert refusal(answer) == reason
    assert not LaunchState.objects.exists()


def test_an_issuer_is_compared_whole(visitor: Visitor, site: MoodleSite) -> None:
    for issuer in (f"{site.issuer}/", site.issuer.upper(), f"{site.issuer}/other"):
        assert refusal(visitor.post(SIGN_IN, fields(visitor, iss=issuer))) == "unknown_site"


def test_a_beginning_without_anybody(visitor: Visitor) -> None:
    assert refusal(visitor.post(SIGN_IN, fields(visitor, login_hint=""))) == "incomplete"


def test_without_client_id_a_site_with_one_tool_is_enough(visitor: Visitor) -> None:
    assert visitor.post(SIGN_IN, fields(visitor, client_id="")).status_code == 302


def test_without_client_id_two_tools_are_too_many(visitor: Visitor, site: MoodleSite) -> None:
    known_as(site, visitor.moodle)
    assert refusal(visitor.post(SIGN_IN, fields(visitor, client_id=""))) == "unknown_tool"


def test_a_site_that_waits_to_be_confirmed(visitor: Visitor, site: MoodleSite) -> None:
    MoodleSite.objects.update(is_active=False)
    answer = visitor.post(SIGN_IN, fields(visitor, cookies=""))
    assert refusal(answer) == "inactive"
    assert site.contact in answer.content.decode()
    assert f"frame-ancestors {site.origin}" in answer.headers["Content-Security-Policy"]


def test_a_site_that_is_stopped_in_between(visitor: Visitor) -> None:
    back = visitor.token(ANATOMY, TEACHER)
    MoodleSite.objects.update(is_active=False)
    assert refusal(visitor.post(back.action, back.fields)) == "inactive"


def test_a_tool_that_is_taken_away_in_between(visitor: Visitor) -> None:
    back = visitor.token(ANATOMY, TEACHER)
    MoodleTool.objects.all().delete()
    assert refusal(visitor.post(back.action, back.fields)) == "over"


def test_a_tool_deleted_in_moodle_and_registered_again(
    visitor: Visitor, site: MoodleSite, moodle: MoodleStandIn
) -> None:
    """It has a new client and deployment; people and courses stay the same."""
    visitor.launch(ANATOMY, TEACHER)
    user, course = user_of(site, TEACHER), course_of(site)
    moodle.site.delete_tool(moodle.site.tools[0].id)
    for old in moodle.site.activities_in(ANATOMY):
        moodle.site.delete_activity(old.id)
    unknown = known_as(site, moodle)
    MoodleTool.objects.filter(client_id=unknown.client_id).delete()
    assert refusal(visitor.begin(ANATOMY, TEACHER)) == "unknown_tool"
    again = moodle.site.add_activity(ANATOMY, known_as(site, moodle).id)
    assert visitor.launch(ANATOMY, TEACHER, activity_id=again.id).status_code == 302
    assert (user_of(site, TEACHER), course_of(site)) == (user, course)
    assert course_of(site).tool == MoodleTool.objects.latest("pk")


def test_what_moodle_says_instead_is_shown(visitor: Visitor) -> None:
    back = visitor.token(ANATOMY, TEACHER)
    told = {"error": "access_denied", "error_description": "<b>Not you</b>"}
    answer = visitor.post(back.action, {**told, "state": back.fields["state"]})
    assert refusal(answer) == "refused_there"
    assert "access_denied: &lt;b&gt;Not you&lt;/b&gt;" in answer.content.decode()
    assert refusal(visitor.post(back.action, back.fields)) == "over"


def test_a_made_up_error_is_not_shown(visitor: Visitor) -> None:
    answer = visitor.post(LAUNCH, {"error": "call 0123", "state": "x"})
    assert refusal(answer) == "other_browser"
    assert "call 0123" not in answer.content.decode()


def test_an_error_of_moodle_itself_is_told(visitor: Visitor) -> None:
    """The request for the token with another login hint: Moodle posts an error back."""
    start = fields(visitor, login_hint="999")
    location = visitor.post(SIGN_IN, start).headers["Location"]
    back = visitor.moodle.authorize(location)
    assert back.fields["error"] == "access_denied"
    assert refusal(visitor.post(back.action, back.fields)) == "refused_there"


def test_a_refused_launch_shows_in_the_frame_of_its_site(
    visitor: Visitor, site: MoodleSite
) -> None:
    answer = visitor.forge(lambda claims: claims.update(aud="other"))
    assert refusal(answer) == "invalid"
    assert f"frame-ancestors {site.origin}" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    stranger = visitor.post(SIGN_IN, fields(visitor, iss="https://moodle.example.org"))
    assert "frame-ancestors 'none'" in stranger.headers["Content-Security-Policy"]
    assert stranger.headers["X-Frame-Options"] == "DENY"


def test_plain_http_is_refused_but_on_this_machine(visitor: Visitor) -> None:
    given = fields(visitor)
    assert refusal(Client().post(SIGN_IN, given)) == "insecure"
    assert refusal(Client().post(LAUNCH, {"state": "x"})) == "insecure"
    for host in ("localhost:8000", "127.0.0.1"):
        answer = Client(headers={"host": host}).post(SIGN_IN, given)
        assert answer.status_code == 302, host


def test_plain_http_by_ipv6_is_allowed_on_this_machine(visitor: Visitor, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["[::1]"]
    answer = Client(headers={"host": "[::1]:8000"}).post(SIGN_IN, fields(visitor))
    assert answer.status_code == 302


def test_refusals_before_anybody_is_known_leave_no_line(visitor: Visitor) -> None:
    """Anybody may post here: the access log is not for them to fill."""
    visitor.post(SIGN_IN, {"iss": "https://moodle.example.org"})
    visitor.post(LAUNCH, {"state": "x", "id_token": "x"})
    visitor.forge(lambda claims: claims.update(aud="other"))
    assert not AccessLogEntry.objects.exists()
    assert not MoodleUser.objects.exists()


def test_only_posts_end_a_sign_in(visitor: Visitor) -> None:
    assert visitor.get(LAUNCH).status_code == 405
    assert refusal(visitor.get(SIGN_IN)) == "incomplete"
