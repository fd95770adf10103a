"""What Moodle refuses or garbles changes nothing, and is said in the right words."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.db.models.query import QuerySet

from reports.models import Course, Enrolment, MoodleSite, MoodleTool, ToolKey
from reports.moodle import members as reading
from reports.moodle.keys import rotate_keys
from reports.moodle.roster import ask_roster
from reports.moodle.services import ServiceRefused
from reports.simulator.moodle.exchange import Response, json_response
from reports.simulator.moodle.standin import MoodleStandIn
from tests.moodle.conftest import ANATOMY, LEARNER, known_as
from tests.moodle.rosters import (
    ask,
    asked_for_members,
    fresh,
    names,
    opened,
    row_of,
    trust_our_key,
)


def refused(course: Course) -> str:
    """Ask in vain; return why, as it is stored."""
    before = list(Enrolment.objects.order_by("pk").values())
    asked_at = fresh(course).roster_asked_at
    with pytest.raises(ServiceRefused) as caught:
        ask(course)
    assert list(Enrolment.objects.order_by("pk").values()) == before
    now = fresh(course)
    assert now.roster_asked_at == asked_at
    assert now.roster_failed_at is not None
    assert now.roster_error == caught.value.reason
    return now.roster_error


@pytest.fixture
def course(moodle: MoodleStandIn, site: MoodleSite) -> Course:
    """A course with a roster; who is enrolled has changed since."""
    found = opened(moodle, site)
    ask(found)
    moodle.site.unenrol(ANATOMY, LEARNER)
    return found


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        *((400, "refused"), (401, "refused"), (403, "refused"), (404, "gone"), (410, "gone")),
        *((429, "trouble"), (500, "trouble"), (503, "trouble"), (418, "unreadable")),
    ],
)
def test_a_status_has_its_reason(
    moodle: MoodleStandIn, course: Course, status: int, reason: str
) -> None:
    moodle.faults.add("http_status", service="memberships", status=status)
    assert refused(course) == reason
    moodle.faults.clear()
    assert ask(course).left == 1
    assert fresh(course).roster_error == ""


@pytest.mark.parametrize(
    ("service", "kind", "reason"),
    [
        ("memberships", "html_200", "unreadable"),
        ("memberships", "reset", "unreachable"),
        ("token", "html_200", "unreadable"),
        ("token", "reset", "unreachable"),
    ],
)
def test_a_garbled_answer_has_its_reason(
    moodle: MoodleStandIn, course: Course, service: str, kind: str, reason: str
) -> None:
    cache.clear()  # the access token too
    moodle.faults.add(kind, service=service)
    assert refused(course) == reason


@pytest.mark.parametrize(("status", "reason"), [(400, "tool_unknown"), (503, "trouble")])
def test_a_token_that_is_not_given_has_its_reason(
    moodle: MoodleStandIn, course: Course, status: int, reason: str
) -> None:
    cache.clear()
    moodle.faults.add("http_status", service="token", status=status)
    assert refused(course) == reason


def test_a_moodle_that_is_off_is_unreachable(moodle: MoodleStandIn, course: Course) -> None:
    moodle.stop()
    assert refused(course) == "unreachable"
    moodle.start()
    assert ask(course).left == 1


def test_a_slow_moodle_is_not_waited_for_longer_than_said(
    moodle: MoodleStandIn, course: Course
) -> None:
    moodle.faults.add("slow", service="memberships", seconds=60)
    with pytest.raises(ServiceRefused) as caught:
        ask_roster(fresh(course), seconds=0.5)
    assert caught.value.reason == "unreachable"
    moodle.faults.clear()


def test_a_page_that_fails_changes_nothing(
    moodle: MoodleStandIn, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE_SIZE", 1)
    moodle.faults.add("http_status", service="memberships", status=500, skip=1)
    assert refused(course) == "trouble"
    assert len(asked_for_members(moodle)) == 3  # of which one before


def members_path(course: Course) -> str:
    return course.memberships_url.removeprefix(course.site.issuer)


def answer(**changes: Any) -> dict[str, Any]:
    """Return an answer of one member, but for the changes."""
    member = {
        "user_id": "3",
        "roles": ["Instructor"],
        "status": "Active",
        "name": "T",
        "email": "t",
    }
    return {"id": "x", "context": {"id": str(ANATOMY)}, "members": [member]} | changes


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        answer(members=None),
        answer(members={}),
        answer(members=["x"]),
        answer(members=[{"roles": ["Learner"]}]),
        answer(members=[{"user_id": "4"}]),
        answer(members=[{"user_id": "4", "roles": "Learner"}]),
        answer(members=[{"user_id": "4" * 65, "roles": ["Learner"]}]),
        answer(members=[{"user_id": None, "roles": ["Learner"]}]),
        answer(context={"id": "8"}),
    ],
    ids=str,
)
def test_what_is_no_roster_of_the_course_is_not_taken_for_one(
    moodle: MoodleStandIn, course: Course, content: Any
) -> None:
    moodle.instead[members_path(course)] = Response(json.dumps(content).encode(), 200)
    assert refused(course) == "unreadable"


def test_a_plain_answer_is_taken(moodle: MoodleStandIn, course: Course) -> None:
    moodle.instead[members_path(course)] = json_response(answer())
    assert vars(ask(course)) == {"listed": 1, "joined": 0, "came_back": 0, "left": 2}


def test_odd_texts_are_kept_as_far_as_they_can_be(moodle: MoodleStandIn, course: Course) -> None:
    odd = {
        "user_id": 4,
        "roles": ["Learner", 7],
        "name": "A\x00b \ud800" + "c" * 500,
        "email": None,
    }
    gone = {"user_id": "3", "roles": ["Learner"], "status": "Inactive"}
    moodle.instead[members_path(course)] = json_response(answer(members=[odd, gone]))
    ask(course)
    leo = row_of(course, LEARNER)
    assert leo.name.startswith("Ab ?ccc")
    assert (len(leo.name), leo.email) == (400, "")
    assert fresh(course).enrolments.filter(last_seen_at=leo.last_seen_at).count() == 1


def test_somebody_on_two_pages_is_one(moodle: MoodleStandIn, course: Course) -> None:
    both = answer(
        members=[
            {"user_id": "4", "roles": ["Learner"], "name": "L", "email": ""},
            {"user_id": "4", "roles": ["Instructor"], "name": "L", "email": ""},
        ]
    )
    moodle.instead[members_path(course)] = json_response(both)
    assert ask(course).listed == 1
    assert row_of(course, LEARNER).kind == Enrolment.Kind.STAFF


@pytest.mark.parametrize("where", ["https://elsewhere.example/x", "{issuer}/mod/lti/other.php"])
def test_a_page_elsewhere_is_not_asked_with_our_token(
    moodle: MoodleStandIn, course: Course, where: str
) -> None:
    following = where.format(issuer=moodle.issuer)
    body = json_response(answer()).body
    linked = Response(body, 200, headers={"Link": f'<{following}>; rel="next"'})
    moodle.instead[members_path(course)] = linked
    assert refused(course) == "unreadable"
    assert not any(it.path == "/mod/lti/other.php" for it in moodle.requests)


def test_pages_in_a_circle_end(moodle: MoodleStandIn, course: Course) -> None:
    here = f"{course.memberships_url}?limit=1000"
    body = json_response(answer()).body
    linked = Response(body, 200, headers={"Link": f'<{here}>; rel="next"'})
    moodle.instead[members_path(course)] = linked
    assert refused(course) == "unreadable"


def test_a_redirect_is_not_followed(moodle: MoodleStandIn, course: Course) -> None:
    there = Response(b"", 302, headers={"Location": f"{moodle.issuer}/mod/lti/other.php"})
    moodle.instead[members_path(course)] = there
    assert refused(course) == "unreadable"
    assert not any(it.path == "/mod/lti/other.php" for it in moodle.requests)


def test_a_boundless_answer_is_not_read(
    moodle: MoodleStandIn, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.moodle.services.LARGEST_ANSWER", 100)
    assert refused(course) == "unreadable"


# The tool, its token and what it may ----------------------------------------------------------


def tokens_asked(moodle: MoodleStandIn) -> int:
    return sum(it.path.endswith("/token.php") for it in moodle.requests)


def test_a_token_is_used_again_and_asked_for_anew_when_moodle_forgot_it(
    moodle: MoodleStandIn, course: Course
) -> None:
    ask(course)
    assert tokens_asked(moodle) == 1
    moodle.forget_tokens()
    assert ask(course).listed == 2
    assert tokens_asked(moodle) == 2


def test_a_token_is_sealed_in_the_cache(
    moodle: MoodleStandIn, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    kept: dict[str, Any] = {}
    monkeypatch.setattr(
        "reports.moodle.services.cache.set", lambda key, value, *_: kept.update({key: value})
    )
    ask(course)
    asked = [it for it in moodle.requests if it.path.endswith("/memberships")]
    token = asked[-1].bearer()
    assert token
    [sealed] = [value for key, value in kept.items() if key.startswith("moodle-token:")]
    assert token.encode() not in sealed


def test_each_tool_has_its_own_token(moodle: MoodleStandIn, course: Course) -> None:
    first = asked_bearer(moodle)
    known_as(course.site, moodle)
    trust_our_key(moodle)
    other = moodle.site.tools[-1]
    first_id = moodle.site.tools[0].id
    url = course.memberships_url.replace(f"/bindings/{first_id}/", f"/bindings/{other.id}/")
    tool = MoodleTool.objects.get(client_id=other.client_id)
    Course.objects.filter(pk=course.pk).update(tool=tool, memberships_url=url)
    ask(course)
    assert asked_bearer(moodle) != first


def asked_bearer(moodle: MoodleStandIn) -> str:
    return [it for it in moodle.requests if it.path.endswith("/memberships")][-1].bearer()


def test_a_service_that_is_taken_away_is_not_granted(moodle: MoodleStandIn, course: Course) -> None:
    cache.clear()
    moodle.site.change_tool(moodle.site.tools[0].id, memberships=False)
    assert refused(course) == "not_granted"


def test_a_service_that_is_taken_away_while_a_token_is_good_is_refused(
    moodle: MoodleStandIn, course: Course
) -> None:
    moodle.site.change_tool(moodle.site.tools[0].id, memberships=False)
    assert refused(course) == "refused"


def test_a_course_without_the_service_says_so(moodle: MoodleStandIn, site: MoodleSite) -> None:
    moodle.site.change_tool(moodle.site.tools[0].id, memberships=False)
    assert refused(opened(moodle, site)) == "not_granted"
    assert not asked_for_members(moodle)


def test_a_tool_that_was_deleted_and_registered_again(
    moodle: MoodleStandIn, course: Course, site: MoodleSite
) -> None:
    cache.clear()
    moodle.site.delete_tool(moodle.site.tools[0].id)
    assert refused(course) == "tool_unknown"
    again = known_as(site, moodle)
    before = {row.moodle_user_id: row.pk for row in Enrolment.objects.all()}
    activity = moodle.site.add_activity(ANATOMY, again.id)
    assert opened(moodle, site, tool_id=again.id, activity_id=activity.id).pk == course.pk
    assert vars(ask(course)) == {"listed": 2, "joined": 0, "came_back": 0, "left": 1}
    assert {row.moodle_user_id: row.pk for row in Enrolment.objects.all()} == before


def test_a_tool_that_was_taken_away_here(course: Course) -> None:
    MoodleTool.objects.all().delete()
    assert refused(course) == "no_tool"


def test_a_deleted_course(moodle: MoodleStandIn, course: Course) -> None:
    moodle.site.delete_course(ANATOMY)
    assert refused(course) == "gone"
    assert "Leo Learner" in names(course).values()


def test_a_stopped_site_is_not_asked(moodle: MoodleStandIn, course: Course) -> None:
    MoodleSite.objects.update(is_active=False)
    before = len(moodle.requests)
    assert refused(course) == "stopped"
    assert len(moodle.requests) == before


def test_our_new_key_signs_once_moodle_knows_it(moodle: MoodleStandIn, course: Course) -> None:
    cache.clear()
    rotate_keys()
    assert refused(course) == "tool_unknown"  # Moodle was given our keys by hand
    trust_our_key(moodle)
    assert ask(course).left == 1
    assert ToolKey.objects.count() == 2


def test_a_failure_after_a_newer_roster_is_forgotten(
    moodle: MoodleStandIn, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two ask at once: the slower one fails after the other one stored its roster."""
    moodle.faults.add("http_status", service="memberships", status=500)

    def meanwhile(*_: Any) -> Any:
        moodle.faults.clear()
        monkeypatch.undo()
        ask(course)
        raise ServiceRefused("trouble")

    monkeypatch.setattr("reports.moodle.roster.read_members", meanwhile)
    with pytest.raises(ServiceRefused):
        ask(course)
    assert fresh(course).roster_error == ""


def test_rows_are_never_deleted(
    moodle: MoodleStandIn, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuerySet, "delete", lambda *_: pytest.fail("a row was deleted"))
    moodle.instead[members_path(course)] = json_response(answer(members=[]))
    assert vars(ask(course)) == {"listed": 0, "joined": 0, "came_back": 0, "left": 3}
