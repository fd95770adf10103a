"""The pages that a tool appears in: its frame, what posts the launch, and where it comes back."""

from __future__ import annotations

from html import escape

from reports.simulator.moodle import named
from reports.simulator.moodle.claims import Container
from reports.simulator.moodle.deep_linking import take_selection
from reports.simulator.moodle.exchange import Refusal, Request, Response
from reports.simulator.moodle.layout import frame, link, page, url
from reports.simulator.moodle.logins import initiation
from reports.simulator.moodle.state import State


def activity_page(state: State, request: Request) -> Response:
    """Return the page that frames a tool, as Moodle embeds it."""
    activity, person = named.activity(state, request), named.person(state, request)
    course = state.site.course(activity.course_id)
    named.let_in(state, course, person)
    source = url(state, "/mod/lti/launch.php", id=activity.id, as_=person.id, container="iframe")
    back = url(state, "/course/view.php", id=course.id, as_=person.id)
    framed = frame(source, named.tool_of(state, activity).tool_url, after_close=back)
    crumb = (
        f"<p>{link(state, '/course/view.php', course.full_name, id=course.id, as_=person.id)}</p>"
    )
    return page(state, activity.title, crumb + framed, person=person)


def launch(state: State, request: Request) -> Response:
    """Return the page that posts the OIDC initiation to the tool."""
    activity = named.activity(state, request)
    asked = request.value("container")
    container: Container = "window" if asked == "window" else "iframe"
    return initiation(
        state,
        tool=named.tool_of(state, activity),
        course=state.site.course(activity.course_id),
        person=named.person(state, request),
        activity=activity,
        container=container,
    ).page("Opening the tool")


def selection_page(state: State, request: Request) -> Response:
    """Return the page that frames a tool's selection of content."""
    course, person = named.course(state, request, "course"), named.person(state, request)
    tool = named.tool(state, request, "id")
    source = url(state, "/mod/lti/contentitem.php", course=course.id, id=tool.id, as_=person.id)
    back = url(state, "/course/view.php", id=course.id, as_=person.id)
    framed = frame(source, tool.tool_url, after_close=back, after_selection=back)
    return page(state, f"Select content: {course.full_name}", framed, person=person)


def select(state: State, request: Request) -> Response:
    """Return the page that posts the OIDC initiation of a selection of content."""
    return initiation(
        state,
        tool=named.tool(state, request, "id"),
        course=named.course(state, request, "course"),
        person=named.person(state, request),
        activity=None,
        container="iframe",
    ).page("Selecting content")


def selected(state: State, request: Request) -> Response:
    """Make activities of what the tool sent back, and say so."""
    made, message = take_selection(state, request)
    content = f'<p id="message">{escape(message)}</p>' if message else ""
    if made:
        content += "".join(f"<p>Added: {escape(activity.title)}</p>" for activity in made)
    else:
        content += "<p>Nothing was selected.</p>"
    return page(state, "Content selected", content, body="data-selected")


def come_back(state: State, request: Request) -> Response:
    """Return where a tool's way back leads: the course, with the tool's message."""
    begun = state.of_session_key(request.value("sesskey"))
    if begun is None:
        raise Refusal(404, "Your session has most likely timed out.")
    messages = "".join(
        f'<p id="{name}">{escape(request.value(name))}</p>'
        for name in ("lti_msg", "lti_errormsg")
        if request.value(name)
    )
    content = link(
        state, "/course/view.php", "Back to the course", id=begun.course_id, as_=begun.user_id
    )
    return page(state, "Back from the tool", f"{messages}<p>{content}</p>")
