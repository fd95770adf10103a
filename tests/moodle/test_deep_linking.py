"""A teacher chooses what a link leads to; Moodle gets it signed, once, and nobody else does."""

import time
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import jwt
import pytest
import requests
import time_machine
from django.urls import reverse
from django.utils import timezone

from reports.models import AccessLogEntry, Course, MoodleSite, Room
from reports.moodle.deep_linking import DEEP_LINKS, is_way_back
from reports.moodle.keys import public_keys, signing_key
from reports.moodle.launch import DEEP_LINKING
from reports.simulator.moodle.standin import MoodleStandIn
from tests import course_factories, factories
from tests.moodle.conftest import (
    ADMIN,
    ANATOMY,
    BOTANY,
    LEARNER,
    TEACHER,
    Visitor,
    course_of,
    registered,
)

CLAIM = DEEP_LINKING.removesuffix("deep_linking_settings")


class _Form(HTMLParser):
    """Reads the form that goes to Moodle."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.action = found.get("action") or ""
        elif tag == "input":
            self.fields[found.get("name") or ""] = found.get("value") or ""


@pytest.fixture
def room(site: MoodleSite) -> Room:
    """A room of the anatomy course, which was opened before."""
    assert site.account is not None
    made = factories.room(site.account, 'Anatomy "A" <hall>')
    course_factories.course(site, [made], str(ANATOMY))
    return made


def choosing(visitor: Visitor, course: int = ANATOMY, user: int = TEACHER) -> Course:
    """Walk to the page where the teacher chooses; return the course."""
    answer = visitor.launch(course, user, message="deep")
    site = MoodleSite.objects.get(issuer=visitor.moodle.issuer)
    found = course_of(site, course)
    assert answer.headers["Location"] == reverse("reports:deep-link", args=[found.pk])
    return found


def choose(visitor: Visitor, course: Course, leads_to: str = "register") -> Any:
    return visitor.post(
        reverse("reports:deep-link-chosen", args=[course.pk]), {"leads_to": leads_to}
    )


def claims(answer: Any) -> dict[str, Any]:
    """Return what the answer tells Moodle, its signature checked with the published key."""
    token = _Form(answer.content.decode()).fields["JWT"]
    header = jwt.get_unverified_header(token)
    [key] = [one for one in public_keys()["keys"] if one["kid"] == header["kid"]]
    found: dict[str, Any] = jwt.decode(
        token, jwt.PyJWK(key), algorithms=["RS256"], options={"verify_aud": False}
    )
    return found


def item(answer: Any) -> dict[str, Any]:
    [found] = claims(answer)[CLAIM + "content_items"]
    return dict(found)


def test_a_teacher_is_led_to_choose(visitor: Visitor, site: MoodleSite, room: Room) -> None:
    course = choosing(visitor)
    page = visitor.get(reverse("reports:deep-link", args=[course.pk]))
    assert page.status_code == 200
    assert [key for key, _ in page.context["form"].fields["leads_to"].choices] == [
        "register",
        f"room:{room.pk}",
    ]
    assert "Attendance of the course" in page.content.decode()


def test_a_first_deep_link_makes_the_course_known(visitor: Visitor, site: MoodleSite) -> None:
    course = choosing(visitor)
    page = visitor.get(reverse("reports:deep-link", args=[course.pk]))
    assert "No room belongs to this course yet" in page.content.decode()


def test_the_answer_is_signed_and_for_the_site_alone(
    visitor: Visitor, site: MoodleSite, room: Room
) -> None:
    answer = choose(visitor, choosing(visitor))
    told = claims(answer)
    [tool] = site.tools.all()
    assert told["iss"] == tool.client_id
    assert told["aud"] == [site.issuer]
    assert told["exp"] - told["iat"] <= 600
    assert told[CLAIM.replace("-dl", "") + "message_type"] == "LtiDeepLinkingResponse"
    assert told[CLAIM.replace("-dl", "") + "deployment_id"] == tool.deployment_id
    assert CLAIM + "data" not in told
    assert item(answer) == {
        "type": "ltiResourceLink",
        "title": "Attendance",
        "custom": {"rollcall_page": "register"},
    }
    form = _Form(answer.content.decode())
    assert form.action.startswith(f"{site.issuer}/mod/lti/contentitem_return.php?")
    assert set(form.fields) == {"JWT"}


def test_a_room_is_named_by_its_entry(visitor: Visitor, site: MoodleSite, room: Room) -> None:
    answer = choose(visitor, choosing(visitor), f"room:{room.pk}")
    assert item(answer)["title"] == 'Anatomy "A" <hall>'
    assert item(answer)["custom"] == {"rollcall_page": "room", "rollcall_room": room.entry_id}


def test_moodle_takes_it_and_the_new_link_leads_there(
    visitor: Visitor, site: MoodleSite, room: Room, moodle: MoodleStandIn
) -> None:
    signing_key()
    moodle.site.change_tool(moodle.site.tools[0].id, jwks=public_keys())
    form = _Form(choose(visitor, choosing(visitor), f"room:{room.pk}").content.decode())
    taken = requests.post(form.action, data=form.fields, timeout=30)
    assert taken.status_code == 200, taken.text
    [made] = moodle.site.activities_in(ANATOMY, moodle.site.tools[0].id)
    assert made.title == 'Anatomy "A" <hall>'
    arrived = visitor.launch(ANATOMY, TEACHER, activity_id=made.id)
    course = course_of(site)
    page = reverse("reports:room", args=[room.account_id, room.entry_id])
    assert arrived.headers["Location"] == f"{page}?course={course.pk}"
    assert visitor.get(arrived.headers["Location"]).status_code == 200


def test_only_that_answer_may_be_sent_to_moodle(visitor: Visitor, site: MoodleSite) -> None:
    course = choosing(visitor)
    page = visitor.get(reverse("reports:deep-link", args=[course.pk]))
    answer = choose(visitor, course)
    assert "form-action 'self';" in page.headers["Content-Security-Policy"] + ";"
    assert f"form-action 'self' {site.origin};" in answer.headers["Content-Security-Policy"] + ";"
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_choice_is_made_once(visitor: Visitor, site: MoodleSite) -> None:
    course = choosing(visitor)
    assert choose(visitor, course).status_code == 200
    again = choose(visitor, course)
    assert again.status_code == 404
    assert "Moodle waits for no choice" in again.content.decode()
    assert visitor.get(reverse("reports:deep-link", args=[course.pk])).status_code == 404
    line = AccessLogEntry.objects.get(action="placed a link")
    assert line.target == f"course {ANATOMY} of {site.issuer}"


def test_a_choice_is_of_its_own_course(visitor: Visitor, site: MoodleSite, room: Room) -> None:
    choosing(visitor)
    visitor.launch(BOTANY, TEACHER)
    botany = course_of(site, BOTANY)
    assert choose(visitor, botany).status_code == 404
    other = choosing(visitor, BOTANY)
    refused = choose(visitor, other, f"room:{room.pk}")  # the other course's room
    assert refused.status_code == 400
    assert "JWT" not in refused.content.decode()
    assert choose(visitor, course_of(site)).status_code == 200  # both wait side by side


@pytest.mark.parametrize("leads_to", ["", "room:0", "room:", "elsewhere", "room:99999999999999999"])
def test_what_is_not_offered_is_refused(visitor: Visitor, site: MoodleSite, leads_to: str) -> None:
    course = choosing(visitor)
    assert choose(visitor, course, leads_to).status_code == 400
    assert choose(visitor, course).status_code == 200  # and may be chosen anew


def test_a_choice_waits_for_an_hour(visitor: Visitor, site: MoodleSite) -> None:
    course = choosing(visitor)
    with time_machine.travel(timezone.now() + timedelta(minutes=59)):
        assert visitor.get(reverse("reports:deep-link", args=[course.pk])).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert choose(visitor, course).status_code == 404


def test_an_ordinary_launch_has_nothing_to_choose(visitor: Visitor, site: MoodleSite) -> None:
    visitor.launch(ANATOMY, TEACHER)
    assert choose(visitor, course_of(site)).status_code == 404


def test_a_site_administrator_may_choose(visitor: Visitor, site: MoodleSite) -> None:
    assert choose(visitor, choosing(visitor, user=ADMIN)).status_code == 200


def deep_token(visitor: Visitor, **settings: Any) -> Any:
    """Post a deep-linking token whose settings were changed; None takes one out."""
    back = visitor.token(ANATOMY, TEACHER, message="deep")
    told = visitor.moodle.claims_of(back.fields["id_token"])
    asked = told[DEEP_LINKING] | settings
    told[DEEP_LINKING] = {key: value for key, value in asked.items() if value is not None}
    return visitor.post(back.action, {**back.fields, "id_token": visitor.moodle.sign(told)})


def test_learners_choose_nothing(visitor: Visitor, site: MoodleSite, moodle: MoodleStandIn) -> None:
    Course.objects.create(site=site, course_id=str(ANATOMY), learners_see_own=True)
    back = visitor.token(ANATOMY, TEACHER, message="deep")
    told = moodle.claims_of(back.fields["id_token"])
    told["sub"] = str(LEARNER)
    told[CLAIM.replace("-dl", "") + "roles"] = ["Learner"]
    answer = visitor.post(back.action, {**back.fields, "id_token": moodle.sign(told)})
    course = course_of(site)
    assert answer.headers["Location"] == reverse("reports:my-attendance", args=[course.pk])
    assert DEEP_LINKS not in visitor.client.session
    assert visitor.get(reverse("reports:deep-link", args=[course.pk])).status_code == 404
    assert choose(visitor, course).status_code == 404


@pytest.mark.parametrize(
    "settings",
    [
        {"deep_link_return_url": "https://evil.example.org/mod/lti/contentitem_return.php"},
        {"deep_link_return_url": "javascript:alert(1)"},
        {"deep_link_return_url": "http://[x"},
        {"deep_link_return_url": 7},
        {"deep_link_return_url": None},
        {"accept_types": ["file"]},
        {"accept_types": 5},
        {"accept_types": None},
        {"data": "x" * 10_001},
    ],
    ids=str,
)
def test_what_can_not_be_answered_is_refused(
    visitor: Visitor, site: MoodleSite, settings: dict[str, Any]
) -> None:
    answer = deep_token(visitor, **settings)
    assert answer.status_code == 403
    assert DEEP_LINKS not in visitor.client.session


def test_another_sites_way_back_is_no_way_back(visitor: Visitor, site: MoodleSite) -> None:
    answer = deep_token(visitor, deep_link_return_url="https://evil.example.org/")
    assert "This choice could not be sent back" in answer.content.decode()
    assert "evil" not in answer.content.decode()


def test_data_comes_back_as_it_was(visitor: Visitor, site: MoodleSite) -> None:
    assert deep_token(visitor, data='{"a": "ü"}').status_code == 302
    assert claims(choose(visitor, course_of(site)))[CLAIM + "data"] == '{"a": "ü"}'


def test_somebody_else_in_the_browser_finds_nothing_begun(
    visitor: Visitor, site: MoodleSite
) -> None:
    choosing(visitor)
    visitor.launch(ANATOMY, ADMIN)
    assert choose(visitor, course_of(site)).status_code == 404


def test_a_way_back_is_below_the_site(db: None, other_moodle: MoodleStandIn) -> None:
    site = registered(other_moodle)
    issuer, origin = site.issuer, site.origin
    assert is_way_back(site, f"{issuer}/mod/lti/contentitem_return.php?a=b")
    for url in (
        f"{origin}/elsewhere",
        f"{issuer}.evil.example.org/",
        f"{issuer}x/",
        issuer.replace("localhost", "localhost@evil.example.org"),
        issuer.replace("http:", "https:"),
        f"{issuer}/{'x' * 2000}",
        f"{issuer}/\n",
        "",
    ):
        assert not is_way_back(site, url), url


def test_only_the_latest_choices_are_kept(
    visitor: Visitor, site: MoodleSite, moodle: MoodleStandIn
) -> None:
    choosing(visitor)
    session = visitor.client.session
    kept = session[DEEP_LINKS]
    session[DEEP_LINKS] = {str(number): {"until": time.time()} for number in range(1000, 1030)}
    session.save()
    course = choosing(visitor)
    now = visitor.client.session[DEEP_LINKS]
    assert len(now) == 20
    assert set(kept) <= set(now)
    assert list(now)[-1] == str(course.pk)
