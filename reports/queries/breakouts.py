"""Sessions in breakout rooms: those of a range and of one main session, and who was in which."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Sum

from reports.access import Viewer
from reports.models import Attendance, RoomSession
from reports.models.session import RoomSessionQuerySet
from reports.queries.attendees import AttendeeLine
from reports.queries.origins import MAIN_ROOM, as_seen, is_seen
from reports.queries.session_lines import SessionLine, session_lines
from reports.queries.sessions import SessionFilter, SessionTotals, session_list, session_totals


@dataclass(frozen=True)
class BreakoutTotals:
    """What breakouts add up to, and how many sessions they are of."""

    sums: SessionTotals
    main_sessions: int  # different sessions that the breakouts belong to, of those the viewer sees
    unplaced: int  # breakouts of which it isn't clear which session they belong to
    unseen: int = 0  # breakouts of a room that the viewer doesn't see: of which session isn't told

    @property
    def known_main_sessions(self) -> int | None:
        """How many main sessions; None when the viewer sees the room of no breakout."""
        return None if self.unseen == self.sums.sessions else self.main_sessions

    @property
    def mean_attendees(self) -> float | None:
        """Attendees of the average breakout whose attendance is known; None without any."""
        known = self.sums.sessions - self.sums.unknown_sessions
        return (self.sums.attendances or 0) / known if known else None


class BreakoutVisitor(NamedTuple):
    """Somebody with a Kaltura user id who was in a breakout."""

    person_id: int
    name: str
    user_id: str
    is_erased: bool
    main_seconds: int | None  # in the main session itself; None: not found in it
    seconds: dict[int, int]  # by breakout (session id): those the person was found in


@dataclass(frozen=True)
class BreakoutPeople:
    """Who of a main session was in which of its breakouts.

    People are matched by their Kaltura user id. Who has none is known in one session only, so they
    are counted apart and matched with nobody.
    """

    breakouts: tuple[SessionLine, ...]
    visitors: tuple[BreakoutVisitor, ...]  # by name, the nameless last
    without_id: dict[int, int]  # people without a user id, by breakout (session id)
    in_none: tuple[AttendeeLine, ...]  # of the main session, who were found in no breakout
    without_id_in_main: int  # of the main session; who of them was in a breakout can't be known
    is_main_whole: bool

    @property
    def is_whole(self) -> bool:
        """True when everybody's time in every breakout is known."""
        return all(line.is_whole for line in self.breakouts)

    def together(self, visitor: BreakoutVisitor) -> int | None:
        """Return the visitor's seconds in all the breakouts; None unless all of them are known."""
        return sum(visitor.seconds.values()) if self.is_whole else None


def breakouts_of(sessions: RoomSessionQuerySet, main: RoomSession) -> RoomSessionQuerySet:
    """Return the breakouts that belong to this main session, by start."""
    return session_list(sessions.filter(main_session=main), SessionFilter(only_breakouts=True))


def breakout_lines(breakouts: RoomSessionQuerySet) -> list[SessionLine]:
    """Return the breakouts of one session by start and name, `group 2` before `group 10`."""
    return sorted(session_lines(breakouts), key=lambda line: (line.stored_started_at, _name(line)))


def unplaced_breakouts(sessions: RoomSessionQuerySet, main: RoomSession) -> RoomSessionQuerySet:
    """Return breakouts of the room that may belong to this session: it isn't clear which has them.

    They start while it runs (after it started, when its end isn't known, on the same UTC day) and
    have no main session.
    """
    unplaced = sessions.filter(room__parent_id=main.room_id, main_session__isnull=True)
    until = main.ended_at
    if main.is_open:
        midnight = main.started_at.astimezone(UTC).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        until = midnight + timedelta(days=1)
    return session_list(unplaced, SessionFilter(from_at=main.started_at, to_at=until))


def breakout_list(sessions: RoomSessionQuerySet, wanted: SessionFilter) -> RoomSessionQuerySet:
    """Return the wanted sessions that took place in breakout rooms."""
    return session_list(sessions, replace(wanted, only_breakouts=True))


def breakout_totals(breakouts: RoomSessionQuerySet) -> BreakoutTotals:
    """Return what these breakouts add up to. Two queries."""
    main = as_seen(breakouts, "main_session")
    counts = breakouts.order_by().aggregate(
        seen=Count("pk", filter=is_seen(breakouts, MAIN_ROOM)),
        placed=Count(main),
        mains=Count(main, distinct=True),
    )
    sums = session_totals(breakouts)
    return BreakoutTotals(
        sums,
        main_sessions=counts["mains"],
        unplaced=counts["seen"] - counts["placed"],
        unseen=sums.sessions - counts["seen"],
    )


def main_starts(
    viewer: Viewer, lines: Collection[SessionLine]
) -> dict[tuple[int, str | None], datetime]:
    """Return when the breakouts' main sessions began that the viewer may see. One query.

    By account and Kaltura's id of the main session.
    """
    accounts = {line.account_id for line in lines}
    cue_point_ids = {line.main_cue_point_id for line in lines} - {None}
    mains = viewer.sessions().filter(account__in=accounts, cue_point_id__in=cue_point_ids)
    return {
        (account_id, cue_point_id): started_at
        for account_id, cue_point_id, started_at in mains.values_list(
            "account_id", "cue_point_id", "started_at"
        )
    }


def breakout_people(
    breakouts: Sequence[SessionLine], attendees: Sequence[AttendeeLine], *, is_main_whole: bool
) -> BreakoutPeople:
    """Return who was in which of the breakouts. One query.

    `attendees` are the main session's, in order of name.
    """
    seconds: defaultdict[int, dict[int, int]] = defaultdict(dict)
    people: dict[int, tuple[str, str, bool]] = {}
    without_id: Counter[int] = Counter()
    for session_id, person_id, name, user_id, is_placeholder, erased_at, view in _visits(breakouts):
        if is_placeholder:
            without_id[session_id] += 1
        else:
            seconds[person_id][session_id] = view
            people[person_id] = (name, user_id, erased_at is not None)
    in_main = {line.person_id: line for line in attendees}
    visitors = [
        BreakoutVisitor(
            person_id,
            *of_person,
            in_main[person_id].view_seconds if person_id in in_main else None,
            seconds[person_id],
        )
        for person_id, of_person in people.items()
    ]
    known = [line for line in attendees if not line.is_placeholder]
    return BreakoutPeople(
        breakouts=tuple(breakouts),
        visitors=tuple(sorted(visitors, key=_by_name)),
        without_id=dict(without_id),
        in_none=tuple(line for line in known if line.person_id not in people),
        without_id_in_main=len(attendees) - len(known),
        is_main_whole=is_main_whole,
    )


def _visits(breakouts: Sequence[SessionLine]) -> Iterable[tuple[Any, ...]]:
    """Return a row for each breakout and person, whatever the number of tiles."""
    person = ("name", "user_id", "is_placeholder", "erased_at")
    fields = ("session_id", "person_id", *(f"person__{name}" for name in person))
    found: Iterable[tuple[Any, ...]] = (
        Attendance.objects.filter(session__in=[line.session_id for line in breakouts])
        .values(*fields)
        .annotate(view=Sum("view_seconds"))
        .order_by("session_id", "person_id")
        .values_list(*fields, "view")
    )
    return found


def _name(line: SessionLine) -> list[tuple[int, str]]:
    """Return what the names of rooms are sorted by: their numbers as numbers."""
    parts = re.findall(r"[0-9]+|[^0-9]+", line.room_name.casefold())
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


def _by_name(visitor: BreakoutVisitor) -> tuple[bool, str, str, int]:
    return (not visitor.name, visitor.name.casefold(), visitor.user_id, visitor.person_id)
