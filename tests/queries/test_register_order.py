"""The order of a register's rows."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from reports.queries.register_order import ordered_rows


def row(name: str, share: float | None, seconds: int) -> Any:
    return SimpleNamespace(name=name, share=share, seconds=seconds)


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", "abcd"),
        ("-name", "dcba"),
        ("share", "bacd"),  # who has none last,
        ("-share", "acbd"),  # either way, and equals by name
        ("time", "dabc"),
        ("-time", "bcad"),
    ],
)
def test_rows_stand_in_the_order_that_the_address_names(sort: str, names: str) -> None:
    rows = [row("a", 1.0, 60), row("b", 0.5, 120), row("c", 1.0, 120), row("d", None, 0)]
    assert "".join(cast("Any", it).name for it in ordered_rows(rows, sort)) == names
