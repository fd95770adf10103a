"""From Kaltura to the file: in its own shape, a file says what Kaltura says of all time at once."""

import csv
import io
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import given

from reports.exports.columns import Name
from reports.exports.csv_file import stream_csv
from reports.exports.export import open_export
from reports.kaltura import REPORTS, ReportFilters
from reports.models import Account, RoomSession
from reports.queries.sessions import SessionFilter
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from reports.sync.connection import client_for
from reports.sync.plan import Order, plan_run
from reports.sync.run import do_run
from tests.sync.worlds import BASE, DAY, DAYS, END_OF_TIME, at, new_account, worlds

pytestmark = pytest.mark.django_db
ESTIMATES = {"meeting_view_period_unique_users", "participant_count"}  # ours are exact
Rows = list[dict[str, str]]


def answered(account: Account, report_id: int) -> Rows:
    """Kaltura's own answer for a window that cuts nothing."""
    file = io.BytesIO()
    filters = ReportFilters(BASE - 30 * DAY, END_OF_TIME)
    client_for(account).download_report(report_id, filters, to=file)
    header, *rows = [line.split(",") for line in file.getvalue().decode("utf-8-sig").split("\n")]
    return [dict(zip(header, row, strict=True)) for row in rows[:-1]]


def exported(account: Account, name: Name) -> Rows:
    """The file, read back as any program would."""
    wanted = SessionFilter(account_id=account.pk)
    export = open_export(name, "kaltura", RoomSession.objects.all(), wanted, ZoneInfo("UTC"))
    return list(csv.DictReader(io.StringIO("".join(stream_csv(export)), newline="")))


def compared(rows: Rows) -> list[tuple[str, ...]]:
    return sorted(tuple(v for k, v in row.items() if k not in ESTIMATES) for row in rows)


@given(world=worlds())
def test_after_a_sync_the_files_say_what_kaltura_says_of_all_time(
    running: Simulator, world: ListedWorld
) -> None:
    running.world = world
    changed = override_settings(KALTURA_ENDPOINTS={"simulator": running.url})
    with changed, transaction.atomic():
        account = new_account()
        run, _ = plan_run(account, Order(at(BASE), at(BASE + DAYS * DAY)))
        do_run(run, client_for(account))
        for spec in REPORTS.values():
            rows = exported(account, spec.name)  # type: ignore[arg-type]
            assert compared(rows) == compared(answered(account, spec.id))
            counts = dict(
                RoomSession.objects.filter(account=account).values_list(
                    "cue_point_id", "attendee_count"
                )
            )
            for row in rows:
                for column in ESTIMATES & row.keys():
                    assert row[column] == str(counts[row["cue_point_id"]])
        transaction.set_rollback(True)
