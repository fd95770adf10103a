"""Files: how fast they stream, when the first byte comes, and what memory that takes.

Held to the database's own CSV of the same columns of the same rows, in whatever order it likes.
"""

import csv
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import requests
from django.db import connection

from tests.benchmarks.data import LARGE
from tests.benchmarks.databases import ROOT
from tests.benchmarks.figure import Figure, Value, seconds
from tests.benchmarks.machine import peak_bytes
from tests.benchmarks.pages import Days, ranges
from tests.benchmarks.server import Site, ended, served

MOST_RATIO, FIRST_BYTE, MOST_MEMORY = 3.0, 0.3, 200e6
CHUNK = 64 * 1024
WORKBOOK_DAYS = 18  # fewer than the 100,000 attendances that a workbook of a page may have
COMMAND_DAYS = 365

_SESSION = "s.cue_point_id, s.started_at, s.ended_at, s.length_seconds, s.view_seconds"
_ROOM = "c.name, r.name, r.entry_id, m.name, m.entry_id"
_OF_SESSION = (
    "FROM reports_roomsession s JOIN reports_room r ON r.id = s.room_id"
    " JOIN reports_account c ON c.id = s.account_id LEFT JOIN reports_room m ON m.id = r.parent_id"
)


@dataclass(frozen=True)
class Download:
    """A file of the site, and the SELECT of what is in it."""

    name: str
    path: str
    select: str


class Reading:
    """What is noticed while a file comes."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.lines = 0
        self.first_byte = self.first_row = self.spent = 0.0

    def take(self, chunk: bytes) -> None:
        self.spent = time.perf_counter() - self.start
        self.lines += chunk.count(b"\n")
        self.first_byte = self.first_byte or self.spent
        if self.lines > 1:  # the header line is no row
            self.first_row = self.first_row or self.spent

    def figure(self, name: str, select: str, first_byte: float | None = FIRST_BYTE) -> Figure:
        """Return it beside the database's own CSV; `first_byte` is the budget of that."""
        rows = self.lines - 1
        return Figure(
            "files",
            name,
            "s",
            (
                Value("file", self.spent - self.first_byte),
                Value("first byte", self.first_byte, first_byte),
                Value("first row", self.first_row),
            ),
            seconds(lambda: database_csv(select)),
            MOST_RATIO,
            note=f"{rows:,} rows, {rows / (self.spent - self.first_byte):,.0f} a second",
        )


def downloads(scale: float) -> list[Download]:
    *_, every = ranges(scale)
    people = (
        "SELECT c.name, p.name, p.user_id, p.email, MAX(a.user_type), COUNT(*),"
        " SUM(a.view_seconds), SUM(a.engaged_seconds), MIN(s.started_at), MAX(s.started_at)"
        " FROM reports_attendance a JOIN reports_roomsession s ON s.id = a.session_id"
        " JOIN reports_person p ON p.id = a.person_id JOIN reports_account c ON c.id = p.account_id"
        f" WHERE {every.sql} AND s.view_seconds IS NOT NULL GROUP BY c.name, p.id"
    )
    sessions = (
        f"SELECT {_ROOM}, {_SESSION}, s.host_name, s.attendee_count, s.guest_count,"
        f" s.engaged_seconds, s.kaltura_unique_users {_OF_SESSION} WHERE {every.sql}"
    )
    return [
        Download("sessions, everything", f"/sessions.csv?{every.query}", sessions),
        Download("attendees, everything", f"/attendees.csv?{every.query}", people),
        Download(
            "attendances, everything",
            f"/attendees/attendances.csv?{every.query}",
            attendances(every, " AND s.view_seconds IS NOT NULL"),
        ),
    ]


def attendances(days: Days, more: str = "") -> str:
    return (
        f"SELECT {_ROOM}, {_SESSION}, p.name, p.user_id, p.email, a.user_type, a.view_seconds,"
        f" a.engaged_seconds {_OF_SESSION} JOIN reports_attendance a ON a.session_id = s.id"
        f" JOIN reports_person p ON p.id = a.person_id WHERE {days.sql}{more}"
    )


def measure(scale: float) -> Iterator[Figure]:
    """Fetch the files through gunicorn, then by the command."""
    month, _, every = ranges(scale)
    with served() as site:
        client = site.signed_in()
        for path in ("/sessions.csv", "/attendees.csv", "/attendees/attendances.xlsx"):
            client.get(f"{site.address}{path}").raise_for_status()  # what is read only once
        for download in downloads(scale):
            yield from _download(site, client, download)
        yield from _workbook(site, client, month)
    year = Days(max(every.first, every.end - timedelta(days=COMMAND_DAYS)), every.end)
    yield from _command(year)


def _download(site: Site, client: requests.Session, download: Download) -> Iterator[Figure]:
    site.forget_peak()
    read = Reading()
    with client.get(f"{site.address}{download.path}", stream=True, timeout=300) as answer:
        answer.raise_for_status()
        for chunk in answer.iter_content(CHUNK):
            read.take(chunk)
    yield read.figure(f"{download.name}, CSV", download.select)
    peak = Value("peak", site.peak_bytes(), MOST_MEMORY)
    yield Figure("memory", f"web process, {download.name} as CSV", "B", (peak,))


def _workbook(site: Site, client: requests.Session, month: Days) -> Iterator[Figure]:
    days = Days(max(month.first, month.end - timedelta(days=WORKBOOK_DAYS)), month.end)
    site.forget_peak()
    path = f"/attendees/attendances.xlsx?{days.query}"

    def fetch() -> None:
        client.get(f"{site.address}{path}", timeout=300).raise_for_status()

    spent = seconds(fetch)
    name = f"attendances of {WORKBOOK_DAYS} days, workbook"
    yield Figure("files", name, "s", (Value("file", spent),))
    yield Figure(
        "memory", f"web process, {name}", "B", (Value("peak", site.peak_bytes(), MOST_MEMORY),)
    )


def _command(days: Days) -> Iterator[Figure]:
    command = [sys.executable, "manage.py", "export", "attendees", "--account", LARGE.name]
    command += ["--from", str(days.first), "--to", str(days.end), "--output", "-"]
    read, peak = Reading(), 0
    with ended(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)) as process:
        assert process.stdout is not None
        while chunk := os.read(process.stdout.fileno(), CHUNK):
            read.take(chunk)
            peak = peak_bytes(process.pid) or peak
        if process.wait() != 0:
            raise SystemExit("The export has failed.")
    own = f" AND c.partner_id = {LARGE.partner_id}"
    name = "attendances of a year by manage.py export"
    yield read.figure(f"{name}, CSV", attendances(days, own), first_byte=None)
    yield Figure("memory", name, "B", (Value("peak", peak, MOST_MEMORY),))


def database_csv(select: str) -> None:
    """Let the database write the rows as CSV: COPY, or the driver's cursor and Python's writer."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor, cursor.copy(f"COPY ({select}) TO STDOUT CSV") as copy:
            for _ in copy:
                pass
        return
    connection.ensure_connection()
    with (
        Path(os.devnull).open("w", encoding="utf-8", newline="") as nowhere,
        closing(connection.connection.cursor()) as cursor,
    ):
        csv.writer(nowhere).writerows(cursor.execute(select))
