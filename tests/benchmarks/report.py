"""The figures as lines of a table, at the terminal and in docs/benchmarks.md.

Of the document only what stands between the two marks is written; the rest is written by hand.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.benchmarks.databases import FOLDER, ROOT
from tests.benchmarks.figure import Figure, Results, amount_text, ratio_text

SCALES = (0.1, 1.0)
DATABASES = ("SQLite", "PostgreSQL")
DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
NAME_WIDTH, VALUES_WIDTH = 58, 44

# Title, and how it was measured, in the order of the document.
TOPICS = {
    "pages": (
        "Pages",
        (
            "50 requests of one client through gunicorn, fewer where they take over 8 s: p50, p95,"
            " and the first one after a merge. The ratio is that of p50 to one bare SQL statement that"
            " reads what the page must read at the least."
        ),
    ),
    "busy pages": (
        "Pages while another process merges",
        (
            "The same while a process merges one usual day after the other without a pause: p50, p95."
            " Each merge makes void what the cache keeps."
        ),
    ),
    "merges": (
        "Merges",
        (
            "From a fetched day in memory to committed tables (the middle one of several days), and the"
            " longest that one kept other writers out. The ratio is to the database’s own load of the"
            " same resolved rows into the same indexed table (SQLite: executemany, PostgreSQL: COPY)."
            " From Kaltura’s CSV on, it is to what pandas takes to read and store the same file:"
            " read_csv and to_sql (PostgreSQL: to_csv and COPY) into a table without keys, people,"
            " sums or comparison."
        ),
    ),
    "files": (
        "Files",
        (
            "From a file’s first byte to its last; and when the first byte and the first row came."
            " The ratio is to the database’s own CSV of the same columns of the same rows, in whatever"
            " order it likes (SQLite: cursor and csv.writer, PostgreSQL: COPY)."
        ),
    ),
    "memory": ("Memory", "The most that a process had resident."),
    "first load": (
        "First load",
        (
            "Compressed bytes of a page with all that it loads, by a browser that has nothing yet: all,"
            " then the page itself, scripts, styles, pictures."
        ),
    ),
}


def line_of(figure: Figure) -> str:
    """Return the figure as a line for a terminal."""
    values = ", ".join(f"{it.label} {amount_text(it.amount, figure.unit)}" for it in figure.values)
    parts = [
        f"  {figure.topic}: {figure.name}".ljust(NAME_WIDTH),
        values.ljust(VALUES_WIDTH),
        ratio_text(figure.ratio).rjust(8),
        _verdict(figure),
        f"({figure.note})" if figure.note else "",
    ]
    return "  ".join(parts).rstrip()


def _verdict(figure: Figure) -> str:
    if not figure.has_budget:
        return ""
    missed = figure.misses
    return f"MISSED: {', '.join(missed)} (at most {budget_text(figure)})" if missed else "ok"


def budget_text(figure: Figure) -> str:
    """Return what the figure may be at most: "150 ms / 300 ms / —"; the ratio's after it."""
    texts = [amount_text(it.budget, figure.unit) for it in figure.values]
    while texts and texts[-1] == "—":
        texts.pop()
    if figure.most_ratio is not None:
        texts.append(f"ratio {ratio_text(figure.most_ratio)}")
    return " / ".join(texts)


def results_path(database: str, scale: float) -> Path:
    folder = FOLDER / "results"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{database.lower()}-{scale:g}.json"


def write_document() -> bool:
    """Write the stored results of both scales into the document; False where there are none yet."""
    found = [
        Results.from_json(json.loads(path.read_text()))
        for database in DATABASES
        for scale in SCALES
        if (path := results_path(database, scale)).exists()
    ]
    if not found:
        return False
    DOCUMENT.write_text(between_marks(DOCUMENT.read_text(), "\n".join(document_lines(found))))
    return True


def between_marks(text: str, new: str) -> str:
    """Return the text with what stands between the marks replaced.

    Raises: ValueError unless both marks are there, once and in order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in before + after:
        raise ValueError("The document does not have both marks, once and in order.")
    return f"{before}{BEGIN}\n{new}\n{END}{after}"


def document_lines(found: Sequence[Results]) -> Iterable[str]:
    """Yield the figures as Markdown: a table a topic, a column for each database and scale."""
    yield from _machines(found)
    for topic, (title, how) in TOPICS.items():
        of_topic = [
            {it.name: it for it in results.figures if it.topic == topic} for results in found
        ]
        names = list(dict.fromkeys(name for column in of_topic for name in column))
        if not names:
            continue
        yield from ("", f"## {title}", "", how, "")
        yield _row(["", "At most", *map(_column_title, found)])
        yield _row(["---"] * (2 + len(found)))
        for name in names:
            told = [column.get(name) for column in of_topic]
            budget = next(budget_text(it) for it in told if it)
            yield _row([name, budget, *map(cell_text, told)])
    yield from _missed(found)


def cell_text(figure: Figure | None) -> str:
    """Return the figure's values and ratio; what is over its budget is bold."""
    if figure is None:
        return ""
    missed = figure.misses
    texts = [
        _marked(amount_text(it.amount, figure.unit), it.label in missed) for it in figure.values
    ]
    text = " / ".join(texts)
    if figure.ratio is not None:
        text += f"; {_marked(ratio_text(figure.ratio), 'ratio' in missed)}"
    return f"{text} ({figure.note})" if figure.note else text


def _marked(text: str, is_missed: bool) -> str:
    return f"**{text}**" if is_missed else text


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _column_title(results: Results) -> str:
    size = {0.1: "a tenth", 1.0: "full size"}.get(results.scale, f"scale {results.scale:g}")
    return f"{results.database}, {size}"


def _machines(found: Sequence[Results]) -> Iterable[str]:
    """Yield what it was measured on: once what all have in common, then each database."""
    common = {
        name: value
        for name, value in found[0].machine.items()
        if all(it.machine.get(name) == value for it in found)
    }
    yield ""
    yield from (f"- {name}: {value}" for name, value in common.items())
    for results in found:
        own = [f"{name}: {it}" for name, it in results.machine.items() if name not in common]
        yield f"- {_column_title(results)}: {'; '.join([*own, f'measured {results.measured_on}'])}"


def _missed(found: Sequence[Results]) -> Iterable[str]:
    """Yield every budget that was missed: the hand-written part tells why."""
    yield from ("", "## Missed budgets", "")
    missed = [
        f"- {_column_title(results)}: {figure.name} ({TOPICS[figure.topic][0].lower()}):"
        f" {', '.join(figure.misses)}"
        for results in found
        for figure in results.figures
        if figure.misses
    ]
    yield from missed or ["None."]
