"""The bytes of an answer: PHP numbers, CSV without quoting, results and errors in JSON and XML.

Nothing here knows what a report means; `answers` makes the tables. The source of truth for the
format is what the real server does, and the hand-written bodies in the tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from xml.sax.saxutils import escape

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
PHP_PRECISION = 14  # PHP's ini setting `precision`, significant digits
SMALLEST_PLAIN_EXPONENT = -4  # below it PHP switches to scientific notation


class ApiProblem(Exception):
    """An API error: it travels with HTTP 200 like any result."""

    def __init__(self, code: str, message: str, args: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.arguments = dict(args or {})


@dataclass(slots=True)
class Table:
    """One report's answer before it is written: rows of text, as many values as columns."""

    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)


def php_number(value: float) -> str:
    """Return the number as PHP prints it: 14 significant digits, `1.0E-5` outside 1E-4…1E+15."""
    if isinstance(value, int):
        return str(value)
    if value == 0:
        return "-0" if str(value).startswith("-") else "0"
    mantissa, _, exponent_text = f"{value:.{PHP_PRECISION - 1}e}".partition("e")
    exponent = int(exponent_text)
    digits = mantissa.rstrip("0").rstrip(".")
    if SMALLEST_PLAIN_EXPONENT <= exponent < PHP_PRECISION:
        return f"{Decimal(digits).scaleb(exponent):f}"
    if "." not in digits:
        digits += ".0"
    return f"{digits}E{exponent:+d}"


def csv_body(table: Table) -> bytes:
    """Return the CSV as the real server writes it: BOM, header, `\\n` ends, no quoting at all."""
    lines = [",".join(table.columns)]
    lines += (",".join([value.replace(",", " ") for value in row]) for row in table.rows)
    return BYTE_ORDER_MARK + "\n".join(lines).encode() + b"\n"


def without_columns(table: Table, excluded: Iterable[str]) -> Table:
    """Return the table without the named columns; names it doesn't have are ignored."""
    unwanted = set(excluded)
    kept = [at for at, column in enumerate(table.columns) if column not in unwanted]
    if len(kept) == len(table.columns):
        return table
    return Table(
        [table.columns[at] for at in kept], [[row[at] for at in kept] for row in table.rows]
    )


def json_body(result: object) -> bytes:
    """Return a result as JSON."""
    return json.dumps(result, separators=(",", ":")).encode()


def json_error(problem: ApiProblem) -> bytes:
    """Return the error as the JSON format gives it."""
    return json_body(
        {
            "code": problem.code,
            "message": problem.message,
            "objectType": "KalturaAPIException",
            "args": problem.arguments,
        }
    )


def xml_body(result: object) -> bytes:
    """Return a result as XML: text, or an object with an element for each value."""
    return _xml_document(_xml_value(result))


def xml_error(problem: ApiProblem) -> bytes:
    """Return the error as the XML format gives it, which is also the default one."""
    arguments = "".join(
        "<item><objectType>KalturaApiExceptionArg</objectType>"
        f"<name>{escape(name)}</name><value>{escape(value)}</value></item>"
        for name, value in problem.arguments.items()
    )
    return _xml_document(
        f"<error><code>{escape(problem.code)}</code><message>{escape(problem.message)}</message>"
        f"<objectType>KalturaAPIException</objectType><args>{arguments}</args></error>"
    )


def _xml_value(result: object) -> str:
    if isinstance(result, list):
        return "".join(f"<item>{_xml_value(value)}</item>" for value in result)
    if isinstance(result, Mapping):
        return "".join(f"<{name}>{_xml_value(value)}</{name}>" for name, value in result.items())
    return "" if result is None else escape(str(result))


def _xml_document(content: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?><xml>'
        f"<result>{content}</result><executionTime>0.01</executionTime></xml>"
    ).encode()
