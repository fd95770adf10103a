"""`manage.py health`: says what an administrator should see to, for people and for monitoring.

Exit code: 0 all is well, 1 there are problems, 2 it can't be told. Without `--mail` nothing is written.
"""

import json
from argparse import ArgumentParser
from datetime import UTC
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from reports.alerts.mail import administrators_with_mail
from reports.alerts.watch import current_alerts, watch
from reports.alerts.words import words_of
from reports.models import Alert

EXIT_WITH_PROBLEMS = 1
EXIT_UNKNOWN = 2


class Command(BaseCommand):
    help = "Says whether data comes in as it should. Exit code 0 well, 1 problems, 2 can't tell."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.add_argument(
            "--mail",
            action="store_true",
            help="also mail administrators what they were not told yet, as the worker does: for cron",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            unknown = self._migrations()
            alerts = [] if unknown else self._alerts(mail=options["mail"])
        except DatabaseError as error:
            unknown, alerts = f"The database doesn't answer ({type(error).__name__}).", []
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(alerts, unknown), indent=2))
        else:
            self._say(alerts, unknown)
        if unknown:
            raise SystemExit(EXIT_UNKNOWN)
        if alerts:
            raise SystemExit(EXIT_WITH_PROBLEMS)

    def _migrations(self) -> str:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        return "Migrations are pending: run “manage.py migrate”." if pending else ""

    def _alerts(self, *, mail: bool) -> list[Alert]:
        if mail:
            watch()
        return current_alerts(timezone.now())

    def _say(self, alerts: list[Alert], unknown: str) -> None:
        if unknown:
            self.stderr.write(f"It can't be told: {unknown}")
            return
        for alert in alerts:
            words = words_of(alert, UTC)
            self.stdout.write(f"{words.title}\n  {words.happened}\n  {words.means}")
            self.stdout.write(f"  {words.next_step} {settings.SITE_URL}{words.path}")
        if not alerts:
            self.stdout.write("All is well.")
        if not administrators_with_mail():
            self.stderr.write("No administrator has an e-mail address: nobody is told of alerts.")


def _as_json(alerts: list[Alert], unknown: str) -> dict[str, Any]:
    status = "problems" if alerts else "well"
    return {
        "status": "unknown" if unknown else status,
        "reason": unknown,
        "alerts": [
            {
                "kind": alert.kind,
                "account": alert.account.name if alert.account else None,
                "opened_at": f"{alert.opened_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
                "happened": words_of(alert, UTC).happened,
            }
            for alert in alerts
        ],
    }
