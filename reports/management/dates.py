"""Moments as people and scripts type them on a command line."""

import re
from datetime import UTC, datetime

from django.core.management.base import CommandError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_UNIX = re.compile(r"\d{1,12}", re.ASCII)
_COMPACT_DAY = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", re.ASCII)
_LAST_UNIX = 253_402_300_799  # the end of the year 9999


def parse_moment(text: str, *, allow_unix: bool = False) -> datetime:
    """Return the moment in UTC: a day is its UTC midnight, a time without an offset is UTC.

    `allow_unix` also takes whole Unix seconds.
    Raises: CommandError, a sentence that says what can be written instead.
    """
    text = text.strip()
    if allow_unix and _UNIX.fullmatch(text):
        return _from_unix(text)
    if _DAY.fullmatch(text) or (len(text) > 10 and _DAY.match(text) and text[10] in "Tt "):
        try:
            moment = datetime.fromisoformat(text)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            pass
    raise CommandError(_sentence(text, allow_unix=allow_unix))


def parse_range(
    from_text: str, to_text: str, *, allow_unix: bool = False
) -> tuple[datetime, datetime]:
    """Return the half-open range [from, to) in UTC.

    Raises: CommandError for what is no moment, and for a range that ends before it starts.
    """
    from_at = parse_moment(from_text, allow_unix=allow_unix)
    to_at = parse_moment(to_text, allow_unix=allow_unix)
    if to_at < from_at:
        raise CommandError(f"The range ends ({to_text}) before it starts ({from_text}).")
    if to_at == from_at:
        raise CommandError(
            f"The range from {from_text} to {to_text} is empty: --to is the first moment that is"
            " no longer in it, so for one day give the next day."
        )
    return from_at, to_at


def _from_unix(text: str) -> datetime:
    if _COMPACT_DAY.fullmatch(text):
        day = f"{text[:4]}-{text[4:6]}-{text[6:]}"
        raise CommandError(
            f"“{text}” could be a day or Unix seconds. Write the day as {day}, or the seconds"
            " with a time such as 1970-08-23T12:00:00."
        )
    if int(text) > _LAST_UNIX:
        raise CommandError(f"“{text}” is not a time in Unix seconds; are these milliseconds?")
    return datetime.fromtimestamp(int(text), UTC)


def _sentence(text: str, *, allow_unix: bool) -> str:
    ways = "a UTC day (2026-01-31) or an ISO time (2026-01-31T08:00:00+01:00; UTC without offset)"
    if allow_unix:
        ways += " or whole Unix seconds (1769846400)"
    return f"“{text}” is not a moment. Write {ways}."
