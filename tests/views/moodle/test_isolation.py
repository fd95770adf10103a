"""Nobody reaches another course's data: every address, by everybody, of every course.

An address that is added has to be put into one of the groups below, or this fails.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.urls import URLPattern, reverse

from reports.models import AccessLogEntry
from tests.addresses import patterns
from tests.views.files import words_of
from tests.views.moodle.isolation import COURSES, ROLES, Apart, Part, Role, apart, roles

DAYS = "?from=2026-01-01&to=2026-01-31&tz=UTC"


def with_files(*pages: str) -> set[str]:
    return {f"{page}{end}" for page in pages for end in ("-csv", "-xlsx")}


def ours(*names: str) -> set[str]:
    return {f"reports:{name}" for name in names}


# Who may see what an address of the group leads to.
GROUPS: dict[str, set[str]] = {
    "anybody": {"healthz", "readyz", "login", "reports:password-set"}
    | ours("moodle-keys", "moodle-sign-in", "moodle-launch", "moodle-register")
    | ours("moodle-window-open"),
    "everybody signed in": {"logout"}
    | ours("help", "me", "me-password", "me-zone", "courses", "window"),
    "everybody but learners": ours(
        *("overview", "sessions", "rooms", "people", "breakouts"),
        *with_files("sessions", "rooms", "people", "people-attendances", "breakouts"),
    ),
    "who sees the room": ours(
        *("room", "session"),
        *with_files("room-sessions", "session-attendees", "session-breakouts"),
    ),
    "who sees the person": ours("person", *with_files("person")),
    "who sees the course": ours(
        "register",
        *("course", "course-settings", "roster", "roster-ask", "roster-mark", "roster-backdate"),
        *("roster-mark-several", *with_files("roster")),
        *("roster-mark-several", "course-rooms", "course-rooms-ask", "course-room-claim"),
        *("course-room-undo", *with_files("roster")),
        *("register-gradebook-csv", "register-attendance-csv"),
        *with_files("register", "register-tidy"),
        *("course-attention", *with_files("course-attention")),
        *("register-class", "register-cell", "register-learner"),
        *("register-correct", "register-correct-undo"),
        *("course-rule", "course-classes", "course-classes-merge", "course-classes-ignore"),
        *("course-classes-time", "course-classes-series", "course-classes-undo"),
        *("course-people", "course-people-link", "course-people-unlink"),
    ),
    # Only after a launch that asked for it.
    "nobody without a deep link": ours("deep-link", "deep-link-chosen"),
    "who sees the course, and its learners": ours("my-attendance"),
    "administrators": ours(
        *("person-export", "person-erase", "health", "health-findings", "health-ask"),
        *with_files("health-findings", "health-lines", "access-log", "snapshot"),
        *("accounts", "connect", "upload-account", "account", "account-credentials"),
        *("account-check", "account-sync", "account-schedule", "account-delete"),
        *("account-retention", "account-retention-apply", "upload-new", "upload"),
        *("upload-store", "upload-discard", "runs", "run", "run-results", "run-cancel"),
        *("run-resume", "run-again", "events", "event-add", "event-sync", "event-name"),
        *("event-remove", "users", "user-new", "user", "user-edit", "user-disable"),
        *("user-enable", "user-link", "user-rooms-give", "user-room-take", "access-log"),
        *("report", "report-example", "snapshot", "snapshot-results"),
        *("snapshot-kaltura-csv", "snapshot-delete"),
        *("moodle-sites", "moodle-site-new", "moodle-keys-rotate", "moodle-site"),
        *("moodle-site-confirm", "moodle-site-stop", "moodle-site-delete", "moodle-tool-take"),
        *("course-room-claims", "course-room-decide"),
        *("moodle-site-rule",),
        *("moodle-site-matching",),
    ),
}
GROUP_OF = {name: group for group, names in GROUPS.items() for name in names}
OF_NO_COURSE = {"anybody", "everybody signed in", "everybody but learners"}


@pytest.fixture
def world(db: None) -> Apart:
    return apart()


@pytest.fixture(params=ROLES)
def role(request: pytest.FixtureRequest, world: Apart) -> Role:
    return roles(world, request.param)


def test_it_is_decided_of_every_address_who_sees_it() -> None:
    names = [name for names in GROUPS.values() for name in names]
    assert len(names) == len(set(names))
    assert {name for name, _ in patterns()} == set(names)


def value(key: str, name: str, part: Part, other: Part) -> object:
    """Return what stands for the key in an address of the part; rows in a course are of `other`."""
    pk_of: dict[str, Any] = {
        "account": part.account,
        "person": part.person,
        "event": part.event,
        "moodle": part.site,
    }
    values: dict[str, object] = {
        "account_pk": part.account.pk,
        "entry_id": part.room.entry_id,
        "cue_point_id": part.session.cue_point_id,
        "room_pk": part.room.pk,
        "enrolment_pk": other.enrolment.pk,
        "claim_pk": other.claim.pk,
        "tool_pk": part.course.tool_id,
        "report_id": 6000,
        "uid": "x",
        "token": "no-such-token",
        # Where the topic has no row here, such as a run, whatever the number is it isn't theirs.
        "pk": pk_of.get(name.partition(":")[2].partition("-")[0], part.course).pk,
    }
    return values[key]


def address(name: str, pattern: URLPattern, part: Part, other: Part | None = None) -> str:
    keys = pattern.pattern.converters
    return reverse(name, kwargs={key: value(key, name, part, other or part) for key in keys})


def is_theirs(role: Role, group: str, part: Part) -> bool:
    """Return whether who it is may see what is at an address of the group and the part."""
    if role.status != 404:  # nobody is signed in
        return group == "anybody"
    return {
        "anybody": True,
        "everybody signed in": True,
        "everybody but learners": not role.own,
        "who sees the room": part.letter in role.rooms,
        "who sees the person": part.letter in role.rooms,
        "who sees the course": part.letter in role.courses,
        "who sees the course, and its learners": part.letter in role.courses + role.own,
    }.get(group, False)


def every_address(world: Apart) -> Iterator[tuple[str, str, Part]]:
    """Yield each address with its name and whose it is; those of no course once."""
    for name, pattern in patterns():
        for part in world:
            yield name, address(name, pattern, part), part
            if GROUP_OF[name] in OF_NO_COURSE:
                break


def assert_tells_nothing(answer: Any, role: Role, what: str, asked: str = "") -> None:
    """Fail where any part of the answer but the question itself names what is not theirs."""
    headers = unquote(repr(answer.headers))
    text = "\n".join((words_of(answer), headers)).replace(unquote(asked), "").casefold()
    named = sorted(marker for marker in role.foreign if marker.casefold() in text)
    assert not named, f"{what}: {named}"


def test_everybody_meets_what_is_theirs_and_nothing_else(role: Role, world: Apart) -> None:
    for name, url, part in every_address(world):
        answer = role.get(url + DAYS)
        what = f"{name} of {part.letter}"
        if answer.status_code == 405:
            assert role.get(url, method="head").status_code == 405, what  # for POST alone
        elif name == "reports:overview" and role.own:
            assert answer.headers["Location"] == reverse("reports:courses")
        elif role.status == 403 and not url.startswith("/moodle/"):
            assert answer.status_code == 403, what
        elif is_theirs(role, GROUP_OF[name], part):
            expected = (200, 302, 400, 403, 404) if GROUP_OF[name] == "anybody" else (200,)
            assert answer.status_code in expected, what
        else:
            assert answer.status_code == role.status, what
        assert_tells_nothing(answer, role, what, asked=url)


def rows() -> dict[str, list[Any]]:
    """Return every row that is about sessions, courses and rights."""
    left_out = (AccessLogEntry._meta.label, "sessions.Session", "moodle.LaunchState")
    return {
        model._meta.label: [
            {key: it for key, it in row.items() if key != "last_login"}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in apps.get_app_config("reports").get_models()
        if model._meta.label not in left_out
    }


def test_nobody_changes_what_is_not_theirs(role: Role, world: Apart) -> None:
    role.get("/healthz")  # who comes in again with each request is known from now on
    before = rows()
    for name, url, part in every_address(world):
        group = GROUP_OF[name]
        if group in ("anybody", "everybody signed in") or is_theirs(role, group, part):
            continue  # their own: each page has its tests
        answer = role.post(url)
        what = f"{name} of {part.letter}"
        refused = (404, 405) if role.status == 404 else (role.status, 405)
        if name == "reports:overview" and role.own:
            refused = (302, 405)
        assert answer.status_code in refused, what
        assert_tells_nothing(answer, role, what, asked=url)
    assert rows() == before


@pytest.mark.parametrize("whose", sorted(set(COURSES) - {"A"}))
def test_a_course_holds_no_rows_of_another(world: Apart, whose: str) -> None:
    teacher = roles(world, "teacher")
    before = rows()
    mixed = 0
    for name, pattern in patterns():
        if {"enrolment_pk", "claim_pk"} & set(pattern.pattern.converters):
            url = address(name, pattern, world["A"], world[whose])
            for answer in (teacher.get(url), teacher.post(url), teacher.post(url, kind="staff")):
                assert answer.status_code in (404, 405), name
                assert_tells_nothing(answer, teacher, name)
            mixed += 1
    assert mixed
    assert rows() == before
