"""Random worlds for the sync's properties, and what is stored put beside their truth."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from hypothesis import strategies as st

from reports.kaltura import KalturaClient
from reports.models import (
    Account,
    Attendance,
    Finding,
    FindingKind,
    RoomSession,
    SignInMethod,
)
from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.world import Event, ListedWorld, Room, Session, User
from reports.sync.connection import sign_in_of
from tests.truth import SessionTruth, truth

PARTNER_ID = DEFAULT_ACCOUNT.partner_id
HOUR, DAY = 3600, 86400
BASE = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())  # a Monday, long settled
DAYS = 6  # the days on which sessions start
END_OF_TIME = BASE + 400 * DAY
HASHED = "0123456789abcdef" * 4

ROOMS = (
    Room("1_room0001", "Anatomy, group A"),
    Room("1_room0002", 'Room 5"'),
    Room("1_break001", "Breakout 1", parent_entry_id="1_room0001", virtual_event_ids=("77",)),
    Room("1_break002", "Breakout 2", parent_entry_id="1_room0001"),
)
USERS = (
    User("amara.okafor", "Amara Okafor", "amara@example.org", "User"),
    User("s1204567", "=cmd|' /C calc'!A0", "s1204567@example.org", "User"),
    User("li.wei", "李伟; “Will”", "", "User"),
    User("Amara.Okafor", "Amara Okafor", "other@example.org", "User"),  # ids are case-sensitive
    User("", "Guest One", "guest@example.org", "Guest"),
    User("", "Guest Two", "guest@example.org", "Guest"),
    User("Unknown", "", "", "Guest"),
    User("Unknown", "Typed, name", "", "Guest"),
    User(HASHED, "", "", "User"),
)


def new_account(name: str = "university") -> Account:
    return Account.objects.create(
        name=name,
        endpoint="simulator",
        partner_id=PARTNER_ID,
        sign_in=SignInMethod.ADMIN_SECRET,
        secret=DEFAULT_ACCOUNT.admin_secret,
    )


def client_of(account: Account) -> KalturaClient:
    """The real client, that doesn't wait between its tries."""
    url = settings.KALTURA_ENDPOINTS[account.endpoint]
    return KalturaClient(url, sign_in_of(account), sleep=lambda seconds: None)


def at(unix: int) -> datetime:
    return datetime.fromtimestamp(unix, UTC)


@st.composite
def sessions(draw: Callable[..., Any], number: int) -> Session:
    """A session of any kind: short, over midnight, over days, ending at midnight, never closed."""
    room = draw(st.sampled_from(ROOMS))
    start = (
        BASE
        + draw(st.integers(0, DAYS * 24 - 1)) * HOUR
        + draw(st.sampled_from([0, 1, 1799, 3599]))
    )
    length = draw(
        st.sampled_from([0, 0, 60, 45 * 60, HOUR, 3 * HOUR, 26 * HOUR, 50 * HOUR])
        | st.just(DAY - start % DAY)
    )
    return Session(
        f"1_sess{number:04d}", room.entry_id, start, start + length, "Dr. Host", "host.id"
    )


@st.composite
def events_of(
    draw: Callable[..., Any], session: Session, *, only_inside: bool = False
) -> list[Event]:
    """Events from an hour before the start to days after the end, most of them inside."""
    length = session.end - session.start
    soon = st.integers(0, 600)  # somebody is there when it begins
    whenever = soon | st.integers(0, max(length, 600)) | st.integers(-HOUR, length + 4 * DAY)
    if only_inside:
        soon = st.integers(0, min(600, DAY - 1 - session.start % DAY))
        whenever = st.integers(0, length) if length else soon
    events = []
    for number in range(draw(st.integers(1, 6))):
        user = draw(st.sampled_from(USERS))
        moment = session.start + draw(whenever if number else soon)
        view = draw(st.sampled_from([10, 60, 350, 600]))
        engaged = draw(st.integers(0, view // 10)) * 10
        events.append(Event(session.cue_point_id, user, 1, moment, view, engaged))
    return events


@st.composite
def worlds(draw: Callable[..., Any], *, only_inside: bool = False) -> ListedWorld:
    """Up to six sessions; `only_inside`: nobody is seen outside of a session's own days."""
    listed = [draw(sessions(number)) for number in range(draw(st.integers(1, 6)))]
    events = [
        event for session in listed for event in draw(events_of(session, only_inside=only_inside))
    ]
    return ListedWorld(ROOMS, listed, events)


def ranges() -> st.SearchStrategy[tuple[int, int]]:
    """Ranges of whole hours, some of them inside one day."""
    edge = st.integers(0, DAYS * 24)
    return (
        st.tuples(edge, edge)
        .filter(lambda pair: pair[0] < pair[1])
        .map(lambda pair: (BASE + pair[0] * HOUR, BASE + pair[1] * HOUR))
    )


def whole_truth(world: ListedWorld) -> dict[str, SessionTruth]:
    return truth(world, BASE - 30 * DAY, END_OF_TIME)


def stored(account: Account, cue_point_id: str) -> dict[tuple[str, ...], tuple[int, int]]:
    """Return the stored seconds of a session by the truth's person keys."""
    rows = Attendance.objects.filter(
        session__account=account, session__cue_point_id=cue_point_id
    ).select_related("person")
    people: dict[tuple[str, ...], tuple[int, int]] = {}
    for row in rows:
        person = row.person
        key: tuple[str, ...] = (person.user_id,)
        if person.is_placeholder:
            key = ("", person.user_id, person.name, person.email)
        view, engaged = people.get(key, (0, 0))
        people[key] = (view + row.view_seconds, engaged + row.engaged_seconds)
    return people


def assert_equals_truth(account: Account, world: ListedWorld, span: tuple[int, int]) -> None:
    """Every session that starts in the span is stored with the truth's sums and people."""
    expected = {
        cue: known
        for cue, known in whole_truth(world).items()
        if span[0] <= known.session.start < span[1]
    }
    found = RoomSession.objects.filter(account=account).between(at(span[0]), at(span[1]))
    assert {session.cue_point_id for session in found} == set(expected)
    for session in found:
        known = expected[session.cue_point_id]
        assert (session.view_seconds, session.engaged_seconds, session.attendee_count) == (
            known.view_seconds,
            known.engaged_seconds,
            len(known.attendees),
        ), session.cue_point_id
        assert stored(account, session.cue_point_id) == known.attendees
        assert session.started_at == at(known.session.start)
        assert session.ended_at == at(known.session.end)
        assert session.host_name == known.session.host_name


def marked_sessions(account: Account) -> set[str]:
    """Return the sessions whose figures carry a mark: shown, but not vouched for."""
    kinds = [FindingKind.MISMATCH, FindingKind.REPEATED_KEY]
    findings = Finding.objects.filter(account=account, kind__in=kinds)
    return set(findings.values_list("cue_point_id", flat=True))


def assert_whole_sessions_equal_truth(
    account: Account, world: ListedWorld, span: tuple[int, int]
) -> None:
    """What is shown as known and unmarked is the truth, whatever else is missing."""
    expected = whole_truth(world)
    marked = marked_sessions(account)
    whole = RoomSession.objects.filter(account=account, view_seconds__isnull=False)
    for session in whole.between(at(span[0]), at(span[1])):
        if session.cue_point_id in marked:
            continue
        known = expected[session.cue_point_id]
        assert (session.view_seconds, session.engaged_seconds) == (
            known.view_seconds,
            known.engaged_seconds,
        ), session.cue_point_id
