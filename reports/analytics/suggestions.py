"""Who somebody unknown could be: reasons in words' stead, never a score, and never more than a hint.

Nothing here decides anything. What only looks alike (a typed name, the part of an address before the
@, being there when somebody was missing) is shown to a teacher, who says who it is or that it isn't.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from reports.analytics.identities import plain_email

MOST_SUGGESTIONS = 3
SHORTEST_WORD = 2  # letters of a word that may stand for a whole name


class ReasonKind(StrEnum):
    """What speaks for somebody, the strongest first; the last one speaks against."""

    SAME_USER = "same_user"  # Kaltura's same user is them by a key or a link in other classes
    EARLIER = "earlier"  # somebody of the same name was said to be them
    SAME_NAME = "same_name"  # capitals, accents and the order of words aside
    PART_OF_NAME = "part_of_name"  # all words of it are in the name of nobody else
    SAME_LOCAL_PART = "same_local_part"  # of the e-mail addresses
    USER_ID = "user_id"  # is what stands before the @ of their address
    FILLS_GAPS = "fills_gaps"  # never there together, and there where they were missing
    ALWAYS_TOGETHER = "always_together"  # there whenever this was: a second device
    TOGETHER = "together"  # at times: a second device, or somebody else


AGAINST = frozenset({ReasonKind.TOGETHER})


class Reason(NamedTuple):
    """A piece of evidence; `n` is a number of classes, for EARLIER of decisions."""

    kind: ReasonKind
    n: int = 0
    of: int = 0


@dataclass(frozen=True)
class Candidate:
    """Somebody of the course. Classes are the bits of a number, the first class the lowest."""

    key: str
    name: str
    email: str = ""
    there: int = 0
    missing: int = 0  # enrolled and not there


@dataclass(frozen=True)
class Sighting:
    """Somebody who is nobody of the course so far, in one class or more."""

    name: str = ""
    email: str = ""
    user_id: str = ""  # "" for who has none of their own
    there: int = 0
    known_as: Mapping[str, int] = field(default_factory=dict)  # key of a candidate: classes
    earlier: Mapping[str, int] = field(default_factory=dict)  # key of a candidate: decisions


class Suggestion(NamedTuple):
    """Somebody it could be, and why."""

    key: str
    reasons: tuple[Reason, ...]


class Directory:
    """The people of a course by what may give a hint of them."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self.candidates = {it.key: it for it in candidates}
        self._by_name: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        self._by_word: defaultdict[str, set[str]] = defaultdict(set)
        self._by_local_part: defaultdict[str, set[str]] = defaultdict(set)
        self._by_gaps: defaultdict[int, set[str]] = defaultdict(set)
        for it in self.candidates.values():
            words = plain_name(it.name)
            if words:
                self._by_name[words].add(it.key)
            for word in words:
                self._by_word[word].add(it.key)
            if local_part(it.email):
                self._by_local_part[local_part(it.email)].add(it.key)
            if it.missing.bit_count() > 1:
                self._by_gaps[it.missing].add(it.key)

    def suggest(self, seen: Sighting) -> tuple[Suggestion, ...]:
        """Return whom it could be, who has most reasons first, then by name."""
        found = [Suggestion(key, self.reasons(seen, key)) for key in self._possible(seen)]
        found.sort(key=lambda it: (-_speaking_for(it), self._called(it.key), it.key))
        return tuple(found[:MOST_SUGGESTIONS])

    def reasons(self, seen: Sighting, key: str) -> tuple[Reason, ...]:
        """Return all that is known for and against it being this one, in the order of the kinds."""
        candidate = self.candidates[key]
        found = [
            Reason(kind, n)
            for kind, n in (
                (ReasonKind.SAME_USER, seen.known_as.get(key, 0)),
                (ReasonKind.EARLIER, seen.earlier.get(key, 0)),
            )
            if n
        ]
        found += [Reason(kind) for kind, keys in self._alike(seen).items() if key in keys]
        return (*found, *_by_classes(seen.there, candidate))

    def _possible(self, seen: Sighting) -> set[str]:
        """Return whom anything but chance speaks for."""
        found = set(seen.known_as) | set(seen.earlier)
        for keys in self._alike(seen).values():
            found |= keys
        # There in exactly those classes, and in no other, in which at most a few were missing.
        gaps = self._by_gaps.get(seen.there, set())
        if len(gaps) <= MOST_SUGGESTIONS:
            found |= gaps
        return found & self.candidates.keys()

    def _alike(self, seen: Sighting) -> dict[ReasonKind, set[str]]:
        """Return whose name or address looks the same."""
        words = plain_name(seen.name)
        same = self._by_name.get(words, set()) if words else set()
        parts = {local_part(seen.email), local_part(seen.user_id)} - {""}
        own_id = seen.user_id.strip().casefold()
        nobody: set[str] = set()
        return {
            ReasonKind.SAME_NAME: same,
            ReasonKind.PART_OF_NAME: nobody if same else self._only_with(words),
            ReasonKind.SAME_LOCAL_PART: nobody.union(
                *(self._by_local_part.get(part, nobody) for part in parts)
            ),
            ReasonKind.USER_ID: self._by_local_part.get(own_id, nobody) if own_id else nobody,
        }

    def _only_with(self, words: tuple[str, ...]) -> set[str]:
        """Return the one in whose name all the words are, where there is but one."""
        if not words or min(map(len, words)) < SHORTEST_WORD:
            return set()
        found = set.intersection(*(self._by_word.get(word, set()) for word in words))
        return found if len(found) == 1 else set()

    def _called(self, key: str) -> str:
        return self.candidates[key].name.casefold()


def plain_name(name: str) -> tuple[str, ...]:
    """Return the words of the name as they are compared, in an order of their own."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = ["" if unicodedata.combining(it) else it if _is_of_word(it) else " " for it in plain]
    return tuple(sorted("".join(letters).split()))


def _is_of_word(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter).startswith("M")


def local_part(address: str) -> str:
    """Return what stands before the @, as it is compared; "" for what is no address."""
    local, at, host = plain_email(address).rpartition("@")
    return local if at and host else ""


def _by_classes(there: int, candidate: Candidate) -> tuple[Reason, ...]:
    """Return what the classes tell of both."""
    of = there.bit_count()
    together = (there & candidate.there).bit_count()
    filled = (there & candidate.missing).bit_count()
    if together and together == of > 1:
        return (Reason(ReasonKind.ALWAYS_TOGETHER, together, of),)
    if together:
        return (Reason(ReasonKind.TOGETHER, together, of),)
    return (Reason(ReasonKind.FILLS_GAPS, filled, of),) if filled else ()


def _speaking_for(suggestion: Suggestion) -> int:
    return sum(reason.kind not in AGAINST for reason in suggestion.reasons)
