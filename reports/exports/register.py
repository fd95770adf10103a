"""The register as a table of learners: a row for each, and columns for each class.

Its rows are those of the register's page, in their order. What isn't known is the word "unknown" in the
column of presence and nothing in those of figures, never 0. A class has a column for corrections where
it has any. What the columns mean and what the classes are, a workbook says on its last sheet.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _now, gettext_lazy as _, ngettext

from reports.definitions import DEFINITIONS, MARK_WORDS
from reports.exports.cells import minutes
from reports.exports.columns import Column, Table
from reports.exports.export import Export
from reports.exports.figures import ZONE
from reports.queries.classes import CourseClass
from reports.queries.register import Register
from reports.queries.seats import Row, Seat
from reports.tables.figures import span_text
from reports.tables.marks import rule_text


@dataclass(frozen=True)
class RegisterShown:
    """A register as its page shows it: what all its files are made of."""

    register: Register
    rows: Sequence[Row]  # every one, in the order of the page
    zone: ZoneInfo
    from_on: date
    to_on: date


def open_register(shown: RegisterShown) -> Export:
    """Return what is to be written about the learners."""
    rows = ((row, None) for row in shown.rows)
    return Export(register_table(shown), rows, shown.zone)


def register_table(shown: RegisterShown) -> Table:
    """Return the columns, which the classes of the range are among."""
    titles = class_titles(shown.register.classes, shown.zone)
    of_classes = [
        column for place, title in enumerate(titles) for column in _of_class(shown, place, title)
    ]
    columns = (*LEARNER, *of_classes, *_TOTALS, *rule_columns(shown), ZONE, *range_columns(shown))
    about = zip(titles, shown.register.classes, strict=True)
    notes = (*_notes(), *((title, _class_note(one, shown.zone)) for title, one in about))
    return Table("register", "full", columns, notes=notes)


# What a seat says ----------------------------------------------------------------------------------


def shown_share(seat: Seat) -> float | None:
    return None if seat.told_seconds is None else seat.share


def called(user: Any) -> str:
    """Return the name of who made a correction."""
    return (user.get_full_name() or user.username) if user else ""


# Columns that both tables have ---------------------------------------------------------------------


def _state(row: Row) -> str | Promise:
    if row.line.is_erased:
        return _("erased")
    return _("enrolled") if row.line.is_current else _("left")


def _line(name: str) -> Callable[[Row], str | None]:
    read = attrgetter(f"line.{name}")
    return lambda row: read(row) or None


LEARNER: tuple[Column[Row], ...] = (
    Column("name", _("Name"), "text", _line("name")),
    Column("user_name", _("User name"), "text", _line("user_name")),
    Column("email", _("E-mail"), "text", _line("email")),
    Column("id_number", _("Id number"), "text", _line("id_number")),
    Column("moodle_user", _("Moodle user id"), "text", _line("moodle_user_id")),
    Column("state", _("State"), "label", _state, "left_course"),
)

_WHOSE_RULE = {
    "course": _("the course's own"),
    "site": _("the site's default"),
    "built_in": _("built in"),
}


def rule_columns(shown: RegisterShown) -> tuple[Column[Any], ...]:
    """Return the rule in words, whose it is, and its version."""
    in_force = shown.register.rule
    words, whose = rule_text(in_force.rule), _WHOSE_RULE[in_force.source]
    version = in_force.version or None
    return (
        Column("rule", _("Rule"), "label", lambda row: words, "presence_rule"),
        Column("whose_rule", _("Whose rule"), "label", lambda row: whose),
        Column("rule_version", _("Rule version"), "count", lambda row: version),
    )


def range_columns(shown: RegisterShown) -> tuple[Column[Any], ...]:
    """Return the days that the file is about, in its zone; the last one is included."""
    first, last = shown.from_on.isoformat(), shown.to_on.isoformat()
    return (
        Column("from", _("From"), "label", lambda row: first),
        Column("to", _("To"), "label", lambda row: last),
    )


# Of a class ----------------------------------------------------------------------------------------


def class_titles(classes: Sequence[CourseClass], zone: ZoneInfo) -> list[str]:
    """Return a title for each class that no other one has: when it began, and where if that differs."""
    has_rooms = len({one.parts[0].room_id for one in classes}) > 1
    titles: list[str] = []
    for one in classes:
        at = one.starts_at.astimezone(zone)
        title = f"{at:%Y-%m-%d %H:%M}" if one.has_start else _now("start unknown")
        if has_rooms and one.room_name:
            title = f"{title} {one.room_name}"
        same = count(2)
        own = title
        while own in titles:
            own = f"{title} ({next(same)})"
        titles.append(own)
    return titles


def _of_class(shown: RegisterShown, place: int, title: str) -> Iterator[Column[Row]]:
    def presence(row: Row) -> str | Promise:
        return MARK_WORDS[row.seats[place].mark]

    def seconds(row: Row) -> int | None:
        return row.seats[place].told_seconds

    def share(row: Row) -> float | None:
        return shown_share(row.seats[place])

    def correction(row: Row) -> str | None:
        return _correction(row.seats[place], shown.zone)

    yield Column(
        f"presence_{place}", _now("%(class)s presence") % {"class": title}, "label", presence
    )
    yield Column(
        f"minutes_{place}", _now("%(class)s minutes") % {"class": title}, "minutes", seconds
    )
    yield Column(
        f"share_{place}", _now("%(class)s share (%%)") % {"class": title}, "percent", share
    )
    if any(row.seats[place].correction for row in shown.rows):
        words = _now("%(class)s correction") % {"class": title}
        yield Column(f"correction_{place}", words, "text", correction)


def _correction(seat: Seat, zone: ZoneInfo) -> str | None:
    """Return who said what instead of what was computed, when and why; None: nobody did."""
    made = seat.correction
    if made is None:
        return None
    at = f"{made.made_at.astimezone(zone):%Y-%m-%d %H:%M}"
    text = _now("%(presence)s instead of %(computed)s, by %(who)s, %(at)s: %(reason)s") % {
        "presence": MARK_WORDS[made.presence],
        "computed": MARK_WORDS[seat.computed],
        "who": called(made.made_by) or _now("somebody who is gone"),
        "at": at,
        "reason": made.reason or _now("no reason given"),
    }
    return f"{text} {_now('(contradicted by later data)')}" if seat.is_contradicted else text


def _seconds(row: Row) -> int | None:
    return row.seconds


_TOTALS: tuple[Column[Row], ...] = (
    Column("present", _("Present"), "count", lambda row: row.tally.present, "present"),
    Column("partly", _("Partly"), "count", lambda row: row.tally.partly, "partly"),
    Column("absent", _("Absent"), "count", lambda row: row.tally.absent, "absent"),
    Column("excused", _("Excused"), "count", lambda row: row.tally.excused, "excused"),
    Column("unknown", _("Unknown"), "count", lambda row: row.tally.unknown, "presence_unknown"),
    Column(
        "not_enrolled",
        _("Not enrolled then"),
        "count",
        lambda row: row.tally.not_enrolled,
        "not_enrolled",
    ),
    Column(
        "share", _("Classes attended (%)"), "percent", lambda row: row.share, "attendance_share"
    ),
    Column("time", _("Time in all classes (min)"), "minutes", _seconds, "time_in_class"),
    Column("seconds", _("Time in all classes (s)"), "seconds", _seconds),
)


# What the workbook says about them -----------------------------------------------------------------


def _notes() -> Iterator[tuple[str | Promise, str | Promise]]:
    """Yield what the columns of any class are; the marks are defined with the totals."""
    yield (
        _("… presence"),
        _("What counts: a teacher's correction, else what time and rule make of it."),
    )
    yield _("… minutes"), DEFINITIONS["time_in_class"].sentence
    yield _("… share (%)"), DEFINITIONS["share_of_class"].sentence
    yield _("… correction"), DEFINITIONS["correction"].sentence


def _class_note(one: CourseClass, zone: ZoneInfo) -> str:
    """Return what of a class its columns can't say."""
    facts = []
    length = one.length_seconds
    if length is None:
        facts.append(_now("Length unknown."))
    else:
        facts.append(_now("Length %(n)s min.") % {"n": minutes(length)})
    if one.counted:
        span = span_text(one.counted.starts_at, one.counted.ends_at, zone)
        facts.append(_now("Class time %(span)s.") % {"span": span})
    if len(one.parts) > 1:
        merged = ngettext("%(n)s session, merged.", "%(n)s sessions, merged.", len(one.parts))
        facts.append(merged % {"n": len(one.parts)})
    if one.is_disputed:
        facts.append(_now("Kaltura's reports disagree about it."))
    if one.is_provisional:
        facts.append(_now("Provisional: figures may still change."))
    return " ".join(facts)
