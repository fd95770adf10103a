"""Files for upload tests: Kaltura's reports over a range, made by the simulator's own code."""

from collections.abc import Iterable

from reports.kaltura import ATTENDEES, REPORTS, SESSIONS
from reports.models import Account, Upload, User
from reports.simulator.answers import Query, report_table
from reports.simulator.wire import csv_body
from reports.simulator.world import Event, ListedWorld, World
from reports.sync.upload import NewUpload, open_upload, store
from tests import factories
from tests.sync.small import ADA, lesson, seen
from tests.sync.worlds import BASE, DAY, HOUR, ROOMS, at

THREE = tuple(REPORTS)
TWO = (SESSIONS, ATTENDEES)
NIGHT = BASE + DAY - HOUR  # an hour before Tuesday


def overnight(*events: Event) -> ListedWorld:
    """A session from 23:00 on Monday to 01:00 on Tuesday, with Ada on both days."""
    session = lesson(start=NIGHT, length=2 * HOUR)
    mondays, tuesdays = NIGHT + 60, NIGHT + HOUR + 60
    everybody = events or (seen(ADA, when=mondays), seen(ADA, when=tuesdays, view=60, engaged=0))
    return ListedWorld(ROOMS, [session], everybody)


def report_csv(world: World, report_id: int, first: int, last: int, **filters: str) -> bytes:
    """Return a report over the half-open range (unix) as Kaltura would give it, uncut."""
    wanted = {name: frozenset(value.split(",")) for name, value in filters.items()}
    return csv_body(report_table(world, Query(report_id, first, last, wanted, None)))


def files_of(
    world: World, first: int, last: int, reports: Iterable[int] = THREE
) -> list[tuple[str, list[bytes]]]:
    """Return the files of these reports over the range."""
    return [(f"{it}.csv", [report_csv(world, it, first, last)]) for it in reports]


def new_upload(
    account: Account,
    files: list[tuple[str, list[bytes]]],
    first: int = BASE,
    last: int = BASE + DAY,
    *,
    is_everything: bool = True,
) -> NewUpload:
    return NewUpload(account, at(first), at(last), "UTC", is_everything, files)


def uploader() -> User:
    found: User = User.objects.filter(username="uploader").first() or factories.administrator(
        "uploader"
    )
    return found


def previewed(
    account: Account,
    world: World,
    first: int = BASE,
    last: int = BASE + DAY,
    reports: Iterable[int] = THREE,
    **more: bool,
) -> Upload:
    """Upload the world's files for the range, and return the preview."""
    new = new_upload(account, files_of(world, first, last, reports), first, last, **more)
    upload, _ = open_upload(new, uploader())
    return upload


def uploaded(
    account: Account,
    world: World,
    first: int = BASE,
    last: int = BASE + DAY,
    reports: Iterable[int] = THREE,
    **more: bool,
) -> Upload:
    """Upload the world's files for the range, store them, and return the upload as it is then."""
    upload = previewed(account, world, first, last, reports, **more)
    store(upload, uploader())
    upload.refresh_from_db()
    return upload
