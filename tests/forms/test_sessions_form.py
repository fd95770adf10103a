"""The address as the page's state: what is read from it is what is written into it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.http import QueryDict
from hypothesis import given, strategies as st

from reports.analytics.periods import day_start
from reports.forms.sessions import SORTS, SessionsForm
from reports.models import Room

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = st.dates(date(2016, 1, 1), date(2026, 12, 31))


def form_of(query: str, zone: ZoneInfo = BERLIN) -> SessionsForm:
    return SessionsForm(QueryDict(query), zone)


@given(
    days=st.tuples(DAYS, DAYS).map(sorted),
    search=st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=60).map(str.strip),
    sort=st.sampled_from(["", *SORTS]),
    ids=st.tuples(*[st.none() | st.integers(1, 10**9)] * 2),
    zone=st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "UTC"]),
)
def test_the_address_of_a_list_shows_the_same_list(
    days: list[date],
    search: str,
    sort: str,
    ids: tuple[int | None, int | None],
    zone: str,
) -> None:
    state: dict[str, Any] = {"from": days[0], "to": days[1], "search": search, "sort": sort}
    state |= {"account": ids[0], "room": ids[1], "tz": zone}
    wanted = QueryDict(mutable=True)
    wanted.update({key: str(value) for key, value in state.items() if value})
    first = SessionsForm(wanted, BERLIN)
    assert first.is_valid(), first.errors
    again = form_of(first.query(), ZoneInfo("Asia/Tokyo"))  # read by somebody elsewhere
    assert again.is_valid(), again.errors
    assert again.wanted() == first.wanted()
    assert again.zone == first.zone == ZoneInfo(zone)
    assert again.query() == first.query()


@time_machine.travel("2026-11-22 23:30:00+00:00")
def test_without_days_the_last_thirty_of_the_readers_zone() -> None:
    form = form_of("")
    assert form.is_valid()
    assert (form.cleaned_data["from_on"], form.cleaned_data["to_on"]) == (
        date(2026, 10, 25),
        date(2026, 11, 23),  # in Berlin it is tomorrow
    )


@time_machine.travel("2026-11-22 12:00:00+00:00")
def test_one_named_day_brings_the_other() -> None:
    form = form_of("to=2026-03-31")
    assert form.is_valid()
    assert form.cleaned_data["from_on"] == date(2026, 3, 2)
    form = form_of("from=2026-03-31")
    assert form.is_valid()
    assert form.cleaned_data["to_on"] == date(2026, 11, 22)


def test_a_day_is_as_long_as_its_clock_says() -> None:
    assert day_start(date(2026, 3, 30), BERLIN) - day_start(date(2026, 3, 29), BERLIN) == timedelta(
        hours=23
    )
    assert day_start(date(2026, 10, 26), BERLIN) - day_start(
        date(2026, 10, 25), BERLIN
    ) == timedelta(hours=25)
    assert day_start(date(2026, 3, 29), BERLIN) == datetime(2026, 3, 28, 23, tzinfo=UTC)


def test_changes_replace_or_take_out() -> None:
    form = form_of("from=2026-01-01&to=2026-01-31&room=7&search=a%26b")
    assert form.is_valid()
    query = dict(parse_qsl(form.query(room=None, page=3, sort="-length")))
    assert query == {
        "from": "2026-01-01",
        "to": "2026-01-31",
        "search": "a&b",
        "tz": "Europe/Berlin",
        "sort": "-length",
        "page": "3",
    }


@pytest.mark.parametrize(
    "query",
    [
        "room=99999999999999999999999",
        "account=-1",
        "page=1e3",
        "from=2026-01-01&to=1999-01-01",
        "from=9999-12-31",
        "tz=..%2F..%2Fetc%2Fpasswd",
        "tz=" + "x" * 5000,
        "search=%00",
        "sort=started_at",
    ],
)
def test_what_is_out_of_bounds_is_refused(query: str) -> None:
    assert not form_of(query).is_valid()


@pytest.mark.parametrize("chosen", ["", "room=2"])
def test_what_is_offered_is_called_as_it_is_offered(chosen: str) -> None:
    form = form_of(chosen)
    form.offer([], [], [Room(pk=1, name="Anatomy"), Room(pk=2, name="Botany")])
    assert form["room"].label == "Room with its breakouts"
    assert "room" in form.more_fields
