"""Benchmark data: made by arithmetic, the same at every run, as large as the scale says.

At scale 1 it is a large university after three years: some 100,000 sessions and 5,000,000 attendances.
A smaller scale is the same university after fewer days. One in twenty sessions is a breakout, one in
twenty attendees a guest without a Kaltura user id; a few sessions were never closed, and of a few
Kaltura gave no attendees. People are drawn from the whole account, which no index likes.
"""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import md5

from reports.sync.answers import (
    NO_ATTENDEES,
    OK,
    AnswerRecord,
    AttendanceSum,
    BreakoutFacts,
    SessionFacts,
    TileData,
)
from reports.sync.fold import notice_oddities
from reports.sync.people import person_key
from reports.sync.spans import DAY, HOUR, Span, as_datetime

DAYS = 1095
FIRST_DAY = int(datetime(2023, 9, 1, tzinfo=UTC).timestamp())
SETTLED = timedelta(days=5)  # after the day's start: its figures don't change any more
BREAKOUT_EVERY, ODD_EVERY = 20, 500  # sessions
GUEST_SHARE = 0.05
ROOMS_WITH_BREAKOUTS = 0.05


@dataclass(frozen=True)
class Shape:
    """An account and what goes on in it, each day the same number of sessions."""

    name: str
    partner_id: int
    sessions: int  # a day
    rooms: int  # main rooms; one in twenty has a breakout room
    people: int  # with a Kaltura user id


LARGE = Shape("University", 101, 80, 1_640, 34_000)
SHAPES = (LARGE, Shape("Medical school", 102, 9, 200, 5_000), Shape("Academy", 103, 3, 60, 1_000))


def day_count(scale: float) -> int:
    return max(2, round(DAYS * scale))


def day_data(
    number: int,
    sessions: int | None = None,
    attendees: int | None = None,
    *,
    shape: Shape = LARGE,
    asked_at: datetime | None = None,
) -> TileData:
    """Return what fetching the day would bring; `attendees` of every session, if not drawn.

    Asked five days after it began, if nothing else is said: its figures have settled then.
    """
    return _Day(number, shape, sessions or shape.sessions, attendees, asked_at).data


def changed(data: TileData, minutes: int = 1) -> TileData:
    """Return the day asked later: every tenth attendee was there for so many minutes longer."""
    asked_at = data.asked_at + timedelta(hours=2, seconds=minutes)
    again = replace(data, asked_at=asked_at, attendances=dict(data.attendances))
    for place, (key, row) in enumerate(data.attendances.items()):
        if place % 10 == 0:
            again.attendances[key] = replace(row, view_seconds=row.view_seconds + 60 * minutes)
    return again


class _Day:
    """One day of an account while it is made."""

    def __init__(
        self,
        number: int,
        shape: Shape,
        sessions: int,
        attendees: int | None,
        asked_at: datetime | None,
    ) -> None:
        self.number, self.shape, self.attendees = number, shape, attendees
        self.draw = random.Random(number * 1000 + shape.partner_id)
        self.start = FIRST_DAY + number * DAY
        asked = asked_at or as_datetime(self.start) + SETTLED
        self.data = TileData(Span(self.start, self.start + DAY), asked)
        divided = round(shape.rooms * ROOMS_WITH_BREAKOUTS)
        with_breakout = iter(self.draw.sample(range(divided), min(divided, sessions)))
        plain = iter(self.draw.sample(range(divided, shape.rooms), sessions))
        main: SessionFacts | None = None
        for place in range(sessions):
            turn = (number * sessions + place) % BREAKOUT_EVERY
            if turn == BREAKOUT_EVERY - 1 and main is not None:
                self._breakout(place, main)
            else:
                before_breakout = turn == BREAKOUT_EVERY - 2
                main = self._main(place, next(with_breakout if before_breakout else plain))
        self._close()

    def _main(self, place: int, room: int) -> SessionFacts:
        begin = self.start + self.draw.randrange(8, 20) * HOUR
        length = self.draw.randrange(2700, 7200)
        odd = (self.number * self.shape.sessions + place) % ODD_EVERY
        facts = SessionFacts(
            cue_point_id=f"1_{self.number:04d}{place:04d}",
            entry_id=f"1_room{room:04d}",
            entry_name=f"Room {room}",
            parent_entry_id="",
            start_unix=begin,
            end_unix=begin if odd == ODD_EVERY // 5 else begin + length,
            host_name=f"Host {room % 400}",
            unique_users=None,
            engaged_ratio=None,
        )
        here = 0 if odd == ODD_EVERY // 3 else self.draw.randrange(20, 86)
        self._fill(facts, length, here)
        return facts

    def _breakout(self, place: int, main: SessionFacts) -> None:
        length = self.draw.randrange(900, 1500)
        begin = main.start_unix + 600
        facts = replace(
            main,
            cue_point_id=f"1_{self.number:04d}{place:04d}",
            entry_id=main.entry_id.replace("room", "brkr"),
            entry_name=f"{main.entry_name}, breakout",
            parent_entry_id=main.entry_id,
            start_unix=begin,
            end_unix=begin + length,
        )
        self._fill(facts, length, self.draw.randrange(5, 16))
        self.data.breakouts[facts.cue_point_id] = BreakoutFacts(
            cue_point_id=facts.cue_point_id,
            parent_entry_id=facts.parent_entry_id,
            parent_entry_name=main.entry_name,
            entry_id=facts.entry_id,
            entry_name=facts.entry_name,
            initiator=main.host_name,
            start_unix=facts.start_unix,
            end_unix=facts.end_unix,
            participant_count=facts.unique_users,
            engagement_rate=facts.engaged_ratio,
        )

    def _fill(self, facts: SessionFacts, length: int, drawn: int) -> None:
        """Put people into the session and Kaltura's figures of them into its facts."""
        draw, cue = self.draw.random, facts.cue_point_id
        count = drawn if self.attendees is None else self.attendees
        viewed = engaged = 0
        for place, number in enumerate(self.draw.sample(range(self.shape.people), count)):
            view = 60 + int(draw() * length)
            focused = int(view * (0.3 + 0.7 * draw()))
            row = self._guest(facts, place) if draw() < GUEST_SHARE else self._user(facts, number)
            row.view_seconds, row.engaged_seconds = view, focused
            key = person_key(cue, row.user_id, row.name, row.email)
            self.data.attendances[cue, key] = row
            viewed, engaged = viewed + view, engaged + focused
        facts.unique_users = count
        facts.engaged_ratio = engaged / viewed if viewed else 0.0
        self.data.sessions[cue] = facts
        self.data.checks[cue] = OK if count else NO_ATTENDEES

    def _user(self, facts: SessionFacts, number: int) -> AttendanceSum:
        user = f"s{number:06d}"
        email = f"{user}@example.org"
        name = f"Person {number * 7919 % 100_003}"  # in no order that the ids have
        return AttendanceSum(facts.cue_point_id, facts.entry_id, user, name, email, "User", 0, 0)

    def _guest(self, facts: SessionFacts, place: int) -> AttendanceSum:
        """Return somebody without an id, as Kaltura gives them: empty, `Unknown` or hashed."""
        hashed = md5(f"{facts.cue_point_id}{place}".encode()).hexdigest()
        user, name = ("", "Unknown", hashed)[place % 3], f"Guest {place}"
        return AttendanceSum(facts.cue_point_id, facts.entry_id, user, name, "", "Guest", 0, 0)

    def _close(self) -> None:
        data = self.data
        found = {6000: data.sessions, 6001: data.attendances, 6002: data.breakouts}
        for report_id, rows in found.items():
            record = AnswerRecord(report_id, data.asked_at, len(rows), request_count=1)
            record.checksums.append(f"{self.number:064x}")
            data.answers[report_id] = record
        notice_oddities(data)
