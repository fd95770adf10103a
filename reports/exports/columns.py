"""What a column and a table are. One list a table serves CSV, workbook and HTML alike.

Belongs here: names, kinds and where a value comes from. Does not belong here: how a kind is written
in one of the formats (`cells`, `workbook`), or which columns there are (`full`, `kaltura`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from django.utils.functional import Promise

Kind = Literal[
    "text",  # somebody typed it, or it is an id: str
    "label",  # our own words: str or a translatable text
    "count",  # int
    "seconds",  # int
    "minutes",  # the value is seconds, shown as minutes
    "percent",  # the value is a share from 0 to 1
    "mean",  # a float: an average of whole numbers
    "local_time",  # an aware datetime, shown in the chosen zone
    "utc_time",  # an aware datetime, shown in UTC
    "zone",  # no value of its own: the chosen zone's name
    "unix",  # an aware datetime, as Kaltura writes it
    "php",  # a float, as Kaltura writes it
]
Name = Literal["sessions", "attendees", "breakouts"]  # made of sessions: open_export
TableName = Literal[
    "sessions",
    "attendees",
    "breakouts",
    "rooms",
    "people",
    "snapshot",
    "findings",
    "set-aside-lines",
    "access-log",
    "roster",
    "register",
    "register-tidy",
    "register-gradebook",
    "register-attendance",
    "attention",
]
Shape = Literal["kaltura", "full"]
T = TypeVar("T")


@dataclass(frozen=True)
class Column(Generic[T]):
    """One column: None as value means unknown, and is written as nothing, never as 0."""

    key: str
    title: str | Promise
    kind: Kind
    value: Callable[[T], Any]
    definition: str = ""  # a key of DEFINITIONS


@dataclass(frozen=True)
class Table:
    """The columns of a file: of its lines, and for attendances of the attendee after the session.

    A session's cells are made once for all its attendees, and `person_columns` once for everything
    that a person of the same type attended: they may read nothing else of the line. A register has
    its learners as lines, and their cells as attendees.
    """

    name: TableName
    shape: Shape
    line_columns: tuple[Column[Any], ...]
    attendee_columns: tuple[Column[Any], ...] = ()  # after the person's
    person_columns: tuple[Column[Any], ...] = ()
    # What a workbook says below the columns' definitions: a word, and a sentence about it.
    notes: tuple[tuple[str | Promise, str | Promise], ...] = ()

    @property
    def columns(self) -> tuple[Column[Any], ...]:
        return (*self.line_columns, *self.person_columns, *self.attendee_columns)

    @property
    def is_verbatim(self) -> bool:
        """True for programs: texts as Kaltura gave them, not made safe for a spreadsheet."""
        return self.shape == "kaltura"
