"""`manage.py sync`: asks Kaltura for a range, here and now, and says what came of it.

Exit code: 0 everything asked, uncut and checked; 3 with stated gaps; 1 failed.
"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from reports.access import record_as
from reports.kaltura import REPORTS, BadFilter, ReportFilters
from reports.management.dates import parse_moment
from reports.management.files import COMMAND_LINE
from reports.models import Account, FindingKind, Run, RunState
from reports.models.retention import kept_from
from reports.sync.connection import ConnectionRefused, client_for
from reports.sync.outcome import findings_by_kind
from reports.sync.plan import Order, plan_run
from reports.sync.run import Progress, do_run

EXIT_WITH_GAPS = 3


class Command(BaseCommand):
    help = "Syncs the sessions that start in a range; an interrupted one is resumed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the account")
        parser.add_argument("--from", dest="from_at", required=True, help="UTC day or ISO time")
        parser.add_argument("--to", dest="to_at", required=True, help="likewise; not included")
        parser.add_argument(
            "--report",
            dest="reports",
            action="append",
            type=int,
            choices=sorted(REPORTS),
            help="only this report, and 6000; repeatable",
        )
        parser.add_argument("--entry-id", dest="entry_ids", action="append", default=[])
        parser.add_argument("--virtual-event-id", dest="event_ids", action="append", default=[])

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(
            name=options["name"], removal_asked_at__isnull=True
        ).first()
        if account is None:
            raise CommandError(f"No account is named “{options['name']}”.")
        order = _order(options)
        try:
            client = client_for(account)
        except ConnectionRefused as error:
            raise CommandError(str(error)) from error
        _refuse_removed(account, order)
        run, resumed = plan_run(account, order)
        if not resumed:
            days = {"from": order.from_at.isoformat(), "to": order.to_at.isoformat()}
            record_as(COMMAND_LINE, "synced", f"account {account.name}", run=run.pk, **days)
        if account.ks_expires_at:
            self.stderr.write(
                f"The KS of “{account.name}” ends {account.ks_expires_at:%Y-%m-%d %H:%M} UTC and "
                "can't be renewed: connect with an app token before."
            )
        if resumed:
            done = run.run_tiles.filter(state="done").count()
            self.stdout.write(f"Going on with run {run.pk}: {done} days are done already.")
        bar = _Bar(self)
        try:
            run = do_run(run, client, on_progress=bar.show)
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. Nothing is lost: the same command goes on from here, or a worker does.",
                returncode=130,
            ) from None
        finally:
            bar.close()
        self._say(run)

    def _say(self, run: Run) -> None:
        self.stdout.write(
            f"{run.session_count} sessions ({run.breakout_count} breakouts), "
            f"{run.attendance_count} attendances, {run.finding_count} findings."
        )
        for kind, rows in sorted(findings_by_kind(run).items()):
            self.stdout.write(f"  {FindingKind(kind).label}: {rows}")
        for gap in run.gaps:
            self.stderr.write(f"Missing: {gap}")
        if run.state == RunState.FAILED:
            raise CommandError(f"The sync failed: {run.error}")
        if run.state == RunState.GAPS:
            raise SystemExit(EXIT_WITH_GAPS)
        self.stdout.write("Everything was asked, uncut and checked.")


def _refuse_removed(account: Account, order: Order) -> None:
    """Raise CommandError for days that retention would take away again."""
    kept = kept_from(account.pk)
    if kept is not None and order.from_at < kept:
        raise CommandError(
            f"“{account.name}” keeps no attendances from before {kept:%Y-%m-%d}: retention would"
            f" take them away again. Ask from that day on, or change its retention first."
        )


class _Bar:
    """A progress bar in a terminal, a plain line a day elsewhere."""

    def __init__(self, command: BaseCommand) -> None:
        self.command = command
        self.bar: tqdm[Any] | None = None
        self.is_terminal = sys.stderr.isatty()

    def show(self, progress: Progress) -> None:
        if progress.error:
            tqdm.write(f"{progress.tile}: {progress.error}", file=sys.stderr)
        if not self.is_terminal:
            if not progress.error:
                self.command.stdout.write(f"{progress.tile} ({progress.done}/{progress.wanted})")
            return
        if self.bar is None:
            self.bar = tqdm(unit="day", dynamic_ncols=True)
        self.bar.total = progress.wanted
        self.bar.n = progress.done
        self.bar.set_description(str(progress.tile))

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def _order(options: dict[str, Any]) -> Order:
    """Return what was asked for. Raises: CommandError for bad words, ranges and ids."""
    from_at, to_at = parse_moment(options["from_at"]), parse_moment(options["to_at"])
    ids = {
        "entry_ids": tuple(options["entry_ids"]),
        "virtual_event_ids": tuple(options["event_ids"]),
    }
    try:
        order = Order(from_at, to_at, tuple(options["reports"] or ()), **ids)
        filters = ReportFilters(int(from_at.timestamp()), int(to_at.timestamp()), **ids)
        filters.to_params(REPORTS[6000])
    except (ValueError, BadFilter) as error:
        raise CommandError(str(error)) from error
    return order
