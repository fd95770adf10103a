"""Benchmark data: made by arithmetic, the same at every run, as large as SCALE says.

At SCALE=1 it is design size: 100,000 sessions and 5,000,000 attendances over three years.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reports.sync.answers import OK, AnswerRecord, AttendanceSum, SessionFacts, TileData
from reports.sync.spans import DAY, HOUR, Span

SESSIONS, ATTENDEES_EACH, DAYS = 100_000, 50, 1095
FIRST_DAY = int(datetime(2023, 9, 1, tzinfo=UTC).timestamp())
ROOMS, PEOPLE = 2_000, 40_000


@dataclass(frozen=True)
class Size:
    """How much data there is: sessions a day stay the same, days grow with the scale."""

    scale: float

    @property
    def days(self) -> int:
        return max(2, round(DAYS * self.scale))

    @property
    def sessions(self) -> int:
        return round(SESSIONS * self.scale)


def day_data(number: int, sessions: int, attendees_each: int = ATTENDEES_EACH) -> TileData:
    """Return what fetching the day would bring: so many sessions with so many people each."""
    draw = random.Random(number)
    start = FIRST_DAY + number * DAY
    asked = datetime.fromtimestamp(start, UTC) + timedelta(days=30)
    data = TileData(Span(start, start + DAY), asked)
    for report_id in (6000, 6001, 6002):
        data.answers[report_id] = AnswerRecord(report_id, asked, request_count=1, checksums=["0"])
    for place in range(sessions):
        cue = f"1_{number:04d}{place:04d}"
        begin = start + draw.randrange(8, 20) * HOUR
        room = draw.randrange(ROOMS)
        data.sessions[cue] = SessionFacts(
            cue_point_id=cue,
            entry_id=f"1_room{room:04d}",
            entry_name=f"Room {room}",
            parent_entry_id="",
            start_unix=begin,
            end_unix=begin + 3000,
            host_name="Host",
            unique_users=attendees_each,
            engaged_ratio=0.5,
        )
        data.checks[cue] = OK
        for person in draw.sample(range(PEOPLE), attendees_each):
            view = draw.randrange(60, 3000)
            data.attendances[cue, f"u:s{person:06d}"] = AttendanceSum(
                cue_point_id=cue,
                entry_id=f"1_room{room:04d}",
                user_id=f"s{person:06d}",
                name=f"Person {person}",
                email=f"s{person:06d}@example.org",
                user_type="User",
                view_seconds=view,
                engaged_seconds=view // 2,
            )
    return data
