"""A Moodle stand-in of two courses that knows Rollcall as a tool, and launches from it."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import pytest
from django.http.response import HttpResponseBase
from django.test import Client

from reports.models import MoodleSite, MoodleTool
from reports.simulator.moodle.moodle_site import Course, MoodleSite as World, Person
from reports.simulator.moodle.standin import MoodleStandIn
from tests import factories

TOOL = "https://testserver"
CUSTOM = {
    "user_name": "$User.username",
    "course_history": "$Context.id.history",
    "course_start": "$CourseSection.timeFrame.begin",
    "course_end": "$CourseSection.timeFrame.end",
}


@pytest.fixture
def moodle() -> Iterator[MoodleStandIn]:
    """A site with two courses, a teacher, a learner and an administrator."""
    people = [
        Person(2, "admin", "Ada", "Min", "ada@example.org", is_admin=True),
        Person(3, "tina", "Tina", "Teacher", "tina@example.org"),
        Person(4, "leo", "Leo", "Learner", "leo@example.org"),
        Person(5, "eve", "Eve", "Elsewhere", "eve@example.org"),
    ]
    courses = [Course(7, "ANA-1", "Anatomy course"), Course(8, "BOT-1", "Botany course")]
    world = World("Moodle of tests", people, courses)
    for course in (7, 8):
        world.enrol(course, 3, "editingteacher")
        world.enrol(course, 4)
    with MoodleStandIn(world) as running:
        yield running


@pytest.fixture
def site(db: None, moodle: MoodleStandIn) -> MoodleSite:
    """The site, registered and active, with Rollcall as its tool."""
    known = moodle.register_tool(
        tool_url=f"{TOOL}/moodle/launch/",
        login_url=f"{TOOL}/moodle/sign-in/",
        redirect_urls=(f"{TOOL}/moodle/launch/",),
        jwks_url=f"{TOOL}/moodle/keys.json",
        custom=CUSTOM,
    )
    found = MoodleSite.objects.create(
        issuer=moodle.issuer, name="Moodle", account=factories.account(), is_active=True
    )
    MoodleTool.objects.create(
        site=found,
        client_id=known.client_id,
        deployment_id=known.deployment_id,
        auth_url=f"{moodle.issuer}/mod/lti/auth.php",
        token_url=f"{moodle.issuer}/mod/lti/token.php",
        keys_url=f"{moodle.issuer}/mod/lti/certs.php",
    )
    return found


class Visitor:
    """A browser that opens a link of a course."""

    def __init__(self, moodle: MoodleStandIn) -> None:
        self.moodle = moodle
        self.client = Client()

    def begin(self, course: int, user: int, **how: object) -> HttpResponseBase:
        """Open the link, past the page that looks for cookies; the answer leads to Moodle."""
        start = self.moodle.launch_form(course, user, **how)
        return self._post(start.action, {**start.fields, "cookies": "checked"})

    def launch(self, course: int, user: int, **how: object) -> HttpResponseBase:
        """Walk the whole way; the answer is that to Moodle's post."""
        answer = self.begin(course, user, **how)
        back = self.moodle.authorize(answer.headers["Location"])
        return self._post(back.action, back.fields)

    def _post(self, address: str, fields: Mapping[str, str]) -> HttpResponseBase:
        return self.client.post(urlsplit(address).path, fields, secure=True)


@pytest.fixture
def visitor(moodle: MoodleStandIn, site: MoodleSite) -> Visitor:
    return Visitor(moodle)
