"""Which Moodle user an attendee is: exact keys in an order, and nothing that only looks alike.

A key decides where exactly one person of the course has its value. Two who share an e-mail address
are nobody's match by it, and what a guest typed is no key at all: both wait for somebody's word.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Generic, TypeVar


class MatchKey(StrEnum):
    """What of Kaltura's equals what of Moodle's."""

    USER_NAME = "user_name"  # user id = user name, to the letter
    EMAIL = "email"  # user id or e-mail address = e-mail address, capitals aside
    ID_NUMBER = "id_number"  # user id = id number, to the letter


@dataclass(frozen=True)
class KeyInForce:
    """A key of a site, and from when on it counts; None: always did."""

    key: MatchKey
    valid_from: datetime | None = None


DEFAULT_KEYS = tuple(KeyInForce(key) for key in MatchKey)


def key_in_force(stored: Mapping[str, str | None]) -> KeyInForce:
    """Return the key that a site's keys are stored as: {"key": …, "from": ISO day in UTC or None}."""
    day = stored.get("from")
    valid_from = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
    return KeyInForce(MatchKey(str(stored["key"])), valid_from)


@dataclass(frozen=True)
class Named:
    """What Moodle tells of somebody of the course. Texts are "" where it tells none."""

    user_name: str = ""
    email: str = ""
    id_number: str = ""


@dataclass(frozen=True)
class Attendee:
    """What Kaltura tells of somebody. Placeholders, guests and erased people match by no key."""

    user_id: str = ""
    email: str = ""
    can_match: bool = True


Somebody = TypeVar("Somebody")


class KeyIndex(Generic[Somebody]):
    """The people of a course by the values of each key; those that two of them have left out."""

    def __init__(self, people: Mapping[Somebody, Named], keys: Sequence[KeyInForce]) -> None:
        self.keys = tuple(keys)
        self._by: dict[MatchKey, dict[str, Somebody]] = {
            MatchKey.USER_NAME: _unique((it.user_name, who) for who, it in people.items()),
            MatchKey.EMAIL: _unique((plain_email(it.email), who) for who, it in people.items()),
            MatchKey.ID_NUMBER: _unique((it.id_number, who) for who, it in people.items()),
        }

    def find(self, attendee: Attendee, at: datetime) -> tuple[Somebody, MatchKey] | None:
        """Return whom the first key that knows the attendee at the moment names, and the key."""
        if not attendee.can_match:
            return None
        for wanted in self.keys:
            if wanted.valid_from is not None and at < wanted.valid_from:
                continue
            values = self._by[wanted.key]
            for value in _values(attendee, wanted.key):
                if value and value in values:
                    return values[value], wanted.key
        return None


def plain_email(address: str) -> str:
    """Return the address as it is compared."""
    return address.strip().casefold()


def _values(attendee: Attendee, key: MatchKey) -> tuple[str, ...]:
    if key == MatchKey.EMAIL:
        return plain_email(attendee.user_id), plain_email(attendee.email)
    return (attendee.user_id,)


def _unique(pairs: Iterable[tuple[str, Somebody]]) -> dict[str, Somebody]:
    """Return who has each value, "" and the values of several people left out."""
    found: defaultdict[str, list[Somebody]] = defaultdict(list)
    for value, who in pairs:
        if value:
            found[value].append(who)
    return {value: who[0] for value, who in found.items() if len(who) == 1}
