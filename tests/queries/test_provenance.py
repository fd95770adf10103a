"""The UTC days that a session's figures come from, and what changed after they had settled."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from reports.models import (
    Account,
    Finding,
    PartCheck,
    Restatement,
    RoomSession,
    SessionPart,
    SetAsideLine,
    Tile,
    Upload,
)
from reports.queries.provenance import asked_between, restatements_of, session_days
from tests import factories as make
from tests.factories import START

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MIDNIGHT = START.replace(hour=0)


@pytest.fixture
def account() -> Account:
    return make.account()


def part(session: RoomSession, tile: Tile, **values: Any) -> SessionPart:
    """Two people of the session in the tile."""
    defaults: dict[str, Any] = {
        "asked_at": tile.asked_at,
        "attendees_asked_at": tile.asked_at,
        "attendee_count": 2,
        "view_seconds": 600,
        "engaged_seconds": 300,
        "check_result": PartCheck.OK,
    }
    return SessionPart.objects.create(session=session, tile=tile, **defaults | values)


def over_midnight(account: Account) -> RoomSession:
    """A session from 23:00 to 1:00."""
    return make.session(
        make.room(account), START + timedelta(hours=14), cue_point_id="1_long", length_seconds=7200
    )


def test_each_day_says_when_it_was_asked_and_what_it_holds(
    account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = over_midnight(account)
    part(session, make.tile(account))
    part(session, make.tile(account, START + DAY), view_seconds=60, check_result=PartCheck.MISMATCH)
    make.tile(account, START + 2 * DAY)  # another day
    part(make.session(session.room), make.tile(account), view_seconds=1)  # another session
    with django_assert_num_queries(2):
        first, second = session_days(session)
    assert (first.start_at, second.start_at) == (MIDNIGHT, MIDNIGHT + DAY)
    assert first.asked_at == MIDNIGHT + 10 * DAY
    assert first.settles_at == MIDNIGHT + 4 * DAY
    assert (first.is_covered, first.is_provisional, first.is_cut) == (True, False, False)
    assert (first.attendee_count, first.view_seconds, first.engaged_seconds) == (2, 600, 300)
    assert (second.view_seconds, second.check) == (60, PartCheck.MISMATCH)


def test_a_day_that_was_asked_too_soon_is_provisional(account: Account) -> None:
    session = make.session(make.room(account))
    part(session, make.tile(account, asked_at=MIDNIGHT + 2 * DAY))
    (day,) = session_days(session)
    assert day.is_provisional
    assert asked_between([day], uploads=False) == (MIDNIGHT + 2 * DAY, MIDNIGHT + 2 * DAY)
    assert asked_between([day], uploads=True) is None


def test_a_day_in_which_nobody_was_found_is_known_to_be_empty(account: Account) -> None:
    session = over_midnight(account)
    part(session, make.tile(account))
    make.tile(account, START + DAY)
    _, second = session_days(session)
    assert not second.has_part
    assert (second.attendee_count, second.check) == (0, None)


@pytest.mark.parametrize(
    "values", [{"asked_at": None}, {"is_cut": True}, {"removed_at": START + 20 * DAY}]
)
def test_nothing_is_known_of_a_day_that_was_not_wholly_given(
    account: Account, values: dict[str, Any]
) -> None:
    session = over_midnight(account)
    part(session, make.tile(account))
    make.tile(account, START + DAY, **values)
    _, second = session_days(session)
    assert second.attendee_count is second.view_seconds is second.engaged_seconds is None
    assert second.is_cut is ("is_cut" in values)
    assert second.is_removed is ("removed_at" in values)


def test_a_day_that_nobody_ever_asked_for_is_listed_as_such(account: Account) -> None:
    session = over_midnight(account)
    part(session, make.tile(account))
    _, second = session_days(session)
    assert (second.start_at, second.asked_at, second.is_covered) == (MIDNIGHT + DAY, None, False)
    with time_machine.travel(START + timedelta(hours=14.5)):  # tomorrow hasn't begun
        assert [day.start_at for day in session_days(session)] == [MIDNIGHT]


def upload(account: Account, days: int) -> Tile:
    """The span of uploaded files that begins with the day of START."""
    of = Upload.objects.create(
        account=account,
        from_at=MIDNIGHT,
        to_at=MIDNIGHT + days * DAY,
        uploaded_at=START,
        expires_at=START,
    )
    span = {"start_at": of.from_at, "end_at": of.to_at}
    return Tile.every.create(account=account, upload=of, **span)


def test_an_upload_stands_for_the_days_that_it_holds(account: Account) -> None:
    session = over_midnight(account)
    upload(account, 1)  # without anything of this session
    at = MIDNIGHT + 20 * DAY
    part(session, upload(account, 7), asked_at=at, attendees_asked_at=at)
    (only,) = session_days(session)
    assert (only.is_upload, only.end_at, only.view_seconds) == (True, MIDNIGHT + 7 * DAY, 600)
    assert asked_between([only], uploads=True) == (at, at)
    make.tile(account)  # the first day is synced too
    assert [day.is_upload for day in session_days(session)] == [False, True]


def test_a_part_without_its_attendees_has_no_figures(account: Account) -> None:
    session = make.session(make.room(account))
    part(session, make.tile(account), attendees_asked_at=None, check_result=PartCheck.UNCHECKED)
    (day,) = session_days(session)
    assert (day.has_part, day.check) == (True, PartCheck.UNCHECKED)
    assert day.view_seconds is None
    assert day.asked_at == MIDNIGHT + 10 * DAY


def test_one_room_asked_alone_covers_no_day(account: Account) -> None:
    session = make.session(make.room(account))
    asked_at = MIDNIGHT + 2 * DAY
    part(
        session,
        make.tile(account, asked_at=None),
        asked_at=asked_at,
        attendees_asked_at=asked_at,
    )
    (day,) = session_days(session)
    assert (day.asked_at, day.is_covered, day.is_provisional) == (asked_at, False, True)
    assert day.view_seconds == 600


def test_of_a_session_without_facts_only_days_in_which_it_was_found_are_listed(
    account: Account,
) -> None:
    room = make.room(account)
    session = make.unknown_session(room, MIDNIGHT, facts_asked_at=None, length_seconds=None)
    part(session, make.tile(account, START + 3 * DAY))
    assert [day.start_at for day in session_days(session)] == [MIDNIGHT + 3 * DAY]


def test_findings_are_counted_for_the_session_and_for_the_day(account: Account) -> None:
    session = make.session(make.room(account), cue_point_id="1_found")
    tile = make.tile(account, finding_count=7)
    part(session, tile)
    for cue, kind in (("1_found", "mismatch"), ("1_found", "repeated_key"), ("1_other", "cut")):
        Finding.objects.create(account=account, tile=tile, kind=kind, cue_point_id=cue)
    Finding.objects.create(
        account=account, tile=tile, kind="repeated_key", cue_point_id="1_found", row_count=2
    )
    for number in (3, 4):
        SetAsideLine.objects.create(
            tile=tile, report_id=6001, number=number, text="a,b", reason="2 fields"
        )
    (day,) = session_days(session)
    assert day.findings == {"mismatch": 1, "repeated_key": 3}
    assert (day.day_findings, day.set_aside) == (7, 2)


def test_a_session_closed_after_months_lists_only_its_first_days(account: Account) -> None:
    session = make.session(make.room(account), length_seconds=90 * 86400)
    assert len(session_days(session)) == 40


def restated(account: Account, noticed_at: datetime, **values: int) -> None:
    names = ("attendees", "view_seconds", "engaged_seconds")
    figures = {f"{name}_{when}": 0 for name in names for when in ("before", "after")}
    row = Restatement.objects.create(
        account=account, tile=make.tile(account), cue_point_id="1_restated", **figures | values
    )
    Restatement.objects.filter(pk=row.pk).update(noticed_at=noticed_at)


def test_restatements_stand_with_what_was_there_before_the_newest_first(
    account: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = make.session(make.room(account), cue_point_id="1_restated")
    restated(account, START + 20 * DAY, attendees_before=3, attendees_after=4)
    restated(account, START + 30 * DAY, view_seconds_before=100, view_seconds_after=90)
    restated(make.account("other"), START + 30 * DAY)  # the same id in another account
    with django_assert_num_queries(1):
        newest, oldest = restatements_of(session)
    assert (newest.noticed_at, oldest.noticed_at) == (START + 30 * DAY, START + 20 * DAY)
    assert (oldest.attendees_before, oldest.attendees_after) == (3, 4)
    assert (newest.view_seconds_before, newest.view_seconds_after) == (100, 90)
    assert newest.day_start_at == MIDNIGHT
