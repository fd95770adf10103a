"""Where one session's figures come from, and what changed later."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from reports.models import (
    Finding,
    PartCheck,
    Restatement,
    SessionPart,
    SetAsideLine,
)
from tests import factories
from tests.factories import START
from tests.views.conftest import Seen, session_url


@pytest.fixture(autouse=True)
def this_year() -> Iterator[None]:
    """Let today be in the year of START: a day of another year is written with it."""
    with time_machine.travel(START + timedelta(days=60), tick=False):
        yield


def text_of(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def restate(seen: Seen) -> None:
    Restatement.objects.create(
        account=seen.account,
        tile=factories.tile(seen.account),
        cue_point_id=seen.session.cue_point_id,
        attendees_before=3,
        attendees_after=2,
        view_seconds_before=7010,
        view_seconds_after=7000,
        engaged_seconds_before=1500,
        engaged_seconds_after=1500,
    )


def test_what_changed_after_it_had_settled_is_told(teacher: Client, seen: Seen) -> None:
    assert "Changed after it had settled" not in text_of(teacher.get(seen.page))
    restate(seen)
    answer = teacher.get(seen.page)
    row = next(iter(answer.context["restatements"].rows))
    assert row.get_cell("attendees") == "2 (was 3)"
    assert row.get_cell("time_in_session") == "7,000 s (was 7,010 s)"  # the same in minutes
    assert row.get_cell("engaged_time").replace("\xa0", " ") == "25 min"
    assert row.get_cell("day") == "Mon 12 Jan"


def part_of(seen: Seen, **values: Any) -> None:
    tile = factories.tile(seen.account)
    for name, value in values.items():
        setattr(tile, name, value)
    tile.save()
    SessionPart.objects.create(
        session=seen.session,
        tile=tile,
        asked_at=tile.asked_at,
        attendees_asked_at=tile.asked_at,
        attendee_count=2,
        view_seconds=7000,
        engaged_seconds=1500,
        check_result=PartCheck.OK,
    )


def test_administrators_see_where_the_figures_come_from(administrator: Client, seen: Seen) -> None:
    part_of(seen, finding_count=4)
    tile = factories.tile(seen.account)
    Finding.objects.create(
        account=seen.account,
        tile=tile,
        kind="repeated_key",
        cue_point_id=seen.session.cue_point_id,
        row_count=2,
    )
    SetAsideLine.objects.create(tile=tile, report_id=6001, number=2, text="a", reason="1 field")
    answer = administrator.get(seen.page + "?tz=Europe/Berlin")
    assert "Kaltura was asked for them on Thu 22 Jan, 01:00." in text_of(answer)
    (row,) = answer.context["source"].rows
    assert row.get_cell("day") == "Mon 12 Jan"
    assert "settled" in row.get_cell("state")
    assert row.get_cell("attendees") == "2"
    assert row.get_cell("compared") == "agrees"
    assert "The same person twice in one answer × 2" in row.get_cell("noticed")
    assert "4 in the whole day" in row.get_cell("noticed")
    assert row.get_cell("set_aside") == 1


def test_a_part_that_may_change_says_until_when(administrator: Client, seen: Seen) -> None:
    part_of(seen, asked_at=START + timedelta(days=2))
    answer = administrator.get(seen.page + "?tz=UTC")
    (row,) = answer.context["source"].rows
    assert "may change until Fri 16 Jan, 00:00" in row.get_cell("state")
    assert "What is asked from Fri 16 Jan, 00:00 on counts as settled." in text_of(answer)


def test_days_that_were_not_asked_are_named_as_missing(administrator: Client, seen: Seen) -> None:
    late = factories.unknown_session(
        seen.room, START + timedelta(days=40, hours=14), length_seconds=7200
    )
    answer = administrator.get(session_url(late))
    assert "has not been asked for this session" in text_of(answer)
    for row in answer.context["source"].rows:
        assert "not yet" in row.get_cell("asked")
        assert "missing" in row.get_cell("state")
        assert "unknown" in row.get_cell("attendees")


def test_teachers_see_when_kaltura_was_asked_and_no_more(teacher: Client, seen: Seen) -> None:
    part_of(seen)
    answer = teacher.get(seen.page + "?tz=UTC")
    page = text_of(answer)
    assert "Kaltura was asked for them on Thu 22 Jan, 00:00." in page
    assert "Everything was fetched after the figures had settled" in page
    assert answer.context["source"] is None
    assert "Day by day" not in page
