"""The one place where the benchmark calls the product's merge, as `reports.sync.asking` does."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from reports.models import Account, Tile
from reports.sync.answers import TileData
from reports.sync.merge import merge_tile
from reports.sync.spans import as_datetime


def merge_day(account: Account, data: TileData) -> None:
    """Merge what was "fetched" for a day."""
    start, end = as_datetime(data.span.start), as_datetime(data.span.end)
    tile, _ = Tile.objects.get_or_create(account=account, start_at=start, defaults={"end_at": end})
    merge_tile(tile, tile.fence, data, run=None, filtered=False)


@contextmanager
def locks_timed() -> Iterator[list[float]]:
    """Give a list that fills with the seconds for which each transaction kept other writers out.

    SQLite: from BEGIN IMMEDIATE, whose wait counts too, to after COMMIT. PostgreSQL: from the first
    row that is locked with SELECT … FOR UPDATE; a transaction without one keeps nobody out for long.
    """
    spent: list[float] = []
    since: list[float] = []  # when the present transaction took its lock; empty: it has none
    set_autocommit = connection.set_autocommit

    def timed(autocommit: bool, *more: Any, **named: Any) -> None:
        if not autocommit and connection.vendor == "sqlite":
            since.append(time.perf_counter())
        set_autocommit(autocommit, *more, **named)
        if autocommit and since:
            spent.append(time.perf_counter() - since.pop())

    def watched(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not since and "FOR UPDATE" in sql:
            since.append(time.perf_counter())
        return execute(sql, *rest)

    connection.set_autocommit = timed  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(watched):
            yield spent
    finally:
        del connection.set_autocommit
