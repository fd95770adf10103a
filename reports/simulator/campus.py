"""The invented university's standing parts: people, courses, rooms and their timetable.

Everything follows from a seed and doesn't change from day to day; what happens in the rooms is in
`lessons`, the world that is made of both in `university`.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from reports.simulator.names import (
    COURSES,
    MAIL_DOMAIN,
    NAME_LINES,
    UNUSUAL_NAMES,
    VIRTUAL_EVENTS,
)
from reports.simulator.world import Room, User

Kind = Literal["class", "lab", "office", "event", "test"]
BREAKOUT_ROOMS = 6  # at most, of a class's room
COURSES_OF_A_LEARNER = 4  # about
COURSES_OF_A_TEACHER = 2  # about
NO_SHOW_SHARE = 0.06  # of a course's enrolled people never come
SATURDAY = 5
EVENT_EVERY_DAYS = 28
UNPUBLISHED_EVERY, UNPUBLISHED_FROM = 8, 6  # courses whose rooms are in no category of Kaltura
SHARED_LAB = 2  # the course whose lab is published in the course before it too
SLOT_MINUTES = (480, 540, 600, 660, 720, 780, 840, 900, 960, 1020, 1080)  # after midnight UTC
LATE_EVENING = 1370  # 22:50 UTC: such a class goes on after midnight


@dataclass(frozen=True, slots=True)
class Teacher:
    """Somebody who opens rooms."""

    name: str
    login: str  # Moodle and Kaltura user name
    user: User
    room_ids: tuple[str, ...] = ()  # of all their courses


@dataclass(frozen=True, slots=True)
class Slot:
    """A fixed time at which a room is used."""

    room_id: str
    kind: Kind
    weekday: int  # Monday is 0
    start_minute: int  # after midnight UTC
    minutes: int
    teacher: Teacher
    learners: tuple[User, ...]  # who may come; a course's no-shows are left out
    breakout_ids: tuple[str, ...] = ()
    every_days: int = 7


@dataclass(frozen=True, slots=True)
class Course:
    """A Moodle course with its rooms."""

    code: str
    title: str
    moodle_id: int
    teacher: Teacher
    room_ids: tuple[str, ...]  # class, lab, office hours; breakout rooms after them
    enrolled: tuple[User, ...]  # people who never come included
    no_shows: tuple[User, ...]


@dataclass(frozen=True, slots=True)
class Campus:
    """All of it."""

    rooms: dict[str, Room]
    teachers: tuple[Teacher, ...]
    courses: tuple[Course, ...]
    slots: tuple[Slot, ...]


def build_campus(
    seed: int, courses: int, learners_per_course: tuple[int, int], entry_id: Callable[[int], str]
) -> Campus:
    """Return the campus of a seed; `entry_id` gives the id of the n-th room, from 0."""
    return _Builder(seed, courses, learners_per_course, entry_id).build()


def invented_name(chance: random.Random) -> str:
    """Return a first and a last name that go together."""
    firsts, _, lasts = chance.choice(NAME_LINES).partition("|")
    return f"{chance.choice(firsts.split())} {chance.choice(lasts.split())}"


class _Builder:
    def __init__(
        self,
        seed: int,
        courses: int,
        learners_per_course: tuple[int, int],
        entry_id: Callable[[int], str],
    ) -> None:
        self.random = random.Random(f"campus|{seed}")
        self.course_count = courses
        self.learners_per_course = learners_per_course
        self.entry_id = entry_id
        self.rooms: dict[str, Room] = {}
        self.logins: set[str] = set()
        self.slots: list[Slot] = []

    def build(self) -> Campus:
        teachers = [self._teacher() for _ in range(max(1, self.course_count // 2))]
        most = self.learners_per_course[1]
        learners = [
            self._learner(number)
            for number in range(most + self.course_count * most // COURSES_OF_A_LEARNER)
        ]
        courses = [
            self._course(number, teachers[number % len(teachers)], learners)
            for number in range(self.course_count)
        ]
        self._event_rooms(teachers[0], learners)
        self._test_room(teachers[-1])
        return Campus(
            self.rooms, tuple(_with_rooms(teachers, courses)), tuple(courses), tuple(self.slots)
        )

    def _room(self, name: str, **settings: object) -> str:
        room_id = self.entry_id(len(self.rooms))
        self.rooms[room_id] = Room(room_id, name, **settings)  # type: ignore[arg-type]
        return room_id

    def _teacher(self) -> Teacher:
        name = invented_name(self.random)
        login = self._login(name)
        return Teacher(name, login, User(login, name, f"{login}@{MAIL_DOMAIN}", "User"))

    def _learner(self, number: int) -> User:
        if number % 19 == 7:
            name = UNUSUAL_NAMES[number // 19 % len(UNUSUAL_NAMES)]
        else:
            name = invented_name(self.random)
        # Some came with an older scheme of user names; names in other scripts have no such form.
        login = self._login(name) if number % 3 and number % 19 != 7 else f"s{1204000 + number * 7}"
        return User(login, name, f"{login}@students.{MAIL_DOMAIN}", "User")

    def _login(self, name: str) -> str:
        simple = unicodedata.normalize("NFKD", name.lower().replace("ł", "l").replace("ø", "o"))
        plain = simple.replace("ı", "i").encode("ascii", "ignore").decode()
        first = re.sub(r"[^a-z.]", "", plain.replace(" ", "."))
        login, number = first, 2
        while login in self.logins:
            login, number = f"{first}{number}", number + 1
        self.logins.add(login)
        return login

    def _course(self, number: int, teacher: Teacher, learners: list[User]) -> Course:
        prefix, title = COURSES[number % len(COURSES)]
        level = number // len(COURSES)
        code = f"{prefix}-{101 + level}"
        if level:
            title = f"{title} {level + 1}"
        moodle_id = _moodle_id(number)
        settings = {"course": code, "categories": _categories(number)}
        enrolled = tuple(
            self.random.sample(learners, self.random.randint(*self.learners_per_course))
        )
        absent = enrolled[: max(1, round(len(enrolled) * NO_SHOW_SHARE))]
        coming = enrolled[len(absent) :]
        main = self._room(f"{title}: weekly class", **settings)
        breakouts = tuple(
            self._room(f"{title}: group {group}", parent_entry_id=main, **settings)
            for group in range(1, BREAKOUT_ROOMS + 1)
        )
        self._class_slot(number, main, breakouts, teacher, coming)
        own = [main]
        if number % 2 == 0:
            shared = _categories(number - 1) if number == SHARED_LAB else ()
            places = {"categories": (*_categories(number), *shared)}
            own.append(self._room(f'{prefix} lab, "hands on"', **settings | places))
            self._slot(own[-1], "lab", self.random.choice((60, 90)), teacher, coming)
        if number % 3 != 1:
            own.append(self._room(f"Office hours; {teacher.name}", **settings))
            self._slot(own[-1], "office", 45, teacher, coming)
        return Course(code, title, moodle_id, teacher, (*own, *breakouts), enrolled, absent)

    def _class_slot(
        self,
        number: int,
        room_id: str,
        breakout_ids: tuple[str, ...],
        teacher: Teacher,
        learners: tuple[User, ...],
    ) -> None:
        start = LATE_EVENING if number % 8 == 5 else self.random.choice(SLOT_MINUTES)
        minutes = self.random.choice((75, 90, 90, 120))
        weekday = number % 5
        self.slots.append(
            Slot(room_id, "class", weekday, start, minutes, teacher, learners, breakout_ids)
        )

    def _slot(
        self, room_id: str, kind: Kind, minutes: int, teacher: Teacher, learners: tuple[User, ...]
    ) -> None:
        weekday, start = self.random.randrange(5), self.random.choice(SLOT_MINUTES)
        self.slots.append(Slot(room_id, kind, weekday, start, minutes, teacher, learners))

    def _event_rooms(self, host: Teacher, learners: list[User]) -> None:
        number = 0
        for event_id, names in VIRTUAL_EVENTS:
            for name in names:
                room_id = self._room(name, virtual_event_ids=(event_id,))
                number += 1
                self.slots.append(
                    Slot(
                        room_id,
                        "event",
                        (SATURDAY + number // 3) % 7,
                        600 + 60 * number,
                        90,
                        host,
                        tuple(learners[:80]),
                        every_days=EVENT_EVERY_DAYS,
                    )
                )

    def _test_room(self, host: Teacher) -> None:
        room_id = self._room("Test room (please ignore)")
        for weekday in (1, 3):
            self.slots.append(Slot(room_id, "test", weekday, 435, 10, host, ()))


def _moodle_id(number: int) -> int:
    return 201 + number * 3


def _categories(number: int) -> tuple[str, ...]:
    """Return where the rooms of the n-th course are published; a few courses' rooms nowhere."""
    if number % UNPUBLISHED_EVERY == UNPUBLISHED_FROM:
        return ()
    return (f"Moodle>site>channels>{_moodle_id(number)}",)


def _with_rooms(teachers: list[Teacher], courses: list[Course]) -> list[Teacher]:
    rooms: dict[str, tuple[str, ...]] = {}
    for course in courses:
        login = course.teacher.login
        rooms[login] = rooms.get(login, ()) + course.room_ids
    return [Teacher(who.name, who.login, who.user, rooms.get(who.login, ())) for who in teachers]
