"""The order of a register's rows: the page and its files have the same."""

from collections.abc import Callable, Sequence
from typing import Any

from reports.queries.seats import Row


def ordered_rows(rows: Sequence[Row], sort: str) -> list[Row]:
    """Return the rows, which are in the order of names, by "name", "share" or "time".

    `-` before it turns it round. Who has no share stands last either way; equals stand by name.
    """
    column, is_down = sort.removeprefix("-"), sort.startswith("-")
    if column == "name":
        return list(reversed(rows)) if is_down else list(rows)
    value = _VALUES[column]
    known = [row for row in rows if value(row) is not None]
    unknown = [row for row in rows if value(row) is None]
    # Sorting is stable, turned round or not.
    return [*sorted(known, key=value, reverse=is_down), *unknown]


_VALUES: dict[str, Callable[[Row], Any]] = {
    "share": lambda row: row.share,
    "time": lambda row: row.seconds,
}
