"""How a setting is read from the environment: typed, once, with its faults kept for the checks.

A wrong value must not end in a traceback: `SettingsEnv.read` notes the problem, goes on with the
default, and `reports.checks` reports every noted problem with a hint. What the settings are is
in `config/settings.py`; what they mean is in `.env.example`.
"""

import hashlib
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True)
class Problem:
    """One setting that could not be used as it was given."""

    variable: str  # the environment variable
    sentence: str  # what is wrong with it; never quotes the value, which may be a secret
    is_missing: bool = False  # required and not given at all


class SettingsEnv(environ.FileAwareEnv):  # type: ignore[misc]
    """The environment, in which `NAME_FILE` may name a file that holds the value of `NAME`."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[Problem] = []
        self.names: list[str] = []  # every variable that was asked for

    def read(self, name: str, convert: Callable[[str], T], default: T) -> T:
        """Return the variable converted, or the default where it is unset, empty or wrong.

        `convert` raises ValueError with a sentence that does not quote the value.
        """
        self.names.append(name)
        try:
            text = self.ENVIRON.get(name, "").strip()
        except OSError:
            self.problems.append(Problem(name, f"{name}_FILE names a file that can't be read."))
            return default
        if not text:
            return default
        try:
            return convert(text)
        except ValueError as error:
            self.problems.append(Problem(name, str(error)))
            return default

    def require(self, name: str, convert: Callable[[str], T], stand_in: T) -> T:
        """Return the variable converted; note a problem where it is missing or wrong."""
        known = len(self.problems)
        value = self.read(name, convert, stand_in)
        if value == stand_in and len(self.problems) == known:
            self.problems.append(Problem(name, "It is required and not set.", is_missing=True))
        return value


def yes_or_no(text: str) -> bool:
    """Return the truth of a word such as `true` or `off`. Raises ValueError for any other."""
    if text.lower() in YES | NO:
        return text.lower() in YES
    raise ValueError("It is neither true nor false.")


def words(text: str) -> list[str]:
    """Return the comma-separated parts, stripped, without empty ones."""
    return [part.strip() for part in text.split(",") if part.strip()]


def at_least(smallest: int) -> Callable[[str], int]:
    """Return a converter to a whole number that raises ValueError below `smallest`."""

    def convert(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ValueError("It is not a whole number.") from None
        if number < smallest:
            raise ValueError(f"It is less than {smallest}.")
        return number

    return convert


def month_days(text: str) -> list[tuple[int, int]]:
    """Return months and days written as `04-01,10-01`, by the year. Raises ValueError for others."""
    found = []
    for word in words(text):
        try:
            day = date.fromisoformat(f"2023-{word}")  # no leap year: a term begins every year
        except ValueError:
            raise ValueError(f"“{word}” is no day of every year, such as 10-01.") from None
        found.append((day.month, day.day))
    return sorted(set(found))


def web_address(text: str) -> str:
    """Return the address without a slash at its end. Raises ValueError unless it is a site's."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("It is no address such as https://rollcall.example.edu.")
    return text.rstrip("/")


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a converter that takes one of the choices, in any case, and gives it in theirs."""
    by_folded = {choice.casefold(): choice for choice in choices}

    def convert(text: str) -> str:
        if text.casefold() not in by_folded:
            raise ValueError(f"It is none of {', '.join(choices)}.")
        return by_folded[text.casefold()]

    return convert


def zone_name(text: str) -> str:
    """Return the name of a known time zone. Raises ValueError for any other."""
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("It is not a zone of the tz database, such as Europe/Berlin.") from None
    return text


def fernet_keys(text: str) -> list[str]:
    """Return the keys, the encrypting one first. Raises ValueError where one is malformed."""
    keys = words(text)
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            raise ValueError(
                f"Key {number} is not a Fernet key (32 bytes in URL-safe base64)."
            ) from None
    return keys


def service_url(
    parse: Callable[[str], Any], kind: str, schemes: str
) -> Callable[[str], dict[str, Any]]:
    """Return a converter from a URL to Django's settings of a database, cache or mail server.

    `schemes` are the URL's beginnings that are known to work, parted by spaces.
    """

    def convert(text: str) -> dict[str, Any]:
        if text.partition("://")[0] not in schemes.split():
            raise ValueError(f"It is not the URL of a {kind}: it must begin with one of {schemes}.")
        try:
            parsed: dict[str, Any] = parse(text)
        except (ImproperlyConfigured, KeyError, ValueError, TypeError) as error:
            raise ValueError(f"It is not a complete URL of a {kind}.") from error
        return parsed

    return convert


def cache_prefix(secret_key: str) -> str:
    """Return what the keys of a shared cache begin with, the installation's own.

    Below it are row ids and versions, which two installations have in common.
    """
    return hashlib.sha256(f"cache of {secret_key}".encode()).hexdigest()[:16]
