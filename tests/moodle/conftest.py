"""A Moodle stand-in of two courses that knows Rollcall as a tool, and launches from it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from reports.models import Course, MoodleSite, MoodleTool, MoodleUser, User
from reports.simulator.moodle.exchange import PostForm
from reports.simulator.moodle.moodle_site import MoodleSite as World
from reports.simulator.moodle.records import Course as MoodleCourse, Person, Tool
from reports.simulator.moodle.standin import MoodleStandIn
from tests import factories

TOOL = "https://testserver"
CUSTOM = {
    "user_name": "$User.username",
    "course_history": "$Context.id.history",
    "course_start": "$CourseSection.timeFrame.begin",
    "course_end": "$CourseSection.timeFrame.end",
}
ADMIN, TEACHER, LEARNER, TUTOR, ELSEWHERE = 2, 3, 4, 6, 5  # of the site; the last in no course
ANATOMY, BOTANY = 7, 8


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Forget the keys of the sites of other tests: a port may be used again."""
    cache.clear()


def small_world() -> World:
    """Return a site with two courses, a teacher, a tutor, a learner and an administrator."""
    people = [
        Person(ADMIN, "admin", "Ada", "Min", "ada@example.org", is_admin=True),
        Person(TEACHER, "tina", "Tina", "Teacher", "tina@example.org"),
        Person(LEARNER, "leo", "Leo", "Learner", "leo@example.org"),
        Person(ELSEWHERE, "eve", "Eve", "Elsewhere", "eve@example.org"),
        Person(TUTOR, "tom", "Tom", "Tutor", "tom@example.org", language="de"),
    ]
    courses = [
        MoodleCourse(ANATOMY, "ANA-1", "Anatomy course"),
        MoodleCourse(BOTANY, "BOT-1", "Botany course", copied_from=(6, 5)),
    ]
    world = World("Moodle of tests", people, courses)
    for course in (ANATOMY, BOTANY):
        world.enrol(course, TEACHER, "editingteacher")
        world.enrol(course, TUTOR, "teacher")
        world.enrol(course, LEARNER)
    return world


@pytest.fixture
def moodle() -> Iterator[MoodleStandIn]:
    with MoodleStandIn(small_world()) as running:
        yield running


@pytest.fixture
def other_moodle() -> Iterator[MoodleStandIn]:
    """Another site; its people and courses have the same ids."""
    with MoodleStandIn(small_world(), path="/moodle") as running:
        yield running


def registered(moodle: MoodleStandIn, url: str = TOOL, **values: Any) -> MoodleSite:
    """Store the site, active, and let it know Rollcall at the address as a tool."""
    issuer = moodle.issuer
    defaults = {"name": "Moodle", "is_active": True}
    found = MoodleSite.objects.create(issuer=issuer, **defaults | values)
    known_as(found, moodle, url)
    return found


def known_as(site: MoodleSite, moodle: MoodleStandIn, url: str = TOOL) -> Tool:
    """Register Rollcall by hand as one more tool of the site, at both ends."""
    known = moodle.register_tool(
        tool_url=f"{url}/moodle/launch/",
        login_url=f"{url}/moodle/sign-in/",
        redirect_urls=(f"{url}/moodle/launch/",),
        jwks_url=f"{url}/moodle/keys.json",
        deep_link_url="",
        custom=CUSTOM,
    )
    MoodleTool.objects.create(
        site=site,
        client_id=known.client_id,
        deployment_id=known.deployment_id,
        auth_url=f"{moodle.issuer}/mod/lti/auth.php",
        token_url=f"{moodle.issuer}/mod/lti/token.php",
        keys_url=f"{moodle.issuer}/mod/lti/certs.php",
        confirmed_at=timezone.now(),
    )
    return known


@pytest.fixture
def site(db: None, moodle: MoodleStandIn) -> MoodleSite:
    """The site, registered and active, with Rollcall as its tool."""
    return registered(moodle, account=factories.account(), contact="helpdesk@example.org")


@pytest.fixture
def other_site(db: None, other_moodle: MoodleStandIn) -> MoodleSite:
    """The other site, registered and active, with an account of its own."""
    return registered(other_moodle, account=factories.account("academy"))


class Visitor:
    """A browser that opens a link of a course."""

    def __init__(self, moodle: MoodleStandIn, **headers: str) -> None:
        self.moodle = moodle
        self.client = Client(headers=headers)

    def begin(self, course: int, user: int, **how: Any) -> Any:
        """Open the link, past the page that looks for cookies; the answer leads to Moodle."""
        start = self.moodle.launch_form(course, user, **how)
        return self.post(start.action, {**start.fields, "cookies": "checked"})

    def token(self, course: int, user: int, **how: Any) -> PostForm:
        """Walk to where Moodle answers; return what it lets the browser post."""
        return self.moodle.authorize(self.begin(course, user, **how).headers["Location"])

    def launch(self, course: int, user: int, **how: Any) -> Any:
        """Walk the whole way; the answer is that to Moodle's post."""
        back = self.token(course, user, **how)
        return self.post(back.action, back.fields)

    def forge(self, change: Callable[[dict[str, Any]], object], sign: Any = None) -> Any:
        """Post a teacher's token whose claims were changed, signed by Moodle or by `sign`."""
        back = self.token(ANATOMY, TEACHER)
        claims = self.moodle.claims_of(back.fields["id_token"])
        change(claims)
        forged = (sign or self.moodle.sign)(claims)
        return self.post(back.action, {**back.fields, "id_token": forged})

    def post(self, address: str, fields: Mapping[str, str]) -> Any:
        return self.client.post(urlsplit(address).path, fields, secure=True)

    def get(self, address: str) -> Any:
        return self.client.get(address, secure=True)


def parameters(answer: Any) -> dict[str, str]:
    """Return the parameters of the address that the answer leads to."""
    return {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def course_of(site: MoodleSite, course: int = ANATOMY) -> Course:
    return Course.objects.get(site=site, course_id=str(course))


def user_of(site: MoodleSite, subject: int) -> User:
    """Return whom the site's user is here."""
    return MoodleUser.objects.get(site=site, subject=str(subject)).user


@pytest.fixture
def visitor(moodle: MoodleStandIn, site: MoodleSite) -> Visitor:
    return Visitor(moodle)
