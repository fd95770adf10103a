"""What every table here has in common: rows come in their order already, cells say "unknown"."""

from collections.abc import Iterable
from typing import Any

import django_tables2 as tables
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_tables2.data import TableListData

from reports.tables.figures import unknown_text

NUMBER = {"th": {"class": "num"}, "td": {"class": "num"}}


def labelled(name: Any, attrs: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return attributes of a column whose cells say what they are: cards have no head above them."""
    attrs = attrs or {}
    return attrs | {"td": attrs.get("td", {}) | {"data-label": name}}


class OrderedRows(TableListData):  # type: ignore[misc]
    """Rows that the database has sorted: the table only shows by what."""

    def __init__(self, rows: Iterable[Any]) -> None:
        super().__init__(list(rows))

    def order_by(self, aliases: Any) -> None:
        """Leave the rows as they are."""


class DataTable(tables.Table):  # type: ignore[misc]
    """The base of our tables: its template, a caption, and definitions of its columns."""

    caption: Any = ""
    definitions: dict[str, str] = {}  # column -> key in reports.definitions.DEFINITIONS
    place = ""  # tells apart two tables of a kind on a page
    row_header = ""  # the column whose cells name their row; the first one by default

    class Meta:
        template_name = "tables/table.html"
        attrs = {"class": "data-table"}
        orderable = False

    def header_name(self) -> str:
        """Return the column whose cells are row headers."""
        return self.row_header or next(iter(self.columns.names()))

    @cached_property
    def cell_tags(self) -> dict[str, tuple[SafeString, SafeString]]:
        """Of each column the tags before and after its cells.

        No attribute here hangs on a row, and to ask for them at each cell takes as long as the cells.
        """
        header = self.header_name()
        return {
            column.name: _tags(column, is_header=column.name == header) for column in self.columns
        }


def _tags(column: Any, *, is_header: bool) -> tuple[SafeString, SafeString]:
    name, scope = ("th", SafeString(' scope="row"')) if is_header else ("td", SafeString())
    attributes = column.attrs["td"].as_html()
    start = format_html("<{}{}{}{}>", name, scope, " " if attributes else "", attributes)
    return start, format_html("</{}>", name)


def or_unknown(text: str) -> str | SafeString:
    """Return the text; marked where it says that something isn't known."""
    if text == unknown_text():
        return format_html('<span class="unknown">{}</span>', text)
    return text


class FigureColumn(tables.Column):  # type: ignore[misc]
    """A number: right-aligned, written by one of `figures`, "unknown" where it is None."""

    def __init__(self, write: Any, **kwargs: Any) -> None:
        kwargs = {"attrs": NUMBER, "empty_values": (), "initial_sort_descending": True} | kwargs
        super().__init__(**kwargs)
        self.write = write

    def render(self, value: Any) -> str | SafeString:
        """Return the figure's text."""
        return or_unknown(self.write(value))
