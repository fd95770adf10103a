"""Which languages the pages are offered in: English, and what has been translated in locale/.

Django itself speaks a hundred languages. Offering one that Rollcall's own words are missing in
would make pages of two languages that say they are in one.
"""

import struct
from collections.abc import Iterable
from pathlib import Path

from django.conf.locale import LANG_INFO

SOURCE = "en"  # of the words in the code


def available_languages(default: str, folders: Iterable[Path]) -> list[tuple[str, str]]:
    """Return (code, its own name) of English, the default and each translation that is compiled."""
    compiled = {
        path.parent.parent.name.replace("_", "-").lower()
        for folder in folders
        for path in folder.glob("*/LC_MESSAGES/django.mo")
        if has_translations(path)
    }
    return [(code, own_name(code)) for code in sorted({SOURCE, default, *compiled})]


def has_translations(path: Path) -> bool:
    """Return whether a compiled catalogue has more than its header: one just begun has not."""
    with path.open("rb") as file:
        start = file.read(12)
    order = "<" if start[:4] == b"\xde\x12\x04\x95" else ">"  # GNU's magic number
    return len(start) == 12 and int(struct.unpack(f"{order}I", start[8:])[0]) > 1


def own_name(code: str) -> str:
    """Return what a language calls itself, as far as Django knows."""
    for known in (code, code.partition("-")[0]):
        if "name_local" in LANG_INFO.get(known, {}):
            return str(LANG_INFO[known]["name_local"])
    return code
