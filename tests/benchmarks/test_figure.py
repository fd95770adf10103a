"""The benchmark's own arithmetic: percentiles, ratios, what counts as missed, how it is written."""

import json

import pytest

from tests.benchmarks.figure import (
    Figure,
    Results,
    Value,
    amount_text,
    percentile,
    repeated,
)
from tests.benchmarks.report import (
    BEGIN,
    DOCUMENT,
    END,
    between_marks,
    budget_text,
    cell_text,
    document_lines,
    line_of,
)


def test_a_percentile_is_one_of_the_amounts() -> None:
    amounts = [float(it) for it in range(50, 0, -1)]
    assert percentile(amounts, 50) == 25
    assert percentile(amounts, 95) == 48
    assert percentile(amounts, 100) == 50
    assert percentile([7.0], 1) == percentile([7.0], 95) == 7


def test_the_median_of_two_is_the_lesser() -> None:
    assert percentile([3.0, 1.0], 50) == 1


@pytest.mark.parametrize(("amounts", "percent"), [([], 50), ([1.0], 0), ([1.0], 101)])
def test_there_is_no_other_percentile(amounts: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="no such percentile"):
        percentile(amounts, percent)


def test_work_is_repeated_so_often_or_so_long() -> None:
    calls: list[int] = []
    assert len(repeated(lambda: calls.append(1), 4)) == len(calls) == 4
    assert len(repeated(lambda: calls.append(1), 4, most_seconds=0)) == 0


def figure(amount: float | None, *, budget: float | None = None, **more: object) -> Figure:
    values = (Value("p50", amount, budget), Value("p95", 0.2))
    return Figure("pages", "overview", "s", values, **more)  # type: ignore[arg-type]


def test_what_is_just_within_its_budget_is_no_miss() -> None:
    assert figure(0.15, budget=0.15).misses == []
    assert figure(0.151, budget=0.15).misses == ["p50"]
    assert figure(9).misses == []


def test_what_could_not_be_measured_is_a_miss() -> None:
    assert figure(None, budget=1).misses == ["p50"]
    assert figure(None, most_ratio=2.0, yardstick=1).misses == ["ratio"]
    assert figure(1, most_ratio=2.0).misses == ["ratio"]


def test_the_ratio_is_to_the_yardstick() -> None:
    assert figure(0.5, yardstick=0.25, most_ratio=2.0).misses == []
    assert figure(0.6, yardstick=0.25, most_ratio=2.0).misses == ["ratio"]
    assert figure(0.6).ratio is None


def test_amounts_are_written_with_their_unit() -> None:
    assert amount_text(0.1504, "s") == "150 ms"
    assert amount_text(1.234, "s") == "1.23 s"
    assert amount_text(12.34, "s") == "12.3 s"
    assert amount_text(200e6, "B") == "200 MB"
    assert amount_text(31_400, "B") == "31.4 kB"
    assert amount_text(None, "s") == "—"


def test_a_line_says_what_was_missed() -> None:
    line = line_of(figure(0.3, budget=0.15, yardstick=0.1, note="7 requests"))
    assert "p50 300 ms, p95 200 ms" in line
    assert "3.0 ×" in line
    assert line.endswith("MISSED: p50 (at most 150 ms)  (7 requests)")
    assert line_of(figure(0.1, budget=0.15)).endswith("ok")
    assert "ok" not in line_of(figure(0.1))


def test_a_cell_marks_what_is_over_and_nothing_else() -> None:
    over = figure(0.3, budget=0.15, yardstick=0.1, most_ratio=4.0)
    assert cell_text(over) == "**300 ms** / 200 ms; 3.0 ×"
    assert budget_text(over) == "150 ms / ratio 4.0 ×"
    assert cell_text(None) == ""


def test_results_are_read_as_they_were_written() -> None:
    results = Results("SQLite", 0.1, "2026-01-01", {"Python": "3.11"}, [figure(0.3, budget=0.15)])
    assert Results.from_json(json.loads(json.dumps(results.as_json()))) == results


def test_only_what_stands_between_the_marks_is_replaced() -> None:
    written = f"before\n{BEGIN}\nold\n{END}\nafter {END[:4]}\n"
    assert between_marks(written, "new") == f"before\n{BEGIN}\nnew\n{END}\nafter {END[:4]}\n"
    assert between_marks(between_marks(written, "x"), "new") == between_marks(written, "new")


@pytest.mark.parametrize(
    "text", ["", BEGIN, END, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"]
)
def test_a_document_without_its_marks_is_left_alone(text: str) -> None:
    with pytest.raises(ValueError, match="both marks"):
        between_marks(text, "new")


def test_the_document_in_docs_has_its_marks() -> None:
    text = DOCUMENT.read_text()
    written = between_marks(text, "new figures")
    assert f"{BEGIN}\nnew figures\n{END}" in written
    assert written.partition(BEGIN)[0] == text.partition(BEGIN)[0]
    assert written.partition(END)[2] == text.partition(END)[2]


def test_a_table_has_a_column_for_each_database_and_scale() -> None:
    machine = {"Processor": "two cores"}
    found = [
        Results("SQLite", 0.1, "2026-01-01", machine | {"Database": "3"}, [figure(0.1)]),
        Results("SQLite", 1.0, "2026-01-02", machine | {"Database": "3"}, [figure(9, budget=0.15)]),
    ]
    lines = list(document_lines(found))
    assert "- Processor: two cores" in lines
    assert "- SQLite, full size: measured 2026-01-02" in lines
    assert "|  | At most | SQLite, a tenth | SQLite, full size |" in lines
    assert "| overview |  | 100 ms / 200 ms | **9.00 s** / 200 ms |" in lines
    assert "- SQLite, full size: overview (pages): p50" in lines
