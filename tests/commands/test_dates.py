"""Moments as they are typed on a command line."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.core.management.base import CommandError
from hypothesis import given, strategies as st

from reports.management.dates import parse_moment, parse_range


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        (" 2026-01-31 ", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T08:30", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2026-01-31 08:30:15", datetime(2026, 1, 31, 8, 30, 15, tzinfo=UTC)),
        ("2026-01-31T08:30:00Z", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2026-01-31T08:30:00+01:00", datetime(2026, 1, 31, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_day_is_its_utc_midnight_and_a_time_is_utc_without_an_offset(
    text: str, moment: datetime
) -> None:
    found = parse_moment(text)
    assert found == moment
    assert found.tzinfo == UTC


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "31.01.2026", "2026-1-31", "2026-02-30", "20260131", "2026-W01-1"),
        *("2026-01-31T", "2026-01-31T25:00", "2026-01-31x", "1769846400", "٢٠٢٦-٠١-٣١"),
        "0001-01-01T00:00:00+10:00",
    ],
)
def test_anything_else_is_refused_with_what_can_be_written(text: str) -> None:
    with pytest.raises(CommandError, match="2026-01-31T08:00:00"):
        parse_moment(text)


def test_unix_seconds_are_taken_where_they_are_allowed() -> None:
    assert parse_moment("1769846400", allow_unix=True) == datetime(2026, 1, 31, 8, tzinfo=UTC)
    assert parse_moment("0", allow_unix=True) == datetime(1970, 1, 1, tzinfo=UTC)
    with pytest.raises(CommandError, match="milliseconds"):
        parse_moment("999999999999", allow_unix=True)
    with pytest.raises(CommandError, match="2026-01-31"):
        parse_moment("20260131", allow_unix=True)
    with pytest.raises(CommandError, match="Unix seconds"):
        parse_moment("-5", allow_unix=True)


@given(
    moment=st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)),  # noqa: DTZ001
    offset=st.integers(-14 * 60, 14 * 60),
)
def test_any_iso_time_is_the_moment_it_names(moment: datetime, offset: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    assert parse_moment(aware.isoformat()) == aware


def test_a_range_that_ends_before_it_starts_or_is_empty_is_refused() -> None:
    from_at, to_at = parse_range("2026-01-01", "2026-01-02")
    assert to_at - from_at == timedelta(days=1)
    with pytest.raises(CommandError, match="before it starts"):
        parse_range("2026-01-02", "2026-01-01")
    with pytest.raises(CommandError, match="give the next day"):
        parse_range("2026-01-01", "2026-01-01")
