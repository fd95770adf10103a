"""A Moodle site's content: people, courses, who is enrolled, activities, the tools it knows.

It may be changed while a stand-in serves it: every change replaces whole records, so that an answer
sees one state. The records are in `records`, how they are asked over HTTP in `endpoints`; an
invented site is in `campus_site`.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from reports.simulator.moodle.records import ROLES, Activity, Course, Enrolment, Person, Role, Tool

Key = TypeVar("Key")
Value = TypeVar("Value")


class MoodleSite:
    """The content of one Moodle site. Safe to change from several threads.

    Methods that look something up by id raise KeyError for an unknown one.
    """

    def __init__(
        self,
        name: str,
        people: Iterable[Person] = (),
        courses: Iterable[Course] = (),
        enrolments: Mapping[tuple[int, int], Enrolment] | None = None,  # by course id and user id
        short_name: str = "moodle",
    ) -> None:
        self.name = name
        self.short_name = short_name
        self._lock = threading.RLock()
        self._people = {person.id: person for person in people}
        self._courses = {course.id: course for course in courses}
        self._enrolments = dict(enrolments or {})
        self._tools: dict[int, Tool] = {}
        self._activities: dict[int, Activity] = {}
        self._last_id = 0

    # --- People and courses ---------------------------------------------------------------------

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody who has an account, by id."""
        return tuple(sorted(self._people.values(), key=lambda person: person.id))

    @property
    def courses(self) -> tuple[Course, ...]:
        """Every course, by id."""
        return tuple(sorted(self._courses.values(), key=lambda course: course.id))

    def person(self, user_id: int) -> Person:
        """Return the person of that id."""
        return self._people[user_id]

    def person_named(self, username: str) -> Person:
        """Return the person of that user name."""
        for person in self._people.values():
            if person.username == username:
                return person
        raise KeyError(username)

    def course(self, course_id: int) -> Course:
        """Return the course of that id."""
        return self._courses[course_id]

    def put_person(self, person: Person) -> Person:
        """Add the person, or replace the one of that id."""
        with self._lock:
            self._people = {**self._people, person.id: person}
        return person

    def change_person(self, user_id: int, **changes: Any) -> Person:
        """Change fields of a person: renamed, another user name, e-mail, language."""
        with self._lock:
            return self.put_person(replace(self._people[user_id], **changes))

    def delete_person(self, user_id: int) -> None:
        """Delete an account with its enrolments."""
        with self._lock:
            self._people = _without(self._people, user_id)
            self._enrolments = {k: v for k, v in self._enrolments.items() if k[1] != user_id}

    def put_course(self, course: Course) -> Course:
        """Add the course, or replace the one of that id (renamed)."""
        with self._lock:
            self._courses = {**self._courses, course.id: course}
        return course

    def delete_course(self, course_id: int) -> None:
        """Delete a course with its enrolments and activities."""
        with self._lock:
            self._courses = _without(self._courses, course_id)
            self._enrolments = {k: v for k, v in self._enrolments.items() if k[0] != course_id}
            self._activities = {
                key: it for key, it in self._activities.items() if it.course_id != course_id
            }

    def copy_course(self, course_id: int) -> Course:
        """Return a new course: same activities and teachers, no learners, as Moodle's copy is."""
        with self._lock:
            origin = self._courses[course_id]
            copy = self.put_course(
                replace(
                    origin,
                    id=max(self._courses) + 1,
                    short_name=f"{origin.short_name} copy 1",
                    full_name=f"{origin.full_name} copy 1",
                    idnumber="",
                    copied_from=(origin.id, *origin.copied_from),
                )
            )
            for (course, user_id), enrolment in list(self._enrolments.items()):
                if course == course_id and enrolment.role != "student":
                    self._put_enrolment(copy.id, user_id, enrolment)
            for activity in self.activities_in(course_id):
                self._put_activity(replace(activity, id=self._next_id(), course_id=copy.id))
            return copy

    def reset_course(self, course_id: int) -> None:
        """Take all learners out of a course: teachers and activities stay."""
        with self._lock:
            self._enrolments = {
                key: enrolment
                for key, enrolment in self._enrolments.items()
                if key[0] != course_id or enrolment.role != "student"
            }

    # --- Enrolments -----------------------------------------------------------------------------

    def enrolment(self, course_id: int, user_id: int) -> Enrolment | None:
        """Return how somebody is enrolled, None if they aren't."""
        return self._enrolments.get((course_id, user_id))

    def members(self, course_id: int) -> list[tuple[Person, Enrolment]]:
        """Return everybody enrolled in a course by user id, suspended people included."""
        return [
            (self._people[user_id], enrolment)
            for (course, user_id), enrolment in sorted(self._enrolments.items())
            if course == course_id
        ]

    def enrol(self, course_id: int, user_id: int, role: Role = "student") -> None:
        """Enrol somebody, or give them another role; who was suspended no longer is."""
        if role not in ROLES:
            raise ValueError(f"{role!r} is no role; there are: {', '.join(ROLES)}.")
        with self._lock:
            _ = self._courses[course_id], self._people[user_id]
            self._put_enrolment(course_id, user_id, Enrolment(role))

    def suspend(self, course_id: int, user_id: int) -> None:
        """Suspend an enrolment: the person stays listed for teachers, and can't enter."""
        with self._lock:
            enrolment = self._enrolments[course_id, user_id]
            self._put_enrolment(course_id, user_id, replace(enrolment, is_suspended=True))

    def unenrol(self, course_id: int, user_id: int) -> None:
        """Take somebody out of a course."""
        with self._lock:
            self._enrolments = _without(self._enrolments, (course_id, user_id))

    def _put_enrolment(self, course_id: int, user_id: int, enrolment: Enrolment) -> None:
        self._enrolments = {**self._enrolments, (course_id, user_id): enrolment}

    # --- Tools and activities -------------------------------------------------------------------

    @property
    def tools(self) -> tuple[Tool, ...]:
        """Every tool, pending ones included, by id."""
        return tuple(sorted(self._tools.values(), key=lambda tool: tool.id))

    def tool(self, tool_id: int) -> Tool:
        """Return the tool of that id."""
        return self._tools[tool_id]

    def client(self, client_id: str) -> Tool:
        """Return the tool of that client id."""
        for tool in self._tools.values():
            if tool.client_id == client_id:
                return tool
        raise KeyError(client_id)

    def add_tool(self, *, client_id: str = "", **settings: Any) -> Tool:
        """Return a new tool with a new id, and a new client id if none is given."""
        with self._lock:
            tool = Tool(id=self._next_id(), client_id=client_id or new_client_id(), **settings)
            self._tools = {**self._tools, tool.id: tool}
            return tool

    def change_tool(self, tool_id: int, **changes: Any) -> Tool:
        """Change settings of a tool: what it is told, which services it may use."""
        with self._lock:
            tool = replace(self._tools[tool_id], **changes)
            self._tools = {**self._tools, tool_id: tool}
            return tool

    def activate_tool(self, tool_id: int) -> Tool:
        """Let a pending tool be used."""
        return self.change_tool(tool_id, is_active=True)

    def delete_tool(self, tool_id: int) -> None:
        """Delete a tool. Its activities stay, and can't be opened any more."""
        with self._lock:
            self._tools = _without(self._tools, tool_id)

    def activity(self, activity_id: int) -> Activity:
        """Return the activity of that id."""
        return self._activities[activity_id]

    def activities_in(self, course_id: int, tool_id: int | None = None) -> list[Activity]:
        """Return a course's activities by id, of one tool if one is named."""
        return [
            activity
            for _, activity in sorted(self._activities.items())
            if activity.course_id == course_id and tool_id in (None, activity.tool_id)
        ]

    def add_activity(
        self, course_id: int, tool_id: int, title: str = "Attendance", **settings: Any
    ) -> Activity:
        """Return a new activity of a tool in a course."""
        with self._lock:
            _ = self._courses[course_id], self._tools[tool_id]
            activity = Activity(self._next_id(), course_id, tool_id, title, **settings)
            return self._put_activity(activity)

    def change_activity(self, activity_id: int, **changes: Any) -> Activity:
        """Change settings of an activity."""
        with self._lock:
            return self._put_activity(replace(self._activities[activity_id], **changes))

    def delete_activity(self, activity_id: int) -> None:
        """Delete an activity."""
        with self._lock:
            self._activities = _without(self._activities, activity_id)

    def _put_activity(self, activity: Activity) -> Activity:
        self._activities = {**self._activities, activity.id: activity}
        return activity

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id


def new_client_id() -> str:
    """Return a client id as long as Moodle's: 15 characters."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(alphabet) for _ in range(15))


def _without(records: dict[Key, Value], key: Key) -> dict[Key, Value]:
    """Return the records but one. Raises KeyError if it isn't there."""
    _ = records[key]
    return {other: value for other, value in records.items() if other != key}
