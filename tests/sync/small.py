"""Hand-made worlds for the sync's example tests, and ways to look at what was stored.

Nothing random: one room, one lesson on a settled Monday, whoever a test puts into it.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.db.models import Model

from reports.kaltura import ReportFilters
from reports.models import (
    Account,
    Attendance,
    Finding,
    Person,
    Restatement,
    Room,
    RoomSession,
    Run,
    SessionEvent,
    SessionPart,
    SetAsideLine,
    TileAnswer,
)
from reports.simulator.server import Simulator
from reports.simulator.world import Event, ListedWorld, Session, User
from reports.sync.plan import Order, plan_run
from reports.sync.run import do_run
from tests.sync.worlds import BASE, DAY, HOUR, ROOMS, at, client_of

TEN = BASE + 10 * HOUR
CUE = "1_lesson01"
MAIN, OTHER, BREAKOUT = "1_room0001", "1_room0002", "1_break001"
ADA = User("ada.l", "Ada Lovelace", "ada@example.org", "User")
BEN = User("ben.t", "Ben Thompson", "ben@example.org", "User")
EVE = User("eve.r", "Eve Rossi", "eve@example.org", "User")
GUEST = User("", "Somebody", "somebody@example.org", "Guest")


def lesson(
    cue: str = CUE,
    *,
    start: int = TEN,
    length: int = HOUR,
    room: str = MAIN,
    host: str = "Dr. Host",
) -> Session:
    """A session; a length of 0 is one that was never closed."""
    return Session(cue, room, start, start + length, host, "host.id")


def seen(
    user: User, *, cue: str = CUE, when: int = TEN + 60, view: int = 600, engaged: int = 300
) -> Event:
    """Somebody's minutes in a session."""
    return Event(cue, user, 1, when, view, engaged)


def one_lesson(*events: Event, session: Session | None = None) -> ListedWorld:
    """One lesson on Monday at ten; Ada half engaged and Ben not at all, unless events are given."""
    return ListedWorld(ROOMS, [session or lesson()], events or (seen(ADA), seen(BEN, engaged=0)))


def sync(
    account: Account,
    first: int = BASE,
    last: int = BASE + DAY,
    *,
    client: Any = None,
    **order: Any,
) -> Run:
    """Do a run of Monday, or of another range, and return it as it is in the database."""
    run, _ = plan_run(account, Order(at(first), at(last), **order))
    do_run(run, client or client_of(account))
    return Run.objects.get(pk=run.pk)


def the_session(cue: str = CUE) -> RoomSession:
    return RoomSession.objects.select_related("room", "main_session").get(cue_point_id=cue)


def figures(cue: str = CUE) -> tuple[int | None, int | None, int | None]:
    """Return attendees, view seconds and engaged seconds as list pages show them."""
    session = the_session(cue)
    return (session.attendee_count, session.view_seconds, session.engaged_seconds)


def people_in(cue: str = CUE) -> dict[str, int]:
    """Return view seconds by user id, all tiles added up."""
    seconds: Counter[str] = Counter()
    for row in Attendance.objects.filter(session__cue_point_id=cue).select_related("person"):
        seconds[row.person.user_id] += row.view_seconds
    return dict(seconds)


def findings() -> Counter[str]:
    """Return the rows of each kind of finding."""
    counts: Counter[str] = Counter()
    for kind, rows in Finding.objects.values_list("kind", "row_count"):
        counts[kind] += rows
    return counts


DATA: tuple[type[Model], ...] = (
    Attendance,
    Finding,
    Person,
    Restatement,
    Room,
    RoomSession,
    SessionEvent,
    SessionPart,
    SetAsideLine,
    TileAnswer,
)


def all_rows() -> dict[str, list[dict[str, Any]]]:
    """Return every row of Kaltura's data, to be compared with what is there later."""
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in DATA}


def asked(simulator: Simulator, report: int) -> list[dict[str, str]]:
    """Return the parameters of every request of this report, oldest first."""
    calls = [request.call for request in simulator.requests]
    return [
        dict(pair.split("=", 1) for pair in call.parameters["params"].split(";"))
        for call in calls
        if call is not None and call.report_id == report
    ]


class Interrupted:
    """A client to which something happens in the meantime: `before` is told of every question."""

    def __init__(self, client: Any, before: Callable[[int, ReportFilters], None]) -> None:
        self.client, self.before = client, before

    def open_report(
        self, report_id: int, filters: ReportFilters, **options: Any
    ) -> AbstractContextManager[Any]:
        self.before(report_id, filters)
        answer: AbstractContextManager[Any] = self.client.open_report(report_id, filters, **options)
        return answer
