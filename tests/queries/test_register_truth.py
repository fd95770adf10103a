"""The register of a course of the invented university, compared with what happened there.

Everything on the way is real: the simulator answers over HTTP, the sync asks, rosters are stored week
by week, sessions are merged, a guest is claimed, somebody is erased. What is expected is worked out
below from the world's own events and from the rule's words, and shares no code with the register.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from reports.access import Viewer
from reports.decisions.classes import merge
from reports.decisions.identities import link
from reports.models import (
    Account,
    Course,
    Enrolment,
    Person,
    PresenceRule,
    Room,
    RunState,
    User as Account_,
)
from reports.moodle.members import Member
from reports.moodle.roster import store_roster
from reports.queries.register import Register, course_register
from reports.simulator.campus import Course as CampusCourse
from reports.simulator.server import Simulator
from reports.simulator.university import University
from reports.simulator.world import Session, User
from reports.sync.erasure import erase_person, find_traces
from tests import course_factories, factories
from tests.sync.small import sync
from tests.sync.worlds import new_account
from tests.truth import SessionTruth, truth

ANCHOR = date(2026, 3, 12)
WEEKS = 10
WEEK, DAY, SECOND = timedelta(weeks=1), timedelta(days=1), timedelta(seconds=1)
SHARE, PARTLY = 75, 40  # per cent
DROPPED_OUT = 301  # seconds: the host is back within so many
PRESENT, IN_PART, ABSENT, UNKNOWN, NOT_THEN = (
    "present",
    "partly",
    "absent",
    "unknown",
    "not_enrolled",
)


def unix(at: datetime) -> int:
    return int(at.timestamp())


@pytest.fixture(scope="module")
def university() -> University:
    until = datetime(2026, 4, 1, tzinfo=UTC).timestamp()
    return University(57, ANCHOR, 1, WEEKS, (14, 14), clock=lambda: until)


@pytest.fixture(scope="module")
def running(university: University) -> Iterator[Simulator]:
    with Simulator(university) as simulator:
        yield simulator


@dataclass
class Term:
    """The course's term as it is stored, and as it was."""

    account: Account
    course: Course
    campus: CampusCourse
    university: University
    starts_at: datetime
    sessions: dict[str, SessionTruth]
    joined: dict[str, datetime] = field(
        default_factory=dict
    )  # by user id: the roster they came with
    left: dict[str, datetime] = field(default_factory=dict)  # the latest roster that lists them
    also: dict[str, User] = field(default_factory=dict)  # by user id: somebody else they were too
    erased: set[str] = field(default_factory=set)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + WEEKS * WEEK

    def register(self) -> Register:
        course = Course.objects.select_related("site__account").get(pk=self.course.pk)
        found = Viewer(head(), is_administrator=True).sessions()
        return course_register(course, found, self.starts_at, self.ends_at)

    @property
    def request(self) -> HttpRequest:
        """A request of the administrator's."""
        request = RequestFactory().post("/")
        request.user = head()
        return request

    # --- What happened ------------------------------------------------------------------------

    def groups(self) -> list[list[Session]]:
        """Return the sessions of main rooms, those that began as the host came back with the former."""
        rooms = self.university.rooms()
        mains = sorted(
            (
                known.session
                for known in self.sessions.values()
                if known.session.entry_id in self.campus.room_ids
                and rooms[known.session.entry_id].parent_entry_id is None
            ),
            key=lambda it: (it.entry_id, it.start),
        )
        groups: list[list[Session]] = []
        for session in mains:
            last = groups[-1][-1] if groups else None
            is_again = (
                last is not None
                and last.entry_id == session.entry_id
                and last.end > last.start
                and 0 < session.start - last.end < DROPPED_OUT
            )
            if is_again:
                groups[-1].append(session)
            else:
                groups.append([session])
        return sorted(groups, key=lambda group: group[0].start)

    def inside(self, group: list[Session]) -> list[SessionTruth]:
        """Return the sessions with the breakouts that began in them."""
        rooms = self.university.rooms()
        found = []
        for known in self.sessions.values():
            session = known.session
            parent = rooms[session.entry_id].parent_entry_id
            is_breakout = any(
                parent == main.entry_id and main.start <= session.start < main.end for main in group
            )
            if is_breakout or session in group:
                found.append(known)
        return found

    def seconds(self, group: list[Session]) -> dict[tuple[str, ...], int]:
        """Return everybody's time in the sessions and in the breakouts that began in them."""
        total: defaultdict[tuple[str, ...], int] = defaultdict(int)
        for known in self.inside(group):
            for key, (view, _) in known.attendees.items():
                total[key] += view
        return total

    def identities(self, group: list[Session]) -> int:
        """Return how many people Kaltura tells of: who has no id is another one in each session."""
        return len(
            {
                key if key[0] else (known.session.cue_point_id, *key)
                for known in self.inside(group)
                for key in known.attendees
            }
        )

    def expected(self, user: User, group: list[Session]) -> str:
        begins = datetime.fromtimestamp(group[0].start, UTC)
        if user.user_id in self.erased:
            gone = begins < self.joined[user.user_id] and not self.is_of_first(user)
            return NOT_THEN if gone else UNKNOWN
        if begins < self.joined[user.user_id] and not self.is_of_first(user):
            return NOT_THEN
        if user.user_id in self.left and begins > self.left[user.user_id]:
            return NOT_THEN
        if any(session.end == session.start for session in group):
            return UNKNOWN
        length = sum(session.end - session.start for session in group)
        there = self.times(user, group)
        if not there and begins < self.joined[user.user_id]:
            return UNKNOWN
        if sum(there) >= SHARE / 100 * length:
            return PRESENT
        return IN_PART if sum(there) >= PARTLY / 100 * length else ABSENT

    def times(self, user: User, group: list[Session]) -> list[int]:
        """Return the learner's time in the class, as each person of Kaltura's that they were."""
        found = self.seconds(group)
        keys = [(user.user_id,)]
        if user.user_id in self.also:
            other = self.also[user.user_id]
            keys.append(("", other.user_id, other.name, other.email))
        return [found[key] for key in keys if key in found]

    def longest_guest(self) -> tuple[User, list[Session]]:
        """Return the guest without an id who was longest in a class, and the class."""
        users = {
            ("", event.user.user_id, event.user.name, event.user.email): event.user
            for event in self.university.events(unix(self.starts_at), unix(self.ends_at))
            if event.user.user_type == "Guest" and not event.user.user_id
        }
        closed = [group for group in self.groups() if all(it.end > it.start for it in group)]
        _, key, place = max(
            (seconds / sum(it.end - it.start for it in group), key, place)
            for place, group in enumerate(closed)
            for key, seconds in self.seconds(group).items()
            if key in users and not set("\n,") & set(users[key].name)
        )
        return users[key], closed[place]

    def is_of_first(self, user: User) -> bool:
        return self.joined[user.user_id] == min(self.joined.values())

    # --- Putting it beside what is shown --------------------------------------------------------

    def assert_shown(self) -> dict[str, int]:
        """Fail where a cell isn't what happened; return how often each mark was met."""
        found, groups = self.register(), self.groups()
        assert [one.cue_point_ids for one in found.classes] == [
            tuple(session.cue_point_id for session in group) for group in groups
        ]
        rows = {row.line.moodle_user_id: row for row in found.rows}
        learners = [user for user in self.campus.enrolled if user.user_id in self.joined]
        assert rows.keys() == {moodle_id(user) for user in learners}
        met: defaultdict[str, int] = defaultdict(int)
        for user in learners:
            shown = [str(seat.mark) for seat in rows[moodle_id(user)].seats]
            expected = [self.expected(user, group) for group in groups]
            assert shown == expected, user.user_id
            if user.user_id not in self.erased:
                times = [seat.seconds for seat in rows[moodle_id(user)].seats]
                assert times == [sum(self.times(user, group)) for group in groups], user.user_id
            for mark in shown:
                met[mark] += 1
        self.assert_adds_up(found, groups)
        return met

    def assert_adds_up(self, found: Register, groups: list[list[Session]]) -> None:
        for place, group in enumerate(groups):
            sums = found.sums[place]
            assert sums.identities == self.identities(group)
            there = sum(
                seat.is_there
                for row in found.rows
                if (seat := row.seats[place]).standing in ("enrolled", "unknown")
            )
            assert sums.there == there
            assert sums.there + sums.missing + sums.unknown == sums.learners
            assert sums.there + sums.staff + sums.others == sums.attendees
            assert sums.doubles == sum(len(row.seats[place].presences) > 1 for row in found.rows)


def head() -> Account_:
    """Return the administrator, who decides."""
    found = Account_.objects.filter(username="head").first()
    return found or factories.administrator("head")


def moodle_id(user: User) -> str:
    return f"m-{user.user_id}"


def member(user: User, kind: Enrolment.Kind = Enrolment.Kind.LEARNER) -> Member:
    return Member(moodle_id(user), kind, {"user_name": user.user_id, "name": user.name})


@pytest.fixture
def term(db: None, running: Simulator, university: University, settings: Settings) -> Term:
    """The whole term synced, with a roster each week; nothing else is decided."""
    settings.KALTURA_ENDPOINTS = {"simulator": running.url}
    account = new_account()
    starts_at = datetime.combine(university.starts_on, datetime.min.time(), UTC)
    ends_at = starts_at + WEEKS * WEEK
    run = sync(account, unix(starts_at), unix(ends_at))
    assert run.state in (RunState.DONE, RunState.GAPS)
    (campus,) = university.courses
    site = course_factories.moodle_site(account)
    rooms = Room.objects.filter(account=account, entry_id__in=campus.room_ids, parent=None)
    course = course_factories.course(site, list(rooms), roster_asked_at=None)
    # Events of later hours, too: somebody's tab stays open for half a day.
    sessions = {
        cue: known
        for cue, known in truth(university, unix(starts_at), unix(ends_at + WEEK)).items()
        if known.session.start < unix(ends_at)
    }
    made = Term(account, course, campus, university, starts_at, sessions)
    learners = list(campus.enrolled)
    late, leaving = learners[:3], learners[3:6]
    for week in range(1, WEEKS):  # the first week is over when the first roster comes
        at = starts_at + week * WEEK
        listed = [
            user
            for user in learners
            if not (user in late and week < 4) and not (user in leaving and week > 6)
        ]
        staff = [member(campus.teacher.user, Enrolment.Kind.STAFF)]
        store_roster(course, [*map(member, listed), *staff], at)
        for user in listed:
            made.joined.setdefault(user.user_id, at)
            if user in leaving:
                made.left[user.user_id] = at
    PresenceRule.objects.create(
        site=site, course=course, version=1, share_percent=SHARE, partly_percent=PARTLY
    )
    for group in made.groups():
        for session in group[1:]:
            merge(made.request, course, session.cue_point_id, group[0].cue_point_id)
    return made


def test_every_learner_is_shown_as_it_was(term: Term) -> None:
    groups = term.groups()
    rooms = term.university.rooms()
    # The world has what this is about.
    assert any(len(group) > 1 for group in groups)
    assert any(group[0].end == group[0].start for group in groups)
    assert any(rooms[it.session.entry_id].parent_entry_id for it in term.sessions.values())
    devices = {it.device for it in term.university.events(0, unix(term.ends_at))}
    assert devices == {1, 2}
    assert any(key[:1] == ("",) for group in groups for key in term.seconds(group))  # guests

    met = term.assert_shown()

    assert set(met) == {PRESENT, IN_PART, ABSENT, UNKNOWN, NOT_THEN}
    assert max(known.view_seconds for known in term.sessions.values()) > 0


def test_a_claimed_guest_and_an_erased_person_are_as_they_were(term: Term) -> None:
    guest, group = term.longest_guest()
    claimant = next(
        user
        for user in term.campus.enrolled
        if term.expected(user, group) == ABSENT and (user.user_id,) not in term.seconds(group)
    )
    person = Person.objects.get(user_id=guest.user_id, name=guest.name, email=guest.email)
    link(term.request, term.course, {person.key: {"by": "name"}}, moodle_id(claimant))
    term.also[claimant.user_id] = guest
    before = term.assert_shown()

    gone = next(user for user in term.campus.enrolled[6:] if user is not claimant)
    erased = Person.objects.get(account=term.account, user_id=gone.user_id)
    erase_person(erased, find_traces(erased))
    term.erased.add(gone.user_id)
    after = term.assert_shown()

    assert term.expected(claimant, group) != ABSENT
    assert after[UNKNOWN] > before[UNKNOWN]
    # A sync of the whole term once more changes nothing of it.
    sync(term.account, unix(term.starts_at), unix(term.ends_at))
    assert term.assert_shown() == after
