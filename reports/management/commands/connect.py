"""`manage.py connect`: checks credentials with Kaltura and stores them as an account."""

import re
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from reports.access import record_as
from reports.kaltura import HASH_TYPES, KalturaError
from reports.management.files import COMMAND_LINE
from reports.models import SignInMethod
from reports.sync.connection import ConnectionRefused, Credentials, connect_account

LONGEST_NAME = 80  # what Account.name holds
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Command(BaseCommand):
    help = "Connects a Kaltura account, or gives a connected one new credentials."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what the account is called here")
        parser.add_argument(
            "--endpoint", required=True, help="us, eu or a name out of KALTURA_ENDPOINTS"
        )
        parser.add_argument("--partner-id", required=True, type=int)
        methods = [word for word in SignInMethod.values if word != SignInMethod.NONE]
        parser.add_argument("--sign-in", required=True, choices=methods)
        parser.add_argument("--app-token-id", default="")
        parser.add_argument("--hash-type", default="SHA256", choices=HASH_TYPES)
        parser.add_argument(
            "--secret-file",
            required=True,
            help="file with the app token, the admin secret or the KS; - for standard input",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["endpoint"] not in settings.KALTURA_ENDPOINTS:
            known = ", ".join(sorted(settings.KALTURA_ENDPOINTS))
            raise CommandError(f"Unknown endpoint “{options['endpoint']}”. Known here: {known}.")
        if options["sign_in"] == SignInMethod.APP_TOKEN and not options["app_token_id"]:
            raise CommandError("An app token needs its id too: --app-token-id.")
        name = options["name"].strip()
        if not name or len(name) > LONGEST_NAME or CONTROL.search(name):
            raise CommandError(
                f"An account's name has 1 to {LONGEST_NAME} characters and no line breaks."
            )
        credentials = Credentials(
            endpoint=options["endpoint"],
            partner_id=options["partner_id"],
            sign_in=options["sign_in"],
            secret=read_secret(options["secret_file"]),
            app_token_id=options["app_token_id"],
            hash_type=options["hash_type"],
        )
        try:
            account, info = connect_account(name, credentials)
        except (KalturaError, ConnectionRefused) as error:
            raise CommandError(str(error)) from error
        target = f"account {account.name}"
        record_as(COMMAND_LINE, "connected", target, partner_id=account.partner_id)
        self.stdout.write(f"Connected “{account.name}”: partner {info.partner_id}, admin session.")
        if account.ks_expires_at:
            self.stdout.write(
                f"This KS ends {account.ks_expires_at:%Y-%m-%d %H:%M} UTC and can't be renewed: "
                "connect with an app token to go on after that."
            )


def read_secret(path: str) -> str:
    """Return the secret in a file, or on standard input for "-", without the line end.

    Raises: CommandError when there is none.
    """
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"The secret can't be read from {path}: {error}") from error
    secret = text.strip()
    if not secret:
        raise CommandError(f"There is no secret in {path}.")
    return secret
