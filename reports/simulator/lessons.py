"""What happens in one slot of the timetable on one day: sessions, who is there, and every oddity.

A meeting is worked out as spans of presence (who, which device, from when to when), which are then
cut by breakouts and by the host's drop-outs, and turned into events, an hour at a time. Everything
follows from the random generator given: the same seed gives the same meeting.
"""

from __future__ import annotations

import hashlib
import random
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from reports.simulator.campus import Slot, Teacher, invented_name
from reports.simulator.names import BROKEN_GUEST_NAME, GUEST_NAMES
from reports.simulator.world import Event, Session, User

MINUTE, HOUR = 60, 3600
BEACON_SECONDS = 10
GUEST_MAIL = "post.example"
# Chances of what may happen to a meeting or to a person in it.
CANCELLED, DROP_OUT, NEVER_CLOSED, LINGERING, BREAKOUTS = 0.03, 0.07, 0.05, 0.5, 0.22
LATE, EARLY_LEAVE, REJOIN, SECOND_DEVICE, MOVING = 0.16, 0.12, 0.09, 0.05, 0.1
ILL, GUESTS, UNKNOWN_USERS, UNKNOWN_EVEN_BY_NAME = 0.05, 0.35, 0.12, 0.4
BROKEN_NAME, ODD_NAME = 0.006, 0.3
COMING = {"class": 0.95, "lab": 0.85, "office": 0.16, "event": 0.35, "test": 0.0}
DECLINE = 0.45  # of those who came at first, the share that a term's last week has lost


@dataclass(frozen=True, slots=True)
class Span:
    """Somebody connected by one device for a while."""

    user: User
    device: int
    start: int  # unix seconds
    end: int


@dataclass(slots=True)
class Meeting:
    """A slot on a day, in the making."""

    slot: Slot
    start: int
    end: int
    chance: random.Random
    new_session_id: Callable[[], str]
    sessions: list[Session] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    engagement: dict[User, float] = field(default_factory=dict)


def hold_meeting(
    slot: Slot,
    day_start: int,
    progress: float,
    chance: random.Random,
    new_session_id: Callable[[], str],
) -> tuple[list[Session], list[Event]]:
    """Return the sessions and events of a slot on a day; both empty for a cancelled meeting.

    `progress` is the place in the term, 0 to 1. All events are within 24 hours of the day's start
    plus the slot's start.
    """
    if chance.random() < CANCELLED:
        return [], []
    start = day_start + slot.start_minute * MINUTE - chance.randrange(0, 6 * MINUTE)
    end = day_start + (slot.start_minute + slot.minutes) * MINUTE + chance.randrange(-120, 480)
    meeting = Meeting(slot, start, end, chance, new_session_id)
    if slot.kind == "test":
        _hold_test(meeting)
    else:
        _hold_lesson(meeting, progress)
    return meeting.sessions, meeting.events


def _hold_test(meeting: Meeting) -> None:
    """Somebody tries the room: alone for a minute, or nobody's beacons ever arrive."""
    chance, host = meeting.chance, meeting.slot.teacher
    end = meeting.start + chance.randrange(40, 150)
    cue_point_id = _open(meeting, meeting.slot.room_id, meeting.start, end)
    if chance.random() < 0.6:
        _watch(meeting, cue_point_id, [Span(host.user, 1, meeting.start, end)])


def _hold_lesson(meeting: Meeting, progress: float) -> None:
    chance, slot = meeting.chance, meeting.slot
    spans = [Span(slot.teacher.user, 1, meeting.start, meeting.end)]
    for learner in slot.learners:
        # Some are keener than others all term, and the less keen stop coming first.
        reluctance = 0.75 * _reluctance(learner, slot) + 0.25 * chance.random()
        is_ill = chance.random() < ILL
        if not is_ill and reluctance < COMING[slot.kind] * (1 - DECLINE * progress):
            spans += _presence(meeting, learner)
    for guest in _guests(meeting):
        spans += _presence(meeting, guest)
    if slot.breakout_ids and chance.random() < BREAKOUTS:
        spans = _break_out(meeting, spans)
    closed = chance.random() >= NEVER_CLOSED
    if closed and chance.random() < DROP_OUT and slot.minutes >= 60:
        _in_two_sessions(meeting, spans)
        return
    if not closed and chance.random() < LINGERING:
        spans += _lingering(meeting, spans)
    end = meeting.end if closed else meeting.start
    _watch(meeting, _open(meeting, slot.room_id, meeting.start, end), spans)


def _reluctance(learner: User, slot: Slot) -> float:
    """Return a learner's lasting dislike of a slot, 0 to 1."""
    return zlib.crc32(f"{learner.user_id}|{slot.room_id}".encode()) / 2**32


def _presence(meeting: Meeting, user: User) -> list[Span]:
    chance = meeting.chance
    length = meeting.end - meeting.start
    join = meeting.start + chance.randrange(0, 8 * MINUTE)
    if chance.random() < LATE:
        join += chance.randrange(5 * MINUTE, max(length // 2, 6 * MINUTE))
    leave = meeting.end - chance.randrange(0, 2 * MINUTE)
    if chance.random() < EARLY_LEAVE:
        leave -= chance.randrange(5 * MINUTE, max(length // 2, 6 * MINUTE))
    if leave - join < MINUTE:
        leave = join + MINUTE
    spans = [Span(user, 1, join, leave)]
    if chance.random() < REJOIN and leave - join > 20 * MINUTE:
        gone = chance.randrange(join + 5 * MINUTE, leave - 10 * MINUTE)
        back = gone + chance.randrange(30, 5 * MINUTE)
        spans = [Span(user, 1, join, gone), Span(user, 1, back, leave)]
    if chance.random() < SECOND_DEVICE and leave - join > 10 * MINUTE:
        spans.append(Span(user, 2, join + chance.randrange(0, 5 * MINUTE), leave))
    return spans


def _guests(meeting: Meeting) -> Iterable[User]:
    """Yield those without an account: guests by their typed names, and people not recognised."""
    chance, is_event = meeting.chance, meeting.slot.kind == "event"
    if is_event or chance.random() < GUESTS:
        for _ in range(chance.randrange(15, 60) if is_event else chance.randrange(1, 3)):
            name = _typed_name(chance)
            number = chance.randrange(10_000)
            email = f"g{number}@{GUEST_MAIL}" if chance.random() < 0.6 else ""
            yield User(f"guest-{number}" if chance.random() < 0.5 else "", name, email, "Guest")
    if chance.random() < UNKNOWN_USERS:
        hashed = hashlib.sha256(f"{chance.random()}".encode()).hexdigest()
        user_id = chance.choice(("", "Unknown", hashed))
        named = chance.random() >= UNKNOWN_EVEN_BY_NAME
        yield User(user_id, "Visitor" if named else "", "", "User")


def _typed_name(chance: random.Random) -> str:
    kind = chance.random()
    if kind < BROKEN_NAME:
        return BROKEN_GUEST_NAME
    return chance.choice(GUEST_NAMES) if kind < ODD_NAME else invented_name(chance)


def _break_out(meeting: Meeting, spans: list[Span]) -> list[Span]:
    """Send people into breakout rooms for a while; return what is left of the main room's spans."""
    chance, slot = meeting.chance, meeting.slot
    start = meeting.start + (meeting.end - meeting.start) * chance.randrange(30, 50) // 100
    end = start + chance.randrange(12, 26) * MINUTE
    host = slot.teacher.user
    rooms = slot.breakout_ids[: chance.randrange(2, len(slot.breakout_ids) + 1)]
    inside: dict[str, list[Span]] = {room: [] for room in rooms}
    left: list[Span] = []
    for number, span in enumerate(spans):
        stays = span.user is host or span.device > 1 or span.start > start or span.end < end
        if stays:
            left.append(span)
            continue
        left += [Span(span.user, 1, span.start, start), Span(span.user, 1, end, span.end)]
        room, gone = rooms[number % len(rooms)], end
        if chance.random() < MOVING:
            gone = start + (end - start) * chance.randrange(30, 70) // 100
            inside[rooms[(number + 1) % len(rooms)]].append(Span(span.user, 1, gone + 10, end))
        inside[room].append(Span(span.user, 1, start + chance.randrange(0, 30), gone))
    for room, people in inside.items():
        if people:
            _watch(meeting, _open(meeting, room, start, end), people)
    return [span for span in left if span.end > span.start]


def _in_two_sessions(meeting: Meeting, spans: list[Span]) -> None:
    """The host's connection drops and ends the session; some minutes later there is another."""
    chance, room = meeting.chance, meeting.slot.room_id
    dropped = meeting.start + (meeting.end - meeting.start) * chance.randrange(20, 70) // 100
    again = dropped + chance.randrange(60, 5 * MINUTE)
    first = _open(meeting, room, meeting.start, dropped)
    second = _open(meeting, room, again, meeting.end)
    _watch(meeting, first, _within(spans, meeting.start, dropped))
    _watch(meeting, second, _within(spans, again, meeting.end))


def _within(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    cut = (Span(it.user, it.device, max(it.start, start), min(it.end, end)) for it in spans)
    return [span for span in cut if span.end > span.start]


def _lingering(meeting: Meeting, spans: list[Span]) -> list[Span]:
    """Return the spans of tabs that somebody forgot to close, often into the next day."""
    forgotten = [span for span in spans if span.end > meeting.end - 5 * MINUTE][-2:]
    hours = meeting.chance.randrange(3, 14)
    return [Span(span.user, 1, span.end, span.end + hours * HOUR) for span in forgotten]


def _open(meeting: Meeting, room_id: str, start: int, end: int) -> str:
    cue_point_id, host = meeting.new_session_id(), meeting.slot.teacher
    meeting.sessions.append(
        Session(cue_point_id, room_id, start, end, host.name, _initiator(meeting, host))
    )
    return cue_point_id


def _initiator(meeting: Meeting, host: Teacher) -> str:
    # Where Kaltura has no full name it gives the user id.
    return host.login if meeting.chance.random() < 0.1 else host.name


def _watch(meeting: Meeting, cue_point_id: str, spans: Iterable[Span]) -> None:
    """Turn presence into events: one a clock hour, at the time of its last beacon."""
    chance, events, engagement = meeting.chance, meeting.events, meeting.engagement
    for span in spans:
        share = engagement.get(span.user)
        if share is None:
            share = engagement[span.user] = 0.3 + 0.65 * chance.random()
        start = span.start
        while start < span.end:
            end = min(span.end, start - start % HOUR + HOUR)
            beacons = (end - start) // BEACON_SECONDS
            if beacons:
                engaged = int(beacons * min(share * (0.9 + 0.2 * chance.random()), 0.98))
                view, engaged = beacons * BEACON_SECONDS, engaged * BEACON_SECONDS
                events.append(Event(cue_point_id, span.user, span.device, end - 1, view, engaged))
            start = end
