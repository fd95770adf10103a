"""Reads the files that pages offer: rows by the names of their columns, texts as they stand there."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import openpyxl


def body_of(answer: Any) -> bytes:
    """Return all of the answer's body."""
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def csv_rows(answer: Any) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    text = body_of(answer).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def xlsx_rows(answer: Any) -> list[dict[str, Any]]:
    """Return the rows of a workbook's first sheet; an empty cell is None."""
    header, *rows = _sheets(body_of(answer))[0]
    return [dict(zip(header, row, strict=True)) for row in rows]


def words_of(answer: Any) -> str:
    """Return every text of the answer, be it a page, a CSV file or a workbook."""
    body = body_of(answer)
    if body.startswith(b"PK"):
        cells = (cell for sheet in _sheets(body) for row in sheet for cell in row)
        return "\n".join(str(cell) for cell in cells if cell is not None)
    return body.decode().replace("\xa0", " ")


def _sheets(body: bytes) -> list[list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(body), read_only=True)
    return [list(_rows(sheet)) for sheet in book.worksheets]


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    yield from sheet.iter_rows(values_only=True)
