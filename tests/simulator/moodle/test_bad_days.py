"""The site out of order: unreachable, refusing, slow, with another key or a wrong clock."""

import pytest
import requests

from reports.simulator.moodle.claims import MEMBERSHIPS_SCOPE, memberships_url
from reports.simulator.moodle.exchange import Response
from reports.simulator.moodle.records import Tool
from reports.simulator.moodle.standin import MoodleStandIn
from tests.simulator.moodle.cast import COURSE, TEACHER
from tests.simulator.moodle.tool import SmallTool, ask_members, ask_token


def keys(moodle: MoodleStandIn) -> requests.Response:
    """Return the site's keys, asked for on a connection of their own."""
    url = f"{moodle.issuer}/mod/lti/certs.php"
    return requests.get(url, timeout=30, headers={"Connection": "close"})


@pytest.mark.parametrize("status", [403, 404, 500])
def test_the_roster_may_be_refused_while_all_else_works(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool, status: int
) -> None:
    moodle.faults.add("http_status", service="memberships", status=status, count=1)
    token = ask_token(moodle, tool, small_tool.key, MEMBERSHIPS_SCOPE).json()["access_token"]
    url = memberships_url(moodle.issuer, COURSE, tool)
    assert ask_members(url, token).status_code == status
    assert ask_members(url, token).status_code == 200


def test_a_stopped_site_is_unreachable_and_comes_back_at_its_address(
    moodle: MoodleStandIn,
) -> None:
    issuer = moodle.issuer
    moodle.stop()
    with pytest.raises(requests.ConnectionError):
        keys(moodle)
    moodle.start()
    assert moodle.issuer == issuer
    assert keys(moodle).ok


@pytest.mark.parametrize("service", ["jwks", ""])
def test_a_service_may_break_the_connection_or_answer_with_a_page(
    moodle: MoodleStandIn, service: str
) -> None:
    moodle.faults.add("reset", service=service, count=1)
    with pytest.raises(requests.ConnectionError):
        keys(moodle)
    moodle.faults.add("html_200", service=service, count=1)
    assert "<h1>" in keys(moodle).text
    assert keys(moodle).json()["keys"]


def test_a_service_may_be_slow(moodle: MoodleStandIn) -> None:
    moodle.faults.add("slow", service="jwks", seconds=60)
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{moodle.issuer}/mod/lti/certs.php", timeout=(30, 0.05))
    moodle.faults.clear()
    assert keys(moodle).ok


def test_any_answer_may_be_given_instead(moodle: MoodleStandIn) -> None:
    elsewhere = "http://elsewhere.example/"
    path = "/mod/lti/certs.php"
    moodle.instead[path] = Response(b"", 302, headers={"Location": elsewhere})
    answer = requests.get(f"{moodle.issuer}{path}", timeout=30, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, elsewhere)
    del moodle.instead[path]
    assert keys(moodle).ok


def test_a_new_key_signs_and_only_it_is_published(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    import jwt

    (before,) = keys(moodle).json()["keys"]
    moodle.rotate_key()
    (after,) = keys(moodle).json()["keys"]
    assert after["kid"] != before["kid"]
    moodle.browser().launch(COURSE.id, TEACHER.id)
    header = jwt.get_unverified_header(small_tool.launched[-1]["id_token"])
    assert header["kid"] == after["kid"]


def test_two_sites_have_each_their_own_key(moodle: MoodleStandIn) -> None:
    with MoodleStandIn(moodle.site) as other:
        assert keys(other).json()["keys"] != keys(moodle).json()["keys"]


def test_a_wrong_clock_shows_in_the_id_token(
    moodle: MoodleStandIn, tool: Tool, small_tool: SmallTool
) -> None:
    moodle.browser().launch(COURSE.id, TEACHER.id)
    moodle.clock_offset_seconds = 1000
    moodle.browser().launch(COURSE.id, TEACHER.id)
    right, fast = (moodle.claims_of(sent["id_token"])["iat"] for sent in small_tool.launched)
    assert fast - right >= 1000


def test_what_arrived_is_recorded_without_the_root(moodle: MoodleStandIn) -> None:
    keys(moodle)
    assert moodle.requests[-1].path == "/mod/lti/certs.php"


@pytest.mark.parametrize("path", ["/", "/mod/lti/certs.php", "/moodles/", "/moodle/no.php"])
def test_nothing_lies_outside_the_root_or_at_unknown_paths(
    moodle: MoodleStandIn, path: str
) -> None:
    answer = requests.get(f"http://localhost:{moodle.port}{path}", timeout=30)
    assert answer.status_code == 404


def test_a_site_without_a_path_lies_at_the_root(moodle: MoodleStandIn) -> None:
    with MoodleStandIn(moodle.site) as plain:
        assert plain.issuer == f"http://localhost:{plain.port}"
        assert keys(plain).ok


def test_before_the_start_there_is_no_issuer(moodle: MoodleStandIn) -> None:
    with pytest.raises(RuntimeError):
        _ = MoodleStandIn(moodle.site).issuer
