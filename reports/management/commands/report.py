"""`manage.py report`: one answer of Kaltura as a file, exactly as Kaltura gives it.

Nothing is merged or stored. Exit code: 0 written, 3 written but perhaps cut at Kaltura's row cap,
1 failed, and nothing written.
"""

from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from reports.access import record_as
from reports.kaltura import (
    REPORTS,
    DownloadedReport,
    KalturaClient,
    KalturaError,
    ReportFilters,
)
from reports.management.dates import parse_range
from reports.management.files import COMMAND_LINE, whole_file
from reports.models import Account
from reports.sync.connection import ConnectionRefused, client_for

EXIT_MAYBE_CUT = 3
ID_FILTERS = {
    "entry_ids": "--entry-id",
    "virtual_event_ids": "--virtual-event-id",
    "user_ids": "--user-id",
    "cue_point_ids": "--cue-point-id",
    "parent_entry_ids": "--parent-entry-id",
}


class Command(BaseCommand):
    help = "Asks Kaltura for one report and writes the answer as it comes. Nothing is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the account")
        parser.add_argument("report", type=int, choices=sorted(REPORTS))
        for word, place in (("--from", "first moment"), ("--to", "first moment no longer in it")):
            parser.add_argument(
                word,
                dest=f"{word[2:]}_at",
                required=True,
                help=f"{place} of viewing: UTC day, ISO time or Unix seconds",
            )
        for field, word in ID_FILTERS.items():
            taken = ", ".join(str(spec.id) for spec in REPORTS.values() if field in spec.filters)
            parser.add_argument(
                word,
                dest=field,
                action="append",
                default=[],
                metavar="ID",
                help=f"report {taken}; repeatable",
            )
        parser.add_argument(
            "--exclude",
            dest="excluded",
            action="append",
            default=[],
            metavar="FIELD",
            help="leave this column out; repeatable",
        )
        parser.add_argument("--output", required=True, help="file")

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(name=options["name"]).first()
        if account is None:
            raise CommandError(f"No account is named “{options['name']}”.")
        if options["output"] == "-":
            raise CommandError("An answer can break off, so it goes to a file: --output FILE.")
        filters = _filters(options)
        excluded = tuple(options["excluded"])
        try:
            client = client_for(account)
            request = client.describe_request(options["report"], filters, excluded_fields=excluded)
            answer = _download(client, options, filters, excluded)
        except (KalturaError, ConnectionRefused) as error:
            raise CommandError(str(error)) from error
        record_as(
            COMMAND_LINE,
            "exported",
            f"report {options['report']}",
            account=account.name,
            rows=answer.row_count,
            **{"from": filters.from_date, "to": filters.to_date},
        )
        self._say(answer, request, options["output"])

    def _say(self, answer: DownloadedReport, request: str, output: str) -> None:
        self.stdout.write(f"{answer.row_count} rows written to {output}, as Kaltura gave them.")
        self.stdout.write(f"The same request (the KS left out):\n{request}")
        if answer.row_count >= settings.KALTURA_ROW_CAP:
            self.stderr.write(
                f"Warning: Kaltura gives no more than {settings.KALTURA_ROW_CAP} rows and does not"
                " say when there are more. This answer may be cut: ask for a shorter time."
            )
            raise SystemExit(EXIT_MAYBE_CUT)


def _filters(options: dict[str, Any]) -> ReportFilters:
    from_at, to_at = parse_range(options["from_at"], options["to_at"], allow_unix=True)
    ids = {field: tuple(options[field]) for field in ID_FILTERS}
    return ReportFilters(int(from_at.timestamp()), int(to_at.timestamp()), **ids)


def _download(
    client: KalturaClient,
    options: dict[str, Any],
    filters: ReportFilters,
    excluded: tuple[str, ...],
) -> DownloadedReport:
    try:
        with whole_file(options["output"]) as part, part.open("wb") as file:
            return client.download_report(
                options["report"], filters, excluded_fields=excluded, to=file
            )
    finally:
        with suppress(KalturaError):
            client.end_session()
