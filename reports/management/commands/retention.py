"""`manage.py retention`: counts what is over the accounts' limits, and removes it with --yes."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.access import record_as
from reports.management.files import COMMAND_LINE
from reports.models import Account, RetentionPolicy
from reports.sync.retention import Counts, apply, apply_log, due, log_lines_due

WORDS = {
    "days": "days emptied",
    "attendances": "attendances",
    "people": "people",
    "hosts": "sessions that name their host",
    "set_aside_lines": "lines that could not be read",
    "snapshots": "answers of “Run a report”",
    "restatements": "late changes",
    "runs": "syncs in the log",
}


class Command(BaseCommand):
    help = "Says what is over the limits of retention. Removes it only with --yes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "name", nargs="?", help="the account (default: all, and the access log)"
        )
        parser.add_argument("--yes", action="store_true", help="remove it; this can't be undone")

    def handle(self, *args: Any, **options: Any) -> None:
        for account in _accounts(options["name"]):
            policy = RetentionPolicy.objects.filter(account=account).first()
            if policy is None:
                self.stdout.write(f"{account.name}: no limits, everything is kept.")
                continue
            counts = apply(policy) if options["yes"] else due(policy)
            self._say(account.name, counts)
            if options["yes"] and counts:
                done = {name: count for name, count in asdict(counts).items() if count}
                record_as(COMMAND_LINE, "applied retention", f"account {account.name}", **done)
        if not options["name"]:
            lines = apply_log() if options["yes"] else log_lines_due().count()
            self.stdout.write(f"Access log: {lines} lines over the limit.")
        if not options["yes"]:
            self.stdout.write("Nothing was changed. With --yes this is removed for good.")

    def _say(self, name: str, counts: Counts) -> None:
        if not counts:
            self.stdout.write(f"{name}: nothing is over a limit.")
            return
        self.stdout.write(f"{name}:")
        for field, count in asdict(counts).items():
            if count:
                self.stdout.write(f"  {WORDS[field]}: {count}")


def _accounts(name: str | None) -> list[Account]:
    accounts = Account.objects.defer("secret", "erasure_key")
    if name is None:
        return list(accounts)
    found = list(accounts.filter(name=name))
    if not found:
        raise CommandError(f"No account is named “{name}”.")
    return found
