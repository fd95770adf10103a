"""Two languages that nobody speaks, made from English: one runs from right to left, one is long.

On their pages every word that can be translated is in letters other than English's, so a word that
was forgotten is seen; and a layout that English happens to fit shows whether it bends.
"""

import math
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from pytest_django import Settings

from tests.languages.catalogue import library_messages, our_messages, write_catalogue

RIGHT_TO_LEFT = "ar-xb"
LONG = "en-xa"
CODES = (RIGHT_TO_LEFT, LONG)
ENGLISH = "abcdefghijklmnopqrstuvwxyz"
ARABIC = dict(zip(ENGLISH, "ابتثجحخدذرزسشصضطظعغفقكلمنه", strict=True))
ACCENTED = dict(zip(ENGLISH, "ȧƀƈḓḗƒɠħīĵķŀḿƞǿƥɋřşŧŭṽẇẋẏẑ", strict=True))
LONGER_BY = 0.6  # of each word: German and Finnish are like that
# Names of a world in letters that can't be taken for English.
GREEK = {
    "account": "Πανεπιστήμιο",
    "far_account": "Ακαδημία",
    "room": "Ανατομία",
    "breakout": "Ομάδα",
    "other_room": "Βοτανική",
    "far_room": "Χημεία",
    "person": "Αμάρα",
    "host": "Άδα",
    "event": "Ημέρα",
    "moodle": "Μουντλ",
    "course": "Μάθημα",
    "short_name": "ΜΑΘ",
    "endpoint": "ευ",
    "first_name": "Νίκη",
    "last_name": "Παππά",
}
# Letters that mean something to Django's dates: translated as an order, never as words.
DATE_FORMATS = {"D j M", "D j M Y"}
KEPT = re.compile(r"%\(\w+\)[-0-9.]*[a-z]|%%|%[sd]|\{\w*\}|<[^>]*>|&\w+;")
WORD = re.compile(r"[A-Za-z]+")

# What a page has of words that no language has: addresses, ids, zones and names of columns.
DATA = re.compile(
    r"https?://\S+|\S+@\S+|\b\w*_\w+\b|\b[A-Z][A-Za-z_-]+(?:/[A-Za-z_+-]+)+\b|\bUTC\b|\b[A-Z]+\d+\b"
    r"|\b\d+[a-z]\w*\b|\b\w+(?:\.\w+)+\b"
)
FORGOTTEN = re.compile(r"[A-Za-z]{2,}")
UNREAD = {"script", "style", "code", "pre", "samp", "kbd", "textarea"}  # of programs, not people
ATTRIBUTES = ("aria-label", "title", "alt", "placeholder", "aria-description")
WRITTEN = {"name", "text", "subtext", "title", "label", "unit"}  # keys of a chart's words


def in_arabic_letters(text: str) -> str:
    """Return the text from right to left, about as long as it was."""
    return _changed(text, lambda word: "".join(ARABIC[letter] for letter in word.lower()))


def longer(text: str) -> str:
    """Return the text in accented letters, each word longer by LONGER_BY."""

    def stretch(word: str) -> str:
        accented = "".join(ACCENTED[letter] for letter in word.lower())
        return accented + accented[: math.ceil(len(word) * LONGER_BY)]

    return _changed(text, stretch)


def _changed(text: str, change: Any) -> str:
    if text in DATE_FORMATS:
        return text
    parts = KEPT.split(text)
    kept = [*KEPT.findall(text), ""]
    words = [WORD.sub(lambda found: change(found[0]), part) for part in parts]
    return "".join(word + keep for word, keep in zip(words, kept, strict=True))


def write_languages(folder: Path) -> None:
    """Write the catalogues of both languages into the folder, as LOCALE_PATHS wants it."""
    messages = library_messages() | our_messages()
    for code, translate in ((RIGHT_TO_LEFT, in_arabic_letters), (LONG, longer)):
        language, _, region = code.partition("-")
        path = folder / f"{language}_{region.upper()}" / "LC_MESSAGES" / "django.mo"
        write_catalogue(path, messages, translate)


def offer_languages(settings: Settings, folder: Path) -> None:
    """Offer the languages written into the folder beside English, for one test."""
    settings.LOCALE_PATHS = [folder]
    settings.LANGUAGES = [("en", "English"), *((code, code) for code in CODES)]
    # What is data in any language must not look like a forgotten word.
    settings.SITE_NAME = "Παρών"
    settings.KALTURA_ENDPOINTS = {"ευ": "https://kaltura.invalid"}


@dataclass(frozen=True)
class Forgotten:
    """English on a page of another language."""

    where: str  # the element or attribute
    text: str


class PageReader(HTMLParser):
    """Collects the words of a page that somebody reads or hears, shown at once or not."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[Forgotten] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ATTRIBUTES or name.startswith("data-label"):
                self._note(f"{tag} {name}", value or "")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not UNREAD & set(self.open):
            self._note(" ".join(self.open[-3:]), data)

    def _note(self, where: str, text: str) -> None:
        if FORGOTTEN.search(DATA.sub(" ", text)):
            self.found.append(Forgotten(where, " ".join(text.split())))


def forgotten_words(html: str) -> list[Forgotten]:
    """Return what of the page is in English and is no data."""
    reader = PageReader()
    reader.feed(html)
    return reader.found


def chart_words(value: Any, key: str = "") -> list[str]:
    """Return the words of a chart's option: names, titles and categories."""
    if isinstance(value, dict):
        return [word for name, part in value.items() for word in chart_words(part, name)]
    if isinstance(value, list):
        return [word for part in value for word in chart_words(part, key)]
    return [value] if isinstance(value, str) and (key in WRITTEN or key == "data") else []
