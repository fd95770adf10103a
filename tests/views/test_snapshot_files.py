"""An answer's files: Kaltura's own to the byte, and those for people in any zone."""

import csv
import io
import re

import openpyxl
import pytest
from django.test import Client

from reports.kaltura import REPORTS
from reports.models import AccessLogEntry, Account, Snapshot, User
from tests import factories
from tests.views.test_snapshot import (
    MIDNIGHT,
    NINE,
    ROOM,
    account,
    attendee,
    body_of,
    session,
    url,
    user,
)

__all__ = ["account", "user"]


def test_kaltura_s_file_is_byte_for_byte(
    administrator: Client, account: Account, user: User
) -> None:
    body = '\ufeffcue_point_id,entry_name\n1_a,=1+1\n1_b,two\nlines\n1_c,Zoë "🎸\r\n'.encode()
    snapshot = factories.snapshot(user, account, content=body)
    answer = administrator.get(url(snapshot, "snapshot-kaltura-csv"))
    assert body_of(answer) == body
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert (
        'filename="kaltura-6000-2026-01-12-2026-01-13.csv"' in answer.headers["Content-Disposition"]
    )
    assert "no-store" in answer.headers["Cache-Control"]
    assert AccessLogEntry.objects.get(action="exported").detail["shape"] == "kaltura"


def table(administrator: Client, snapshot: Snapshot, zone: str) -> list[dict[str, str]]:
    body = body_of(administrator.get(url(snapshot, "snapshot-csv", f"?tz={zone}")))
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


def test_the_file_for_people_has_local_times_minutes_and_no_formula(
    administrator: Client, account: Account, user: User
) -> None:
    rows = [
        session("1_a", MIDNIGHT - 60, NINE, "=1+1"),
        session("1_b", NINE, NINE),
        session("1_c", NINE, NINE + 90, parent=ROOM),
    ]
    snapshot = factories.snapshot(user, account, rows)
    first, second, third = table(administrator, snapshot, "Asia/Kolkata")
    assert first["Room"] == "'=1+1"
    assert first["Start"] == "2026-01-12 05:29:00"
    assert first["Start (Unix)"] == str(MIDNIGHT - 60)
    assert first["Time zone"] == "Asia/Kolkata"
    assert first["Cut by the range"] == "at its beginning"
    assert (second["End"], second["Length (min)"], second["Cut by the range"]) == ("", "", "")
    assert (third["Length (min)"], third["Engagement (%)"]) == ("1.5", "50.0")
    assert third["Main room id"] == ROOM


def test_the_workbook_holds_the_same_as_the_csv(
    administrator: Client, account: Account, user: User
) -> None:
    rows = [attendee("ada", "65.25", "0.5"), attendee("", "0.1", "0", "Guest")]
    snapshot = factories.snapshot(user, account, rows, 6001)
    as_csv = table(administrator, snapshot, "UTC")
    file = io.BytesIO(body_of(administrator.get(url(snapshot, "snapshot-xlsx"))))
    header, *lines = openpyxl.load_workbook(file).active.iter_rows(values_only=True)
    assert list(header) == list(as_csv[0])
    assert [[str(cell) if cell is not None else "" for cell in line] for line in lines] == [
        [re.sub(r"\.0$", "", value) for value in row.values()] for row in as_csv
    ]
    assert as_csv[0]["Time in session (s)"] == "3915"
    assert as_csv[0]["Engaged time (s)"] == "1958"


@pytest.mark.parametrize("report", sorted(REPORTS))
def test_any_columns_may_be_missing_in_a_file(
    administrator: Client, account: Account, user: User, report: int
) -> None:
    for name in REPORTS[report].column_names:
        value = {"text": "1_a", "unix": str(NINE)}
        kind = next(c.kind for c in REPORTS[report].columns if c.name == name)
        body = f"{name}\n{value.get(kind, '1')}\n".encode()
        others = [other for other in REPORTS[report].column_names if other != name]
        snapshot = factories.snapshot(
            user, account, report_id=report, content=body, excluded_fields=others
        )
        assert len(table(administrator, snapshot, "UTC")) == 1, name
        assert administrator.get(url(snapshot)).status_code == 200, name
