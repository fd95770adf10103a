"""The classes of a course: its sessions as the course counts them, with every decision applied.

This is the one place where merged and ignored sessions and class times take effect. A class is one or
more sessions of main rooms with their breakouts. Whose sessions these may be is the caller's concern:
they come from `access.Viewer`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Literal
from zoneinfo import ZoneInfo

from reports.models import (
    ClassTime,
    CountedPart,
    Course,
    CourseRoom,
    IgnoredSession,
    MergedSession,
    SessionPart,
)
from reports.models.decision import CourseDecision
from reports.models.session import RoomSessionQuerySet
from reports.queries.session_lines import SessionLine, session_lines
from reports.queries.sessions import SessionFilter, session_list

MERGED_WITHIN = timedelta(days=1)  # so far apart at most may sessions begin that are one class
KALTURA_LATE = timedelta(hours=3)  # its figures of an hour may take as long
OPEN_FOR = timedelta(
    hours=4
)  # taken for an open session's length when its class time is looked for
BATCH = 500


@dataclass(frozen=True)
class CountedTime:
    """The class time that counts for a class, and who said so."""

    starts_at: datetime
    ends_at: datetime
    decision: CountedPart | ClassTime

    @property
    def how(self) -> Literal["session", "series"]:
        return "session" if isinstance(self.decision, CountedPart) else "series"

    def seconds_of(self, line: SessionLine) -> int:
        """Return how long the session was within the class time; its end, if unknown, the time's."""
        ends_at = self.ends_at if line.ended_at is None else min(line.ended_at, self.ends_at)
        return max(
            0, round((ends_at - max(line.stored_started_at, self.starts_at)).total_seconds())
        )


@dataclass(frozen=True)
class CourseClass:
    """One or more sessions that count as one class. Breakouts are those of its sessions."""

    parts: tuple[SessionLine, ...]  # by start; the first one names the class
    breakouts: tuple[SessionLine, ...] = ()
    counted: CountedTime | None = None
    merges: tuple[MergedSession, ...] = ()
    ignores: tuple[IgnoredSession, ...] = ()  # of an ignored class
    is_removed: bool = False  # attendances of it are gone by a limit of the account

    @property
    def cue_point_id(self) -> str:
        return self.parts[0].cue_point_id

    @property
    def cue_point_ids(self) -> tuple[str, ...]:
        """The sessions by which decisions may name the class."""
        return tuple(line.cue_point_id for line in self.parts)

    @property
    def starts_at(self) -> datetime:
        """Start of the first session; a guess where `has_start` is False."""
        return self.parts[0].stored_started_at

    @property
    def has_start(self) -> bool:
        return self.parts[0].has_facts

    @property
    def ends_at(self) -> datetime | None:
        """End of the last session; None while that isn't known."""
        return self.parts[-1].ended_at

    @property
    def room_name(self) -> str:
        return self.parts[0].room_name

    @property
    def length_seconds(self) -> int | None:
        """What shares are taken of: the class time as far as the sessions fill it, else their lengths.

        None: unknown. An open session counts up to the end of its class time, once Kaltura was asked
        late enough after that to have told everything of it.
        """
        if self.counted is not None:
            over_at = self.counted.ends_at + KALTURA_LATE
            asked = [line.facts_asked_at for line in self.parts if line.is_open]
            if any(asked_at is None or asked_at < over_at for asked_at in asked):
                return None
            return sum(map(self.counted.seconds_of, self.parts)) or None
        lengths = [line.length_seconds for line in self.parts if line.has_facts]
        known = [seconds for seconds in lengths if seconds is not None]
        return sum(known) or None if len(known) == len(self.parts) else None

    @property
    def is_whole(self) -> bool:
        """Whether everybody's time is here."""
        return not self.is_removed and all(line.is_whole for line in self.parts)

    @property
    def is_open(self) -> bool:
        return any(line.is_open for line in self.parts)

    @property
    def is_told(self) -> bool:
        """Whether Kaltura was asked late enough after the end to have told of everybody's time.

        A breakout may go on after its session: who is in it must not be taken for absent meanwhile.
        """
        lines = chain(self.parts, self.breakouts)
        known = [(line.ended_at, line.facts_asked_at) for line in lines]
        return all(
            ended_at is None or asked_at is None or asked_at >= ended_at + KALTURA_LATE
            for ended_at, asked_at in known
        )

    @property
    def is_provisional(self) -> bool:
        return any(line.is_provisional for line in chain(self.parts, self.breakouts))

    @property
    def is_disputed(self) -> bool:
        return any(line.is_disputed for line in chain(self.parts, self.breakouts))


@dataclass(frozen=True)
class CourseClasses:
    """A course's classes that start in a range, by start, and what does not count."""

    classes: tuple[CourseClass, ...]
    ignored: tuple[CourseClass, ...]
    stray: tuple[SessionLine, ...]  # breakouts that are no class's: of no or several sessions

    def find(self, cue_point_id: str) -> CourseClass | None:
        """Return the class that a session is in, ignored or not."""
        every = chain(self.classes, self.ignored)
        return next((it for it in every if cue_point_id in it.cue_point_ids), None)


@dataclass(frozen=True)
class _Decisions:
    """The decisions of a course that nobody has undone, by session."""

    merges: dict[str, MergedSession]
    ignores: dict[str, IgnoredSession]
    parts: dict[str, CountedPart]
    times: tuple[ClassTime, ...]  # the newest first


def course_classes(
    course: Course,
    sessions: RoomSessionQuerySet,
    from_at: datetime,
    to_at: datetime,
    *,
    also: ClassTime | None = None,
) -> CourseClasses:
    """Return the classes that start in the half-open range. Some ten queries, however many they are.

    `sessions` are the viewer's. What is merged with something at the edge is read from beyond it.
    `also` is a class time that isn't stored, for a look at what it would change.
    """
    decisions = _decisions(course)
    if also is not None:
        decisions = replace(decisions, times=(also, *decisions.times))
    rooms = set(CourseRoom.objects.in_force().filter(course=course).values_list("room", flat=True))
    lines = _lines(course, sessions, from_at - MERGED_WITHIN, to_at + MERGED_WITHIN)
    # A breakout room that is in the course without its main room has classes of its own.
    mains = [it for it in lines if not it.is_breakout or it.parent_id not in rooms]
    groups = _grouped(mains, decisions)
    breakouts = _breakouts_of(sessions, mains)
    strays = [it for it in lines if it.is_breakout and it.parent_id in rooms]
    strays = [it for it in strays if it.session_id not in breakouts]
    root_of = {line.cue_point_id: root for root, some in groups.items() for line in some}
    inside: dict[str, list[SessionLine]] = defaultdict(list)
    lonely = []
    for line in chain(breakouts.values(), strays):
        merge = decisions.merges.get(line.cue_point_id)
        main = line.main_cue_point_id
        if merge and merge.into_cue_point_id in root_of:
            main = merge.into_cue_point_id
        if main in root_of:
            inside[root_of[main]].append(line)
        else:
            lonely.append(line)
    removed = _removed([line.session_id for line in chain(mains, breakouts.values(), strays)])
    every = [_class(decisions, some, inside[root], removed) for root, some in groups.items()]
    found = sorted(
        (it for it in every if from_at <= it.starts_at < to_at),
        key=lambda it: (it.starts_at, it.parts[0].session_id),
    )
    return CourseClasses(
        classes=tuple(it for it in found if not it.ignores),
        ignored=tuple(it for it in found if it.ignores),
        stray=tuple(it for it in lonely if from_at <= it.stored_started_at < to_at),
    )


def _decisions(course: Course) -> _Decisions:
    def in_force(model: type[CourseDecision]) -> list[Any]:
        found = model.objects.in_force().filter(course=course, account=course.site.account_id)
        return list(found.select_related("made_by").order_by("made_at", "pk"))

    return _Decisions(
        merges={it.cue_point_id: it for it in in_force(MergedSession)},
        ignores={it.cue_point_id: it for it in in_force(IgnoredSession)},
        parts={it.cue_point_id: it for it in in_force(CountedPart)},
        times=tuple(reversed(in_force(ClassTime))),
    )


def _lines(
    course: Course, sessions: RoomSessionQuerySet, from_at: datetime, to_at: datetime
) -> list[SessionLine]:
    # Another account's have other decisions, and may have the same ids: since the site is another's,
    # its rooms are no more of the course's.
    account_id = course.site.account_id
    if account_id is None:
        return []
    wanted = SessionFilter(course_id=course.pk, account_id=account_id, from_at=from_at, to_at=to_at)
    return list(session_lines(session_list(sessions, wanted)))


def _breakouts_of(
    sessions: RoomSessionQuerySet, mains: Sequence[SessionLine]
) -> dict[int, SessionLine]:
    """Return the breakouts of the sessions by their keys, whenever they began."""
    keys = [line.session_id for line in mains]
    found: dict[int, SessionLine] = {}
    for at in range(0, len(keys), BATCH):
        some = sessions.filter(main_session__in=keys[at : at + BATCH])
        found |= {it.session_id: it for it in session_lines(session_list(some, SessionFilter()))}
    return found


def _grouped(mains: Iterable[SessionLine], decisions: _Decisions) -> dict[str, list[SessionLine]]:
    """Return the sessions of each class, by the session that the others are merged into.

    An ignored session is a class of its own, whatever was merged with it.
    """
    by_cue = {line.cue_point_id: line for line in mains}
    counted = by_cue.keys() - decisions.ignores.keys()
    groups: dict[str, list[SessionLine]] = defaultdict(list)
    for cue, line in by_cue.items():
        groups[_root(cue, decisions.merges, counted)].append(line)
    return groups


def _root(cue: str, merges: dict[str, MergedSession], counted: Set[str]) -> str:
    """Follow merges to their end; one that leads to no session that counts changes nothing."""
    seen = {cue}
    while cue in counted and cue in merges:
        into = merges[cue].into_cue_point_id
        if into not in counted or into in seen:
            break
        seen.add(into)
        cue = into
    return cue


def _class(
    decisions: _Decisions,
    lines: Iterable[SessionLine],
    breakouts: Iterable[SessionLine],
    removed: frozenset[int],
) -> CourseClass:
    parts = tuple(sorted(lines, key=_moment))
    inside = tuple(sorted(breakouts, key=_moment))
    cues = {line.cue_point_id for line in parts}
    merges = (decisions.merges.get(line.cue_point_id) for line in (*parts, *inside))
    ignores = (decisions.ignores.get(line.cue_point_id) for line in parts)
    return CourseClass(
        parts=parts,
        breakouts=inside,
        counted=_counted_time(decisions, parts),
        merges=tuple(it for it in merges if it and it.into_cue_point_id in cues),
        ignores=tuple(it for it in ignores if it),
        is_removed=any(line.session_id in removed for line in chain(parts, inside)),
    )


def _moment(line: SessionLine) -> tuple[datetime, int]:
    return line.stored_started_at, line.session_id


def _counted_time(decisions: _Decisions, parts: Sequence[SessionLine]) -> CountedTime | None:
    """Return the class time: said of one of the sessions, else of a series that falls into them."""
    said = [decisions.parts[it.cue_point_id] for it in parts if it.cue_point_id in decisions.parts]
    if said:
        newest = max(said, key=lambda it: (it.made_at, it.pk))
        return CountedTime(newest.starts_at, newest.ends_at, newest)
    if not parts[0].has_facts:
        return None
    begins_at = parts[0].stored_started_at
    ends_at = parts[-1].ended_at or parts[-1].stored_started_at + OPEN_FOR
    rooms = {"", *(line.entry_id for line in parts)}
    for time in decisions.times:
        if time.entry_id in rooms:
            for starts, ends in class_times_near(time, begins_at):
                if starts < ends_at and begins_at < ends:
                    return CountedTime(starts, ends, time)
    return None


def class_times_near(time: ClassTime, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield when a weekly class begins and ends on the day of the moment and on the day after it.

    The room may have been opened before midnight for a class after it.
    """
    zone = ZoneInfo(time.time_zone)
    today = moment.astimezone(zone).date()
    for day in (today, today + timedelta(days=1)):
        is_in_series = time.first_on <= day and (time.last_on is None or day <= time.last_on)
        if is_in_series and day.isoweekday() == time.weekday:
            yield (
                datetime.combine(day, time.begins, zone).astimezone(UTC),
                datetime.combine(day, time.ends, zone).astimezone(UTC),
            )


def _removed(keys: Sequence[int]) -> frozenset[int]:
    """Return the sessions of which a limit of the account has removed attendances."""
    found: set[int] = set()
    for at in range(0, len(keys), BATCH):
        parts = SessionPart.objects.filter(session__in=keys[at : at + BATCH])
        gone = parts.filter(tile__removed_at__isnull=False)
        found.update(gone.values_list("session", flat=True))
    return frozenset(found)
