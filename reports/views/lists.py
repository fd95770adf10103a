"""A page of rows, and the numbers below it that lead to the other pages."""

from typing import Any

from django.core.paginator import Page, Paginator

ROWS_A_PAGE = 50


def page_of(count: int, number: int | None, rows: int = ROWS_A_PAGE) -> Page[Any]:
    """Return the page of that number, or the last one; it knows which rows are its own.

    `first_of` and `end_index()` cut the rows, which are counted already.
    """
    return Paginator(range(count), rows).get_page(number or 1)


def first_of(page: Page[Any]) -> int:
    """Return the index, from 0, of the page's first row."""
    return max(page.start_index() - 1, 0)  # without any row the former is -1
