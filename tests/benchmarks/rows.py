"""From a day's data to the rows of the tables, with keys of our own: no database is asked.

Exactly what a merge of the day, asked once, would have written: `test_build` compares the two.
"""

from collections import Counter, defaultdict
from typing import Any

from django.db import transaction
from django.db.models import Model

from reports.models import (
    Account,
    Attendance,
    Finding,
    Person,
    Room,
    RoomSession,
    SessionPart,
    Tile,
    TileAnswer,
)
from reports.sync.answers import OK, SessionFacts, TileData
from reports.sync.spans import as_datetime
from tests.benchmarks.loading import ATTENDANCE, ATTENDANCE_COLUMNS, load

MODELS: list[type[Model]] = [
    Room,
    Person,
    Tile,
    TileAnswer,
    Finding,
    RoomSession,
    SessionPart,
    Attendance,
]
PERSON_COLUMNS = ("id", "account_id", "key", "user_id", "name", "email", "is_placeholder")


class Rows:
    """Rows that wait to be written, and the keys of rooms and people that were."""

    def __init__(self) -> None:
        self.last_keys: Counter[type[Model]] = Counter()
        self.rooms: dict[tuple[int, str], Room] = {}
        self.people: dict[tuple[int, str], int] = {}  # without guests: each is in one session
        self._clear()

    def _clear(self) -> None:
        self.models: defaultdict[type[Model], list[Any]] = defaultdict(list)
        self.new_people: list[tuple[Any, ...]] = []
        self.attendances: list[tuple[Any, ...]] = []

    def add_day(self, account: Account, data: TileData) -> None:
        tile = self._make(
            Tile,
            account=account,
            start_at=as_datetime(data.span.start),
            end_at=as_datetime(data.span.end),
            asked_at=data.asked_at,
            merged_at=data.asked_at,
            finding_count=len(data.noticed),
        )
        sums = self._add_attendances(account, tile, data)
        by_room: dict[str, RoomSession] = {}  # a room is used once a day
        for cue, facts in data.sessions.items():
            main = by_room.get(facts.parent_entry_id)
            known_main = main if main and main.length_seconds else None
            session = self._add_session(tile, data, facts, sums[cue], known_main)
            by_room[facts.entry_id] = session
        self._add_ledger(tile, data)

    def write(self) -> None:
        """Store what waits. In one transaction: foreign keys are checked at its end."""
        with transaction.atomic():
            for model in MODELS:
                if self.models[model]:
                    model._default_manager.bulk_create(self.models[model], batch_size=2000)
            load(Person._meta.db_table, PERSON_COLUMNS, self.new_people)
            load(ATTENDANCE, ATTENDANCE_COLUMNS, self.attendances)
        self._clear()

    def close(self) -> None:
        """Name each room as of the latest day that told of it."""
        Room.objects.bulk_update(self.rooms.values(), ["named_as_of"], batch_size=300)

    def _make(self, model: type[Model], **values: Any) -> Any:
        self.last_keys[model] += 1
        row = model(pk=self.last_keys[model], **values)
        self.models[model].append(row)
        return row

    def _room(self, tile: Tile, entry_id: str, name: str | None, parent: Room | None) -> Room:
        key = (tile.account_id, entry_id)
        if key not in self.rooms:
            self.rooms[key] = self._make(
                Room, account=tile.account, entry_id=entry_id, name=name, parent=parent
            )
        self.rooms[key].named_as_of = tile.start_at
        return self.rooms[key]

    def _person(self, account: Account, key: str, row: Any) -> int:
        found = self.people.get((account.pk, key))
        if found is not None:
            return found
        self.last_keys[Person] += 1
        pk = self.last_keys[Person]
        placeholder = row.is_placeholder
        if not placeholder:
            self.people[account.pk, key] = pk
        self.new_people.append((pk, account.pk, key, row.user_id, row.name, row.email, placeholder))
        return pk

    def _add_attendances(
        self, account: Account, tile: Tile, data: TileData
    ) -> dict[str, tuple[int, int, int, int]]:
        """Return people, guests, view and engaged seconds of each session."""
        # Sessions are numbered in the order of the data, as `_add_session` does a moment later.
        first = self.last_keys[RoomSession] + 1
        keys = {cue: first + place for place, cue in enumerate(data.sessions)}
        sums = {cue: [0, 0, 0, 0] for cue in data.sessions}
        for (cue, key), row in data.attendances.items():
            person = self._person(account, key, row)
            figures = (row.view_seconds, row.engaged_seconds, row.user_type)
            self.attendances.append((keys[cue], person, tile.pk, *figures))
            counts = sums[cue]
            counts[0] += 1
            counts[1] += row.user_type == "Guest"
            counts[2] += row.view_seconds
            counts[3] += row.engaged_seconds
        return {cue: (it[0], it[1], it[2], it[3]) for cue, it in sums.items()}

    def _add_session(
        self,
        tile: Tile,
        data: TileData,
        facts: SessionFacts,
        sums: tuple[int, int, int, int],
        main: RoomSession | None,
    ) -> RoomSession:
        parent = self.rooms.get((tile.account_id, facts.parent_entry_id))
        breakout = data.breakouts.get(facts.cue_point_id)
        length = facts.end_unix - facts.start_unix
        has_all = data.checks[facts.cue_point_id] == OK
        people, guests, view, engaged = sums
        whole = has_all and length > 0
        estimates: dict[str, Any] = {
            "kaltura_unique_users": facts.unique_users,
            "kaltura_participant_count": breakout.participant_count if breakout else None,
            "kaltura_engagement_rate": breakout.engagement_rate if breakout else None,
        }
        session: RoomSession = self._make(
            RoomSession,
            account=tile.account,
            room=self._room(tile, facts.entry_id, facts.entry_name, parent),
            cue_point_id=facts.cue_point_id,
            started_at=as_datetime(facts.start_unix),
            ended_at=as_datetime(facts.end_unix),
            length_seconds=length or None,
            host_name=facts.host_name,
            initiator=breakout.initiator if breakout else "",
            main_session=main,
            attendee_count=people if whole else None,
            guest_count=guests if whole else None,
            view_seconds=view if whole else None,
            engaged_seconds=engaged if whole else None,
            facts_asked_at=data.asked_at,
            **estimates,
        )
        self._make(
            SessionPart,
            session=session,
            tile=tile,
            asked_at=data.asked_at,
            attendees_asked_at=data.asked_at if has_all else None,
            attendee_count=people,
            view_seconds=view,
            engaged_seconds=engaged,
            kaltura_engaged_ratio=facts.engaged_ratio,
            check_result=data.checks[facts.cue_point_id],
            **estimates,
        )
        return session

    def _add_ledger(self, tile: Tile, data: TileData) -> None:
        for record in data.answers.values():
            self._make(
                TileAnswer,
                tile=tile,
                report_id=record.report_id,
                asked_at=record.asked_at,
                row_count=record.row_count,
                request_count=record.request_count,
                checksum=record.checksums[0],
            )
        for item in data.noticed:
            self._make(
                Finding,
                account=tile.account,
                tile=tile,
                kind=item.kind,
                report_id=item.report_id,
                cue_point_id=item.cue_point_id,
                row_count=item.row_count,
                detail=item.detail,
            )
