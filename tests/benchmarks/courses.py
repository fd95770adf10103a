"""Courses with a register: made by arithmetic, the same at every run, of a size that the caller says.

A class every second day in one room, an hour or so long. Four of five learners come to each and stay
for all of it, for some or hardly. One learner in thirty was enrolled late, one in forty has left. There
are two teachers and a few guests; one class in ten has four breakouts, one in twenty was never closed,
one was broken off and merged. One cell in a hundred is corrected.

The sessions are what merges of their days would have written, as in `build`.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.core.management.color import no_style
from django.db import connection
from django.db.models import Max

from reports.models import (
    Account,
    Course,
    CourseRoom,
    Enrolment,
    MergedSession,
    MoodleSite,
    PresenceCorrection,
    Room,
    User,
)
from reports.sync.answers import OK, AttendanceSum, BreakoutFacts, SessionFacts, TileData
from reports.sync.people import person_key
from reports.sync.spans import DAY, HOUR, Span, as_datetime
from tests.benchmarks.data import FIRST_DAY, SETTLED
from tests.benchmarks.rows import MODELS, Rows
from tests.benchmarks.server import ADMINISTRATOR

STAFF, GUESTS, GROUPS = 2, 5, 4
COMES = 0.8
BREAKOUTS_EVERY, OPEN_EVERY, BROKEN_OFF = 10, 20, 5  # classes; which one was broken off
LATE_EVERY, LEFT_EVERY, CORRECTED_EVERY = 30, 40, 100
DAYS_APART = 2
STAYS = (1.0, 0.95, 0.6, 0.1)  # shares of the class, the first one twice as often


@dataclass(frozen=True)
class Size:
    """How many learners and classes the register has."""

    learners: int
    classes: int

    @property
    def name(self) -> str:
        return f"{self.learners:,} × {self.classes:,}"

    @property
    def first_on(self) -> date:
        return as_datetime(FIRST_DAY).date()

    @property
    def last_on(self) -> date:
        return self.first_on + timedelta(days=DAYS_APART * self.classes)

    @property
    def query(self) -> str:
        return f"from={self.first_on}&to={self.last_on}&tz=UTC"


def store_course(size: Size, partner_id: int) -> Course:
    """Write the course and all that its register is made of, into an account of its own."""
    account = Account.objects.create(
        name=f"School of {size.name}",
        endpoint="us",
        partner_id=partner_id,
        sign_in="ks",
        secret="none",
    )
    rows = _rows()
    for number in range(size.classes):
        rows.add_day(account, course_day(size, number))
    rows.write()
    rows.close()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), MODELS):
            cursor.execute(statement)
    site = MoodleSite.objects.create(
        issuer=f"https://moodle-{partner_id}.example.org", name="Moodle", account=account
    )
    MoodleSite.objects.filter(pk=site.pk).update(is_active=True)
    course = Course.objects.create(
        site=site,
        course_id="7",
        title=f"Course of {size.name}",
        starts_at=_at(0),
        roster_asked_at=_at(size.classes),
    )
    room = Room.objects.get(account=account, parent=None)
    CourseRoom.objects.create(course=course, room=room, confirmed_at=_at(0))
    Enrolment.objects.bulk_create(_enrolments(course, size), batch_size=500)
    _decide(course, account, size)
    return course


def _rows() -> Rows:
    """Return what writes rows, with keys after those that are there."""
    rows = Rows()
    for model in MODELS:
        rows.last_keys[model] = model._default_manager.aggregate(n=Max("pk"))["n"] or 0
    return rows


def _at(number: int) -> datetime:
    """Return the midnight before the class."""
    return as_datetime(FIRST_DAY + number * DAYS_APART * DAY)


def _cue(number: int, part: str = "") -> str:
    return f"1_class{number:03d}{part}"


# Sessions ------------------------------------------------------------------------------------------


def course_day(size: Size, number: int) -> TileData:
    """Return what fetching the day of a class would bring."""
    start = FIRST_DAY + number * DAYS_APART * DAY
    data = TileData(Span(start, start + DAY), as_datetime(start) + SETTLED)
    draw = random.Random(size.learners * 1000 + number)
    learners = [it for it in range(size.learners) if draw.random() < COMES]
    length = draw.randrange(3000, 5400)
    begin = start + 10 * HOUR
    if number == BROKEN_OFF:
        _session(data, draw, _cue(number), begin, length // 3, learners)
        _session(data, draw, _cue(number, "b"), begin + length // 2, length // 2, learners)
        return data
    is_open = number % OPEN_EVERY == OPEN_EVERY - 1
    main = _session(data, draw, _cue(number), begin, length, learners, is_open=is_open)
    if number % BREAKOUTS_EVERY == BREAKOUTS_EVERY - 1:
        for group in range(GROUPS):
            _breakout(data, draw, main, group, learners[group::GROUPS])
    return data


def _session(
    data: TileData,
    draw: random.Random,
    cue: str,
    begin: int,
    length: int,
    learners: list[int],
    *,
    is_open: bool = False,
) -> SessionFacts:
    facts = SessionFacts(
        cue_point_id=cue,
        entry_id="1_courseroom",
        entry_name="The course’s room",
        parent_entry_id="",
        start_unix=begin,
        end_unix=begin if is_open else begin + length,
        host_name="Teacher 0",
        unique_users=None,
        engaged_ratio=None,
    )
    _fill(data, draw, facts, length, [f"s{number:06d}" for number in learners])
    return facts


def _breakout(
    data: TileData, draw: random.Random, main: SessionFacts, group: int, learners: list[int]
) -> None:
    begin, length = main.start_unix + 900, 900
    facts = replace(
        main,
        cue_point_id=f"{main.cue_point_id}g{group}",
        entry_id=f"{main.entry_id}g{group}",
        entry_name=f"Group {group + 1}",
        parent_entry_id=main.entry_id,
        start_unix=begin,
        end_unix=begin + length,
    )
    _fill(data, draw, facts, length, [f"s{number:06d}" for number in learners], with_others=False)
    data.breakouts[facts.cue_point_id] = BreakoutFacts(
        cue_point_id=facts.cue_point_id,
        parent_entry_id=main.entry_id,
        parent_entry_name=main.entry_name,
        entry_id=facts.entry_id,
        entry_name=facts.entry_name,
        initiator=main.host_name,
        start_unix=facts.start_unix,
        end_unix=facts.end_unix,
        participant_count=facts.unique_users,
        engagement_rate=facts.engaged_ratio,
    )


def _fill(
    data: TileData,
    draw: random.Random,
    facts: SessionFacts,
    length: int,
    users: list[str],
    *,
    with_others: bool = True,
) -> None:
    """Put people into the session and Kaltura's figures of them into its facts."""
    cue, entry = facts.cue_point_id, facts.entry_id
    people = [(user, f"Learner {user}", "User") for user in users]
    if with_others:
        people += [(f"t{number}", f"Teacher {number}", "User") for number in range(STAFF)]
        people += [("", f"Guest {number}", "Guest") for number in range(GUESTS)]
    viewed = engaged = 0
    for user, name, kind in people:
        view = max(
            30, round(length * draw.choice((STAYS[0], *STAYS)) * (0.97 + draw.random() / 20))
        )
        focused = int(view * (0.3 + 0.7 * draw.random()))
        row = AttendanceSum(cue, entry, user, name, "", kind, view, focused)
        data.attendances[cue, person_key(cue, user, name, "")] = row
        viewed, engaged = viewed + view, engaged + focused
    facts.unique_users = len(people)
    facts.engaged_ratio = engaged / viewed if viewed else 0.0
    data.sessions[cue] = facts
    data.checks[cue] = OK


# People and decisions ------------------------------------------------------------------------------


def _enrolments(course: Course, size: Size) -> Iterator[Enrolment]:
    before, end = _at(0) - timedelta(days=10), _at(size.classes)
    for number in range(size.learners):
        is_late = number % LATE_EVERY == LATE_EVERY - 1
        has_left = number % LEFT_EVERY == LEFT_EVERY - 1
        yield _enrolment(
            course,
            str(100 + number),
            f"s{number:06d}",
            # In an order that the user names don't have.
            name=f"Learner {number * 7919 % 100_003:05d}",
            id_number=f"{number:08d}",
            first_seen_at=_at(size.classes // 4) if is_late else before,
            last_seen_at=_at(size.classes // 2) if has_left else end,
        )
    for number in range(STAFF):
        seen = {"first_seen_at": before, "last_seen_at": end}
        kind = Enrolment.Kind.STAFF
        yield _enrolment(course, str(number), f"t{number}", name="Teacher", kind=kind, **seen)


def _enrolment(course: Course, user: str, user_name: str, **values: Any) -> Enrolment:
    values |= {"user_name": user_name, "email": f"{user_name}@example.org"}
    return Enrolment(course=course, moodle_user_id=user, **values)


def _decide(course: Course, account: Account, size: Size) -> None:
    teacher = User.objects.filter(username=ADMINISTRATOR).first()
    common = {"account": account, "course": course, "made_by": teacher}
    if size.classes > BROKEN_OFF:
        cues = {"cue_point_id": _cue(BROKEN_OFF, "b"), "into_cue_point_id": _cue(BROKEN_OFF)}
        MergedSession.objects.create(**common, **cues)
    cells = range(0, size.learners * size.classes, CORRECTED_EVERY)
    PresenceCorrection.objects.bulk_create(
        (
            PresenceCorrection(
                cue_point_id=_cue(cell // size.learners),
                moodle_user_id=str(100 + cell % size.learners),
                presence=("excused", "present")[cell // CORRECTED_EVERY % 2],
                reason="Told by e-mail",
                computed_mark="absent",
                **common,
            )
            for cell in cells
        ),
        batch_size=500,
    )
