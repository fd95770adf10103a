"""What a cell of a register is made of: who of Kaltura's it was, in what, for how long, asked when.

So that one figure can be defended before the student it concerns. What the cell is says
`queries.register`; here are the rows that it was made of, and everything ever said of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from reports.analytics.presence import needed_seconds
from reports.models import Attendance, Course, PresenceCorrection, RoomSession
from reports.queries.classes import CourseClass
from reports.queries.provenance import SessionDay, session_days
from reports.queries.register_class import FoundClass
from reports.queries.roster import RosterLine
from reports.queries.seats import Presence, Seat
from reports.queries.session_lines import SessionLine

# Why nobody can say what somebody was.
Unknown = Literal[
    "erased", "removed", "not_whole", "taken", "open", "no_length", "too_early", "before_roster"
]


class Time(NamedTuple):
    """What one identity's time in one session or breakout of the class adds up to."""

    presence: Presence
    line: SessionLine
    is_breakout: bool
    counts: bool  # False: time in a breakout that is in the main session's already
    seconds: int


class SourceRow(NamedTuple):
    """A span that Kaltura was asked for, and what it told of the learner in a session."""

    line: SessionLine
    is_breakout: bool
    day: SessionDay
    presence: Presence | None  # None: of none of the learner's identities
    seconds: int | None  # None: the span isn't all here
    user_type: str = ""


@dataclass(frozen=True)
class Evidence:
    """Everything behind a cell."""

    times: tuple[Time, ...]
    rows: tuple[SourceRow, ...]  # by session and span
    needed_seconds: int | None  # to be present; None: the length is unknown
    partly_seconds: int | None  # None as well where the rule has no such band
    corrections: tuple[PresenceCorrection, ...]  # of the cell ever made, the newest first
    matched_to_nobody: int  # people of the class of whom nothing says who they are


def cell_evidence(course: Course, found: FoundClass, line: RosterLine, seat: Seat) -> Evidence:
    """Return what is behind the cell. Some queries, and two for each session that is looked at."""
    one, rule = found.one, found.register.rule.rule
    spans = _spans(one, seat.presences)
    account = course.site.account
    adds = account is None or account.breakouts_add
    partly = None
    if rule.partly_minutes is not None:
        partly = 60 * rule.partly_minutes
    elif rule.partly_percent is not None and one.length_seconds:
        partly = -(-rule.partly_percent * one.length_seconds // 100)
    return Evidence(
        times=tuple(_times(one, seat.presences, spans, adds=adds)),
        rows=tuple(_rows(one, seat.presences, spans)),
        needed_seconds=needed_seconds(one.length_seconds, rule),
        partly_seconds=partly,
        corrections=tuple(corrections_of(course, one, line)),
        matched_to_nobody=sum(it.presence.match.how == "" for it in found.others),
    )


def corrections_of(course: Course, one: CourseClass, line: RosterLine) -> list[PresenceCorrection]:
    """Return every correction of the cell, undone ones too, the newest first. One query."""
    made = PresenceCorrection.objects.filter(
        course=course, moodle_user_id=line.moodle_user_id, cue_point_id__in=one.cue_point_ids
    )
    return list(made.select_related("made_by", "undone_by").order_by("-made_at", "-pk"))


def unknown_because(found: FoundClass, line: RosterLine, seat: Seat) -> Unknown:
    """Return why a cell that is computed to be unknown is so."""
    one = found.one
    if line.is_erased:
        return "erased"
    if seat.seconds is None:
        if one.is_removed:
            return "removed"
        return "taken" if found.sums and found.sums.is_known else "not_whole"
    if one.length_seconds is None:
        return "open" if one.is_open else "no_length"
    return "before_roster" if one.is_told else "too_early"


class _Span(NamedTuple):
    """An attendance as it is stored."""

    person_id: int
    start_at: datetime
    end_at: datetime
    is_upload: bool
    seconds: int
    user_type: str


def _lines(one: CourseClass) -> list[tuple[SessionLine, bool]]:
    """Return the sessions of the class, each with whether it is a breakout."""
    return [(it, False) for it in one.parts] + [(it, True) for it in one.breakouts]


def _spans(one: CourseClass, presences: Sequence[Presence]) -> dict[int, list[_Span]]:
    """Return the attendances of the learner's identities by session. One query."""
    found: defaultdict[int, list[_Span]] = defaultdict(list)
    if not presences:
        return found
    rows = Attendance.objects.filter(
        session__in=[line.session_id for line, _ in _lines(one)],
        person__in=[it.person.pk for it in presences],
    )
    fields = ("person_id", "tile__start_at", "tile__end_at", "tile__upload")
    values = rows.order_by("tile__start_at", "pk").values_list(
        "session_id", *fields, "view_seconds", "user_type"
    )
    for session_id, person_id, start_at, end_at, upload, seconds, user_type in values:
        span = _Span(person_id, start_at, end_at, upload is not None, seconds, user_type)
        found[session_id].append(span)
    return found


def _times(
    one: CourseClass,
    presences: Sequence[Presence],
    spans: dict[int, list[_Span]],
    *,
    adds: bool,
) -> list[Time]:
    times = []
    for presence in presences:
        for line, is_breakout in _lines(one):
            own = [
                it for it in spans.get(line.session_id, ()) if it.person_id == presence.person.pk
            ]
            if own:
                seconds = sum(it.seconds for it in own)
                times.append(Time(presence, line, is_breakout, adds or not is_breakout, seconds))
    return times


def _rows(
    one: CourseClass, presences: Sequence[Presence], spans: dict[int, list[_Span]]
) -> list[SourceRow]:
    """Return a row for each span of the sessions, and of those breakouts where the learner was."""
    by_pk = {it.person.pk: it for it in presences}
    looked_at = [(it, is_breakout) for it, is_breakout in _lines(one) if _is_wanted(it, spans, one)]
    sessions = RoomSession.objects.in_bulk([line.session_id for line, _ in looked_at])
    rows = []
    for line, is_breakout in looked_at:
        session = sessions.get(line.session_id)
        for day in session_days(session) if session else ():
            own = [it for it in spans.get(line.session_id, ()) if _is_in(it, day)]
            for span in own:
                presence = by_pk[span.person_id]
                rows.append(
                    SourceRow(line, is_breakout, day, presence, span.seconds, span.user_type)
                )
            if not own:
                seconds = None if day.is_lacking else 0
                rows.append(SourceRow(line, is_breakout, day, None, seconds))
    return rows


def _is_wanted(line: SessionLine, spans: dict[int, list[_Span]], one: CourseClass) -> bool:
    return line in one.parts or line.session_id in spans


def _is_in(span: _Span, day: SessionDay) -> bool:
    of_span = (span.start_at, span.end_at, span.is_upload)
    return of_span == (day.start_at, day.end_at, day.is_upload)
