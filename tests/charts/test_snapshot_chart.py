"""The chart of an answer: every bar a count that the answer has, in the days of the zone."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from reports.charts.figure import ChartFigure
from reports.charts.snapshot import MOST_SIZE, snapshot_chart
from reports.models import User
from reports.queries.report_examples import example_of
from reports.queries.snapshots import snapshot_view
from reports.sync.snapshot_summary import NAMED_GROUPS
from tests import factories
from tests.factories import START

pytestmark = pytest.mark.django_db
UTC, BERLIN, KATHMANDU = (ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "Asia/Kathmandu"))
MIDNIGHT = int(START.replace(hour=0).timestamp())
HOUR, DAY = 3600, 86_400


@pytest.fixture
def user() -> User:
    return factories.administrator()


def chart(
    user: User, rows: list[Any], report: int = 6000, zone: ZoneInfo = UTC, **values: Any
) -> ChartFigure:
    return snapshot_chart(
        snapshot_view(factories.snapshot(user, None, rows, report, **values)), zone
    )


def session(cue: str, start: int) -> tuple[object, ...]:
    return ("1_r", "Anatomy", "", cue, start, start + 60, "Ada", 3, "0.5")


def attendee(minutes: object) -> tuple[object, ...]:
    return ("1_r", "1_s", "ada", "Ada", "", "User", minutes, "0.5")


def breakout(cue: str, count: object, name: str = "Group") -> tuple[object, ...]:
    return ("1_r", "Anatomy", "1_b", name, cue, "Ada", MIDNIGHT, MIDNIGHT + 60, 60, count, "0.5")


def bars(figure: ChartFigure) -> list[Any]:
    assert figure.option is not None
    assert json.loads(json.dumps(figure.option)) == figure.option
    assert "olor" not in json.dumps(figure.option)
    data = figure.option["series"][0]["data"]
    assert len(data) == len(figure.rows)
    return [bar["value"] for bar in data]


def test_sessions_stand_on_their_days_and_days_without_any_are_shown(user: User) -> None:
    rows = [session("1_a", MIDNIGHT), session("1_b", MIDNIGHT + 2 * DAY + HOUR)]
    figure = chart(user, rows, to_unix=MIDNIGHT + 3 * DAY)
    assert bars(figure) == [1, 0, 1]
    assert figure.title == "Sessions by day"
    assert [row.cells[1] for row in figure.rows] == ["1", "0", "1"]


def test_days_are_those_of_the_zone(user: User) -> None:
    late = session("1_a", MIDNIGHT + 18 * HOUR + 15 * 60)  # 00:00 in Kathmandu
    early = session("1_b", MIDNIGHT + 18 * HOUR + 14 * 60)
    assert bars(chart(user, [late, early])) == [2]
    assert bars(chart(user, [late, early], zone=KATHMANDU)) == [1, 1]


def test_what_began_before_the_range_is_counted_in_words(user: User) -> None:
    figure = chart(user, [session("1_a", MIDNIGHT - 1), session("1_b", MIDNIGHT)])
    assert bars(figure) == [1]
    assert "1 session that began before the range is not in the chart." in figure.caption


@pytest.mark.parametrize(("days", "title"), [(45, "day"), (46, "week"), (401, "month")])
def test_long_ranges_have_fewer_bars(user: User, days: int, title: str) -> None:
    rows = [session(f"1_{n}", MIDNIGHT + n * DAY) for n in range(days)]
    figure = chart(user, rows, to_unix=MIDNIGHT + days * DAY)
    assert figure.title == f"Sessions by {title}"
    assert sum(bars(figure)) == days
    assert len(bars(figure)) <= 60


def test_of_a_range_without_bounds_only_the_part_with_sessions_is_drawn(user: User) -> None:
    figure = chart(user, [session("1_a", MIDNIGHT)], from_unix=0, to_unix=4_102_444_800)
    assert bars(figure) == [1]


def test_the_busiest_day_is_named_unless_there_are_two(user: User) -> None:
    one = [session("1_a", MIDNIGHT), session("1_b", MIDNIGHT + DAY)]
    two_days = {"to_unix": MIDNIGHT + 2 * DAY}
    assert chart(user, one, **two_days).summary == ""
    more = [*one, session("1_c", MIDNIGHT + 1)]
    assert "2 sessions." in chart(user, more, **two_days).summary


def test_minutes_are_binned_with_an_open_end(user: User) -> None:
    figure = chart(
        user, [attendee(m) for m in ("0", "1", "9.99", "10", "119.99", "120", "999")], 6001
    )
    assert bars(figure) == [2, 1, *[0] * 9, 1, 2]
    assert figure.rows[0].cells[0] == "0–10 min"
    assert figure.rows[-1].cells[0] == "120 min or more"


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        (["1", "2", "50"], "More than half stayed for less than 10 min."),
        (["1", "20", "50"], "At least half stayed for 20 min or longer."),
        (["1", "50"], "At least half stayed for 50 min or longer."),
    ],
)
def test_how_long_half_of_them_stayed(user: User, minutes: list[str], sentence: str) -> None:
    assert chart(user, [attendee(one) for one in minutes], 6001).summary == sentence


def test_few_breakouts_have_a_bar_each_and_an_unknown_one_has_none(user: User) -> None:
    figure = chart(user, [breakout("1_a", 4), breakout("1_b", "")], 6002)
    assert bars(figure) == [4, None]
    assert [row.cells[2] for row in figure.rows] == ["≈\N{NO-BREAK SPACE}4", "unknown"]


def test_a_long_name_keeps_its_end_beside_the_bar(user: User) -> None:
    name = "Statistics for the Social Sciences: group 12"
    figure = chart(user, [breakout("1_a", 4, name)], 6002)
    assert figure.option is not None
    assert figure.option["yAxis"]["data"] == ["…cial Sciences: group 12"]
    assert figure.rows[0].cells[0] == name


def test_many_breakouts_stand_together_by_size(user: User) -> None:
    sizes = [2] * NAMED_GROUPS + [4, MOST_SIZE, MOST_SIZE + 9]
    figure = chart(user, [breakout(f"1_{n}", size) for n, size in enumerate(sizes)], 6002)
    assert bars(figure)[:3] == [NAMED_GROUPS, 0, 1]
    assert bars(figure)[-1] == 2
    assert sum(bars(figure)) == len(sizes)


def test_without_anything_to_draw_it_says_why(user: User) -> None:
    for report in (6000, 6001, 6002):
        figure = chart(user, [], report)
        assert figure.option is None
        assert figure.empty
    figure = chart(user, [session("1_a", MIDNIGHT - 1)])
    assert figure.empty == "There is no chart: every session began before the range."
    figure = chart(user, [attendee("0")], 6001)
    assert figure.empty == "There is no chart: nobody was connected."


def test_an_example_is_of_the_readers_days() -> None:
    with override("en"):
        for zone in (UTC, BERLIN, KATHMANDU):
            assert bars(snapshot_chart(example_of(6000, zone), zone)) == [3, 1, 1]
