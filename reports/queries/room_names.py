"""Whether a room is named as a site's rule says its courses' rooms are. Pure."""

import re


def is_named(name: str, expected: str) -> bool:
    """Return whether the expected words stand in the name, as whole words and in any capitals.

    A part of a number or a code is none: `ANA-1` is not in `ANA-10`, `ANA-1-B` or `BANA-1`.
    """
    wanted = _plain(expected)
    if not wanted:
        return False
    alone = rf"(?<!\w)(?<!\w[-.]){re.escape(wanted)}(?!\w)(?![-.]\w)"
    return re.search(alone, _plain(name)) is not None


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
