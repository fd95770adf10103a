"""The first page, where one chooses whom to be, and the page of a course.

Nobody signs in: the parameter `as` says whose eyes a page is seen with, and every page checks what
that person may do.
"""

from __future__ import annotations

from html import escape
from typing import Any

from reports.simulator.moodle import named
from reports.simulator.moodle.claims import may_add_activities
from reports.simulator.moodle.exchange import Refusal, Request, Response, redirect
from reports.simulator.moodle.layout import button, link, page, url
from reports.simulator.moodle.records import Activity, Course, Person
from reports.simulator.moodle.state import State

SHOWN_LEARNERS = 3  # of a course, on the first page
ROLE_WORDS = {
    "editingteacher": "Teacher",
    "teacher": "Non-editing teacher",
    "student": "Learner",
}


def start(state: State, request: Request) -> Response:
    """Return the list of courses, each with the people one may be."""
    admins = [person for person in state.site.people if person.is_admin]
    content = "<p>Choose whom to be. Nobody signs in here.</p><h2>The whole site</h2><ul>"
    content += "".join(
        f"<li>{link(state, '/mod/lti/toolconfigure.php', who.name, as_=who.id)}"
        ", site administrator</li>"
        for who in admins
    )
    content += '</ul><div class="courses">'
    content += "".join(_course_card(state, course, admins) for course in state.site.courses)
    return page(state, "Courses", content + "</div>")


def _course_card(state: State, course: Course, admins: list[Person]) -> str:
    entries: list[tuple[str, Person]] = [("Site administrator", person) for person in admins]
    learners = 0
    for person, enrolment in state.site.members(course.id):
        word = ROLE_WORDS[enrolment.role]
        if enrolment.role == "student" and not enrolment.is_suspended:
            learners += 1
            if learners > SHOWN_LEARNERS:
                continue
        entries.append((f"{word}, suspended" if enrolment.is_suspended else word, person))
    entries.sort(key=lambda entry: entry[0] != "Site administrator" and "eacher" not in entry[0])
    lines = "".join(
        f"<li>{link(state, '/course/view.php', who.name, id=course.id, as_=who.id)}, {word}</li>"
        for word, who in entries
    )
    return f"<section><h2>{escape(course.full_name)}</h2><ul>{lines}</ul></section>"


def course_page(state: State, request: Request) -> Response:
    """Return a course with its activities, and what one may do there."""
    course, person = named.course(state, request), named.person(state, request)
    named.let_in(state, course, person)
    lines = "".join(
        f"<li>{_activity_links(state, activity, person)}</li>"
        for activity in state.site.activities_in(course.id)
    )
    content = f"<ul>{lines}</ul>" if lines else "<p>There is no activity in this course yet.</p>"
    if may_add_activities(state.site, course, person):
        content += _adding(state, course, person)
    return page(state, course.full_name, content + _switch(state, course, person), person=person)


def _activity_links(state: State, activity: Activity, person: Person) -> str:
    where: dict[str, Any] = {"id": activity.id, "as_": person.id}
    here = link(state, "/mod/lti/view.php", activity.title, **where)
    away = link(
        state,
        "/mod/lti/launch.php",
        "in a new window",
        new_window=True,
        container="window",
        **where,
    )
    return f"{here} ({away})"


def _adding(state: State, course: Course, person: Person) -> str:
    where: dict[str, Any] = {"course": course.id, "as_": person.id}
    content = "<h2>Add an activity</h2><ul>"
    for tool in state.site.tools:
        if not tool.is_active:
            continue
        content += "<li>" + button(
            state, "/course/mod.php", f"Add {tool.name}", tool=tool.id, **where
        )
        if tool.deep_link_url is not None:
            text = f"Choose content: {tool.name}"
            content += " " + link(state, "/course/modedit.php", text, id=tool.id, **where)
        content += "</li>"
    return content + "</ul>"


def _switch(state: State, course: Course, person: Person) -> str:
    options = "".join(
        f'<option value="{who.id}"{" selected" if who.id == person.id else ""}>'
        f"{escape(who.name)}, {ROLE_WORDS[enrolment.role]}</option>"
        for who, enrolment in state.site.members(course.id)
    )
    return (
        f'<h2>Be somebody else</h2><form class="block" action="{url(state, "/course/view.php")}">'
        f'<input type="hidden" name="id" value="{course.id}">'
        f'<select name="as" aria-label="Person">{options}</select><button>Go</button></form>'
    )


def add_activity(state: State, request: Request) -> Response:
    """Add a plain activity of a tool, and go back to the course."""
    course, person = named.course(state, request, "course"), named.person(state, request)
    if request.method != "POST" or not may_add_activities(state.site, course, person):
        raise Refusal(403, "You can't add activities in this course.")
    tool = named.tool(state, request, "tool")
    state.site.add_activity(course.id, tool.id, tool.name)
    return redirect(url(state, "/course/view.php", id=course.id, as_=person.id))
