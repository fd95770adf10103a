"""`manage.py rotate_keys`: encrypts stored secrets anew with the first of ROLLCALL_SECRET_KEYS."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from reports.management.key_rotation import (
    Tally,
    give_up as empty_unreadable,
    rotate,
    tallies,
)

UNREADABLE_SHOWN = 10


class Command(BaseCommand):
    help = (
        "Encrypts every stored secret anew with the first key of ROLLCALL_SECRET_KEYS."
        " Without --yes it only counts. Safe while web processes and workers run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        either = parser.add_mutually_exclusive_group()
        either.add_argument("--yes", action="store_true", help="do it")
        either.add_argument(
            "--check",
            action="store_true",
            help="change nothing; exit code 1 while a secret needs an older key or can't be opened",
        )

        parser.add_argument(
            "--give-up",
            action="store_true",
            help="with --yes: empty the secrets that no key opens, so that they can be entered again;"
            " afterwards no key brings them back",
        )

    def handle(self, *, yes: bool, check: bool, give_up: bool, **_: Any) -> None:
        if give_up and not yes:
            raise CommandError("--give-up empties secrets for good: it needs --yes.")
        try:
            if give_up:
                self.stdout.write(f"Given up: {empty_unreadable()}.")
            if yes:
                self.stdout.write(f"Encrypted anew: {rotate()}.")
            found = tallies()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        for tally in found:
            self.stdout.write(line(tally))
        if any(tally.unreadable for tally in found):
            raise CommandError(
                "Some secrets can't be opened with any key in ROLLCALL_SECRET_KEYS. They stay as"
                " they are: put the key they were encrypted with back behind the first one. If that"
                " key is lost for good, --give-up --yes empties them, to be entered again."
            )
        older = sum(tally.older for tally in found)
        if older and (yes or check):
            raise CommandError(f"An older key is still needed, for {older} of the secrets.")
        if older:
            self.stdout.write(f"Nothing was changed. To encrypt {older} anew, run it with --yes.")
        else:
            self.stdout.write(
                "Only the first key is needed: the others may be taken out of ROLLCALL_SECRET_KEYS."
                " Keep them with the backups that were made before."
            )


def line(tally: Tally) -> str:
    """Return the counts of one column, and the first rows that can't be opened."""
    text = f"{tally.column}: {tally.stored} stored, {tally.first} with the first key"
    if tally.older:
        text += f", {tally.older} with an older one"
    if tally.unreadable:
        shown = ", ".join(str(pk) for pk in tally.unreadable[:UNREADABLE_SHOWN])
        more = ", …" if len(tally.unreadable) > UNREADABLE_SHOWN else ""
        text += f", {len(tally.unreadable)} with none of these keys (id {shown}{more})"
    return f"{text}."
