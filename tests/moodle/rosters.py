"""A course that was opened from the stand-in, ready to be asked about."""

from typing import Any

from reports.models import Course, Enrolment, MoodleSite
from reports.moodle.keys import public_keys, signing_key
from reports.moodle.roster import RosterChange, ask_roster
from reports.simulator.moodle.standin import MoodleStandIn
from tests.moodle.conftest import ANATOMY, TEACHER, Visitor

SECONDS = 30


def trust_our_key(moodle: MoodleStandIn) -> None:
    """Give our key to every tool of the stand-in: there is no server here to fetch it from."""
    signing_key()
    for tool in moodle.site.tools:
        moodle.site.change_tool(tool.id, jwks=public_keys())


def opened(
    moodle: MoodleStandIn, site: MoodleSite, course: int = ANATOMY, user: int = TEACHER, **how: Any
) -> Course:
    """Open the course by a link of its tool, and return it."""
    assert Visitor(moodle).launch(course, user, **how).status_code == 302
    trust_our_key(moodle)
    return fresh(Course.objects.get(site=site, course_id=str(course)))


def fresh(course: Course) -> Course:
    """Return the course as it is stored now."""
    return Course.objects.select_related("site", "tool__site").get(pk=course.pk)


def ask(course: Course) -> RosterChange:
    """Ask Moodle for the course's roster."""
    return ask_roster(fresh(course), seconds=SECONDS)


def row_of(course: Course, user: int) -> Enrolment:
    return Enrolment.objects.get(course=course, moodle_user_id=str(user))


def names(course: Course) -> dict[str, str]:
    """Return the stored names by Moodle's id."""
    return dict(Enrolment.objects.filter(course=course).values_list("moodle_user_id", "name"))


def asked_for_members(moodle: MoodleStandIn) -> list[dict[str, str]]:
    """Return the parameters of each request for members, in order."""
    return [dict(it.query) for it in moodle.requests if it.path.endswith("/memberships")]
