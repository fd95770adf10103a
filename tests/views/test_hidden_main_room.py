"""Whoever was given a breakout room alone learns nothing of its main room, in any page or file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from reports.models import Person, Room, RoomSession
from tests import factories
from tests.factories import START
from tests.views.conftest import DAY, session_url, signed_in
from tests.views.files import csv_rows, words_of

MINUTE = timedelta(minutes=1)
LISTS = ("sessions", "rooms", "people", "breakouts")
FILES = ("sessions", "rooms", "people", "people-attendances", "breakouts")
# What names the main room, its session, its host, and who was there alone.
TRACES = ("Concealed hall", "1_concealed", "1_cue_main", "Prof. Veiled", "Only Upstairs")


@dataclass(frozen=True)
class Divided:
    """A main session with a breakout that belongs to it, and one of which it isn't clear."""

    main: RoomSession
    breakout: RoomSession
    unplaced: RoomSession
    amara: Person  # in the main session and in both breakouts
    upstairs: Person  # in the main session alone

    @property
    def room(self) -> Room:
        return self.breakout.room


@pytest.fixture(autouse=True)
def this_year() -> Iterator[None]:
    with time_machine.travel(START + timedelta(days=60), tick=False):
        yield


@pytest.fixture
def divided(db: None) -> Divided:
    account = factories.account()
    hall = factories.room(account, "Concealed hall", entry_id="1_concealed")
    group = factories.room(account, "Group one", parent=hall)
    amara = factories.person(account)
    upstairs = factories.person(account, "upstairs", name="Only Upstairs")
    main = factories.whole_session(
        hall,
        [(amara, 3000, 1500), (upstairs, 100, 50)],
        cue_point_id="1_cue_main",
        host_name="Prof. Veiled",
    )
    breakout = factories.whole_session(
        group, [(amara, 600, 300)], START + 5 * MINUTE, main_session=main
    )
    unplaced = factories.whole_session(group, [(amara, 60, 30)], START + 300 * MINUTE)
    return Divided(main, breakout, unplaced, amara, upstairs)


@pytest.fixture
def of_breakout(divided: Divided) -> Client:
    return signed_in(factories.teacher("of_breakout", [divided.room]))


@pytest.fixture
def of_main(divided: Divided) -> Client:
    return signed_in(factories.teacher("of_main", [divided.main.room]))


def url(view: str, *args: object, **query: object) -> str:
    return f"{reverse(f'reports:{view}', args=args)}?{urlencode(DAY | query)}"


def every_url(divided: Divided) -> Iterator[str]:
    """Yield every page and file that somebody with the breakout room can ask for."""
    room, session = divided.room, divided.breakout
    of_room = (room.account_id, room.entry_id)
    of_session = (session.account_id, session.cue_point_id)
    for narrowed in ({}, {"room": room.pk}):
        for view in ("overview", *LISTS):
            yield url(view, **narrowed)
        for view, kind, shape in product(FILES, ("csv", "xlsx"), ("full", "kaltura")):
            yield url(f"{view}-{kind}", shape=shape, **narrowed)
    for sort in ("main_room", "-main_room", "main_session", "-main_session"):
        yield url("sessions", sort=sort)
        yield url("breakouts", sort=sort)
        yield url("breakouts-csv", sort=sort)
    yield url("room", *of_room)
    yield url("person", divided.amara.pk)
    yield url("session", *of_session).split("?")[0]
    for kind, shape in product(("csv", "xlsx"), ("full", "kaltura")):
        yield url(f"room-sessions-{kind}", *of_room, shape=shape)
        yield url(f"person-{kind}", divided.amara.pk, shape=shape)
        for view in ("session-attendees", "session-breakouts"):
            yield url(f"{view}-{kind}", *of_session, shape=shape)


def test_no_page_and_no_file_names_the_main_room(
    divided: Divided, of_breakout: Client, administrator: Client
) -> None:
    named = set()
    for address in every_url(divided):
        answer = of_breakout.get(address)
        assert answer.status_code == 200, address
        words = words_of(answer)
        assert not [trace for trace in TRACES if trace in words], address
        assert f"room={divided.main.room.pk}&" not in words, address
        seen = words_of(administrator.get(address))
        named |= {trace for trace in TRACES if trace in seen}
    assert named == set(TRACES)  # the same addresses name all of it to others


def test_the_main_room_itself_and_what_is_in_it_do_not_exist(
    divided: Divided, of_breakout: Client
) -> None:
    hall = divided.main.room
    for view in ("overview", *LISTS, *(f"{name}-csv" for name in FILES)):
        assert of_breakout.get(url(view, room=hall.pk)).status_code == 404, view
    for address in (
        url("room", hall.account_id, hall.entry_id),
        url("room-sessions-csv", hall.account_id, hall.entry_id),
        session_url(divided.main),
        session_url(divided.main, "session-attendees-csv"),
        session_url(divided.main, "session-breakouts-csv"),
        url("person", divided.upstairs.pk),
        url("person-csv", divided.upstairs.pk),
    ):
        assert of_breakout.get(address).status_code == 404, address


@pytest.mark.parametrize(
    "word", ["Concealed", "hall", "1_concealed", "1_cue_main", "Veiled", "Upstairs"]
)
def test_no_search_finds_anything_by_what_is_hidden(
    divided: Divided, of_breakout: Client, administrator: Client, word: str
) -> None:
    found = 0
    for view, field in (*((name, "search") for name in LISTS), ("people", "where")):
        address = url(view, **{field: word})
        assert "data-table" not in words_of(of_breakout.get(address)), address
        assert csv_rows(of_breakout.get(url(f"{view}-csv", **{field: word}))) == [], address
        found += "data-table" in words_of(administrator.get(address))
    assert found


def test_a_hidden_main_room_orders_nothing(divided: Divided, of_breakout: Client) -> None:
    account = divided.room.account
    other = factories.room(account, "Group two", parent=factories.room(account, "Another hall"))
    of_both = factories.session(other, START + 10 * MINUTE)
    user = factories.teacher("of_two", [divided.room, other])
    rows = csv_rows(signed_in(user).get(url("breakouts-csv", sort="main_room")))
    # By their own names: "Another hall" would come before "Concealed hall".
    assert [row["Session id"] for row in rows] == [
        divided.breakout.cue_point_id,
        divided.unplaced.cue_point_id,
        of_both.cue_point_id,
    ]


def test_a_breakout_is_still_said_to_be_one(divided: Divided, of_breakout: Client) -> None:
    page = words_of(of_breakout.get(session_url(divided.breakout)))
    assert "a session in a room that you don't see" in page
    totals = of_breakout.get(url("breakouts")).context["of_all"]
    assert (totals.main_sessions, totals.unplaced, totals.unseen) == (0, 0, 2)
    words = words_of(of_breakout.get(url("breakouts")))
    assert "2 breakouts are of rooms that you don&#x27;t see" in words.replace("'", "&#x27;")
    latest = of_breakout.get(url("overview"))
    assert "Only breakouts took place in these days." in words_of(latest)


def test_whoever_has_the_main_room_sees_it_named_beside_its_breakouts(
    divided: Divided, of_main: Client
) -> None:
    rows = csv_rows(of_main.get(url("sessions-csv", sort="start")))
    named = [(row["Session id"], row["Main room"], row["Main session id"]) for row in rows]
    assert named == [
        ("1_cue_main", "", ""),
        (divided.breakout.cue_point_id, "Concealed hall", "1_cue_main"),
        (divided.unplaced.cue_point_id, "Concealed hall", ""),
    ]
    assert "Concealed hall" in words_of(of_main.get(session_url(divided.breakout)))
    trail = words_of(of_main.get(url("sessions", room=divided.room.pk)))
    assert f"room={divided.main.room.pk}&" in trail
    totals = of_main.get(url("breakouts", search="Concealed")).context["of_all"]
    assert (totals.main_sessions, totals.unplaced, totals.unseen) == (1, 1, 0)


@pytest.mark.usefixtures("each_cache")
def test_what_one_viewer_read_is_kept_for_nobody_else(
    divided: Divided, of_breakout: Client, of_main: Client, administrator: Client
) -> None:
    for first, second in (
        (administrator, of_breakout),
        (of_main, of_breakout),
        (of_breakout, of_main),
    ):
        first.get(url("people"))
        totals = second.get(url("people")).context["totals"]
        assert totals.people == (1 if second is of_breakout else 2)
        overview = second.get(url("overview")).context["headlines"]
        assert overview[2].text == str(totals.people)


@pytest.mark.usefixtures("each_cache")
def test_a_room_that_is_taken_away_is_out_of_what_was_kept(
    divided: Divided, of_main: Client
) -> None:
    assert of_main.get(url("people")).context["totals"].people == 2
    divided.main.room.grants.all().delete()
    assert of_main.get(url("people")).context["totals"].people == 0
