"""What Moodle hasn't got: another program puts a tool into the running site, as the demo does.

`POST {site}/standin/tools` with a JSON object of a Tool's settings, `client_id` included if it is
to be a certain one. A tool of that client id is changed. With `"in_every_course": true` the tool
also gets an activity in each course that has none of it. Answers client_id and deployment_id.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from reports.simulator.moodle.exchange import Refusal, Request, Response, json_response
from reports.simulator.moodle.records import Tool
from reports.simulator.moodle.state import State

SETTINGS = {field.name for field in fields(Tool)} - {"id"}


def put_tool(state: State, request: Request) -> Response:
    """Add or change a tool. Raises Refusal 400, also for a form that another site's page posts."""
    if request.method != "POST" or request.headers.get("content-type") != "application/json":
        raise Refusal(400, "Post the tool's settings as application/json.")
    settings = request.json()
    everywhere = settings.pop("in_every_course", False)
    if unknown := set(settings) - SETTINGS:
        raise Refusal(400, f"A tool has no {', '.join(sorted(unknown))}.")
    if "redirect_urls" in settings:
        settings["redirect_urls"] = tuple(settings["redirect_urls"])
    tool = _put(state, settings)
    for course in state.site.courses if everywhere else ():
        if not state.site.activities_in(course.id, tool.id):
            state.site.add_activity(course.id, tool.id, tool.name)
    return json_response({"client_id": tool.client_id, "deployment_id": tool.deployment_id})


def _put(state: State, settings: dict[str, Any]) -> Tool:
    for tool in state.site.tools:
        if tool.client_id == settings.get("client_id"):
            return state.site.change_tool(tool.id, **settings)
    try:
        return state.site.add_tool(**settings)
    except TypeError as error:
        raise Refusal(400, f"The settings aren't complete: {error}") from error
