"""Whom and what a request for a page names; unknown ones are refused with 404."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reports.simulator.moodle.claims import may_enter
from reports.simulator.moodle.exchange import Refusal, Request
from reports.simulator.moodle.records import Activity, Course, Person, Tool
from reports.simulator.moodle.state import State

Record = TypeVar("Record")


def person(state: State, request: Request) -> Person:
    """Return whose eyes the page is seen with: the parameter `as`."""
    return _found(state.site.person, request.number("as"), "person")


def administrator(state: State, request: Request) -> Person:
    """Return the person, who must be a site administrator. Raises Refusal 403."""
    who = person(state, request)
    if not who.is_admin:
        raise Refusal(403, "Only a site administrator may do that.")
    return who


def course(state: State, request: Request, parameter: str = "id") -> Course:
    """Return the course."""
    return _found(state.site.course, request.number(parameter), "course")


def activity(state: State, request: Request) -> Activity:
    """Return the activity."""
    return _found(state.site.activity, request.number("id"), "activity")


def tool(state: State, request: Request, parameter: str) -> Tool:
    """Return the tool."""
    return _found(state.site.tool, request.number(parameter), "tool")


def tool_of(state: State, placed: Activity) -> Tool:
    """Return the tool of an activity, which may have been deleted."""
    return _found(state.site.tool, placed.tool_id, "tool any more")


def let_in(state: State, opened: Course, who: Person) -> None:
    """Raise Refusal 403 unless the person may enter the course."""
    if not may_enter(state.site, opened, who):
        raise Refusal(403, "You can't enter this course: you aren't enrolled, or are suspended.")


def _found(find: Callable[[int], Record], number: int, what: str) -> Record:
    try:
        return find(number)
    except KeyError as error:
        raise Refusal(404, f"There is no such {what}.") from error
