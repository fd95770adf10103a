"""Two weeks at a small university: lessons, a breakout a day, every third night one over midnight."""

from reports.simulator.world import Event, ListedWorld, Session, User
from tests.sync.small import BREAKOUT, MAIN, OTHER, TEN, lesson, seen
from tests.sync.worlds import DAY, HOUR, ROOMS

DAYS = 14
PEOPLE = [User(f"s{n:03d}", f"Student {n}", f"s{n:03d}@example.org", "User") for n in range(40)]
EACH = 10  # people in a session


def two_weeks() -> ListedWorld:
    """Return the same world every time; everybody in it has a user id."""
    sessions = [one for day in range(DAYS) for one in _sessions_of(day)]
    events = [event for number, one in enumerate(sessions) for event in _events_of(one, number)]
    return ListedWorld(ROOMS, sessions, events)


def _sessions_of(day: int) -> list[Session]:
    morning = TEN + day * DAY
    found = [
        lesson(f"1_main{day:04d}", start=morning, room=MAIN),
        lesson(f"1_break{day:03d}", start=morning + 600, length=900, room=BREAKOUT),
        lesson(f"1_other{day:03d}", start=morning + 2 * HOUR, length=2 * HOUR, room=OTHER),
    ]
    if day % 3 == 0:
        found.append(lesson(f"1_night{day:03d}", start=morning + 13 * HOUR, length=2 * HOUR))
    return found


def _events_of(session: Session, number: int) -> list[Event]:
    """Everybody at the beginning; in a night's lesson once more after midnight."""
    people = [PEOPLE[(number * 7 + n * 3) % len(PEOPLE)] for n in range(EACH)]
    moments = [session.start + 60]
    if session.cue_point_id.startswith("1_night"):
        moments.append(session.end - 1800)
    return [
        seen(user, cue=session.cue_point_id, when=when, view=60 * (n + 1), engaged=7 * n)
        for when in moments
        for n, user in enumerate(people)
    ]
