"""`manage.py export`: sessions, attendees or breakouts of a range as a file."""

import signal
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from xlsxwriter.exceptions import XlsxWriterException

from reports.access import record_as
from reports.exports.csv_file import stream_csv
from reports.exports.export import NAMES, SHAPES, Export, open_export
from reports.exports.workbook import write_xlsx
from reports.management.dates import parse_range
from reports.management.files import COMMAND_LINE, whole_file
from reports.models import Account, RoomSession
from reports.queries.freshness import Freshness, freshness
from reports.queries.sessions import SessionFilter

DAYS_NAMED = 5
STANDARD_OUTPUT = "-"


class Command(BaseCommand):
    help = "Writes what is stored about the sessions that start in a range into a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=NAMES)
        parser.add_argument("--account", required=True, help="the account's name")
        parser.add_argument("--from", dest="from_at", required=True, help="UTC day or ISO time")
        parser.add_argument("--to", dest="to_at", required=True, help="likewise; not included")
        parser.add_argument(
            "--shape",
            choices=SHAPES,
            default="full",
            help="full: for people, safe in a spreadsheet (default); kaltura: the report's own "
            "columns, names and units, verbatim, for programs",
        )
        parser.add_argument("--format", choices=["csv", "xlsx"], default="csv")
        parser.add_argument(
            "--time-zone",
            default=settings.TIME_ZONE,
            help="of the times in the shape full, such as Europe/Berlin (default: the site's)",
        )
        parser.add_argument("--output", required=True, help="file; - for standard output (csv)")

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(name=options["account"]).first()
        if account is None:
            raise CommandError(f"No account is named “{options['account']}”.")
        from_at, to_at = parse_range(options["from_at"], options["to_at"])
        export = open_export(
            options["what"],
            options["shape"],
            RoomSession.objects.all(),
            SessionFilter(account_id=account.pk, from_at=from_at, to_at=to_at),
            _zone(options["time_zone"]),
        )
        if options["output"] == STANDARD_OUTPUT and options["format"] != "csv":
            raise CommandError("A workbook can't go to standard output: give a file as --output.")
        record_as(
            COMMAND_LINE,
            "exported",
            export.table.name,
            account=account.name,
            format=options["format"],
            shape=options["shape"],
            **{"from": from_at.isoformat(), "to": to_at.isoformat()},
        )
        if options["output"] == STANDARD_OUTPUT:
            self._print(export)
        else:
            _write(export, options["format"], options["output"])
            self.stdout.write(f"{export.row_count} rows written to {options['output']}.")
        self._warn(account, from_at, to_at)

    def _print(self, export: Export) -> None:
        reconfigure = getattr(self.stdout, "reconfigure", None)
        if reconfigure is not None:  # the real standard output
            reconfigure(encoding="utf-8", newline="")  # whatever this terminal's language is
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # no word when `head` has read enough
        for piece in stream_csv(export):
            self.stdout.write(piece, ending="")

    def _warn(self, account: Account, from_at: datetime, to_at: datetime) -> None:
        for sentence in coverage_warnings(freshness([account], from_at, to_at)):
            self.stderr.write(f"Warning: {sentence}")


def coverage_warnings(found: Freshness) -> list[str]:
    """Return what is not, or not for certain, in the file; nothing when it is all there."""
    warnings = []
    if found.uncovered:
        days = [f"{day:%Y-%m-%d}" for day in found.uncovered]
        named = ", ".join(days[:DAYS_NAMED])
        more = f" and {len(days) - DAYS_NAMED} more" if len(days) > DAYS_NAMED else ""
        warnings.append(
            f"{_days(len(days))} of the range not wholly synced ({named}{more}):"
            " what took place then may be missing."
        )
    if found.cut_count:
        warnings.append(f"Kaltura has more than it would give for {_days(found.cut_count)}.")
    if found.provisional_from:
        warnings.append(
            f"Figures from {found.provisional_from:%Y-%m-%d} on may still change: they were asked"
            " for before they had settled."
        )
    return warnings


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        raise CommandError(f"There is no time zone “{name}”. Write one such as Europe/Berlin.")
    return ZoneInfo(name)


def _write(export: Export, file_format: str, output: str) -> None:
    try:
        with whole_file(output) as part:
            if file_format == "xlsx":
                write_xlsx(export, part)
            else:
                _write_csv(export, part)
    except XlsxWriterException as error:
        raise CommandError(f"The workbook can't be written: {error}") from error


def _write_csv(export: Export, part: Path) -> None:
    with part.open("w", encoding="utf-8", newline="") as file:
        file.writelines(stream_csv(export))
