"""The three Room reports as tables, summed from a world's events at the time of asking.

Here is what a report counts, filters and lists; how a request is read is in `api`, how a table is
written in `wire`. Figures are over whole UTC hours of events, as in the real server's roll-ups.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from reports.simulator.wire import ApiProblem, Table, php_number
from reports.simulator.world import Event, Room, Session, User, World

HOUR_SECONDS = 3600
SESSIONS, ATTENDEES, BREAKOUTS = 6000, 6001, 6002
COLUMNS = {
    SESSIONS: [
        "entry_id",
        "entry_name",
        "parent_entry_id",
        "cue_point_id",
        "session_start_time",
        "session_end_time",
        "session_host_user_id",
        "meeting_view_period_unique_users",
        "meeting_engaged_play_time_ratio",
    ],
    ATTENDEES: [
        "entry_id",
        "cue_point_id",
        "user_id",
        "user_name",
        "user_email",
        "user_type",
        "meeting_view_time",
        "meeting_engaged_play_time_ratio",
    ],
    BREAKOUTS: [
        "parent_entry_id",
        "parent_entry_name",
        "breakout_entry_id",
        "breakout_entry_name",
        "cue_point_id",
        "session_initiator",
        "session_start_time",
        "session_end_time",
        "duration",
        "participant_count",
        "engagement_rate",
    ],
}
# The filters of each report, and the spellings of its dates; any other key is ignored.
FILTERS = {
    SESSIONS: ("entry_ids", "virtual_event_ids"),
    ATTENDEES: ("entry_ids", "virtual_event_ids", "user_ids", "cue_point_ids"),
    BREAKOUTS: ("parentEntryIds", "virtual_event_ids"),
}
DATES = {
    SESSIONS: (("from_date",), ("to_date",)),
    ATTENDEES: (("from_date",), ("to_date",)),
    BREAKOUTS: (("from_date", "fromDate"), ("to_date", "toDate")),
}
HYPERLOGLOG_REGISTERS = 2048

Sums = dict[User, list[int]]  # of one session: view and engaged seconds of each user


@dataclass(frozen=True, slots=True)
class Query:
    """One report's parameters, read."""

    report_id: int
    from_unix: int
    to_unix: int
    filters: dict[str, frozenset[str]]  # only those that the report knows and that hold a value
    limit: int | None  # rows asked for at most

    @property
    def hours(self) -> float:
        """Length of the asked window in hours."""
        return (self.to_unix - self.from_unix) / HOUR_SECONDS


def read_query(report_id: int, params: str) -> Query:
    """Return the query of `key=value` pairs joined by `;`.

    Raises ApiProblem: REPORT_NOT_FOUND, INTERNAL_SERVERL_ERROR for a missing or unreadable date.
    """
    if report_id not in COLUMNS:
        raise report_not_found(report_id)
    pairs = dict(pair.split("=", 1) for pair in params.split(";") if "=" in pair)
    first, last = (_unix(pairs, spellings) for spellings in DATES[report_id])
    filters = {
        name: frozenset(filter(None, (value.strip() for value in pairs[name].split(","))))
        for name in FILTERS[report_id]
        if pairs.get(name, "").strip(" ,")
    }
    limit = pairs.get("limit", "")
    return Query(report_id, first, last, filters, int(limit) if limit.isdecimal() else None)


def report_not_found(report_id: object) -> ApiProblem:
    """Return the error for an unknown report, which is also that for one that isn't enabled."""
    return ApiProblem("REPORT_NOT_FOUND", f"Report [{report_id}] not found", {"ID": str(report_id)})


def _unix(pairs: dict[str, str], spellings: tuple[str, ...]) -> int:
    value = next((pairs[name] for name in spellings if name in pairs), "").strip()
    if not value.isdecimal():
        raise ApiProblem("INTERNAL_SERVERL_ERROR", "Internal server error occurred")
    return int(value)


def report_table(
    world: World, query: Query, *, arrived: Callable[[Event], bool] | None = None
) -> Table:
    """Return the whole answer, uncut. `arrived` says which events the server has by now.

    Row order is that of a hash: the same for the same rows, and not by time.
    """
    sums = _sums_by_session(world, query, arrived)
    make_row = {SESSIONS: _session_row, BREAKOUTS: _breakout_row}.get(query.report_id)
    rows: list[list[str]] = []
    rooms = world.rooms()
    for cue_point_id, of_users in sums.items():
        session = world.session(cue_point_id)
        room = rooms.get(session.entry_id) or Room(session.entry_id, "")
        if not _is_wanted(query, room):
            continue
        if make_row is None:
            rows += _attendee_rows(session, of_users, query.filters.get("user_ids"))
            continue
        parent = rooms.get(room.parent_entry_id or "")
        rows.append(make_row(session, room, parent, of_users))
    rows.sort(key=_shuffled)
    return Table(list(COLUMNS[query.report_id]), rows)


def _sums_by_session(
    world: World, query: Query, arrived: Callable[[Event], bool] | None
) -> dict[str, Sums]:
    """Sum the window's events. An hour is in the window if its start is."""
    first = math.ceil(query.from_unix / HOUR_SECONDS) * HOUR_SECONDS
    last = math.ceil(query.to_unix / HOUR_SECONDS) * HOUR_SECONDS
    wanted = query.filters.get("cue_point_ids")
    by_session: dict[str, Sums] = {}
    for event in world.events(first, last) if first < last else ():
        if wanted is not None and event.cue_point_id not in wanted:
            continue
        if arrived is not None and not arrived(event):
            continue
        sums = by_session.setdefault(event.cue_point_id, {})
        total = sums.get(event.user)
        if total is None:
            sums[event.user] = [event.view_seconds, event.engaged_seconds]
        else:
            total[0] += event.view_seconds
            total[1] += event.engaged_seconds
    return by_session


def _is_wanted(query: Query, room: Room) -> bool:
    filters = query.filters
    if query.report_id == BREAKOUTS:
        if room.parent_entry_id is None:
            return False
        parents = filters.get("parentEntryIds")
        if parents is not None and room.parent_entry_id not in parents:
            return False
    entries = filters.get("entry_ids")
    if entries is not None and room.entry_id not in entries:
        return False
    events = filters.get("virtual_event_ids")
    return events is None or not events.isdisjoint(room.virtual_event_ids)


def _session_row(session: Session, room: Room, parent: Room | None, sums: Sums) -> list[str]:
    return [
        session.entry_id,
        room.name,
        room.parent_entry_id or "",
        session.cue_point_id,
        str(session.start),
        str(session.end),
        session.host_name,
        str(estimated_count(sums)),
        _ratio(*_total(sums)),
    ]


def _breakout_row(session: Session, room: Room, parent: Room | None, sums: Sums) -> list[str]:
    return [
        room.parent_entry_id or "",
        parent.name if parent else "",
        session.entry_id,
        room.name,
        session.cue_point_id,
        session.initiator,
        str(session.start),
        str(session.end),
        str(session.end - session.start),
        str(estimated_count(sums)),
        _ratio(*_total(sums)),
    ]


def _attendee_rows(
    session: Session, sums: Sums, user_ids: frozenset[str] | None
) -> list[list[str]]:
    return [
        [
            session.entry_id,
            session.cue_point_id,
            user.user_id,
            user.name,
            user.email,
            user.user_type,
            php_number(view / 60),
            _ratio(view, engaged),
        ]
        for user, (view, engaged) in sums.items()
        if user_ids is None or user.user_id in user_ids
    ]


def _total(sums: Sums) -> tuple[int, int]:
    return sum(view for view, _ in sums.values()), sum(engaged for _, engaged in sums.values())


def _ratio(view_seconds: int, engaged_seconds: int) -> str:
    return php_number(engaged_seconds / view_seconds if view_seconds else 0)


def estimated_count(sums: Sums) -> int:
    """Return the number of users as a HyperLogLog of 2048 registers would, rounded down.

    Its range for small sets, linear counting, is all that a room can fill: a few percent off.
    """
    filled = {_register(user) for user in sums}
    empty = max(HYPERLOGLOG_REGISTERS - len(filled), 1)
    return int(HYPERLOGLOG_REGISTERS * math.log(HYPERLOGLOG_REGISTERS / empty))


def _register(user: User) -> int:
    name = f"{user.user_id}\x1f{user.name}\x1f{user.email}".encode()
    digest = hashlib.blake2b(name, digest_size=4).digest()
    return int.from_bytes(digest, "big") % HYPERLOGLOG_REGISTERS


def _checksum(values: list[str]) -> int:
    return zlib.crc32("\x1f".join(values).encode())


def _shuffled(row: list[str]) -> tuple[int, list[str]]:
    # The identity only: an order that hung on the figures would change with each late event.
    return _checksum(row[:6]), row


def cut(table: Table, query: Query, row_cap: int) -> Table:
    """Return the table cut at the cap, or at a smaller limit asked for: without any notice."""
    most = row_cap if query.limit is None else min(query.limit, row_cap)
    return replace(table, rows=table.rows[:most])
