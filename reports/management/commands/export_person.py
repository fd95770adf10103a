"""`manage.py export_person`: everything held about one person, as the ZIP of their page."""

from argparse import ArgumentParser
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from reports.access import record_as
from reports.exports.held import person_archive
from reports.management.files import COMMAND_LINE, whole_file
from reports.models import Person


class Command(BaseCommand):
    help = "Writes everything that is held about one person into a ZIP of CSV files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, help="the account's name")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--user-id", help="Kaltura's, as it stands on the person's page")
        which.add_argument("--number", type=int, help="in the address of the person's page")
        parser.add_argument("--output", required=True, help="file")

    def handle(self, *args: Any, **options: Any) -> None:
        people = Person.objects.filter(account__name=options["account"]).select_related("account")
        if options["number"] is not None:
            person = people.filter(pk=options["number"]).first()
        else:
            people = people.filter(user_id=options["user_id"], is_placeholder=False)
            person = people.exclude(user_id="").first()
        if person is None:
            raise CommandError(f"No such person in an account “{options['account']}”.")
        archive = person_archive(person, ZoneInfo(settings.TIME_ZONE))
        with whole_file(options["output"]) as part:
            part.write_bytes(archive.getvalue())
        record_as(
            COMMAND_LINE,
            "exported",
            f"person {person.pk}",
            account=person.account_id,
            format="zip",
        )
        self.stdout.write(f"Written to {options['output']}.")
