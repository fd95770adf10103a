"""Manage tools: adding a tool by its registration URL, activating and deleting tools."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from reports.simulator.moodle import named, registration
from reports.simulator.moodle.exchange import Refusal, Request, Response, redirect
from reports.simulator.moodle.layout import button, frame, page, url
from reports.simulator.moodle.records import Person, Tool
from reports.simulator.moodle.state import State


def tools_page(state: State, request: Request) -> Response:
    """Return the list of tools, after activating or deleting one if that was posted."""
    person = named.administrator(state, request)
    if request.method == "POST":
        tool = named.tool(state, request, "tool")
        if request.value("action") == "activate":
            state.site.activate_tool(tool.id)
        elif request.value("action") == "delete":
            state.site.delete_tool(tool.id)
        return redirect(url(state, "/mod/lti/toolconfigure.php", as_=person.id))
    lines = "".join(f"<li>{_tool_line(state, tool, person)}</li>" for tool in state.site.tools)
    content = (
        f'<h2><label for="url">Tool URL</label></h2>'
        f'<form class="block" action="{url(state, "/mod/lti/addltiadvantage.php")}">'
        f'<input type="hidden" name="as" value="{person.id}">'
        '<input type="url" name="url" id="url" required><button>Add LTI Advantage</button></form>'
        f'<h2>Tools</h2><ul class="tools">{lines}</ul>'
    )
    if not lines:
        content += "<p>There is no tool yet.</p>"
    return page(state, "Manage tools", content, person=person)


def _tool_line(state: State, tool: Tool, person: Person) -> str:
    where = {"tool": tool.id, "as_": person.id}
    path = "/mod/lti/toolconfigure.php"
    buttons = button(state, path, "Delete", action="delete", **where)
    if not tool.is_active:
        buttons = button(state, path, "Activate", action="activate", **where) + " " + buttons
    facts = (
        f"Client ID: {tool.client_id} · Deployment ID: {tool.deployment_id} · "
        f"names: {tool.names} · e-mails: {tool.emails} · "
        f"members: {'yes' if tool.memberships else 'no'} · grades: {tool.grades}"
    )
    status = "active" if tool.is_active else "pending"
    return (
        f"<strong>{escape(tool.name)}</strong> ({status}) {buttons}"
        f'<p class="wrap">{escape(tool.description)}</p>'
        f'<p class="note wrap">{escape(tool.tool_url)}<br>{escape(facts)}</p>'
    )


def registration_page(state: State, request: Request) -> Response:
    """Return the page that frames a tool while it registers itself."""
    person = named.administrator(state, request)
    source = url(
        state,
        "/mod/lti/startltiadvregistration.php",
        url=request.value("url"),
        as_=person.id,
    )
    back = url(state, "/mod/lti/toolconfigure.php", as_=person.id)
    return page(
        state, "Add a tool", frame(source, request.value("url"), after_close=back), person=person
    )


def start_registration(state: State, request: Request) -> Response:
    """Send the browser to the tool, with the site's configuration and a token."""
    named.administrator(state, request)
    target = request.value("url")
    if urlsplit(target).scheme not in ("http", "https"):
        raise Refusal(400, "That is no web address.")
    return redirect(registration.start_url(state, target))
