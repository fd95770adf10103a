"""Makes a text harmless in a spreadsheet that opens a CSV file.

A spreadsheet takes a cell that begins with = + - @ for a formula, and does so even when white space
or an invisible sign stands before it. An apostrophe in front makes it a text. Source: OWASP, "CSV
Injection".
"""

import re
import unicodedata

_DANGEROUS = frozenset("=+-@＝＋－＠﹢﹣﹦﹫−")
_CELL_END = re.compile(r"[;\t\r\n]")
_CELL_ENDS_ELSEWHERE = re.compile(r"([;\t\r\n][\s\"]*)(?=[=+\-@＝＋－＠﹢﹣﹦﹫−])")


def defused(text: str) -> str:
    """Return the text, with an apostrophe before whatever a spreadsheet would calculate.

    Where the list separator is a semicolon, Excel splits our lines at those inside a text, quoted or
    not, and the rest of the text begins a cell: so the rest gets its apostrophe too.
    """
    if not text or (text[0].isalnum() and not _CELL_END.search(text)):
        return text  # nearly all
    text = _CELL_ENDS_ELSEWHERE.sub(r"\1'", text)
    if text[0] in "\t\r\n" or _first_visible(text) in _DANGEROUS:
        return f"'{text}"
    return text


def _first_visible(text: str) -> str:
    """Return the first character that is no white space, quotation mark, control or format sign."""
    for character in text:
        if character != '"' and unicodedata.category(character)[0] not in "ZC":
            return character
    return ""
