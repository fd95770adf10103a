"""The headline figures and what is said of their change."""

from datetime import date
from typing import Any

from reports.analytics.trends import PeriodSums
from reports.tables.headline import KEYS, Headline, RangeFigures, headlines

LINKS = {key: f"/{key}" for key in KEYS}


def figures(people: int | None = 10, **values: Any) -> RangeFigures:
    defaults: dict[str, Any] = {
        "is_partial": False,
        "is_complete": True,
        "is_provisional": False,
        "sessions": 4,
        "unknown_sessions": 0,
        "attendances": 20,
        "view_seconds": 36000,
        "engaged_seconds": 18000,
    }
    day = date(2026, 1, 12)
    return RangeFigures(PeriodSums(day, day, **defaults | values), people)


def found(
    now: RangeFigures, before: RangeFigures | None = None, days: int = 30
) -> dict[str, Headline]:
    return {figure.key: figure for figure in headlines(now, before, days, LINKS)}


def changes(now: RangeFigures, before: RangeFigures) -> list[str]:
    return [figure.change.replace("\xa0", " ") for figure in found(now, before).values()]


def test_there_are_five_each_with_its_link_and_its_name() -> None:
    made = found(figures())
    assert list(made) == list(KEYS)
    assert [figure.link for figure in made.values()] == list(LINKS.values())
    assert [figure.text.replace("\xa0", " ") for figure in made.values()] == [
        *("4", "20", "10", "10 h 00 min", "50 %"),
    ]
    assert made["time_in_session"].name == "Time in session"


def test_hours_and_minutes_may_stand_on_two_lines() -> None:
    assert found(figures())["time_in_session"].text == "10\xa0h 00\xa0min"
    assert found(figures(view_seconds=300))["time_in_session"].text == "5\xa0min"
    assert found(figures(view_seconds=0))["time_in_session"].text == "0\xa0min"


def test_a_change_is_said_in_words_and_that_of_a_share_in_points() -> None:
    before = figures(20, sessions=2, attendances=25, view_seconds=36000, engaged_seconds=15120)
    assert changes(figures(), before) == [
        "+100 % on the 30 days before",
        "−20 % on the 30 days before",
        "−50 % on the 30 days before",
        "as in the 30 days before",
        "+8 points on the 30 days before",
    ]


def test_without_figures_before_nothing_is_said() -> None:
    assert {figure.change for figure in found(figures()).values()} == {""}


def test_what_is_unknown_is_written_so_and_compared_with_nothing() -> None:
    unknown = figures(
        None, unknown_sessions=4, attendances=None, view_seconds=None, engaged_seconds=None
    )
    made = found(unknown, figures())
    assert [figure.text for figure in made.values()] == ["4", *["unknown"] * 4]
    assert [figure.is_unknown for figure in made.values()] == [False, *[True] * 4]
    assert made["sessions"].change == "as in the 30 days before"
    assert all("%" not in figure.change for figure in made.values())


def test_sums_that_leave_out_unknown_sessions_say_so() -> None:
    said = changes(figures(unknown_sessions=1), figures(sessions=8, attendances=10))
    assert said[0] == "−50 % on the 30 days before"
    assert said[1] == "+100 % on the 30 days before, as far as known"
    assert changes(figures(), figures(unknown_sessions=1))[1].endswith(", as far as known")
