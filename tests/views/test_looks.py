"""Looking at a person's data is written down: every look, and one line for what htmx repeats."""

from datetime import timedelta

import time_machine
from django.test import Client

from reports.models import AccessLogEntry
from tests.views.conftest import Seen


def looks() -> int:
    return AccessLogEntry.objects.filter(action="viewed").count()


def test_what_is_sorted_and_searched_in_place_is_one_look(
    administrator: Client, seen: Seen
) -> None:
    administrator.get(seen.page)
    for sort in ("name", "-name"):
        administrator.get(seen.page, {"sort": sort}, headers={"HX-Request": "true"})
    assert looks() == 1
    administrator.get(seen.page)
    assert looks() == 2


def test_the_header_of_htmx_alone_hides_no_look(administrator: Client, seen: Seen) -> None:
    administrator.get(seen.page, headers={"HX-Request": "true"})
    assert looks() == 1


def test_much_later_it_is_another_look(administrator: Client, seen: Seen) -> None:
    with time_machine.travel("2026-11-19 12:00:00+00:00", tick=False) as traveller:
        administrator.get(seen.page)
        traveller.shift(timedelta(hours=1))
        administrator.get(seen.page, headers={"HX-Request": "true"})
    assert looks() == 2
