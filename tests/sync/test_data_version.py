"""No number that is kept in the cache outlives what it was made of: every write by every kept read.

Each write changes some of the reads; what the cache gives right after it must be what an empty cache
gives.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from reports.access import Viewer, viewer_of
from reports.kaltura import KsInfo
from reports.membership import change_user, give_rooms, take_room
from reports.models import (
    Account,
    CourseRoom,
    Person,
    RetentionPolicy,
    Role,
    Room,
    RoomSession,
    SignInMethod,
    User,
)
from reports.models.session import RoomSessionQuerySet
from reports.queries.people import PersonFilter, person_lines, person_totals
from reports.queries.people_counts import people_by_room, people_count
from reports.queries.quarters import quarter_sums
from reports.queries.rooms import busiest_rooms
from reports.queries.sessions import SessionFilter, session_list
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from reports.sync import connection
from reports.sync.connection import Credentials, connect_account
from reports.sync.erasure import erase_person, find_traces
from reports.sync.retention import apply
from reports.sync.upload import store
from tests import course_factories, factories
from tests.sync.small import ADA, BEN, BREAKOUT, CUE, EVE, MAIN, OTHER, TEN, lesson, seen, sync
from tests.sync.uploads import previewed, uploader
from tests.sync.worlds import BASE, DAY, ROOMS, at

TUESDAY, WEDNESDAY, GROUP = "1_tuesday1", "1_wednesd1", "1_break0se"
ZOE = replace(ADA, name="Zoe Zuckerman")
SESSIONS = [
    lesson(),
    lesson(GROUP, room=BREAKOUT, start=TEN + 600, length=900),
    lesson(TUESDAY, room=OTHER, start=TEN + DAY),
]
SEEN = [
    seen(ADA),
    seen(BEN, engaged=0),
    seen(BEN, cue=GROUP, when=TEN + 700),
    seen(ADA, cue=TUESDAY, when=TEN + DAY + 60),
    seen(EVE, cue=TUESDAY, when=TEN + DAY + 60, view=900),
]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stored(account: Account, simulator: Simulator) -> Iterator[Account]:
    """Two days of lessons in two rooms and a breakout, and another account with somebody in it."""
    cache.clear()
    simulator.world = ListedWorld(ROOMS, SESSIONS, SEEN)
    sync(account, BASE, BASE + 2 * DAY)
    zoo = factories.account("Zoo")
    factories.whole_session(factories.room(zoo), [(factories.person(zoo), 100, 50)], at(TEN))
    yield account
    cache.clear()


READS: dict[str, Callable[[Viewer, RoomSessionQuerySet], Any]] = {
    "people": people_count,
    "people by room": people_by_room,
    "page by name": lambda *of: _page(*of, PersonFilter()),
    "page by account": lambda *of: _page(*of, PersonFilter(order="account")),
    "page by time": lambda *of: _page(*of, PersonFilter(order="-time_in_session")),
    "sums by quarter-hour": lambda viewer, sessions: quarter_sums(sessions, viewer=viewer),
    "busiest rooms": busiest_rooms,
    "totals of users": lambda *of: person_totals(*of, PersonFilter(user_type="User")),
    "totals of regulars": lambda *of: person_totals(*of, PersonFilter(least_sessions=2)),
}


def _page(viewer: Viewer, sessions: RoomSessionQuerySet, wanted: PersonFilter) -> list[Any]:
    return person_lines(viewer, sessions, wanted, 0, 3)


def read_all(who: User | Viewer) -> dict[str, Any]:
    """Return what each read gives, as somebody who asks just now."""
    viewer = who if isinstance(who, Viewer) else viewer_of(User.objects.get(pk=who.pk))
    sessions = session_list(viewer.sessions(), SessionFilter())
    return {name: read(viewer, sessions) for name, read in READS.items()}


def assert_seen_at_once(user: User | Viewer, write: Callable[[], Any]) -> None:
    """Assert that the reads, kept before the write, give after it what is there then."""
    before = read_all(user)
    assert read_all(user) == before
    write()
    after = read_all(user)
    cache.clear()
    truth = read_all(user)
    assert after == truth
    assert truth != before, "a write that changes no read proves nothing"


def merged(simulator: Simulator, account: Account, world: ListedWorld) -> None:
    simulator.world = world
    sync(account, BASE, BASE + 2 * DAY)


def somebody_comes(account: Account, simulator: Simulator) -> None:
    merged(simulator, account, ListedWorld(ROOMS, SESSIONS, [*SEEN, seen(EVE)]))


def somebody_vanishes(account: Account, simulator: Simulator) -> None:
    merged(simulator, account, ListedWorld(ROOMS, SESSIONS, [it for it in SEEN if it.user != BEN]))


def seconds_change(account: Account, simulator: Simulator) -> None:
    merged(simulator, account, ListedWorld(ROOMS, SESSIONS, [*SEEN[:1], seen(BEN, view=3000)]))


def a_session_vanishes(account: Account, simulator: Simulator) -> None:
    events = [it for it in SEEN if it.cue_point_id != TUESDAY]
    merged(simulator, account, ListedWorld(ROOMS, SESSIONS[:2], events))


def a_name_changes(account: Account, simulator: Simulator) -> None:
    events = [replace(it, user=ZOE) if it.user == ADA else it for it in SEEN]
    merged(simulator, account, ListedWorld(ROOMS, SESSIONS, events))


def a_room_gets_another_parent(account: Account, simulator: Simulator) -> None:
    rooms = [replace(it, parent_entry_id=OTHER) if it.entry_id == BREAKOUT else it for it in ROOMS]
    merged(simulator, account, ListedWorld(rooms, SESSIONS, SEEN))


def files_are_stored(account: Account, simulator: Simulator) -> None:
    first = BASE + 2 * DAY
    session = lesson(WEDNESDAY, start=TEN + 2 * DAY)
    world = ListedWorld(ROOMS, [session], [seen(EVE, cue=WEDNESDAY, when=TEN + 2 * DAY + 60)])
    assert store(previewed(account, world, first, first + DAY), uploader())


def retention_removes(account: Account, simulator: Simulator) -> None:
    policy = RetentionPolicy(account=account, attendances_days=10, attendances_action="remove")
    policy.save()
    assert apply(policy, at(BASE + 11 * DAY)).attendances


def retention_pseudonymises(account: Account, simulator: Simulator) -> None:
    policy = RetentionPolicy.objects.create(account=account, attendances_days=10)
    assert apply(policy, at(BASE + 40 * DAY)).people


def somebody_is_erased(account: Account, simulator: Simulator) -> None:
    ada = Person.objects.get(user_id=ADA.user_id)
    erase_person(ada, find_traces(ada))


def an_account_is_deleted(account: Account, simulator: Simulator) -> None:
    account.delete()


WRITES = (
    somebody_comes,
    somebody_vanishes,
    seconds_change,
    a_session_vanishes,
    a_name_changes,
    a_room_gets_another_parent,
    files_are_stored,
    retention_removes,
    retention_pseudonymises,
    somebody_is_erased,
    an_account_is_deleted,
)


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
@pytest.mark.parametrize("role", ["administrator", "teacher"])
def test_a_write_is_seen_at_once(
    account: Account, simulator: Simulator, role: str, write: Callable[[Account, Simulator], None]
) -> None:
    if role == "administrator":
        user = factories.administrator()
    else:
        user = factories.teacher(rooms=Room.objects.filter(entry_id__in=[MAIN, OTHER]))
    assert_seen_at_once(user, lambda: write(account, simulator))


def test_an_account_s_new_name_is_seen_at_once() -> None:
    accounts = Account.objects.filter(name="Zoo")
    assert_seen_at_once(factories.administrator(), lambda: accounts.update(name="A zoo"))


def test_rights_are_seen_at_once(account: Account) -> None:
    teacher, other = factories.teacher(), factories.teacher("other")
    request = RequestFactory().post("/")
    request.user = factories.administrator()
    main, second = Room.objects.get(entry_id=MAIN), Room.objects.get(entry_id=OTHER)
    assert_seen_at_once(teacher, lambda: give_rooms(request, teacher, [main]))
    assert_seen_at_once(teacher, lambda: give_rooms(request, teacher, [second]))
    assert_seen_at_once(teacher, lambda: take_room(request, teacher, main))
    before = read_all(teacher)
    give_rooms(request, other, [main])  # what is somebody else's right is no reason to see it
    assert read_all(teacher) == before
    change = {"role": Role.ADMINISTRATOR}
    assert_seen_at_once(teacher, lambda: change_user(request, teacher, **change))


def test_a_course_s_rooms_are_seen_at_once(account: Account) -> None:
    course = course_factories.course(course_factories.moodle_site(account))
    main = Room.objects.get(entry_id=MAIN)
    claim = course_factories.course_room(course, main, confirmed=False)
    stored = CourseRoom.objects.filter(pk=claim.pk)
    teacher = Viewer(factories.teacher(), is_administrator=False, taught=frozenset({course.pk}))
    assert_seen_at_once(teacher, lambda: stored.update(confirmed_at=at(TEN)))
    assert_seen_at_once(teacher, lambda: stored.update(undone_at=at(TEN)))


def test_new_credentials_do_not_take_the_version_back(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kaltura takes a while to check them, and a merge may come meanwhile."""

    class Slow:
        def check(self) -> KsInfo:
            Account.objects.filter(pk=account.pk).update(data_version=99)
            return KsInfo(account.partner_id, "somebody", True, None, "")

    monkeypatch.setattr(connection, "client_for", lambda *args, **options: Slow())
    connect_account(
        account.name,
        Credentials(
            account.endpoint, account.partner_id, SignInMethod.ADMIN_SECRET, "another secret"
        ),
    )
    account.refresh_from_db()
    assert (account.secret, account.data_version) == ("another secret", 99)


def test_a_session_that_is_there_is_in_the_reads() -> None:
    """The world of this module is what its writes think it is."""
    assert set(RoomSession.objects.values_list("cue_point_id", flat=True)) >= {CUE, GROUP, TUESDAY}
    found = read_all(factories.administrator())
    assert found["people"] == 4
