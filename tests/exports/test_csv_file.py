"""A file that is on its way: sent as it is made, holding nothing, ended when its reader goes."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from django.db import connection
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from reports.exports import csv_file, people
from reports.exports.csv_file import stream_csv
from reports.exports.export import open_export
from reports.models import RoomSession
from reports.queries import attendees, session_lines
from reports.queries.attendees import AttendanceRow, attendance_rows
from reports.queries.sessions import SessionFilter
from tests import factories as make
from tests.factories import START
from tests.views.conftest import list_url

pytestmark = pytest.mark.django_db(transaction=True)

LONGEST_WAIT = 60  # seconds, after which something is wrong


@pytest.fixture(autouse=True)
def lesson() -> None:
    """Four sessions with three people each."""
    account = make.account()
    somebody = [make.person(account, f"p{number}") for number in range(3)]
    room = make.room(account)
    for hour in range(4):
        start = START + timedelta(hours=hour)
        make.whole_session(room, [(person, 60, 0) for person in somebody], start)


def test_nothing_is_held_in_the_database_while_a_piece_is_on_its_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module, name in (
        (csv_file, "FIRST_ROWS"),
        (csv_file, "ROWS_AT_ONCE"),
        (attendees, "SESSIONS_AT_ONCE"),
        (session_lines, "AT_ONCE"),
    ):
        monkeypatch.setattr(module, name, 1)
    everything = RoomSession.objects.all()
    export = open_export("attendees", "full", everything, SessionFilter(), ZoneInfo("UTC"))
    pieces = 0
    for _ in stream_csv(export):
        pieces += 1
        everything.update(host_name=f"Host {pieces}")  # else SQLite has no log to be held
        assert held() == 0
    assert pieces == 1 + 12


def held() -> int:
    """How many cursors are open; of SQLite's, 1 if one keeps the log from being emptied."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM pg_cursors WHERE name <> ''")
            return int(cursor.fetchone()[0])
    with closing(sqlite3.connect(str(connection.settings_dict["NAME"]))) as other:
        busy, _, _ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return int(busy)


def test_a_file_is_sent_while_it_is_made_and_ends_when_its_reader_goes(
    live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()

    def endless(*args: Any) -> Iterator[AttendanceRow]:
        rows = list(attendance_rows(*args))
        try:
            while True:
                yield from rows
        finally:
            ended.set()

    monkeypatch.setattr(people, "attendance_rows", endless)
    client = Client()
    client.force_login(make.administrator())
    url = live_server.url + list_url("people-attendances-csv")
    cookies = {name: cookie.value for name, cookie in client.cookies.items()}
    answer = requests.get(url, cookies=cookies, stream=True, timeout=LONGEST_WAIT)
    assert answer.status_code == 200
    assert answer.raw.read(100_000).count(b"p0@example.org") > 100
    assert not ended.is_set()
    answer.close()
    assert ended.wait(LONGEST_WAIT)
