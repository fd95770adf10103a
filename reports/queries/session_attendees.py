"""Which of one session's attendees are shown, and in which order: for its page and its files alike.

They are all in memory already, because the page's chart counts them, so nothing here asks the
database.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from reports.queries.attendees import AttendeeLine


def _if_whole(read: Callable[[AttendeeLine], Any]) -> Callable[[AttendeeLine], Any]:
    """Return the reader for people of whom everything is here; of others it is unknown."""
    return lambda line: read(line) if line.is_whole else None


def _text(read: Callable[[AttendeeLine], str]) -> Callable[[AttendeeLine], Any]:
    """Return the reader of a text without regard to capitals; an empty one is unknown."""
    return lambda line: read(line).casefold() or None


ATTENDEE_ORDERS: dict[str, Callable[[AttendeeLine], Any]] = {
    "name": _text(lambda line: line.name),
    "user_id": _text(lambda line: line.user_id),
    "email": _text(lambda line: line.email),
    "user_type": _text(lambda line: line.user_type),
    "time_in_session": _if_whole(lambda line: line.view_seconds),
    "share_attended": lambda line: line.share_attended,
    "engagement": _if_whole(lambda line: line.engagement),
}


@dataclass(frozen=True)
class AttendeeFilter:
    """What is wanted; a field that is left alone narrows nothing."""

    search: str = ""  # every word of it in name, user id or e-mail address
    order: str = "name"  # a key of ATTENDEE_ORDERS, with - before it for the largest first


def attendee_list(attendees: Sequence[AttendeeLine], wanted: AttendeeFilter) -> list[AttendeeLine]:
    """Return the wanted ones of the attendees, which come by name, in order.

    What is unknown comes last in either direction; ties by name, the other way round as well.
    """
    words = wanted.search.casefold().split()
    found = [line for line in attendees if all(word in _searched(line) for word in words)]
    backwards = wanted.order.startswith("-")
    value = ATTENDEE_ORDERS[wanted.order.removeprefix("-")]
    by_name = found[::-1] if backwards else found
    known = [line for line in by_name if value(line) is not None]
    unknown = [line for line in by_name if value(line) is None]
    # Sorting keeps ties in the order they come in, backwards too.
    return sorted(known, key=value, reverse=backwards) + unknown


def _searched(line: AttendeeLine) -> str:
    """Return the texts that a search looks at; no word reaches over the breaks between them."""
    return f"{line.name}\n{line.user_id}\n{line.email}".casefold()
