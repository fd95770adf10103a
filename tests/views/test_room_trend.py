"""One room over time: its charts, and its figures against the days before."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.factories import START
from tests.views.conftest import Seen, session_url
from tests.views.test_room import room_url, text_of


def option_of(answer: Any, key: str) -> dict[str, Any]:
    found = re.search(
        rf'<script id="{key}-option" type="application/json">(.*?)</script>',
        answer.content.decode(),
    )
    assert found
    option: dict[str, Any] = json.loads(found.group(1))
    return option


def bars(answer: Any, key: str = "room-attendees") -> list[float | None]:
    return [datum["value"] for datum in option_of(answer, key)["series"][0]["data"]]


def test_each_mark_is_a_session_in_order_and_leads_to_it(administrator: Client, seen: Seen) -> None:
    later = factories.unknown_session(seen.room, START + timedelta(hours=5))
    answer = administrator.get(room_url(seen.room, sort="-attendees"))
    assert bars(answer) == [2, None]
    assert bars(answer, "room-minutes") == [58.3, None]  # 7000 s of two people
    assert bars(answer, "room-engagement") == [21.4, None]
    data = option_of(answer, "room-attendees")["series"][0]["data"]
    assert [datum["link"] for datum in data] == [
        session_url(session) + "?tz=UTC" for session in (seen.session, later)
    ]
    rows = answer.context["charts"][0].rows
    assert [row.cells for row in rows] == [
        ("Mon 12 Jan, 09:00–10:00", "2"),
        ("Mon 12 Jan, 14:00–15:00", "unknown"),
    ]


def test_breakouts_are_no_marks_of_their_main_room(administrator: Client, seen: Seen) -> None:
    seen.session.delete()
    answer = administrator.get(room_url(seen.room))
    assert answer.context["totals"].breakout_sessions == 1
    assert "There is no chart: only breakouts took place." in text_of(answer)
    assert "No session took place in the room itself in these days." in text_of(answer)
    assert "-option" not in text_of(answer)


def test_many_sessions_are_shown_by_periods_that_lead_to_their_days(
    administrator: Client, seen: Seen
) -> None:
    people = [factories.person(seen.account, f"s{number}") for number in range(3)]
    for number in range(61):
        rows = [(person, 600, 300) for person in people[: number % 3 + 1]]
        at = START + timedelta(days=number % 3, minutes=number)
        factories.whole_session(seen.other_room, rows, at)
    factories.unknown_session(seen.other_room, START + timedelta(days=1))
    wanted = {"to": "2026-01-15"}
    answer = administrator.get(room_url(seen.other_room, **wanted))
    found = seen.other_room.sessions.all()
    shown = bars(answer)
    assert len(shown) == 4
    for day, value in enumerate(shown[:3]):
        at = START.date() + timedelta(days=day)
        counts = [
            session.attendee_count
            for session in found
            if session.started_at.date() == at and session.attendee_count is not None
        ]
        assert value == round(sum(counts) / len(counts), 1)
    assert shown[3] is None  # a day of which nothing was synced
    cells = [row.cells for row in answer.context["charts"][0].rows]
    assert cells[1] == ("Tue 13 Jan", "21", f"{shown[1]:.1f}")
    assert cells[3] == ("Thu 15 Jan", "unknown", "unknown")
    link = option_of(answer, "room-attendees")["series"][0]["data"][1]["link"]
    there = administrator.get(link)
    assert there.context["totals"].sessions == 21
    assert len(bars(there)) == 21  # few enough for a mark each


def test_a_year_is_shown_by_weeks_and_more_by_months(administrator: Client, seen: Seen) -> None:
    for number in range(61):
        factories.whole_session(seen.other_room, [], START + timedelta(days=2 * number))
    year = administrator.get(
        room_url(seen.other_room, **{"from": "2026-01-01", "to": "2026-05-31"})
    )
    assert [row.cells[0] for row in rows_of(year)][1] == "Mon 5 Jan – Sun 11 Jan"
    longer = administrator.get(
        room_url(seen.other_room, **{"from": "2025-01-01", "to": "2026-05-31"})
    )
    assert [row.cells[0] for row in rows_of(longer)][-1] == "May 2026"


def rows_of(answer: Any) -> Any:
    return answer.context["charts"][0].rows


def test_provisional_marks_are_hatched_and_it_is_said(administrator: Client, seen: Seen) -> None:
    settled = administrator.get(room_url(seen.room))
    assert "hatched" not in json.dumps(option_of(settled, "room-attendees"))
    tile = factories.tile(seen.account)
    tile.asked_at = tile.end_at + timedelta(hours=1)
    tile.save()
    seen.session.parts.create(tile=tile, asked_at=tile.asked_at)
    answer = administrator.get(room_url(seen.room))
    assert option_of(answer, "room-attendees")["series"][0]["data"][0]["hatched"] is True
    assert "may still change" in answer.context["charts"][0].hint


def day_before(seen: Seen, **values: Any) -> None:
    """Yesterday's session of the room, with one attendee, on a day that was synced."""
    person = factories.person(seen.account, "yesterday")
    factories.whole_session(seen.room, [(person, 3800, 0)], START - timedelta(days=1), **values)


def test_the_figures_are_compared_with_the_days_before(administrator: Client, seen: Seen) -> None:
    day_before(seen)
    changes = administrator.get(room_url(seen.room)).context["changes"]
    assert {name: text.replace("\xa0", " ") for name, text in changes.items()} == {
        "sessions": "as in the day before",
        "people": "+100 % on the day before",
        "mean_attendees": "+100 % on the day before",
        "view_seconds": "+100 % on the day before",
        "engagement": "+24 points on the day before",
    }


def test_days_that_were_not_synced_are_compared_with_nothing(
    administrator: Client, seen: Seen
) -> None:
    page = text_of(administrator.get(room_url(seen.room)))
    assert "No comparison: the day before is not wholly synced." in page
    assert "on the day before" not in page


def test_sums_with_unknown_sessions_are_compared_as_far_as_known(
    administrator: Client, seen: Seen
) -> None:
    day_before(seen)
    factories.unknown_session(seen.room, START + timedelta(hours=5))
    changes = administrator.get(room_url(seen.room)).context["changes"]
    assert changes["sessions"].replace("\xa0", " ") == "+100 % on the day before"
    assert changes["people"].endswith("on the day before, as far as known")


@pytest.mark.parametrize("more", [0, 70])
def test_the_number_of_queries_does_not_grow(
    administrator: Client,
    seen: Seen,
    more: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    day_before(seen)
    for number in range(more):
        factories.whole_session(seen.room, [], START + timedelta(minutes=number))
        breakout = factories.room(seen.account, f"Breakout {number}", parent=seen.room)
        factories.whole_session(breakout, [])
    with django_assert_max_num_queries(24):
        administrator.get(room_url(seen.room))
