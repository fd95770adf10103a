"""Where a text names somebody: by user id, name or e-mail address. Plain strings, no database."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

ERASED_TEXT = "(erased)"
SURE_LENGTH = 3  # shorter words and short numbers name somebody only where they are a whole field
SURE_DIGITS = 5


@dataclass(frozen=True)
class Words:
    """What a person is called."""

    words: frozenset[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Words":
        """Return the words without those that stand for nobody."""
        found = {_plain(text) for text in texts}
        return cls(frozenset(found - {"", "unknown"}))

    def in_line(self, line: str) -> bool:
        """Return whether a line of an answer names the person, in a field or anywhere in it."""
        return self.in_text(line) or not self.words.isdisjoint(fields_of(line))

    def in_text(self, text: str) -> bool:
        """Return whether one of the words that nobody writes by chance stands in the text."""
        if not self.words:
            return False
        plain = _plain(text)
        return any(
            re.search(rf"(?<!\w){re.escape(word)}(?!\w)", plain)
            for word in self.words
            if _is_sure(word) and word in plain
        )

    def found_by(self, search: str) -> bool:
        """Return whether these words, as typed into a search, are all parts of what they are called."""
        typed = _plain(search)
        parts = typed.split()
        return len(typed) >= SURE_LENGTH and all(
            any(part in word for word in self.words) for part in parts
        )


def fields_of(line: str) -> set[str]:
    """Return what stands between the line's commas, as `Words` writes it."""
    return {_plain(field.strip().strip('"')) for field in line.split(",")} - {""}


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _is_sure(word: str) -> bool:
    return len(word) >= (SURE_DIGITS if word.isdigit() else SURE_LENGTH)
