"""What a search finds: every word of it, somewhere in the texts of a row."""

from django.db.models import Q


def every_word(text: str, *fields: str) -> Q:
    """Return the condition that each word of the text stands in at least one of the fields."""
    condition = Q()
    for word in text.split():
        found = Q()
        for spelling in spellings(word):
            for field in fields:
                found |= Q(**{f"{field}__icontains": spelling})
        condition &= found
    return condition


def spellings(word: str) -> list[str]:
    """Return the word's capitals as well: SQLite takes Ü and ü for different letters."""
    if word.isascii():
        return [word]
    # In a fixed order: the SQL made of them is the key of what is kept in the cache.
    return sorted({word, word.lower(), word.upper(), word.capitalize()})
