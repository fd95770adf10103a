"""Custom parameters: what `$User.username` and its like become in a launch.

A name that Moodle doesn't know stays as it was written; a known one without a value is null or
empty. A key that isn't plain lower case arrives twice: as written, and as lti_map_keyname does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from reports.simulator.moodle.records import Activity, Course, Person

Value = str | None
NOT_PLAIN = re.compile(r"[^a-z0-9]")


def custom_parameters(
    written: Mapping[str, str],
    *,
    person: Person,
    course: Course,
    activity: Activity | None,
    roles: str,
) -> dict[str, Value]:
    """Return the custom claim of the parameters that tool and activity have written."""
    known = _known(person, course, activity) | {"Membership.role": roles}
    claim: dict[str, Value] = {}
    for key, text in written.items():
        value = known.get(text[1:], text) if text.startswith("$") else text
        claim[NOT_PLAIN.sub("_", key.lower())] = value
        claim[key] = value
    return claim


def _known(person: Person, course: Course, activity: Activity | None) -> dict[str, Value]:
    known: dict[str, Value] = {
        "User.id": str(person.id),
        "User.username": person.username,
        "Person.name.full": person.name,
        "Person.name.given": person.given_name,
        "Person.name.family": person.family_name,
        "Person.email.primary": person.email,
        "Person.sourcedId": person.idnumber,
        "Context.id": str(course.id),
        "Context.label": course.short_name,
        "Context.title": course.full_name,
        "Context.sourcedId": course.idnumber,
        "Context.id.history": ",".join(str(origin) for origin in course.copied_from),
        "CourseSection.sourcedId": course.idnumber,
        "CourseSection.title": course.full_name,
        "CourseSection.label": course.short_name,
        "CourseSection.timeFrame.begin": _iso(course.starts_at),
        "CourseSection.timeFrame.end": _iso(course.ends_at),
        "Moodle.Person.userGroupIds": None,
    }
    if activity is not None:
        known |= {"ResourceLink.id": str(activity.id), "ResourceLink.title": activity.title}
    return known


def known_names() -> list[str]:
    """Return the names that the site substitutes, as its configuration lists them."""
    nobody = Person(0, "", "", "", "")
    known = _known(nobody, Course(0, "", ""), Activity(0, 0, 0, ""))
    return sorted([*known, "Membership.role"])


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
