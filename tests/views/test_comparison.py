"""What the overview says of the days before, and when it compares nothing."""

from datetime import date, timedelta

import time_machine
from django.test import Client
from django.urls import reverse

from reports.models import Attendance
from tests import factories
from tests.factories import START
from tests.views.conftest import Seen
from tests.views.test_overview import changes, figures, overview_url, synced, text_of

DAY = timedelta(days=1)


def test_a_figure_is_compared_with_as_many_days_before(administrator: Client, seen: Seen) -> None:
    synced(seen, date(2026, 1, 10), date(2026, 1, 13))
    amara = Attendance.objects.filter(session=seen.other).get().person
    factories.whole_session(seen.room, [(amara, 15320, 5362)], START - DAY)
    answer = administrator.get(overview_url(**{"from": "2026-01-12", "to": "2026-01-13"}))
    assert changes(answer) == {
        "sessions": "+200 % on the 2 days before",
        "attendances": "+300 % on the 2 days before",
        "people": "+100 % on the 2 days before",
        "time_in_session": "−50 % on the 2 days before",
        "engagement": "−11 points on the 2 days before",
    }
    page = text_of(answer)
    assert "Sat 10 Jan – Sun 11 Jan" in page
    before = administrator.get(f"{reverse('reports:overview')}?{answer.context['before_query']}")
    assert figures(before)["sessions"] == "1"


def test_days_before_that_were_not_synced_are_compared_with_nothing(
    administrator: Client, seen: Seen
) -> None:
    synced(seen, date(2026, 1, 11), date(2026, 1, 13))
    answer = administrator.get(overview_url(**{"from": "2026-01-12", "to": "2026-01-13"}))
    assert set(changes(answer).values()) == {""}
    assert "No comparison: the 2 days before are not wholly synced." in text_of(answer)


def test_days_that_lack_something_themselves_are_compared_with_nothing(
    administrator: Client, seen: Seen
) -> None:
    synced(seen, date(2026, 1, 8), date(2026, 1, 12))
    answer = administrator.get(overview_url(**{"from": "2026-01-12", "to": "2026-01-13"}))
    assert set(changes(answer).values()) == {""}
    assert "No comparison: not all of these days are synced." in text_of(answer)


def test_days_without_any_session_before_are_known_to_have_none(
    administrator: Client, seen: Seen
) -> None:
    synced(seen, date(2026, 1, 11), date(2026, 1, 12))
    said = changes(administrator.get(overview_url()))
    assert said["sessions"] == said["people"] == "none in the day before"
    assert "no comparison" in said["engagement"]


@time_machine.travel("2026-01-12 15:00:00+00:00")
def test_today_is_compared_though_it_is_not_over_and_days_to_come_are_not(
    administrator: Client, seen: Seen
) -> None:
    synced(seen, date(2026, 1, 11), date(2026, 1, 11))
    answer = administrator.get(overview_url())
    assert changes(answer)["sessions"]
    assert "Today is not over yet." in text_of(answer)
    longer = administrator.get(overview_url(to="2026-01-13"))
    assert "No comparison: these days are not over." in text_of(longer)
    assert longer.context["trend_chart"].rows[1].cells[-1] == "still to come"
