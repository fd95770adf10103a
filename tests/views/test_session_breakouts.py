"""One session's breakouts: when they took place, who was in which, who in none."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from reports.models import RoomSession
from tests import factories
from tests.factories import START
from tests.views.conftest import Seen, session_url, signed_in


@pytest.fixture(autouse=True)
def this_year() -> Iterator[None]:
    """Let today be in the year of START: a day of another year is written with it."""
    with time_machine.travel(START + timedelta(days=60), tick=False):
        yield


def text_of(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def file_rows(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture
def crowded(seen: Seen) -> Seen:
    """Two more in the main session: one in the breakout too, one in none."""
    for key, name, seconds in (("ben", "ben Ängström", 1200), ("chi", "Chi Nwosu", 600)):
        person = factories.person(seen.account, key, name=name)
        factories.attendance(seen.session, person, seconds, 0)
        if key == "ben":
            factories.attendance(seen.breakout, person, 300, 0)
    return seen


def test_the_breakouts_stand_on_the_session_s_clock(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(seen.page + "?tz=Europe/Berlin")
    found = re.search(
        r'<script id="timeline-option" type="application/json">(.*?)</script>', text_of(answer)
    )
    assert found
    offsets, bars = json.loads(found.group(1))["series"]
    assert offsets["data"] == [10]
    assert bars["data"][0]["link"].startswith(session_url(seen.breakout))
    (row,) = answer.context["timeline"].rows
    assert row.cells[:2] == ("Breakout 1", "Mon 12 Jan, 10:10–11:10")


def test_who_was_in_which_breakout_and_who_in_none(administrator: Client, crowded: Seen) -> None:
    answer = administrator.get(crowded.page)
    grid = answer.context["visitors"]
    assert ["Amara" in row.name for row in grid.rows] == [True, False]
    amara, ben = grid.rows
    assert (amara.main, amara.parts, amara.together) == (
        "50\xa0min",
        ["10\xa0min"],
        "10\xa0min",
    )
    assert ben.parts == ["5\xa0min"]
    page = text_of(answer)
    assert "1 person of the main session was in none of its breakouts." in page
    assert [line.name for line in answer.context["people"].in_none] == ["Chi Nwosu"]
    assert "In the main session: 1." in page  # the guest, who has no user id


def test_it_is_not_said_who_was_in_none_while_that_isn_t_known(
    administrator: Client, crowded: Seen
) -> None:
    sums = dict.fromkeys(("attendee_count", "guest_count", "view_seconds", "engaged_seconds"))
    RoomSession.objects.filter(pk=crowded.breakout.pk).update(**sums)
    answer = administrator.get(crowded.page)
    page = text_of(answer)
    assert "it isn't known who was in none" in page
    assert "was in none of its breakouts" not in page
    for row in answer.context["visitors"].rows:
        assert "was there" in row.parts[0]
        assert "unknown" in row.together


@pytest.mark.parametrize(
    ("adds", "sentence"),
    [
        (True, "Time in breakouts adds to the time above; it is not part of it."),
        (False, "Time in breakouts is part of the time above already."),
    ],
)
def test_the_account_says_whether_breakout_minutes_add(
    administrator: Client, seen: Seen, adds: bool, sentence: str
) -> None:
    seen.account.breakouts_add = adds
    seen.account.save()
    assert sentence in text_of(administrator.get(seen.page))


def test_breakouts_of_no_certain_session_stand_apart(administrator: Client, seen: Seen) -> None:
    RoomSession.objects.filter(pk=seen.breakout.pk).update(main_session=None)
    answer = administrator.get(seen.page)
    assert "May belong to this session" in text_of(answer)
    assert "This session had no breakouts." not in text_of(answer)
    assert "timeline" not in answer.context
    assert file_rows(administrator.get(session_url(seen.session, "session-breakouts-csv"))) == []


def test_whoever_has_a_breakout_room_alone_is_not_led_to_the_main_session(seen: Seen) -> None:
    client = signed_in(factories.teacher("of_breakout", [seen.breakout.room]))
    page = text_of(client.get(session_url(seen.breakout)))
    assert "a session in a room that you don't see" in page
    assert seen.page not in page
