"""The histogram as ECharts' option."""

import json

from reports.analytics.distribution import Distribution, distribution
from reports.charts.minutes import minutes_option, minutes_summary, minutes_text


def of(*times: int, length: int = 3600) -> Distribution:
    found = distribution(times, length)
    assert found is not None
    return found


def test_the_option_is_plain_data_with_a_bar_a_tenth() -> None:
    option = minutes_option(of(100, 3600, 3600))
    assert json.loads(json.dumps(option)) == option
    bars = option["series"][0]["data"]
    assert [bar["value"] for bar in bars] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    assert len(option["xAxis"]["data"]) == 10
    assert option["yAxis"]["min"] == 0


def test_an_empty_tenth_has_no_label() -> None:
    bars = minutes_option(of(100))["series"][0]["data"]
    assert [bar["label"]["show"] for bar in bars] == [True] + [False] * 9


def test_there_is_no_colour_and_no_html_in_it() -> None:
    text = json.dumps(minutes_option(of(100)))
    assert "olor" not in text
    assert "<" not in text


def test_minutes_have_decimals_only_where_the_edges_need_them() -> None:
    assert minutes_text(of(1, length=3600).tenths[9]) == "54–60 min"
    assert minutes_text(of(1, length=5580).tenths[1]) == "9.3–18.6 min"


def test_the_summary_counts_who_stayed() -> None:
    assert minutes_summary(of(3600, 100)) == (
        "1 of 2 people stayed for at least 90 % of the session."
    )
    assert minutes_summary(of(100)) == "0 of 1 person stayed for at least 90 % of the session."
