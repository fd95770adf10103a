"""Rows for tests: one plain function a model, with fixed defaults and no random data.

What is not given is the same every time; what must be unique is counted up within the database.
Sums of a session are what the caller says; `whole_session` makes the rows and the sums agree.
"""

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from reports.kaltura import REPORTS
from reports.models import (
    Account,
    Attendance,
    Person,
    Role,
    Room,
    RoomGrant,
    RoomSession,
    Run,
    SignInMethod,
    Snapshot,
    SnapshotState,
    Tile,
    Upload,
    User,
)
from reports.sync.snapshot_lines import lines_of
from reports.sync.snapshot_summary import summarized
from reports.sync.upload import NewUpload, open_upload

START = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)  # a Monday, long settled
PASSWORD = "a long enough password"


def account(name: str = "university", **values: Any) -> Account:
    """An account at the endpoint "us"."""
    defaults: dict[str, Any] = {
        "endpoint": "us",
        "partner_id": 1000 + Account.objects.count(),
        "sign_in": SignInMethod.ADMIN_SECRET,
        "secret": "an admin secret",
    }
    return Account.objects.create(name=name, **defaults | values)


def room(of: Account, name: str = "Anatomy, group A", **values: Any) -> Room:
    """A room; with `parent=` a breakout room."""
    entry_id = f"1_room{Room.objects.count() + 1:04d}"
    return Room.objects.create(account=of, name=name, **{"entry_id": entry_id} | values)


def session(in_room: Room, started_at: datetime = START, **values: Any) -> RoomSession:
    """A session of an hour, whole, with nobody in it. `length_seconds=None` makes it an open one."""
    length = values.get("length_seconds", 3600)
    defaults: dict[str, Any] = {
        "account": in_room.account,
        "cue_point_id": f"1_sess{RoomSession.objects.count() + 1:04d}",
        "ended_at": started_at + timedelta(seconds=length or 0),
        "length_seconds": length,
        "host_name": "Dr. Ada Host",
        "attendee_count": 0,
        "guest_count": 0,
        "view_seconds": 0,
        "engaged_seconds": 0,
        "facts_asked_at": started_at + timedelta(days=10),
    }
    return RoomSession.objects.create(room=in_room, started_at=started_at, **defaults | values)


def unknown_session(in_room: Room, started_at: datetime = START, **values: Any) -> RoomSession:
    """A session whose attendees are not whole: every sum is NULL."""
    sums = dict.fromkeys(("attendee_count", "guest_count", "view_seconds", "engaged_seconds"))
    return session(in_room, started_at, **sums | values)


def person(of: Account, user_id: str = "amara.okafor", **values: Any) -> Person:
    """A person with a Kaltura id; `is_placeholder=True` makes it one of a single session."""
    defaults: dict[str, Any] = {
        "key": f"u:{user_id}",
        "name": "Amara Okafor",
        "email": f"{user_id}@example.org",
    }
    if values.get("is_placeholder"):
        defaults["key"] = f"s:1_sess0001:{Person.objects.count()}"
    return Person.objects.create(account=of, user_id=user_id, **defaults | values)


def tile(of: Account, start_at: datetime = START, **values: Any) -> Tile:
    """The tile of a UTC day, covered and settled; the one that is there if there is one.

    `asked_at=None` makes it one that was never asked.
    """
    midnight = start_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    asked_at = midnight + timedelta(days=10)
    defaults: dict[str, Any] = {
        "end_at": midnight + timedelta(days=1),
        "asked_at": asked_at,
        "merged_at": values.get("asked_at", asked_at),
    }
    return Tile.objects.get_or_create(account=of, start_at=midnight, defaults=defaults | values)[0]


def attendance(
    in_session: RoomSession,
    of: Person,
    view_seconds: int = 3000,
    engaged_seconds: int = 1500,
    **values: Any,
) -> Attendance:
    """An attendance in the tile of the session's start; the session's sums stay as they are."""
    if "tile" not in values:
        values["tile"] = tile(in_session.account, in_session.started_at)
    return Attendance.objects.create(
        session=in_session,
        person=of,
        view_seconds=view_seconds,
        engaged_seconds=engaged_seconds,
        **{"user_type": "User"} | values,
    )


def whole_session(
    in_room: Room,
    attendees: Sequence[tuple[Person, int, int]] = (),
    started_at: datetime = START,
    **values: Any,
) -> RoomSession:
    """A session with these (person, view seconds, engaged seconds), and sums that agree."""
    sums = {
        "attendee_count": len(attendees),
        "view_seconds": sum(view for _, view, _ in attendees),
        "engaged_seconds": sum(engaged for _, _, engaged in attendees),
    }
    made = session(in_room, started_at, **sums | values)
    for somebody, view, engaged in attendees:
        attendance(made, somebody, view, engaged)
    return made


def run(of: Account, **values: Any) -> Run:
    """A run of the day of START, waiting, with no tiles."""
    midnight = START.replace(hour=0)
    defaults = {"from_at": midnight, "to_at": midnight + timedelta(days=1)}
    return Run.objects.create(account=of, **defaults | values)


def snapshot(
    by: User,
    of: Account | None = None,
    rows: Sequence[Sequence[object]] = (),
    report_id: int = 6000,
    **values: Any,
) -> Snapshot:
    """A finished answer with these rows to the day of START, asked just now; without `of` by a KS.

    `content=` is the CSV itself instead of rows.
    """
    midnight = int(START.replace(hour=0).timestamp())
    body = values.pop("content", None) or report_csv(report_id, rows)
    now = timezone.now()
    defaults: dict[str, Any] = {
        "account": of,
        "endpoint": of.endpoint if of else "us",
        "partner_id": of.partner_id if of else 999,
        "from_unix": midnight,
        "to_unix": midnight + 86_400,
        "state": SnapshotState.DONE,
        "row_count": body.count(b"\n") - 1,
        "received_bytes": len(body),
        "content": gzip.compress(body),
        "expires_at": now + timedelta(hours=24),
        **dict.fromkeys(("requested_at", "asked_at", "heartbeat_at", "finished_at"), now),
    }
    made = Snapshot(requested_by=by, report_id=report_id, **defaults | values)
    lines_came = lines_of(report_id, made.content, made.excluded_fields)
    summary = summarized(report_id, lines_came, made.from_unix, made.to_unix)
    made.summary = summary.as_json()
    made.save()
    return made


def report_csv(report_id: int, rows: Sequence[Sequence[object]]) -> bytes:
    """The CSV of a report with these rows, as Kaltura writes it."""
    lines = [REPORTS[report_id].column_names, *rows]
    return ("\ufeff" + "".join(",".join(map(str, line)) + "\n" for line in lines)).encode()


def upload(
    of: Account,
    reports: dict[int, Sequence[Sequence[object]]],
    by: User | None = None,
    **values: Any,
) -> Upload:
    """An upload of files with these rows by report, for the day of START, waiting to be stored."""
    midnight = START.replace(hour=0)
    files = [(f"{number}.csv", [report_csv(number, rows)]) for number, rows in reports.items()]
    defaults: dict[str, Any] = {
        "from_at": midnight,
        "to_at": midnight + timedelta(days=1),
        "zone": "UTC",
        "is_everything": True,
        "files": files,
    }
    made, _ = open_upload(NewUpload(of, **defaults | values), by or administrator("uploader_1"))
    return made


def administrator(username: str = "administrator", **values: Any) -> User:
    """Somebody who sees everything."""
    return _user(username, role=Role.ADMINISTRATOR, **values)


def teacher(username: str = "teacher", rooms: Sequence[Room] = (), **values: Any) -> User:
    """A teacher who was given these rooms."""
    user = _user(username, role=Role.TEACHER, **values)
    RoomGrant.objects.bulk_create([RoomGrant(user=user, room=given) for given in rooms])
    return user


def outsider(username: str = "outsider", **values: Any) -> User:
    """Somebody with a password here who was given no room."""
    return teacher(username, **values)


def _user(username: str, **values: Any) -> User:
    return User.objects.create_user(username, f"{username}@example.org", PASSWORD, **values)
