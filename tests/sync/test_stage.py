"""The stage of a merge: filled without a lock, one for each connection, gone after it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction

from reports.models import Account, Attendance, Person, RoomSession, Tile
from reports.simulator.server import Simulator
from reports.sync.answers import AnswerRecord, AttendanceSum, TileData
from reports.sync.merge import merge_tile, rows, stage as staging, tile as merging
from reports.sync.merge.rows import update_rows
from reports.sync.spans import Span
from tests.sync.small import CUE, MAIN, all_rows, people_in
from tests.sync.worlds import BASE, DAY, at, new_account

WAIT_SECONDS = 20  # for the other thread, which is at most busy


def row(user_id: str, name: str | None = "Somebody", **other: Any) -> AttendanceSum:
    known: dict[str, Any] = {
        "cue_point_id": CUE,
        "entry_id": MAIN,
        "user_id": user_id,
        "name": name,
        "email": "",
        "user_type": "User",
        "view_seconds": 600,
        "engaged_seconds": 300,
    }
    return AttendanceSum(**(known | other))


def answer(*attendances: AttendanceSum, asked: int = BASE + 40 * DAY, day: int = 0) -> TileData:
    """A day of which 6001 alone was asked."""
    start = BASE + day * DAY
    data = TileData(Span(start, start + DAY), at(asked))
    data.answers[6001] = AnswerRecord(6001, data.asked_at, request_count=1, checksums=["0"])
    for found in attendances:
        data.attendances[found.cue_point_id, f"u:{found.user_id}"] = found
    return data


def tile_of(account: Account, data: TileData) -> Tile:
    start, end = at(data.span.start), at(data.span.end)
    return Tile.objects.get_or_create(account=account, start_at=start, end_at=end)[0]


def merge(account: Account, data: TileData, **options: Any) -> bool:
    tile = tile_of(account, data)
    return merge_tile(tile, tile.fence, data, run=None, filtered=False, **options)


def staged_tables() -> set[str]:
    """Return the names of tables that a stage left behind."""
    tables = (
        "SELECT name FROM sqlite_temp_master WHERE type = 'table'"
        if connection.vendor == "sqlite"
        else "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpersistence = 't'"
    )
    with connection.cursor() as cursor:
        cursor.execute(tables)
        return {name for (name,) in cursor.fetchall() if name in staging.TABLES}


class Written:
    """Counts the attendances that statements wrote or deleted, as the database tells it."""

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        verb, found, _ = sql.partition("reports_attendance")
        if found and verb.strip() in {"INSERT INTO", "UPDATE", "DELETE FROM"}:
            self.rows[verb.strip()] += context["cursor"].cursor.rowcount
        return result


def written(account: Account, data: TileData) -> dict[str, int]:
    count = Written()
    with connection.execute_wrapper(count):
        merge(account, data)
    return {verb: number for verb, number in count.rows.items() if number}


def test_only_what_changed_is_written(account: Account) -> None:
    ada, ben, eve = row("ada"), row("ben"), row("eve")
    assert written(account, answer(ada, ben)) == {"INSERT INTO": 2}
    assert written(account, answer(ada, ben)) == {}
    for change in ({"view_seconds": 601}, {"engaged_seconds": 1}, {"user_type": "Guest"}):
        ben = replace(ben, **change)
        assert written(account, answer(ada, ben)) == {"INSERT INTO": 1}, change
    assert written(account, answer(ada, eve)) == {"INSERT INTO": 1, "DELETE FROM": 1}
    assert people_in() == {"ada": 600, "eve": 600}


def test_of_a_session_that_was_cut_nobody_is_withdrawn(account: Account) -> None:
    other = {"cue_point_id": "1_lesson02"}
    merge(account, answer(row("ada"), row("ben"), row("ada", **other), row("ben", **other)))
    data = answer(row("ada"), row("ada", **other))
    data.cut_sessions.add(CUE)
    assert written(account, data) == {"DELETE FROM": 1}
    assert set(people_in()) == {"ada", "ben"}
    assert set(people_in("1_lesson02")) == {"ada"}


def test_nothing_is_staged_after_a_merge_nor_after_one_that_failed(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    real = merging.write_parts

    def failing(*args: Any) -> Any:
        seen.append(staged_tables())
        raise MemoryError

    monkeypatch.setattr(merging, "write_parts", failing)
    with pytest.raises(MemoryError):
        merge(account, answer(row("ada")))
    assert seen == [set(staging.TABLES)]
    assert not staged_tables()
    monkeypatch.setattr(merging, "write_parts", real)
    merge(account, answer(row("ada")))
    assert not staged_tables()
    assert people_in() == {"ada": 600}


@pytest.mark.django_db(transaction=True)
def test_rows_that_can_not_be_staged_leave_no_transaction_open(simulator: Simulator) -> None:
    account = new_account()
    data = answer(row("ada"), row("ben", view_seconds="many"))
    del data.attendances[CUE, "u:ben"].view_seconds
    with pytest.raises(AttributeError):
        merge(account, data)

    assert not staged_tables()
    assert not connection.in_atomic_block
    if connection.vendor == "sqlite":
        assert not connection.connection.in_transaction
    merge(account, answer(row("ada")))
    assert people_in() == {"ada": 600}


class Killed(BaseException):
    """Stands for kill -9: the connection is gone, and nobody cleans up."""


@pytest.mark.django_db(transaction=True)
def test_a_killed_merge_leaves_nothing(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = new_account()
    merge(account, answer(row("ada")))
    before = all_rows()

    def killed(*args: Any) -> None:
        connection.connection.close()
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(merging, "write_parts", killed)
        with pytest.raises(Killed):
            merge(account, answer(row("ben")))
    connection.close()
    assert all_rows() == before
    assert not staged_tables()
    merge(account, answer(row("ben")))
    assert people_in() == {"ben": 600}


def in_thread(work: Callable[[], None], errors: list[BaseException]) -> threading.Thread:
    """Start work with a connection of its own."""

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the test raises it again
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.fixture
def errors() -> Iterator[list[BaseException]]:
    """What went wrong in threads: nothing, in the end."""
    found: list[BaseException] = []
    yield found
    for error in found:
        raise error


@pytest.mark.django_db(transaction=True)
def test_staging_waits_for_nobody(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, errors: list[BaseException]
) -> None:
    """Somebody else writes until the stage is full; who waited for them would wait for ever."""
    account, data = new_account(), answer(row("ada"))
    tile_of(account, data)
    locked, filled = threading.Event(), threading.Event()
    real = staging._fill

    def fill(data: TileData) -> staging.Stage:
        stage = real(data)
        filled.set()
        return stage

    def writer() -> None:
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=account.pk)
            locked.set()
            assert filled.wait(WAIT_SECONDS), "the stage waited for a lock"

    monkeypatch.setattr(staging, "_fill", fill)
    thread = in_thread(writer, errors)
    assert locked.wait(WAIT_SECONDS)
    merge(account, data)
    thread.join()
    assert people_in() == {"ada": 600}


@pytest.mark.django_db(transaction=True)
def test_two_merges_at_once_have_a_stage_each(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, errors: list[BaseException]
) -> None:
    account = new_account()
    both = threading.Barrier(2, timeout=WAIT_SECONDS)
    real = staging._fill

    def fill(data: TileData) -> staging.Stage:
        stage = real(data)
        both.wait()
        return stage

    monkeypatch.setattr(staging, "_fill", fill)
    first = answer(row("ada"), row("ben"))
    second = answer(row("ada", cue_point_id="1_tuesday1", view_seconds=60), day=1)
    for data in (first, second):
        tile_of(account, data)
    threads = [in_thread(lambda it=it: merge(account, it), errors) for it in (first, second)]  # type: ignore[misc]
    for thread in threads:
        thread.join()
    assert people_in() == {"ada": 600, "ben": 600}
    assert people_in("1_tuesday1") == {"ada": 60}
    assert Person.objects.count() == 2


def test_what_belongs_to_the_merge_is_written_with_it_or_not_at_all(account: Account) -> None:
    def rename() -> None:
        Account.objects.filter(pk=account.pk).update(name="renamed")

    def fail() -> None:
        rename()
        raise MemoryError

    with pytest.raises(MemoryError):
        merge(account, answer(row("ada")), then=fail)
    account.refresh_from_db()
    assert account.name != "renamed"
    assert not Attendance.objects.exists()
    assert merge(account, answer(row("ada")), then=rename)
    account.refresh_from_db()
    assert account.name == "renamed"


def test_texts_come_through_the_stage_as_they_are(account: Account) -> None:
    names = ["\\N", "a\tb", "c\\", "d\ne", "\r", "%s", "'; --", "李伟; “Will”", ""]
    merge(account, answer(*(row(f"user{n}\\t", name) for n, name in enumerate(names))))
    stored = Person.objects.order_by("user_id").values_list("name", flat=True)
    assert list(stored) == names
    assert set(Person.objects.values_list("user_id", flat=True)) == {
        f"user{n}\\t" for n in range(len(names))
    }


def test_a_name_that_was_not_readable_takes_none_away(account: Account) -> None:
    merge(account, answer(row("ada", "Ada"), row("ben", None, email=None)))
    merge(account, answer(row("ada", None, email=None), row("ben", "Ben")))
    assert set(Person.objects.values_list("name", flat=True)) == {"Ada", "Ben"}


def test_an_older_day_names_whom_a_later_one_could_not(account: Account) -> None:
    later = answer(row("ada", None, email=None, cue_point_id="1_tuesday1"), day=1)
    merge(account, later)
    merge(account, answer(row("ada", "Ada")))
    assert Person.objects.get().name == "Ada"


def test_many_rows_are_updated_each_with_its_own_values(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "UPDATED_AT_ONCE", 2)
    merge(account, answer(*(row("ada", cue_point_id=f"1_{number}") for number in range(5))))
    sessions = list(RoomSession.objects.order_by("pk"))
    for number, session in enumerate(sessions):
        session.host_name = f"Host {number}"
        session.guest_count = number if number > 2 else None
        session.kaltura_engagement_rate = None
        session.facts_asked_at = at(BASE + number)
    untouched = RoomSession.objects.order_by("pk").values("cue_point_id", "started_at", "room")
    before = list(untouched)
    changed = ["host_name", "guest_count", "kaltura_engagement_rate", "facts_asked_at"]
    update_rows(sessions[1:], changed)

    stored = RoomSession.objects.order_by("pk").values_list(*changed)
    assert list(stored) == [
        ("", None, None, None),
        *(
            (f"Host {number}", number if number > 2 else None, None, at(BASE + number))
            for number in range(1, 5)
        ),
    ]
    assert list(untouched.all()) == before
    update_rows([], changed)
