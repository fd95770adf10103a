"""How figures are written."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from reports.tables.figures import (
    ago_text,
    count_text,
    duration_text,
    estimate_text,
    share_text,
    span_text,
)

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "unknown"),
        (0, "0 min"),
        (1, "<1 min"),
        (29, "<1 min"),
        (30, "1 min"),
        (3569, "59 min"),
        (3570, "1 h 00 min"),
        (3900, "1 h 05 min"),
        (4_443_060, "1,234 h 11 min"),
    ],
)
def test_durations(seconds: int | None, text: str) -> None:
    assert duration_text(seconds).replace("\xa0", " ") == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "unknown"),
        (0.0, "0 %"),
        (0.0001, "<1 %"),
        (0.01, "1 %"),
        (0.754, "75 %"),
        (0.99, "99 %"),
        (0.991, ">99 %"),
        (1.0, "100 %"),
    ],
)
def test_shares(share: float | None, text: str) -> None:
    assert share_text(share).replace("\xa0", " ") == text


def test_counts_and_estimates() -> None:
    assert count_text(None) == estimate_text(None) == "unknown"
    assert count_text(1234567) == "1,234,567"
    assert estimate_text(1234).replace("\xa0", " ") == "≈ 1,234"


@time_machine.travel("2026-11-23 12:00:00+00:00")
def test_spans_name_a_day_once_and_another_year() -> None:
    start = datetime(2026, 11, 18, 13, tzinfo=UTC)
    assert span_text(start, start + timedelta(minutes=90), BERLIN) == "Wed 18 Nov, 14:00–15:30"
    over = span_text(start, start + timedelta(hours=11), BERLIN)
    assert over == "Wed 18 Nov, 14:00 – Thu 19 Nov, 01:00"
    assert span_text(start, None, BERLIN) == "from Wed 18 Nov, 14:00, end unknown"
    assert span_text(start, None, UTC) == "from Wed 18 Nov, 13:00, end unknown"
    last_year = datetime(2025, 11, 18, 13, tzinfo=UTC)
    assert "Tue 18 Nov 2025, 14:00" in span_text(last_year, None, BERLIN)


def test_how_long_ago() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    seconds = {5: "just now", 720: "12 min ago", 7200: "2 h ago", 86400 * 3: "3 days ago"}
    for passed, text in seconds.items():
        assert ago_text(now - timedelta(seconds=passed), now) == text
