"""The register of a course: learners × classes, and everybody else who was there.

Every count of presence is made here: the register's page and files, a learner's own page, the list of
whom to look at. Sessions with the decisions on them come from `classes`, who is who from `identities`,
what the time makes of somebody from `analytics.presence`. Sessions are the viewer's already.

Each class adds up: learners there + staff + others = attendees, a person with two identities counting
once; and learners = there + missing + unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reports.analytics.presence import Mark, Rule, judged, tally
from reports.models import Attendance, Course, PresenceCorrection
from reports.models.session import RoomSessionQuerySet
from reports.queries.classes import CourseClass, CourseClasses, course_classes
from reports.queries.identities import Identities, course_identities, people_by_key
from reports.queries.plain_rows import plain_rows
from reports.queries.presence_rules import RuleInForce, course_rule
from reports.queries.roster import CourseRoster, RosterLine, Standing, course_roster
from reports.queries.seats import ClassSums, Other, Presence, Row, Seat
from reports.queries.shares import share_attended

GUEST = "Guest"
BATCH = 500


@dataclass(frozen=True)
class Register:
    """The whole register over a range. Rows by name, classes by start."""

    course: Course
    rule: RuleInForce
    found: CourseClasses
    roster: CourseRoster
    identities: Identities
    rows: tuple[Row, ...]
    sums: tuple[ClassSums, ...]  # of each class
    others: tuple[tuple[Other, ...], ...]  # of each class
    breakouts_add: bool  # time in breakouts is on top of that in the sessions

    @property
    def classes(self) -> tuple[CourseClass, ...]:
        return self.found.classes

    @property
    def before_roster(self) -> tuple[CourseClass, ...]:
        """Classes at which nobody knows of somebody whether they were enrolled."""
        unsure = {
            place
            for row in self.rows
            for place, seat in enumerate(row.seats)
            if seat.standing == Standing.UNKNOWN and not row.line.is_erased
        }
        return tuple(one for place, one in enumerate(self.classes) if place in unsure)

    def row(self, moodle_user_id: str) -> Row | None:
        """Return a learner's row."""
        return next((it for it in self.rows if it.line.moodle_user_id == moodle_user_id), None)

    def index(self, cue_point_id: str) -> int | None:
        """Return the place of the class that a session is in; None: not in this register."""
        for place, one in enumerate(self.classes):
            if cue_point_id in one.cue_point_ids:
                return place
        return None


def course_register(
    course: Course,
    sessions: RoomSessionQuerySet,
    from_at: datetime,
    to_at: datetime,
    *,
    rule: Rule | None = None,
    only: str | None = None,
) -> Register:
    """Return the register of the classes that start in the range.

    `rule` instead of the course's, for a look at what it would change; `only` the row of one learner,
    by Moodle's id. Some twenty queries, however large it is.
    """
    in_force = course_rule(course)
    roster = course_roster(course)
    identities = course_identities(course, roster)
    found = course_classes(course, sessions, from_at, to_at)
    presences = presences_of(found.classes, identities)
    return _Maker(
        course=course,
        rule=rule or in_force.rule,
        roster=roster,
        corrections=_corrections(course),
        breakouts_add=_breakouts_add(course),
        only=only,
    ).register(in_force, found, identities, presences)


def _breakouts_add(course: Course) -> bool:
    account = course.site.account
    return account is None or account.breakouts_add


def _corrections(course: Course) -> dict[str, list[PresenceCorrection]]:
    """Return the corrections that count, by session. One query."""
    made = PresenceCorrection.objects.in_force().filter(course=course).select_related("made_by")
    found: defaultdict[str, list[PresenceCorrection]] = defaultdict(list)
    for one in made:
        found[one.cue_point_id].append(one)
    return dict(found)


def _age(correction: PresenceCorrection) -> tuple[datetime, int]:
    return correction.made_at, correction.pk


def rejudged(register: Register, rule: Rule) -> Register:
    """Return the register as the rule would have it: what was read is judged anew. No query.

    Corrections stay what they are, and `register.rule` the rule in force.
    """
    rows = tuple(
        Row(
            row.line,
            tuple(
                _judged_anew(seat, one, rule)
                for seat, one in zip(row.seats, register.classes, strict=True)
            ),
        )
        for row in register.rows
    )
    sums = []
    for place, one in enumerate(register.sums):
        counted = tally([row.seats[place].mark for row in rows])
        # No rule changes that somebody was not enrolled, and not all of those have a row.
        counted = replace(counted, not_enrolled=one.tally.not_enrolled)
        sums.append(replace(one, tally=counted))
    return replace(register, rows=rows, sums=tuple(sums))


def _judged_anew(seat: Seat, one: CourseClass, rule: Rule) -> Seat:
    mark = judged(seat.seconds, one.length_seconds, rule)
    computed = _computed(mark, seat.standing, is_told=one.is_told, is_there=seat.is_there)
    return seat._replace(computed=computed, mark=seat.mark if seat.correction else computed)


def presences_of(
    classes: Sequence[CourseClass], identities: Identities
) -> list[dict[int, Presence]]:
    """Return who was in each class, by our key of the person."""
    place_of: dict[int, tuple[int, bool]] = {}  # session -> class, is it a breakout
    for place, one in enumerate(classes):
        place_of |= {line.session_id: (place, False) for line in one.parts}
        place_of |= {line.session_id: (place, True) for line in one.breakouts}
    sums = _sums(list(place_of))
    people = people_by_key({row[1] for row in sums})
    found: list[dict[int, Presence]] = [{} for _ in classes]
    starts = [one.starts_at for one in classes]
    for session_id, person_id, user_type, view, engaged in sums:
        person = people.get(person_id)
        if person is None:  # gone since
            continue
        place, is_breakout = place_of[session_id]
        is_guest, own, breakout = user_type == GUEST, view, 0
        if is_breakout:
            own, breakout = 0, view
        known = found[place].get(person_id)
        if known is not None:
            is_guest = is_guest and known.is_guest
            own, breakout = own + known.own_seconds, breakout + known.breakout_seconds
            engaged += known.engaged_seconds
        match = identities.who(person, starts[place], is_guest=is_guest)
        found[place][person_id] = Presence(person, is_guest, match, own, breakout, engaged)
    return found


def _sums(keys: Sequence[int]) -> list[tuple[Any, ...]]:
    """Return session, person, type and seconds, one row per session and person."""
    rows: list[tuple[Any, ...]] = []
    for at in range(0, len(keys), BATCH):
        query = Attendance.objects.filter(session__in=keys[at : at + BATCH]).per_session()
        rows += plain_rows(
            query.order_by("session_id", "person_id").values_list(
                "session_id", "person_id", "user_type", "view_seconds", "engaged_seconds"
            )
        )
    return rows


@dataclass(frozen=True)
class _Maker:
    """What seats are made of."""

    course: Course
    rule: Rule
    roster: CourseRoster
    corrections: dict[str, list[PresenceCorrection]]  # by session
    breakouts_add: bool
    only: str | None

    def register(
        self,
        in_force: RuleInForce,
        found: CourseClasses,
        identities: Identities,
        presences: Sequence[dict[int, Presence]],
    ) -> Register:
        learners = [line for line in self.roster.lines if line.is_learner]
        if self.only is not None:
            learners = [line for line in learners if line.moodle_user_id == self.only]
        columns = [
            self._column(one, some, learners)
            for one, some in zip(found.classes, presences, strict=True)
        ]
        others = [
            tuple(self._others(one, some))
            for one, some in zip(found.classes, presences, strict=True)
        ]
        rows = [
            Row(line, tuple(column[place] for column in columns))
            for place, line in enumerate(learners)
        ]
        return Register(
            course=self.course,
            rule=in_force,
            found=found,
            roster=self.roster,
            identities=identities,
            rows=tuple(row for row in rows if _is_of_range(row)),
            sums=tuple(
                self._sums_of(one, column, rest)
                for one, column, rest in zip(found.classes, columns, others, strict=True)
            ),
            others=tuple(others),
            breakouts_add=self.breakouts_add,
        )

    def _column(
        self, one: CourseClass, presences: dict[int, Presence], learners: Sequence[RosterLine]
    ) -> list[Seat]:
        """Return the seats of a class, one for each learner in order."""
        of_learner: defaultdict[str, list[Presence]] = defaultdict(list)
        for presence in presences.values():
            if presence.match.line is not None:
                of_learner[presence.match.line.moodle_user_id].append(presence)
        length, starts_at, is_told = one.length_seconds, one.starts_at, one.is_told
        is_whole, corrections = self._is_whole(one), self._corrections(one)
        # Somebody whose name a limit of the account took may be any learner who isn't found.
        hides = any(it.person.is_taken_by_retention for it in presences.values())
        empty: dict[tuple[Standing, bool], Seat] = {}  # of those who weren't there: one for all
        column = []
        for line in learners:
            own = of_learner.get(line.moodle_user_id)
            standing = self.roster.standing(line, starts_at)
            is_known = is_whole and not line.is_erased and (own is not None or not hides)
            if own is None:
                seat = empty.get((standing, is_known))
                if seat is None:
                    seat = self._seat((), standing, length, is_known=is_known, is_told=is_told)
                    empty[standing, is_known] = seat
            else:
                seat = self._seat(tuple(own), standing, length, is_known=is_known, is_told=is_told)
            correction = corrections.get(line.moodle_user_id) if corrections else None
            if correction is not None:
                seat = seat._replace(mark=Mark(correction.presence), correction=correction)
            column.append(seat)
        return column

    def _seat(
        self,
        own: tuple[Presence, ...],
        standing: Standing,
        length: int | None,
        *,
        is_known: bool,
        is_told: bool,
    ) -> Seat:
        """Return a seat as time and rule make it, before anybody's word."""
        seconds = self._seconds(own) if is_known else None
        mark = judged(seconds, length, self.rule)
        computed = _computed(mark, standing, is_told=is_told, is_there=bool(own))
        return Seat(
            mark=computed,
            computed=computed,
            seconds=seconds,
            breakout_seconds=sum([it.breakout_seconds for it in own]),
            share=share_attended(seconds, length),
            presences=own,
            standing=standing,
        )

    def _is_whole(self, one: CourseClass) -> bool:
        if not self.breakouts_add:
            return one.is_whole
        return one.is_whole and all(line.is_whole for line in one.breakouts)

    def _seconds(self, presences: Sequence[Presence]) -> int:
        """Return the time that the rule looks at."""
        own = sum([it.own_seconds for it in presences])
        if not self.breakouts_add:
            return own
        return own + sum([it.breakout_seconds for it in presences])

    def _corrections(self, one: CourseClass) -> dict[str, PresenceCorrection]:
        """Return the newest correction of each learner in any session of the class."""
        made = [it for cue in one.cue_point_ids for it in self.corrections.get(cue, ())]
        return {it.moodle_user_id: it for it in sorted(made, key=_age)}

    def _others(self, one: CourseClass, presences: dict[int, Presence]) -> list[Other]:
        """Return everybody of the class who is none of its learners."""
        found = []
        for presence in presences.values():
            line = presence.match.line
            if line is None:
                found.append(Other(presence, _kind(presence)))
            elif not line.is_learner:
                found.append(Other(presence, "staff"))
            elif self.roster.standing(line, one.starts_at) in (Standing.LEFT, Standing.NOT_YET):
                found.append(Other(presence, "not_enrolled"))
        return sorted(
            found, key=lambda it: (it.presence.person.name.casefold(), it.presence.person.pk)
        )

    def _sums_of(
        self, one: CourseClass, column: Sequence[Seat], others: Sequence[Other]
    ) -> ClassSums:
        seats = [it for it in column if it.standing in (Standing.ENROLLED, Standing.UNKNOWN)]
        there = sum(it.is_there for it in seats)
        unknown = sum(not it.is_there and it.computed == Mark.UNKNOWN for it in seats)
        identities = sum(len(it.presences) for it in seats) + len(others)
        staff = len(_people(it for it in others if it.kind == "staff"))
        strangers = len(_people(it for it in others if it.kind != "staff"))
        return ClassSums(
            tally=tally([seat.mark for seat in column]),
            there=there,
            missing=len(seats) - there - unknown,
            unknown=unknown,
            staff=staff,
            others=strangers,
            doubles=identities - there - staff - strangers,
            is_known=self._is_whole(one),
        )


def _computed(mark: Mark, standing: Standing, *, is_told: bool, is_there: bool) -> Mark:
    """Return what the rule's mark comes to, where more than the time has to be known."""
    if standing in (Standing.LEFT, Standing.NOT_YET):
        return Mark.NOT_ENROLLED
    if mark == Mark.PRESENT:
        return mark
    # Kaltura tells of an hour late: a class that has just ended looks as if nobody had stayed.
    if not is_told:
        return Mark.UNKNOWN
    # Before the first roster nobody knows who was enrolled; who came was there all the same.
    if standing == Standing.UNKNOWN and not is_there:
        return Mark.UNKNOWN
    return mark


def _people(others: Any) -> set[object]:
    """Return the different people: two identities of one Moodle user are one."""
    return {
        it.presence.match.line.moodle_user_id if it.presence.match.line else it.presence.person.pk
        for it in others
    }


def _kind(presence: Presence) -> str:
    if presence.person.erased_at is not None:
        return "erased"
    return "guest" if presence.is_guest else "stranger"


def _is_of_range(row: Row) -> bool:
    """Whether somebody belongs to the register: enrolled at one of its classes, or there in one."""
    if not row.seats:
        return row.line.is_current
    gone = (Standing.LEFT, Standing.NOT_YET)
    return any(seat.standing not in gone or seat.is_there or seat.correction for seat in row.seats)
