"""No query string breaks a page: whatever stands in the address is shown, refused or not found."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings, strategies as st

from tests import factories
from tests.addresses import World, world
from tests.factories import START
from tests.views.conftest import signed_in
from tests.views.files import body_of

LISTS = ("overview", "sessions", "rooms", "people", "breakouts")
ODD_TEXTS = (
    *(
        "",
        " ",
        "\x00",
        "a\x00b",
        "%",
        "_",
        "\\",
        "'",
        '"; --',
        "é",
        "Ünï",
        "\u202e",
        "🎓",
        "İ",
        "ﬁ",
    ),
    *("x" * 101, "-", "--", "+", "../", "<b>", "None", "null", "\ud7ff", "\r\n", "\ufeff"),
)
ODD_NUMBERS = (
    *("0", "-1", "1", "2", "7", "24", "١", "1e3", "1.0", " 3 ", "0x1", "NaN", "999999", "1000000"),
    *("1000001", str(2**31), str(2**62), str(2**63), str(2**64), "9" * 400, "9" * 5000),
)
# Zones that moved their midnight, skipped a day, or are no zone at all.
ODD_ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"),
    *("Africa/Cairo", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Kiritimati", "Etc/GMT+12"),
    *(
        "localtime",
        "Factory",
        "posixrules",
        "right/UTC",
        "utc",
        "../etc/passwd",
        "Europe/Berlin\x00",
    ),
)
FIRST_DAY, LAST_DAY = date(2015, 1, 1), date(2028, 12, 31)
EDGES = (FIRST_DAY, LAST_DAY, date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25))
texts = st.sampled_from(ODD_TEXTS) | st.text(max_size=12).filter(lambda text: text.isprintable())
numbers = st.sampled_from(ODD_NUMBERS) | st.integers(-5, 60).map(str)
days = (
    st.sampled_from([day.isoformat() for day in EDGES])
    | st.dates(date(2014, 12, 30), date(2029, 1, 2)).map(date.isoformat)
    | st.sampled_from(("2026-02-30", "0000-00-00", "9999-12-31", "2026-1-1", "31.1.2026", "today"))
    | texts
)
sorts = st.sampled_from(
    (
        *("start", "-start", "name", "-name", "room", "main_room", "-main_session", "people"),
        *(
            "-people",
            "engagement",
            "-status",
            "first",
            "-latest",
            "user_type",
            "password",
            "--start",
        ),
    )
)
VALUES: dict[str, st.SearchStrategy[str]] = {
    **dict.fromkeys(("from", "to"), days),
    "tz": st.sampled_from(ODD_ZONES) | texts,
    **dict.fromkeys(
        ("account", "room", "event", "page", "least", "weekday", "hour"), numbers | texts
    ),
    **dict.fromkeys(("search", "host", "where"), texts),
    **dict.fromkeys(("sort", "rooms"), sorts | texts),
    "kind": st.sampled_from(("main", "breakouts")) | texts,
    "guests": st.sampled_from(("with", "without")) | texts,
    "user_type": st.sampled_from(("User", "Guest")) | texts,
    "shape": st.sampled_from(("full", "kaltura")) | texts,
    "unheard of": texts,
}
pair = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: VALUES[name].map(lambda value: (name, value))
)
queries = st.lists(pair, max_size=7)  # a key may come twice
good_days = st.dates(FIRST_DAY, LAST_DAY)
SLOWLY = settings(suppress_health_check=[*HealthCheck], deadline=None)


@pytest.fixture(autouse=True)
def this_year() -> Iterator[None]:
    with time_machine.travel(START + timedelta(days=60), tick=False):
        yield


@pytest.fixture
def seen(db: None) -> World:
    return world()


@pytest.fixture
def clients(seen: World) -> tuple[Client, Client]:
    """An administrator and a teacher of a room, whose errors are answers and no exceptions."""
    found = (signed_in(factories.administrator()), signed_in(seen.member))
    for client in found:
        client.raise_request_exception = False
    return found


def pages(seen: World) -> list[str]:
    """Return the paths that have a range of days in their query, and those of one session."""
    of_room = [seen.room.account_id, seen.room.entry_id]
    of_session = [seen.account.pk, seen.session.cue_point_id]
    files = ("sessions", "rooms", "people", "people-attendances", "breakouts")
    return [
        *(reverse(f"reports:{name}") for name in LISTS),
        *(reverse(f"reports:{name}-{kind}") for name in files for kind in ("csv", "xlsx")),
        *(reverse(f"reports:{name}", args=of_room) for name in ("room", "room-sessions-csv")),
        *(reverse(f"reports:{name}", args=[seen.person.pk]) for name in ("person", "person-csv")),
        *(reverse(f"reports:{name}", args=of_session) for name in ("session",)),
        reverse("reports:session-attendees-csv", args=of_session),
        reverse("reports:session-breakouts-csv", args=of_session),
    ]


def assert_answered(client: Client, path: str, query: list[tuple[str, str]]) -> int:
    """Assert that the answer is a page, a file, a reason or nothing there; return its status."""
    address = f"{path}?{urlencode(query)}"
    answer = client.get(address)
    assert answer.status_code in (200, 302, 400, 404), f"{answer.status_code} {address}"
    body = body_of(answer)  # a file that breaks off would raise
    assert body or answer.status_code == 302, address
    return int(answer.status_code)


@SLOWLY
@given(data=st.data(), query=queries)
@example(data=None, query=[("page", "999999")])
@example(data=None, query=[("from", "2026-03-29"), ("to", "2026-03-28"), ("page", "0")])
@example(data=None, query=[("search", "a\x00b")])
@example(data=None, query=[("tz", "Europe/Berlin\x00")])
@example(data=None, query=[("room", "9" * 5000), ("account", str(2**63))])
@example(data=None, query=[("from", "2015-01-01"), ("to", "2028-12-31"), ("tz", "Pacific/Apia")])
@example(data=None, query=[("from", "2028-12-31"), ("tz", "Pacific/Kiritimati")])
@example(data=None, query=[("to", "2015-01-01"), ("tz", "Etc/GMT+12")])
def test_every_page_answers_any_query(
    seen: World, clients: tuple[Client, Client], data: Any, query: list[tuple[str, str]]
) -> None:
    every = pages(seen)
    chosen = (
        every
        if data is None
        else data.draw(st.lists(st.sampled_from(every), min_size=3, max_size=3))
    )
    for path in chosen:
        for client in clients:
            assert_answered(client, path, query)


@SLOWLY
@given(
    first=good_days,
    count=st.integers(0, 5200),
    zone=st.sampled_from(ODD_ZONES[:10]),
    view=st.sampled_from(LISTS),
    more=st.dictionaries(st.sampled_from(("room", "page")), st.integers(1, 4), max_size=2),
)
def test_any_days_in_any_zone_are_shown(
    seen: World,
    clients: tuple[Client, Client],
    first: date,
    count: int,
    zone: str,
    view: str,
    more: dict[str, int],
) -> None:
    last = min(first + timedelta(days=count), LAST_DAY)
    query = {"from": first, "to": last, "tz": zone, **more, "room": seen.room.pk}
    answer = clients[1].get(f"{reverse(f'reports:{view}')}?{urlencode(query)}")
    assert answer.status_code == 200
    form = answer.context["form"]
    # The address holds the whole state: what the page calls itself leads to the same page.
    again = clients[1].get(f"{reverse(f'reports:{view}')}?{form.query()}")
    assert again.context["form"].state() == form.state()


@pytest.mark.parametrize("odd", ["\x00", "1_a\x00", "é", "🎓", "x" * 500, " ", "%", "'"])
def test_ids_in_the_path_that_nothing_has_are_not_found(
    clients: tuple[Client, Client], seen: World, odd: str
) -> None:
    part = quote(odd, safe="")
    for path in (
        f"/sessions/{seen.account.pk}/{part}/",
        f"/sessions/{seen.account.pk}/{part}/attendees.csv",
        f"/sessions/{seen.account.pk}/{part}/breakouts.xlsx",
        f"/rooms/{seen.account.pk}/{part}/",
        f"/rooms/{seen.account.pk}/{part}/sessions.csv",
    ):
        for client in clients:
            assert client.get(path).status_code == 404, path


@pytest.mark.parametrize("number", [0, 2**31, 2**63, 2**64, 10**400])
def test_numbers_in_the_path_that_nothing_has_are_not_found(
    clients: tuple[Client, Client], seen: World, number: int
) -> None:
    for path in (
        f"/sessions/{number}/{seen.session.cue_point_id}/",
        f"/rooms/{number}/{seen.room.entry_id}/",
        f"/attendees/{number}/",
        f"/attendees/{number}/person.csv",
        *(f"/{name}/{number}/" for name in ("accounts", "runs", "people", "report")),
        f"/report/example/{number}/",
        f"/events/{number}/name/",
    ):
        for client in clients:
            assert client.get(path).status_code == 404, path
